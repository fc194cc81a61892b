package booking

import (
	"cmp"
	"slices"
	"time"

	"guichet/internal/contact"
)

const (
	plateWindow     = 24 * time.Hour
	maxAlternatives = 20
)

// StatementLine is a line of a statement and what it came to.
type StatementLine struct {
	Number      int
	Cells       []string // as in the file; none once they are forgotten
	SupplierID  string
	SupplierRef string
	Plate       string    // as bookings keep it
	From, To    time.Time // wall fields in UTC; zero when not given
	Amount      Money     // negative when credited; without a currency when it cannot be read
	Document    string    // its number
	Date        time.Time // of the line, at midnight UTC; zero when not given
	Status      string    // the supplier's word; empty when the file has none
	Class       LineClass // empty before it is compared
	Reason      string
	BookingID   int64 // 0 for none
	Candidates  []int64
	ActedAt     time.Time // when it confirmed a booking or opened a case

	// What stands here today; only when read for a page.
	Ref   string
	State State
	Here  Money
	Refs  []string // of the candidates
}

func (c Candidate) paid() bool {
	return c.State == Confirmed || c.State == Cancelling || c.State == CancelUnknown
}

// parse reads the cells; what cannot be read makes the line unreadable.
func (l *StatementLine) parse(c Columns) {
	l.SupplierID, l.SupplierRef = c.cell(l.Cells, "supplier_id"), c.cell(l.Cells, "supplier_ref")
	l.Plate, _, _ = contact.ParsePlate(c.cell(l.Cells, "plate"))
	l.Class, l.Reason, l.BookingID, l.Candidates = "", "", 0, nil
	l.From, l.To, l.Date, l.Amount = time.Time{}, time.Time{}, time.Time{}, Money{}
	l.Document, l.Status = onePlainSpace(c.cell(l.Cells, "document")), onePlainSpace(c.cell(l.Cells, "status"))
	if c.has("status") && l.Status == "" {
		l.Status = noStatus
	}
	refuse := func(reason string) {
		if l.Class == "" {
			l.Class, l.Reason = LineUnreadable, reason
		}
	}
	cents, currency, err := ParseCents(c.cell(l.Cells, "amount"))
	given, ok := currencyCell(onePlainSpace(c.cell(l.Cells, "currency")))
	day, unknownDay := parseDay(c.cell(l.Cells, "date"))
	switch {
	case err != nil:
		refuse(reasonAmount)
	case unknownDay != nil:
		refuse(reasonDate)
	case !ok || c.has("currency") && given == "" && currency == "" || currency != "" && given != "" && currency != given:
		refuse(reasonCurrency)
	default:
		l.Amount, l.Date = Money{Cents: cents, Currency: cmp.Or(given, currency, "EUR")}, day
	}
	for field, to := range map[string]*time.Time{"from": &l.From, "to": &l.To} {
		text := c.cell(l.Cells, field)
		if text == "" {
			continue
		}
		if *to, err = parseWall(text); err != nil && !l.isNamed() {
			refuse(reasonDate)
		}
	}
	if !l.isNamed() && (l.Plate == "" || l.From.IsZero()) {
		refuse(reasonNoKey)
	}
}

// noStatus stands for an empty cell of a column for the status.
const noStatus = "–"

// isNamed reports that the line says which booking it means.
func (l *StatementLine) isNamed() bool { return l.SupplierID != "" || l.SupplierRef != "" }

func currencyCell(text string) (string, bool) {
	switch text {
	case "":
		return "", true
	case "€":
		return "EUR", true
	}
	return text, code.MatchString(text)
}

// directory finds the bookings that a batch of lines may mean.
type directory struct {
	byID         map[string]Candidate
	byRef, byCar map[string][]Candidate
}

func newDirectory(list []Candidate) directory {
	d := directory{map[string]Candidate{}, map[string][]Candidate{}, map[string][]Candidate{}}
	for _, c := range list {
		if c.SupplierID != "" {
			d.byID[c.SupplierID] = c
		}
		if c.SupplierRef != "" {
			d.byRef[c.SupplierRef] = append(d.byRef[c.SupplierRef], c)
		}
		if c.Plate != "" {
			d.byCar[c.Plate] = append(d.byCar[c.Plate], c)
		}
	}
	return d
}

// named finds the booking that a line names by the supplier's id or reference:
// what becomes of the line is then for all lines of the booking together. False:
// the line has its class, as far as the car tells.
func (d directory) named(l *StatementLine) (Candidate, bool) {
	if c, ok := d.byID[l.SupplierID]; ok {
		l.BookingID = c.ID
		return c, true
	}
	refs := d.byRef[l.SupplierRef]
	switch {
	case l.SupplierID != "" || l.SupplierRef == "" || len(refs) == 0:
		d.byPlate(l)
	case len(refs) == 1:
		l.BookingID = refs[0].ID
		return refs[0], true
	case l.Class != LineUnreadable:
		l.hesitate(LineAmbiguous, reasonReference, refs)
	}
	return Candidate{}, false
}

// byPlate looks for the same car at the same time at the same price. A line
// with an identifier that is not known here can only mean a booking whose own
// was never learnt.
func (d directory) byPlate(l *StatementLine) {
	if l.Class == LineUnreadable {
		return
	}
	var near []Candidate
	for _, c := range d.byCar[l.Plate] {
		if l.inWindow(c) && (!l.isNamed() || c.SupplierID == "") {
			near = append(near, c)
		}
	}
	same := slices.DeleteFunc(slices.Clone(near), func(c Candidate) bool { return c.Due != l.Amount })
	switch {
	case len(same) > 0:
		l.choose(nearest(*l, same))
	case len(near) == 1 && near[0].paid():
		l.Class, l.Reason, l.BookingID = LineAmount, reasonPlate, near[0].ID
	case len(near) > 0:
		l.hesitate(LineNotFound, reasonPrice, near)
	default:
		l.Class = LineNotFound
	}
}

// choose takes the one booking that is plainly meant: the one that is paid here,
// else the one of which nobody knows, else the only one.
func (l *StatementLine) choose(same []Candidate) {
	for _, better := range []func(Candidate) bool{Candidate.paid, func(c Candidate) bool { return c.State == PayUnknown }} {
		if some := slices.DeleteFunc(slices.Clone(same), func(c Candidate) bool { return !better(c) }); len(some) > 0 {
			same = some
			break
		}
	}
	if len(same) > 1 {
		l.hesitate(LineAmbiguous, reasonPlate, same)
		return
	}
	l.decide(same[0])
}

func (l *StatementLine) inWindow(c Candidate) bool {
	return !l.From.IsZero() && apart(l.From, c.From) <= plateWindow && (l.To.IsZero() || apart(l.To, c.To) <= plateWindow)
}

// nearest leaves those whose drop-off is as near as any other's.
func nearest(l StatementLine, list []Candidate) []Candidate {
	least := slices.MinFunc(list, func(a, b Candidate) int { return int(apart(l.From, a.From) - apart(l.From, b.From)) })
	return slices.DeleteFunc(list, func(c Candidate) bool { return apart(l.From, c.From) > apart(l.From, least.From) })
}

// apart is how far a line's moment is from a booking's: in days when the line
// gives no time.
func apart(given, there time.Time) time.Duration {
	if given.Equal(given.Truncate(24 * time.Hour)) {
		there = there.Truncate(24 * time.Hour)
	}
	return given.Sub(there).Abs()
}

func (l *StatementLine) hesitate(c LineClass, reason string, among []Candidate) {
	l.Class, l.Reason, l.BookingID, l.Candidates = c, reason, 0, nil
	for _, a := range among[:min(len(among), maxAlternatives)] {
		l.Candidates = append(l.Candidates, a.ID)
	}
}

// decide compares the line with the booking of its car, at the same price.
func (l *StatementLine) decide(c Candidate) {
	l.BookingID, l.Reason = c.ID, reasonPlate
	switch {
	case c.paid():
		l.Class = LineAgrees
	case c.State == PayUnknown, c.State.Final():
		l.Class = LineByPlate
	default:
		l.Class = LineUnpaid
	}
}

// repeats finds lines that bill the same twice, over all batches of a file.
type repeats map[string]bool

// mark calls a line a duplicate when one before it names the same booking.
func (r repeats) mark(l *StatementLine) {
	if l.Class == LineUnreadable {
		return
	}
	key := ""
	switch {
	case l.SupplierID != "":
		key = "id " + l.SupplierID
	case l.SupplierRef != "":
		key = "reference " + l.SupplierRef
	}
	repeated := r.seen(key)
	if l.BookingID != 0 {
		repeated = r.seen("booking "+decimal(l.BookingID)) || repeated
	}
	if repeated {
		l.Class, l.Reason, l.Candidates = LineDuplicate, "", nil
	}
}

func (r repeats) seen(key string) bool {
	before := key != "" && r[key]
	r[key] = true
	return before
}
