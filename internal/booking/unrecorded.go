package booking

import (
	"context"
	"errors"
	"time"

	"guichet/internal/account"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// CaseUnrecorded was opened because an answer of the supplier's could not be
// recorded; it ends when the booking's question is resolved.
const CaseUnrecorded = "answer_unrecorded"

const (
	// recordBudget bounds one try to record: a server that hangs is away, too.
	recordBudget = 20 * time.Second

	// conflictTries is how often an answer is tried that meets another change of
	// its booking; more of them mean that it contradicts what is stored.
	conflictTries = 3
)

// Unrecorded is an answer of the supplier's that could not be recorded with its
// call.
type Unrecorded struct {
	ID          int64
	Environment Environment
	Correlation string
	BookingID   int64  // 0 when the database does not know the call, as after a restore
	Ref         string // of the booking, as the process knew it that made the call
	SupplierID  string
	Operation   Operation
	ActorID     int64 // who asked for the call
	Answer      Answer
	At          time.Time
}

// recordPatiently is transaction 2: it records an answer, and tries again while
// the database is away or busy, until the service is stopped. An answer that the
// database will not take where it belongs is kept apart, and a person looks at it;
// the lease sweep calls its call unknown, which is true.
func (s *Service) recordPatiently(ctx context.Context, c claimed, ans Answer) {
	err := s.patiently(ctx, c, func(ctx context.Context) error { return s.record(ctx, c.attempt.Correlation, ans) })
	if err == nil || passing(err) {
		return
	}
	s.log.ErrorContext(ctx, "answer not recorded, so it is kept apart", "correlation", c.attempt.Correlation, "booking", c.ref,
		"operation", c.op, "outcome", ans.Outcome, "status", ans.HTTPStatus, "error", err)
	err = s.patiently(ctx, c, func(ctx context.Context) error { return s.keepAnswer(ctx, c, ans) })
	if err != nil {
		s.log.ErrorContext(ctx, "answer not kept", "correlation", c.attempt.Correlation, "error", err)
	}
}

// passing reports that the moment was wrong, and not the answer.
func passing(err error) bool {
	return errors.Is(err, ErrAway) || errors.Is(err, ErrBusy) || errors.Is(err, ErrUncertain)
}

// patiently tries something until it succeeds, or fails in a way that another try
// does not change, or the service is stopped, and returns the last error.
func (s *Service) patiently(ctx context.Context, c claimed, try func(context.Context) error) error {
	pause, conflicts := 100*time.Millisecond, 0
	for {
		bounded, cancel := context.WithTimeout(ctx, recordBudget)
		err := try(bounded)
		cancel()
		switch {
		case err == nil:
			return nil
		case passing(err):
			if s.seldom.allow(s.now()) {
				s.log.ErrorContext(ctx, "answer not recorded yet", "correlation", c.attempt.Correlation, "booking", c.ref, "operation", c.op, "error", err)
			}
		case errors.Is(err, ErrChanged) || errors.Is(err, ErrSupplierIDDup):
			if conflicts++; conflicts == conflictTries {
				return err
			}
		default:
			return err
		}
		wait := time.NewTimer(pause)
		select {
		case <-s.stop.Done():
			wait.Stop()
			return err
		case <-wait.C:
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// keepAnswer keeps an answer apart, once, and opens a case for its booking when
// the database knows the call.
func (s *Service) keepAnswer(ctx context.Context, c claimed, ans Answer) error {
	u := Unrecorded{
		Environment: s.supplier.Environment(), Correlation: c.attempt.Correlation, Ref: c.ref, SupplierID: c.supplierID,
		Operation: c.op, ActorID: c.attempt.ActorID, Answer: ans,
	}
	if ans.Created.ID != "" {
		u.SupplierID = ans.Created.ID
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		a, err := tx.AttemptByCorrelation(ctx, u.Correlation)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		u.BookingID = a.BookingID
		if err := tx.KeepAnswer(ctx, u); err != nil || u.BookingID == 0 {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.OpenCase(ctx, u.BookingID, CaseUnrecorded, now)
	})
}

// Unrecorded returns the answers about a booking that could not be recorded.
func (s *Service) Unrecorded(ctx context.Context, b Booking) ([]Unrecorded, error) {
	return s.store.Unrecorded(ctx, b.ID)
}

// UnknownCalls returns the answers to calls that the database does not know and
// that nobody has settled, oldest first.
func (s *Service) UnknownCalls(ctx context.Context, actor account.Actor) ([]Unrecorded, error) {
	if !actor.Role.Staff() {
		return nil, ErrForbidden
	}
	return s.store.UnknownCalls(ctx, s.supplier.Environment())
}

// SettleAnswer ends the question of an answer to a call that the database does not
// know, with what was found out. ErrNotFound: it is settled. *InvalidError: nothing
// was written about it.
func (s *Service) SettleAnswer(ctx context.Context, actor account.Actor, id int64, text string) error {
	if actor.Role != account.CustomerService {
		return ErrForbidden
	}
	var bad invalid.Error
	text = typed.Lines(&bad, "text", text)
	needText(&bad, "text", text, "problem.evidence.text")
	if err := bad.OrNil(); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx Tx) error { return tx.SettleAnswer(ctx, id, actor.UserID, text) })
}
