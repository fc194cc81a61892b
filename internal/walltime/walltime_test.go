package walltime

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's copy

	"pgregory.net/rapid"
)

func wallTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, wall string
		fold       Fold
		want       string
	}{
		{"Europe/Paris", "2027-07-04 06:05", FoldNone, "2027-07-04T06:05:00+02:00"},
		{"Europe/Paris", "2027-12-04 06:05", FoldAfter, "2027-12-04T06:05:00+01:00"},
		{"Europe/Paris", "2027-03-28 01:59", FoldNone, "2027-03-28T01:59:00+01:00"},
		{"Europe/Paris", "2027-03-28 03:00", FoldNone, "2027-03-28T03:00:00+02:00"},
		{"Europe/Paris", "2027-10-31 01:59", FoldNone, "2027-10-31T01:59:00+02:00"},
		{"Europe/Paris", "2027-10-31 02:00", FoldBefore, "2027-10-31T02:00:00+02:00"},
		{"Europe/Paris", "2027-10-31 02:59", FoldAfter, "2027-10-31T02:59:00+01:00"},
		{"Europe/Paris", "2027-10-31 03:00", FoldNone, "2027-10-31T03:00:00+01:00"},
		{"Europe/Lisbon", "2027-07-04 06:05", FoldNone, "2027-07-04T06:05:00+01:00"},
		{"Europe/Lisbon", "2027-03-28 02:30", FoldNone, "2027-03-28T02:30:00+01:00"},
		{"Europe/Lisbon", "2027-10-31 01:30", FoldBefore, "2027-10-31T01:30:00+01:00"},
		{"Europe/Lisbon", "2027-10-31 01:30", FoldAfter, "2027-10-31T01:30:00Z"},
		{"Indian/Reunion", "2027-03-28 02:30", FoldNone, "2027-03-28T02:30:00+04:00"},
		{"Indian/Reunion", "2027-10-31 02:30", FoldNone, "2027-10-31T02:30:00+04:00"},
		{"America/Guadeloupe", "2027-03-28 23:30", FoldNone, "2027-03-28T23:30:00-04:00"},
		{"Australia/Lord_Howe", "2027-04-04 01:45", FoldBefore, "2027-04-04T01:45:00+11:00"},
		{"Australia/Lord_Howe", "2027-04-04 01:45", FoldAfter, "2027-04-04T01:45:00+10:30"},
		{"Pacific/Apia", "2011-12-31 00:00", FoldNone, "2011-12-31T00:00:00+14:00"},
		{"UTC", "2027-03-28 02:30", FoldNone, "2027-03-28T02:30:00Z"},
	} {
		got, err := Resolve(wallTime(t, c.wall), zoneOf(t, c.zone), c.fold)
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s %s %s = %s, %v; want %s", c.zone, c.wall, c.fold, got.Format(time.RFC3339), err, c.want)
		}
	}
}

func TestResolveGap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, wall, next string }{
		{"Europe/Paris", "2027-03-28 02:00", "2027-03-28 03:00"},
		{"Europe/Paris", "2027-03-28 02:59", "2027-03-28 03:00"},
		{"Europe/Lisbon", "2027-03-28 01:30", "2027-03-28 02:00"},
		{"Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-03 02:30"},
		{"Pacific/Apia", "2011-12-30 12:00", "2011-12-31 00:00"}, // a day that never was
	} {
		for _, fold := range []Fold{FoldNone, FoldBefore, FoldAfter} {
			_, err := Resolve(wallTime(t, c.wall), zoneOf(t, c.zone), fold)
			var gap *GapError
			if !errors.As(err, &gap) || !errors.Is(err, ErrGap) || !gap.Next.Equal(wallTime(t, c.next)) {
				t.Errorf("%s %s: %v, want a gap until %s", c.zone, c.wall, err, c.next)
			}
		}
	}
}

func TestResolveOverlap(t *testing.T) {
	t.Parallel()
	for zone, wall := range map[string]string{
		"Europe/Paris": "2027-10-31 02:00", "Europe/Brussels": "2027-10-31 02:59", "Europe/Zurich": "2027-10-31 02:30",
		"Europe/Lisbon": "2027-10-31 01:00", "Australia/Lord_Howe": "2027-04-04 01:30",
	} {
		for _, fold := range []Fold{FoldNone, "nonsense"} {
			if at, err := Resolve(wallTime(t, wall), zoneOf(t, zone), fold); !errors.Is(err, ErrOverlap) {
				t.Errorf("%s %s = %v, %v; want a question", zone, wall, at, err)
			}
		}
	}
}

// From any moment to what the clocks show and back: the same moment, or one of
// the two that look alike.
func TestResolveRoundTrip(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Europe/Paris", "Europe/Lisbon", "Europe/Dublin", "Indian/Reunion", "America/Guadeloupe", "America/St_Johns",
		"Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "America/Sao_Paulo", "Antarctica/Troll",
	}
	rapid.Check(t, func(rt *rapid.T) {
		loc := zoneOf(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(rt, "at"), 0).In(loc)
		if rapid.Bool().Draw(rt, "near a change") {
			if _, end := at.ZoneBounds(); !end.IsZero() {
				at = end.Add(time.Duration(rapid.IntRange(-200, 200).Draw(rt, "minutes")) * time.Minute)
			}
		}
		before, err := Resolve(asWall(at), loc, FoldBefore)
		if err != nil {
			rt.Fatalf("%v exists: %v", at, err)
		}
		after, err := Resolve(asWall(at), loc, FoldAfter)
		if err != nil || after.Before(before) || !at.Equal(before) && !at.Equal(after) {
			rt.Fatalf("%v came back as %v or %v, %v", at, before, after, err)
		}
		if _, err := Resolve(asWall(at), loc, FoldNone); errors.Is(err, ErrOverlap) == before.Equal(after) {
			rt.Fatalf("%v: %v, though it is %v or %v", at, err, before, after)
		}
		fold := FoldAt(at, loc)
		if again, err := Resolve(asWall(at), loc, fold); err != nil || !again.Equal(at) || (fold == FoldNone) != before.Equal(after) {
			rt.Fatalf("%v is the one %q: %v, %v", at, fold, again, err)
		}
	})
}

// The standard library once names a change of clocks that is past; whoever asks
// for the last day of 2040 gets an answer all the same.
func TestTheLastDayOfALeapYearFarAhead(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Antarctica/Troll"} {
		loc := zoneOf(t, zone)
		for _, year := range []int{2040, 2044, 2096} {
			for hour := range 72 {
				at := time.Date(year, time.December, 30, hour, 30, 0, 0, loc)
				if got, err := Resolve(asWall(at), loc, FoldNone); err != nil || !got.Equal(at) {
					t.Errorf("%v came back as %v, %v", at, got, err)
				}
			}
		}
	}
}

// A gap ends at a wall time that exists, and the minute before it does not.
func TestGapEndsWhereTimeGoesOn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		loc := zoneOf(t, rapid.SampledFrom([]string{"Europe/Paris", "Europe/Lisbon", "Australia/Lord_Howe", "America/St_Johns"}).Draw(rt, "zone"))
		at := time.Unix(rapid.Int64Range(946_684_800, 2_145_916_800).Draw(rt, "at"), 0).In(loc)
		_, end := at.ZoneBounds()
		wall := asWall(end).Add(-time.Duration(rapid.IntRange(1, 70).Draw(rt, "minutes")) * time.Minute)
		_, err := Resolve(wall, loc, FoldBefore)
		var gap *GapError
		if !errors.As(err, &gap) {
			return
		}
		if _, err := Resolve(gap.Next, loc, FoldBefore); err != nil {
			rt.Fatalf("%v leaps to %v, which does not exist: %v", wall, gap.Next, err)
		}
		if _, err := Resolve(gap.Next.Add(-time.Minute), loc, FoldBefore); !errors.Is(err, ErrGap) {
			rt.Fatalf("%v leaps to %v, though the minute before exists", wall, gap.Next)
		}
	})
}

func TestDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"2027-07-04 06:05", "2027-07-04 06:06", 1},
		{"2027-07-04 06:05", "2027-07-05 06:05", 1},
		{"2027-07-04 06:05", "2027-07-05 06:06", 2},
		{"2027-07-04 06:05", "2027-07-12 22:40", 9},
		{"2027-03-27 12:00", "2027-03-28 12:00", 1}, // 23 hours
		{"2027-10-30 12:00", "2027-10-31 12:00", 1}, // 25 hours
		{"2027-10-30 12:00", "2027-10-31 12:01", 2},
		{"2027-07-04 06:05", "2027-07-04 06:05", 0},
		{"2027-07-04 06:05", "2027-07-03 06:05", 0},
	} {
		if got := Days(wallTime(t, c.from), wallTime(t, c.to)); got != c.want {
			t.Errorf("%s to %s is %d days, want %d", c.from, c.to, got, c.want)
		}
	}
	paris := zoneOf(t, "Europe/Paris")
	from, to := time.Date(2027, 10, 30, 12, 0, 0, 0, paris), time.Date(2027, 10, 31, 12, 0, 0, 0, paris)
	if got := Days(from, to); got != 1 {
		t.Errorf("with a location: %d days, want 1", got)
	}
}
