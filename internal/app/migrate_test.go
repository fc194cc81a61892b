package app_test

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/migrations"
)

// denied reports whether PostgreSQL says that the role may not.
func denied(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42501"
}

// tables lists all tables of the schema, and which of them keep their history.
func tables(t *testing.T, pool *pgxpool.Pool) map[string]bool {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		SELECT c.relname, coalesce(bool_or(p.proname LIKE '%_kept'), false)
		FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid LEFT JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.relname`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	list := map[string]bool{}
	for rows.Next() {
		var name string
		var kept bool
		if err := rows.Scan(&name, &kept); err != nil {
			t.Fatal(err)
		}
		list[name] = kept
	}
	return list
}

// As the application, no table can be removed, emptied or changed in its form,
// and no history rewritten: PostgreSQL says so, whatever the triggers would.
func TestTheApplicationChangesNoHistory(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	conn, err := pgx.Connect(t.Context(), dbtest.AsApplication(pool.Config().ConnString()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	refused := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement); !denied(err) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	kept := 0
	for table, history := range tables(t, pool) {
		for _, s := range []string{"DROP TABLE %s", "TRUNCATE %s CASCADE", "ALTER TABLE %s DISABLE TRIGGER ALL", "ALTER TABLE %s ADD COLUMN x int", "CREATE INDEX x ON %s ((1))"} {
			_, err := conn.Exec(t.Context(), fmt.Sprintf(s, table))
			// Of a table that is not one's own it says "must be owner", by the same code.
			if !denied(err) {
				t.Errorf("%s: %v", fmt.Sprintf(s, table), err)
			}
		}
		if history {
			kept++
			refused("DELETE FROM " + table)
			refused("UPDATE " + table + " SET at = at")
		}
	}
	if kept != 5 {
		t.Errorf("%d tables keep their history, want the events, the findings, the restores, the audit log and the seals", kept)
	}
	for _, s := range []string{
		"DELETE FROM bookings", "DELETE FROM attempts", "DELETE FROM users", "UPDATE portal_clock SET clock_offset = '1 day'",
		"DELETE FROM goose_db_version", "CREATE TABLE mine (x int)", "CREATE SCHEMA mine", "DROP FUNCTION portal_now()",
		"ALTER FUNCTION portal_now() RENAME TO later", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"DROP TRIGGER events_are_kept ON booking_events", "CREATE ROLE mine", "SET session_replication_role = replica",
	} {
		refused(s)
	}
}

// Six at once on an empty database, as when a whole cluster is deployed: none fails.
func TestManyMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for range 5 {
		owner := dbtest.URL(t)
		pool, err := pgxpool.New(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
			t.Fatal(err)
		}
		pool.Close()
		c := settings(owner, "http://127.0.0.1:1")
		failed := make(chan error, 6)
		for range cap(failed) {
			go func() { failed <- app.Migrate(t.Context(), c, io.Discard) }()
		}
		for range cap(failed) {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
	}
}

// Grants belong to what only one process does at a time.
func TestMigrateWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	db := stdlib.OpenDBFromPool(owner)
	defer func() { _ = db.Close() }()
	inside, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		left <- migrations.Alone(t.Context(), db, func() error {
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	migrated := make(chan error, 1)
	go func() {
		migrated <- app.Migrate(t.Context(), settings(owner.Config().ConnString(), "http://127.0.0.1:1"), io.Discard)
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for asking := 0; asking < 2; { // the one inside, and the one that waits
		select {
		case err := <-migrated:
			t.Fatalf("it did not wait: %v", err)
		case <-tick.C:
		}
		const look = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock($1)%'`
		if err := owner.QueryRow(t.Context(), look).Scan(&asking); err != nil {
			t.Fatal(err)
		}
	}
	close(leave)
	if err := errors.Join(<-left, <-migrated); err != nil {
		t.Error(err)
	}
}

// A database with one role gets the second one when it is asked for, and a second
// time changes nothing; the portal then serves as it.
func TestMigrateLetsTheApplicationServe(t *testing.T) {
	t.Parallel()
	owner := dbtest.URL(t)
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	role := "guichet_migrated_" + strings.TrimPrefix(strings.ToLower(u.Path), "/guichet_test_")
	u.User = url.UserPassword(role, "a pass'word")
	_, there := newSimulator(t)
	c := settings(owner, there)
	c.DatabaseURL = u.String()
	for range 2 {
		if err := app.Migrate(t.Context(), c, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	pool, err := pgxpool.New(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, s := range []string{"DROP OWNED BY ", "DROP ROLE "} {
			if _, err := pool.Exec(t.Context(), s+role); err != nil {
				t.Error(err)
			}
		}
		pool.Close()
	}()
	portal, err := app.Open(t.Context(), c, time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	d := draft(t, portal.Bookings, newAgent(t, owner))
	if d.ID == "" {
		t.Error("no quote")
	}
	// One role for both: nobody to grant to, and nothing goes wrong.
	if err := app.Migrate(t.Context(), config.Config{DatabaseURL: owner}, io.Discard); err != nil {
		t.Error(err)
	}
}
