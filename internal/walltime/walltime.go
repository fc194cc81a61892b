package walltime

import (
	"errors"
	"time"
)

// Fold answers which of two moments is meant when clocks go back and a wall
// time comes twice.
type Fold string

// The answers; FoldNone is none.
const (
	FoldNone   Fold = ""
	FoldBefore Fold = "before" // the first time, before the clocks change
	FoldAfter  Fold = "after"  // the second time, after it
)

// Errors of a wall time that is not one moment.
var (
	ErrGap     = errors.New("walltime: clocks go forward over this time")
	ErrOverlap = errors.New("walltime: clocks go back, this time comes twice")
)

// GapError is an ErrGap that knows the first wall minute that exists after it,
// as wall fields in UTC.
type GapError struct{ Next time.Time }

func (e *GapError) Error() string { return ErrGap.Error() }

// Is makes errors.Is(err, ErrGap) hold.
func (e *GapError) Is(target error) bool { return target == ErrGap }

// reach is more than clocks are ever away from UTC and leap at once, together.
const reach = 48 * time.Hour

// Resolve finds the moment at which the clocks of loc show the wall time, whose
// fields are read as UTC. choice matters only when there are two such moments.
// A *GapError (ErrGap) means that there is none, ErrOverlap that there are two
// and none was chosen.
//
// Nothing is assumed about the size or season of clock changes: every offset
// in force around that time is tried, and counts when the way back from the
// moment gives the wall time again.
func Resolve(wall time.Time, loc *time.Location, choice Fold) (time.Time, error) {
	wall = asWall(wall)
	var found []time.Time
	for _, off := range offsetsAround(wall, loc) {
		at := wall.Add(-off).In(loc)
		if asWall(at).Equal(wall) {
			found = append(found, at)
		}
	}
	switch {
	case len(found) == 0:
		return time.Time{}, &GapError{Next: afterGap(wall, loc)}
	case len(found) == 1:
		return found[0], nil
	}
	first, last := found[0], found[0]
	for _, at := range found {
		if at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	switch choice {
	case FoldBefore:
		return first, nil
	case FoldAfter:
		return last, nil
	default:
		return time.Time{}, ErrOverlap
	}
}

// FoldAt says which of two moments with the same wall time one is; FoldNone where
// there is no other.
func FoldAt(at time.Time, loc *time.Location) Fold {
	wall := asWall(at.In(loc))
	first, err := Resolve(wall, loc, FoldBefore)
	last, lastErr := Resolve(wall, loc, FoldAfter)
	switch {
	case err != nil || lastErr != nil || first.Equal(last):
		return FoldNone
	case at.Equal(first):
		return FoldBefore
	default:
		return FoldAfter
	}
}

// offsetsAround lists the different offsets from UTC that are in force around
// the wall time.
func offsetsAround(wall time.Time, loc *time.Location) []time.Duration {
	var out []time.Duration
	seen := map[time.Duration]bool{}
	for at := wall.Add(-reach).In(loc); ; {
		if off := offsetOf(at); !seen[off] {
			seen[off] = true
			out = append(out, off)
		}
		end := nextChange(at)
		if end.IsZero() || end.After(wall.Add(reach)) {
			return out
		}
		at = end
	}
}

// afterGap finds the change of clocks that leaps over the wall time and
// returns the wall time that it leaps to, rounded up to a minute.
func afterGap(wall time.Time, loc *time.Location) time.Time {
	next := wall
	for at := wall.Add(-reach).In(loc); ; {
		end := nextChange(at)
		if end.IsZero() || end.After(wall.Add(reach)) {
			return next
		}
		before, after := asWall(end.Add(-1)), asWall(end)
		if before.Before(wall) && after.After(wall) {
			next = after.Add(time.Minute - 1).Truncate(time.Minute)
		}
		at = end
	}
}

// nextChange is a moment after at, before which the offset does not change; zero
// when it never changes again. On the last day of leap years beyond the known
// changes (31 December 2040) the standard library names a moment that is past:
// then an hour is looked at at a time.
func nextChange(at time.Time) time.Time {
	_, end := at.ZoneBounds()
	if !end.IsZero() && !end.After(at) {
		return at.Add(time.Hour)
	}
	return end
}

func offsetOf(at time.Time) time.Duration {
	_, seconds := at.Zone()
	return time.Duration(seconds) * time.Second
}

// asWall keeps what the clocks show and forgets where.
func asWall(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
}

// Days counts the days that a stay is charged for: started blocks of 24 hours
// of wall time, so that a change of clocks neither adds nor saves one. An end
// that is not after the start counts as none.
func Days(start, end time.Time) int {
	length := asWall(end).Sub(asWall(start))
	if length <= 0 {
		return 0
	}
	return int((length + 24*time.Hour - 1) / (24 * time.Hour))
}
