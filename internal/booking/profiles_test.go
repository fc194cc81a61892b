package booking_test

import (
	"errors"
	"fmt"
	"testing"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// inEveryProfile runs a test against each way in which the supplier may fill
// the silence of its documentation.
func inEveryProfile(t *testing.T, f func(t *testing.T, c *env)) {
	t.Helper()
	for _, profile := range simulator.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			if err := c.sim.SetProfile(profile); err != nil {
				t.Fatal(err)
			}
			f(t, c)
		})
	}
}

// writeFaults are what can happen to a write on the wire, and what is known
// after it. They are the same in every profile: nothing is sent twice.
var writeFaults = []writeFault{
	{"drop_before", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"drop_after", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"delayed", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"500_before", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"500_after", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"502_before", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"502_after", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"503_before", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"503_after", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"html", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"html_before", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"truncated", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"wrong_types", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"huge", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"redirect", booking.CreateUnknown, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"unauthorized", booking.Refused, booking.Held, booking.Expired, booking.Confirmed},
	{"environment_required", booking.Refused, booking.Held, booking.Expired, booking.Confirmed},
	{"validation_failed", booking.Refused, booking.Held, booking.Expired, booking.Confirmed},
	{"rate_limited", booking.Refused, booking.Held, booking.Expired, booking.Confirmed},
	{"rate_limited_retry", booking.Refused, booking.Held, booking.Expired, booking.Confirmed},
	{"unavailable", booking.Refused, "", "", ""}, // is said of a create only
	{"expired", booking.Refused, booking.PayUnknown, booking.PayUnknown, booking.CancelUnknown},
	{"already_paid", booking.Refused, "", "", booking.CancelUnknown},                   // of a pay, the supplier would have to lie
	{"already_cancelled", booking.Refused, booking.PayUnknown, booking.PayUnknown, ""}, // of a cancel, it would be one more lie
	{"not_cancellable", booking.Refused, booking.PayUnknown, booking.PayUnknown, booking.Confirmed},
	{"not_found", booking.Refused, booking.Voided, booking.Voided, booking.Voided},
}

// writeFault is a fault with the state after a create, after a pay, after a pay
// once every delay is over, and after a cancel, that met it; none where it
// cannot be met.
type writeFault struct {
	kind                           string
	created, paid, gone, cancelled booking.State
}

// Each fault meets a create; two of three are tried again within the sale. Of
// each sale at most one booking is paid.
func TestCreateWithEachFault(t *testing.T) {
	t.Parallel()
	inEveryProfile(t, func(t *testing.T, c *env) {
		ends := map[string]booking.State{}
		for i, f := range writeFaults {
			d := c.quoted(plate(i))
			c.fault("create", f.kind)
			b, err := c.Book(t.Context(), c.agent, c.request(d))
			if err != nil || b.State != f.created {
				t.Fatalf("%s: after create: %s, %v; want %s", f.kind, b.State, err, f.created)
			}
			ends[b.Ref] = booking.Expired
			if f.created == booking.Refused {
				ends[b.Ref] = booking.Refused
			}
			if i%3 == 0 {
				continue
			}
			next := c.retried(b)
			if next, err = c.Pay(t.Context(), c.agent, c.payment(next)); err != nil || next.State != booking.Confirmed {
				t.Errorf("%s: the second try is %s, %v", f.kind, next.State, err)
			}
			ends[next.Ref] = booking.Confirmed
		}
		c.endsIn(ends)
	})
}

// plate is a different one for each number under a thousand.
func plate(i int) string { return fmt.Sprintf("AB-%03d-CD", i) }

// endsIn lets every delay pass and compares the states with those wanted, and
// before and after the records with the ledger.
func (c *env) endsIn(want map[string]booking.State) {
	c.t.Helper()
	c.reconcile()
	c.settle()
	for ref, state := range want {
		if got := c.now(ref); got.State != state {
			c.t.Errorf("%s, refused for %q, is %s in the end, want %s", ref, got.Reason, got.State, state)
		}
	}
	c.reconcile()
}

func (c *env) cancel(b booking.Booking) (booking.Booking, error) {
	return c.Cancel(c.t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
}

// Each fault meets a cancel; where nobody knows what became of it, customer
// service repeats it.
func TestCancelWithEachFault(t *testing.T) {
	t.Parallel()
	inEveryProfile(t, func(t *testing.T, c *env) {
		ends := map[string]booking.State{}
		for i, f := range writeFaults {
			if f.cancelled == "" {
				continue
			}
			b := c.paid(plate(i), booking.CancellationInsurance)
			c.fault("cancel", f.kind)
			b, err := c.cancel(b)
			if err != nil || b.State != f.cancelled {
				t.Fatalf("%s: after cancel: %s, %v; want %s", f.kind, b.State, err, f.cancelled)
			}
			ends[b.Ref] = f.cancelled
			if b.State != booking.CancelUnknown {
				continue
			}
			there, _ := c.sim.Booking(b.SupplierID)
			if b, err = c.cancel(b); err != nil {
				t.Fatal(err)
			}
			ends[b.Ref] = booking.Cancelled
			if there.Status == simulator.Cancelled && c.sim.Profile() == simulator.ProfileHostile {
				ends[b.Ref] = booking.CancelUnknown // refused: it is cancelled, and nobody says so
			}
			if b.State != ends[b.Ref] {
				t.Errorf("%s: after the repeat: %s, want %s", f.kind, b.State, ends[b.Ref])
			}
		}
		c.endsIn(ends)
	})
}

// Each fault meets a pay, and the agent presses again, with the page of before
// and with the one of after: it is charged once, or nobody knows and nobody
// tries. Of the refused ones every other is left alone.
func TestPayWithEachFault(t *testing.T) {
	t.Parallel()
	inEveryProfile(t, func(t *testing.T, c *env) {
		ends := map[string]booking.State{}
		for i, f := range writeFaults {
			if f.paid == "" {
				continue
			}
			held := c.held(plate(i))
			c.fault("pay", f.kind)
			b, err := c.Pay(t.Context(), c.agent, c.payment(held))
			if err != nil || b.State != f.paid {
				t.Fatalf("%s: after pay: %s, %v; want %s", f.kind, b.State, err, f.paid)
			}
			ends[b.Ref] = f.gone
			if _, err := c.Pay(t.Context(), c.agent, c.payment(held)); !errors.Is(err, booking.ErrChanged) {
				t.Errorf("%s: the page of before: %v", f.kind, err)
			}
			if b.State == booking.Held && i%2 == 0 {
				ends[b.Ref] = booking.Confirmed
				if b, err = c.Pay(t.Context(), c.agent, c.payment(b)); err != nil || b.State != booking.Confirmed {
					t.Errorf("%s: after a refusal: %s, %v", f.kind, b.State, err)
				}
			}
			if b.State == booking.Held {
				continue
			}
			sent := c.calls("pay")
			if _, err := c.Pay(t.Context(), c.agent, c.payment(b)); !errors.Is(err, booking.ErrTransition) || c.calls("pay") != sent {
				t.Errorf("%s: pressed again: %v, and the supplier was called %d times more", f.kind, err, c.calls("pay")-sent)
			}
		}
		c.endsIn(ends)
	})
}
