package locale

import (
	"strconv"
	"strings"
	"time"
)

// Spaces that a line never breaks at: before € and units, and the narrow one
// between thousands.
const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
)

// Number writes an integer with separators: 1 234 (U+202F) or 1,234.
func (l Lang) Number(n int64) string {
	separator := l.entry().Thousands
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Tenths writes a number of tenths: 125 is "12,5" or "12.5".
func (l Lang) Tenths(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return sign + l.Number(int64(n/10)) + l.entry().Decimal + strconv.Itoa(n%10)
}

// Days says a number of days: "8 jours", "1 day".
func (l Lang) Days(n int) string { return l.T("format.days", "Count", n) }

// Minutes says a number of minutes: "1 minute", "52 minutes".
func (l Lang) Minutes(n int) string { return l.T("format.minutes", "Count", n) }

// Date writes a date as lists and messages show it: "sam. 4 juillet 2026",
// "Sat 4 July 2026". Fields are read in t's own location.
func (l Lang) Date(t time.Time) string { return l.date(t, "format.weekday_short.") }

// DateLong writes a date in full: "samedi 4 juillet 2026", "Saturday 4 July 2026".
func (l Lang) DateLong(t time.Time) string { return l.date(t, "format.weekday.") }

func (l Lang) date(t time.Time, weekdays string) string {
	return l.T(weekdays+strconv.Itoa(int(t.Weekday()))) + " " + l.dayAndMonth(t) + " " + strconv.Itoa(t.Year())
}

// DayMonth writes a date to be read aloud: "samedi 4 juillet", "Saturday 4 July".
func (l Lang) DayMonth(t time.Time) string {
	return l.T("format.weekday."+strconv.Itoa(int(t.Weekday()))) + " " + l.dayAndMonth(t)
}

// dayAndMonth is "4 juillet", "1er mars", "1 March".
func (l Lang) dayAndMonth(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = l.T("format.first_day")
	}
	return day + " " + l.T("format.month."+strconv.Itoa(int(t.Month())))
}

// DateShort writes 04/07/2026, day first in both languages.
func (l Lang) DateShort(t time.Time) string { return t.Format("02/01/2006") }

// Time writes 06:05, as screens show it.
func (l Lang) Time(t time.Time) string { return t.Format("15:04") }

// TimeSpoken writes a time as it is read aloud: "6 h 05" (with U+00A0) or
// "6:05", and "22 h" or "22:00" on the hour.
func (l Lang) TimeSpoken(t time.Time) string {
	if t.Minute() == 0 {
		return l.T("format.time.hour", "Hour", t.Hour())
	}
	return l.T("format.time", "Hour", t.Hour(), "Minute", t.Format("04"))
}

// DateTime writes "sam. 4 juillet 2026, 06:05".
func (l Lang) DateTime(t time.Time) string { return l.Date(t) + ", " + l.Time(t) }

// ZoneName says whose time it is: "heure de Paris", "Paris time". A timezone
// that is not in the catalogue is called after its IANA name.
func (l Lang) ZoneName(tz string) string {
	if key := "zone.name." + tz; Has(l, key) {
		return l.T(key)
	}
	return l.T("zone.name.other", "City", cityOf(tz))
}

// ZoneCity names a timezone's city: "Lisbonne", "Lisbon".
func (l Lang) ZoneCity(tz string) string {
	if key := "zone.city." + tz; Has(l, key) {
		return l.T(key)
	}
	return cityOf(tz)
}

// cityOf makes "Port of Spain" of "America/Port_of_Spain".
func cityOf(tz string) string {
	return strings.ReplaceAll(tz[strings.LastIndex(tz, "/")+1:], "_", " ")
}
