package main

import (
	"github.com/anishathalye/porcupine"

	"guichet/internal/booking"
)

// step is one thing that somebody did to a booking, or saw of it.
type step struct {
	kind    string        // start, look, claim, end, refuse, drop, expire, lease
	op      int           // number of the action that a claim begins and an end ends
	cancel  bool          // a claim or an end of a cancellation; else of a payment
	maybe   bool          // the process died: it may have happened, or not
	state   booking.State // what was seen
	version int           // what was seen, or on what the action relied
	why     error         // of a refusal
}

// believed is a booking as the model has it.
type believed struct {
	state   booking.State
	version int
	owner   int    // action whose answer is awaited
	claimed uint64 // actions that have claimed it, as bits
	done    bool   // an earlier cancellation was obeyed while a later one is in flight
}

// to is the booking after one event.
func (b believed) to(state booking.State) believed {
	b.state = state
	b.version++
	return b
}

// model says what one booking may do. Its guards are those of the table of
// transitions; what a process that died left behind is left open.
var model = func() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{believed{}} },
		Step: func(state, input, _ any) []any {
			var next []any
			for _, b := range after(state.(believed), input.(step)) { //nolint:errcheck // nothing else is in it
				next = append(next, b)
			}
			return next
		},
	}
	return m.ToModel()
}()

// after lists what a booking may be after a step; nothing means that the step
// cannot have happened then.
func after(b believed, s step) []believed {
	var next []believed
	if s.maybe {
		next = append(next, b)
	}
	switch s.kind {
	case "start":
		return []believed{{state: s.state, version: s.version}}
	case "look":
		if b.state == s.state && b.version == s.version {
			return []believed{b}
		}
		return nil
	case "claim":
		return append(next, claimed(b, s)...)
	case "end":
		return append(next, ended(b, s)...)
	case "refuse":
		return refused(b, s)
	case "drop":
		if b.state == booking.Held && b.version == s.version {
			return append(next, b.to(booking.Dropped))
		}
	case "expire":
		next = append(next, b)
		if b.state == booking.Held || b.state == booking.PayUnknown {
			next = append(next, b.to(booking.Expired))
		}
	case "lease":
		next = append(next, b)
		if lost, ok := map[booking.State]booking.State{booking.Paying: booking.PayUnknown, booking.Cancelling: booking.CancelUnknown}[b.state]; ok {
			next = append(next, b.to(lost))
		}
		if b.state == booking.Cancelling && b.done {
			next = append(next, b.to(booking.Cancelled))
		}
	}
	return next
}

func claimed(b believed, s step) []believed {
	if b.version != s.version {
		return nil
	}
	busy := booking.Paying
	fits := b.state == booking.Held
	if s.cancel {
		busy, fits = booking.Cancelling, b.state == booking.Confirmed || b.state == booking.CancelUnknown
	}
	if !fits {
		return nil
	}
	b = b.to(busy)
	b.owner, b.claimed = s.op, b.claimed|1<<s.op
	return []believed{b}
}

// ended is what an answer makes of a booking: of one that awaits it, of one
// whose outcome was called unknown meanwhile, or of one that is over.
func ended(b believed, s step) []believed {
	if b.claimed&(1<<s.op) == 0 {
		return nil
	}
	busy, lost, good, bad := booking.Paying, booking.PayUnknown, booking.Confirmed, booking.Held
	if s.cancel {
		busy, lost, good, bad = booking.Cancelling, booking.CancelUnknown, booking.Cancelled, booking.Confirmed
	}
	switch {
	case b.state == busy && b.owner == s.op:
		return []believed{b.to(good), b.to(bad), b.to(lost)}
	case b.state == lost:
		return []believed{b.to(good), b.to(b.state), b}
	}
	next := []believed{b, b.to(b.state)}
	if s.cancel && b.state == busy { // a late answer to an earlier one: it may have been a good one
		for _, late := range next {
			late.done = true
			next = append(next, late)
		}
	}
	return next
}

// refused is an action that was not obeyed, for the reason that was given.
func refused(b believed, s step) []believed {
	changed := b.version != s.version
	switch s.why {
	case booking.ErrChanged: //nolint:errorlint // why is one of five
		if !changed {
			return nil
		}
	case booking.ErrTooLate:
		if changed || b.state != booking.Held {
			return nil
		}
	case booking.ErrTransition:
		if changed {
			return nil
		}
	}
	return []believed{b}
}
