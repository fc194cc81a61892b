package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/migrations"
)

// Migrate brings the database's schema up to this binary's version, as its
// owner, and lets the role of DatabaseURL serve on it: that role can define
// nothing and change no history. With one role for both, there is nobody to
// grant to. What that role can do beyond is printed. Several processes may do it at once: each waits for those before.
func Migrate(ctx context.Context, c config.Config, out io.Writer) (err error) {
	owner := c.OwnerDatabaseURL
	if owner == "" {
		owner = c.DatabaseURL
	}
	settings, err := pgxpool.ParseConfig(owner)
	if err != nil {
		return errDatabaseURL
	}
	application, err := pgxpool.ParseConfig(c.DatabaseURL)
	if err != nil {
		return errDatabaseURL
	}
	settings.MaxConns = max(4, settings.MaxConns) // the lock has one of its own
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return errDatabaseURL
	}
	defer pool.Close()
	if err := pool.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer; check that it runs and that GUICHET_DATABASE_URL is right: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	return migrations.Alone(ctx, db, func() error {
		if err := migrations.Up(ctx, db); err != nil {
			return err
		}
		role := application.ConnConfig.User
		if role == settings.ConnConfig.User {
			return nil
		}
		return grant(ctx, db, role, application.ConnConfig.Password, out)
	})
}

func grant(ctx context.Context, db *sql.DB, role, password string, out io.Writer) error {
	err := migrations.EnsureRole(ctx, db, role, password)
	if errors.Is(err, migrations.ErrRole) {
		return fmt.Errorf("the owner of the database may not create roles: let an administrator run CREATE ROLE %q LOGIN PASSWORD '…', then migrate again", role)
	}
	if err != nil {
		return err
	}
	left, err := migrations.Grant(ctx, db, role)
	for _, text := range left {
		if _, err := fmt.Fprintln(out, text); err != nil {
			return err
		}
	}
	return err
}

// warnOfPower warns if the database role can modify append-only tables.
func (p *Portal) warnOfPower(ctx context.Context) error {
	var may bool
	const look = `SELECT has_table_privilege('booking_events', 'UPDATE') OR has_table_privilege('audit', 'DELETE')`
	if err := p.pool.QueryRow(ctx, look).Scan(&may); err != nil {
		return fmt.Errorf("look at the role's rights: %w", err)
	}
	if may && p.Bookings.Environment() != booking.Simulator {
		p.log.WarnContext(ctx, "the database's role may change history: let GUICHET_DATABASE_URL name another one than the owner, and run `portal migrate` with GUICHET_OWNER_DATABASE_URL")
	}
	return nil
}

// MoveClock sets how far the portal's clock is ahead of the real one. Only the
// demo and tests call it; Open refuses a moved clock on a real supplier. It takes
// the owner's rights.
func (p *Portal) MoveClock(ctx context.Context, ahead time.Duration) (err error) {
	if p.Bookings.Environment() != booking.Simulator {
		return errors.New("the clock is moved on the simulator only")
	}
	pool := p.pool
	if p.owner != "" {
		if pool, err = pgxpool.New(ctx, p.owner); err != nil {
			return errDatabaseURL
		}
		defer pool.Close()
	}
	_, err = pool.Exec(ctx, `UPDATE portal_clock SET clock_offset = $1`, ahead)
	return err
}
