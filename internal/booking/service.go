package booking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"guichet/internal/account"
)

// Durations of a booking's life; see README.md for what each protects.
const (
	HoldTime   = 60 * time.Minute // the supplier's limit between create and pay
	PayMargin  = time.Minute      // pay_by lies this much before the deadline
	FenceTime  = 10 * time.Minute // after it nothing that we sent can still take effect
	LeaseTime  = 45 * time.Second // CallBudget and 15 s to record
	CallBudget = 30 * time.Second // for the supplier calls of one action
	StallLimit = 10 * time.Second // a process that stalled longer must not call
)

// MaxHolds is how many places one agency may hold unpaid at a time.
const MaxHolds = 20

// recordPatience is how long an action waits for its answer to be recorded
// while the database is away; recording goes on after that.
const recordPatience = 15 * time.Second

// Service moves sales from quote to paid booking, and nothing else does.
type Service struct {
	store    Store
	supplier Supplier
	now      func() time.Time // the process's clock: budgets only, never a guard
	log      *slog.Logger

	claimed func(context.Context, Attempt) // is told of each claim before the supplier is

	stop    context.Context // ends when recording must be given up
	pending sync.WaitGroup  // answers that are not yet recorded
	gate    gate
	seldom  seldom // lines of the log while the database is away
}

// NewService returns a Service. When stop is done, answers that cannot be
// recorded are given up; the sweeper then calls their outcome unknown.
func NewService(stop context.Context, store Store, supplier Supplier, now func() time.Time, log *slog.Logger) *Service {
	return &Service{store: store, supplier: supplier, now: now, log: log, stop: stop, claimed: func(context.Context, Attempt) {}}
}

// OnClaim has f told of each attempt that was committed, before the supplier is.
// It is called once, before the service is used.
func (s *Service) OnClaim(f func(context.Context, Attempt)) { s.claimed = f }

// Wait returns when every answer of the supplier is recorded or given up.
func (s *Service) Wait() { s.pending.Wait() }

// Now is the clock of all deadlines: the database's.
func (s *Service) Now(ctx context.Context) (time.Time, error) { return s.store.Now(ctx) }

// Environment is the one of the supplier's systems that this portal sells on.
func (s *Service) Environment() Environment { return s.supplier.Environment() }

// Agency returns an agency, or ErrNotFound.
func (s *Service) Agency(ctx context.Context, id int64) (account.Agency, error) {
	return s.store.Agency(ctx, id)
}

// Booking returns a booking of the scope, or ErrNotFound.
func (s *Service) Booking(ctx context.Context, scope account.Scope, ref string) (Booking, error) {
	return s.store.Booking(ctx, scope, ref)
}

// BookingOfDraft returns the booking that came out of a draft, or ErrNotFound.
func (s *Service) BookingOfDraft(ctx context.Context, scope account.Scope, draftID string) (Booking, error) {
	return s.store.BookingOfDraft(ctx, scope, draftID)
}

// History returns a booking's events and attempts, oldest first.
func (s *Service) History(ctx context.Context, b Booking) ([]HistoryEntry, []Attempt, error) {
	entries, err := s.store.Entries(ctx, b.ID)
	if err != nil {
		return nil, nil, err
	}
	attempts, err := s.store.Attempts(ctx, b.ID)
	return entries, attempts, err
}

// List returns a page of the scope's bookings.
func (s *Service) List(ctx context.Context, scope account.Scope, f Filter) (Page, error) {
	return s.store.List(ctx, scope, f)
}

// Each gives every booking of a filter to do, in its order, without holding
// more than one.
func (s *Service) Each(ctx context.Context, scope account.Scope, f Filter, do func(Booking) error) error {
	return s.store.Each(ctx, scope, f, do)
}

// BySupplier returns the booking of the scope that the supplier calls so, by id
// or reference; ErrNotFound when there is none, or more than one.
func (s *Service) BySupplier(ctx context.Context, scope account.Scope, name string) (Booking, error) {
	return s.store.BySupplier(ctx, scope, name)
}

// Unpaid sums up what the scope still has to pay.
func (s *Service) Unpaid(ctx context.Context, scope account.Scope) (Unpaid, error) {
	return s.store.Unpaid(ctx, scope, s.Environment())
}

// ours refuses to change a booking of another environment: it is read-only.
func (s *Service) ours(b Booking) error {
	if b.Environment != s.supplier.Environment() {
		return ErrEnvironment
	}
	return nil
}

// requestInfo collects what the guards look at; the caller has locked the booking.
func requestInfo(ctx context.Context, tx Tx, b Booking) (Facts, error) {
	other, err := taken(ctx, tx, b)
	if err != nil {
		return Facts{}, err
	}
	f, err := ownFacts(ctx, tx, b)
	f.Taken = other
	return f, err
}

// ownFacts is facts without what the sale's other bookings say; it locks nothing.
func ownFacts(ctx context.Context, r Reader, b Booking) (Facts, error) {
	now, err := r.Now(ctx)
	if err != nil {
		return Facts{}, err
	}
	f := Facts{
		Now: now, PayBy: b.PayBy, Deadline: b.Deadline, Fence: b.Fence,
		Differs: b.Differs, Insured: b.Insured, Retried: b.RetriedBy != "", Unfit: len(b.Unfit) > 0, Doubtful: b.Doubt != "" || b.Disputed,
		Uncompared: b.Uncompared, Environment: b.Environment,
	}
	attempts, err := r.Attempts(ctx, b.ID)
	if err != nil {
		return Facts{}, err
	}
	for _, a := range attempts {
		switch {
		case a.Outcome == OutcomeOpen:
			f.AttemptOpen = true
		case a.Operation == OpPay && (a.Outcome == OutcomeOK || a.Outcome == OutcomeUnknown && a.Found != FoundNotPaid):
			f.PayOpenEnded = true
		case a.Operation == OpCancel && a.Outcome == OutcomeUnknown && a.Found == "":
			f.CancelUnknown = true
		}
		if a.Operation == OpCancel {
			f.Cancels++
		}
	}
	f.CancelDone = cancelledMeanwhile(attempts)
	return f, nil
}

// mayBeTaken reports whether another booking of the sale may be payable, paid or
// being reserved. One that is payable itself is the only one; one that was never
// tried again, and is no try itself, is alone.
func mayBeTaken(b Booking) bool {
	return !b.State.Payable() && (b.RetryOf != "" || b.RetriedBy != "")
}

// taken reports whether one is; none can become so until the transaction ends.
func taken(ctx context.Context, tx Tx, b Booking) (bool, error) {
	if !mayBeTaken(b) {
		return false, nil
	}
	other, err := tx.LockSale(ctx, b)
	return other != "", err
}

// cancelledMeanwhile reports that the good answer to an earlier cancel came
// while the one that is open now was on its way.
func cancelledMeanwhile(attempts []Attempt) bool {
	open := slices.IndexFunc(attempts, func(a Attempt) bool { return a.Outcome == OutcomeOpen && a.Operation == OpCancel })
	return open >= 0 && slices.ContainsFunc(attempts, func(a Attempt) bool {
		return a.Operation == OpCancel && a.Outcome == OutcomeOK && !a.EndedAt.Before(attempts[open].StartedAt)
	})
}

// move applies an event to a locked booking and writes both. The caller has
// set the other fields that change.
func move(ctx context.Context, tx Tx, b *Booking, f Facts, e HistoryEntry) error {
	next, err := Next(b.State, e.Event, f)
	if err != nil {
		return err
	}
	e.Before, e.After, e.At = b.State, next, f.Now
	b.State = next
	if !next.InFlight() {
		b.LeaseEnds = time.Time{}
	}
	whys := answered(e.Before, next)
	if b.Uncompared && settles(e.Event, next) {
		b.Uncompared = false
		whys = append(whys, CaseUncompared)
	}
	if err := tx.Move(ctx, b, e); err != nil {
		return err
	}
	if len(whys) > 0 {
		return tx.CloseCases(ctx, b.ID, 0, "", whys)
	}
	return nil
}

// answered lists the cases whose question a move answers by itself: what was
// asked is known now, whichever way.
func answered(from, to State) []string {
	switch {
	case from == PayUnknown:
		return []string{CasePayUnknown, CaseUnrecorded}
	case (from == CancelUnknown || from == Cancelling) && to != CancelUnknown && to != Cancelling:
		return []string{CaseCancelUnknown, CaseUnrecorded}
	case from == CreateUnknown:
		return []string{CaseUnrecorded}
	}
	return nil
}

// seldom allows one event a second.
type seldom struct {
	mu   sync.Mutex
	last time.Time
}

func (x *seldom) allow(now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if since := now.Sub(x.last); since >= 0 && since < time.Second {
		return false
	}
	x.last = now
	return true
}

// note appends an event that leaves the state as it is.
func note(ctx context.Context, tx Tx, b *Booking, at time.Time, e HistoryEntry) error {
	e.Before, e.After, e.At = b.State, b.State, at
	return tx.Move(ctx, b, e)
}

func by(a account.Actor, e HistoryEntry) HistoryEntry {
	e.ActorID, e.ActorName, e.ActorRole = a.UserID, a.Name, string(a.Role)
	return e
}

// claim runs transaction 1 of an action on key, which opens the attempt a. When the
// connection is lost at COMMIT, the attempt is read back: not provably there
// means ErrNothingSent, and nothing may be sent.
func (s *Service) claim(ctx context.Context, a *Attempt, key string, f func(Tx) error) error {
	err := s.inTurn(ctx, key, f)
	if errors.Is(err, ErrUncertain) {
		back, readErr := s.store.AttemptByCorrelation(ctx, a.Correlation)
		if readErr != nil || back.Outcome != OutcomeOpen {
			return errors.Join(ErrNothingSent, err, readErr)
		}
		*a, err = back, nil
	}
	if err == nil {
		s.claimed(ctx, *a)
	}
	return err
}

// open writes the attempt of an action in its first transaction.
func open(ctx context.Context, tx Tx, b *Booking, op Operation, actor account.Actor, at time.Time, correlation string) (Attempt, error) {
	a := Attempt{
		BookingID: b.ID, Operation: op, Outcome: OutcomeOpen, Correlation: correlation,
		ActorID: actor.UserID, ActorName: actor.Name, StartedAt: at,
	}
	if err := tx.StartAttempt(ctx, &a); err != nil {
		return a, fmt.Errorf("open %s attempt: %w", op, err)
	}
	return a, nil
}
