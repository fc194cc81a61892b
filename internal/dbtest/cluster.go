package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver that goose works with

	"guichet/migrations"
)

// templateLock is the advisory lock under which the template is made; several
// test binaries may share a server. The number only has to be ours.
const templateLock = 0x67756963686574

// cluster is a server with a template database on it.
type cluster struct {
	address  string // of its maintenance database
	admin    *pgxpool.Pool
	template string
}

// openCluster connects to a server and makes the template unless another test
// binary did. Its name follows from the migrations, so that a changed one makes
// a new template.
func openCluster(ctx context.Context, address string) (*cluster, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("the database's address must look like postgres://user:password@host/postgres")
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	config.MaxConns = maxConns
	admin, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	c := &cluster{address: address, admin: admin}
	if err := c.makeTemplate(ctx); err != nil {
		admin.Close()
		return nil, err
	}
	return c, nil
}

func (c *cluster) makeTemplate(ctx context.Context) (err error) {
	fingerprint, err := fingerprint(migrations.Files())
	if err != nil {
		return err
	}
	c.template = "guichet_template_" + fingerprint
	conn, err := c.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
		return fmt.Errorf("lock the template: %w", err)
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, templateLock)
		err = errors.Join(err, unlockErr)
	}()
	var exists bool
	const look = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`
	if err := conn.QueryRow(ctx, look, c.template).Scan(&exists); err != nil || exists {
		return err
	}
	return c.buildTemplate(ctx)
}

// buildTemplate migrates under another name first: a template that exists is a
// whole one, even when this run is interrupted.
func (c *cluster) buildTemplate(ctx context.Context) error {
	unfinished := c.template + "_unfinished"
	if err := c.drop(ctx, unfinished); err != nil {
		return err
	}
	if _, err := c.admin.Exec(ctx, "CREATE DATABASE "+quoted(unfinished)); err != nil {
		return fmt.Errorf("make the template: %w", err)
	}
	db, err := sql.Open("pgx", withDatabase(c.address, unfinished))
	if err != nil {
		return fmt.Errorf("open the template: %w", err)
	}
	if err := errors.Join(prepare(ctx, db), db.Close()); err != nil {
		return err
	}
	_, err = c.admin.Exec(ctx, "ALTER DATABASE "+quoted(unfinished)+" RENAME TO "+quoted(c.template))
	if err != nil {
		return fmt.Errorf("finish the template: %w", err)
	}
	return nil
}

// prepare migrates, and lets the application's role serve.
func prepare(ctx context.Context, db *sql.DB) error {
	if err := migrations.Up(ctx, db); err != nil {
		return err
	}
	if err := migrations.EnsureRole(ctx, db, application, ""); err != nil {
		return err
	}
	_, err := migrations.Grant(ctx, db, application)
	return err
}

// clone copies the template's files: 20 ms in memory, half of what PostgreSQL's
// default way through the write-ahead log takes.
func (c *cluster) clone(ctx context.Context, name string) error {
	_, err := c.admin.Exec(ctx,
		"CREATE DATABASE "+quoted(name)+" TEMPLATE "+quoted(c.template)+" STRATEGY FILE_COPY")
	if err != nil {
		return fmt.Errorf("clone the template: %w", err)
	}
	return nil
}

// drop removes a database, whoever is still connected to it.
func (c *cluster) drop(ctx context.Context, name string) error {
	if _, err := c.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

// fingerprint is short and changes with every file's name and text.
func fingerprint(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
