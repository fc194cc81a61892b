package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/postgres"
	"guichet/internal/restore"
	"guichet/migrations"
)

const (
	// lookEvery is how often the database is compared with what is remembered when
	// no new connection gives the occasion: a dump that is restored into the database
	// in use breaks none.
	lookEvery = 15 * time.Second

	// lookBudget bounds what a connection waits for that.
	lookBudget = 10 * time.Second
)

// firstLook compares the database with what this node remembers, before anything
// else is read from it. What a restore brings back may take minutes to mark: the
// portal starts after that.
func (p *Portal) firstLook(ctx context.Context, settings *pgx.ConnConfig, c config.Config) (err error) {
	db := stdlib.OpenDB(*settings)
	version, err := migrations.Current(ctx, db)
	if err = errors.Join(err, db.Close()); err != nil {
		return databaseAway(err)
	}
	if version < migrations.Latest() {
		return fmt.Errorf("the database's schema is at version %d and this portal needs %d: run `portal migrate` first", version, migrations.Latest())
	}
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return databaseAway(err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	db1 := postgres.Witnessed{Conn: conn}
	found, err := db1.Look(ctx, nil)
	if err != nil {
		return err
	}
	if err := p.remember(c, found); err != nil {
		return err
	}
	return p.witness.Check(ctx, db1)
}

// remember opens what nodes remembered of this portal. A folder that only holds
// the key may be read-only; one that was named must not be.
func (p *Portal) remember(c config.Config, found restore.Found) error {
	folder := c.StateFolder()
	if folder == "" {
		return nil
	}
	err := p.witness.Open(folder, found.Portal, found.Now)
	switch {
	case err == nil:
		return nil
	case c.StateDir != "", errors.Is(err, restore.ErrUnreadable):
		return fmt.Errorf("GUICHET_STATE_DIR: %w", err)
	}
	p.log.Warn("what is remembered beside the key, of the database or of what is taken away, is not complete", "error", err)
	return nil
}

// warnOfForgetting logs that a restore during a stop goes unnoticed.
func (p *Portal) warnOfForgetting(ctx context.Context, c config.Config) {
	if !p.witness.Keeps() && p.Bookings.Environment() != booking.Simulator {
		p.log.WarnContext(ctx, "what this node remembers of the database ends with it, so that a backup restored while it is stopped goes unnoticed: let GUICHET_STATE_DIR name a folder that stays",
			"state_dir", c.StateFolder())
	}
}

// look is made at every new connection: one that shows another database than was
// there is used only once that is on record. A database that cannot be compared is
// away, whatever it answers: while a backup is being restored, tables are missing.
func (p *Portal) look(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lookBudget)
	defer cancel()
	err := p.witness.Check(ctx, postgres.Witnessed{Conn: conn})
	if err != nil && !errors.Is(err, booking.ErrAway) {
		return fmt.Errorf("%w: %w", booking.ErrAway, err)
	}
	return err
}

// lookNow looks on a connection that stands already.
func (p *Portal) lookNow(ctx context.Context) error {
	return p.jobsPool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return p.look(ctx, c.Conn()) })
}

// lookAgain looks now and then until ctx is done, then closes its channel.
func (p *Portal) lookAgain(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := p.lookNow(ctx); err != nil && ctx.Err() == nil {
				p.log.WarnContext(ctx, "the database is not compared with what is remembered", "error", err)
			}
		}
	}()
	return done
}

// claimed remembers a call that is about to be made.
func (p *Portal) claimed(ctx context.Context, a booking.Attempt) {
	p.witness.Claimed(ctx, restore.Claim{Correlation: a.Correlation, At: a.StartedAt})
}

// Freeze stops all sales until an admin reopens the portal.
func Freeze(ctx context.Context, databaseURL string, out io.Writer) error {
	return withConnection(ctx, databaseURL, func(conn *pgx.Conn) error {
		if err := postgres.Freeze(ctx, conn); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "The portal is frozen. An admin reopens it on /admin/frozen.")
		return err
	})
}

// Restored puts on record that a backup was restored, as the operator says: to a
// moment, or to one that nobody knows.
func Restored(ctx context.Context, databaseURL string, to time.Time, out io.Writer) error {
	return withConnection(ctx, databaseURL, func(conn *pgx.Conn) error {
		said := func(restore.Found) []restore.Sign { return []restore.Sign{restore.SignSaid} }
		found, err := postgres.Witnessed{Conn: conn}.Record(ctx, restore.Event{RestoredTo: to, SaidBy: "operator"}, nil, said)
		if err != nil {
			return err
		}
		e := found.Latest
		_, err = fmt.Fprintf(out, "On record. The portal is frozen; %d bookings and %d quotes wait for the comparison with the supplier, %d mails for a person; %d sessions ended. What was erased, suspended or withdrawn since the backup is repeated from the log in GUICHET_STATE_DIR by each node that runs, within a minute, or at its start. The way back is /admin/frozen.\n",
			e.Bookings, e.Drafts, e.Mails, e.Sessions)
		return err
	})
}

func withConnection(ctx context.Context, databaseURL string, do func(*pgx.Conn) error) (err error) {
	settings, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return errDatabaseURL
	}
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return databaseAway(err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return do(conn)
}
