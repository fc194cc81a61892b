package booking

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// Finding is what a person found out about a booking, outside the portal.
type Finding string

// The findings. The first of each pair counts at any time, the second only
// after the fence: what was sent may still take effect until then.
const (
	FoundPaid         Finding = "paid"
	FoundNotPaid      Finding = "not_paid"
	FoundCancelled    Finding = "cancelled"
	FoundNotCancelled Finding = "not_cancelled"
	FoundAsOrdered    Finding = "as_ordered"   // unpaid there, and as ordered after all
	FoundVoid         Finding = "void"         // nothing there, or nothing any more; only after the fence
	FoundInsured      Finding = "insured"      // a booking that was taken over can be cancelled
	FoundAsItStands   Finding = "as_it_stands" // after a restore: there as here
)

// The supplier's word that answers a case and moves nothing.
const (
	FoundCredits    Finding = "credits"     // what is billed and over here is credited
	FoundBillsAgain Finding = "bills_again" // what is credited and paid here is billed again
	FoundCorrects   Finding = "corrects"    // the lines are wrong, and will be corrected
	FoundNoEffect   Finding = "no_effect"   // a late answer had no effect
	FoundNotThis    Finding = "not_this"    // it is about another booking
)

// Evidence is how it was found out.
type Evidence struct {
	Channel    string // a code of Channels
	Person     string // who said so at the supplier
	Reference  string // the supplier's, of a letter or a ticket; optional
	Text       string
	SupplierID string // of a booking that has none here
}

// Channels are the codes of the ways by which evidence comes.
func Channels() []string { return []string{"phone", "mail", "statement", "other"} }

// Note is what a person wrote about a booking.
type Note struct {
	ID        int64
	BookingID int64
	Kind      string // "note", "evidence" or "proposal"
	Finding   Finding
	Evidence  Evidence
	ActorID   int64
	ActorName string
	At        time.Time
}

// QueueItem is a booking that a person must look at, and why.
type QueueItem struct {
	CaseID   int64 // 0 for an unknown create, which settles itself
	Why      string
	Due      time.Time
	OpenedAt time.Time
	HolderID int64 // 0 when nobody has taken it
	Holder   string
	Booking  Booking
}

// ResolveRequest says what was found out about a booking.
type ResolveRequest struct {
	Ref      string
	Version  int
	Finding  Finding
	Evidence Evidence
}

// Queue lists what customer service must look at, what is due first. What belongs
// to another environment can be read, and nothing can be done about it: it waits in
// no queue.
func (s *Service) Queue(ctx context.Context, actor account.Actor, limit int) ([]QueueItem, error) {
	if !actor.Role.Staff() {
		return nil, ErrForbidden
	}
	return s.store.Queue(ctx, s.Environment(), limit)
}

// QueueCount says how much is in the queue, and how much of it is due.
func (s *Service) QueueCount(ctx context.Context, actor account.Actor) (open, due int, err error) {
	if !actor.Role.Staff() {
		return 0, 0, ErrForbidden
	}
	return s.store.QueueCount(ctx, s.Environment())
}

// Cases returns the open cases of a booking.
func (s *Service) Cases(ctx context.Context, b Booking) ([]QueueItem, error) {
	return s.store.Cases(ctx, b.ID)
}

// disputes are the cases in which the supplier says something else than a booking
// says here that is over, or waits for its payment. Booking.Disputed is of them, too.
var disputes = []string{CaseLateAnswer, CaseStatementBilled, CaseStatementPlate, CaseLinesUnproved, CaseUnrecorded, CaseReversal}

// Disputed reports that a booking is over, or waits for its payment, and that the
// supplier says otherwise: it may be paid there, so nobody is told that nothing is
// owed, and it is neither paid nor sold again before a person has found out.
func Disputed(b Booking, cases []QueueItem) bool {
	return (b.State.Final() || b.State == Held) && slices.ContainsFunc(cases, func(c QueueItem) bool { return slices.Contains(disputes, c.Why) })
}

// Credited reports that a booking is paid here and that the supplier has credited
// it: it may be cancelled there.
func Credited(b Booking, cases []QueueItem) bool {
	return b.State == Confirmed && slices.ContainsFunc(cases, func(c QueueItem) bool { return c.Why == CaseCredited })
}

// Reassign gives all open cases of a booking to a person of customer service, the
// actor or somebody else. ErrNotFound: nothing is open.
func (s *Service) Reassign(ctx context.Context, actor account.Actor, ref string, to account.Person) error {
	if actor.Role != account.CustomerService || to.Role != account.CustomerService || to.Suspended {
		return ErrForbidden
	}
	b, err := s.store.Booking(ctx, actor.Scope(), ref)
	if err != nil {
		return err
	}
	cases, err := s.store.Cases(ctx, b.ID)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return ErrNotFound
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		for _, c := range cases {
			if err := tx.TakeCase(ctx, c.CaseID, to.ID); err != nil && !errors.Is(err, ErrNotFound) { // it was resolved meanwhile
				return err
			}
		}
		return nil
	})
}

// Proposed returns what somebody found out about a final state, which waits for
// a second person; ErrNotFound when nothing does.
func (s *Service) Proposed(ctx context.Context, b Booking) (Note, error) {
	return s.store.Proposal(ctx, b.ID)
}

// AddNote keeps a text about a booking; it is never sent to the supplier.
func (s *Service) AddNote(ctx context.Context, actor account.Actor, ref, text string) error {
	var bad invalid.Error
	text = typed.Lines(&bad, "text", text)
	needText(&bad, "text", text, "problem.note.text")
	if err := bad.OrNil(); err != nil {
		return err
	}
	b, err := s.store.Booking(ctx, actor.Scope(), ref)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		return tx.AddNote(ctx, &Note{BookingID: b.ID, Kind: "note", Evidence: Evidence{Text: text}, ActorID: actor.UserID})
	})
}

// Notes returns what people wrote about a booking, oldest first.
func (s *Service) Notes(ctx context.Context, b Booking) ([]Note, error) {
	return s.store.Notes(ctx, b.ID)
}

// findings says which event a finding is in a state, and whether it reverses a
// final state, which takes two people.
var findings = map[State]map[Finding]Event{
	CreateUnknown: {FoundAsOrdered: UnfitHeld, FoundPaid: UnfitPaid, FoundVoid: UnfitVoid}, // see eventOf
	PayUnknown:    {FoundPaid: LatePaid, FoundNotPaid: PayDisproved},
	CancelUnknown: {FoundCancelled: LateCancelled, FoundNotCancelled: CancelDisprove},
	Confirmed:     {FoundCancelled: ReverseCancel},
	Cancelled:     {FoundNotCancelled: ReversePaid},
	Expired:       {FoundPaid: ReversePaid},
	Dropped:       {FoundPaid: ReversePaid},
	Refused:       {FoundPaid: ReversePaid},
}

// reverses reports that an event takes two people.
func reverses(e Event) bool {
	return e == ReversePaid || e == ReverseCancel || e == UnfitPaid || e == ProvePaid || e == TakeOver
}

// eventOf is the event that a finding is. An unknown create that was not answered
// settles itself.
func eventOf(b Booking, f Finding) (Event, bool) {
	if b.IDReissued && slices.Contains([]Finding{FoundPaid, FoundAsOrdered, FoundNotCancelled}, f) {
		return "", false // its id names another booking now: whoever pays or cancels by it would hit that one
	}
	if event, ok := afterRestore[b.State][f]; ok && b.Uncompared && !b.Astray() {
		return event, true
	}
	if f == FoundInsured {
		return Insurance, b.State == Confirmed && b.TakenOver && !b.Insured
	}
	if b.State == CreateUnknown && !b.Astray() {
		return "", false
	}
	event, ok := findings[b.State][f]
	return event, ok
}

// Findings lists what may be found out about a booking in its state now, in
// the order of the constants, and from when a negative finding counts.
func Findings(b Booking) (allowed []Finding, negativeFrom time.Time) {
	for _, f := range []Finding{FoundPaid, FoundNotPaid, FoundCancelled, FoundNotCancelled, FoundAsOrdered, FoundVoid, FoundAsItStands, FoundInsured} {
		if _, ok := eventOf(b, f); ok {
			allowed = append(allowed, f)
		}
	}
	return allowed, b.Fence
}

// Resolve settles what nobody knew, on evidence. To reverse a final state, a
// second person has to say the same: the first one's call only proposes it and
// returns ErrSecondPerson, with the proposal kept.
//
// ErrChanged: the page showed another version. ErrTransition: the finding does
// not fit the state, or is negative and comes before the fence, or another
// booking of the sale is payable, paid or being reserved. ErrProposed: somebody
// has found something else, which waits for a second person.
func (s *Service) Resolve(ctx context.Context, actor account.Actor, req ResolveRequest) (Booking, error) {
	if actor.Role != account.CustomerService {
		return Booking{}, ErrForbidden
	}
	if err := req.Evidence.check(); err != nil {
		return Booking{}, err
	}
	var b Booking
	proposed := false
	err := s.inTurn(ctx, req.Ref, func(tx Tx) error {
		var err error
		if b, err = tx.LockBooking(ctx, actor.Scope(), req.Ref); err != nil {
			return err
		}
		if err := s.ours(b); err != nil {
			return err
		}
		if b.Version != req.Version {
			return ErrChanged
		}
		f, err := requestInfo(ctx, tx, b)
		if err != nil {
			return err
		}
		event, ok := eventOf(b, req.Finding)
		if !ok {
			return answerCase(ctx, tx, &b, f, settlement{actor: actor, found: Found{Finding: req.Finding, Source: FromPerson, Evidence: req.Evidence}})
		}
		if takesSecond(event) && f.Taken { // nor is it proposed
			return ErrTransition
		}
		found := settlement{event: event, actor: actor, found: Found{Finding: req.Finding, Source: FromPerson, Evidence: req.Evidence}}
		if reverses(event) {
			if proposed, err = propose(ctx, tx, b, &f, &found); err != nil || proposed {
				return err
			}
		}
		if !reverses(event) {
			if err := nothingProposed(ctx, tx, b); err != nil {
				return err
			}
		}
		if event == AsItStands || event == Insurance {
			return noteFound(ctx, tx, &b, f, found)
		}
		return settle(ctx, tx, &b, f, found)
	})
	if err == nil && proposed {
		err = ErrSecondPerson
	}
	return b, err
}

func (e *Evidence) check() error {
	var bad invalid.Error
	e.Person, e.Text = typed.Line(&bad, "person", e.Person), typed.Lines(&bad, "text", e.Text)
	e.Reference, e.SupplierID = typed.Line(&bad, "reference", e.Reference), typed.Line(&bad, "reference", e.SupplierID)
	if !slices.Contains(Channels(), e.Channel) {
		bad.Add("channel", "problem.evidence.channel")
	}
	if e.Person == "" || utf8.RuneCountInString(e.Person) > bound.Reference {
		bad.Add("person", "problem.evidence.person")
	}
	needText(&bad, "text", e.Text, "problem.evidence.text")
	if len(e.Reference) > bound.Reference || len(e.SupplierID) > bound.Reference {
		bad.Add("reference", "problem.evidence.reference")
	}
	return bad.OrNil()
}

// needText asks for a text that says something, and not too much.
func needText(bad *invalid.Error, field, text, problem string) {
	if text == "" || utf8.RuneCountInString(text) > bound.Note {
		bad.Add(field, problem)
	}
}
