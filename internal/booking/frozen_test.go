package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// A frozen portal makes no create, pay, cancel or expiry, and calls nobody; an
// admin lets it go on.
func TestFrozen(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	held, paid := c.held("AA-001-AA"), c.paid("AA-002-AA", booking.CancellationInsurance)
	inFlight := c.held("AA-003-AA")
	d := c.quoted("AA-004-AA")
	c.byHand(`WITH a AS (INSERT INTO attempts (booking_id, operation, correlation, started_at) SELECT id, 'pay', 'x', portal_now() FROM bookings WHERE id = $1)
		UPDATE bookings SET state = 'paying', lease_ends = portal_now() WHERE id = $1`, inFlight.ID)
	if err := c.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	if frozen, err := c.Frozen(t.Context()); err != nil || !frozen {
		t.Fatalf("frozen: %v, %v", frozen, err)
	}
	calls := len(c.writes())
	_, create := c.Book(t.Context(), c.agent, c.request(d))
	_, pay := c.Pay(t.Context(), c.agent, c.payment(held))
	_, cancel := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: paid.Ref, Version: paid.Version, Reason: "plans"})
	for name, err := range map[string]error{"create": create, "pay": pay, "cancel": cancel} {
		if !errors.Is(err, booking.ErrFrozen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.pass(2 * time.Hour)
	if n, err := c.Expire(t.Context()); n != 0 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	if n, err := c.EndLeases(t.Context()); n != 1 || err != nil {
		t.Errorf("what is in flight must become unknown: %d, %v", n, err)
	}
	if got := c.now(held.Ref); got.State != booking.Held || len(c.writes()) != calls {
		t.Errorf("it is %s, and the supplier was called %d times", got.State, len(c.writes())-calls)
	}
	if err := c.Unfreeze(t.Context(), c.desk); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("customer service: %v", err)
	}
	if err := c.Unfreeze(t.Context(), account.Actor{UserID: c.desk.UserID, Role: account.Admin}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Expire(t.Context()); n != 1 || err != nil {
		t.Errorf("afterwards %d expired, %v", n, err)
	}
}

// writes counts the calls that change something at the supplier.
func (c *env) writes() []string {
	var list []string
	for _, call := range c.sim.Calls() {
		if call.Endpoint != "zones" && call.Endpoint != "quotes" {
			list = append(list, call.Endpoint)
		}
	}
	return list
}
