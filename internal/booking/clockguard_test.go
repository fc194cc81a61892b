package booking_test

import (
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
)

// The database refuses by its own clock what the machine refuses, each half of each
// guard, and lets the rest pass.
func TestTheDatabaseHasTheGuardsOfTheClock(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	const paying, expired = `state = 'paying', lease_ends = portal_now()`, `state = 'expired'`
	held, short := c.held("AA-001-AA"), c.held("AA-002-AA")
	unpaid, lost := c.payLost("AA-003-AA", "drop_before"), c.unknownCreate("AA-004-AA")
	plain, insured := c.paid("AA-005-AA"), c.paid("AA-006-AA", booking.CancellationInsurance)
	c.byHand(`UPDATE bookings SET pay_by = pay_by - interval '20 minutes' WHERE id = $1`, short.ID)
	try := func(name string, b booking.Booking, change, want string) {
		t.Helper()
		tx, err := c.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = tx.Exec(t.Context(), `UPDATE bookings SET version = version + 1, `+change+` WHERE id = $1`, b.ID)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	try("cancel without insurance", plain, `state = 'cancelling', lease_ends = portal_now()`, "not insured")
	try("cancel", insured, `state = 'cancelling', lease_ends = portal_now()`, "")
	try("erase in production", held, `state = 'voided', environment = 'production'`, "never erased")
	try("erase", held, `state = 'voided'`, "")
	try("pay what is not accepted", held, `differs = true, `+paying, "not accepted")
	try("pay in time", held, paying, "")
	c.pass(booking.HoldTime - booking.PayMargin - 30*time.Second)
	try("pay half a minute before pay_by", held, paying, "")
	try("pay past an earlier pay_by", short, paying, "too late")
	c.pass(time.Minute)
	try("pay past pay_by", held, paying, "too late")
	try("expire before the deadline", held, expired, "deadline")
	c.pass(booking.PayMargin)
	try("expire past the deadline", held, expired, "")
	try("an unknown payment before its fence", unpaid, expired, "fence")
	try("an unknown create before its fence", lost, expired, "fence")
	c.pass(booking.FenceTime)
	try("an unknown payment past its fence", unpaid, expired, "")
	try("an unknown create past its fence", lost, expired, "")
}
