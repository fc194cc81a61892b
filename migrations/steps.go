package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// How Up waits while another node migrates: once a second, for five minutes.
const (
	lockPeriodSeconds = 1
	lockTries         = 300
)

// A migration in a transaction asks for a lock on a table for lockTimeout, since
// everybody who comes after it waits for it. Then it lets them pass, and asks
// again after a pause: longer each time, up to stepPause, stepTries times in all.
const (
	lockTimeout = "500ms"
	firstPause  = 250 * time.Millisecond
	stepPause   = 5 * time.Second
	stepTries   = 120 // about ten minutes
)

// outside is the annotation of a file that runs outside a transaction.
const outside = "-- +goose NO TRANSACTION"

// Up applies every migration that db has not seen yet. Several nodes may call
// it at the same time: one works, the others wait for it (up to five minutes,
// or until ctx ends) and then find nothing left to do. While others use a table
// that a migration locks, it is tried again for about ten minutes. db must speak
// to PostgreSQL and is not closed.
func Up(ctx context.Context, db *sql.DB) error {
	for pause, try := firstPause, 1; ; try++ {
		err := upByOne(ctx, db)
		switch {
		case errors.Is(err, goose.ErrNoNextVersion):
			return nil
		case err == nil:
			pause, try = firstPause, 0
			continue
		case !isHeld(err):
			return fmt.Errorf("migrate the database: %w", err)
		case try == stepTries:
			return fmt.Errorf("migrate the database: its tables have been in use for ten minutes; look for long transactions in pg_stat_activity, then try again: %w", err)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, stepPause)
		case <-ctx.Done():
			return fmt.Errorf("migrate the database: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// isHeld reports that somebody else held what a migration had to lock.
func isHeld(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "55P03" || pg.Code == "40P01")
}

// upByOne applies the next migration; goose.ErrNoNextVersion when there is none.
func upByOne(ctx context.Context, db *sql.DB) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPeriodSeconds, lockTries))
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(briefly{locker}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	_, err = provider.UpByOne(ctx)
	return err
}

// briefly sets the lock_timeout of the migration that comes next, on the
// connection that will run it. What runs outside a transaction waits for others
// without anybody waiting for it.
type briefly struct{ lock.SessionLocker }

func (b briefly) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if err := b.SessionLocker.SessionLock(ctx, conn); err != nil {
		return err
	}
	timeout, err := nextTimeout(ctx, conn)
	if err == nil {
		_, err = conn.ExecContext(ctx, `SELECT set_config('lock_timeout', $1, false)`, timeout)
	}
	if err != nil {
		return errors.Join(err, b.SessionLocker.SessionUnlock(context.WithoutCancel(ctx), conn))
	}
	return nil
}

func (b briefly) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `RESET lock_timeout`)
	return errors.Join(err, b.SessionLocker.SessionUnlock(ctx, conn))
}

func nextTimeout(ctx context.Context, conn *sql.Conn) (string, error) {
	current, err := currentOf(ctx, conn)
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names { // in order
		version, err := goose.NumericComponent(name)
		if err != nil || version <= current {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		if strings.Contains(string(text), outside) {
			return "0", nil
		}
		break
	}
	return lockTimeout, nil
}
