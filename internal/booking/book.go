package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"guichet/internal/account"
	"guichet/internal/failpoint"
	"guichet/internal/invalid"
)

// BookRequest is the check page, sent.
type BookRequest struct {
	DraftID   string
	Version   int    // of the draft that the page showed
	PayMethod string // how the customer will pay
	SamePlate bool   // the agent wants this car booked twice
}

// Book creates the draft's one booking and calls the supplier. However often
// it is sent, it returns the same booking; what became of the call stands in
// its State. The sale goes on when the visitor leaves.
//
// ErrChanged: the draft is no longer what the page showed. *PriceChangedError:
// the fresh quote costs more or lacks a service; the draft now holds it.
// ErrTooManyHolds: MaxHolds of the agency's bookings wait for payment.
// *SamePlateError: the car has another live booking then. ErrUnavailable,
// ErrSupplierDown: nothing was booked. *InvalidError: a field is missing.
func (s *Service) Book(ctx context.Context, actor account.Actor, req BookRequest) (Booking, error) {
	if !actor.MaySell() {
		return Booking{}, ErrForbidden
	}
	ctx = context.WithoutCancel(ctx)
	scope := actor.Scope()
	if b, err := s.store.BookingOfDraft(ctx, scope, req.DraftID); !errors.Is(err, ErrNotFound) {
		return b, err
	}
	d, err := s.checkDraft(ctx, actor, req)
	if err != nil {
		return Booking{}, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Booking{}, err
	}
	fresh, err := s.ask(ctx, d.Stay, now)
	if err != nil {
		return Booking{}, err
	}
	if err := s.comparePrice(ctx, actor, d, fresh); err != nil {
		return Booking{}, err
	}
	b, order, attempt, err := s.claimCreate(ctx, actor, req, fresh)
	if err != nil {
		// Another tab may have been first.
		if first, e := s.store.BookingOfDraft(ctx, scope, req.DraftID); e == nil {
			return first, nil
		}
		return Booking{}, err
	}
	return s.finish(ctx, b, func(ctx context.Context) { s.create(ctx, attempt, order) })
}

// checkDraft returns the draft when it is complete and still what was shown.
func (s *Service) checkDraft(ctx context.Context, actor account.Actor, req BookRequest) (Draft, error) {
	d, err := s.Draft(ctx, actor.Scope(), req.DraftID)
	if err != nil {
		return d, err
	}
	agency, err := s.store.Agency(ctx, d.AgencyID)
	if err != nil {
		return d, err
	}
	switch {
	case d.Environment != s.supplier.Environment():
		return d, ErrEnvironment
	case d.Uncompared:
		return d, ErrUncompared
	case d.Version != req.Version || !d.Ready():
		return d, ErrChanged
	}
	var bad invalid.Error
	if !slices.Contains(agency.PaymentMethods, req.PayMethod) {
		bad.Add("pay_method", "problem.pay_method.empty")
	}
	d.PayMethod = req.PayMethod
	return d, bad.OrNil()
}

// comparePrice stops the sale when the fresh quote has no space, costs more,
// is in another currency or lacks a service; the draft then holds the fresh
// quote, to be accepted or not.
func (s *Service) comparePrice(ctx context.Context, actor account.Actor, d Draft, fresh Quote) error {
	before := d.Total()
	after, gone := fresh.Total(d.Services)
	switch {
	case !fresh.Available:
	case len(gone) == 0 && after.Currency == before.Currency && after.Cents <= before.Cents:
		return nil
	}
	_, err := s.change(ctx, actor, d.ID, func(stored *Draft) error {
		if stored.Version != d.Version {
			return ErrChanged
		}
		stored.Quote, stored.PayMethod = fresh, d.PayMethod
		if fresh.Available {
			stored.Services = inOrder(fresh, stored.Services)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !fresh.Available:
		return ErrUnavailable
	}
	return &PriceChangedError{Before: before, After: after, Gone: gone}
}

// claimCreate is transaction 1 of a create: booking, attempt and event. It books
// the draft as it stands under its lock, at the fresh quote.
func (s *Service) claimCreate(ctx context.Context, actor account.Actor, req BookRequest, fresh Quote) (Booking, Order, claimed, error) {
	var (
		b     Booking
		order Order
	)
	c := claimed{op: OpCreate, startBefore: s.now().Add(StallLimit)}
	a := Attempt{Correlation: newID()}
	failpoint.At("create", "begin")
	err := s.claim(ctx, &a, "creates of "+strconv.FormatInt(actor.AgencyID, 10), func(tx Tx) error {
		d, err := tx.LockDraft(ctx, actor.Scope(), req.DraftID)
		if err != nil {
			return err
		}
		switch {
		case d.Uncompared:
			return ErrUncompared
		case d.Version != req.Version:
			return ErrChanged
		}
		d.Quote, d.PayMethod = fresh, req.PayMethod
		if err := mayRetry(ctx, tx, actor, d); err != nil {
			return err
		}
		holds, err := tx.LockHolds(ctx, d.Environment, d.AgencyID)
		if err != nil {
			return err
		}
		if holds >= MaxHolds {
			return ErrTooManyHolds
		}
		other, err := sameCar(ctx, tx, d)
		if err != nil {
			return err
		}
		if other != nil && !req.SamePlate {
			return other
		}
		now, err := tx.Now(ctx) // T0: after the locks, before the request is written
		if err != nil {
			return err
		}
		b = bookingOf(actor, d, now)
		b.SamePlate = other != nil
		first := by(actor, HistoryEntry{Event: Submit, Before: New, After: Creating, At: now})
		if err := tx.AddBooking(ctx, &b, first); err != nil {
			return err
		}
		order = orderOf(d)
		order.ContactID, order.CarID, err = tx.SupplierIDs(ctx, d.AgencyID, d.Environment, d.Customer, d.Car)
		if err != nil {
			return err
		}
		a, err = open(ctx, tx, &b, OpCreate, actor, now, a.Correlation)
		failpoint.At("create", "in_claim")
		return err
	})
	failpoint.At("create", "claimed")
	c.attempt, c.ref = a, b.Ref
	return b, order, c, err
}

// sameCar holds the car of a draft and returns why it may be booked already: by
// the agency, or, after a restore, in a booking that only the supplier knows.
func sameCar(ctx context.Context, tx Tx, d Draft) (*SamePlateError, error) {
	ref, err := tx.LockPlate(ctx, d.Environment, d.AgencyID, d.Car.Plate, d.Stay.From, d.Stay.To, d.SaleID, "")
	if err == nil && ref != "" && ref == d.Replaces {
		over, overErr := tooLateToPay(ctx, tx, ref, d.AgencyID)
		if overErr != nil {
			return nil, overErr
		}
		if over { // it is what this sale is made in place of; there may be another one
			ref, err = tx.LockPlate(ctx, d.Environment, d.AgencyID, d.Car.Plate, d.Stay.From, d.Stay.To, d.SaleID, ref)
		}
	}
	if err != nil || ref != "" {
		return &SamePlateError{Ref: ref}, err
	}
	name, err := tx.UnknownOfCar(ctx, d.Environment, d.Car.Plate, d.Stay.FromWall, d.Stay.ToWall)
	if err != nil || name != "" {
		return &SamePlateError{Elsewhere: name}, err
	}
	return nil, nil
}

// tooLateToPay reports that a booking holds its place for moments only, and is not paid.
func tooLateToPay(ctx context.Context, tx Tx, ref string, agencyID int64) (bool, error) {
	b, err := tx.LockBooking(ctx, account.Only(agencyID), ref)
	if err != nil {
		return false, err
	}
	now, err := tx.Now(ctx)
	return b.State == Held && !now.Before(b.PayBy), err
}

// mayRetry locks the booking that is tried again and checks that it may be:
// nothing else of the sale can be paid, or is.
func mayRetry(ctx context.Context, tx Tx, actor account.Actor, d Draft) error {
	if d.RetryOf == "" {
		return nil
	}
	old, err := tx.LockBooking(ctx, actor.Scope(), d.RetryOf)
	if err != nil {
		return err
	}
	switch {
	case old.Uncompared:
		return ErrUncompared
	case old.RetriedBy != "":
		return ErrChanged
	}
	other, err := tx.LockSale(ctx, old)
	if err != nil {
		return err
	}
	if other != "" || !old.mayBeRetried() {
		return fmt.Errorf("retry a booking that is %s: %w", old.State, ErrTransition)
	}
	return nil
}

func bookingOf(actor account.Actor, d Draft, now time.Time) Booking {
	deadline := now.Add(HoldTime)
	return Booking{
		Ref: NewRef(), State: Creating, Version: 1,
		AgencyID: d.AgencyID, UserID: actor.UserID, UserName: actor.Name, Environment: d.Environment,
		DraftID: d.ID, SaleID: d.SaleID, RetryOf: d.RetryOf, Replaces: d.Replaces,
		Stay: d.Stay, Quote: d.Quote, Services: d.Services, Total: d.Total(),
		Customer: d.Customer, Country: d.Phone.Country, Car: d.Car,
		Outbound: d.Outbound, Return: d.Return, MeetingPoint: d.MeetingPoint,
		AgencyRef: d.AgencyRef, PayMethod: d.PayMethod,
		T0: now, Deadline: deadline, PayBy: deadline.Add(-PayMargin), Fence: deadline.Add(FenceTime),
		LeaseEnds: now.Add(LeaseTime), CreatedAt: now, ChangedAt: now,
	}
}

func orderOf(d Draft) Order {
	return Order{
		Stay: d.Stay, Services: d.Services, Customer: d.Customer, Car: d.Car,
		Outbound: d.Outbound, Return: d.Return, MeetingPoint: d.MeetingPoint,
	}
}

// create calls the supplier and records the answer. A refusal that names the
// customer's or the car's id is followed by one call with the full data.
func (s *Service) create(ctx context.Context, c claimed, order Order) {
	call := func(k Call) Answer { return s.supplier.Create(ctx, k, order) }
	c, ans := s.callWithEitherKey(ctx, c, call)
	failpoint.At("create", "answered")
	if ans.Stale && ans.Outcome == OutcomeRefused && (order.ContactID != "" || order.CarID != "") {
		next, err := s.nextCall(ctx, c, ans)
		if err != nil {
			s.log.ErrorContext(ctx, "second create not opened", "attempt", c.attempt.ID, "error", err)
			s.recordPatiently(ctx, c, ans)
			return
		}
		failpoint.At("create", "next")
		order.ContactID, order.CarID = "", ""
		c, ans = s.callWithEitherKey(ctx, next, call)
	}
	s.recordPatiently(ctx, c, ans)
	failpoint.At("create", "recorded")
}

// callWithEitherKey calls the supplier, and once more when it refuses the key
// and another one is live.
func (s *Service) callWithEitherKey(ctx context.Context, c claimed, call func(Call) Answer) (claimed, Answer) {
	ans := call(c.call())
	if ans.RefusedKey == "" {
		return c, ans
	}
	next, err := s.nextCall(ctx, c, ans)
	if err != nil {
		s.log.ErrorContext(ctx, "call with the other key not opened", "attempt", c.attempt.ID, "error", err)
		return c, ans
	}
	again := next.call()
	again.NotKey = ans.RefusedKey
	return next, call(again)
}

// nextCall closes an attempt and opens the next of the same action in one
// transaction; the booking's state stays.
func (s *Service) nextCall(ctx context.Context, c claimed, ans Answer) (claimed, error) {
	next := claimed{op: c.op, startBefore: s.now().Add(StallLimit), ref: c.ref, supplierID: c.supplierID}
	a := Attempt{Correlation: newID()}
	err := s.claim(ctx, &a, a.Correlation, func(tx Tx) error {
		first, err := tx.AttemptByCorrelation(ctx, c.attempt.Correlation)
		if err != nil {
			return err
		}
		b, err := tx.LockBookingByID(ctx, first.BookingID)
		if err != nil {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		if c.op == OpPay && !now.Before(b.PayBy) {
			return ErrTooLate
		}
		closed, err := tx.FinishAttempt(ctx, first.ID, OutcomeOpen, ans)
		if err != nil || !closed {
			return errors.Join(ErrChanged, err)
		}
		actor := account.Actor{UserID: c.attempt.ActorID, Name: c.attempt.ActorName}
		if a, err = open(ctx, tx, &b, c.op, actor, now, a.Correlation); err != nil {
			return err
		}
		return note(ctx, tx, &b, now, HistoryEntry{Event: NextCall, Reason: ans.ErrorCode, AttemptID: a.ID})
	})
	next.attempt = a
	return next, err
}

// claimed is an action after its transaction 1.
type claimed struct {
	op          Operation
	attempt     Attempt
	startBefore time.Time
	ref         string // of the booking
	supplierID  string // its id there; empty for a create
}

func (c claimed) call() Call {
	return Call{Correlation: c.attempt.Correlation, StartBefore: c.startBefore}
}

// finish runs the supplier's part of an action within its budget and returns
// the booking as it then stands. When the answer cannot be recorded for a
// while, or the booking cannot be read back, it returns what is known; recording
// goes on.
func (s *Service) finish(ctx context.Context, b Booking, act func(context.Context)) (Booking, error) {
	done := make(chan struct{})
	s.pending.Go(func() {
		defer close(done)
		act(ctx)
	})
	patience := time.NewTimer(CallBudget + recordPatience)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		return b, nil
	}
	now, err := s.store.Booking(ctx, account.Only(b.AgencyID), b.Ref)
	if err != nil { // an error would say that nothing was sent
		s.log.WarnContext(ctx, "what became of an action is not read back", "booking", b.Ref, "error", err)
		return b, nil
	}
	return now, nil
}
