package booking_test

import (
	"errors"
	"testing"

	"guichet/internal/booking"
)

// A booking that the supplier says is paid, or billed, is not paid from here before a
// person has found out: a second payment would be taken. Nor is it sold again.
func TestWhatTheSupplierBillsIsNotPaidAgain(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	b := c.held("AA-001-AA")
	if _, _, err := c.compare(c.billed(b), idAndAmount); err != nil {
		t.Fatal(err)
	}
	before := c.calls("pay")
	shown := c.now(b.Ref)
	if _, err := c.Pay(ctx, c.agent, c.payment(shown)); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("paid although it is billed: %v", err)
	}
	if n := c.calls("pay") - before; n != 0 {
		t.Errorf("%d payments were sent", n)
	}
	now, err := c.Now(ctx)
	if err != nil || shown.Payable(now) {
		t.Errorf("it is offered to be paid: %v", err)
	}
	if _, err := c.Rebook(ctx, c.agent, b.Ref); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("sold again: %v", err)
	}
	e := proof
	e.Reference = "T-1"
	if _, err := c.Resolve(ctx, c.desk, booking.ResolveRequest{Ref: b.Ref, Version: shown.Version, Finding: booking.FoundCorrects, Evidence: e}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Pay(ctx, c.agent, c.payment(c.now(b.Ref))); err != nil || got.State != booking.Confirmed {
		t.Errorf("after the supplier's word: %s, %v", got.State, err)
	}
}

// Each case by which the supplier disputes a state keeps a held booking from being
// paid, and no other does.
func TestDisputesOfAHeldBooking(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	for why, want := range map[string]bool{
		booking.CaseLateAnswer: true, booking.CaseStatementBilled: true, booking.CaseStatementPlate: true, booking.CaseLinesUnproved: true,
		booking.CaseUnrecorded: true, booking.CaseReversal: true, booking.CaseDamaged: false, booking.CaseDuplicateID: false,
	} {
		c.byHand(`INSERT INTO cases (booking_id, why, due, opened_at) VALUES ($1, $2, portal_now(), portal_now())`, b.ID, why)
		cases, err := c.Cases(t.Context(), b)
		if got := c.now(b.Ref); err != nil || got.Disputed != want || booking.Disputed(got, cases) != want {
			t.Errorf("%s: disputed %v, as the row says %v, %v", why, booking.Disputed(got, cases), got.Disputed, err)
		}
		c.byHand(`UPDATE cases SET resolved_at = portal_now() WHERE booking_id = $1`, b.ID)
	}
}
