package booking_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/booking"
)

// However many people of an agency book at once, it holds at most MaxHolds
// unpaid places; paying or dropping one makes room.
func TestAnAgencyHoldsAFewPlaces(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
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
			for errors.Is(err, booking.ErrBusy) { // they wait for each other, on a slow machine for too long
				b, err = c.Book(t.Context(), c.agent, c.request(d))
			}
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

// Bookings that were answered with something else than was ordered wait for a
// person, however long: they take the places of an agency only while one may be
// held there.
func TestUnfitBookingsDoNotStopAnAgency(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	var b booking.Booking
	for i := range booking.MaxHolds {
		b, _, _ = c.lostCreate(fmt.Sprintf("AA-%03d-AA", i))
		c.byHand(`UPDATE bookings SET unfit = '{zone}' WHERE id = $1`, b.ID)
	}
	d := c.quoted("AA-900-AA")
	if _, err := c.Book(t.Context(), c.agent, c.request(d)); !errors.Is(err, booking.ErrTooManyHolds) {
		t.Errorf("while they may be held: %v", err)
	}
	c.pass(b.Fence.Sub(b.T0) + time.Minute)
	if b, err := c.Book(t.Context(), c.agent, c.request(c.quoted("AA-901-AA"))); err != nil || b.State != booking.Held {
		t.Errorf("after their fence: %s, %v", b.State, err)
	}
}

// One whose id was given to another booking cannot be found as ordered or paid by
// that id.
func TestAnUnfitBookingWhoseIDWasReissued(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	unfit, a, created := c.lostCreate("MN-123-PQ")
	answer := booking.Answer{Outcome: booking.OutcomeOK, Created: created, Unfit: []string{"zone"}}
	if err := c.Record(t.Context(), a.ID, answer); err != nil || !c.now(unfit.Ref).Astray() {
		t.Fatalf("%s, %v", c.now(unfit.Ref).State, err)
	}
	lost, a, again := c.lostCreate("PQ-456-RS")
	again.ID = created.ID
	if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: again}); err != nil || c.now(lost.Ref).SupplierID != created.ID {
		t.Fatal(err)
	}
	for _, f := range []booking.Finding{booking.FoundAsOrdered, booking.FoundPaid} {
		if b, err := c.resolve(c.desk, c.now(unfit.Ref), f); !errors.Is(err, booking.ErrTransition) {
			t.Errorf("%s: %s, %v", f, b.State, err)
		}
	}
	c.pass(unfit.Fence.Sub(unfit.T0) + time.Minute)
	if b, err := c.resolve(c.desk, c.now(unfit.Ref), booking.FoundVoid); err != nil || b.State != booking.Expired {
		t.Errorf("void: %s, %v", b.State, err)
	}
}
