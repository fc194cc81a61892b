package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver that goose works with

	"guichet/internal/localpg"
	"guichet/migrations"
)

const template = "guichet_proof"

// lab is where all experiments of a run take place: a private PostgreSQL and
// the portal's binary, built with its crash points.
type lab struct {
	folder string
	dir    string // of PostgreSQL
	mortal bool   // it is killed in the middle of experiments
	pg     *localpg.Server
	admin  *pgxpool.Pool
	portal string

	tablespace string   // of its databases; empty means the usual one
	identity   identity // the supplier's by production's rules
	count      atomic.Int64
}

// openLab builds the portal and starts the server. Close removes both.
func openLab(ctx context.Context, s source) (*lab, error) {
	folder, err := os.MkdirTemp(memory(), "guichet-prove-")
	if err != nil {
		return nil, err
	}
	l := &lab{folder: folder, portal: filepath.Join(folder, "portal")}
	if l.identity, err = newIdentity(folder); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if s.root != "" {
		if err := s.buildPortal(ctx, folder, l.portal); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	l.dir = filepath.Join(folder, "postgres")
	if err := l.serve(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) serve(ctx context.Context) (err error) {
	if l.pg, err = localpg.Start(ctx, localpg.Options{Dir: l.dir, Fast: true}); err != nil {
		return err
	}
	return l.makeTemplate(ctx)
}

// annex is a lab with a PostgreSQL of its own, for experiments under which it
// dies; the others go on.
func (l *lab) annex(ctx context.Context, name string) (*lab, error) {
	folder := filepath.Join(l.folder, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	own := &lab{folder: folder, dir: filepath.Join(folder, "pg"), portal: l.portal, identity: l.identity, mortal: true}
	if err := own.serve(ctx); err != nil {
		return nil, errors.Join(err, own.close())
	}
	return own, nil
}

func (l *lab) makeTemplate(ctx context.Context) error {
	if err := l.pg.CreateDatabase(ctx, template); err != nil {
		return err
	}
	db, err := sql.Open("pgx", l.pg.URL(template))
	if err != nil {
		return err
	}
	if err := errors.Join(migrations.Up(ctx, db), db.Close()); err != nil {
		return err
	}
	l.admin, err = pgxpool.New(ctx, l.pg.URL("postgres"))
	return err
}

// database clones the template; its address is returned.
func (l *lab) database(ctx context.Context) (string, error) {
	name := fmt.Sprintf("proof_%d", l.count.Add(1))
	if _, err := l.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+l.where()); err != nil {
		return "", fmt.Errorf("clone the database: %w", err)
	}
	// A copy is in no file yet: without this, its unlogged tables are broken after
	// a crash.
	if l.mortal {
		if _, err := l.admin.Exec(ctx, "CHECKPOINT"); err != nil {
			return "", err
		}
	}
	return l.pg.URL(name), nil
}

// where is the part of a statement that puts a database into its tablespace.
func (l *lab) where() string {
	if l.tablespace == "" {
		return ""
	}
	return " TABLESPACE " + l.tablespace
}

// chown gives a folder to the account that PostgreSQL runs as.
func (l *lab) chown(folder string) error {
	info, err := os.Stat(filepath.Join(l.dir, "data"))
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the owner of PostgreSQL's folder is not known")
	}
	return os.Chown(folder, int(owner.Uid), int(owner.Gid))
}

func (l *lab) close() error {
	var errs []error
	if l.admin != nil {
		l.admin.Close()
	}
	if l.pg != nil {
		errs = append(errs, l.pg.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(l.folder))...)
}

// memory is a folder that is quick to write to; empty means the usual one.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
