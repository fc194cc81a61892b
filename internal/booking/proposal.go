package booking

import (
	"context"
	"errors"

	"guichet/internal/account"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// Decision is what becomes of a proposal to reverse a final state.
type Decision string

// The decisions: of a second person the first two, of the proposer the last.
const (
	Agree    Decision = "agree"
	Refuse   Decision = "refuse"
	Withdraw Decision = "withdraw"
)

// DecideRequest answers the proposal that a page showed.
type DecideRequest struct {
	Ref      string
	Version  int
	Proposal int64 // its note
	Decision Decision
	Reason   string // of a refusal
}

// Decide ends a proposal: a second person agrees, or refuses with a reason; who
// proposed it withdraws. ErrForbidden: it is the other one's to say. ErrChanged:
// the page showed something else. ErrTransition: it can no longer be.
func (s *Service) Decide(ctx context.Context, actor account.Actor, req DecideRequest) (Booking, error) {
	if actor.Role != account.CustomerService {
		return Booking{}, ErrForbidden
	}
	var bad invalid.Error
	if req.Reason = typed.Lines(&bad, "reason", req.Reason); req.Decision == Refuse {
		needText(&bad, "reason", req.Reason, "problem.evidence.text")
	}
	if err := bad.OrNil(); err != nil {
		return Booking{}, err
	}
	var b Booking
	err := s.inTurn(ctx, req.Ref, func(tx Tx) error {
		var err error
		if b, err = tx.LockBooking(ctx, actor.Scope(), req.Ref); err != nil {
			return err
		}
		if err := s.ours(b); err != nil {
			return err
		}
		first, err := tx.Proposal(ctx, b.ID)
		if errors.Is(err, ErrNotFound) || err == nil && (first.ID != req.Proposal || b.Version != req.Version) {
			return ErrChanged
		}
		if err != nil {
			return err
		}
		return decide(ctx, tx, &b, actor, first, req)
	})
	return b, err
}

// SaleTaken reports that another booking of the sale is payable, paid or being
// reserved: this one cannot be found paid then.
func (s *Service) SaleTaken(ctx context.Context, b Booking) (bool, error) {
	if !mayBeTaken(b) {
		return false, nil
	}
	other, err := s.store.OtherOfSale(ctx, b)
	return other != "", err
}

func decide(ctx context.Context, tx Tx, b *Booking, actor account.Actor, first Note, req DecideRequest) error {
	if (first.ActorID == actor.UserID) != (req.Decision == Withdraw) {
		return ErrForbidden
	}
	f, err := requestInfo(ctx, tx, *b)
	if err != nil {
		return err
	}
	s := settlement{actor: actor, first: &first, found: Found{Finding: first.Finding, Source: FromPerson}}
	if req.Decision == Agree {
		event, ok := eventOf(*b, first.Finding)
		if !ok || takesSecond(event) && f.Taken {
			return ErrTransition
		}
		f.SecondPerson, s.event = true, event
		return errors.Join(tx.AnswerProposal(ctx, first.ID), settle(ctx, tx, b, f, s))
	}
	s.found.Act = map[Decision]FoundAct{Refuse: ActRefused, Withdraw: ActWithdrawn}[req.Decision]
	if s.found.Act == "" {
		return ErrTransition
	}
	s.found.Operation, s.found.Evidence.Text = operationOf("", b.State), req.Reason
	return errors.Join(
		tx.AnswerProposal(ctx, first.ID), tx.CloseCases(ctx, b.ID, actor.UserID, first.Finding, []string{CaseReversal}), s.keep(ctx, tx, *b, f.Now))
}

// takesSecond reports that an event makes a booking paid on the word of two people.
func takesSecond(e Event) bool { return e == ReversePaid || e == UnfitPaid || e == ProvePaid }

// nothingProposed refuses what one person finds out while another one's word waits
// for its second person: it would be overruled unread.
func nothingProposed(ctx context.Context, tx Tx, b Booking) error {
	_, err := tx.Proposal(ctx, b.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return ErrProposed
	}
}

// overtake ends a proposal that waits for a second person: lines have proved what
// is so.
func overtake(ctx context.Context, tx Tx, b Booking) error {
	first, err := tx.Proposal(ctx, b.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return tx.AnswerProposal(ctx, first.ID)
	}
}

func otherID(a, b Evidence) bool {
	return a.SupplierID != "" && b.SupplierID != "" && a.SupplierID != b.SupplierID
}

// propose keeps the first person's word about a final state and reports true;
// the second person's finds it and goes on: then the finding is the first one's.
func propose(ctx context.Context, tx Tx, b Booking, f *Facts, s *settlement) (bool, error) {
	first, err := tx.Proposal(ctx, b.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		n := Note{BookingID: b.ID, Kind: "proposal", Finding: s.found.Finding, Evidence: s.found.Evidence, ActorID: s.actor.UserID}
		return true, errors.Join(tx.AddNote(ctx, &n), tx.OpenCase(ctx, b.ID, CaseReversal, f.Now))
	case err != nil:
		return false, err
	case first.ActorID == s.actor.UserID || first.Finding != s.found.Finding:
		return false, ErrForbidden
	case otherID(first.Evidence, s.found.Evidence): // two people have not said the same
		return false, ErrProposed
	}
	f.SecondPerson = true
	s.first = &first
	return false, tx.AnswerProposal(ctx, first.ID)
}
