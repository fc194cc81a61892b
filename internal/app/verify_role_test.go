package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"guichet/internal/app"
)

// Whoever has the password of the application's role changes what a booking cost, by
// whom it was paid and who travelled neither alone, nor with a version that has no event.
func TestTheApplicationChangesABookingWithItsEventOnly(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	ids := x.sell(2)
	for _, change := range []string{
		`total_cents = 1`, `currency = 'CHF'`, `booked_cents = 1`, `booked_currency = 'CHF'`, `services = '{x}'`, `booked_services = '{x}'`, `insured = true`,
		`paid_by = 'Somebody Else'`, `paid_at = now()`, `pay_method = 'card'`, `receipt = 'x'`, `supplier_id = 'x'`, `supplier_ref = 'x'`, `differs = true`,
		`first_name = 'x'`, `last_name = 'x'`, `email = ''`, `phone = ''`, `plate = 'X', make = 'x'`, `color = ''`, `outbound = 'x'`, `agency_ref = 'x'`,
		`erased_at = now()`, `last_name = '', erased_at = now()`,
	} {
		_, err := x.app.Exec(t.Context(), `UPDATE bookings SET `+change+` WHERE id = $1`, ids[0])
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.ConstraintName != "bookings_stay" {
			t.Errorf("%s: %v", change, err)
		}
	}
	x.well()
	if _, err := x.app.Exec(t.Context(), `UPDATE bookings SET version = version + 1, total_cents = 1 WHERE id = $1`, ids[0]); err != nil {
		t.Fatal(err)
	}
	if said, well := x.verify(app.Heads{}); well || !strings.Contains(said, "but 3 events") {
		t.Errorf("%v: %s", well, said)
	}
}

// A call that nobody made is found, in whatever form the role can write it.
func TestVerifyFindsACallWithoutItsEvent(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	ids := x.sell(2)
	x.well()
	const begin = `INSERT INTO attempts (booking_id, operation, correlation, actor_name, started_at) VALUES ($1, 'pay', 'made up', 'Somebody Else', now())`
	if _, err := x.app.Exec(t.Context(), begin, ids[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := x.app.Exec(t.Context(), `UPDATE attempts SET outcome = 'ok', ended_at = now() WHERE correlation = 'made up'`); err != nil {
		t.Fatal(err)
	}
	said, well := x.verify(app.Heads{})
	if well || !strings.Contains(said, "2 attempts, but its events begin 1") || !strings.Contains(said, "an attempt to pay went well, but no event says so") {
		t.Errorf("%v: %s", well, said)
	}
}

// A note is of the moment at which it was written, and the name of a file is only taken away.
func TestTheApplicationBackdatesNoNote(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	ids := x.sell(1)
	var ago time.Duration
	err := x.app.QueryRow(t.Context(), `WITH n AS (INSERT INTO booking_notes (booking_id, kind, body, actor_id, at)
		VALUES ($1, 'note', 'x', $2, now() - interval '1 day') RETURNING at) SELECT clock_timestamp() - at FROM n`, ids[0], x.agent.UserID).Scan(&ago)
	if err != nil || ago > time.Hour {
		t.Errorf("it is %s old, %v", ago, err)
	}
	const file = `INSERT INTO statements (handle, environment, file_name, digest, user_id, at, period_from, period_to, about, header, lines)
		VALUES ('x', 'simulator', 'may.csv', '', $1, now(), now(), now(), 'payments', '{id,amount}', 1)`
	if _, err := x.app.Exec(t.Context(), file, x.agent.UserID); err != nil {
		t.Fatal(err)
	}
	for change, goes := range map[string]bool{
		`file_name = 'june.csv'`: false, `header = '{id,price}'`: false, `header = '{id}'`: false, `file_name = '***may.csv'`: false,
		`file_name = '***.csv'`: true, `header = '{id,***}'`: true,
	} {
		err := pgx.BeginFunc(t.Context(), x.app, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE statements SET `+change)
			return errors.Join(err, tx.Rollback(t.Context()))
		})
		var pg *pgconn.PgError
		if refused := errors.As(err, &pg) && pg.ConstraintName == "statements_stay"; refused == goes {
			t.Errorf("%s: %v", change, err)
		}
	}
}
