package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guichet/internal/account"
	"guichet/internal/invalid"
)

// Found is one finding as it is kept: who found out what, how and when. It is
// never changed, and it changes no attempt.
type Found struct {
	ID        int64
	BookingID int64
	EventSeq  int // the event that it caused, or the last one before it
	Act       FoundAct
	Operation Operation
	Finding   Finding
	AttemptID int64 // the last call that it speaks about; 0 for none
	Source    FoundSource
	Evidence  Evidence // channel, and what a person wrote until that is forgotten

	StatementID int64 // of the line that proves it; 0 for none
	Statement   string
	Line        int

	ActorID    int64
	ActorName  string
	ActorRole  string
	SecondID   int64 // who agreed, refused or withdrew; 0 for nobody
	SecondName string
	SecondText string
	At         time.Time

	NoteID, SecondNoteID int64
}

// FoundAct says what became of a finding.
type FoundAct string

// What becomes of findings.
const (
	ActFound     FoundAct = "found"     // it moved the booking
	ActNoted     FoundAct = "noted"     // it answered a case and moved nothing
	ActRefused   FoundAct = "refused"   // a second person refused the proposal
	ActWithdrawn FoundAct = "withdrawn" // whoever proposed it took it back
)

// FoundSource says where a finding comes from.
type FoundSource string

// Where findings come from.
const (
	FromPerson    FoundSource = "person"
	FromStatement FoundSource = "statement"
	FromRestore   FoundSource = "restore"
)

// positive reports that the finding makes the booking paid, or cancelled.
func (f Found) positive(s State) bool {
	switch s {
	case Confirmed:
		return f.Finding == FoundPaid || f.Finding == FoundNotCancelled
	case Cancelled:
		return f.Finding == FoundCancelled
	default:
		return false
	}
}

// spokenOf says which operation an event by a finding is about.
var spokenOf = map[Event]Operation{
	LatePaid: OpPay, PayDisproved: OpPay, LateCancelled: OpCancel, CancelDisprove: OpCancel, ReverseCancel: OpCancel,
	UnfitHeld: OpCreate, UnfitPaid: OpCreate, UnfitVoid: OpCreate, ProveVoid: OpPay,
}

// operationOf is spokenOf for an event in a state: whoever reverses a
// cancellation speaks about that, not about the payment before it.
func operationOf(e Event, from State) Operation {
	if op, ok := spokenOf[e]; ok {
		return op
	}
	if from == Cancelled {
		return OpCancel
	}
	return OpPay
}

// settlement is what somebody found out, with the event by which it moves a
// booking.
type settlement struct {
	event  Event
	actor  account.Actor // who says so now: the second person of a reversal
	found  Found         // what of it the caller knows
	first  *Note         // the proposal that the actor agreed to
	closes []string      // the cases that it answers; all when nil
	paidAt time.Time     // when the supplier's lines say that it was paid; zero when they do not
}

// settle writes booking, event, finding, evidence and cases together; the
// booking is locked. Attempts are left as they are.
func settle(ctx context.Context, tx Tx, b *Booking, f Facts, s settlement) error {
	if err := identify(ctx, tx, b, s); err != nil {
		return err
	}
	answerUnfit(b, s)
	attempts, err := tx.Attempts(ctx, b.ID)
	if err != nil {
		return err
	}
	to, err := Next(b.State, s.event, f)
	if err != nil {
		return err
	}
	switch {
	case s.event == ProvePaid: // by a declaration that is lost
		b.PaidAt, b.PaidBy = s.paidAt, ""
		if b.PaidAt.IsZero() {
			b.PaidAt = f.Now
		}
	case to == Confirmed && b.PaidAt.IsZero():
		b.PaidAt, b.PaidBy = declared(attempts, f.Now)
	}
	s.found.Operation = operationOf(s.event, b.State)
	if i := latest(attempts, s.found.Operation); i >= 0 {
		s.found.AttemptID = attempts[i].ID
	}
	if err := tx.CloseCases(ctx, b.ID, s.actor.UserID, s.found.Finding, s.closes); err != nil {
		return err
	}
	if err := move(ctx, tx, b, f, by(s.actor, HistoryEntry{Event: s.event, Reason: string(s.found.Finding)})); err != nil {
		return err
	}
	s.found.Act = ActFound
	return s.keep(ctx, tx, *b, f.Now)
}

// keep writes the finding and what was written about it.
func (s settlement) keep(ctx context.Context, tx Tx, b Booking, at time.Time) error {
	n := Note{BookingID: b.ID, Kind: "evidence", Finding: s.found.Finding, Evidence: s.found.Evidence, ActorID: s.actor.UserID}
	if s.found.Act == ActRefused {
		n.Finding = "" // what was written is no finding, but why there is none
	}
	if s.found.Evidence != (Evidence{}) {
		if err := tx.AddNote(ctx, &n); err != nil {
			return err
		}
	}
	s.found.BookingID, s.found.EventSeq, s.found.At = b.ID, b.Version, at
	s.found.ActorID, s.found.ActorRole, s.found.NoteID = s.actor.UserID, string(s.actor.Role), n.ID
	if s.first != nil {
		s.found.ActorID, s.found.NoteID, s.found.Evidence.Channel = s.first.ActorID, s.first.ID, s.first.Evidence.Channel
		s.found.SecondID, s.found.SecondNoteID = s.actor.UserID, n.ID
	}
	if err := tx.AddFinding(ctx, s.found); err != nil {
		return fmt.Errorf("keep a finding: %w", err)
	}
	return nil
}

// answers says with which word of the supplier's a person closes a case that
// moves nothing.
var answers = map[string]Finding{
	CaseStatementBilled: FoundCredits, CaseCredited: FoundBillsAgain, CaseLinesUnproved: FoundCorrects, CaseCreditAlone: FoundCorrects,
	CaseLateAnswer: FoundNoEffect, CaseStatementPlate: FoundNotThis, CaseDuplicateID: FoundNotThis,
}

// Answers lists the findings by which a person closes open cases without moving
// the booking.
func Answers(cases []QueueItem) (list []Finding) {
	for _, c := range cases {
		if f, ok := answers[c.Why]; ok && !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return list
}

// answerCase closes the cases that a finding answers and moves nothing. It takes
// the supplier's word, with its reference. ErrTransition: no case asks for it.
func answerCase(ctx context.Context, tx Tx, b *Booking, f Facts, s settlement) error {
	cases, err := tx.Cases(ctx, b.ID)
	if err != nil {
		return err
	}
	var whys []string
	for _, c := range cases {
		if answers[c.Why] == s.found.Finding {
			whys = append(whys, c.Why)
		}
	}
	if len(whys) == 0 {
		return ErrTransition
	}
	if s.found.Evidence.Reference == "" {
		var bad invalid.Error
		bad.Add("reference", "problem.evidence.reference_needed")
		return &bad
	}
	if err := tx.CloseCases(ctx, b.ID, s.actor.UserID, s.found.Finding, whys); err != nil {
		return err
	}
	s.found.Act, s.found.Operation = ActNoted, operationOf("", b.State)
	if err := note(ctx, tx, b, f.Now, by(s.actor, HistoryEntry{Event: CaseAnswered, Reason: string(s.found.Finding)})); err != nil {
		return err
	}
	return s.keep(ctx, tx, *b, f.Now)
}

// declared says when and by whom a payment was declared: by whoever last told
// the supplier. Nobody did: it counts from the moment at which it was found out.
func declared(attempts []Attempt, found time.Time) (at time.Time, by string) {
	if i := latest(attempts, OpPay); i >= 0 {
		return attempts[i].StartedAt, attempts[i].ActorName
	}
	return found, ""
}

// latest is the place of the last attempt of an operation, -1 for none.
func latest(attempts []Attempt, op Operation) int {
	for i := len(attempts) - 1; i >= 0; i-- {
		if attempts[i].Operation == op {
			return i
		}
	}
	return -1
}

// identify gives the booking the supplier's id when it never had one.
func identify(ctx context.Context, tx Tx, b *Booking, s settlement) error {
	if b.SupplierID != "" || s.event != ReversePaid && s.event != UnfitHeld && s.event != UnfitPaid && s.event != ProvePaid {
		return nil
	}
	id := s.found.Evidence.SupplierID
	if id == "" && s.first != nil {
		id = s.first.Evidence.SupplierID
	}
	if id == "" {
		var bad invalid.Error
		bad.Add("supplier_id", "problem.evidence.supplier_id")
		return &bad
	}
	if _, err := tx.LockBookingBySupplierID(ctx, b.Environment, id); !errors.Is(err, ErrNotFound) {
		return errors.Join(ErrSupplierIDDup, err)
	}
	if err := tx.KnowUnknown(ctx, b.Environment, id); err != nil {
		return err
	}
	b.SupplierID = id
	b.Booked, b.BookedWith = b.Total, b.Services
	b.Insured = slices.Contains(b.Services, CancellationInsurance)
	return nil
}

// Found returns what was found out about a booking, oldest first.
func (s *Service) Found(ctx context.Context, b Booking) ([]Found, error) {
	return s.store.Findings(ctx, b.ID)
}
