package migrations_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"guichet/migrations"
)

// patience is how long a test waits for another process to do something.
const patience = 20 * time.Second

// await asks until the answer is yes.
func await(t *testing.T, db *sql.DB, question string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var yes bool
		if err := db.QueryRowContext(ctx, question).Scan(&yes); err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		if yes {
			return
		}
		<-tick.C
	}
}

// transaction leaves a transaction open in which a statement was run.
func transaction(t *testing.T, db *sql.DB, statement string) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return tx
}

// Whoever reads a table for long does not make everybody else wait behind the
// migration that waits for it.
func TestMigrationLetsOthersPass(t *testing.T) {
	t.Parallel()
	db := before(t, 34) // the next one changes bookings
	reader := transaction(t, db, `SELECT FROM bookings`)
	done := make(chan error, 1)
	go func() { done <- migrations.Up(t.Context(), db) }()
	const waits = `SELECT count(*) > 0 FROM pg_locks WHERE relation = 'bookings'::regclass AND NOT granted`
	await(t, db, waits)
	await(t, db, `SELECT NOT (`+waits+`)`)
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, err := migrations.Current(t.Context(), db); err != nil || got != migrations.Latest() {
		t.Errorf("got version %d, %v", got, err)
	}
	var timeout string
	if err := db.QueryRowContext(t.Context(), `SHOW lock_timeout`).Scan(&timeout); err != nil || timeout != "0" {
		t.Errorf("the connection is left with a lock_timeout of %s, %v", timeout, err)
	}
}

// Building an index concurrently keeps nobody waiting, so it waits as long as it takes.
func TestConcurrentIndexWaits(t *testing.T) {
	t.Parallel()
	db := before(t, 38) // the next one builds indexes concurrently
	reader := transaction(t, db, `SELECT FROM bookings`)
	done := make(chan error, 1)
	go func() { done <- migrations.Up(t.Context(), db) }()
	await(t, db, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%INDEX CONCURRENTLY%'
		AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1 second'`)
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Databases of an early 0019 compute words by functions that a restore cannot find.
func TestNamesOfAnEarlyDatabaseCanBeRestored(t *testing.T) {
	t.Parallel()
	db := before(t, 39)
	const early = `
		CREATE OR REPLACE FUNCTION words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
			SELECT array_remove(regexp_split_to_array(folded(said), '[\s!-/:-@\[-` + "`" + `{-~’‘‐‑–]+'), '') $$;
		CREATE OR REPLACE FUNCTION name_words(first_name text, last_name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
			SELECT array_to_tsvector(array_remove(words(first_name) || words(last_name)
				|| array_to_string(words(first_name), '') || array_to_string(words(last_name), ''), '')) $$;
		CREATE OR REPLACE FUNCTION name_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
			SELECT coalesce((SELECT string_agg(quote_literal(w) || CASE WHEN length(w) > 2 THEN ':*' ELSE '' END, ' & ') FROM unnest(words(said)) w), '')::tsquery $$`
	if _, err := db.ExecContext(t.Context(), early); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	tx := transaction(t, db, `SET LOCAL search_path = pg_catalog`)
	const look = `SELECT public.name_words('Zoé', 'Le Goff') @@ public.name_query('legoff zoe')`
	var found bool
	if err := tx.QueryRowContext(t.Context(), look).Scan(&found); err != nil || !found {
		t.Errorf("found %t, %v", found, err)
	}
}
