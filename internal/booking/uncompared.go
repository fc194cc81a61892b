package booking

import (
	"context"
	"slices"
	"time"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// CaseUncompared is why a booking stands in the queue that a restore brought back:
// nobody knows what became of it since.
const CaseUncompared = "uncompared"

// waits reports that an event would act on a booking of which nobody knows how it
// stands at the supplier's. What is in flight is recorded, and so is evidence.
func waits(e Event) bool {
	return slices.Contains([]Event{Pay, Drop, Expire, CreateLapsed, Cancel}, e)
}

// settles reports that an event says how a booking stands at the supplier's, so
// that there is nothing left to compare: the answer of the very call, or evidence.
// A place that is held may have been paid since; so may one of a late answer. The
// mark goes with it.
func settles(e Event, to State) bool {
	return to == Confirmed || slices.Contains([]Event{
		CreateRefused, LateRefused, CancelOK, LateCancelled, CancelDisprove, PayDisproved, ReversePaid, ReverseCancel, ProvePaid, ProveVoid,
		UnfitHeld, UnfitVoid, AsItStands, Void,
	}, e)
}

// provenPaid guards transition 23, provenVoid 24.
func provenPaid(f Facts) error {
	switch {
	case !f.Uncompared, f.AttemptOpen, f.Unfit, f.Taken:
		return ErrTransition
	case !f.Proven && !f.SecondPerson:
		return ErrForbidden
	}
	return nil
}

func provenVoid(f Facts) error {
	if !f.Uncompared || f.AttemptOpen || f.Unfit {
		return ErrTransition
	}
	return pastFence(f)
}

// afterRestore says which event a finding about an uncompared booking is, besides
// those that it would be of any.
var afterRestore = map[State]map[Finding]Event{
	CreateUnknown: {FoundPaid: ProvePaid, FoundVoid: ProveVoid},
	Held:          {FoundPaid: ProvePaid, FoundNotPaid: ProveVoid},
	Refused:       {FoundAsItStands: AsItStands},
	Expired:       {FoundAsItStands: AsItStands},
	Dropped:       {FoundAsItStands: AsItStands},
	Cancelled:     {FoundAsItStands: AsItStands},
	Voided:        {FoundAsItStands: AsItStands},
}

// noteFound writes evidence that moves nothing: that a booking stands at the
// supplier's as it does here, which takes the mark away, or that one that was taken
// over is insured. That there is nothing there counts after the fence.
func noteFound(ctx context.Context, tx Tx, b *Booking, f Facts, s settlement) error {
	if s.event == AsItStands && b.State != Cancelled && b.State != Voided {
		if err := pastFence(f); err != nil {
			return err
		}
	}
	if s.event == AsItStands {
		b.Uncompared = false
		if err := tx.CloseCases(ctx, b.ID, s.actor.UserID, s.found.Finding, []string{CaseUncompared}); err != nil {
			return err
		}
	}
	b.Insured = b.Insured || s.event == Insurance
	if err := note(ctx, tx, b, f.Now, by(s.actor, HistoryEntry{Event: s.event, Reason: string(s.found.Finding)})); err != nil {
		return err
	}
	s.found.Act, s.found.Operation = ActNoted, operationOf(s.event, b.State)
	return s.keep(ctx, tx, *b, f.Now)
}

// Uncompared counts what still waits for the comparison with the supplier.
type Uncompared struct {
	States map[State]int
	Drafts int
	Quotes []MarkedQuote // of these drafts, the latest

	Elsewhere int // of the supplier's bookings are not known here
	Unnamed   int // of lines bill what is not known here without the supplier's id
}

// MarkedQuote is a quote that can no longer be booked, without who would travel.
type MarkedQuote struct {
	Seller, Agency string
	At             time.Time // when it was last changed
}

// Restored returns the latest restore on record and what of it still waits for the
// comparison. ErrNotFound: there was none. ErrForbidden: only staff look.
func (s *Service) Restored(ctx context.Context, actor account.Actor) (restore.Event, Uncompared, error) {
	if !actor.Role.Staff() {
		return restore.Event{}, Uncompared{}, ErrForbidden
	}
	e, err := s.store.LastRestore(ctx)
	if err != nil {
		return e, Uncompared{}, err
	}
	u, err := s.store.CountUncompared(ctx, s.Environment())
	return e, u, err
}
