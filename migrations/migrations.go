// Package migrations carries the schema of the portal's database as goose SQL
// files inside the binary, and brings a database up to it.
//
// It knows nothing of the rest of the portal: no configuration, no pool, no
// domain. A file that has been merged is never edited; the next change is a
// new file, with the next number, and its line is added to migrations.sum.
//
// A portal serves while it is migrated, and so does the release before. So a
// file in a transaction holds its locks for a moment only: it builds no index on
// a table that has rows and moves no data. That is done outside a transaction
// (NO TRANSACTION), with CONCURRENTLY and in batches, in steps that may all be
// run again.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var files embed.FS

// aloneKey is the advisory lock of Alone. The number only has to be ours.
const aloneKey = 0x6775696368656d69

// aloneTries is how often Alone asks for its lock: for five minutes.
const (
	aloneEvery = 200 * time.Millisecond
	aloneTries = 1500
)

// Alone runs f while no other process that calls it works on the database: what
// belongs to a migration and is no part of it, such as grants, fails when two do it
// at once. It asks for its lock again and again, since a statement that waits for it
// would keep indexes from being built.
func Alone(ctx context.Context, db *sql.DB, f func() error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	tick := time.NewTicker(aloneEvery)
	defer tick.Stop()
	for try, got := 1, false; ; try++ {
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(aloneKey)).Scan(&got); err != nil {
			return fmt.Errorf("take the migration lock: %w", err)
		}
		if got {
			break
		}
		if try == aloneTries {
			return errors.New("another process has been migrating the database for five minutes: look what it does, then try again")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for the migration lock: %w", ctx.Err())
		}
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(aloneKey))
		err = errors.Join(err, unlockErr)
	}()
	return f()
}

// Files returns the migrations, for those who must know whether they changed.
func Files() fs.FS { return files }

// Latest returns the version of the newest migration in this binary. It panics
// when an embedded file has no version in its name, which only a developer can
// bring about.
func Latest() int64 {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		panic(err)
	}
	var latest int64
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			panic(fmt.Errorf("migration %s: %w", name, err))
		}
		latest = max(latest, version)
	}
	return latest
}

// Current returns the version of the newest migration that db has seen, and 0
// for a database that was never migrated. Unlike goose's own question it
// changes nothing, so a role that may not create tables can ask it.
func Current(ctx context.Context, db *sql.DB) (int64, error) { return currentOf(ctx, db) }

func currentOf(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (int64, error) {
	var migrated bool
	err := db.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&migrated)
	if err != nil {
		return 0, fmt.Errorf("look for the schema version: %w", err)
	}
	if !migrated {
		return 0, nil
	}
	var version int64
	err = db.QueryRowContext(ctx,
		`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	return version, nil
}
