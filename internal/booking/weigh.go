package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guichet/internal/account"
)

// Weighing is the comparison for which the lines of a booking are weighed.
type Weighing struct {
	StatementID int64                              // the one that is compared
	Words       func(file string, line int) string // names a line, as evidence
}

// Weighed is what the lines of a booking led to, this time.
type Weighed struct {
	Proved bool // they settled what nobody knew
	Case   bool // a case was opened, or stands open for something new
}

// weighing is a comparison at one booking, inside its transaction.
type weighing struct {
	Weighing

	actor account.Actor
	done  Weighed
}

// Weigh looks at all lines of a booking, under its lock, and does what they say:
// what they prove together (see Prove) is settled, other evidence opens a case. It
// may be repeated; lines that have led to something do so once. ErrForbidden: only
// customer service compares. ErrEnvironment: the booking is read-only.
func (s *Service) Weigh(ctx context.Context, actor account.Actor, bookingID int64, of Weighing) (Weighed, error) {
	if actor.Role != account.CustomerService {
		return Weighed{}, ErrForbidden
	}
	w := weighing{Weighing: of, actor: actor}
	err := s.store.InTx(ctx, func(tx Tx) error {
		b, err := tx.LockBookingByID(ctx, bookingID)
		if err != nil {
			return err
		}
		if err := s.ours(b); err != nil {
			return err
		}
		return w.weigh(ctx, tx, b)
	})
	if err != nil {
		return Weighed{}, fmt.Errorf("lines of booking %d: %w", bookingID, err)
	}
	return w.done, nil
}

func (w *weighing) weigh(ctx context.Context, tx Tx, b Booking) error {
	lines, v, waits, err := evidenceOf(ctx, tx, b)
	if err != nil {
		return err
	}
	if waits {
		v = Proof{Class: LineUnproved, Reason: reasonUnread, Case: CaseLinesUnproved}
	}
	if done, err := ledTo(ctx, tx, b, lines, v); err != nil || done {
		return err
	}
	if v, err = w.obey(ctx, tx, &b, v, lines); err != nil {
		return err
	}
	proved := slices.DeleteFunc(slices.Clone(lines), func(l ProofLine) bool { return l.Class != LineProved || l.ActedAt.IsZero() })
	v.Classify(lines)
	for i := range lines { // what a line has proved it has proved
		if slices.ContainsFunc(proved, lines[i].same) {
			lines[i].Class, lines[i].Reason = LineProved, ""
		}
	}
	return tx.SettleLines(ctx, lines, b.ID, !waits && (v.Finding != "" || v.Case != ""))
}

// evidenceOf is what all lines say of a booking; waits when another statement that
// names it is not read yet. One may be read between two looks, so what proves
// something is looked at again, with nothing unread before and after.
func evidenceOf(ctx context.Context, tx Tx, b Booking) (lines []ProofLine, v Proof, waits bool, err error) {
	now, err := tx.Now(ctx)
	if err != nil {
		return nil, v, false, err
	}
	for range 2 {
		if lines, err = linesOf(ctx, tx, b); err != nil {
			return nil, v, false, err
		}
		if v = Prove(b.Candidate(), lines, now); v.Finding == "" {
			return lines, v, false, nil
		}
		if waits, err = tx.Unread(ctx, b.Environment, b.SupplierID); err != nil || waits {
			break
		}
	}
	return lines, v, waits, err
}

// ledTo reports that lines have led to what they lead to. For a booking that a
// restore brought back they may mean more than they did: it may have been paid
// since they came. Then only the word of a person counts more.
func ledTo(ctx context.Context, tx Tx, b Booking, lines []ProofLine, v Proof) (bool, error) {
	if slices.ContainsFunc(lines, func(l ProofLine) bool { return l.ActedAt.IsZero() }) {
		return false, nil
	}
	if !b.Uncompared || v.Finding != FoundPaid {
		return true, nil
	}
	found, err := tx.Findings(ctx, b.ID)
	return slices.ContainsFunc(found, func(f Found) bool { return f.Source == FromPerson }), err
}

// obey settles what lines prove, or opens the case that they are: also when what
// they prove cannot be, such as the payment of a second booking of a sale. It
// closes the cases that they answer. What a line has led to once, and a person has closed,
// is not opened again: the caller has seen a new one.
func (w *weighing) obey(ctx context.Context, tx Tx, b *Booking, v Proof, lines []ProofLine) (Proof, error) {
	f, err := requestInfo(ctx, tx, *b)
	if err != nil {
		return v, err
	}
	f.Proven = v.Finding == FoundPaid
	event, proved := proving[b.State][v.Finding]
	if _, err := Next(b.State, event, f); proved && err != nil {
		proved, v = false, Proof{Class: LineUnproved, Reason: reasonRefused, Case: CaseLinesUnproved}
	}
	answered := slices.DeleteFunc(evidenceCases(), func(why string) bool { return why == v.Case })
	if proved {
		w.done.Proved = true
		if err := overtake(ctx, tx, *b); err != nil {
			return v, err
		}
		l := witness(v.Finding, lines, w.StatementID)
		return v, settle(ctx, tx, b, f, settlement{
			event: event, actor: w.actor, paidAt: earlier(v.At, f.Now), closes: append(answered, CaseStatementPlate, CaseUncompared, CaseReversal), found: Found{
				Finding: v.Finding, Source: FromStatement, StatementID: l.StatementID, Line: l.Number,
				Evidence: Evidence{Channel: "statement", Reference: l.Statement, Text: w.Words(l.File, l.Number)},
			},
		})
	}
	if v.Case != "" && slices.ContainsFunc(lines, func(l ProofLine) bool { return l.ActedAt.IsZero() }) {
		w.done.Case = true
		if err := tx.OpenCase(ctx, b.ID, v.Case, f.Now); err != nil {
			return v, err
		}
	}
	return v, tx.CloseCases(ctx, b.ID, 0, "", answered)
}

func latestOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier is what lies first: by the clocks of some places it is tomorrow already.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// proving says which event lines cause that prove a finding, by state.
var proving = map[State]map[Finding]Event{
	Held:          {FoundPaid: ProvePaid}, // both only after a restore
	CreateUnknown: {FoundPaid: ProvePaid},
	PayUnknown:    {FoundPaid: LatePaid},
	CancelUnknown: {FoundCancelled: LateCancelled},
}

// ProvableStates are those in which lines may prove that a booking is paid.
func ProvableStates() []State {
	return those(func(s State) bool { _, may := proving[s][FoundPaid]; return may })
}

// witness is the line that stands for all: the last charge of a payment, the last
// credit of a cancellation, of the statement that is compared if it has one.
func witness(f Finding, lines []ProofLine, statementID int64) ProofLine {
	var best ProofLine
	for _, l := range lines {
		fits := l.Amount.Cents > 0 == (f == FoundPaid) && l.Amount.Cents != 0
		if fits && (best.StatementID != statementID || l.StatementID == statementID) {
			best = l
		}
	}
	return best
}

// linesOf are all lines that name a booking, of all statements that are read. A
// reference that several bookings have names none.
func linesOf(ctx context.Context, tx Tx, b Booking) ([]ProofLine, error) {
	if b.SupplierID == "" {
		return nil, nil
	}
	var refs []string
	if b.SupplierRef != "" {
		same, err := tx.Candidates(ctx, b.Environment, nil, []string{b.SupplierRef}, nil)
		if err != nil {
			return nil, err
		}
		if len(same) == 1 {
			refs = []string{b.SupplierRef}
		}
	}
	return tx.ProofLines(ctx, b.Environment, []string{b.SupplierID}, refs, 0)
}

// reconsider closes the cases of a booking when its lines are none any more, now
// that it has come to rest. It opens none.
func reconsider(ctx context.Context, tx Tx, b Booking) error {
	if b.State != Confirmed && b.State != Cancelled {
		return nil
	}
	lines, err := linesOf(ctx, tx, b)
	if err != nil || len(lines) == 0 {
		return err
	}
	now, err := tx.Now(ctx)
	if err != nil || Prove(b.Candidate(), lines, now).Case != "" {
		return err
	}
	return tx.CloseCases(ctx, b.ID, 0, "", evidenceCases())
}
