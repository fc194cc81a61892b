package statement_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"guichet/internal/invalid"
	"guichet/internal/statement"
)

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
