// Package dbtest gives every test a migrated PostgreSQL database of its own.
//
// The server is private to the test binary and lives in memory; the databases
// are cloned from one template in milliseconds. A package that uses it has
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
//
// It knows the migrations and nothing else of the portal. For tests only.
package dbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// maxConns is enough for a test's own concurrency and leaves room for the tests
// that run beside it.
const maxConns = 8

// closeLimit is far more than a query of a test takes to end.
const closeLimit = 15 * time.Second

// New returns a pool on a fresh, migrated database, which is dropped when the
// test ends. pool.Config().ConnString() is its address. The test fails at once
// when there is no database to be had.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return openPool(t, URL(t))
}

func openPool(t testing.TB, address string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	config.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() { closePool(t, pool, closeLimit) })
	return pool
}

// closePool names the mistake when a connection was not given back; pool.Close
// alone would wait for it for ever.
func closePool(t testing.TB, pool *pgxpool.Pool, limit time.Duration) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(limit):
		t.Errorf("dbtest: %d connections were not given back (Rows, Tx or Conn left open)", pool.Stat().AcquiredConns())
	}
}

// URL is New for a test that hands the database to another process, or opens
// its own pool: it returns the address of a fresh, migrated database.
func URL(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := running.get(ctx)
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	name := "guichet_test_" + strings.ToLower(rand.Text())
	if err := cluster.clone(ctx, name); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() {
		if err := cluster.drop(context.Background(), name); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return withDatabase(cluster.address, name)
}

// application is the role as which the portal serves.
const application = "guichet_test_application"

// AsApplication returns the address of a test's database for the portal itself:
// it changes no history there and defines nothing. The test's own pool is the
// owner's.
func AsApplication(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(fmt.Errorf("a checked address does not parse: %w", err))
	}
	q := u.Query()
	q.Set("role", application) // for each connection, whoever signs in
	u.RawQuery = q.Encode()
	return u.String()
}

// Application is New's pool as the portal itself has it.
func Application(t testing.TB, owner *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	return openPool(t, AsApplication(owner.Config().ConnString()))
}

// ByHand runs a statement that changes rows as somebody with all rights over the
// database could, whom no trigger stops.
func ByHand(t testing.TB, owner *pgxpool.Pool, statement string, args ...any) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		tag, err := tx.Exec(t.Context(), statement, args...)
		if err == nil && tag.RowsAffected() == 0 {
			err = pgx.ErrNoRows
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// MoveClock sets how far the portal's clock is ahead of the real one (negative:
// behind), for everything that works on this database. It does not add up.
func MoveClock(t testing.TB, pool *pgxpool.Pool, ahead time.Duration) {
	t.Helper()
	tag, err := pool.Exec(context.Background(), `UPDATE portal_clock SET clock_offset = $1`, ahead)
	if err != nil {
		t.Fatalf("dbtest: move the clock: %v", err)
	}
	if tag.RowsAffected() != 1 {
		t.Fatalf("dbtest: the clock has %d rows", tag.RowsAffected())
	}
}

// withDatabase returns the address of another database of the same server.
func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(fmt.Errorf("a checked address does not parse: %w", err))
	}
	u.Path = "/" + name
	return u.String()
}

// quoted returns name as an SQL identifier.
func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
