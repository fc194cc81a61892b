package migrations_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"guichet/internal/dbtest"
	"guichet/migrations"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// emptyDatabase returns a database on which nothing was migrated.
func emptyDatabase(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.ExecContext(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestSeveralNodesAtOnce(t *testing.T) {
	t.Parallel()
	db := emptyDatabase(t)
	done := make(chan error)
	for range 3 {
		go func() { done <- migrations.Up(t.Context(), db) }()
	}
	if err := errors.Join(<-done, <-done, <-done); err != nil {
		t.Fatal(err)
	}
	const twice = `SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version`
	var repeated int
	if err := db.QueryRowContext(t.Context(), twice).Scan(&repeated); err != nil || repeated != 0 {
		t.Errorf("%d migrations ran twice, %v", repeated, err)
	}
	if got, err := migrations.Current(t.Context(), db); err != nil || got != migrations.Latest() {
		t.Errorf("got version %d, %v, want %d", got, err, migrations.Latest())
	}
}

func TestCurrentChangesNothing(t *testing.T) {
	t.Parallel()
	db := emptyDatabase(t)
	if got, err := migrations.Current(t.Context(), db); got != 0 || err != nil {
		t.Errorf("got version %d, %v", got, err)
	}
	var tables int
	const count = `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`
	if err := db.QueryRowContext(t.Context(), count).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("asking made %d tables, %v", tables, err)
	}
}

func TestLatestIsPositive(t *testing.T) {
	t.Parallel()
	if got := migrations.Latest(); got < 1 {
		t.Errorf("got %d", got)
	}
}

func TestClockHasOneRow(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	for _, insert := range []string{
		`INSERT INTO portal_clock DEFAULT VALUES`,
		`INSERT INTO portal_clock (id) VALUES (false)`,
	} {
		if _, err := pool.Exec(t.Context(), insert); err == nil {
			t.Errorf("accepted: %s", insert)
		}
	}
}

// A guard reads the time after it got its locks: the clock moves on within a
// transaction, and within a statement.
func TestClockMovesOnWithinTransaction(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		var moved bool
		const look = `SELECT count(DISTINCT portal_now()) > 1 AND max(portal_now()) > now() FROM generate_series(1, 1000)`
		if err := tx.QueryRow(t.Context(), look).Scan(&moved); err != nil {
			return err
		}
		if !moved {
			t.Error("the clock stood still")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Sweeps compare with (SELECT portal_now()), because that uses an index.
func TestSweepUsesIndex(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	const fill = `CREATE TABLE due AS SELECT now() + n * interval '1 hour' AS at FROM generate_series(1, 5000) n;
		CREATE INDEX due_at ON due (at); ANALYZE due`
	if _, err := pool.Exec(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	rows, err := pool.Query(t.Context(), `EXPLAIN SELECT at FROM due WHERE at <= (SELECT portal_now())`)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range plan {
		if len(line) > 10 && line[:10] == "Index Only" || len(line) > 6 && line[:6] == "Bitmap" {
			return
		}
	}
	t.Errorf("no index in the plan: %q", plan)
}
