package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// What the check predicts is what a request then comes to.
func TestCancelCheckPredictsTheRequest(t *testing.T) {
	t.Parallel()
	const insurance = booking.CancellationInsurance
	states := map[string]func(c *env) booking.Booking{
		"held":      func(c *env) booking.Booking { return c.held("AA-001-AA", insurance) },
		"confirmed": func(c *env) booking.Booking { return c.paid("AA-002-AA", insurance) },
		"uninsured": func(c *env) booking.Booking { return c.paid("AA-003-AA") },
		"expired": func(c *env) booking.Booking {
			b := c.held("AA-004-AA", insurance)
			c.settle()
			return c.now(b.Ref)
		},
		"cancelled": func(c *env) booking.Booking {
			b := c.paid("AA-005-AA", insurance)
			_, err := c.Cancel(c.t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
			if err != nil {
				c.t.Fatal(err)
			}
			return c.now(b.Ref)
		},
		"cancel_unknown": func(c *env) booking.Booking { return c.cancelLost("AA-006-AA") },
	}
	yes := map[string][3]bool{ // agent who may, agent who may not, customer service
		"confirmed":      {true, false, true},
		"cancel_unknown": {false, false, true},
	}
	for name, make := range states {
		for i, who := range []string{"agent", "bound agent", "desk"} {
			t.Run(name+"/"+who, func(t *testing.T) {
				t.Parallel()
				c := newEnv(t)
				bound := c.agent
				bound.MayCancel = false
				actor := []account.Actor{c.agent, bound, c.desk}[i]
				b := make(c)
				v, err := c.CheckCancel(t.Context(), actor, b)
				if err != nil {
					t.Fatal(err)
				}
				if v.Allowed() != yes[name][i] {
					t.Errorf("check %+v, want yes=%v", v, yes[name][i])
				}
				after, err := c.Cancel(t.Context(), actor, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
				if v.Allowed() != (err == nil) {
					t.Errorf("check %v, and the request: %v", v.Allowed(), err)
				}
				if v.Allowed() && after.State != booking.Cancelled {
					t.Errorf("forecast to be cancelled, is %s", after.State)
				}
				c.reconcile()
			})
		}
	}
}

// cancelLost returns a booking of which nobody knows whether it is cancelled;
// the supplier never saw the request.
func (c *env) cancelLost(plate string) booking.Booking {
	c.t.Helper()
	b := c.paid(plate, booking.CancellationInsurance)
	c.fault("cancel", "drop_before")
	got, err := c.Cancel(c.t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	if err != nil || got.State != booking.CancelUnknown {
		c.t.Fatalf("%s, %v", got.State, err)
	}
	return got
}

func TestCancelIsRepeatedAtMostThreeTimes(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.cancelLost("AA-007-AA")
	for left := booking.MaxCancels - 1; left > 0; left-- {
		v, err := c.CheckCancel(t.Context(), c.desk, b)
		if err != nil || !v.Allowed() || !v.Repeat || v.Left != left {
			t.Fatalf("%+v, %v; want %d left", v, err, left)
		}
		c.fault("cancel", "drop_before")
		if b, err = c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"}); err != nil {
			t.Fatal(err)
		}
	}
	v, err := c.CheckCancel(t.Context(), c.desk, b)
	if err != nil || v.Allowed() || v.Left != 0 {
		t.Fatalf("%+v, %v; want no more", v, err)
	}
	if _, err := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"}); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("a fourth request: %v", err)
	}
}

// The first request is slow and taken for lost; while its repeat is on the way,
// its good answer comes. What the supplier then refuses is only the repeat.
func TestRefusedRepeatDoesNotUndoALateCancellation(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	if err := c.sim.SetProfile(simulator.ProfileHostile); err != nil {
		t.Fatal(err)
	}
	b := c.paid("AA-008-AA", booking.CancellationInsurance)
	done := make(chan error, 2)
	cancel := func(b booking.Booking, latency time.Duration) {
		f := simulator.Fault{Endpoint: simulator.EndpointCancel, Kind: "latency", Count: 1, Latency: latency}
		if err := c.sim.SetFault(f); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
			done <- err
		}()
	}
	cancel(b, 700*time.Millisecond)
	for there, _ := c.sim.Booking(b.SupplierID); there.Status != simulator.Cancelled; there, _ = c.sim.Booking(b.SupplierID) {
		if t.Context().Err() != nil {
			t.Fatal("the supplier was never asked")
		}
	}
	c.pass(time.Minute)
	if n, err := c.EndLeases(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d leases ended, %v", n, err)
	}
	cancel(c.now(b.Ref), 1500*time.Millisecond)
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	if got := c.now(b.Ref); got.State != booking.Cancelled {
		t.Errorf("it is %s", got.State)
	}
	c.reconcile()
}
