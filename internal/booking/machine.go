package booking

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxCancels is how often the cancellation of one booking may be repeated
// while its outcome is unknown, the first one included.
const MaxCancels = 3

// Facts are what the guards of a transition look at. Times come from the
// database's clock.
type Facts struct {
	Now, PayBy, Deadline, Fence time.Time

	AttemptOpen   bool // another attempt of this booking is not over
	PayOpenEnded  bool // a pay attempt is unknown or went well
	CancelUnknown bool // an earlier cancel attempt is still unknown
	CancelDone    bool // the good answer to an earlier one came while this one was on its way
	Cancels       int  // cancel attempts so far
	Differs       bool // the supplier booked something that was not accepted
	Insured       bool
	Retried       bool // the sale was tried again with another booking
	Taken         bool // another booking of the sale is payable, paid or being reserved
	Doubtful      bool // it may be paid already, as the supplier says, or another booking of the sale may
	Unfit         bool // the supplier answered the create with something else than was ordered
	SecondPerson  bool // a second person of customer service agreed
	Uncompared    bool // it was not compared with the supplier since a restore
	Proven        bool // the supplier's lines prove that it is paid
	Environment   Environment
}

// transition is one arrow of the table; no is its number in README.md, which a
// test compares with this table.
type transition struct {
	no    int
	from  []State
	event Event
	to    State
	guard func(Facts) error
}

var transitions = []transition{
	{1, []State{New}, Submit, Creating, nil},
	{2, []State{Creating}, CreateOK, Held, nil},
	{3, []State{Creating}, CreateRefused, Refused, nil},
	{4, []State{Creating}, CreateLost, CreateUnknown, nil},
	{5, []State{CreateUnknown}, LateHeld, Held, lateHeld},
	{5, []State{CreateUnknown}, LateDropped, Dropped, asOrdered},
	{6, []State{CreateUnknown}, LateRefused, Refused, asOrdered},
	{6, []State{CreateUnknown}, CreateLapsed, Expired, createLapsed},
	{8, []State{Held}, Pay, Paying, payable},
	{9, []State{Paying}, PayOK, Confirmed, nil},
	{10, []State{Paying}, PayRefused, Held, nil},
	{11, []State{Paying}, PayLost, PayUnknown, nil},
	{12, []State{PayUnknown}, LatePaid, Confirmed, nil},
	{13, []State{PayUnknown}, PayDisproved, Expired, pastFence},
	{14, []State{Held}, Expire, Expired, lapsed},
	{15, []State{Held}, Drop, Dropped, noOpenAttempt},
	{16, []State{Confirmed}, Cancel, Cancelling, cancellable},
	{17, []State{Cancelling}, CancelOK, Cancelled, nil},
	{18, []State{Cancelling}, CancelRefused, Confirmed, nil}, // see Next: not while an earlier one is unknown
	{19, []State{Cancelling}, CancelLost, CancelUnknown, nil},
	{20, []State{CancelUnknown}, Cancel, Cancelling, repeatable},
	{20, []State{CancelUnknown}, LateCancelled, Cancelled, nil},
	{20, []State{CancelUnknown}, CancelDisprove, Confirmed, pastFence},
	{21, []State{Held, Paying, PayUnknown, Confirmed, Cancelling, CancelUnknown}, Void, Voided, erasable},
	{22, []State{Expired, Dropped, Refused, Cancelled}, ReversePaid, Confirmed, onlyOne},
	{22, []State{Confirmed}, ReverseCancel, Cancelled, secondPerson},
	{25, []State{New}, TakeOver, Confirmed, secondPerson},
	{26, []State{CreateUnknown}, UnfitHeld, Held, unfitHeld},
	{26, []State{CreateUnknown}, UnfitPaid, Confirmed, unfitPaid},
	{26, []State{CreateUnknown}, UnfitVoid, Expired, unfitVoid},
	{23, []State{Held, CreateUnknown}, ProvePaid, Confirmed, provenPaid},
	{24, []State{Held, CreateUnknown}, ProveVoid, Expired, provenVoid},
}

// Next returns the state that an event leads to. ErrTransition: the table has
// no such arrow. ErrTooLate, ErrNotAccepted, ErrNotInsured, ErrBusy: a guard
// of the arrow is not met. Nothing else may decide about a booking's state.
func Next(from State, event Event, f Facts) (State, error) {
	for _, t := range transitions {
		if t.event != event || !slices.Contains(t.from, from) {
			continue
		}
		if f.Uncompared && waits(event) {
			return from, fmt.Errorf("%s in state %q: %w", event, from, ErrUncompared)
		}
		if t.guard != nil {
			if err := t.guard(f); err != nil {
				return from, fmt.Errorf("%s in state %q (transition %d): %w", event, from, t.no, err)
			}
		}
		if (event == CancelRefused || event == CancelLost) && f.CancelDone {
			return Cancelled, nil
		}
		if event == CancelRefused && f.CancelUnknown {
			return CancelUnknown, nil
		}
		return t.to, nil
	}
	return from, fmt.Errorf("%s in state %q: %w", event, from, ErrTransition)
}

// Arrows lists every pair of states that some event connects, so that the
// database's table can be compared with this one.
func Arrows() [][2]State {
	var out [][2]State
	add := func(from, to State) {
		if pair := [2]State{from, to}; !slices.Contains(out, pair) {
			out = append(out, pair)
		}
	}
	for _, t := range transitions {
		for _, from := range t.from {
			add(from, t.to)
		}
	}
	add(Cancelling, CancelUnknown)
	add(Cancelling, Cancelled)
	return out
}

// asOrdered keeps a booking that the supplier answered with something else than
// was ordered for the person who finds out what it is.
func asOrdered(f Facts) error {
	if f.Unfit {
		return ErrTransition
	}
	return nil
}

func unfit(f Facts) error {
	if !f.Unfit {
		return ErrTransition
	}
	return nil
}

func createLapsed(f Facts) error { return errors.Join(asOrdered(f), pastFence(f)) }

func lateHeld(f Facts) error { return errors.Join(asOrdered(f), usableLate(f)) }

func unfitHeld(f Facts) error { return errors.Join(unfit(f), usableLate(f)) }

func unfitPaid(f Facts) error { return errors.Join(unfit(f), onlyOne(f)) }

func unfitVoid(f Facts) error { return errors.Join(unfit(f), pastFence(f)) }

func usableLate(f Facts) error {
	if f.Retried || f.Taken || !f.Now.Before(f.PayBy) {
		return ErrTooLate
	}
	return nil
}

func pastFence(f Facts) error {
	if f.Now.Before(f.Fence) {
		return ErrTransition
	}
	return nil
}

func payable(f Facts) error {
	switch {
	case f.AttemptOpen:
		return ErrBusy
	case !f.Now.Before(f.PayBy):
		return ErrTooLate
	case f.Differs:
		return ErrNotAccepted
	case f.Doubtful:
		return ErrTransition
	}
	return nil
}

func lapsed(f Facts) error {
	if f.AttemptOpen || f.Now.Before(f.Deadline) {
		return ErrTransition
	}
	return nil
}

func noOpenAttempt(f Facts) error {
	if f.AttemptOpen {
		return ErrBusy
	}
	return nil
}

func cancellable(f Facts) error {
	if !f.Insured {
		return ErrNotInsured
	}
	return noOpenAttempt(f)
}

func repeatable(f Facts) error {
	if f.Cancels >= MaxCancels {
		return ErrTransition
	}
	return cancellable(f)
}

func erasable(f Facts) error {
	if f.Environment == Production {
		return ErrTransition
	}
	return nil
}

func secondPerson(f Facts) error {
	if !f.SecondPerson {
		return ErrForbidden
	}
	return nil
}

// onlyOne keeps a sale from having two paid bookings, whoever says so.
func onlyOne(f Facts) error {
	if f.Taken {
		return ErrTransition
	}
	return secondPerson(f)
}
