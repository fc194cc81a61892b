package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// passing are the tables whose rows come and go. Of all others nothing is ever
// deleted.
var passing = []string{
	"alert_links", "customers", "drafts", "kept_forms", "nodes", "rate_limits", "recovery_codes", "second_factors", "sessions", "signed_in", "tickets",
}

// readable are the tables that the application only reads.
var readable = []string{"booking_states", "booking_supplier_ids", "goose_db_version", "portal_clock", "portal_witness"}

// ofOwner are functions that do what the application may not do itself.
var ofOwner = []string{"bookings_copy()"}

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

// Grant gives a role exactly what the application needs to serve: it reads and
// adds rows everywhere, changes them except where history is kept, deletes only
// what passes, and defines nothing. db belongs to the owner; a second time
// changes nothing.
func Grant(ctx context.Context, db *sql.DB, role string) error {
	tables, kept, err := listTables(ctx, db)
	if err != nil {
		return err
	}
	name := pgx.Identifier{role}.Sanitize()
	statements := []string{
		`REVOKE ALL ON SCHEMA public FROM PUBLIC`,
		`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, ` + name,
		`REVOKE ALL ON SCHEMA public FROM ` + name,
		`GRANT USAGE ON SCHEMA public TO ` + name,
		`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ` + name,
		`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ` + name,
		`REVOKE EXECUTE ON FUNCTION ` + strings.Join(ofOwner, ", ") + ` FROM ` + name,
	}
	for _, table := range tables {
		may := "SELECT, INSERT, UPDATE"
		switch {
		case slices.Contains(readable, table):
			may = "SELECT"
		case slices.Contains(kept, table):
			may = "SELECT, INSERT"
		case slices.Contains(passing, table), strings.HasPrefix(table, "river_"):
			may += ", DELETE"
		}
		statements = append(statements, "GRANT "+may+" ON "+pgx.Identifier{"public", table}.Sanitize()+" TO "+name)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	return nil
}

// listTables returns all tables, and those whose history is kept: a trigger of
// theirs stands before every change, removal and truncation.
func listTables(ctx context.Context, db *sql.DB) (all, kept []string, err error) {
	// Bits of tgtype: 2 before, 8 delete, 16 update, 32 truncate.
	rows, err := db.QueryContext(ctx, `
		SELECT c.relname, EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgtype & 58 = 58)
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname`)
	if err != nil {
		return nil, nil, fmt.Errorf("list the tables: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var isKept bool
		if err := rows.Scan(&name, &isKept); err != nil {
			return nil, nil, fmt.Errorf("list the tables: %w", err)
		}
		if all = append(all, name); isKept {
			kept = append(kept, name)
		}
	}
	return all, kept, rows.Err()
}
