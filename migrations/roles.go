package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// may is what the application does with each table, and with nothing else: S selects,
// I inserts, U updates (or locks), D deletes. A table without a line is not read.
// Columns behind a letter are the only ones; what the database sets by itself, such as
// the time of an entry, cannot be made up.
var may = map[string]string{ //nolint:gosec // names of tables, and no secret
	"agencies":              "S I U",
	"alert_links":           "S I D",
	"attempts":              "S I(booking_id,operation,correlation,actor_id,actor_name,started_at) U(outcome,ended_at,key_hint,http_status,error_code,message,errors,request,response)",
	"audit":                 "S I(actor_id,subject_id,agency_id,action,before,after,network)",
	"booking_events":        "S I",
	"booking_notes":         "S I(booking_id,kind,finding,channel,person,reference,body,supplier_id,actor_id,at) U(person,reference,body,answered_at)",
	"booking_states":        "S",
	"booking_supplier_ids":  "S",
	"booking_transitions":   "S", // its guard reads it
	"bookings":              "S I U(" + moved + "," + forgotten + ")",
	"cases":                 "S I U",
	"customer_supplier_ids": "S I U",
	"customers":             "S I U D",
	"drafts":                "S I U D",
	"findings":              "S I",
	"goose_db_version":      "S",
	"handovers":             "S I U",
	"history_seals":         "S I",
	"kept_forms":            "S I U D",
	"nodes":                 "S I U D",
	"passkey_challenges":    "S I U(ceremony,challenge,expires_at) D",
	"passkeys":              "S I(user_id,credential_id,credential,name) U(credential,used_at) D",
	"portal_clock":          "S",
	"portal_state":          "S U(frozen,changed_at,changed_by)",
	"portal_witness":        "S",
	"quote_counts":          "S I U", // drafts count themselves
	"rate_limits":           "S I U D",
	"recovery_codes":        "S I U D",
	"removal_logs":          "S I U",
	"removals":              "S I U",
	"restores":              "S I",
	"river_client":          "",
	"river_client_queue":    "",
	"river_job":             "S I U D",
	"river_leader":          "S I U D",
	"river_migration":       "",
	"river_notification":    "", // it listens
	"river_queue":           "S I U D",
	"sealed_keys":           "S I(purpose,sealed) U(sealed)",
	"second_factors":        "S I U D",
	"sessions":              "S I U D",
	"signed_in":             "S I U D",
	"statement_lines":       "S I U",
	"statements":            "S I U(state,mapping,read_at,compared_at,compared_by,file_name,header,erased_at)",
	"supplier_keys":         "S I U",
	"tickets":               "S I U D",
	"unknown_bookings":      "S I U",
	"unrecorded_answers":    "S I U",
	"users":                 "S I U",
	"zone_refreshes":        "S I U",
	"zones":                 "S I U",
}

// moved are the columns of a booking that change with its state, or when a backup was
// restored; forgotten those that are blanked with its traveller. All others, such as
// whose it is, stay as they were written.
const (
	moved = "state,version,services,total_cents,currency,pay_method,receipt,supplier_id,supplier_ref,booked_cents,booked_currency," +
		"booked_services,insured,differs,reason,fence,lease_ends,changed_at,paid_at,paid_by,pay_by,unfit,unfit_found,uncompared,id_reissued"
	forgotten = "first_name,last_name,email,phone,country,make,model,color,plate,plate_written,outbound,return_number,agency_ref,erased_at"
)

// sequences are those that are read, or named by a default; those of identities are not.
var sequences = map[string]string{"audit_id_seq": "SELECT", "river_job_id_seq": "USAGE"}

// functions are those that statements, indexes and functions of triggers call.
var functions = []string{
	"portal_now()", "folded(text)", "words(text)", "name_words(text, text)", "name_query(text)",
	"river_job_state_in_bitmask(bit, river_job_state)",
}

// largeObjects are the functions of PostgreSQL's large objects, which everybody may call.
const largeObjects = `pronamespace = 'pg_catalog'::regnamespace AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))`

// ErrRole is a role that cannot be made, because the owner may not.
var ErrRole = errors.New("the database's owner may not create roles")

// EnsureRole makes a role that may sign in, unless there is one of that name,
// and sets its password. db belongs to the owner.
func EnsureRole(ctx context.Context, db *sql.DB, role, password string) error {
	var exists bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role).Scan(&exists); err != nil {
		return fmt.Errorf("look for the role: %w", err)
	}
	if exists {
		return nil
	}
	// DDL takes no parameters: PostgreSQL itself puts the text together.
	var statement string
	const make = `SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, nullif($2::text, ''))`
	if err := db.QueryRowContext(ctx, make, role, password).Scan(&statement); err != nil {
		return fmt.Errorf("prepare the role: %w", err)
	}
	_, err := db.ExecContext(ctx, statement)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "42501":
		return ErrRole
	case errors.As(err, &pg) && (pg.Code == "42710" || pg.Code == "23505"): // somebody was faster, for another database
		return nil
	case err != nil:
		return fmt.Errorf("create the role %s", role) // PostgreSQL's words would repeat the password
	}
	return nil
}

// Grant gives a role exactly what the application needs to serve, and takes from
// everybody what it could do besides in this database: temporary tables, large
// objects, functions. What the owner may not take away is returned, in English, for
// operators. db belongs to the owner; a second time changes nothing.
func Grant(ctx context.Context, db *sql.DB, role string) (left []string, err error) {
	name := pgx.Identifier{role}.Sanitize()
	statements := []string{
		`REVOKE ALL ON SCHEMA public FROM PUBLIC, ` + name,
		`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, ` + name,
		`REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, ` + name,
		`REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, ` + name,
		`GRANT USAGE ON SCHEMA public TO ` + name,
	}
	for _, table := range slices.Sorted(maps.Keys(may)) {
		for what := range strings.FieldsSeq(may[table]) {
			privilege := map[byte]string{'S': "SELECT", 'I': "INSERT", 'U': "UPDATE", 'D': "DELETE"}[what[0]] + what[1:]
			statements = append(statements, "GRANT "+privilege+" ON "+pgx.Identifier{"public", table}.Sanitize()+" TO "+name)
		}
	}
	for _, sequence := range slices.Sorted(maps.Keys(sequences)) {
		statements = append(statements, "GRANT "+sequences[sequence]+" ON SEQUENCE "+pgx.Identifier{"public", sequence}.Sanitize()+" TO "+name)
	}
	statements = append(statements, "GRANT EXECUTE ON FUNCTION "+strings.Join(functions, ", ")+" TO "+name)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("grant: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("grant: %w", err)
	}
	return withhold(ctx, db, role)
}

// withhold takes from everybody what belongs to the database's own administrator,
// as far as db may: it says what the role still can.
func withhold(ctx context.Context, db *sql.DB, role string) (left []string, err error) {
	for _, prepare := range []string{
		`SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database())`,
		`SELECT 'REVOKE EXECUTE ON FUNCTION ' || string_agg(oid::regprocedure::text, ', ') || ' FROM PUBLIC' FROM pg_proc WHERE ` + largeObjects,
	} {
		var statement string
		if err := db.QueryRowContext(ctx, prepare).Scan(&statement); err != nil {
			return nil, fmt.Errorf("withhold: %w", err)
		}
		var pg *pgconn.PgError
		if _, err := db.ExecContext(ctx, statement); err != nil && (!errors.As(err, &pg) || pg.Code != "42501") {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
	}
	var temporary, objects bool
	err = db.QueryRowContext(ctx, `
		SELECT has_database_privilege($1, current_database(), 'TEMPORARY'),
			EXISTS (SELECT FROM pg_proc WHERE `+largeObjects+` AND has_function_privilege($1, oid, 'EXECUTE'))`, role).Scan(&temporary, &objects)
	if err != nil {
		return nil, fmt.Errorf("look at the role's rights: %w", err)
	}
	if temporary {
		left = append(left, fmt.Sprintf("the role %q can make temporary tables: let the database's owner run REVOKE TEMPORARY ON DATABASE … FROM PUBLIC", role))
	}
	if objects {
		left = append(left, fmt.Sprintf("the role %q can make large objects: let an administrator run REVOKE EXECUTE ON FUNCTION … FROM PUBLIC for lo_creat, lo_create, lo_from_bytea and the others that begin with lo", role))
	}
	return left, nil
}
