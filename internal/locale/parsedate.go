package locale

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// What can be wrong with a typed date or time.
var (
	ErrEmpty      = errors.New("locale: nothing was typed")
	ErrUnreadable = errors.New("locale: not readable")
	ErrUnreal     = errors.New("locale: no such date")
)

// WeekdayError is a date that was written with another weekday than it has.
type WeekdayError struct{ Date time.Time }

func (e *WeekdayError) Error() string { return "locale: another weekday: " + e.Date.Weekday().String() }

// Is makes errors.Is(err, ErrUnreal) hold: there is no such date.
func (e *WeekdayError) Is(target error) bool { return target == ErrUnreal }

// longest is the most characters that are looked at; no date has more.
const longest = 40

// ParseDate reads a date as agents type it, in all languages at once, the day
// always before the month: "4/7", "04072026", "4 juil", "jul 4",
// "2026-07-04", "sam", "samedi prochain", "auj", "dem", "après-demain", "+7", "2s".
// Case, accents and dots do not matter.
// from is the drop-off date when the return date is read, else nil. "+7" and
// "2s" count from it, else from today. A date without a year is the next one
// on or after it (or today), and so is a day without a month. A weekday alone is the
// next one after it (or today); beside a full date it must agree with it.
// The result is midnight UTC of that date. ErrEmpty: nothing was typed;
// ErrUnreadable: no date; ErrUnreal: it reads as a date that does not exist;
// *WeekdayError, which is ErrUnreal: it has another weekday.
func ParseDate(text string, today time.Time, from *time.Time) (time.Time, error) {
	text = plain(text)
	if text == "" {
		return time.Time{}, ErrEmpty
	}
	base := civil(today)
	if from != nil {
		base = civil(*from)
	}
	if n, ok := relative(text); ok {
		return base.AddDate(0, 0, n), nil
	}
	switch word := bareWord(text); {
	case typed.today[word]:
		return civil(today), nil
	case typed.tomorrow[word]:
		return civil(today).AddDate(0, 0, 1), nil
	case typed.afterTomorrow[word]:
		return civil(today).AddDate(0, 0, 2), nil
	}
	return absolute(text, base)
}

// ParseDay reads the day of a list or of a report, as ParseDate does. A day without
// a year is the first one on or after from. Years are 2000 to 2100: what is outside
// was mistyped, and is ErrUnreal.
func ParseDay(text string, today, from time.Time) (time.Time, error) {
	day, err := ParseDate(text, today, &from)
	if err == nil && (day.Year() < 2000 || day.Year() > 2100) {
		return time.Time{}, ErrUnreal
	}
	return day, err
}

// ParsePastDay is ParseDay for what has happened: a day without a year is the last
// one, not the next.
func ParsePastDay(text string, today time.Time) (time.Time, error) {
	return ParseDay(text, today, today.AddDate(-1, 0, 1))
}

// plain lower-cases a text, takes away its accents and makes one plain space
// of every run of spaces. A text longer than any date becomes unreadable.
func plain(text string) string {
	if utf8.RuneCountInString(text) > longest || !utf8.ValidString(text) {
		return "?"
	}
	strip := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), runes.Remove(runes.In(unicode.Cf)))
	bare, _, err := transform.String(strip, text)
	if err != nil {
		return "?"
	}
	bare = strings.ReplaceAll(strings.ToLower(bare), "’", "'")
	return strings.Join(strings.Fields(bare), " ")
}

var offset = regexp.MustCompile(`^(\+?) ?(\d{1,3}) ?(\p{L}*)$`)

// relative reads "+7" (days), "+7j", "dans 7 jours", "2s" and "2w" (weeks) as days.
func relative(text string) (int, bool) {
	if word, rest, _ := strings.Cut(text, " "); typed.ahead[word] {
		text = "+" + rest
	}
	m := offset.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[2]) // three digits at most
	switch {
	case typed.weeks[m[3]]:
		return 7 * n, true
	case m[1] == "+" && (m[3] == "" || typed.days[m[3]]):
		return n, true
	}
	return 0, false
}

// piece is a run of digits or of letters.
type piece struct {
	text   string
	number bool
}

var pieces = regexp.MustCompile(`\d+|\p{L}+`)

// cut takes a text to pieces; ok is false when something but separators
// stands between them.
func cut(text string) (out []piece, ok bool) {
	if strings.Trim(pieces.ReplaceAllString(text, ""), " /.-,") != "" {
		return nil, false
	}
	for _, word := range pieces.FindAllString(text, -1) {
		p := piece{text: word, number: word[0] >= '0' && word[0] <= '9'}
		afterNumber := len(out) > 0 && out[len(out)-1].number
		if typed.filler[word] || afterNumber && typed.ordinal[word] {
			continue
		}
		out = append(out, p)
	}
	return out, len(out) > 0
}

func absolute(text string, base time.Time) (time.Time, error) {
	found, ok := cut(text)
	if !ok {
		return time.Time{}, ErrUnreadable
	}
	if len(found) == 1 && found[0].number && len(found[0].text) <= 2 {
		return nextDay(found[0], base)
	}
	if len(found) == 1 && !found[0].number {
		if day, ok := weekday(found[0].text); ok {
			return base.AddDate(0, 0, 1+(int(day-base.Weekday())+6)%7), nil
		}
		return time.Time{}, ErrUnreadable
	}
	wanted := time.Weekday(-1)
	if day, ok := leadingWeekday(found); ok {
		wanted, found = day, found[1:]
	}
	date, err := dayMonthYear(found, base)
	if err == nil && wanted >= 0 && date.Weekday() != wanted {
		return time.Time{}, &WeekdayError{date}
	}
	return date, err
}

// leadingWeekday reads the "sam" of "sam 4/7". "mar" is Tuesday and March at
// once: in "mar 4" and "mar 4 2026" it is the month.
func leadingWeekday(found []piece) (time.Weekday, bool) {
	last := found[len(found)-1]
	switch {
	case found[0].number || len(found) < 2:
		return 0, false
	case len(found) == 2 && (!last.number || len(last.text) <= 2):
		return 0, false
	case len(found) == 3 && len(last.text) == 4 && last.number && found[1].number:
		return 0, false
	}
	return weekday(found[0].text)
}

// dayMonthYear finds out which piece is what.
func dayMonthYear(found []piece, base time.Time) (time.Time, error) {
	if len(found) == 1 {
		found = split(found[0].text)
	}
	if len(found) < 2 || len(found) > 3 {
		return time.Time{}, ErrUnreadable
	}
	day, month := found[0], found[1]
	year := piece{}
	switch {
	case len(found) == 3 && day.number && len(day.text) == 4:
		year, day = found[0], found[2] // 2026-07-04
	case len(found) == 3:
		year = found[2]
	}
	if !day.number {
		day, month = month, day // jul 4
	}
	m := monthOf(month)
	d, ok := small(day)
	if m < 0 || !ok {
		return time.Time{}, ErrUnreadable
	}
	if year == (piece{}) {
		return next(d, m, base)
	}
	return inYear(d, m, year)
}

// split reads digits without separators: 0407, 040726, 04072026.
func split(digits string) []piece {
	var out []piece
	switch len(digits) {
	case 4, 6, 8:
		out = []piece{{digits[:2], true}, {digits[2:4], true}}
		if len(digits) > 4 {
			out = append(out, piece{digits[4:], true})
		}
	}
	return out
}

func small(p piece) (int, bool) {
	n, err := strconv.Atoi(p.text)
	return n, err == nil && p.number && len(p.text) <= 2
}

// monthOf is the month's number, which may be an impossible one, or -1.
func monthOf(p piece) int {
	if n, ok := small(p); ok {
		return n
	}
	if p.number {
		return -1
	}
	found := map[int]bool{}
	for i, names := range typed.months {
		for _, name := range names {
			if len(p.text) >= 3 && strings.HasPrefix(name, p.text) {
				found[i+1] = true
			}
		}
	}
	return only(found, -1)
}

func weekday(word string) (time.Weekday, bool) {
	found := map[int]bool{}
	for i, names := range typed.weekdays {
		for _, name := range names {
			if len(word) >= 3 && strings.HasPrefix(name, word) {
				found[i] = true
			}
		}
	}
	day := only(found, -1)
	return time.Weekday(day), day >= 0
}

// only returns the one member of a set, or otherwise when there is none or a
// choice ("jui" is juin and juillet).
func only(set map[int]bool, otherwise int) int {
	if len(set) != 1 {
		return otherwise
	}
	for n := range set {
		return n
	}
	return otherwise
}

// next is the first such date on or after base. 29 February may be up to eight
// years away.
func next(day, month int, base time.Time) (time.Time, error) {
	for year := base.Year(); year <= base.Year()+8; year++ {
		date, err := realDate(day, month, year)
		if err == nil && !date.Before(base) {
			return date, nil
		}
	}
	return time.Time{}, ErrUnreal
}

// nextDay is the first such day of a month on or after base.
func nextDay(p piece, base time.Time) (time.Time, error) {
	day, ok := small(p)
	if !ok {
		return time.Time{}, ErrUnreadable
	}
	for month := range 3 { // of three months in a row, one has 31 days
		first := time.Date(base.Year(), base.Month()+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		date, err := realDate(day, int(first.Month()), first.Year())
		if err == nil && !date.Before(base) {
			return date, nil
		}
	}
	return time.Time{}, ErrUnreal
}

func inYear(day, month int, year piece) (time.Time, error) {
	n, err := strconv.Atoi(year.text)
	if err != nil || !year.number || len(year.text) != 2 && len(year.text) != 4 {
		return time.Time{}, ErrUnreadable
	}
	if len(year.text) == 2 {
		n += 2000
	}
	return realDate(day, month, n)
}

func realDate(day, month, year int) (time.Time, error) {
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day || int(date.Month()) != month || year < 1000 {
		return time.Time{}, ErrUnreal
	}
	return date, nil
}

func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
