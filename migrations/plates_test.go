package migrations_test

import (
	"io/fs"
	"strings"
	"testing"

	"guichet/migrations"
)

// Plates of before, and those that a node of the release before still writes, are
// brought into the form that is searched, here as contact reads them.
func TestPlatesOfBeforeAreFolded(t *testing.T) {
	t.Parallel()
	db := before(t, 31)
	seedOldLives(t, db)
	do := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	do(`UPDATE bookings SET plate = 'GG777СЕ' WHERE id = 1`)
	do(`UPDATE bookings SET plate = 'LÖAB123' WHERE id = 2`)
	do(`INSERT INTO customers (key, agency_id, first_name, last_name, email, phone, country, language, make, model, color, plate, last_booked)
		SELECT 'k' || n, (SELECT min(id) FROM agencies), 'Zoé', 'Lévy', '', '+33199001234', '', '', '', '', '', p, now()
		FROM (VALUES (1, 'GG777СЕ'), (2, 'GG777CE'), (3, 'ΙΖΑ1234')) v (n, p)`)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	look := func(query, want string) {
		t.Helper()
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", query, got, err, want)
		}
	}
	const plates = `SELECT string_agg(plate, ' ' ORDER BY id) FROM bookings WHERE id < 3`
	const customers = `SELECT string_agg(plate, ' ' ORDER BY plate) FROM customers`
	look(plates, "GG777CE LÖAB123")
	look(customers, "GG777CE IZA1234")
	look(`SELECT string_agg(DISTINCT name_words::text, ' ') FROM customers`, "'levy' 'zoe'") // those of before, too

	do(`UPDATE bookings SET plate = 'ＡВ１２' WHERE id = 2`) // by a node of the release before
	look(plates, "GG777CE AB12")
	do(`UPDATE bookings SET plate_written = 'AB-12' WHERE id = 2`)
	do(`UPDATE bookings SET plate = '' WHERE id = 2`) // it erases, and does not know what stands beside
	look(`SELECT plate_written FROM bookings WHERE id = 2`, "")

	text, err := fs.ReadFile(migrations.Files(), "0062_plates_folded.sql")
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := strings.Cut(string(text), "-- +goose Down")
	do(again) // as after an interruption
	look(customers, "GG777CE IZA1234")
}
