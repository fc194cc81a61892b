package app_test

import (
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"guichet/internal/app"
	"guichet/internal/dbtest"
	"guichet/migrations"
)

// rights lists all that the role $1 may do in this database, itself or as everybody,
// one a line. Of PostgreSQL's own functions those of large objects count.
const rights = `
	SELECT 'role ' || x FROM pg_roles, unnest(array_remove(ARRAY[
		CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolcreaterole THEN 'createrole' END,
		CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END], NULL)) x WHERE rolname = $1
	UNION ALL SELECT 'member of ' || roleid::regrole FROM pg_auth_members WHERE member = $1::regrole
	UNION ALL SELECT 'owns ' || classid::regclass || ' ' || objid FROM pg_shdepend WHERE refobjid = $1::regrole AND deptype = 'o'
		AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
	UNION ALL SELECT 'database ' || p FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) p WHERE has_database_privilege($1, current_database(), p)
	UNION ALL SELECT 'schema ' || nspname || ' ' || p FROM pg_namespace, unnest(ARRAY['USAGE', 'CREATE']) p
		WHERE nspname !~ '^pg_(toast|temp)' AND has_schema_privilege($1, oid, p)
	UNION ALL SELECT 'table ' || relname || ' ' || p FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege($1, oid, p)
	UNION ALL SELECT 'column ' || relname || '.' || attname || ' ' || p
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
			AND has_column_privilege($1, c.oid, attnum, p) AND NOT has_table_privilege($1, c.oid, p)
	UNION ALL SELECT 'sequence ' || relname || ' ' || p FROM pg_class, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) p
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND has_sequence_privilege($1, oid, p)
	UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE has_function_privilege($1, oid, 'EXECUTE') AND (pronamespace = 'public'::regnamespace
		OR proname ~ '^(lo_|loread|lowrite)')
	UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
		AND has_type_privilege($1, oid, 'USAGE')
	UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
	UNION ALL SELECT 'server ' || srvname FROM pg_foreign_server`

// What the application's role may do is what is listed, no more and no less. Each
// line has a reason in the code; who adds one looks for it.
func TestTheApplicationMayDoWhatIsListed(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	c := settings(owner.Config().ConnString(), "http://127.0.0.1:1")
	const role = "guichet_test_application"
	var said strings.Builder
	if err := app.Migrate(t.Context(), c, &said); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Grant(t.Context(), openDB(t, owner), role); err != nil { // to the role of the tests
		t.Fatal(err)
	}
	rows, err := owner.Query(t.Context(), rights, role)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/privileges.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(got)
	if !slices.IsSorted(want) {
		t.Error("the list is not sorted")
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("it may, and that is not listed: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("it may not, and that is listed: %s", line)
		}
	}
}

// What stands in the way of a stranger who has the application's password.
func TestTheApplicationMakesNothingUp(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	if _, err := migrations.Grant(t.Context(), openDB(t, owner), "guichet_test_application"); err != nil {
		t.Fatal(err)
	}
	pool := dbtest.Application(t, owner)
	for _, s := range []string{
		`INSERT INTO booking_transitions (before, after) VALUES ('cancelled', 'held')`,
		`INSERT INTO audit (at, action, before, after, network) VALUES (now() - interval '1 day', 'sign_in', '', '', '')`,
		`INSERT INTO audit (id, action, before, after, network) OVERRIDING SYSTEM VALUE VALUES (1, 'sign_in', '', '', '')`,
		`SELECT nextval('audit_id_seq')`, `SELECT setval('audit_id_seq', 1)`,
		`DELETE FROM river_migration`, `INSERT INTO river_migration (line, version) VALUES ('main', 99)`, `SELECT * FROM river_migration`,
		`CREATE TEMPORARY TABLE mine (x int)`, `SELECT lo_create(0)`, `SELECT lo_from_bytea(0, 'x')`, `SELECT bookings_copy()`,
		`UPDATE sealed_keys SET made_at = now()`, `DELETE FROM sealed_keys`, `DELETE FROM history_seals`, `UPDATE history_seals SET mac = ''`,
		`UPDATE bookings SET ref = 'G-AAAAAA'`, `UPDATE bookings SET environment = 'sandbox'`, `UPDATE bookings SET agency_id = 1`,
		`UPDATE bookings SET user_id = 1`, `UPDATE bookings SET draft_id = ''`, `UPDATE bookings SET sale_id = ''`, `UPDATE bookings SET quote = '[]'`,
		`UPDATE bookings SET from_at = now()`, `UPDATE bookings SET zone_code = ''`, `UPDATE bookings SET created_at = now()`, `UPDATE bookings SET deadline = now()`,
		`UPDATE bookings SET retry_of = ''`, `UPDATE bookings SET replaces = ''`, `UPDATE bookings SET taken_over = true`, `DELETE FROM bookings`,
		`INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at) VALUES (1, 'pay', 'ok', 'x', now())`,
		`UPDATE attempts SET actor_name = ''`, `UPDATE attempts SET started_at = now()`, `DELETE FROM attempts`,
		`UPDATE booking_notes SET actor_id = 1`, `UPDATE booking_notes SET at = now()`, `DELETE FROM booking_notes`,
		`UPDATE statements SET user_id = 1`, `UPDATE statements SET digest = ''`, `UPDATE statements SET at = now()`, `DELETE FROM statements`,
		`INSERT INTO portal_state DEFAULT VALUES`, `INSERT INTO portal_witness DEFAULT VALUES`,
	} {
		if _, err := pool.Exec(t.Context(), s); !denied(err) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// An owner who is no administrator may not take everything away: migrate says what is
// left.
func TestMigrateSaysWhatItMayNotTakeAway(t *testing.T) {
	t.Parallel()
	owner := dbtest.New(t)
	const role = "guichet_test_owner"
	_, err := owner.Exec(t.Context(), `DO $$ BEGIN CREATE ROLE guichet_test_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
		GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`DO $$ DECLARE o record; BEGIN
			FOR o IN SELECT oid::regclass AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND
				NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i') AND refclassid = 'pg_class'::regclass)
			LOOP EXECUTE format('ALTER TABLE %s OWNER TO guichet_test_owner', o.name); END LOOP;
			FOR o IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
			LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO guichet_test_owner', o.name); END LOOP;
		END $$`, `ALTER SCHEMA public OWNER TO guichet_test_owner`} {
		if _, err := owner.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	c := owner.Config().Copy()
	c.ConnConfig.RuntimeParams["role"] = role
	left, err := migrations.Grant(t.Context(), openDB(t, openPool(t, c)), "guichet_test_application")
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(left, "\n"); len(left) != 2 || !strings.Contains(said, "REVOKE TEMPORARY ON DATABASE") || !strings.Contains(said, "lo_create") {
		t.Errorf("%q", left)
	}
}

func openPool(t *testing.T, c *pgxpool.Config) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func openDB(t *testing.T, pool *pgxpool.Pool) *sql.DB {
	t.Helper()
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
