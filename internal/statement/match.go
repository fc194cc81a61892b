package statement

import (
	"cmp"
	"crypto/sha256"
	"regexp"
	"slices"
	"strconv"
	"time"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/locale"
)

const (
	plateWindow     = 24 * time.Hour
	maxAlternatives = 20
)

// Why a line has its class that names no booking, or cannot be read.
const (
	reasonDate  = "date"   // not readable
	reasonNoKey = "no_key" // neither the supplier's id nor a plate
	reasonPlate = "plate"  // found by the car
	reasonPrice = "price"  // the car is right, the price is not
)

// Line is a line of a statement and what it came to.
type Line struct {
	booking.Line

	Cells      []string // as in the file; none once they are forgotten
	BookingID  int64    // 0 for none
	Candidates []int64

	// What stands here today; only when read for a page.
	Ref   string
	State booking.State
	Here  booking.Money
	Refs  []string // of the candidates
}

func paid(c booking.Candidate) bool {
	return c.State == booking.Confirmed || c.State == booking.Cancelling || c.State == booking.CancelUnknown
}

// plateIn is the plate of a cell; empty for what is none.
func plateIn(cell string) string {
	return contact.ReadPlate(&invalid.Error{}, "plate", cell).Key
}

// parse reads the cells; what cannot be read makes the line unreadable.
func (l *Line) parse(c Columns) {
	l.SupplierID, l.SupplierRef = c.cell(l.Cells, "supplier_id"), c.cell(l.Cells, "supplier_ref")
	l.Plate = plateIn(c.cell(l.Cells, "plate"))
	l.Class, l.Reason, l.BookingID, l.Candidates = "", "", 0, nil
	l.From, l.To, l.Date, l.Amount = time.Time{}, time.Time{}, time.Time{}, booking.Money{}
	l.Document, l.Status = onePlainSpace(c.cell(l.Cells, "document")), onePlainSpace(c.cell(l.Cells, "status"))
	if c.has("status") && l.Status == "" {
		l.Status = noStatus
	}
	refuse := func(reason string) {
		if l.Class == "" {
			l.Class, l.Reason = booking.LineUnreadable, reason
		}
	}
	cents, currency, err := locale.ParseAmount(c.cell(l.Cells, "amount"))
	given, ok := currencyCell(onePlainSpace(c.cell(l.Cells, "currency")))
	day, unknownDay := parseDay(c.cell(l.Cells, "date"))
	switch {
	case err != nil:
		refuse(booking.ReasonAmount)
	case unknownDay != nil:
		refuse(reasonDate)
	case !ok || c.has("currency") && given == "" && currency == "" || currency != "" && given != "" && currency != given:
		refuse(booking.ReasonCurrency)
	default:
		l.Amount, l.Date = booking.Money{Cents: cents, Currency: cmp.Or(given, currency, "EUR")}, day
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
func (l *Line) isNamed() bool { return l.SupplierID != "" || l.SupplierRef != "" }

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// currencyCell reads the cell of a currency; empty for an empty one.
func currencyCell(text string) (string, bool) {
	switch text {
	case "":
		return "", true
	case "€":
		return "EUR", true
	}
	return text, currencyCode.MatchString(text)
}

// directory finds the bookings that a batch of lines may mean.
type directory struct {
	byID         map[string]booking.Candidate
	byRef, byCar map[string][]booking.Candidate
}

func newDirectory(list []booking.Candidate) directory {
	d := directory{map[string]booking.Candidate{}, map[string][]booking.Candidate{}, map[string][]booking.Candidate{}}
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
func (d directory) named(l *Line) (booking.Candidate, bool) {
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
	case l.Class != booking.LineUnreadable:
		l.hesitate(booking.LineAmbiguous, booking.ReasonReference, refs)
	}
	return booking.Candidate{}, false
}

// byPlate looks for the same car at the same time at the same price. A line
// with an identifier that is not known here can only mean a booking whose own
// was never learnt.
func (d directory) byPlate(l *Line) {
	if l.Class == booking.LineUnreadable {
		return
	}
	var near []booking.Candidate
	for _, c := range d.byCar[l.Plate] {
		if l.inWindow(c) && (!l.isNamed() || c.SupplierID == "") {
			near = append(near, c)
		}
	}
	same := slices.DeleteFunc(slices.Clone(near), func(c booking.Candidate) bool { return c.Due != l.Amount })
	switch {
	case len(same) > 0:
		l.choose(nearest(*l, same))
	case len(near) == 1 && paid(near[0]):
		l.Class, l.Reason, l.BookingID = booking.LineAmount, reasonPlate, near[0].ID
	case len(near) > 0:
		l.hesitate(booking.LineNotFound, reasonPrice, near)
	default:
		l.Class = booking.LineNotFound
	}
}

// choose takes the one booking that is plainly meant: the one that is paid here,
// else the one of which nobody knows, else the only one.
func (l *Line) choose(same []booking.Candidate) {
	for _, better := range []func(booking.Candidate) bool{paid, func(c booking.Candidate) bool { return c.State == booking.PayUnknown }} {
		if some := slices.DeleteFunc(slices.Clone(same), func(c booking.Candidate) bool { return !better(c) }); len(some) > 0 {
			same = some
			break
		}
	}
	if len(same) > 1 {
		l.hesitate(booking.LineAmbiguous, reasonPlate, same)
		return
	}
	l.decide(same[0])
}

func (l *Line) inWindow(c booking.Candidate) bool {
	return !l.From.IsZero() && apart(l.From, c.From) <= plateWindow && (l.To.IsZero() || apart(l.To, c.To) <= plateWindow)
}

// nearest leaves those whose drop-off is as near as any other's.
func nearest(l Line, list []booking.Candidate) []booking.Candidate {
	least := slices.MinFunc(list, func(a, b booking.Candidate) int { return int(apart(l.From, a.From) - apart(l.From, b.From)) })
	return slices.DeleteFunc(list, func(c booking.Candidate) bool { return apart(l.From, c.From) > apart(l.From, least.From) })
}

// apart is how far a line's moment is from a booking's: in days when the line
// gives no time.
func apart(given, there time.Time) time.Duration {
	if given.Equal(given.Truncate(24 * time.Hour)) {
		there = there.Truncate(24 * time.Hour)
	}
	return given.Sub(there).Abs()
}

func (l *Line) hesitate(c booking.LineClass, reason string, among []booking.Candidate) {
	l.Class, l.Reason, l.BookingID, l.Candidates = c, reason, 0, nil
	for _, a := range among[:min(len(among), maxAlternatives)] {
		l.Candidates = append(l.Candidates, a.ID)
	}
}

// decide compares the line with the booking of its car, at the same price.
func (l *Line) decide(c booking.Candidate) {
	l.BookingID, l.Reason = c.ID, reasonPlate
	unpaid := (c.State == booking.Held || c.State == booking.CreateUnknown) && l.SaysUnpaid()
	switch {
	case paid(c):
		l.Class = booking.LineAgrees
	case unpaid, c.State.InFlight(): // an open call's answer comes first
		l.Class = booking.LineUnpaid
	default: // it would be billed for nothing, or is paid and nobody here knows
		l.Class = booking.LineByPlate
	}
}

// repeats finds lines that bill the same twice, over all batches of a file. It keeps
// half of a SHA-256 of each name, since there are many.
type repeats map[[16]byte]struct{}

// mark calls a line a duplicate when one before it names the same booking.
func (r repeats) mark(l *Line) {
	if l.Class == booking.LineUnreadable {
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
		repeated = r.seen("booking "+strconv.FormatInt(l.BookingID, 10)) || repeated
	}
	if repeated {
		l.Class, l.Reason, l.Candidates = booking.LineDuplicate, "", nil
	}
}

func (r repeats) seen(key string) bool {
	sum := sha256.Sum256([]byte(key))
	mark := [16]byte(sum[:16])
	_, before := r[mark]
	r[mark] = struct{}{}
	return before && key != ""
}
