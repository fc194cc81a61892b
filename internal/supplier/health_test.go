package supplier_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
	"guichet/internal/supplier"
)

// dated is an answer with a Date of that many seconds after the start of the tests.
func dated(seconds int, status int, body string) string {
	at := start.Add(time.Duration(seconds) * time.Second).Format("Mon, 02 Jan 2006 15:04:05 GMT")
	return fmt.Sprintf("HTTP/1.1 %d X\r\nDate: %s\r\nContent-Length: %d\r\n\r\n%s", status, at, len(body), body)
}

// Each request of a read counts, with what came of it.
func TestReadsAreRemembered(t *testing.T) {
	t.Parallel()
	s := script(t,
		reply(200, quoteOK), reply(500, ""), reply(500, errorBody(500, "internal_error")), reply(200, quoteOK),
		reply(422, errorBody(422, "validation_failed")), reply(429, errorBody(429, "rate_limited")), reply(429, errorBody(429, "rate_limited")))
	now := start
	var seen []supplier.Seen
	c, _ := newClient(t, s.url, func(o *supplier.Options) {
		o.Now = func() time.Time { now = now.Add(100 * time.Millisecond); return now }
		o.Observe = func(x supplier.Seen) { seen = append(seen, x) }
	})
	if h := c.Health().Reads[1]; h.Condition() != booking.Unasked || h.Endpoint != "quotes" {
		t.Errorf("before the first call: %+v", h)
	}
	for range 5 {
		c.Quote(t.Context(), order().Stay) //nolint:errcheck // what is remembered is the question
	}
	h := c.Health().Reads[1]
	if h.Calls != 7 || h.Sent != 7 || h.P50 <= 0 || h.P95 < h.P50 || h.LastGood.IsZero() {
		t.Errorf("remembered: %+v", h)
	}
	if h.Condition() != booking.Unanswered || !h.BadSince.After(h.LastGood) {
		t.Errorf("turned away, and it is %s since %s (%s)", h.Condition(), h.BadSince, h.LastGood)
	}
	var failures []string
	for _, f := range h.Failures {
		failures = append(failures, fmt.Sprint(f.Outcome, " ", f.Code, " ", f.Count))
	}
	slices.Sort(failures)
	if want := []string{"refused rate_limited 2", "refused validation_failed 1", "unknown  1", "unknown internal_error 1"}; !slices.Equal(failures, want) || h.Failures[0].Code != "rate_limited" {
		t.Errorf("failures: %q, want %q", failures, want)
	}
	if len(seen) != 7 || seen[0].Endpoint != "quotes" || seen[0].Outcome != booking.OutcomeOK || seen[0].Took <= 0 || seen[1].Outcome != booking.OutcomeUnknown || seen[6].Outcome != booking.OutcomeRefused {
		t.Errorf("observed: %+v", seen)
	}
	if z := c.Health().Reads[0]; z.Calls != 0 || z.Endpoint != "zones" {
		t.Errorf("zones: %+v", z)
	}
	now = now.Add(booking.HealthWindow)
	if h := c.Health().Reads[1]; h.Calls != 0 || h.LastGood.IsZero() || h.Condition() != booking.Unasked {
		t.Errorf("a day later: %+v", h)
	}
}

// Writes are observed, also those that never left.
func TestWritesAreObserved(t *testing.T) {
	t.Parallel()
	s := script(t, reply(422, errorBody(422, "validation_failed")))
	var seen []supplier.Seen
	keys := []string{testKey}
	c, _ := newClient(t, s.url, func(o *supplier.Options) {
		o.Observe = func(x supplier.Seen) { seen = append(seen, x) }
		o.Keys = func() []string { return keys }
	})
	do(t.Context(), c, booking.OpPay, call())
	keys = nil
	do(t.Context(), c, booking.OpCancel, call())
	if len(seen) != 2 || seen[0].Endpoint != "pay" || seen[0].Outcome != booking.OutcomeRefused || seen[1].Endpoint != "cancel" || seen[1].Outcome != booking.OutcomeNotSent {
		t.Errorf("observed: %+v", seen)
	}
}

// What is remembered has a bound, and the percentiles are those of the calls kept.
func TestTheOldestCallsAreForgotten(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(newSimulator(t).Handler())
	t.Cleanup(s.Close)
	now, step := start, time.Second
	c, _ := newClient(t, s.URL, func(o *supplier.Options) { o.Now = func() time.Time { now = now.Add(step); return now } })
	ask := func(n int) booking.Health {
		for range n {
			if _, err := c.Zones(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return c.Health().Reads[0]
	}
	slow := ask(10)
	if slow.Calls != 10 || slow.Recent != slow.P50 || slow.P95 != slow.P50 {
		t.Errorf("ten: %+v", slow)
	}
	step = 10 * time.Millisecond
	if h := ask(512 - 10); h.Calls != 512 || h.P95 == slow.P95 {
		t.Errorf("as many as are kept: %+v", h)
	}
	if h := ask(20); h.Calls != 512 || h.P95 >= time.Second || h.Failures != nil {
		t.Errorf("more than are kept: %+v", h)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(newSimulator(t).Handler())
	t.Cleanup(s.Close)
	now, step := start, time.Second
	c, _ := newClient(t, s.URL, func(o *supplier.Options) { o.Now = func() time.Time { now = now.Add(step); return now } })
	for _, want := range []struct {
		step  time.Duration
		calls int
		state booking.Condition
	}{{10 * time.Millisecond, 3, booking.Answering}, {3 * time.Second, 11, booking.Slow}, {10 * time.Millisecond, 11, booking.Answering}} {
		step = want.step
		for range want.calls {
			if _, err := c.Zones(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if h := c.Health().Reads[0]; h.Condition() != want.state {
			t.Errorf("%s a look at the clock: %s, %+v", want.step, h.Condition(), h)
		}
	}
}

// The supplier's clock is read from its answers, to the second.
func TestTheSuppliersClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   time.Duration
		seen   bool
	}{
		"the same":     {dated(0, 200, quoteOK), 0, true},
		"ahead":        {dated(90, 200, quoteOK), 90 * time.Second, true},
		"behind":       {dated(-40, 200, quoteOK), -40 * time.Second, true},
		"of a refusal": {dated(7, 422, errorBody(422, "validation_failed")), 7 * time.Second, true},
		"of an error":  {dated(7, 502, "no"), 7 * time.Second, true},
		"none":         {reply(200, quoteOK), 0, false},
		"no date":      {"HTTP/1.1 200 OK\r\nDate: yesterday\r\nContent-Length: 2\r\n\r\n[]", 0, false},
	} {
		client, _ := newClient(t, newRawServer(t, says(c.answer)).url)
		client.Quote(t.Context(), order().Stay) //nolint:errcheck // its Date is the question
		h := client.Health()
		// Half a second is added for what the header cuts off, and rounded.
		if off := h.Ahead - c.want; !h.ClockSeen.IsZero() != c.seen || off < 0 || off > time.Second {
			t.Errorf("%s: %s ahead, seen %s; want %s", name, h.Ahead, h.ClockSeen, c.want)
		}
	}
	client, _ := newClient(t, newRawServer(t, says(dated(60, 200, "{}"))).url)
	do(t.Context(), client, booking.OpPay, call())
	if h := client.Health(); h.Ahead < time.Minute || h.Ahead > time.Minute+time.Second {
		t.Errorf("of a payment: %s", h.Ahead)
	}
}

// The middle of the call counts, and of a very slow one nothing does.
func TestTheMiddleOfTheCallCounts(t *testing.T) {
	t.Parallel()
	for step, want := range map[time.Duration]bool{4 * time.Second: true, 11 * time.Second: false} {
		now := start
		client, _ := newClient(t, newRawServer(t, func(conn net.Conn) { says(dated(0, 200, "[]"))(conn) }).url, func(o *supplier.Options) {
			o.Now = func() time.Time { now = now.Add(step); return now }
		})
		if _, err := client.Zones(t.Context()); err != nil {
			t.Fatal(err)
		}
		h := client.Health()
		if !h.ClockSeen.IsZero() != want {
			t.Errorf("a call of %s: seen %s", step, h.ClockSeen)
		}
		if want {
			middle := h.ClockSeen.Add(-step / 2)
			if off := start.Sub(middle) - h.Ahead; off.Abs() > time.Second {
				t.Errorf("%s ahead, measured at %s", h.Ahead, middle)
			}
		}
	}
}

func TestTheSimulatorHasItsOwnClock(t *testing.T) {
	t.Parallel()
	sim := newSimulator(t)
	s := httptest.NewServer(sim.Handler())
	t.Cleanup(s.Close)
	sim.SetClockOffset(time.Hour)
	now := sim.Now
	c, _ := newClient(t, s.URL, func(o *supplier.Options) { o.Now = func() time.Time { return now().Add(-time.Hour) } })
	if err := sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "clock_off", Skew: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Zones(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := c.Health(); (h.Ahead - 61*time.Minute).Abs() > 2*time.Second {
		t.Errorf("%s ahead", h.Ahead)
	}
}
