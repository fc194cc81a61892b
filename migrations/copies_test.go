package migrations_test

import (
	"io/fs"
	"strings"
	"testing"

	"guichet/migrations"
)

// Bookings that were here before their states were copied are copied in batches,
// and as they are: what a trigger copied meanwhile is newer than a batch. Doing it
// again, as after an interruption, changes nothing.
func TestBookingsOfBeforeAreCopied(t *testing.T) {
	t.Parallel()
	db := before(t, 31)
	seedOldLives(t, db)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	const differ = `
		SELECT (SELECT count(*) FROM bookings b LEFT JOIN booking_states s ON s.id = b.id
				WHERE (s.state, s.environment, s.agency_id, s.sale_id, s.zone_code, s.insured, s.uncompared, s.due_cents, s.due_currency,
						s.created_at, s.pay_by, s.from_wall, s.to_wall)
					IS DISTINCT FROM (b.state, b.environment, b.agency_id, b.sale_id, b.zone_code, b.insured, b.uncompared, b.due_cents, b.due_currency,
						b.created_at, b.pay_by, b.from_wall, b.to_wall))
			+ (SELECT count(*) FROM bookings b LEFT JOIN booking_supplier_ids i ON i.id = b.id
				WHERE (i.environment, i.supplier_id, i.supplier_ref, i.claims) IS DISTINCT FROM (b.environment, b.supplier_id, b.supplier_ref, true))
			+ abs((SELECT count(*) FROM bookings) - 6)`
	var n int
	if err := db.QueryRowContext(t.Context(), differ).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d copies differ, %v", n, err)
	}
	text, err := fs.ReadFile(migrations.Files(), "0045_copy_booking_states.sql")
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := strings.Cut(string(text), "VACUUM")
	for _, statement := range []string{
		`UPDATE bookings SET insured = false, version = version + 1 WHERE id = 1`, // newer than what a batch has read
		`UPDATE booking_states SET zone_code = 'NEW' WHERE id = 2`,
		`DELETE FROM booking_states WHERE id = 3`,
		again,
		`UPDATE booking_states SET zone_code = 'CDG' WHERE id = 2 AND zone_code = 'NEW'`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	if err := db.QueryRowContext(t.Context(), differ).Scan(&n); err != nil || n != 0 {
		t.Errorf("again: %d copies differ, %v", n, err)
	}
	var words string
	if _, err := db.ExecContext(t.Context(), `ALTER TABLE bookings DISABLE TRIGGER bookings_stay`); err != nil { // it keeps names
		t.Fatal(err)
	}
	const look = `UPDATE bookings SET first_name = 'Zoé', last_name = 'Le Goff' WHERE id = 1 RETURNING name_words`
	if err := db.QueryRowContext(t.Context(), look).Scan(&words); err != nil || words != `'goff' 'le' 'legoff' 'zoe'` {
		t.Errorf("got %s, %v", words, err)
	}
}

// Without the copy's row a change of a booking makes it, as while the batches run.
func TestChangeMakesAMissingCopy(t *testing.T) {
	t.Parallel()
	db := before(t, 31)
	seedOldLives(t, db)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`DELETE FROM booking_states`, `DELETE FROM booking_supplier_ids`,
		`UPDATE bookings SET insured = false, supplier_ref = 'EC-1', version = version + 1 WHERE id = 1`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	var made string
	const look = `SELECT concat_ws(' ', s.id, s.state, s.insured, i.supplier_id, i.supplier_ref) FROM booking_states s JOIN booking_supplier_ids i ON i.id = s.id`
	if err := db.QueryRowContext(t.Context(), look).Scan(&made); err != nil || made != "1 confirmed f id1 EC-1" {
		t.Errorf("got %q, %v", made, err)
	}
}
