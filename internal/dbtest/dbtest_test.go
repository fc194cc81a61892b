package dbtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func TestMain(m *testing.M) { Main(m) }

func one[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	var value T
	if err := pool.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	first, second := New(t), New(t)
	MoveClock(t, first, time.Hour)
	if got := one[bool](t, second, `SELECT clock_offset = '0' FROM portal_clock`); !got {
		t.Error("one test's clock moved another's")
	}
}

func TestMoveClock(t *testing.T) {
	t.Parallel()
	pool := New(t)
	for _, ahead := range []time.Duration{48 * time.Hour, -3 * time.Minute, 0} {
		MoveClock(t, pool, ahead)
		if !one[bool](t, pool, `SELECT portal_now() - clock_timestamp() BETWEEN $1::interval - interval '1s' AND $1`, ahead) {
			t.Errorf("the clock is not %s ahead", ahead)
		}
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	var address string
	t.Run("inner", func(t *testing.T) {
		address = URL(t)
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		// Left open on purpose: another process may hold on to the database.
		t.Cleanup(func() {
			if err := conn.Ping(context.Background()); err != nil {
				t.Error(err)
			}
		})
	})
	if conn, err := pgx.Connect(t.Context(), address); err == nil {
		t.Errorf("%s is still there", conn.Config().Database)
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestPoolAddressIsTheDatabase(t *testing.T) {
	t.Parallel()
	pool := New(t)
	conn, err := pgx.Connect(t.Context(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if got, want := conn.Config().Database, one[string](t, pool, `SELECT current_database()`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// recorder is a test that only notes its errors.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

func TestLeakedConnectionIsNamed(t *testing.T) {
	t.Parallel()
	pool := New(t)
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inner := &recorder{TB: t}
	closePool(inner, pool, 10*time.Millisecond)
	conn.Release()
	if !strings.Contains(inner.text, "1 connections were not given back") {
		t.Errorf("got %q", inner.text)
	}
}

// Two test binaries on one server: both use one template, neither starts a server.
func TestSharedServer(t *testing.T) {
	t.Parallel()
	cluster, err := running.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMoveClock$")
	cmd.Env = append(os.Environ(), addressVariable+"="+cluster.address, "PG_BIN=/nowhere")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
	const look = `SELECT count(*) FROM pg_database WHERE datname LIKE 'guichet_template%'`
	if got := one[int](t, cluster.admin, look); got != 1 {
		t.Errorf("%d templates", got)
	}
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"host=localhost", "https://example.test/db", "postgres://127.0.0.1:1/x?connect_timeout=1"} {
		if _, err := openCluster(t.Context(), address); err == nil {
			t.Errorf("%s was accepted", address)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	files := func(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }
	seen := map[string]bool{}
	for _, f := range []fstest.MapFS{files("a.sql", "x"), files("b.sql", "x"), files("a.sql", "y")} {
		sum, err := fingerprint(f)
		if err != nil || seen[sum] {
			t.Errorf("%v: %s, %v", f, sum, err)
		}
		seen[sum] = true
	}
}

func TestRemoveLeftOvers(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	stays := map[string]bool{
		folderPrefix + "4194304-a": false, // beyond the largest process number
		folderPrefix + "1-b":       true,
		folderPrefix + "x-c":       true,
		"somebody-else-4194304-d":  true,
	}
	for name := range stays {
		if err := os.Mkdir(filepath.Join(parent, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	removeLeftOvers(parent)
	for name, want := range stays {
		if _, err := os.Stat(filepath.Join(parent, name)); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", name, err == nil, want)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	cluster, err := running.get(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := cluster.clone(b.Context(), "guichet_bench"); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := cluster.drop(b.Context(), "guichet_bench"); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
