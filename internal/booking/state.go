package booking

import "slices"

// State is where a booking stands. Three operations (create, pay, cancel) have
// an in-flight and an unknown state each; Held and Confirmed rest; five are final.
type State string

// The thirteen states, and New: the state of what is not yet a booking.
const (
	New           State = ""
	Creating      State = "creating"
	CreateUnknown State = "create_unknown"
	Held          State = "held"
	Paying        State = "paying"
	PayUnknown    State = "pay_unknown"
	Confirmed     State = "confirmed"
	Cancelling    State = "cancelling"
	CancelUnknown State = "cancel_unknown"
	Refused       State = "refused"
	Expired       State = "expired"
	Dropped       State = "dropped"
	Cancelled     State = "cancelled"
	Voided        State = "voided"
)

// States lists all states of a booking in the order of its life.
func States() []State {
	return []State{
		Creating, CreateUnknown, Held, Paying, PayUnknown, Confirmed, Cancelling,
		CancelUnknown, Refused, Expired, Dropped, Cancelled, Voided,
	}
}

// InFlight reports whether a call to the supplier is open in this state.
func (s State) InFlight() bool { return s == Creating || s == Paying || s == Cancelling }

// Unknown reports whether nobody knows what the supplier did.
func (s State) Unknown() bool {
	return s == CreateUnknown || s == PayUnknown || s == CancelUnknown
}

// Final reports whether nothing but a person with evidence leaves the state.
func (s State) Final() bool {
	switch s {
	case Refused, Expired, Dropped, Cancelled, Voided:
		return true
	default:
		return false
	}
}

// Payable reports whether the booking can be paid, or is: of a sale there is at
// most one.
func (s State) Payable() bool {
	switch s {
	case Held, Paying, PayUnknown, Confirmed, Cancelling, CancelUnknown:
		return true
	default:
		return false
	}
}

// Live reports whether the booking holds, or may hold, a place at the supplier.
func (s State) Live() bool { return s != New && !s.Final() }

// The groups of states have their one owner here; SQL gets them as arguments.

// FinalStates are those that nothing but a person with evidence leaves.
func FinalStates() []State { return those(State.Final) }

// LiveStates are those of a booking that holds, or may hold, a place at the supplier.
func LiveStates() []State { return those(State.Live) }

// PayableStates are those of a booking that can be paid, or is.
func PayableStates() []State { return those(State.Payable) }

// UnknownStates are those in which nobody knows what the supplier did.
func UnknownStates() []State { return those(State.Unknown) }

// ClockStates are those that the clock ends: few bookings are in them at any time.
func ClockStates() []State {
	return []State{Creating, CreateUnknown, Held, Paying, PayUnknown, Cancelling}
}

// HoldingStates are those of a booking that holds a place unpaid, or may.
func HoldingStates() []State { return []State{Creating, CreateUnknown, Held} }

func those(is func(State) bool) []State {
	return slices.DeleteFunc(States(), func(s State) bool { return !is(s) })
}

// CreatedStates are those of a booking that exists, or existed, at the supplier.
func CreatedStates() []State { return append(WaitingStates(), SettledStates()...) }

// WaitingStates are held, and payment in flight or unknown.
func WaitingStates() []State { return []State{Held, Paying, PayUnknown} }

// SettledStates are those of a booking that was paid, or never will be.
func SettledStates() []State { return append(PaidStates(), Expired, Dropped, Voided) }

// PaidStates are those of a booking that was paid at some time.
func PaidStates() []State { return append(ActiveStates(), Cancelled) }

// ActiveStates are those of a booking that is paid and not cancelled.
func ActiveStates() []State { return []State{Confirmed, Cancelling, CancelUnknown} }

// Event is something that happened to a booking. Its name is stored.
type Event string

// Events that may move a booking from one state to another.
const (
	Submit         Event = "submit"          // the agent sends the check page
	CreateOK       Event = "create_ok"       // the supplier answered with an id
	CreateRefused  Event = "create_refused"  // refused, or nothing was sent
	CreateLost     Event = "create_lost"     // no usable answer, or the lease is over
	LateHeld       Event = "late_held"       // a good answer to an unknown create, still usable
	LateDropped    Event = "late_dropped"    // a good answer that comes too late to be used
	LateRefused    Event = "late_refused"    // a refusal of an unknown create
	CreateLapsed   Event = "create_lapsed"   // the fence passed: whatever was held is void
	Pay            Event = "pay"             // somebody says that the customer has paid
	PayOK          Event = "pay_ok"          // registered, or already was
	PayRefused     Event = "pay_refused"     // refused, or nothing was sent
	PayLost        Event = "pay_lost"        // no usable answer, or the lease is over
	LatePaid       Event = "late_paid"       // proof that an unknown payment took place
	PayDisproved   Event = "pay_disproved"   // proof that it did not, after the fence
	Expire         Event = "expire"          // the deadline passed
	Drop           Event = "drop"            // dropped by a person
	Cancel         Event = "cancel"          // somebody cancels, with a reason
	CancelOK       Event = "cancel_ok"       // cancelled, or already was
	CancelRefused  Event = "cancel_refused"  // refused, or nothing was sent
	CancelLost     Event = "cancel_lost"     // no usable answer, or the lease is over
	LateCancelled  Event = "late_cancelled"  // proof that an unknown cancellation took place
	CancelDisprove Event = "cancel_disprove" // proof that it did not, after the fence
	Void           Event = "void"            // a test environment was erased
	ReversePaid    Event = "reverse_paid"    // two people with evidence: it is paid
	ReverseCancel  Event = "reverse_cancel"  // two people with evidence: it is cancelled
	UnfitHeld      Event = "unfit_held"      // evidence: unpaid there, and as ordered after all
	UnfitPaid      Event = "unfit_paid"      // two people with evidence: paid there
	UnfitVoid      Event = "unfit_void"      // evidence: there is nothing there, after the fence
	TakeOver       Event = "take_over"       // two people: the supplier's booking, lost by a restore, is ours
	ProvePaid      Event = "prove_paid"      // evidence after a restore: it was paid
	ProveVoid      Event = "prove_void"      // evidence after a restore: it was not, after the fence
)

// Events that are recorded and leave the state as it is.
const (
	Accepted   Event = "accepted"    // the agent accepted what the supplier booked
	NextCall   Event = "next_call"   // a second call within one action
	LateNotice Event = "late_notice" // an answer came for a state that it cannot change
	CaseOpened Event = "case_opened"
	AsItStands Event = "as_it_stands" // evidence after a restore: it is at the supplier's as here
	Insurance  Event = "insurance"    // evidence that a booking that was taken over is insured

	CaseAnswered Event = "case_answered" // the supplier's word closed a case
)

// Events lists the events that may move a booking.
func Events() []Event {
	return []Event{
		Submit, CreateOK, CreateRefused, CreateLost, LateHeld, LateDropped, LateRefused, CreateLapsed,
		Pay, PayOK, PayRefused, PayLost, LatePaid, PayDisproved, Expire, Drop,
		Cancel, CancelOK, CancelRefused, CancelLost, LateCancelled, CancelDisprove,
		Void, ReversePaid, ReverseCancel, TakeOver, ProvePaid, ProveVoid, UnfitHeld, UnfitPaid, UnfitVoid,
	}
}
