package booking

import (
	"cmp"
	"slices"
	"time"
)

// Why a case was opened by the supplier's lines about a booking.
const (
	CaseStatementBilled = "statement_billed" // billed, and over here
	CaseStatementPlate  = "statement_plate"  // found by the car or by a reference: is it paid?
	CaseLinesUnproved   = "lines_unproved"   // lines with its id that do not prove what they should
	CaseCredited        = "credited"         // credited, and paid here
	CaseCreditAlone     = "credit_alone"     // credited and not billed, and rightly cancelled here
)

// evidenceCases are those whose question is what the lines of the booking's id
// say together. Later lines may answer them.
func evidenceCases() []string {
	return []string{CaseStatementBilled, CaseLinesUnproved, CaseCredited, CaseCreditAlone}
}

// Proof is what the supplier's lines say about one booking.
type Proof struct {
	Finding Finding   // FoundPaid or FoundCancelled is proved; empty: nothing is
	At      time.Time // the date of the line that proves it; zero when it has none
	Class   LineClass // of the lines, as they are listed
	Reason  string    // why they prove nothing, or how they differ
	Case    string    // the code of the case that they are; empty for none
}

// Prove says what all lines that name a booking prove about it: those of its
// supplier id, and those of its reference where a line has no id. Their net
// counts, whatever the file and the order; a line that is missing proves nothing.
//
//	paid       the net is what is due, in its currency, without any credit, with
//	           words that fit where the file has a column for them
//	cancelled  only when nobody knows: billed before, and the net is exactly 0
//
// Lines that are equal in document, date and amount are one when they stand in
// different files. Within one file they are two: whoever bills twice and whoever
// repeats a row write the same, and that is not for us to choose. Without a
// document, lines of statements whose periods overlap prove nothing. Nor does a
// line that is dated before the booking was created, or after now, give or take a
// day for the clocks of a place; one without a date is of its statement's period.
// What the supplier's reference or the car finds never proves.
func Prove(c Candidate, lines []ProofLine, now time.Time) Proof {
	n := sumUp(c, lines, now)
	switch c.State {
	case PayUnknown:
		return n.aboutPayment()
	case Held, CreateUnknown:
		if c.Uncompared { // it may have been paid since
			return n.aboutPayment()
		}
		return n.aboutUnpaid(c.State)
	case CancelUnknown:
		return n.aboutCancellation()
	case Confirmed, Cancelling:
		return n.aboutPaid(c.State)
	case Cancelled:
		return n.aboutCancelled()
	case Expired, Dropped, Refused:
		return n.aboutOver()
	default:
		return n.aboutUnpaid(c.State)
	}
}

// Classify gives lines the class that they have together. One that cannot be read
// stays so, and one that repeats another of its file is a duplicate.
func (v Proof) Classify(lines []ProofLine) {
	type place struct {
		statement int64
		key       lineKey
	}
	seen := map[place]bool{}
	for i := range lines {
		l := &lines[i]
		if l.Amount.Currency == "" {
			l.Class, l.Reason = LineUnreadable, cmp.Or(l.Reason, ReasonAmount)
			continue
		}
		l.Class, l.Reason = v.Class, v.Reason
		if l.Reason == "" && l.SupplierID == "" && v.Class != LineAmount {
			l.Reason = ReasonReference
		}
		at := place{l.StatementID, l.key()}
		if seen[at] {
			l.Class, l.Reason = LineDuplicate, ""
		}
		seen[at] = true
	}
}

// net is what lines come to together.
type net struct {
	due     Money
	cents   int64 // of distinct lines
	single  int64 // the same, with every repetition left out
	every   int64 // the same, with lines without a document that are equal in several files counted each
	charges int
	credits int

	unreadable string // the reason of a line that cannot be read
	foreign    bool   // a currency other than the one that is due
	overlap    bool   // lines without a document in statements whose periods overlap
	byRef      bool   // a line names the booking by its reference
	misdated   bool   // a line is dated when it cannot be about the booking
	other      bool   // a line tells of another car or stay
	words      map[lineStatus]bool
	date       time.Time // of the latest charge
	credited   time.Time // of the latest credit
}

// lineKey tells lines apart.
type lineKey struct {
	document string
	date     time.Time
	amount   Money
}

func (l Line) key() lineKey { return lineKey{l.Document, l.Date, l.Amount} }

func sumUp(c Candidate, lines []ProofLine, now time.Time) net {
	n := net{due: c.Due, words: map[lineStatus]bool{}}
	files := map[lineKey]map[int64]int{}
	for _, l := range lines {
		n.byRef = n.byRef || l.SupplierID == ""
		if l.Amount.Currency == "" {
			n.unreadable = cmp.Or(l.Reason, ReasonAmount)
			continue
		}
		n.misdated = n.misdated || !l.mayMean(c, now)
		n.other = n.other || l.contradicts(c)
		k := l.key()
		if files[k] == nil {
			files[k] = map[int64]int{}
		}
		files[k][l.StatementID]++
		if s := lineStatusOf(l.Status); k.amount.Cents >= 0 || s == saysUnpaid || s == saysUnclear { // a credit that is pending, or unclear
			n.words[s] = true
		}
	}
	for k, in := range files {
		n.add(k, in)
	}
	n.overlap = overlap(lines)
	return n
}

// add counts equal lines, given how often each file has them.
func (n *net) add(k lineKey, in map[int64]int) {
	most, all := 0, 0
	for _, times := range in {
		most, all = max(most, times), all+times
	}
	if k.document != "" {
		all = most
	}
	cents := k.amount.Cents
	n.cents, n.single, n.every = n.cents+int64(most)*cents, n.single+cents, n.every+int64(all)*cents
	n.foreign = n.foreign || k.amount.Currency != n.due.Currency
	switch {
	case cents > 0:
		n.charges += most
		n.date = latestOf(n.date, k.date)
	case cents < 0:
		n.credits += most
		n.credited = latestOf(n.credited, k.date)
	}
}

// overlap reports lines without a document in different statements of which the
// periods have a day in common.
func overlap(lines []ProofLine) bool {
	var seen []ProofLine
	for _, l := range lines {
		if l.Document != "" || slices.ContainsFunc(seen, func(s ProofLine) bool { return s.StatementID == l.StatementID }) {
			continue
		}
		if slices.ContainsFunc(seen, func(s ProofLine) bool { return !s.First.After(l.Last) && !l.First.After(s.Last) }) {
			return true
		}
		seen = append(seen, l)
	}
	return false
}

// doubt is the first reason why the lines do not prove a payment; empty when
// they do.
func (n net) doubt() string {
	switch {
	case n.unreadable != "":
		return n.unreadable
	case n.foreign:
		return ReasonCurrency
	case n.credits > 0:
		return reasonCredit
	case n.words[saysUnpaid], n.words[saysCancelled], n.words[saysUnclear]:
		return reasonStatus
	case n.misdated:
		return reasonWhen
	case n.other:
		return reasonOther
	case n.overlap:
		return reasonOverlap
	case n.charges == 0, n.cents != n.due.Cents:
		return ReasonAmount
	}
	return ""
}

// aboutPayment: nobody knows whether it is paid.
func (n net) aboutPayment() Proof {
	switch doubt := n.doubt(); {
	case doubt != "":
		return Proof{Class: LineUnproved, Reason: doubt, Case: CaseLinesUnproved}
	case n.byRef:
		return Proof{Class: LineByPlate, Reason: ReasonReference, Case: CaseStatementPlate}
	}
	return Proof{Finding: FoundPaid, At: n.date, Class: LineProved}
}

// aboutCancellation: it was paid, and nobody knows whether it is cancelled. That
// it was billed once says nothing about it.
func (n net) aboutCancellation() Proof {
	unproved := func(reason string) Proof {
		return Proof{Class: LineUnproved, Reason: reason, Case: CaseLinesUnproved}
	}
	switch {
	case n.unreadable != "":
		return unproved(n.unreadable)
	case n.credits == 0:
		return n.aboutPaid(CancelUnknown)
	case n.foreign:
		return unproved(ReasonCurrency)
	case n.words[saysUnpaid], n.words[saysUnclear]:
		return unproved(reasonStatus)
	case n.misdated:
		return unproved(reasonWhen)
	case n.other:
		return unproved(reasonOther)
	case n.overlap, n.every != n.cents:
		return unproved(reasonOverlap)
	case n.charges == 0, n.cents != 0:
		return unproved(reasonCredit)
	case n.byRef:
		return unproved(ReasonReference)
	}
	return Proof{Finding: FoundCancelled, At: n.credited, Class: LineProved}
}

// aboutPaid: it is paid here. That the amount differs is a matter of accounts; a
// credit, or the word that it is not paid, contradicts what stands here.
func (n net) aboutPaid(s State) Proof {
	v := Proof{Class: LineAgrees}
	switch {
	case n.credits > 0:
		v = Proof{Class: LineCreditedPaid, Case: CaseCredited}
		if n.cents != 0 {
			v.Reason = reasonPart
		}
	case n.words[saysUnpaid], n.words[saysCancelled]:
		v = Proof{Class: LineUnproved, Reason: reasonStatus, Case: CaseLinesUnproved}
	case n.foreign:
		v = Proof{Class: LineAmount, Reason: ReasonCurrency}
	case n.charges+n.zeros() > 0 && n.single != n.due.Cents:
		v = Proof{Class: LineAmount}
	case n.words[saysUnclear]:
		v.Reason = reasonStatus
	}
	if s.InFlight() {
		v.Case = "" // its answer comes first
	}
	return v
}

// zeros is 1 when a line bills nothing at all.
func (n net) zeros() int {
	if n.charges == 0 && n.credits == 0 && n.unreadable == "" {
		return 1
	}
	return 0
}

// aboutCancelled: it is cancelled here. Charged and not credited there is money
// that is owed to somebody.
func (n net) aboutCancelled() Proof {
	switch {
	case n.settled():
		return Proof{Class: LineCredited}
	case n.charges == 0 && n.credits == 0:
		return Proof{Class: LineAgrees}
	case n.charges == 0 && n.unreadable == "": // whoever credits does not say that it is paid
		return Proof{Class: LineUnproved, Reason: n.why(), Case: CaseCreditAlone}
	case n.doubtful():
		return Proof{Class: LineUnproved, Reason: n.why(), Case: CaseLinesUnproved}
	case n.credits > 0:
		return Proof{Class: LineCreditedPart, Reason: reasonPart, Case: CaseStatementBilled}
	}
	return Proof{Class: LineCancelled, Case: CaseStatementBilled}
}

// aboutOver: it expired, was dropped or refused here. Lines that bill it say
// otherwise, unless their own word is that it is not paid.
func (n net) aboutOver() Proof {
	switch {
	case n.settled():
		return Proof{Class: LineCredited}
	case n.charges == 0 && n.credits == 0, n.credits == 0 && n.unpaid():
		return Proof{Class: LineAgrees}
	case n.charges == 0 || n.cents < 0 || n.credits > 0 && n.doubtful():
		return Proof{Class: LineUnproved, Reason: n.why(), Case: CaseLinesUnproved}
	case n.credits > 0:
		return Proof{Class: LineCreditedPart, Reason: reasonPart, Case: CaseStatementBilled}
	}
	v := Proof{Class: LineExpired, Case: CaseStatementBilled}
	if n.foreign {
		v.Reason = ReasonCurrency
	}
	return v
}

// aboutUnpaid: it waits for its payment here, or for the answer to one.
func (n net) aboutUnpaid(s State) Proof {
	v := Proof{Class: LineUnpaid, Case: CaseLinesUnproved}
	if n.charges == 0 && n.credits == 0 || n.credits == 0 && n.unpaid() || s.InFlight() {
		v.Case = ""
	}
	if v.Case != "" {
		v.Reason = n.doubt()
	}
	return v
}

// settled reports that everything that was billed is credited, however equal
// lines of several files are counted.
func (n net) settled() bool {
	return n.charges > 0 && n.credits > 0 && n.cents == 0 && n.every == 0 && !n.doubtfulWords()
}

// unpaid reports that each line says itself that it is not paid.
func (n net) unpaid() bool {
	return (n.words[saysUnpaid] || n.words[saysCancelled]) && !n.words[saysPaid] && !n.words[saysNothing] && !n.words[saysUnclear]
}

func (n net) doubtfulWords() bool {
	return n.unreadable != "" || n.foreign || n.credits > 0 && (n.words[saysUnpaid] || n.words[saysUnclear])
}

// doubtful reports that the net may be another one.
func (n net) doubtful() bool {
	return n.doubtfulWords() || n.charges == 0 || n.cents < 0 || n.credits > 0 && n.every != n.cents
}

func (n net) why() string {
	switch {
	case n.unreadable != "":
		return n.unreadable
	case n.foreign:
		return ReasonCurrency
	case n.words[saysUnpaid], n.words[saysUnclear]:
		return reasonStatus
	case n.charges > 0 && n.cents >= 0:
		return reasonOverlap
	}
	return reasonCredit
}
