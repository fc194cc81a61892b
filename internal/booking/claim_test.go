package booking_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/postgres"
)

// unheard is a store of which one COMMIT is not heard: it happened or it did not.
type unheard struct {
	*postgres.Store

	next     atomic.Bool
	happened bool
}

func (u *unheard) InTx(ctx context.Context, f func(booking.Tx) error) error {
	if !u.next.CompareAndSwap(true, false) {
		return u.Store.InTx(ctx, f)
	}
	err := u.Store.InTx(ctx, func(tx booking.Tx) error {
		if err := f(tx); err != nil || u.happened {
			return err
		}
		return booking.ErrUncertain // rolled back
	})
	return errors.Join(booking.ErrUncertain, err)
}

// What was claimed is asked of the database when the COMMIT was not heard; the
// supplier is told only when the claim is there.
func TestAClaimWhoseCommitIsNotHeard(t *testing.T) {
	t.Parallel()
	for name, happened := range map[string]bool{"committed": true, "rolled back": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := c.held("AB-123-CD")
			store := &unheard{Store: c.store, happened: happened}
			store.next.Store(true)
			got, err := c.serving(store).Pay(t.Context(), c.agent, c.payment(b))
			switch {
			case happened && (err != nil || got.State != booking.Confirmed || c.calls("pay") != 1):
				t.Errorf("%s, %v, %d calls", got.State, err, c.calls("pay"))
			case !happened && (!errors.Is(err, booking.ErrUncertain) || c.now(b.Ref).State != booking.Held || c.calls("pay") != 0):
				t.Errorf("%s, %v, %d calls", c.now(b.Ref).State, err, c.calls("pay"))
			}
			c.reconcile()
		})
	}
}

// A page that shows another version claims nothing, whatever the state.
func TestAnOldPageClaimsNothing(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	old := c.paid("AB-123-CD", booking.CancellationInsurance)
	c.fault("cancel", "validation_failed")
	b, err := c.cancel(old)
	if err != nil || b.State != booking.Confirmed {
		t.Fatalf("%s, %v", b.State, err)
	}
	if _, err := c.cancel(old); !errors.Is(err, booking.ErrChanged) || c.calls("cancel") != 1 {
		t.Errorf("an old page: %v, %d calls", err, c.calls("cancel"))
	}
}

// Drafts and attempts are written by compare-and-set.
func TestWhatWasChangedMeanwhileIsKept(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	first := c.quoted("AB-123-CD")
	second := first
	if err := c.write(func(tx booking.Tx) error { return tx.SaveDraft(ctx, &first) }); err != nil {
		t.Fatal(err)
	}
	if err := c.write(func(tx booking.Tx) error { return tx.SaveDraft(ctx, &second) }); !errors.Is(err, booking.ErrChanged) {
		t.Errorf("a draft was saved twice: %v", err)
	}
	_, attempts, err := c.History(ctx, c.held("GH-456-JK"))
	if err != nil {
		t.Fatal(err)
	}
	refused := booking.Answer{Outcome: booking.OutcomeRefused, EndedAt: time.Now()}
	for _, from := range []booking.Outcome{booking.OutcomeOpen, booking.OutcomeUnknown} {
		done := false
		err := c.write(func(tx booking.Tx) (err error) {
			done, err = tx.FinishAttempt(ctx, attempts[0].ID, from, refused)
			return err
		})
		if done || err != nil {
			t.Errorf("an attempt was settled twice, as %s: %v, %v", from, done, err)
		}
	}
}
