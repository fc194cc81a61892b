package booking_test

import (
	"fmt"
	"testing"
	"time"

	"guichet/internal/booking"
)

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
