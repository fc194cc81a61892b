package statement_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/statement"
)

func TestAmountsAreExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]booking.Money{
		"1 234,56":             {Cents: 123456},
		"1\u202f234,56\u00a0€": {Cents: 123456, Currency: "EUR"},
		"1234.56":              {Cents: 123456},
		"1,234.56":             {Cents: 123456},
		"1.234,56":             {Cents: 123456},
		"1'234.56":             {Cents: 123456},
		"1.234.567":            {Cents: 123456700},
		"1234,5":               {Cents: 123450},
		"12":                   {Cents: 1200},
		"0":                    {},
		"€12.00":               {Cents: 1200, Currency: "EUR"},
		"EUR 12,00":            {Cents: 1200, Currency: "EUR"},
		"12.00 USD":            {Cents: 1200, Currency: "USD"},
		"£3.05":                {Cents: 305, Currency: "GBP"},
		"+7,10":                {Cents: 710},
		"-12,50 €":             {Cents: -1250, Currency: "EUR"},
		"-€12.50":              {Cents: -1250, Currency: "EUR"},
		"−0,01":                {Cents: -1},
		"(4.00)":               {Cents: -400},
		"0.29":                 {Cents: 29},
		"999999999999.99":      {Cents: 99999999999999},
	} {
		cents, currency, err := statement.ParseCents(text)
		if err != nil || cents != want.Cents || currency != want.Currency {
			t.Errorf("%q: %d %s, %v; want %+v", text, cents, currency, err, want)
		}
	}
	for _, text := range []string{
		"", "-", "€", "abc", "1.234", "1,234", "12.345", "1,2,3", "1 23,00", "12,345.6.7", "1e3", "0x10", "12.00.00", "1234567890123", "--1", "12 €€", "²",
		"1 234.567,00", "NaN", "12,5 %",
	} {
		if cents, _, err := statement.ParseCents(text); !errors.Is(err, statement.ErrAmount) {
			t.Errorf("%q is %d, %v", text, cents, err)
		}
	}
}

func TestWallTimesOfStatements(t *testing.T) {
	t.Parallel()
	day, noon := time.Date(2026, 7, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 4, 6, 5, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-07-04": day, "04/07/2026": day, "4/7/2026": day, "04.07.2026": day, "04-07-2026": day,
		"2026-07-04 06:05": noon, "2026-07-04T06:05:00": noon, "04/07/2026 06:05": noon, "04/07/2026, 06:05:00": noon, "04/07/2026 06h05": noon,
		"2026-07-04T06:05:00+02:00": noon, "2026-07-04T06:05:00.000+0200": noon,
	} {
		if got, err := statement.ParseWall(text); err != nil || !got.Equal(want) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "31/02/2026", "2026-13-01", "04/07/26", "45842", "04/07/2026 25:00", "0001-01-01", "2026-07-04T06:05:00Z", "x"} {
		if got, err := statement.ParseWall(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestColumnsAreGuessed(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]statement.Columns{
		"Identifiant;Référence;Immatriculation;Date de dépôt;Date de retour;Montant TTC;Devise": {"supplier_id": 0, "supplier_ref": 1, "plate": 2, "from": 3, "to": 4, "amount": 5, "currency": 6},
		"Total;License plate;Check-in;Check-out;Booking ID":                                     {"amount": 0, "plate": 1, "from": 2, "to": 3, "supplier_id": 4},
		"Montant;Total;X": {"amount": 0},
		"a;b":             {},
	} {
		if got := statement.GuessColumns(strings.Split(header, ";")); !maps.Equal(got, want) {
			t.Errorf("%s: %v", header, got)
		}
	}
}

func TestColumnsThatMatchNothingAreRefused(t *testing.T) {
	t.Parallel()
	header := []string{"a", "b", "c"}
	for _, c := range []struct {
		columns statement.Columns
		field   string // that is refused; none when empty
	}{
		{statement.Columns{"amount": 0, "supplier_id": 1}, ""},
		{statement.Columns{"amount": 0, "supplier_ref": 1}, ""},
		{statement.Columns{"amount": 0, "plate": 1, "from": 2}, ""},
		{statement.Columns{"supplier_id": 1}, "amount"},
		{statement.Columns{"amount": 0}, "supplier_id"},
		{statement.Columns{"amount": 0, "from": 1}, "supplier_id"},
		{statement.Columns{"amount": 0, "plate": 1}, "from"},
		{statement.Columns{"amount": 3, "supplier_id": 1}, "amount"},
		{statement.Columns{"amount": 0, "supplier_id": -1}, "supplier_id"},
		{statement.Columns{"amount": 1, "supplier_id": 1}, "amount"},
	} {
		err := c.columns.Check(header)
		var bad *invalid.Error
		if (c.field == "") != (err == nil) || c.field != "" && (!errors.As(err, &bad) || bad.Fields[c.field].Key == "") {
			t.Errorf("%v: %v, want %q", c.columns, err, c.field)
		}
	}
}
