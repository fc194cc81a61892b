package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

// sorted are the errors of the domain that an error of PostgreSQL can become.
var sorted = []error{
	booking.ErrAway, booking.ErrBusy, booking.ErrSlow, booking.ErrUncertain, booking.ErrChanged, booking.ErrFrozen, booking.ErrTransition,
	booking.ErrSupplierIDDup, booking.ErrNotFound,
}

// isOnly reports that an error is this one of the sorted, and no other; nil for
// none of them.
func isOnly(err, want error) bool {
	for _, s := range sorted {
		if errors.Is(err, s) != errors.Is(want, s) {
			return false
		}
	}
	return err != nil
}

// One table for every code; a class stands for its codes.
func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	for want, codes := range map[error]string{
		booking.ErrAway: "08000 08001 08003 08004 08006 08007 08P01 53000 53100 53200 53300 53400 57000 57P01 57P02 57P03 57P04 57P05 " +
			"58000 58030 58P01 F0000 F0001 25006 25P03 25P04 40003",
		booking.ErrBusy:    "55P03 40001 40P01 55006",
		booking.ErrSlow:    "57014",
		booking.ErrChanged: "23505 23P01",
		nil:                "23514 23502 23503 22001 22P02 25P02 40002 42P01 42703 42501 54000 55000 P0001 XX000 XX001",
	} {
		for code := range strings.FieldsSeq(codes) {
			err := fmt.Errorf("a statement: %w", &pgconn.PgError{Severity: "ERROR", Code: code})
			if got := postgres.DomainError(err); !isOnly(got, want) {
				t.Errorf("%s becomes %v, want %v", code, got, want)
			}
		}
	}
	for constraint, want := range map[string]error{
		"bookings_draft": booking.ErrChanged, "bookings_frozen": booking.ErrFrozen, "bookings_supplier_id": booking.ErrSupplierIDDup,
		"bookings_guard": booking.ErrTransition, "attempts_one_open": booking.ErrBusy,
	} {
		if got := postgres.DomainError(&pgconn.PgError{Code: "23514", ConstraintName: constraint}); !isOnly(got, want) {
			t.Errorf("%s becomes %v, want %v", constraint, got, want)
		}
	}
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, &net.OpError{Op: "read", Err: errors.New("reset")}, context.DeadlineExceeded,
	} {
		if got := postgres.DomainError(err); !isOnly(got, booking.ErrAway) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
	for _, err := range []error{errors.New("cannot scan"), context.Canceled} {
		if got := postgres.DomainError(err); !isOnly(got, nil) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

// What COMMIT came to is known only when the server goes on to live.
func TestErrorsOfCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ err, want error }{
		{&pgconn.PgError{Severity: "ERROR", Code: "40001"}, booking.ErrBusy},
		{&pgconn.PgError{Severity: "ERROR", Code: "23514", ConstraintName: "bookings_guard"}, booking.ErrTransition},
		{&pgconn.PgError{Severity: "ERROR", Code: "53100"}, booking.ErrAway},
		{pgx.ErrTxCommitRollback, nil},
		{&pgconn.PgError{Severity: "FATAL", Code: "57P01"}, booking.ErrUncertain},
		{&pgconn.PgError{Severity: "PANIC", Code: "53100"}, booking.ErrUncertain},
		{&pgconn.PgError{Severity: "ERROR", Code: "40003"}, booking.ErrUncertain},
		{io.ErrUnexpectedEOF, booking.ErrUncertain},
	} {
		if got := postgres.CommitError(c.err); !isOnly(got, c.want) {
			t.Errorf("%v becomes %v, want %v", c.err, got, c.want)
		}
	}
}

// stores are a store of bookings and one of people, on one pool.
func stores(t *testing.T, pool *pgxpool.Pool) (*postgres.Store, *postgres.Accounts) {
	t.Helper()
	store := postgres.NewStore(pool)
	return store, postgres.NewAccounts(pool)
}

// lone is a pool of its own on the database, with n connections at most.
func lone(t *testing.T, url string, n int32) *pgxpool.Pool {
	t.Helper()
	c, err := postgres.PoolConfig(url, postgres.Timeouts{})
	if err != nil {
		t.Fatal(err)
	}
	c.MaxConns = n
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Both stores say the same of a server that is gone, read-only, or has nothing to
// give; errors are those of a real one.
func TestARealServerThatCannotServe(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(testing.TB, *pgxpool.Pool) func(){
		"connections cut and refused": dbtest.Away,
		"read-only":                   dbtest.ReadOnly,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := dbtest.New(t)
			mine := lone(t, pool.Config().ConnString(), 4)
			store, people := stores(t, mine)
			if err := postgres.Writable(t.Context(), mine); err != nil {
				t.Fatal(err)
			}
			spoil(t, pool)
			for what, err := range map[string]error{
				"the store of bookings": store.InTx(t.Context(), func(tx booking.Tx) error { return tx.SetFrozen(t.Context(), true, 0) }),
				"the store of people":   people.InTx(t.Context(), func(tx account.Tx) error { return tx.SetLanguage(t.Context(), 1, "fr") }),
				"limits":                auth.NewService(postgres.NewAuth(people), nil).Allow(t.Context(), auth.QuotesPerAgency, "x"),
				"sessions":              postgres.NewSessionData(mine).DeleteCtx(t.Context(), "x"),
				"readiness":             postgres.Writable(t.Context(), mine),
			} {
				if !isOnly(err, booking.ErrAway) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// Locks that are not to be had are busy.
func TestARealServerThatIsBusy(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	store, _ := stores(t, lone(t, pool.Config().ConnString(), 4))
	holds, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holds.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := holds.Exec(t.Context(), `LOCK portal_state`); err != nil {
		t.Fatal(err)
	}
	err = store.InTx(t.Context(), func(tx booking.Tx) error { return tx.SetFrozen(t.Context(), true, 0) })
	if !isOnly(err, booking.ErrBusy) {
		t.Errorf("a lock that somebody holds: %v", err)
	}
}

// A pool that has no connection to give says so, and does not wait for ever.
func TestAPoolWithoutConnectionsIsAway(t *testing.T) {
	t.Parallel()
	pool := lone(t, dbtest.New(t).Config().ConnString(), 1)
	store, _ := stores(t, pool)
	held, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	if _, err := store.Frozen(t.Context()); !isOnly(err, booking.ErrAway) {
		t.Errorf("no connection is free: %v", err)
	}
}

// A visitor who leaves lets go of the server, too.
func TestAContextThatEndsCancelsOnTheServer(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	pool := lone(t, owner.Config().ConnString(), 1)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := pool.Exec(ctx, `SELECT pg_sleep(600)`)
		ended <- err
	}()
	await(t, owner, `SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)' AND state = 'active'`)
	leave()
	if err := <-ended; err == nil {
		t.Error("it slept")
	}
	await(t, owner, `SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)' AND state = 'active'`)
}

// await asks the database until the answer is yes, for a minute at most.
func await(t *testing.T, pool *pgxpool.Pool, question string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for yes := false; !yes; {
		if err := pool.QueryRow(ctx, question).Scan(&yes); err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("after a minute it is still not so: %s", question)
		}
	}
}
