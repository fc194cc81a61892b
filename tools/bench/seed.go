package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// batch is how many bookings are copied at a time.
const batch = 20_000

// seed fills an empty database; one that is filled stays as it is.
func seed(ctx context.Context, folder string, n int, stdout io.Writer) (err error) {
	begun := time.Now()
	p, err := open(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	conn, err := pgx.Connect(ctx, p.owner)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var there int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM agencies LIMIT 1) a`).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return fmt.Errorf("%s is filled already; remove the folder to begin anew", folder)
	}
	err = p.pg.Unsynced(ctx, func() error { return fill(ctx, conn, n, stdout) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d bookings in %d s\n", n, int(time.Since(begun).Seconds()))
	return err
}

// fill writes everything in one transaction, without triggers and indexes, and
// makes the indexes anew.
func fill(ctx context.Context, conn *pgx.Conn, n int, stdout io.Writer) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		sellers, err := addPeople(ctx, tx)
		if err != nil {
			return err
		}
		zones, err := readZones(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '512MB'`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `ALTER TABLE bookings DISABLE TRIGGER USER, ENABLE ALWAYS TRIGGER bookings_words`); err != nil { // others are always on, too
			return err
		}
		again, err := dropIndexes(ctx, tx)
		if err != nil {
			return err
		}
		w := &writer{dice: rand.New(rand.NewPCG(1, 2)), now: time.Now().UTC(), n: n, zones: zones, sellers: sellers} //nolint:gosec // not a secret
		for from := 0; from < n; from += batch {
			lives := make([]life, 0, batch)
			for i := from; i < min(n, from+batch); i++ {
				lives = append(lives, w.write(i))
			}
			if err := copyLives(ctx, tx, lives); err != nil {
				return err
			}
			if from%(10*batch) == 0 {
				if _, err := fmt.Fprintf(stdout, "%d of %d\n", from, n); err != nil {
					return err
				}
			}
		}
		return finish(ctx, tx, again)
	})
}

func readZones(ctx context.Context, tx pgx.Tx) ([]booking.Zone, error) {
	rows, err := tx.Query(ctx, `SELECT supplier_id, code, name, kind, city, timezone FROM zones ORDER BY supplier_id::int`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (z booking.Zone, err error) {
		return z, row.Scan(&z.ID, &z.Code, &z.Name, &z.Kind, &z.City, &z.Timezone)
	})
}

// dropIndexes removes the indexes that are no constraints, and returns how to
// make them again.
func dropIndexes(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT i.indexname, i.indexdef FROM pg_indexes i
		WHERE i.tablename IN ('bookings', 'booking_states', 'booking_supplier_ids', 'attempts', 'booking_events') AND i.schemaname = 'public'
			AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)`)
	if err != nil {
		return nil, err
	}
	var name, definition string
	var names, definitions []string
	_, err = pgx.ForEachRow(rows, []any{&name, &definition}, func() error {
		names, definitions = append(names, name), append(definitions, definition)
		return nil
	})
	for _, n := range names {
		if err == nil {
			_, err = tx.Exec(ctx, "DROP INDEX "+pgx.Identifier{n}.Sanitize())
		}
	}
	return definitions, err
}

// copies fill the tables that triggers keep, and switch these on again.
var copies = []string{
	`INSERT INTO booking_states (id, state, environment, agency_id, sale_id, zone_code, insured, uncompared, due_cents, due_currency, created_at, pay_by, from_wall, to_wall)
		SELECT id, state, environment, agency_id, sale_id, zone_code, insured, uncompared, due_cents, due_currency, created_at, pay_by, from_wall, to_wall
		FROM bookings ORDER BY id`,
	`INSERT INTO booking_supplier_ids (id, environment, supplier_id, supplier_ref, claims)
		SELECT id, environment, supplier_id, supplier_ref, true FROM bookings WHERE supplier_id IS NOT NULL ORDER BY id`,
	`ALTER TABLE bookings ENABLE TRIGGER USER`,
	`ALTER TABLE bookings ENABLE ALWAYS TRIGGER bookings_words, ENABLE ALWAYS TRIGGER bookings_copy, ENABLE ALWAYS TRIGGER bookings_copy_changes`,
}

// finish makes the indexes, the cases of what nobody knows, and the sequences.
func finish(ctx context.Context, tx pgx.Tx, indexes []string) error {
	for _, sql := range slices.Concat(copies, indexes, []string{
		`INSERT INTO cases (booking_id, why, due, opened_at)
			SELECT id, state, least(from_at, fence), changed_at FROM bookings WHERE state IN ('pay_unknown', 'cancel_unknown')`,
		`SELECT setval(pg_get_serial_sequence('bookings', 'id'), (SELECT max(id) FROM bookings))`,
		`SELECT setval(pg_get_serial_sequence('attempts', 'id'), (SELECT max(id) FROM attempts))`,
		`ANALYZE`,
	}) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}
