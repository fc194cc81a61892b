package booking_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"guichet/internal/booking"
)

var idAndAmount = booking.Columns{"supplier_id": 0, "amount": 1}

// Thirteen months after the period the cells of a file and its plates are gone;
// what the lines came to stays, and comparing again is refused.
func TestStatementsAreForgotten(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	ctx := t.Context()
	st := c.statement("id;amount;plate;who\nx;1,00;AB-777-CD;Quintessa\n")
	columns := booking.Columns{"supplier_id": 0, "amount": 1, "plate": 2}
	if _, _, err := c.compare(st, columns); err != nil {
		t.Fatal(err)
	}
	plates := func() (n int) {
		err := c.pool.QueryRow(ctx, `SELECT count(*) FROM statement_lines l WHERE l::text ILIKE '%AB777CD%' OR l::text ILIKE '%quintessa%'`).Scan(&n)
		return must(t, n, err)
	}
	end := st.To.AddDate(0, booking.KeptMonths, 0)
	for _, at := range []struct {
		ahead time.Duration
		want  int
	}{{time.Until(end) - time.Hour, 1}, {time.Until(end) + 25*time.Hour, 0}} {
		c.pass(at.ahead - c.ahead)
		if _, err := c.EraseOld(ctx); err != nil || plates() != at.want {
			t.Errorf("%s from now: %d lines, want %d (%v)", at.ahead, plates(), at.want, err)
		}
	}
	st, err := c.Statement(ctx, c.desk, st.Handle)
	if err != nil || st.ErasedAt.IsZero() {
		t.Fatalf("%+v, %v", st, err)
	}
	if _, _, err := c.compare(st, columns); !errors.Is(err, booking.ErrChanged) {
		t.Errorf("compared again: %v", err)
	}
	if lines, err := c.LinesOf(ctx, st, booking.LineNotFound, 0, 9); err != nil || len(lines) != 1 || lines[0].SupplierID != "x" || lines[0].Amount.Cents != 100 {
		t.Errorf("%+v, %v", lines, err)
	}
}

// What a statement of one environment says is never compared on another one.
func TestStatementsOfAnotherEnvironmentAreReadOnly(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	b := c.payLost("AA-009-AA", "drop_after")
	st := c.statement("id;amount\n" + b.SupplierID + ";1,00\n")
	if _, err := c.pool.Exec(t.Context(), `UPDATE statements SET environment = 'sandbox'`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.compare(st, idAndAmount); !errors.Is(err, booking.ErrEnvironment) {
		t.Errorf("compared: %v", err)
	}
	if got := c.now(b.Ref); got.State != booking.PayUnknown {
		t.Errorf("%s", got.State)
	}
}

// Periods mean what they say, by the clocks of the zone and with both days.
func TestWhatIsPaidAndNotBilled(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	b := c.paid("AA-003-AA")
	for i, p := range []struct {
		about    booking.StatementAbout
		from, to time.Time
		want     int
	}{
		{booking.AboutPayments, today(c).AddDate(0, 0, -1), today(c).AddDate(0, 0, 1), 1},
		{booking.AboutPayments, today(c).AddDate(0, 0, -9), today(c).AddDate(0, 0, -2), 0},
		{booking.AboutDropOffs, today(c), b.Stay.FromWall.Truncate(24 * time.Hour), 1},
		{booking.AboutDropOffs, today(c), b.Stay.FromWall.Truncate(24*time.Hour).AddDate(0, 0, -1), 0},
		{booking.AboutReturns, today(c), b.Stay.ToWall.Truncate(24 * time.Hour), 1},
		{booking.AboutReturns, today(c), b.Stay.FromWall.Truncate(24 * time.Hour), 0},
	} {
		st, err := c.AddStatement(t.Context(), c.desk, booking.StatementUpload{
			FileName: "x", File: fmt.Appendf(nil, "id;amount\nx%d;1\n", i), From: p.from, To: p.to, About: p.about,
		})
		if err != nil {
			t.Fatal(err)
		}
		if st, _, err = c.compare(st, idAndAmount); err != nil {
			t.Fatal(err)
		}
		if list, err := c.Unbilled(t.Context(), st, 0, 9); err != nil || len(list) != p.want {
			t.Errorf("%s %s to %s: %d, want %d (%v)", p.about, p.from, p.to, len(list), p.want, err)
		}
	}
	if got := c.now(b.Ref); got.Version != b.Version || got.State != b.State {
		t.Errorf("%s changed: %s", got.Ref, got.State)
	}
}

// Of two comparisons at once only one acts on a line, and the other one leaves
// what it says.
func TestALineIsActedOnOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	st := c.statement("id;amount\nx;1,00\n")
	acted := booking.StatementLine{Number: 2, SupplierID: "x", Class: booking.LineProved}
	for i, want := range []bool{true, false} {
		if got, err := c.store.ActedOn(t.Context(), st.ID, acted); err != nil || got != want {
			t.Errorf("time %d: %v, %v", i+1, got, err)
		}
	}
	acted.Class = booking.LineAgrees
	if err := c.store.SaveLines(t.Context(), st.ID, []booking.StatementLine{acted}); err != nil {
		t.Fatal(err)
	}
	if got := c.classes(st); got[2] != booking.LineProved {
		t.Errorf("the line says %q", got[2])
	}
}
