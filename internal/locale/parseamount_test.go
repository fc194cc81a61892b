package locale

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		cents    int64
		currency string
	}{
		"1 234,56":              {123456, ""},
		"1\u00a0234,56":         {123456, ""},
		"1\u202f234,56\u00a0€":  {123456, "EUR"},
		"1\u2009234\u2009567,8": {123456780, ""},
		"1 234":                 {123400, ""},
		"1234.56":               {123456, ""},
		"1,234.56":              {123456, ""},
		"1.234,56":              {123456, ""},
		"1'234.56":              {123456, ""},
		"1’234,56":              {123456, ""},
		"1.234.567":             {123456700, ""},
		"1,234,567.8":           {123456780, ""},
		"1234,5":                {123450, ""},
		"1234":                  {123400, ""},
		"1.234,00":              {123400, ""},
		"96":                    {9600, ""},
		" 12 ":                  {1200, ""},
		"0":                     {0, ""},
		"€12.00":                {1200, "EUR"},
		"€12.5":                 {1250, "EUR"},
		"EUR 12,00":             {1200, "EUR"},
		"12.00 USD":             {1200, "USD"},
		"£3.05":                 {305, "GBP"},
		"CHF 99.40":             {9940, "CHF"},
		"+7,10":                 {710, ""},
		"-12,50 €":              {-1250, "EUR"},
		"-€12.50":               {-1250, "EUR"},
		"−0,01":                 {-1, ""},
		"(4.00)":                {-400, ""},
		"0.29":                  {29, ""},
		"999999999999.99":       {99999999999999, ""},
	} {
		cents, currency, err := ParseAmount(text)
		if err != nil || cents != want.cents || currency != want.currency {
			t.Errorf("%q: %d %s, %v; want %+v", text, cents, currency, err, want)
		}
	}
}

func TestParseAmountRefusals(t *testing.T) {
	t.Parallel()
	for want, texts := range map[error][]string{
		ErrEmpty: {"", " ", "\u00a0\u202f"},
		ErrUnreadable: {
			"1.234", "1,234", "12.345", "-1.234 €", "EUR 1,234", // a thousand, or one and a bit
			"1234567890123", "1 234 567 890 123", "99999999999999999999", // too big
			"1,2,3", "1 23,00", "12 34", "12,345.6.7", "1.234.56", "1,234,56", "1 234.567,00", "1'234 567", "12.00.00", "12.345,6.7",
			"-", "€", "abc", "1e3", "0x10", "--1", "12 €€", "€", "²", "٣", "NaN", "12,5 %", "12,", ",5", "12.345.", "+-1", "(1", "\xff",
		},
	} {
		for _, text := range texts {
			if cents, currency, err := ParseAmount(text); !errors.Is(err, want) || cents != 0 || currency != "" {
				t.Errorf("%q: %d %s, %v; want %v", text, cents, currency, err, want)
			}
		}
	}
}

// An amount as a page shows it, in any language, is read as that amount.
func TestShownAmountsAreRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(-1e13, 1e13).Draw(t, "cents")
		for _, l := range Langs() {
			shown := l.Money(cents, "EUR")
			if got, currency, err := ParseAmount(shown); err != nil || got != cents || currency != "EUR" {
				t.Fatalf("%s shows %d as %q, which is %d %s, %v", l, cents, shown, got, currency, err)
			}
		}
	})
}

func TestParseDayRefusesOtherCenturies(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-07-01")
	for text, want := range map[string]string{"4/7": "2025-07-04", "1/7": "2026-07-01", "30/6": "2026-06-30", "1/1/2000": "2000-01-01", "31/12/2100": "2100-12-31"} {
		if got, err := ParsePastDay(text, today); err != nil || !got.Equal(day(t, want)) {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"31/12/1999", "1/1/2101", "4/7/0026", "4/7/9999"} {
		if got, err := ParsePastDay(text, today); !errors.Is(err, ErrUnreal) || !got.IsZero() {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
	if got, err := ParseDay("4/7", today, today.AddDate(0, -6, 0)); err != nil || !got.Equal(day(t, "2026-07-04")) {
		t.Errorf("got %s, %v", got, err)
	}
}
