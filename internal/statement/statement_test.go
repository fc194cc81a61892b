package statement_test

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/statement"
)

// Thirteen months after the period the cells of a file and its plates are gone;
// what the lines came to stays, and comparing again is refused.
func TestStatementsAreForgotten(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	st := c.statement("id;amount;plate;who\nx;1,00;AB-777-CD;Quintessa\n")
	columns := statement.Columns{"supplier_id": 0, "amount": 1, "plate": 2}
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
	st, err := c.Find(ctx, c.desk, st.Handle)
	if err != nil || st.ErasedAt.IsZero() || st.FileName != "***.csv" || strings.Trim(strings.Join(st.Header, ""), "*") != "" {
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
	c := newEnv(t)
	b := c.payLost("AA-009-AA")
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
	c := newEnv(t)
	b := c.paid("AA-003-AA")
	for i, p := range []struct {
		about    statement.About
		from, to time.Time
		want     int
	}{
		{statement.AboutPayments, today(c).AddDate(0, 0, -1), today(c).AddDate(0, 0, 1), 1},
		{statement.AboutPayments, today(c).AddDate(0, 0, -9), today(c).AddDate(0, 0, -2), 0},
		{statement.AboutDropOffs, today(c), b.Stay.FromWall.Truncate(24 * time.Hour), 1},
		{statement.AboutDropOffs, today(c), b.Stay.FromWall.Truncate(24*time.Hour).AddDate(0, 0, -1), 0},
		{statement.AboutReturns, today(c), b.Stay.ToWall.Truncate(24 * time.Hour), 1},
		{statement.AboutReturns, today(c), b.Stay.FromWall.Truncate(24 * time.Hour), 0},
	} {
		st, err := c.Import(t.Context(), c.desk, statement.Upload{
			FileName: "x", File: strings.NewReader(fmt.Sprintf("id;amount\nx%d;1\n", i)), From: p.from, To: p.to, About: p.about,
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
	c := newEnv(t)
	st := c.statement("id;amount\nx;1,00\n")
	acted := statement.Line{Line: booking.Line{Number: 2, SupplierID: "x", Class: booking.LineProved}}
	for i, want := range []bool{true, false} {
		err := c.store.InTx(t.Context(), func(tx statement.Tx) error {
			got, err := tx.ActedOn(t.Context(), st.ID, acted)
			if got != want {
				t.Errorf("time %d: %v", i+1, got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	acted.Class = booking.LineAgrees
	err := c.store.InTx(t.Context(), func(tx statement.Tx) error { return tx.SaveLines(t.Context(), st.ID, []statement.Line{acted}) })
	if err != nil {
		t.Fatal(err)
	}
	if got := c.classes(st); got[2] != booking.LineProved {
		t.Errorf("the line says %q", got[2])
	}
}

// Somebody compares a statement with other columns while its lines lead to
// something: the lines are not of both, and who began first is told.
func TestTwoChoicesOfColumnsAreNotMixed(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.payLost("AA-001-AA")
	st := c.statement("id;other;amount\n" + b.SupplierID + ";R-1;" + cents(b.Due()) + "\n")
	other := statement.Columns{"supplier_ref": 1, "amount": 2}
	var second error
	_, _, err := c.Compare(t.Context(), c.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: statement.Columns{"supplier_id": 0, "amount": 2},
		Words: func(string, int) string {
			_, _, second = c.Compare(t.Context(), c.desk, statement.CompareRequest{Handle: st.Handle, Columns: other, Words: func(string, int) string { return "" }})
			return "line 2"
		},
	})
	if second != nil || !errors.Is(err, booking.ErrChanged) {
		t.Errorf("the first: %v; the second: %v", err, second)
	}
	got, err := c.store.Statement(t.Context(), st.Handle)
	if err != nil || !maps.Equal(got.Columns, other) {
		t.Errorf("it was compared with %v, %v", got.Columns, err)
	}
}

// By the clocks of Paris, or further east, it is tomorrow before it is by UTC.
func TestAPeriodBeginsBySomeClock(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	tomorrow := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	c.pass(time.Until(tomorrow) - time.Hour)
	for days, accepted := range map[int]bool{0: true, 1: false} {
		from := tomorrow.AddDate(0, 0, days)
		_, err := c.Import(t.Context(), c.desk, statement.Upload{
			FileName: "s.csv", From: from, To: from, About: statement.AboutPayments, File: strings.NewReader("id;amount\nx;" + strconv.Itoa(days+1) + ",00\n"), // files differ
		})
		var bad *invalid.Error
		if errors.As(err, &bad) == accepted || err != nil && accepted {
			t.Errorf("in %d days: %v", days, err)
		}
	}
}
