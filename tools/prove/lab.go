package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

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
	pg     *localpg.Server
	admin  *pgxpool.Pool
	portal string

	identity identity // the supplier's by production's rules
	count    atomic.Int64
}

// openLab builds the portal from the project at root, or none when that is
// empty, and starts the server. Close removes both.
func openLab(ctx context.Context, root string) (*lab, error) {
	folder, err := os.MkdirTemp(memory(), "guichet-prove-")
	if err != nil {
		return nil, err
	}
	l := &lab{folder: folder, portal: filepath.Join(folder, "portal")}
	if l.identity, err = newIdentity(folder); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if root != "" {
		if err := buildPortal(ctx, root, l.portal); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	if l.pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(folder, "postgres"), Fast: true}); err != nil {
		return nil, errors.Join(err, l.close())
	}
	if err := l.makeTemplate(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func buildPortal(ctx context.Context, root, to string) error {
	build := exec.CommandContext(ctx, "go", "build", "-tags", "prove", "-o", to, "./cmd/portal")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the portal: %w", err)
	}
	return nil
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
	if _, err := l.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", fmt.Errorf("clone the database: %w", err)
	}
	return l.pg.URL(name), nil
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
