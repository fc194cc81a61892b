package booking

import (
	"cmp"
	"time"
)

// LineClass is what a line of a statement came to.
type LineClass string

// The classes. NotBilled is none of a line: bookings that no line names.
const (
	LineAgrees       LineClass = "agree"
	LineAmount       LineClass = "amount_differs"
	LineExpired      LineClass = "billed_expired"   // expired, dropped or refused here
	LineCancelled    LineClass = "billed_cancelled" // cancelled here
	LineUnpaid       LineClass = "billed_unpaid"    // not paid here yet
	LineProved       LineClass = "proved"           // it ended an unknown payment or cancellation
	LineUnproved     LineClass = "unproved"         // it has the id, and does not prove what it should
	LineCredited     LineClass = "credited"         // billed and credited: nothing is left
	LineCreditedPart LineClass = "credited_part"
	LineCreditedPaid LineClass = "credited_paid" // and paid here
	LineByPlate      LineClass = "by_plate"      // found without the supplier's id, for a person to decide
	LineAmbiguous    LineClass = "ambiguous"
	LineNotFound     LineClass = "not_found"
	LineUnreadable   LineClass = "unreadable"
	LineDuplicate    LineClass = "duplicate"
	NotBilled        LineClass = "not_billed" // paid here, and in no line
)

// LineClasses lists the classes in the order of the page: what must be looked
// at comes first.
func LineClasses() []LineClass {
	return []LineClass{
		LineUnproved, LineCreditedPaid, LineExpired, LineCancelled, LineCreditedPart, LineByPlate, LineProved, LineAmount, LineUnpaid,
		LineAmbiguous, LineNotFound, LineDuplicate, LineUnreadable, NotBilled, LineCredited, LineAgrees,
	}
}

// Why a line has its class, where that is not plain.
const (
	reasonAmount    = "amount"    // not readable, or not this one
	reasonCurrency  = "currency"  // not readable, or not this one
	reasonDate      = "date"      // not readable
	reasonWhen      = "when"      // before the booking was created, or ahead
	reasonCredit    = "credit"    // credited, or credited and not billed
	reasonPart      = "part"      // credited in part
	reasonStatus    = "status"    // the word for it says otherwise, or nobody understands it
	reasonOverlap   = "overlap"   // no document, and periods that overlap: twice, or the same?
	reasonRefused   = "refused"   // it proves what cannot be here
	reasonUnread    = "unread"    // another statement that names it is not read yet
	reasonNoKey     = "no_key"    // neither the supplier's id nor a plate
	reasonPlate     = "plate"     // found by the car
	reasonReference = "reference" // found by the supplier's reference
	reasonPrice     = "price"     // the car is right, the price is not
)

// Candidate is what of a booking decides whether a line is about it.
type Candidate struct {
	ID          int64
	State       State
	SupplierID  string
	SupplierRef string
	Plate       string
	From, To    time.Time // wall fields in UTC
	Due         Money
	Uncompared  bool
	Created     time.Time // zero for one that was taken over: nobody knows
}

// apply gives lines the class that they have together. One that cannot be read
// stays so, and one that repeats another of its file is a duplicate.
func (v Proof) apply(lines []ProofLine) {
	type place struct {
		statement int64
		key       lineKey
	}
	seen := map[place]bool{}
	for i := range lines {
		l := &lines[i]
		if l.Amount.Currency == "" {
			l.Class, l.Reason = LineUnreadable, cmp.Or(l.Reason, reasonAmount)
			continue
		}
		l.Class, l.Reason = v.Class, v.Reason
		if l.Reason == "" && l.SupplierID == "" && v.Class != LineAmount {
			l.Reason = reasonReference
		}
		at := place{l.StatementID, l.key()}
		if seen[at] {
			l.Class, l.Reason = LineDuplicate, ""
		}
		seen[at] = true
	}
}
