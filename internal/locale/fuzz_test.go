package locale_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"
	"time"

	"guichet/internal/locale"
)

var digits = regexp.MustCompile(`^[0-9]{2}/[0-9]{2}/[0-9]{4}$`)

// FuzzParseDate: what reads as a date is a real one, at midnight UTC, and reads
// the same when it is written as the pages write it.
func FuzzParseDate(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, today uint16, ahead uint16) {
		now := time.Date(2020, 1, 1+int(today)%20000, 23, 59, 59, 0, time.UTC)
		from := now.AddDate(0, 0, int(ahead)%1000)
		for _, base := range []*time.Time{nil, &from} {
			date, err := locale.ParseDate(text, now, base)
			if err != nil {
				known := errors.Is(err, locale.ErrEmpty) || errors.Is(err, locale.ErrUnreadable) || errors.Is(err, locale.ErrUnreal)
				if !known || !date.IsZero() {
					t.Fatalf("%q: %v, %v", text, date, err)
				}
				continue
			}
			if !date.Equal(date.Truncate(24*time.Hour)) || date.Location() != time.UTC || date.Year() < 1000 || date.Year() > 9999 {
				t.Fatalf("%q is %v", text, date)
			}
			if digits.MatchString(text) && date.Format("02/01/2006") != text {
				t.Fatalf("%q is %v", text, date)
			}
			for _, l := range []locale.Lang{locale.FR, locale.EN} {
				for _, shown := range []string{date.Format(time.DateOnly), l.DateShort(date), l.Date(date), l.DateLong(date)} {
					if again, err := locale.ParseDate(shown, now, base); err != nil || !again.Equal(date) {
						t.Errorf("%q is shown as %q, which is %v, %v", text, shown, again, err)
					}
				}
			}
		}
	})
}

// FuzzParseTime: what reads as a time of day is one, and reads the same when it
// is written as the pages write it.
func FuzzParseTime(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		hour, minute, nextDay, err := locale.ParseTime(text)
		if err != nil {
			if !errors.Is(err, locale.ErrEmpty) && !errors.Is(err, locale.ErrUnreadable) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if hour < 0 || hour > 23 || minute < 0 || minute > 59 || nextDay && hour+minute > 0 {
			t.Fatalf("%q is %d:%d, the next day: %t", text, hour, minute, nextDay)
		}
		at := time.Date(2027, 7, 4, hour, minute, 0, 0, time.UTC)
		for _, l := range []locale.Lang{locale.FR, locale.EN} {
			for _, shown := range []string{l.Time(at), at.Format("15h04"), at.Format("1504"), l.TimeSpoken(at)} {
				if h, m, _, err := locale.ParseTime(shown); err != nil || h != hour || m != minute {
					t.Errorf("%q is shown as %q, which is %d:%d, %v", text, shown, h, m, err)
				}
			}
		}
	})
}

// FuzzParseAmount: an amount that is read is the same amount however it is written.
func FuzzParseAmount(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		cents, currency, err := locale.ParseAmount(text)
		if err != nil {
			known := errors.Is(err, locale.ErrEmpty) || errors.Is(err, locale.ErrUnreadable)
			if !known || cents != 0 || currency != "" {
				t.Fatalf("%q: %d %s %v", text, cents, currency, err)
			}
			return
		}
		sign, whole := "", cents
		if cents < 0 {
			sign, whole = "-", -cents
		}
		for _, written := range []string{
			fmt.Sprintf("%s%d.%02d", sign, whole/100, whole%100), fmt.Sprintf("%s%d,%02d %s", sign, whole/100, whole%100, currency),
		} {
			if again, _, err := locale.ParseAmount(written); err != nil || again != cents {
				t.Fatalf("%q is %d, written %q, which is %d, %v", text, cents, written, again, err)
			}
		}
	})
}
