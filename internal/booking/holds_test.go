package booking_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"guichet/internal/booking"
)

// However many people of an agency book at once, it holds at most MaxHolds
// unpaid places; paying or dropping one makes room.
func TestAnAgencyHoldsAFewPlaces(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	var drafts []booking.Draft
	for i := range booking.MaxHolds + 4 {
		drafts = append(drafts, c.quoted(fmt.Sprintf("AA-%03d-AA", i)))
	}
	var held, refused atomic.Int64
	var wait sync.WaitGroup
	var first booking.Booking
	for _, d := range drafts {
		wait.Go(func() {
			b, err := c.Book(t.Context(), c.agent, c.request(d))
			switch {
			case err == nil && held.Add(1) == 1:
				first = b
			case errors.Is(err, booking.ErrTooManyHolds):
				refused.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if held.Load() != booking.MaxHolds || refused.Load() != 4 {
		t.Fatalf("%d held, %d refused", held.Load(), refused.Load())
	}
	if _, err := c.Drop(t.Context(), c.agent, first.Ref, first.Version); err != nil {
		t.Fatal(err)
	}
	c.held("AA-900-AA")
	c.reconcile()
}
