package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guichet/internal/failpoint"
)

// Why a case was opened.
const (
	CaseLateAnswer    = "late_answer"    // the supplier did something for a booking that is over here
	CaseDuplicateID   = "duplicate_id"   // the supplier issued an id twice
	CasePayUnknown    = "pay_unknown"    // is it paid?
	CaseCancelUnknown = "cancel_unknown" // is it cancelled?
	CaseReversal      = "reversal"       // somebody proposes to reverse a final state
	CaseDamaged       = "damaged"        // its record cannot be read or moved
)

// record writes what an attempt came to, by compare-and-set on the attempt:
// the answer of an open one, or the late answer of an unknown one. An attempt
// that is already settled changes nothing. It is found by its correlation: a
// restored database issues the numbers of rows again.
func (s *Service) record(ctx context.Context, correlation string, ans Answer) error {
	return s.store.InTx(ctx, func(tx Tx) error {
		a, err := tx.AttemptByCorrelation(ctx, correlation)
		if err != nil {
			return err
		}
		b, err := tx.LockBookingByID(ctx, a.BookingID)
		if err != nil {
			return err
		}
		if a, err = tx.AttemptByCorrelation(ctx, correlation); err != nil { // again, under the lock
			return err
		}
		f, err := requestInfo(ctx, tx, b)
		if err != nil {
			return err
		}
		r := recording{tx: tx, b: &b, a: a, f: f, ans: ans}
		return r.write(ctx)
	})
}

// recording is one answer on its way into the database; the booking is locked.
type recording struct {
	tx  Tx
	b   *Booking
	a   Attempt
	f   Facts
	ans Answer
}

// write records the answer once: an attempt that is settled changes nothing.
func (r *recording) write(ctx context.Context) error {
	switch r.a.Outcome {
	case OutcomeOpen:
		return r.answer(ctx)
	case OutcomeUnknown:
		return r.late(ctx)
	default:
		return nil
	}
}

// answer records the answer of an open attempt.
func (r *recording) answer(ctx context.Context) error {
	duplicate := false
	if r.a.Operation == OpCreate && (r.ans.Outcome == OutcomeOK || r.misfit()) {
		var err error
		if duplicate, err = r.clearID(ctx); err != nil {
			return err
		}
		if duplicate {
			r.ans.Outcome = OutcomeUnknown
		}
		r.shorten()
	}
	done, err := r.tx.FinishAttempt(ctx, r.a.ID, OutcomeOpen, r.ans)
	if err != nil {
		return err
	}
	if !done {
		return ErrChanged
	}
	failpoint.At(string(r.a.Operation), "in_record")
	r.f.AttemptOpen = false
	event := r.event()
	if event == CreateOK || event == PayOK {
		r.take(event)
	}
	if event == CreateRefused {
		r.b.Reason = r.reason()
	}
	if r.misfit() {
		r.takeUnfit(duplicate)
	}
	if err := r.move(ctx, event); err != nil {
		return err
	}
	if r.misfit() {
		return r.openUnfit(ctx, duplicate)
	}
	if err := reconsider(ctx, r.tx, *r.b); err != nil {
		return err
	}
	return r.follow(ctx, duplicate)
}

// event translates the outcome of an open attempt.
func (r *recording) event() Event {
	if r.erased() {
		return Void
	}
	events := map[Operation][3]Event{
		OpCreate: {CreateOK, CreateRefused, CreateLost},
		OpPay:    {PayOK, PayRefused, PayLost},
		OpCancel: {CancelOK, CancelRefused, CancelLost},
	}[r.a.Operation]
	switch r.ans.Outcome {
	case OutcomeOK:
		return events[0]
	case OutcomeRefused, OutcomeNotSent:
		return events[1]
	default:
		return events[2]
	}
}

// erased reports that the booking is gone from a test environment.
func (r *recording) erased() bool {
	return r.ans.NotFound && r.a.Operation != OpCreate && r.b.Environment != Production
}

// take copies what the supplier said into the booking.
func (r *recording) take(event Event) {
	if event == PayOK || event == LatePaid {
		r.b.PaidAt, r.b.PaidBy = r.a.StartedAt, r.a.ActorName // the declaration, not the answer
		return
	}
	c, b := r.ans.Created, r.b
	b.SupplierID, b.SupplierRef = c.ID, c.Reference
	b.Booked, b.BookedWith = c.Total, c.Services
	b.Insured = slices.Contains(c.Services, CancellationInsurance)
	b.Differs = differs(*b)
}

// differs reports that what the supplier booked must be accepted before it is paid.
func differs(b Booking) bool {
	return b.Booked.Currency != b.Total.Currency || b.Booked.Cents > b.Total.Cents || !sameCodes(b.BookedWith, b.Services)
}

// clockGrain is what two times in whole seconds may differ by without meaning it.
const clockGrain = 2 * time.Second

// shorten brings pay_by nearer when the supplier made the booking before T0: its
// 60 minutes began then. Deadline and fence stay T0's, and a booking that was made
// later changes nothing.
func (r *recording) shorten() {
	made := r.madeAt()
	if made.IsZero() {
		return
	}
	if payBy := made.Add(HoldTime - PayMargin); payBy.Before(r.b.PayBy.Add(-clockGrain)) {
		r.b.PayBy, r.f.PayBy = payBy, payBy
	}
}

// madeAt is when the supplier made the booking, on our clock; zero when it did not
// say. How old the booking was when the answer left is told by the supplier's clock
// alone, right or wrong; the answer left before it was read. Without a Date nothing
// tells the clocks apart.
func (r *recording) madeAt() time.Time {
	at := r.ans.Created.At
	if at.IsZero() || r.ans.Dated.IsZero() {
		return at
	}
	return r.a.StartedAt.Add(r.ans.EndedAt.Sub(r.ans.StartedAt)).Add(at.Sub(r.ans.Dated))
}

func sameCodes(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

func (r *recording) reason() string {
	if r.misfit() {
		return CaseAnswerUnfit
	}
	if r.ans.ErrorCode != "" {
		return r.ans.ErrorCode
	}
	return string(r.ans.Outcome)
}

func (r *recording) move(ctx context.Context, event Event) error {
	return move(ctx, r.tx, r.b, r.f, HistoryEntry{
		Event: event, AttemptID: r.a.ID, Reason: r.reason(), ActorName: "supplier", ActorRole: "supplier",
	})
}

// follow does what comes with the new state, in the same transaction.
func (r *recording) follow(ctx context.Context, duplicate bool) error {
	switch {
	case duplicate:
		return r.tx.OpenCase(ctx, r.b.ID, CaseDuplicateID, r.f.Now)
	case r.b.State == Held:
		return r.know(ctx)
	case r.b.State == PayUnknown:
		return r.tx.OpenCase(ctx, r.b.ID, CasePayUnknown, r.b.PayBy)
	case r.b.State == CancelUnknown:
		return r.tx.OpenCase(ctx, r.b.ID, CaseCancelUnknown, r.b.Stay.From)
	}
	return nil
}

// know remembers the customer and the supplier's ids for customer and car.
func (r *recording) know(ctx context.Context) error {
	if r.a.Operation != OpCreate {
		return nil
	}
	b := r.b
	return r.tx.SaveCustomer(ctx, SavedCustomer{
		Key: newID(), AgencyID: b.AgencyID, Customer: b.Customer, Country: b.Country, Car: b.Car,
		Environment: b.Environment, ContactID: r.ans.Created.ContactID, CarID: r.ans.Created.CarID, LastBooked: r.f.Now,
	})
}

// clearID makes way for the id of a good create. An id that another row of
// the environment carries was issued twice: outside production the other row
// was erased; in production nobody knows, and true is returned. So it is for an
// answer that does not fit: it proves nothing about the other row.
func (r *recording) clearID(ctx context.Context) (duplicate bool, err error) {
	if err := r.tx.KnowUnknown(ctx, r.b.Environment, r.ans.Created.ID); err != nil {
		return false, err
	}
	old, err := r.tx.LockBookingBySupplierID(ctx, r.b.Environment, r.ans.Created.ID)
	if errors.Is(err, ErrNotFound) || (err == nil && old.ID == r.b.ID) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.b.Environment == Production || r.misfit() {
		return true, nil
	}
	f, err := requestInfo(ctx, r.tx, old)
	if err != nil {
		return false, err
	}
	err = move(ctx, r.tx, &old, f, HistoryEntry{Event: Void, Reason: "id_reissued", ActorName: "supplier", ActorRole: "supplier"})
	if errors.Is(err, ErrTransition) { // it is over; only its claim on the id ends
		return false, r.tx.ReleaseSupplierID(ctx, old.ID)
	}
	return false, err
}

// late records an answer that arrived after its attempt was called unknown.
func (r *recording) late(ctx context.Context) error {
	failpoint.At("late", "begin")
	if r.misfit() {
		return r.lateUnfit(ctx)
	}
	switch r.ans.Outcome {
	case OutcomeUnknown:
		if !r.erased() {
			return nil
		}
		r.ans.Outcome = OutcomeRefused
	case OutcomeNotSent:
		r.ans.Outcome = OutcomeRefused // an unknown attempt can only turn out ok or refused
	}
	if r.a.Operation == OpCreate && r.ans.Outcome == OutcomeOK {
		if duplicate, err := r.clearID(ctx); err != nil || duplicate {
			return errors.Join(err, r.tx.OpenCase(ctx, r.b.ID, CaseDuplicateID, r.f.Now))
		}
		r.shorten()
	}
	done, err := r.tx.FinishAttempt(ctx, r.a.ID, OutcomeUnknown, r.ans)
	if err != nil || !done {
		return err
	}
	failpoint.At("late", "settled")
	event, ok := r.lateEvent()
	if !ok {
		return r.lateNotice(ctx)
	}
	if r.ans.Outcome == OutcomeOK && r.a.Operation != OpCancel {
		r.take(event)
	}
	if event == LateRefused {
		r.b.Reason = r.reason()
	}
	if err := r.move(ctx, event); err != nil {
		return fmt.Errorf("late answer: %w", err)
	}
	failpoint.At("late", "moved")
	if err := reconsider(ctx, r.tx, *r.b); err != nil {
		return err
	}
	return r.follow(ctx, false)
}

// lateEvent says which transition a late answer makes; false when none.
func (r *recording) lateEvent() (Event, bool) {
	good := r.ans.Outcome == OutcomeOK
	switch {
	case r.erased():
		_, err := Next(r.b.State, Void, r.f)
		return Void, err == nil
	case r.f.Unfit: // a person finds out
	case r.b.State == CreateUnknown && r.a.Operation == OpCreate && good:
		if usableLate(r.f) == nil {
			return LateHeld, true
		}
		return LateDropped, true
	case r.b.State == CreateUnknown && r.a.Operation == OpCreate:
		return LateRefused, true
	case r.b.State == PayUnknown && r.a.Operation == OpPay && good:
		return LatePaid, true
	case r.b.State == CancelUnknown && r.a.Operation == OpCancel && good:
		return LateCancelled, true
	}
	return "", false
}

// lateNotice records that a late answer came and changed nothing. One that
// contradicts the booking's state, or what a person found out, is a case.
func (r *recording) lateNotice(ctx context.Context) error {
	if err := r.noteLate(ctx); err != nil {
		return err
	}
	if !r.contradicted() {
		return nil
	}
	return r.tx.OpenCase(ctx, r.b.ID, CaseLateAnswer, r.f.Now)
}

// contradicted reports that the answer and what stands here cannot both be true.
func (r *recording) contradicted() bool {
	if r.ans.Outcome != OutcomeOK {
		return r.a.Found == FoundPaid || r.a.Found == FoundCancelled
	}
	agreeing := map[Operation][]State{
		OpPay:    {Confirmed, Cancelling, CancelUnknown, Cancelled},
		OpCancel: {Cancelling, Cancelled},
	}[r.a.Operation]
	return !slices.Contains(agreeing, r.b.State)
}

// noteLate leaves the state as it is.
func (r *recording) noteLate(ctx context.Context) error {
	return note(ctx, r.tx, r.b, r.f.Now, HistoryEntry{
		Event: LateNotice, AttemptID: r.a.ID, Reason: r.reason(), ActorName: "supplier", ActorRole: "supplier",
	})
}
