package dbtest

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Away takes a database from everybody, as when its server is gone: connections
// are cut, and new ones refused. It is there again when back is called, or when
// the test ends.
func Away(t testing.TB, pool *pgxpool.Pool) (back func()) {
	t.Helper()
	name := Name(t, pool)
	Administer(t, pool, `ALTER DATABASE `+quoted(name)+` ALLOW_CONNECTIONS false`)
	Administer(t, pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+name+`'`)
	back = sync.OnceFunc(func() {
		t.Helper()
		Administer(t, pool, `ALTER DATABASE `+quoted(name)+` ALLOW_CONNECTIONS true`)
	})
	t.Cleanup(back)
	return back
}

// ReadOnly lets a database take no more writes, as a server does that a failover
// left behind. Connections that are open are cut, so that they notice.
func ReadOnly(t testing.TB, pool *pgxpool.Pool) (back func()) {
	t.Helper()
	name := Name(t, pool)
	set := func(to string) {
		Administer(t, pool, `ALTER DATABASE `+quoted(name)+` SET default_transaction_read_only = `+to)
		Administer(t, pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+name+`'`)
	}
	set("on")
	return func() {
		t.Helper()
		set("off")
	}
}

// Name returns the name of the pool's database.
func Name(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	u, err := url.Parse(pool.Config().ConnString())
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// Administer runs one statement as the server's superuser, in another database
// than the pool's.
func Administer(t testing.TB, pool *pgxpool.Pool, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, withDatabase(pool.Config().ConnString(), "postgres"))
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("dbtest: %s: %v", statement, err)
	}
}
