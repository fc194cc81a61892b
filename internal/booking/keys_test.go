package booking_test

import (
	"testing"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// attempts returns how the calls of a booking ended, the oldest first.
func (c *env) attempts(b booking.Booking) []string {
	c.t.Helper()
	rows, err := c.pool.Query(c.t.Context(), `
		SELECT operation || ' ' || outcome || ' ' || coalesce(nullif(error_code, ''), '-')
		FROM attempts a JOIN bookings b ON b.id = a.booking_id WHERE b.ref = $1 ORDER BY a.id`, b.Ref)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// The supplier has renewed its key: each action is refused once, and done once,
// with the other live key. Both calls stand in the records.
func TestTheOtherKeyIsTriedOnce(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.keys = []string{"old-key-0001", "test-key"}
	d := c.quoted("AB-500-CD", booking.CancellationInsurance)
	b := done(t)(c.Book(t.Context(), c.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"}))
	if b.State != booking.Held {
		t.Fatalf("created: %s", b.State)
	}
	b = done(t)(c.Pay(t.Context(), c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"}))
	if b.State != booking.Confirmed {
		t.Fatalf("paid: %s", b.State)
	}
	b = done(t)(c.Cancel(t.Context(), c.agent, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"}))
	if b.State != booking.Cancelled {
		t.Fatalf("cancelled: %s", b.State)
	}
	want := []string{
		"create refused unauthorized", "create ok -", "pay refused unauthorized", "pay ok -", "cancel refused unauthorized", "cancel ok -",
	}
	got := c.attempts(b)
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("call %d: %s, want %s", i, got[i], want[i])
		}
	}
	if there := c.sim.Ledger(); len(there) != 1 || there[0].Status != simulator.Cancelled {
		t.Errorf("at the supplier: %+v", there)
	}
}

// Two keys that the supplier does not take: a refusal, after two calls and no more.
func TestTwoRefusedKeysAreARefusal(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AB-501-CD")
	b := done(t)(c.Book(t.Context(), c.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"}))
	c.sim.SetKeys("another-key")
	c.keys = []string{"test-key", "old-key-0001"}
	b = done(t)(c.Pay(t.Context(), c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"}))
	if b.State != booking.Held || len(c.attempts(b)) != 3 {
		t.Errorf("%s after %v", b.State, c.attempts(b))
	}
	c.sim.SetKeys("old-key-0001")
	b = done(t)(c.Pay(t.Context(), c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"}))
	if b.State != booking.Confirmed || c.sim.Ledger()[0].Status != simulator.Paid {
		t.Errorf("paid with the other key: %s", b.State)
	}
}

// done returns what a call gave, which must be no error.
func done(t *testing.T) func(booking.Booking, error) booking.Booking {
	t.Helper()
	return func(b booking.Booking, err error) booking.Booking {
		t.Helper()
		return must(t, b, err)
	}
}
