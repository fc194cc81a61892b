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

// A traveller who asks to be forgotten is forgotten in statements, too: in the
// lines of the booking, and in those with the same car.
func TestATravellerIsForgottenInStatements(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	ctx := t.Context()
	over := c.sold("AB-602-CD")
	if _, err := c.pool.Exec(ctx, `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, over.Ref); err != nil {
		t.Fatal(err)
	}
	st := c.statement(fmt.Sprintf("id;amount;plate\n%s;1,00;AB602CD\nother;1,00;AB602CD\nthird;1,00;ZZ999ZZ\n", over.SupplierID))
	if _, _, err := c.compare(st, booking.Columns{"supplier_id": 0, "amount": 1, "plate": 2}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.ErasePerson(ctx, c.desk, over.Ref); err != nil || n != 1 {
		t.Fatalf("%d erased, %v", n, err)
	}
	lines, err := c.LinesOf(ctx, st, "", 0, 9)
	if err != nil || len(lines) != 3 {
		t.Fatal(lines, err)
	}
	for i, l := range lines {
		if kept := len(l.Cells) > 0 || l.Plate != ""; kept != (i == 2) {
			t.Errorf("line %d: %v %q", l.Number, l.Cells, l.Plate)
		}
	}
	if _, _, err := c.compare(st, idAndAmount); err != nil {
		t.Errorf("compared again: %v", err)
	}
	if l, err := c.LinesOf(ctx, st, booking.LineAmount, 0, 9); err != nil || len(l) != 1 || l[0].Ref != over.Ref {
		t.Errorf("%+v, %v", l, err)
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

// A case that a person has closed is not opened again by the same line, and what
// a line has proved stays proved.
func TestComparingAgainLeavesWhatIsDone(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	sure, byRef := c.payLost("AA-001-AA", "drop_after"), c.payLost("AA-002-AA", "drop_before")
	st := c.statement(fmt.Sprintf("id;amount;ref\n%s;%s;\n;%s;%s\n", sure.SupplierID, cents(sure.Due()), cents(byRef.Due()), byRef.SupplierRef))
	columns := booking.Columns{"supplier_id": 0, "amount": 1, "supplier_ref": 2}
	_, done, err := c.compare(st, columns)
	if err != nil || done != (booking.Compared{Proved: 1, Cases: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.now(sure.Ref); got.State != booking.Confirmed || got.PaidBy != c.agent.Name {
		t.Fatalf("%s by %q", got.State, got.PaidBy)
	}
	entries, attempts, err := c.History(t.Context(), sure)
	if last := entries[len(entries)-1]; err != nil || last.Event != booking.LatePaid || last.ActorID != c.desk.UserID || attempts[len(attempts)-1].Outcome != booking.OutcomeUnknown {
		t.Errorf("%+v %+v, %v", last, attempts, err)
	}
	c.pass(2 * time.Hour)
	if _, err := c.resolve(c.desk, c.now(byRef.Ref), booking.FoundNotPaid); err != nil {
		t.Fatal(err)
	}
	if _, done, err = c.compare(st, columns); err != nil || done != (booking.Compared{}) {
		t.Errorf("again: %+v, %v", done, err)
	}
	if queue := c.queue(); len(queue) != 0 {
		t.Errorf("%+v", queue)
	}
	if got := c.classes(st); got[2] != booking.LineProved || got[3] != booking.LineByPlate {
		t.Errorf("%v", got)
	}
	c.reconcile()
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
