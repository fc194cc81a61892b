package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/report"
	"guichet/internal/statement"
)

// bounded is a pool of its own on a test's database, bound by the timeouts.
func bounded(t *testing.T, owner *pgxpool.Pool, limits postgres.Timeouts) *pgxpool.Pool {
	t.Helper()
	c, err := postgres.PoolConfig(owner.Config().ConnString(), limits)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// What a statement may take is kept to by the server; the connection goes on.
func TestAStatementThatTakesTooLongEnds(t *testing.T) {
	t.Parallel()
	pool := bounded(t, dbtest.New(t), postgres.Timeouts{Statement: 200 * time.Millisecond})
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err = conn.Exec(t.Context(), `SELECT pg_sleep(5)`); !isOnly(postgres.DomainError(err), booking.ErrSlow) {
		t.Errorf("it becomes %v", postgres.DomainError(err))
	}
	if _, err = conn.Exec(t.Context(), `SELECT 1`); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A transaction in which nothing happens gives up its locks, and then its connection.
func TestATransactionThatIsSilentEnds(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	pool := bounded(t, owner, postgres.Timeouts{Idle: 200 * time.Millisecond})
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `LOCK portal_state`); err != nil {
		t.Fatal(err)
	}
	await(t, owner, `SELECT count(*) = 0 FROM pg_locks WHERE relation = 'portal_state'::regclass AND mode = 'AccessExclusiveLock'`)
	if _, err := tx.Exec(t.Context(), `SELECT 1`); !isOnly(postgres.DomainError(err), booking.ErrAway) {
		t.Errorf("the transaction goes on: %v", err)
	}
}

// Exports, figures, the comparison of a statement and the erasure of travellers have
// more time than a page: they outlast what ends a page's statement. So do the jobs'
// connections.
func TestLongReadsHaveTheirOwnTime(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	limits := postgres.Timeouts{Statement: 100 * time.Millisecond, Long: 10 * time.Minute}
	pool := bounded(t, owner, limits)
	store := postgres.NewStore(pool)
	store.AllowLong(limits)
	statements := postgres.Statements{Store: store}
	jobs := postgres.NewStore(bounded(t, owner, limits.ForJobs()))
	ctx, st := t.Context(), statement.Statement{ID: 1, From: time.Now(), To: time.Now(), About: statement.AboutPayments}
	for name, read := range map[string]func() error{
		"an export": func() error {
			return store.Each(ctx, account.Everything(), booking.Filter{}, func(booking.Booking) error { return nil })
		},
		"figures": func() error {
			_, err := store.Report(ctx, account.Everything(), report.Period{From: time.Now(), To: time.Now(), Timezone: "UTC"})
			return err
		},
		"candidates": func() error {
			_, err := statements.Candidates(ctx, "simulator", []string{"x"}, nil, nil)
			return err
		},
		"what other statements say": func() error {
			_, err := statements.ProofLines(ctx, "simulator", []string{"x"}, nil, 1)
			return err
		},
		"what waits":         func() error { _, err := statements.Waiting(ctx, "simulator"); return err },
		"the sums":           func() error { _, err := statements.StatementSums(ctx, 1); return err },
		"what is not billed": func() error { _, err := statements.Unbilled(ctx, st, 0, 1); return err },
		"its sums":           func() error { _, err := statements.UnbilledSums(ctx, st); return err },
		"a comparison's transaction": func() error {
			return statements.InTx(ctx, func(tx statement.Tx) error { return tx.SaveLines(ctx, 1, []statement.Line{{}}) })
		},
		"an erasure on request": func() error {
			return store.InTx(ctx, func(tx booking.Tx) error { _, err := tx.EraseBookings(ctx, []string{"x"}); return err })
		},
		"an erasure by age": func() error {
			return store.InTx(ctx, func(tx booking.Tx) error { _, err := tx.EraseOld(ctx, 13); return err })
		},
		"a job": func() error { _, err := jobs.List(ctx, account.Everything(), booking.Filter{Limit: 1}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			waiting(t, owner, read)
		})
	}
	t.Run("a page", func(t *testing.T) {
		holds := held(t, owner)
		defer func() { _ = holds.Rollback(context.WithoutCancel(ctx)) }()
		if _, err := store.List(ctx, account.Everything(), booking.Filter{Limit: 1}); !isOnly(err, booking.ErrSlow) {
			t.Errorf("a list: %v", err)
		}
	})
}

// held locks what every read of bookings and statements needs.
func held(t *testing.T, owner *pgxpool.Pool) pgx.Tx {
	t.Helper()
	holds, err := owner.Begin(t.Context())
	if err == nil {
		_, err = holds.Exec(t.Context(), `LOCK bookings, booking_states, statement_lines, quote_counts IN ACCESS EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return holds
}

// waiting runs a read that waits for a lock, for far longer than a page may.
func waiting(t *testing.T, owner *pgxpool.Pool, read func() error) {
	t.Helper()
	holds := held(t, owner)
	defer func() { _ = holds.Rollback(context.WithoutCancel(t.Context())) }()
	ended := make(chan error, 1)
	go func() { ended <- read() }()
	for waits := false; !waits; {
		select {
		case err := <-ended:
			t.Errorf("it did not wait: %v", err)
			return
		default:
		}
		err := owner.QueryRow(t.Context(), `SELECT count(*) = 1 FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '500 ms'`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := holds.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A COMMIT waits as long as it takes, since PostgreSQL ends a statement's time before
// it commits: for a standby, the end of the wait would count as success.
func TestACommitIsNotCutOff(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	_, err := owner.Exec(t.Context(), `
		CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON portal_state DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()`)
	if err != nil {
		t.Fatal(err)
	}
	store := postgres.NewStore(bounded(t, owner, postgres.Timeouts{Statement: time.Second}))
	if err := store.InTx(t.Context(), func(tx booking.Tx) error { return tx.SetFrozen(t.Context(), true, 0) }); err != nil {
		t.Errorf("the commit: %v", err)
	}
	if frozen, err := store.Frozen(t.Context()); err != nil || !frozen {
		t.Errorf("it is not written: %v, %v", frozen, err)
	}
}
