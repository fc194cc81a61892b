package locale

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Today is Wednesday 1 July 2026.
func TestParseDate(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 7, 1, 23, 30, 0, 0, time.FixedZone("there", -4*3600))
	for want, texts := range map[string][]string{
		"2026-07-04": {
			"4/7", "04/07", "4.7", "4-7", "4 7", "0407", "04072026", "040726", "4/7/26", "4/7/2026", "4.7.2026",
			"4 juil", "4 juil.", "4 juillet", "4 juillet 2026", "4 JUILLET 26", "le 4 juillet", "4jul", "04JUL", "04JUL26",
			"4jul2026", "jul 4", "July 4, 2026", "jul4", "4th of July", "the 4th July 2026", "2026-07-04", "2026/7/4",
			"4", "le 4", "the 4th", "sam", "sam.", "samedi", "samedi prochain", "ce samedi", "next Saturday", "sam. prochain", "dans 3 jours", "in 3 days", "SAT", "Saturday", "sam 4/7", "sam. 4 juillet 2026", "Sat 4 July 2026", "sat, jul 4",
			"samedi 2026-07-04", "sam 0407", "+3", "+ 3", "+3j", "+3d", "  4 \u00a0 juillet ", "４/７",
		},
		"2026-07-01": {"1/7", "1er juillet", "1ᵉʳ juillet", "1st July", "auj", "auj.", "AUJ", "aujourd'hui", "aujourd’hui", "today", "+0"},
		"2026-07-02": {"dem", "demain", "tomorrow", "tom", "jeu", "Thursday", "+1"},
		"2026-07-03": {"après-demain", "apres demain", "Après-demain", "the day after tomorrow", "3", "ven", "+2"},
		"2026-07-31": {"31"},
		"2026-07-08": {"dans 1 semaine", "mer", "Wednesday", "+7", "1s", "1w", "1 w", "+1s"},
		"2026-07-07": {"mar", "Tue", "mardi 7 juillet"},
		"2026-07-05": {"dim", "sun"},
		"2026-07-15": {"2s", "2w"},
		"2027-03-04": {"4 mar", "mar 4", "4 mars", "March 4", "4/3"},
		"2028-03-04": {"mar 4 2028", "4/3/28"},
		"2027-04-07": {"7/4", "7 avr", "7 Apr"},
		"2027-06-30": {"30/6", "30 juin", "30 jun"},
		"2026-08-15": {"15 aout", "15 août", "15 AOÛT", "aug 15", "15 aou"},
		"2027-02-03": {"3 fév", "3 fevr.", "3 Feb"},
		"2026-12-25": {"25 déc", "25 Dec."},
		"2026-09-01": {"1 sept", "1/9", "1er sept.", "sep 1"},
		"2028-02-29": {"29/2", "29 févr.", "29/02/28"},
		"2020-01-01": {"1/1/2020", "1/1/20"},
		"2001-02-03": {"2001-02-03"},
	} {
		for _, text := range texts {
			got, err := ParseDate(text, today, nil)
			if err != nil || !got.Equal(day(t, want)) || got.Location() != time.UTC {
				t.Errorf("ParseDate(%q) = %v, %v; want %s", text, got, err, want)
			}
		}
	}
}

// The return is counted from a drop-off on Saturday 26 December 2026.
func TestParseReturnDate(t *testing.T) {
	t.Parallel()
	today, from := day(t, "2026-07-01"), day(t, "2026-12-26")
	for text, want := range map[string]string{
		"+7": "2027-01-02", "2s": "2027-01-09", "26/12": "2026-12-26", "25/12": "2027-12-25", "2/1": "2027-01-02",
		"4/7": "2027-07-04", "sam": "2027-01-02", "dim": "2026-12-27", "auj": "2026-07-01", "dem": "2026-07-02",
		"4/7/2026": "2026-07-04",
	} {
		got, err := ParseDate(text, today, &from)
		if err != nil || !got.Equal(day(t, want)) {
			t.Errorf("ParseDate(%q) = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseDateRefusals(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-07-01")
	for want, texts := range map[error][]string{
		ErrEmpty: {"", "  ", "\u00a0", "\u200b"},
		ErrUnreal: {
			"31/2", "30 février", "31/4/2027", "29/2/2027", "4/13", "0/7", "32/1", "2026-13-01", "2026",
			"dim 4 juillet", "Sun 4/7/2026", "1/1/0026", "20260704",
		},
		ErrUnreadable: {
			"juillet", "4 jui", "4 xyz", "4/7/2026/1", "4/7/123", "bientôt", "4 juillet !", "<b>", "+", "+x", "+1234",
			"7j", "12345", "4/7/2", "/", "...", "jul jul", "4 de juillet", "next week", "sam 4", "\xff", strings.Repeat("4", 50), "4;7",
		},
	} {
		for _, text := range texts {
			if got, err := ParseDate(text, today, nil); !errors.Is(err, want) || !got.IsZero() {
				t.Errorf("ParseDate(%q) = %v, %v; want %v", text, got, err, want)
			}
		}
	}
}

// Every way in which a date is shown is read as that date.
func TestShownDatesAreRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(-4000, 20000).Draw(rt, "days"))
		today := at.AddDate(0, 0, -rapid.IntRange(0, 364).Draw(rt, "ahead"))
		for _, l := range Langs() {
			shown := []string{l.Date(at), l.DateLong(at), l.DateShort(at), at.Format(time.DateOnly), l.DayMonth(at), at.Format("2/1")}
			for _, text := range shown {
				got, err := ParseDate(text, today, nil)
				if err != nil || !got.Equal(at) {
					rt.Fatalf("%q is read as %v, %v; want %v", text, got, err, at)
				}
			}
		}
	})
}

// Whatever is typed: no panic, midnight UTC or one of the three errors, and a
// date without a year is not before the day it counts from.
func TestParseDateNeverPanics(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-07-01")
	typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[+]?[0-9]{0,4}[ ./-]?(jan|mar|jui|sam|sat|s|w|er|th|[0-9]{0,4})?[ ./-]?[0-9]{0,5}`))
	rapid.Check(t, func(t *rapid.T) {
		got, err := ParseDate(typed.Draw(t, "text"), today, nil)
		known := errors.Is(err, ErrEmpty) || errors.Is(err, ErrUnreadable) || errors.Is(err, ErrUnreal)
		if err != nil && !known || err == nil && (got.Hour() != 0 || got.Location() != time.UTC || got.Year() < 1000) {
			t.Fatalf("%v, %v", got, err)
		}
	})
}

func TestAWeekdayThatContradicts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"mercredi 31 décembre 2026", "Wed 31/12/2026", "mer 31 déc"} {
		_, err := ParseDate(text, day(t, "2026-11-28"), nil)
		var other *WeekdayError
		if !errors.As(err, &other) || !errors.Is(err, ErrUnreal) || !other.Date.Equal(day(t, "2026-12-31")) || other.Date.Weekday() != time.Thursday {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := FR.T("problem.date.weekday", "PlainDate", day(t, "2026-12-31"), "Weekday", day(t, "2026-12-31")); !strings.HasPrefix(got, "Le 31 décembre 2026 est un jeudi") {
		t.Error(got)
	}
}
