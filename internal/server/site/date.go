package site

import (
	"errors"
	"time"

	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/walltime"
)

// ReadWhen reads one end of a stay. A return may count from the drop-off.
func ReadWhen(bad *invalid.Error, leg, date, clock string, today time.Time, from *time.Time) time.Time {
	if from != nil && from.IsZero() {
		from = nil
	}
	if from != nil {
		day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
		from = &day
	}
	d, err := locale.ParseDate(date, today, from)
	var other *locale.WeekdayError
	switch {
	case errors.As(err, &other):
		bad.Add(leg+"_date", "problem.date.weekday", "PlainDate", other.Date, "Weekday", other.Date)
	case err != nil:
		bad.Add(leg+"_date", "problem."+leg+"_date."+parseErrorKey(err))
	}
	h, m, nextDay, terr := locale.ParseTime(clock)
	if terr != nil {
		bad.Add(leg+"_time", "problem."+leg+"_time."+parseErrorKey(terr))
	}
	if err != nil || terr != nil {
		return time.Time{}
	}
	if nextDay {
		d = d.AddDate(0, 0, 1)
	}
	return time.Date(d.Year(), d.Month(), d.Day(), h, m, 0, 0, time.UTC)
}

// CivilToday is the day that a calendar shows in a timezone, as midnight UTC.
func CivilToday(now time.Time, loc *time.Location) time.Time {
	n := now.In(loc)
	return time.Date(n.Year(), n.Month(), n.Day(), 0, 0, 0, 0, time.UTC)
}

// parseErrorKey names the ways in which a date or a time cannot be read.
func parseErrorKey(err error) string {
	switch {
	case errors.Is(err, locale.ErrEmpty):
		return "empty"
	case errors.Is(err, locale.ErrUnreal):
		return "unreal"
	default:
		return "unreadable"
	}
}

// overlapProblem is the one problem that a form answers with a question.
const overlapProblem = "problem.time.overlap"

// AsksFold reports that a field is to ask which of two moments is meant.
func AsksFold(bad *invalid.Error, field string) bool {
	return bad.Fields[field].Key == overlapProblem
}

// FoldOf reads the answer to that question.
func FoldOf(text string) walltime.Fold {
	switch text {
	case "before":
		return walltime.FoldBefore
	case "after":
		return walltime.FoldAfter
	default:
		return walltime.FoldNone
	}
}

// AmbiguousZone is the problem of a code that several zones have.
const AmbiguousZone = "problem.zone.ambiguous"
