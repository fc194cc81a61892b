package booking

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/failpoint"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// PayRequest is the pay page, sent.
type PayRequest struct {
	Ref     string
	Version int // of the booking that the page showed
	Method  string
	Receipt string // of the agency's till, optional, at most 40 characters
}

// Pay tells the supplier that the customer has paid. However often it is sent,
// the supplier is told once: a page that showed another version changes
// nothing, and the booking is returned as it stands, with ErrChanged.
//
// ErrTooLate, ErrNotAccepted, ErrTransition, ErrEnvironment: nothing was sent.
// *InvalidError: a field is missing. What became of the call stands in State.
func (s *Service) Pay(ctx context.Context, actor account.Actor, req PayRequest) (Booking, error) {
	if !actor.MayPay() {
		return Booking{}, ErrForbidden
	}
	ctx = context.WithoutCancel(ctx)
	b, err := s.store.Booking(ctx, actor.Scope(), req.Ref)
	if err != nil {
		return b, err
	}
	if b.Version != req.Version {
		return b, ErrChanged
	}
	if err := s.checkPay(ctx, b, &req); err != nil {
		return b, err
	}
	b, c, err := s.claimAction(ctx, actor, req.Ref, req.Version, HistoryEntry{Event: Pay}, func(b *Booking) {
		b.PayMethod, b.Receipt = req.Method, req.Receipt
	})
	if err != nil {
		return b, err
	}
	return s.finish(ctx, b, func(ctx context.Context) {
		c, ans := s.callWithEitherKey(ctx, c, func(k Call) Answer { return s.supplier.Pay(ctx, k, b.SupplierID) })
		failpoint.At("pay", "answered")
		s.recordPatiently(ctx, c, ans)
		failpoint.At("pay", "recorded")
	})
}

func (s *Service) checkPay(ctx context.Context, b Booking, req *PayRequest) error {
	agency, err := s.store.Agency(ctx, b.AgencyID)
	if err != nil {
		return err
	}
	var bad invalid.Error
	if !slices.Contains(agency.PaymentMethods, req.Method) {
		bad.Add("pay_method", "problem.pay_method.empty")
	}
	req.Receipt = typed.Line(&bad, "receipt", req.Receipt)
	if utf8.RuneCountInString(req.Receipt) > bound.Word {
		bad.Add("receipt", "problem.receipt.long")
	}
	return bad.OrNil()
}

// claimAction is transaction 1 of pay and cancel: one locked row, one open
// attempt, one event. set changes other fields of the booking.
func (s *Service) claimAction(ctx context.Context, actor account.Actor, ref string, version int, e HistoryEntry, set func(*Booking)) (Booking, claimed, error) {
	c := claimed{op: OpPay, startBefore: s.now().Add(StallLimit)}
	if e.Event == Cancel {
		c.op = OpCancel
	}
	var b Booking
	a := Attempt{Correlation: newID()}
	failpoint.At(string(c.op), "begin")
	err := s.claim(ctx, &a, ref, func(tx Tx) error {
		var err error
		if b, err = tx.LockBooking(ctx, actor.Scope(), ref); err != nil {
			return err
		}
		if err := s.ours(b); err != nil {
			return err
		}
		if b.Version != version {
			return ErrChanged
		}
		if c.op == OpCancel && b.State == CancelUnknown && actor.Role != account.CustomerService {
			return ErrForbidden
		}
		f, err := requestInfo(ctx, tx, b)
		if err != nil {
			return err
		}
		if _, err := Next(b.State, e.Event, f); err != nil {
			return err
		}
		if a, err = open(ctx, tx, &b, c.op, actor, f.Now, a.Correlation); err != nil {
			return err
		}
		set(&b)
		b.LeaseEnds = f.Now.Add(LeaseTime)
		if c.op == OpCancel {
			b.Fence = f.Now.Add(FenceTime)
		}
		e.AttemptID = a.ID
		err = move(ctx, tx, &b, f, by(actor, e))
		failpoint.At(string(c.op), "in_claim")
		return err
	})
	failpoint.At(string(c.op), "claimed")
	c.attempt, c.ref, c.supplierID = a, b.Ref, b.SupplierID
	return b, c, err
}

// Drop gives up a held booking; the supplier is not called, its hold lapses.
func (s *Service) Drop(ctx context.Context, actor account.Actor, ref string, version int) (Booking, error) {
	return s.act(ctx, actor, ref, version, func(tx Tx, b *Booking, f Facts) error {
		return move(ctx, tx, b, f, by(actor, HistoryEntry{Event: Drop}))
	})
}

// Accept accepts what the supplier booked although it differs from what the
// agent had accepted, so that it can be paid.
func (s *Service) Accept(ctx context.Context, actor account.Actor, ref string, version int) (Booking, error) {
	return s.act(ctx, actor, ref, version, func(tx Tx, b *Booking, f Facts) error {
		if b.State != Held || !b.Differs {
			return ErrTransition
		}
		b.Differs = false
		b.Total, b.Services = b.Booked, b.BookedWith
		return note(ctx, tx, b, f.Now, by(actor, HistoryEntry{Event: Accepted}))
	})
}

// act changes a booking without a call to the supplier.
func (s *Service) act(ctx context.Context, actor account.Actor, ref string, version int, f func(Tx, *Booking, Facts) error) (Booking, error) {
	if !actor.MayPay() {
		return Booking{}, ErrForbidden
	}
	var b Booking
	err := s.inTurn(ctx, ref, func(tx Tx) error {
		var err error
		if b, err = tx.LockBooking(ctx, actor.Scope(), ref); err != nil {
			return err
		}
		if err := s.ours(b); err != nil {
			return err
		}
		switch {
		case b.Uncompared:
			return ErrUncompared
		case b.Version != version:
			return ErrChanged
		}
		fs, err := requestInfo(ctx, tx, b)
		if err != nil {
			return err
		}
		return f(tx, &b, fs)
	})
	return b, err
}

// Handover says who sees to an unpaid booking since a colleague asked for it.
type Handover struct {
	Handle string // of the person
	To, By string // names
	At     time.Time
}

// HandOver makes a booking that can still be paid another person's of its agency to see
// to. Whoever may pay may do so, and everybody of the agency may go on paying it.
// ErrTransition: it cannot be paid. ErrForbidden: the person is not of its agency.
func (s *Service) HandOver(ctx context.Context, actor account.Actor, ref string, to account.Person) error {
	if !actor.MayPay() {
		return ErrForbidden
	}
	return s.inTurn(ctx, ref, func(tx Tx) error {
		b, err := tx.LockBooking(ctx, actor.Scope(), ref)
		if err != nil {
			return err
		}
		now, err := tx.Now(ctx)
		switch {
		case err != nil:
			return err
		case !b.Payable(now):
			return ErrTransition
		case to.AgencyID != b.AgencyID || to.Blocked():
			return ErrForbidden
		}
		return tx.HandOver(ctx, b.ID, to.ID, actor.UserID)
	})
}

// Handovers are who sees to some of the bookings, by their ids.
func (s *Service) Handovers(ctx context.Context, list ...Booking) (map[int64]Handover, error) {
	ids := make([]int64, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	return s.store.Handovers(ctx, ids)
}
