package supplier_test

import (
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// TestProfiles: whatever the supplier does where its documentation is silent,
// the exchange keeps to the contract, and nothing that was done is taken for
// not done.
func TestProfiles(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string][5]booking.Outcome{
		// pay, again, again after an hour, cancel, again
		simulator.ProfileHostile:    {ok, ok, unknown, ok, refused},
		simulator.ProfileDocumented: {ok, ok, ok, ok, ok},
		simulator.ProfileFriendly:   {ok, ok, ok, ok, ok},
	} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			sim := newSimulator(t)
			if err := sim.SetProfile(profile); err != nil {
				t.Fatal(err)
			}
			_, c := newNotary(t, sim.Handler())
			created := c.Create(t.Context(), call(), order())
			there, known := sim.Booking(created.Created.ID)
			if created.Outcome != ok || !known || there.PriceCents != created.Created.Total.Cents || there.ContactID != created.Created.ContactID {
				t.Fatalf("create: %+v, there %+v", created, there)
			}
			id := created.Created.ID
			got := [5]booking.Outcome{c.Pay(t.Context(), call(), id).Outcome, c.Pay(t.Context(), call(), id).Outcome}
			sim.MoveClock(61 * time.Minute)
			got[2] = c.Pay(t.Context(), call(), id).Outcome
			got[3] = c.Cancel(t.Context(), call(), id).Outcome
			got[4] = c.Cancel(t.Context(), call(), id).Outcome
			if got != want {
				t.Errorf("outcomes %v, want %v", got, want)
			}
		})
	}
}
