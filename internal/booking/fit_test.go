package booking_test

import (
	"testing"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// TestActsThatAreNotConfirmed: an answer to a pay or a cancel that is empty where
// it should not be, not done yet, or about something else leaves the outcome
// unknown, whatever was done there.
func TestActsThatAreNotConfirmed(t *testing.T) {
	t.Parallel()
	for i, f := range []simulator.Fault{
		{Kind: "202_before"},
		{Kind: "202_after"},
		{Kind: "205_before"},
		{Kind: "205_after"},
		{Kind: "blank_before"},
		{Kind: "blank_after"},
		{Kind: "other_id"},
		{Kind: "other_status", Status: "pending"},
		{Kind: "other_status", Status: "failed"},
		{Kind: "other_status", Status: "void"},
	} {
		profile := simulator.Profiles()[i%3]
		t.Run(f.Kind+" "+f.Status+" "+profile, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			if err := c.sim.SetProfile(profile); err != nil {
				t.Fatal(err)
			}
			b := c.held("AA-001-AA", booking.CancellationInsurance)
			f.Endpoint = simulator.EndpointPay
			c.set(f)
			b, err := c.Pay(t.Context(), c.agent, c.payment(b))
			if err != nil || b.State != booking.PayUnknown || c.queue()[0].Why != booking.CasePayUnknown {
				t.Errorf("pay: %s, %v, queue %+v", b.State, err, c.queue())
			}
			d := c.paid("AA-002-AA", booking.CancellationInsurance)
			f.Endpoint = simulator.EndpointCancel
			c.set(f)
			d, err = c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: d.Ref, Version: d.Version, Reason: "plans"})
			if err != nil || d.State != booking.CancelUnknown {
				t.Errorf("cancel: %s, %v", d.State, err)
			}
			c.settle()
			if b, d = c.now(b.Ref), c.now(d.Ref); b.State != booking.PayUnknown || d.State != booking.CancelUnknown {
				t.Errorf("the clock made them %s and %s", b.State, d.State)
			}
			c.reconcile()
		})
	}
}

// TestCreatesThatAreNotDoneYet: without an id that fits nothing is held here, and
// nothing is astray; the sale may be tried again.
func TestCreatesThatAreNotDoneYet(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"202_before", "202_after", "205_before", "205_after", "blank_before", "blank_after", "wrong_types"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			d := c.quoted("AA-001-AA")
			c.set(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: kind})
			b, err := c.Book(t.Context(), c.agent, c.request(d))
			if err != nil || b.State != booking.CreateUnknown || b.Astray() {
				t.Fatalf("%s, unfit %v, %v", b.State, b.Unfit, err)
			}
			if _, err := c.Retry(t.Context(), c.agent, b.Ref); err != nil {
				t.Errorf("tried again: %v", err)
			}
			c.settle()
			if got := c.now(b.Ref); got.State != booking.Expired {
				t.Errorf("it is %s", got.State)
			}
			c.reconcile()
		})
	}
}
