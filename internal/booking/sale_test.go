package booking_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/report"
	"guichet/internal/simulator"
)

func TestSale(t *testing.T) {
	t.Parallel()
	inEveryProfile(t, sale)
}

func sale(t *testing.T, c *env) {
	b := c.paid("AB-123-CD", booking.CancellationInsurance)
	there, ok := c.sim.Booking(b.SupplierID)
	if !ok || there.Status != simulator.Paid || there.PayCount != 1 || there.PriceCents != b.Due().Cents {
		t.Errorf("ledger: %+v", there)
	}
	if !b.Insured || b.PaidBy != c.agent.Name || b.Receipt != "T-42" || b.PayMethod != "cash" {
		t.Errorf("booking: %+v", b)
	}
	if want := b.T0.Add(60 * time.Minute); !b.Deadline.Equal(want) || !b.PayBy.Equal(want.Add(-time.Minute)) {
		t.Errorf("deadline %v, pay by %v of %v", b.Deadline, b.PayBy, b.T0)
	}
	entries, attempts, err := c.History(t.Context(), b)
	if err != nil || len(entries) != 4 || len(attempts) != 2 {
		t.Errorf("history: %d entries, %d attempts, %v", len(entries), len(attempts), err)
	}
	c.reconcile()
}

// fault sets a fault for one call; the delay is shorter than that of the fence.
func (c *env) fault(endpoint, kind string) {
	c.t.Helper()
	if err := c.sim.SetFault(simulator.Fault{Endpoint: endpoint, Kind: kind, Count: 1, Delay: 5 * time.Minute}); err != nil {
		c.t.Fatal(err)
	}
}

// What was executed and not answered in time is unknown: a timeout is no
// failure. The three calls wait at once.
func TestSupplierNeverAnswersInTime(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	held, paid, d := c.held("AA-111-AA"), c.paid("BB-222-BB", booking.CancellationInsurance), c.quoted("CC-333-CC")
	for _, endpoint := range []string{"create", "pay", "cancel"} {
		if err := c.sim.SetFault(simulator.Fault{Endpoint: endpoint, Kind: "latency", Count: 1, Latency: 5 * time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	calls := make(chan func() (booking.Booking, error), 3)
	calls <- func() (booking.Booking, error) { return c.Book(t.Context(), c.agent, c.request(d)) }
	calls <- func() (booking.Booking, error) { return c.Pay(t.Context(), c.agent, c.payment(held)) }
	calls <- func() (booking.Booking, error) { return c.cancel(paid) }
	states := atOnce(t, 3, func() string {
		b, err := (<-calls)()
		if err != nil {
			t.Error(err)
		}
		return string(b.State)
	})
	slices.Sort(states)
	if want := []string{"cancel_unknown", "create_unknown", "pay_unknown"}; !slices.Equal(states, want) {
		t.Errorf("%v, want %v", states, want)
	}
	c.reconcile()
	c.settle()
	c.reconcile()
}

func TestEightTabs(t *testing.T) {
	t.Parallel()
	inEveryProfile(t, eightTabs)
}

func eightTabs(t *testing.T, c *env) {
	d := c.quoted("AB-123-CD")
	refs := atOnce(t, 8, func() string {
		b, err := c.Book(t.Context(), c.agent, c.request(d))
		return must(t, b.Ref, err)
	})
	b := c.now(refs[0])
	for _, ref := range refs {
		if ref != b.Ref {
			t.Errorf("two bookings: %s and %s", ref, b.Ref)
		}
	}
	if n := len(c.sim.Ledger()); n != 1 || b.State != booking.Held {
		t.Fatalf("%d bookings at the supplier, %s here", n, b.State)
	}
	errs := atOnce(t, 8, func() string {
		_, err := c.Pay(t.Context(), c.agent, c.payment(b))
		if err != nil && !errors.Is(err, booking.ErrChanged) {
			return err.Error()
		}
		return ""
	})
	for _, e := range errs {
		if e != "" {
			t.Error(e)
		}
	}
	if got := c.now(b.Ref).State; c.calls("pay") != 1 || got != booking.Confirmed {
		t.Errorf("%d pays, %s", c.calls("pay"), got)
	}
	c.reconcile()
}

// calls counts what arrived at one of the supplier's endpoints.
func (c *env) calls(endpoint string) int {
	n := 0
	for _, call := range c.sim.Calls() {
		if call.Endpoint == endpoint {
			n++
		}
	}
	return n
}

func atOnce(t *testing.T, n int, f func() string) []string {
	t.Helper()
	out := make([]string, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			out[i] = f()
		})
	}
	start.Done()
	done.Wait()
	return out
}

func TestTheSaleGoesOnWithoutItsVisitor(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AB-123-CD")
	if err := c.sim.SetFault(simulator.Fault{Endpoint: "create", Kind: "latency", Count: 1, Latency: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	called := make(chan booking.Booking, 1)
	go func() {
		b, err := c.Book(ctx, c.agent, c.request(d))
		if err != nil {
			t.Error(err)
		}
		called <- b
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for c.calls("create") == 0 && len(called) == 0 {
		<-tick.C
	}
	leave()
	if b := <-called; b.State != booking.Held {
		t.Errorf("the booking is %s", b.State)
	}
	c.reconcile()
}

func TestPriceRisesBetweenQuoteAndBooking(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AB-123-CD")
	if err := c.sim.SetFault(simulator.Fault{Endpoint: "quotes", Kind: "price_changed", Count: 1, Amount: 650}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Book(t.Context(), c.agent, c.request(d))
	var changed *booking.PriceChangedError
	if !errors.As(err, &changed) || changed.After.Cents-changed.Before.Cents != 650 {
		t.Fatalf("%v", err)
	}
	if n := len(c.sim.Ledger()); n != 0 {
		t.Fatalf("%d bookings at the supplier", n)
	}
	if _, err := c.Book(t.Context(), c.agent, c.request(d)); !errors.Is(err, booking.ErrChanged) {
		t.Errorf("the old check page: %v", err)
	}
	// The agent accepts: the new version of the draft holds the new price, and
	// the next quote is lower again.
	d, err = c.Draft(t.Context(), c.agent.Scope(), d.ID)
	if err != nil || d.Total() != changed.After {
		t.Fatalf("%+v, %v", d.Total(), err)
	}
	b, err := c.Book(t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.Held || b.Total != changed.Before || b.Differs {
		t.Errorf("%s %v %v, %v", b.State, b.Total, b.Differs, err)
	}
	c.reconcile()
}

func TestSupplierBooksAtAHigherPrice(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AB-123-CD")
	if err := c.sim.SetFault(simulator.Fault{Endpoint: "create", Kind: "price_changed", Count: 1, Amount: 500}); err != nil {
		t.Fatal(err)
	}
	b, err := c.Book(t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.Held || !b.Differs || b.Booked.Cents-b.Total.Cents != 500 {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := c.Pay(t.Context(), c.agent, c.payment(b)); !errors.Is(err, booking.ErrNotAccepted) {
		t.Errorf("pay: %v", err)
	}
	b, err = c.Accept(t.Context(), c.agent, b.Ref, b.Version)
	if err != nil || b.Differs {
		t.Fatal(err)
	}
	if b, err = c.Pay(t.Context(), c.agent, c.payment(b)); err != nil || b.State != booking.Confirmed {
		t.Errorf("%s, %v", b.State, err)
	}
	c.reconcile()
}

func TestNoSpaceLeft(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AB-123-CD")
	c.fault("quotes", "unavailable")
	if _, err := c.Book(t.Context(), c.agent, c.request(d)); !errors.Is(err, booking.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if n := len(c.sim.Ledger()); n != 0 {
		t.Errorf("%d bookings at the supplier", n)
	}
}

func TestSamePlateIsAsked(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	first := c.held("AB-123-CD")
	d := c.quoted("ab 123 cd")
	_, err := c.Book(t.Context(), c.agent, c.request(d))
	var same *booking.SamePlateError
	if !errors.As(err, &same) || same.Ref != first.Ref {
		t.Fatalf("%v", err)
	}
	req := c.request(d)
	req.SamePlate = true
	b, err := c.Book(t.Context(), c.agent, req)
	if err != nil || !b.SamePlate {
		t.Errorf("the explicit choice is not stored: %v", err)
	}
	// Two sales of the same car at once: one is asked.
	d1, d2 := c.quoted("GH-456-JK"), c.quoted("GH-456-JK")
	drafts := make(chan booking.Draft, 2)
	drafts <- d1
	drafts <- d2
	asked := 0
	for _, answer := range atOnce(t, 2, func() string {
		_, err := c.Book(t.Context(), c.agent, c.request(<-drafts))
		return fmt.Sprintf("%T", errors.Unwrap(fmt.Errorf("%w", errOr(err))))
	}) {
		if answer == "*booking.SamePlateError" {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("%d of two were asked", asked)
	}
	c.reconcile()
}

// What is booked in another environment is no car that is booked here, and holds no
// place here.
func TestOtherEnvironmentsDoNotCount(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.held("AB-123-CD")
	c.asReplica(`UPDATE bookings SET environment = 'sandbox'`)
	d := c.quoted("AB-123-CD")
	if _, err := c.Book(t.Context(), c.agent, c.request(d)); err != nil {
		t.Errorf("the same car: %v", err)
	}
	for i := range booking.MaxHolds - 1 {
		c.held(fmt.Sprintf("AA-%03d-AA", i))
	}
	if _, err := c.Book(t.Context(), c.agent, c.request(c.quoted("ZZ-999-ZZ"))); !errors.Is(err, booking.ErrTooManyHolds) {
		t.Errorf("one hold too many: %v", err)
	}
}

func errOr(err error) error {
	if err == nil {
		return errors.New("booked")
	}
	var same *booking.SamePlateError
	if errors.As(err, &same) {
		return same
	}
	return err
}

func TestAnotherAgencySeesNothing(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AB-123-CD")
	d := c.quoted("GH-456-JK")
	ctx := t.Context()
	for name, f := range map[string]func() error{
		"booking":     func() error { _, err := c.Booking(ctx, c.other.Scope(), b.Ref); return err },
		"of a draft":  func() error { _, err := c.BookingOfDraft(ctx, c.other.Scope(), b.DraftID); return err },
		"by supplier": func() error { _, err := c.BySupplier(ctx, c.other.Scope(), b.SupplierID); return err },
		"pay":         func() error { _, err := c.Pay(ctx, c.other, c.payment(b)); return err },
		"drop":        func() error { _, err := c.Drop(ctx, c.other, b.Ref, b.Version); return err },
		"again":       func() error { _, err := c.Rebook(ctx, c.other, b.Ref); return err },
		"nobody":      func() error { _, err := c.Booking(ctx, account.Scope{}, b.Ref); return err },
	} {
		if err := f(); !errors.Is(err, booking.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]func() error{
		"draft":  func() error { _, err := c.Draft(ctx, c.other.Scope(), d.ID); return err },
		"change": func() error { _, err := c.ChooseServices(ctx, c.other, d.ID, nil); return err },
		"book":   func() error { _, err := c.Book(ctx, c.other, c.request(d)); return err },
	} {
		if err := f(); !errors.Is(err, booking.ErrDraftGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is counted and listed is the agency's own.
func TestAnotherAgencysListsAreEmpty(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AB-123-CD")
	ctx := t.Context()
	period := report.Period{From: b.CreatedAt.Add(-time.Hour), To: b.CreatedAt.Add(time.Hour), Timezone: "Europe/Paris"}
	for name, count := range map[string]func(account.Scope) (int, error){
		"list": func(s account.Scope) (int, error) {
			p, err := c.List(ctx, s, booking.Filter{Limit: 10})
			return len(p.Bookings), err
		},
		"each": func(s account.Scope) (n int, err error) {
			err = c.Each(ctx, s, booking.Filter{}, func(booking.Booking) error { n++; return nil })
			return n, err
		},
		"unpaid": func(s account.Scope) (int, error) { u, err := c.Unpaid(ctx, s); return u.Count, err },
		"figures": func(s account.Scope) (int, error) {
			r, err := c.store.Report(ctx, s, period)
			return len(r.Zones), err
		},
		"quotes": func(s account.Scope) (int, error) {
			r, err := c.store.Report(ctx, s, period)
			return r.Funnel.Quoted, err
		},
	} {
		if n, err := count(c.agent.Scope()); n != 1 || err != nil {
			t.Errorf("%s of its own: %d, %v", name, n, err)
		}
		if n, err := count(c.other.Scope()); n != 0 || err != nil {
			t.Errorf("%s of another agency: %d, %v", name, n, err)
		}
	}
}
