package restore_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/restore"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func opened(t *testing.T, folder, portal string) *restore.Witness {
	t.Helper()
	w := restore.New(slog.New(slog.DiscardHandler))
	if err := w.Open(folder, portal, time.Now()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// connected is a connection of the portal's role to a database of its own, and
// the name of the portal.
func connected(t *testing.T) (postgres.Witnessed, *pgxpool.Pool, string) {
	t.Helper()
	pool := dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.AsApplication(pool.Config().ConnString()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	found, err := postgres.Witnessed{Conn: conn}.Look(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return postgres.Witnessed{Conn: conn}, pool, found.Portal
}

func onRecord(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM restores`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A node that starts again remembers what the one before claimed, and notices at
// its first look that it is gone; the next look is calm, and so is another node
// that misses an earlier claim.
func TestWhatIsRememberedOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	db, pool, portal := connected(t)
	folder := t.TempDir()
	first, other := opened(t, folder, portal), opened(t, folder, portal)
	for _, w := range []*restore.Witness{first, other} {
		if err := w.Check(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		w.Claimed(t.Context(), restore.Claim{Correlation: "last", At: time.Now().Add(-time.Minute)})
	}
	if n := onRecord(t, pool); n != 0 {
		t.Fatalf("%d restores of a database that was never restored", n)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := opened(t, folder, portal)
	for _, w := range []*restore.Witness{second, second, other} {
		if err := w.Check(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
	if n := onRecord(t, pool); n != 1 || len(second.Remembered().Claims) > 0 {
		t.Errorf("%d restores on record; it remembers %v", n, second.Remembered())
	}
	other.Claimed(t.Context(), restore.Claim{Correlation: "later", At: time.Now().Add(time.Minute)})
	if err := other.Check(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if n := onRecord(t, pool); n != 2 {
		t.Errorf("%d restores on record after a second one", n)
	}
}

// Maintenance and restarts change nothing that is compared.
func TestMaintenanceIsNoRestore(t *testing.T) {
	t.Parallel()
	db, pool, portal := connected(t)
	w := opened(t, t.TempDir(), portal)
	if err := w.Check(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`VACUUM FULL portal_witness`, `VACUUM FULL bookings`, `VACUUM FREEZE`, `REINDEX TABLE bookings`, `ANALYZE`} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if err := w.Check(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := onRecord(t, pool); n != 0 {
			t.Fatalf("%s is taken for a restore", sql)
		}
	}
}

// Nodes that run at the same time have a file each, whatever they are called.
func TestEachNodeHasItsFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a, b := opened(t, folder, "p"), opened(t, folder, "p")
	a.Claimed(t.Context(), restore.Claim{Correlation: "of a"})
	b.Claimed(t.Context(), restore.Claim{Correlation: "of b"})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := opened(t, folder, "p").Remembered().Correlations(); !slices.Equal(got, []string{"of a"}) {
		t.Errorf("the one that follows a remembers %v", got)
	}
	if got := b.Remembered().Correlations(); !slices.Equal(got, []string{"of b"}) {
		t.Errorf("b remembers %v", got)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "witness-p-1.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := restore.New(slog.New(slog.DiscardHandler))
	if err := w.Open(folder, "p", time.Now()); !errors.Is(err, restore.ErrUnreadable) {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Open(filepath.Join(folder, "none"), "p", time.Now()); err == nil {
		t.Error("a folder that does not exist")
	}
}

// A database that does not answer proves nothing: the connection is refused, and
// nothing is put on record.
func TestAnErrorIsNoRestore(t *testing.T) {
	t.Parallel()
	db, pool, portal := connected(t)
	w := opened(t, t.TempDir(), portal)
	w.Claimed(t.Context(), restore.Claim{Correlation: "last"})
	if err := db.Conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Check(t.Context(), db); err == nil || onRecord(t, pool) != 0 {
		t.Errorf("%v, %d on record", err, onRecord(t, pool))
	}
}
