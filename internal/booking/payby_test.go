package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// TestPayByOfAnEarlierBooking: the supplier's 60 minutes began when it made the
// booking. Whatever its clock shows, nobody is promised more than it allows, and a
// booking that was made later changes nothing.
func TestPayByOfAnEarlierBooking(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]simulator.Fault{
		"made 50 min ago":             {Kind: "made_earlier", Age: 50 * time.Minute},
		"made 50 min ago, 5 min slow": {Kind: "made_earlier", Age: 50 * time.Minute, Skew: -5 * time.Minute},
		"made 50 min ago, 5 min fast": {Kind: "made_earlier", Age: 50 * time.Minute, Skew: 5 * time.Minute},
		"made 2 h ago":                {Kind: "made_earlier", Age: 2 * time.Hour},
		"5 min slow":                  {Kind: "clock_off", Skew: -5 * time.Minute},
		"5 min fast":                  {Kind: "clock_off", Skew: 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			d := c.quoted("AA-001-AA")
			f.Endpoint = simulator.EndpointCreate
			c.set(f)
			b, err := c.Book(t.Context(), c.agent, c.request(d))
			if err != nil || b.State != booking.Held {
				t.Fatalf("%s, %v", b.State, err)
			}
			want := b.T0.Add(59*time.Minute - f.Age)
			if off := b.PayBy.Sub(want); off.Abs() > 10*time.Second || f.Age == 0 && off != 0 {
				t.Errorf("pay by %s, want %s", b.PayBy, want)
			}
			if !b.Deadline.Equal(b.T0.Add(time.Hour)) || !b.Fence.Equal(b.T0.Add(70*time.Minute)) {
				t.Errorf("deadline %s, fence %s", b.Deadline, b.Fence)
			}
			if got := c.now(b.Ref); !got.PayBy.Equal(b.PayBy) {
				t.Errorf("kept as %s", got.PayBy)
			}
			if f.Age == 0 {
				return
			}
			now, err := c.Now(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.pass(max(0, b.PayBy.Sub(now)))
			if _, err := c.Pay(t.Context(), c.agent, c.payment(b)); !errors.Is(err, booking.ErrTooLate) {
				t.Errorf("paid after pay_by: %v", err)
			}
			c.settle()
			if got := c.now(b.Ref); got.State != booking.Expired {
				t.Errorf("it is %s", got.State)
			}
			c.reconcile()
		})
	}
}

// Without a Date nothing tells the clocks apart, so what the supplier says counts.
func TestPayByWithoutADate(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	for age, shortens := range map[time.Duration]bool{30 * time.Minute: true, -30 * time.Minute: false, 0: false} {
		b, a, created := c.lostCreate("AA-001-AA")
		created.At = b.T0.Add(-age)
		if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: created}); err != nil {
			t.Fatal(err)
		}
		want := b.T0.Add(59 * time.Minute)
		if shortens {
			want = want.Add(-age)
		}
		if got := c.now(b.Ref); got.State != booking.Held || !got.PayBy.Equal(want) {
			t.Errorf("%s: %s, pay by %s, want %s", age, got.State, got.PayBy, want)
		}
		c.settle()
	}
}

// A late answer about a booking that can no longer be paid there is too late.
func TestLateAnswerOfAnEarlierBooking(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b, a, created := c.lostCreate("AA-001-AA")
	created.At = b.T0.Add(-50 * time.Minute)
	c.pass(15 * time.Minute)
	if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: created}); err != nil {
		t.Fatal(err)
	}
	if got := c.now(b.Ref); got.State != booking.Dropped {
		t.Errorf("it is %s, and the supplier's time is over", got.State)
	}
}

// TestUnreadableQuoteOfOneZone: the others go on selling at once.
func TestUnreadableQuoteOfOneZone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
	for _, kind := range []string{"price_unreadable", "price_zero", "other_dates", "other_zone"} {
		if err := c.sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: kind, Zone: "NCE"}); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			_, err := c.Quote(t.Context(), c.agent, booking.QuoteRequest{ZoneCode: "NCE", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
			if !errors.Is(err, booking.ErrUnreadable) || errors.Is(err, booking.ErrSupplierDown) {
				t.Fatalf("%s: %v, want ErrUnreadable", kind, err)
			}
			c.quote(t.Context(), from)
		}
	}
	for _, call := range c.sim.Calls() {
		if call.Endpoint == simulator.EndpointCreate {
			t.Error("something was booked")
		}
	}
}
