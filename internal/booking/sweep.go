package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/failpoint"
)

// sweepBatch is how many bookings a sweep asks for at a time.
const sweepBatch = 50

// SweepMost is how many bookings a sweep moves for one reason in one run; the next
// run goes on. However much is due, no run takes longer than a few seconds.
const SweepMost = 500

// DraftAge is how long a draft is kept after its last change.
const DraftAge = 24 * time.Hour

// Expire expires bookings past their deadline or fence: held ones past their
// deadline, unknown creates past their fence, and unknown payments past their fence
// whose attempts all turned out refused or not sent. Idempotent; nodes may run it at
// once. It returns how many it changed; with SweepMost or more, others may be due.
func (s *Service) Expire(ctx context.Context) (int, error) {
	if frozen, err := s.store.Frozen(ctx); frozen || err != nil {
		return 0, err
	}
	var total int
	var errs []error
	for _, pass := range []struct {
		due   Due
		event Event
	}{{DueExpiry, Expire}, {DueCreate, CreateLapsed}, {DueDisproof, PayDisproved}} {
		n, err := s.sweep(ctx, pass.due, func(tx Tx, b *Booking, f Facts) error {
			if pass.due == DueDisproof && (f.PayOpenEnded || f.Uncompared) {
				return nil
			}
			return move(ctx, tx, b, f, HistoryEntry{Event: pass.event, Reason: "clock", ActorName: "clock", ActorRole: "job"})
		})
		total += n
		errs = append(errs, err)
	}
	return total, errors.Join(errs...)
}

// EndLeases calls unknown what is still in flight after its lease: the process
// that made the call has gone, or its answer could not be recorded. Attempt
// and booking change together; a crash never leads back to held.
func (s *Service) EndLeases(ctx context.Context) (int, error) {
	return s.sweep(ctx, DueLease, func(tx Tx, b *Booking, f Facts) error {
		attempts, err := tx.Attempts(ctx, b.ID)
		if err != nil {
			return err
		}
		var attemptID int64
		for _, a := range attempts {
			if a.Outcome != OutcomeOpen {
				continue
			}
			attemptID = a.ID
			if _, err := tx.FinishAttempt(ctx, a.ID, OutcomeOpen, Answer{Outcome: OutcomeUnknown, EndedAt: f.Now}); err != nil {
				return err
			}
		}
		lost := map[State]Event{Creating: CreateLost, Paying: PayLost, Cancelling: CancelLost}[b.State]
		e := HistoryEntry{Event: lost, Reason: "lease", AttemptID: attemptID, ActorName: "clock", ActorRole: "job"}
		if err := move(ctx, tx, b, f, e); err != nil {
			return err
		}
		switch b.State {
		case PayUnknown:
			return tx.OpenCase(ctx, b.ID, CasePayUnknown, b.PayBy)
		case CancelUnknown:
			return tx.OpenCase(ctx, b.ID, CaseCancelUnknown, b.Stay.From)
		default:
			return nil
		}
	})
}

// sweep applies f to every booking that is due, each in a transaction of its
// own, so that one that cannot be moved keeps nobody else waiting: it becomes a
// case, and its error is returned with those of the others.
func (s *Service) sweep(ctx context.Context, due Due, f func(Tx, *Booking, Facts) error) (int, error) {
	var (
		total int
		errs  []error
		after int64
	)
	failpoint.At(string(due), "begin")
	for {
		ids, err := s.store.DueIDs(ctx, s.supplier.Environment(), due, after, sweepBatch)
		if err != nil {
			return total, errors.Join(append(errs, err)...)
		}
		for _, id := range ids {
			after = id
			moved, err := s.sweepOne(ctx, due, id, f)
			if moved {
				total++
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s of booking %d: %w", due, id, err), s.damaged(ctx, id, err))
			}
		}
		if len(ids) < sweepBatch || total >= SweepMost {
			return total, errors.Join(errs...)
		}
	}
}

// sweepOne reports whether the booking was moved; one that another node holds
// or has moved is left alone.
func (s *Service) sweepOne(ctx context.Context, due Due, id int64, f func(Tx, *Booking, Facts) error) (moved bool, err error) {
	err = s.store.InTx(ctx, func(tx Tx) error {
		b, err := tx.LockDue(ctx, due, id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		failpoint.At(string(due), "locked")
		before := b.Version
		fs, err := requestInfo(ctx, tx, b)
		if err != nil {
			return err
		}
		if err := f(tx, &b, fs); err != nil {
			return err
		}
		failpoint.At(string(due), "moved")
		moved = b.Version != before
		return nil
	})
	failpoint.At(string(due), "committed")
	return moved && err == nil, err
}

// damaged opens a case for a booking that the clock should have moved and that
// cannot be moved, unless only the moment was wrong.
func (s *Service) damaged(ctx context.Context, id int64, err error) error {
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrFrozen) || errors.Is(err, ErrAway) || errors.Is(err, ErrUncertain) || ctx.Err() != nil {
		return nil
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.OpenCase(ctx, id, CaseDamaged, now)
	})
}

// EraseDrafts removes drafts that nobody touched for DraftAge.
func (s *Service) EraseDrafts(ctx context.Context) (n int64, err error) {
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		n, err = tx.EraseDrafts(ctx, DraftAge)
		return err
	})
	return n, err
}
