package booking

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"guichet/internal/account"
	"guichet/internal/contact"
	"guichet/internal/failpoint"
	"guichet/internal/invalid"
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
	b, c, err := s.claimAction(ctx, actor, req.Ref, req.Version, Entry{Event: Pay}, func(b *Booking) {
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
	req.Receipt = strings.Join(strings.Fields(req.Receipt), " ")
	if utf8.RuneCountInString(req.Receipt) > 40 {
		bad.Add("receipt", "problem.receipt.long")
	}
	return bad.OrNil()
}

// claimAction is transaction 1 of pay and cancel: one locked row, one open
// attempt, one event. set changes other fields of the booking.
func (s *Service) claimAction(ctx context.Context, actor account.Actor, ref string, version int, e Entry, set func(*Booking)) (Booking, claimed, error) {
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

// CancelRequest is the cancel page, sent.
type CancelRequest struct {
	Ref     string
	Version int
	Reason  string // a code of CancelReasons
}

// CancelReasons are the codes that a cancellation may name.
func CancelReasons() []string { return []string{"flight", "illness", "plans", "mistake", "other"} }

// Cancel asks the supplier to cancel an insured, paid booking, or repeats a
// cancellation whose outcome is unknown (customer service, MaxCancels in all).
// Errors as for Pay, and ErrNotInsured.
func (s *Service) Cancel(ctx context.Context, actor account.Actor, req CancelRequest) (Booking, error) {
	if !actor.MayCancelBookings() {
		return Booking{}, ErrForbidden
	}
	if !slices.Contains(CancelReasons(), req.Reason) {
		var bad invalid.Error
		bad.Add("reason", "problem.reason.empty")
		return Booking{}, &bad
	}
	ctx = context.WithoutCancel(ctx)
	b, c, err := s.claimAction(ctx, actor, req.Ref, req.Version, Entry{Event: Cancel, Reason: req.Reason}, func(*Booking) {})
	if err != nil {
		return b, err
	}
	return s.finish(ctx, b, func(ctx context.Context) {
		c, ans := s.callWithEitherKey(ctx, c, func(k Call) Answer { return s.supplier.Cancel(ctx, k, b.SupplierID) })
		failpoint.At("cancel", "answered")
		s.recordPatiently(ctx, c, ans)
		failpoint.At("cancel", "recorded")
	})
}

// Drop gives up a held booking; the supplier is not called, its hold lapses.
func (s *Service) Drop(ctx context.Context, actor account.Actor, ref string, version int) (Booking, error) {
	return s.act(ctx, actor, ref, version, func(tx Tx, b *Booking, f Facts) error {
		return move(ctx, tx, b, f, by(actor, Entry{Event: Drop}))
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
		return note(ctx, tx, b, f.Now, by(actor, Entry{Event: Accepted}))
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

// mayBeRetried: an unknown create may, unless the supplier answered it with
// something else than was ordered.
func (b Booking) mayBeRetried() bool {
	return b.State == Refused || b.State == CreateUnknown && !b.Astray()
}

// Retry starts a draft that tries a refused or unknown create again within the
// same sale. However often it is asked, there is one such draft. ErrTransition:
// the booking is in another state. ErrChanged: it was already tried again; the
// successor's reference stands in Booking.RetriedBy.
func (s *Service) Retry(ctx context.Context, actor account.Actor, ref string) (Draft, error) {
	return s.copyOf(ctx, actor, ref, func(tx Tx, b Booking, d *Draft) error {
		if b.RetriedBy != "" {
			return ErrChanged
		}
		if !b.mayBeRetried() {
			return ErrTransition
		}
		if first, err := tx.DraftOfRetry(ctx, actor.Scope(), ref); !errors.Is(err, ErrNotFound) {
			*d = first
			return err
		}
		d.SaleID, d.RetryOf = b.SaleID, ref
		return tx.AddDraft(ctx, d)
	})
}

// Rebook starts a new sale with the customer and car of a booking: its stay,
// freshly quoted. It is linked by `replaces`. ErrTransition: nobody knows yet what
// became of the booking, and a second one would sell the stay twice.
func (s *Service) Rebook(ctx context.Context, actor account.Actor, ref string) (Draft, error) {
	return s.copyOf(ctx, actor, ref, func(tx Tx, b Booking, d *Draft) error {
		cases, err := tx.Cases(ctx, b.ID)
		if err != nil {
			return err
		}
		if b.State.InFlight() || b.State.Unknown() || Disputed(b, cases) {
			return ErrTransition
		}
		d.SaleID, d.Replaces = newID(), b.Ref
		return tx.AddDraft(ctx, d)
	})
}

// copyOf makes a draft of a booking with a fresh quote and lets f keep it. The
// stay never changes, so it is quoted before the lock; all else is copied as it
// stands under it.
func (s *Service) copyOf(ctx context.Context, actor account.Actor, ref string, f func(Tx, Booking, *Draft) error) (Draft, error) {
	if !actor.MaySell() {
		return Draft{}, ErrForbidden
	}
	b, err := s.store.Booking(ctx, actor.Scope(), ref)
	if err != nil {
		return Draft{}, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Draft{}, err
	}
	quote, err := s.ask(ctx, b.Stay, now)
	if err != nil {
		return Draft{}, err
	}
	var d Draft
	err = s.inTurn(ctx, ref, func(tx Tx) error {
		b, err := tx.LockBooking(ctx, actor.Scope(), ref)
		if err != nil {
			return err
		}
		switch {
		case b.Uncompared: // it may have been sold, or tried again, since
			return ErrUncompared
		case !b.ErasedAt.IsZero(): // for nobody that is known
			return ErrTransition
		}
		d = draftOf(actor, b, quote)
		d.Environment = s.supplier.Environment()
		return f(tx, b, &d)
	})
	return d, err
}

// draftOf is a new draft with what a booking was made of.
func draftOf(actor account.Actor, b Booking, quote Quote) Draft {
	d := Draft{
		ID: newID(), Version: 1, AgencyID: b.AgencyID, UserID: actor.UserID,
		Stay: b.Stay, Quote: quote, Services: inOrder(quote, b.Services),
		Customer: b.Customer, Phone: contact.Phone{E164: b.Customer.Phone, Country: b.Country}, Car: b.Car,
		Outbound: b.Outbound, Return: b.Return, MeetingPoint: b.MeetingPoint, AgencyRef: b.AgencyRef,
		PayMethod: b.PayMethod, CustomerSet: true, CreatedAt: quote.QuotedAt, UpdatedAt: quote.QuotedAt,
	}
	if !quote.Available {
		d.Services = b.Services
	}
	return d
}
