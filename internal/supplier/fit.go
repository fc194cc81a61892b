package supplier

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"guichet/internal/booking"
)

// wanted is what the fields of an answer must agree with.
type wanted struct {
	id    string       // the supplier's, of a pay or cancel
	stay  booking.Stay // of a quote or create
	plate string       // of a create
}

// check is one field of an answer and whether it agrees with what was asked. It
// is put to fields that are there only; one of another kind does not fit.
type check struct {
	field string
	fits  func(o object, field string, a wanted) bool
}

// The tables of the fields that must fit, one per call. Whatever else an answer
// carries is not held against what was asked. Services, a higher total and another
// currency are no misfits: they wait for the agent's word.
var (
	stayFits = []check{
		{"zone_id", zoneFits},
		{"start_at", momentFits(func(s booking.Stay) time.Time { return s.From })},
		{"end_at", momentFits(func(s booking.Stay) time.Time { return s.To })},
	}
	// An error in the body of a good status contradicts it.
	noError = []check{{"error_code", never}, {"status_code", never}}

	quoteFits   = slices.Concat(stayFits, noError)
	createdFits = slices.Concat(stayFits, noError, []check{
		{"status", saysStatus(statusPending)},
		{"car", carFits},
		{"plate_number", plateFits},
		{"price", priceFits},
		{"currency", currencyFits},
		{"services", servicesFit},
	})
	paidFits      = slices.Concat([]check{{"id", idFits}, {"status", saysStatus(statusPaid)}}, noError)
	cancelledFits = slices.Concat([]check{{"id", idFits}, {"status", saysStatus(statusCancelled)}}, noError)
)

// misfits names the fields of an answer that do not agree with what was asked.
func misfits(checks []check, o object, a wanted) []string {
	var names []string
	for _, c := range checks {
		if o.has(c.field) && !c.fits(o, c.field, a) {
			names = append(names, c.field)
		}
	}
	return names
}

func never(object, string, wanted) bool { return false }

func idFits(o object, field string, a wanted) bool {
	id, ok := o.id(field)
	return ok && id == a.id
}

func zoneFits(o object, field string, a wanted) bool {
	id, ok := o.id(field)
	return ok && id == a.stay.ZoneID
}

func saysStatus(status string) func(object, string, wanted) bool {
	return func(o object, field string, _ wanted) bool {
		got, ok := o.text(field)
		return ok && got == status
	}
}

func carFits(o object, field string, a wanted) bool {
	var car object
	if json.Unmarshal(o[field], &car) != nil {
		return false
	}
	return !car.has("plate_number") || plateFits(car, "plate_number", a)
}

// plateFits compares letters and digits.
func plateFits(o object, field string, a wanted) bool {
	got, ok := o.text(field)
	return ok && bare(got) == bare(a.plate)
}

func bare(plate string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, plate))
}

// priceFits takes no price of nothing: that is what is written where there is
// none, and the supplier would still send its bill. The currency is a field of
// its own.
func priceFits(o object, field string, _ wanted) bool {
	if !o.has("currency") || !currencyFits(o, "currency", wanted{}) {
		return true // nobody can read the amount
	}
	total, err := o.money(field)
	return err == nil && total.Cents > 0
}

func currencyFits(o object, field string, _ wanted) bool {
	code, ok := o.text(field)
	return ok && knownCurrency(code)
}

func servicesFit(o object, field string, _ wanted) bool {
	_, ok := o.texts(field)
	return ok
}

// momentFits compares an end of the stay to the minute: as an instant, whatever
// its offset, or without an offset as the zone's clocks show it.
func momentFits(end func(booking.Stay) time.Time) func(object, string, wanted) bool {
	return func(o object, field string, a wanted) bool {
		text, ok := o.text(field)
		if !ok {
			return false
		}
		want := end(a.stay)
		got, ok := readMoment(text)
		if !ok {
			if got, ok = readTime(text, wallTimeForms); !ok {
				return false
			}
			loc, err := time.LoadLocation(a.stay.Timezone)
			if err != nil {
				return false
			}
			want = wallOf(want.In(loc))
		}
		return got.Sub(want).Abs() < time.Minute
	}
}

// wallOf is what a clock shows, as a time in UTC.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// The forms of ISO 8601 that are read; seconds may have a fraction.
var (
	momentForms   = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700"}
	wallTimeForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04"}
)

// readMoment reads a time with its offset.
func readMoment(text string) (time.Time, bool) { return readTime(text, momentForms) }

func readTime(text string, forms []string) (time.Time, bool) {
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	for _, form := range forms {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
