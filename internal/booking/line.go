package booking

import (
	"slices"
	"time"

	"guichet/internal/contact"
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

// Why a line has its class, where that is not plain; whoever reads lines has
// reasons of its own for those that name no booking.
const (
	ReasonAmount    = "amount"    // not readable, or not this one
	ReasonCurrency  = "currency"  // not readable, or not this one
	ReasonReference = "reference" // found by the supplier's reference

	reasonWhen    = "when"    // before the booking was created, or ahead
	reasonOther   = "other"   // another car, or another stay, than those of the booking
	reasonCredit  = "credit"  // credited, or credited and not billed
	reasonPart    = "part"    // credited in part
	reasonStatus  = "status"  // the word for it says otherwise, or nobody understands it
	reasonOverlap = "overlap" // no document, and periods that overlap: twice, or the same?
	reasonRefused = "refused" // it proves what cannot be here
	reasonUnread  = "unread"  // another statement that names it is not read yet
)

// Line is a line of a supplier's statement, as far as it is evidence.
type Line struct {
	Number      int
	SupplierID  string
	SupplierRef string
	Amount      Money     // negative when credited; without a currency when it cannot be read
	Document    string    // its number
	Date        time.Time // of the line, at midnight UTC; zero when not given
	Status      string    // the supplier's word; empty when the file has none
	Plate       string    // as bookings keep it; empty when not given
	From, To    time.Time // wall fields in UTC; zero when not given
	Class       LineClass // empty before it is compared
	Reason      string
	ActedAt     time.Time // when it confirmed a booking or opened a case
}

// ProofLine is a line as evidence about the booking that it names, with the
// statement in which it stands.
type ProofLine struct {
	Line

	StatementID int64
	Statement   string // its handle
	File        string
	First, Last time.Time // the days of its period
	About       About
}

// About says what of a booking lies in a statement's period.
type About string

// What a period may be about.
const (
	AboutPayments About = "payments"
	AboutDropOffs About = "dropoffs"
	AboutReturns  About = "returns"
)

// mayMean reports that a line may be about a booking, by its date: something may
// have been paid or credited for it on that day, by the clocks of some place. A
// line without a date is of a day of its statement's period, or of a stay in it.
func (l ProofLine) mayMean(c Candidate, now time.Time) bool {
	const oneDay = 24 * time.Hour
	first, last := c.Created, now
	from, to := l.Date, l.Date
	if l.Date.IsZero() {
		from, to = l.First, l.Last
		switch l.About {
		case AboutDropOffs:
			first, last = c.From, c.From
		case AboutReturns:
			first, last = c.To, c.To
		}
	}
	return from.IsZero() || !to.Before(first.Truncate(oneDay).Add(-oneDay)) && !from.After(last.Add(oneDay))
}

// contradicts reports that a line names a booking and tells of another car or of a
// stay on other days. A day more or less is the clock of another place.
func (l Line) contradicts(c Candidate) bool {
	apart := func(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.Sub(b).Abs() > 36*time.Hour }
	return l.Plate != "" && c.Plate != "" && l.Plate != c.Plate || apart(l.From, c.From) || apart(l.To, c.To)
}

// SaysUnpaid reports that a line's own word is that its booking is not paid.
func (l Line) SaysUnpaid() bool {
	s := lineStatusOf(l.Status)
	return s == saysUnpaid || s == saysCancelled
}

func (l ProofLine) same(other ProofLine) bool {
	return l.StatementID == other.StatementID && l.Number == other.Number
}

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

// Candidate is the booking as lines are compared with it.
func (b Booking) Candidate() Candidate {
	c := Candidate{
		ID: b.ID, State: b.State, SupplierID: b.SupplierID, SupplierRef: b.SupplierRef, Plate: b.Car.Plate,
		From: b.Stay.FromWall, To: b.Stay.ToWall, Due: b.Due(), Uncompared: b.Uncompared,
	}
	if !b.TakenOver {
		c.Created = b.CreatedAt
	}
	return c
}

// lineStatus is what the word of a line says about its booking.
type lineStatus int

const (
	saysNothing lineStatus = iota // the file has no column for it
	saysPaid
	saysCancelled
	saysUnpaid
	saysUnclear // a word that is in no table, or none where there should be one
)

// statusWords are the words that suppliers use, without accents and signs.
var statusWords = map[lineStatus][]string{
	saysPaid: {
		"paid", "paye", "payee", "payes", "payees", "confirmed", "confirme", "confirmee", "billed", "invoiced", "facture", "facturee",
		"settled", "regle", "reglee", "completed", "complete", "termine", "terminee", "charged", "encaisse", "encaissee",
	},
	saysCancelled: {
		"cancelled", "canceled", "cancellation", "annule", "annulee", "annulation", "credit", "credited", "credite", "creditee",
		"creditnote", "avoir", "refund", "refunded", "rembourse", "remboursee", "remboursement",
	},
	saysUnpaid: {
		"unpaid", "notpaid", "impaye", "impayee", "nonpaye", "nonpayee", "pending", "enattente", "void", "voided", "expired", "expire",
		"expiree", "expirednotpaid", "failed", "echoue", "echouee", "refused", "declined", "refuse", "refusee", "rejected", "rejete", "rejetee",
	},
}

// lineStatusOf reads a status, the whole of its cell. The mark of a file without
// such a column is empty.
func lineStatusOf(status string) lineStatus {
	if status == "" {
		return saysNothing
	}
	bare := contact.Bare(status)
	for s, words := range statusWords {
		if slices.Contains(words, bare) {
			return s
		}
	}
	return saysUnclear
}

// UnnamedLine is a line of a statement that bills what is not known here and does
// not say the supplier's id: nothing can be taken over by it before a person has
// learned the id.
type UnnamedLine struct {
	Statement   string // its handle
	Line        int
	SupplierRef string
	Plate       string
	From, To    time.Time // wall fields in UTC; zero when the line does not say
	Amount      Money
}

// isOther reports that a line is not about a booking that is known here. The booking
// has not the line's reference, else the line would have named it.
func (l UnnamedLine) isOther(c Candidate) bool {
	if l.Plate != "" && c.Plate != "" {
		return l.Plate != c.Plate
	}
	return c.SupplierRef != ""
}
