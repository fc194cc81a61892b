package booking_test

import (
	"errors"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/statement"
)

// A statement that names bookings by reference, or by the car, bills what a restore has
// lost, too: that is counted, and its car counts as booked, until a line says the id.
func TestLinesWithoutAnID(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	byRef, byCar := c.paid("AA-001-AA"), c.paid("AA-002-AA")
	known := c.paid("AA-003-AA")
	file := "ref;plate;from;to;amount\n" + strings.SplitN(billLine(byRef), ";", 2)[1]
	file += ";" + strings.SplitN(billLine(byCar), ";", 3)[2] + strings.SplitN(billLine(known), ";", 2)[1]
	c.lose(byRef)
	c.lose(byCar)
	c.restored()
	left := func() int {
		_, left, err := c.Restored(t.Context(), c.desk)
		if err != nil {
			t.Fatal(err)
		}
		return left.Unnamed
	}
	compare := func(file string, columns statement.Columns) {
		t.Helper()
		if _, _, err := c.compare(c.statement(file), columns); err != nil {
			t.Fatal(err)
		}
	}
	unnamed := statement.Columns{"supplier_ref": 0, "plate": 1, "from": 2, "to": 3, "amount": 4}
	compare(file, unnamed)
	compare(file+"\n", unnamed) // the same again, in another file
	if n := left(); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	for plate, name := range map[string]string{"AA-001-AA": byRef.SupplierRef, "AA-002-AA": byCar.Car.Plate} {
		var same *booking.SamePlateError
		if _, err := c.Book(t.Context(), c.agent, c.request(c.quoted(plate))); !errors.As(err, &same) || same.Elsewhere != name {
			t.Errorf("the same car again: %v, want %q", err, name)
		}
	}
	compare("id;ref;plate;from;to;amount\n"+billLine(byRef)+billLine(byCar), sixColumns)
	if list, err := c.UnknownBookings(t.Context(), c.desk, 9); err != nil || len(list) != 2 || left() != 0 {
		t.Errorf("%d unknown, %d lines, %v", len(list), left(), err)
	}
}

// The supplier's word tells which booking such a line bills; two people then take it
// over as any other.
func TestALineIsNamed(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	byRef, byCar, known := c.paid("AA-001-AA"), c.paid("AA-002-AA"), c.paid("AA-003-AA")
	c.lose(byRef)
	c.lose(byCar)
	c.restored()
	line := func(b booking.Booking, ref, plate string) string {
		return ref + ";" + plate + ";" + strings.SplitN(billLine(b), ";", 4)[3]
	}
	st := c.statement("ref;plate;from;to;amount\n" + line(byRef, byRef.SupplierRef, "") + line(byRef, strings.ToLower(byRef.SupplierRef), "") +
		line(byCar, "", "AA-002-AA") + line(known, "R-OTHER", "AA-003-AA") + line(known, "R-THIRD", "ZZ-003-ZZ"))
	if _, _, err := c.compare(st, statement.Columns{"supplier_ref": 0, "plate": 1, "from": 2, "to": 3, "amount": 4}); err != nil {
		t.Fatal(err)
	}
	lines, err := c.UnnamedLines(t.Context(), c.desk, 9)
	if err != nil || len(lines) != 5 || lines[0].SupplierRef != byRef.SupplierRef || lines[2].Plate != "AA002AA" || lines[0].Amount != byRef.Booked {
		t.Fatalf("%+v, %v", lines, err)
	}
	if _, err := c.NameLine(t.Context(), c.agent, st.Handle, lines[0].Line, byRef.SupplierID); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("an agent: %v", err)
	}
	var bad *invalid.Error
	for _, id := range []string{" ", strings.Repeat("X", 81), "9\u202e1", "Mme Durand"} {
		if _, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[0].Line, id); !errors.As(err, &bad) || bad.Fields["supplier_id"].Key != "problem.evidence.supplier_id" {
			t.Errorf("the id %q: %v", id, err)
		}
	}
	handle, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[0].Line, " "+byRef.SupplierID+" ")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[0].Line, byRef.SupplierID); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("named twice: %v", err)
	}
	if _, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[2].Line, byRef.SupplierID); err != nil { // the car that the other line did not say
		t.Errorf("the same booking by its car: %v", err)
	}
	if _, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[3].Line, byRef.SupplierID); !errors.As(err, &bad) || bad.Fields["supplier_id"].Key != "problem.unnamed.other" {
		t.Errorf("another reference and another car: %v", err)
	}
	if _, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[4].Line, known.SupplierID); !errors.As(err, &bad) || bad.Fields["supplier_id"].Key != "problem.unnamed.other" {
		t.Errorf("a booking that is known here, of another car: %v", err)
	}
	if _, err := c.NameLine(t.Context(), c.desk, st.Handle, 1<<40, "9"); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("a line that no file has: %v", err)
	}
	ended, err := c.NameLine(t.Context(), c.desk, st.Handle, lines[3].Line, known.SupplierID)
	if err != nil {
		t.Fatal(err)
	}
	if u, err := c.UnknownBooking(t.Context(), c.desk, ended); err != nil || u.Ending != "known" || u.Ref != known.Ref {
		t.Errorf("one that is known here: %+v, %v", u, err)
	}
	if lines, err := c.UnnamedLines(t.Context(), c.desk, 9); err != nil || len(lines) != 1 {
		t.Errorf("left: %+v, %v", lines, err)
	}
	u, err := c.UnknownBooking(t.Context(), c.desk, handle)
	if err != nil || u.SupplierID != byRef.SupplierID || u.Ending != "" || len(u.Lines) != 1 {
		t.Errorf("%+v, %v", u, err)
	}
	c.said(t, account.DidNameLine, 3)
}

// said reports that the audit log has so many entries of an action.
func (c *env) said(t *testing.T, action account.Action, want int) {
	t.Helper()
	var n int
	if err := c.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = $1`, action).Scan(&n); err != nil || n != want {
		t.Errorf("%d entries %s, want %d, %v", n, action, want, err)
	}
}
