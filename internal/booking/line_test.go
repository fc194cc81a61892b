package booking_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/statement"
)

var idAndAmount = statement.Columns{"supplier_id": 0, "amount": 1}

var sixColumns = statement.Columns{"supplier_id": 0, "supplier_ref": 1, "plate": 2, "from": 3, "to": 4, "amount": 5}

func today(c *env) time.Time { return time.Now().UTC().Add(c.ahead).Truncate(24 * time.Hour) }

func (c *env) statement(file string) statement.Statement {
	c.t.Helper()
	st, err := c.statements.Import(c.t.Context(), c.desk, statement.Upload{
		FileName: "november.csv", File: strings.NewReader(file), From: today(c).AddDate(0, 0, -10), To: today(c).AddDate(0, 0, 1), About: statement.AboutPayments,
	})
	return must(c.t, st, err)
}

func (c *env) compare(st statement.Statement, columns statement.Columns) (statement.Statement, statement.Compared, error) {
	c.t.Helper()
	return c.statements.Compare(c.t.Context(), c.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: columns, Words: func(_ string, line int) string { return fmt.Sprintf("line %d", line) },
	})
}

func cents(m booking.Money) string { return fmt.Sprintf("%d,%02d €", m.Cents/100, m.Cents%100) }

// full reads nearly all that a statement may say of a line.
var full = statement.Columns{"supplier_id": 0, "amount": 1, "currency": 2, "document": 3, "date": 4}

// withoutDate is a line, between what is before and after its date.
var withoutDate = regexp.MustCompile(`(?m)^((?:[^;\n]*;){4})(;|$)`)

// filed adds a statement with lines "id;amount;currency;document;date;status",
// of ten days of which the first lies so many days back. Lines without a date are
// of today: what they are about was booked today, too.
func (c *env) filed(back int, lines ...string) statement.Statement {
	c.t.Helper()
	from := today(c).AddDate(0, 0, -back)
	for i, line := range lines {
		lines[i] = withoutDate.ReplaceAllString(line, "${1}"+today(c).Format("02/01/2006")+"$2")
	}
	st, err := c.statements.Import(c.t.Context(), c.desk, statement.Upload{
		FileName: fmt.Sprintf("%d.csv", back), File: strings.NewReader("id;amount;currency;document;date;status\n" + strings.Join(lines, "\n") + "\n"),
		From: from, To: from.AddDate(0, 0, 9), About: statement.AboutPayments,
	})
	return must(c.t, st, err)
}

// A traveller who asks to be forgotten is forgotten in statements, too: in the
// lines of the booking, and in those with the same car.
func TestATravellerIsForgottenInStatements(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	over := c.sold("AB-602-CD")
	if _, err := c.pool.Exec(ctx, `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, over.Ref); err != nil {
		t.Fatal(err)
	}
	st := c.statement(fmt.Sprintf("id;amount;plate\n%s;1,00;AB602CD\nother;1,00;AB602CD\nthird;1,00;ZZ999ZZ\n", over.SupplierID))
	if _, _, err := c.compare(st, statement.Columns{"supplier_id": 0, "amount": 1, "plate": 2}); err != nil {
		t.Fatal(err)
	}
	named, month := st.Handle, c.statement("id;amount\nother;2,00\n").Handle // a name may be a month's
	c.byHand(`UPDATE statements SET file_name = (SELECT last_name FROM bookings LIMIT 1) || '.csv'`)
	if n, err := c.ErasePerson(ctx, c.desk, over.Ref, []string{over.Ref}); err != nil || n != 1 {
		t.Fatalf("%d erased, %v", n, err)
	}
	for handle, gone := range map[string]bool{named: true, month: false} {
		if s, err := c.statements.Find(ctx, c.desk, handle); err != nil || (s.FileName == "***.csv") != gone {
			t.Errorf("the file is called %q, gone %v, %v", s.FileName, gone, err)
		}
	}
	lines, err := c.statements.LinesOf(ctx, st, "", 0, 9)
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
	if l, err := c.statements.LinesOf(ctx, st, booking.LineAmount, 0, 9); err != nil || len(l) != 1 || l[0].Ref != over.Ref {
		t.Errorf("%+v, %v", l, err)
	}
}

// A case that a person has closed is not opened again by the same line, and what
// a line has proved stays proved.
func TestComparingAgainLeavesWhatIsDone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	sure, byRef := c.payLost("AA-001-AA", "drop_after"), c.payLost("AA-002-AA", "drop_before")
	st := c.statement(fmt.Sprintf("id;amount;ref\n%s;%s;\n;%s;%s\n", sure.SupplierID, cents(sure.Due()), cents(byRef.Due()), byRef.SupplierRef))
	columns := statement.Columns{"supplier_id": 0, "amount": 1, "supplier_ref": 2}
	_, done, err := c.compare(st, columns)
	if err != nil || done != (statement.Compared{Proved: 1, Cases: 1}) {
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
	if _, done, err = c.compare(st, columns); err != nil || done != (statement.Compared{}) {
		t.Errorf("again: %+v, %v", done, err)
	}
	if queue := c.queue(); len(queue) != 0 {
		t.Errorf("%+v", queue)
	}
	lines, err := c.statements.LinesOf(t.Context(), st, "", 0, 9)
	if err != nil || len(lines) != 2 || lines[0].Class != booking.LineProved || lines[1].Class != booking.LineByPlate {
		t.Errorf("%+v, %v", lines, err)
	}
	c.reconcile()
}
