package booking_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/statement"
)

// endState is what stands here about a booking, besides what is counted.
func (c *env) endState(b booking.Booking) string {
	c.t.Helper()
	got := c.now(b.Ref)
	cases, err := c.Cases(c.t.Context(), got)
	if err != nil {
		c.t.Fatal(err)
	}
	var whys, classes []string
	for _, k := range cases {
		whys = append(whys, k.Why)
	}
	slices.Sort(whys)
	err = c.pool.QueryRow(c.t.Context(), `
		SELECT coalesce(array_agg(document || ' ' || cents || ' ' || class || ' ' || reason ORDER BY document, cents, statement_id), '{}') FROM statement_lines WHERE booking_id = $1`, b.ID).Scan(&classes)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprintf("%s, cases %v, %d findings, lines %q", got.State, whys, len(c.findings(got)), classes)
}

// permutations lists the orders of n things.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, p := range permutations(n - 1) {
		for i := 0; i <= len(p); i++ {
			all = append(all, slices.Insert(slices.Clone(p), i, n-1))
		}
	}
	return all
}

// Whatever the order in which files are compared, and whoever compares them at
// the same time, they come to the same; each line acts once.
func TestTheOrderOfFilesDoesNotMatter(t *testing.T) {
	t.Parallel()
	type world struct {
		prepare func(*env) booking.Booking
		files   []string // lines by ";" as in filed, without the id; "@" is what is due
		want    booking.State
	}
	worlds := map[string]world{
		"charge, then credit, of an unknown payment": {lostPay, []string{"@;EUR;F1;;", "-@;EUR;A1;;"}, booking.PayUnknown},
		"two parts":                 {lostPay, []string{"60,00;EUR;F1;;", "@-60;EUR;F2;;"}, booking.Confirmed},
		"the same document twice":   {lostPay, []string{"@;EUR;F1;;", "@;EUR;F1;;"}, booking.Confirmed},
		"two documents":             {lostPay, []string{"@;EUR;F1;;", "@;EUR;F2;;"}, booking.PayUnknown},
		"charge and credit":         {lostCancel, []string{"@;EUR;F1;;", "-@;EUR;A1;;"}, booking.Cancelled},
		"credited in two parts":     {lostCancel, []string{"@;EUR;F1;;", "-60,00;EUR;A1;;", "-@-60;EUR;A2;;"}, booking.Cancelled},
		"credited and billed again": {lostCancel, []string{"@;EUR;F1;;", "-@;EUR;A1;;", "@;EUR;F2;;"}, booking.CancelUnknown},
		"expired, billed, credited": {expired, []string{"@;EUR;F1;;", "-@;EUR;A1;;"}, booking.Expired},
		"cancelled, credit only":    {cancelledOne, []string{"-@;EUR;A1;;"}, booking.Cancelled},
		"cancelled, credited":       {cancelledOne, []string{"-@;EUR;A1;;", "@;EUR;F1;;"}, booking.Cancelled},
		"paid, credited":            {paidOne, []string{"@;EUR;F1;;", "-@;EUR;A1;;"}, booking.Confirmed},
		"no documents, overlapping": {lostPay, []string{"@;EUR;;;", "@;EUR;;;x"}, booking.PayUnknown},
	}
	for name, w := range worlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := ""
			orders := permutations(len(w.files))
			for i, order := range append(orders, nil) { // nil: all at once
				c := newEnv(t)
				b := w.prepare(c)
				var files []statement.Statement
				for n, line := range w.files {
					back := 40 - 10*n
					if strings.HasSuffix(line, ";x") { // overlaps the first
						back = 35
					}
					line += fmt.Sprintf("\nother-%d;1;EUR;;;", n) // no two files are equal
					files = append(files, c.filed(back, b.SupplierID+";"+amounts(line, b)))
				}
				c.compareAll(files, order)
				got := c.endState(b)
				if first == "" {
					first = got
				}
				if got != first || c.now(b.Ref).State != w.want {
					t.Errorf("order %d %v:\n%s\nwant %s as\n%s", i, order, got, w.want, first)
				}
				for _, st := range files { // once more: nothing
					if _, done, err := c.compare(st, full); err != nil || done != (statement.Compared{}) {
						t.Errorf("again: %+v, %v", done, err)
					}
				}
				if again := c.endState(b); again != got {
					t.Errorf("again:\n%s, was\n%s", again, got)
				}
				if bad := c.problems(); len(bad) > 0 {
					t.Errorf("%q", bad)
				}
			}
		})
	}
}

// amounts writes what is due, or the rest of it, into a line.
func amounts(line string, b booking.Booking) string {
	euros := func(n int64) string { return fmt.Sprintf("%d,%02d", n/100, n%100) }
	due := b.Due().Cents
	line = strings.ReplaceAll(line, "@-60", euros(due-60_00))
	return strings.ReplaceAll(line, "@", euros(due))
}

// compareAll compares files in an order, or all of them at the same time.
func (c *env) compareAll(files []statement.Statement, order []int) {
	c.t.Helper()
	if order == nil {
		var all sync.WaitGroup
		for _, st := range append(files, files...) { // each of them twice
			all.Go(func() {
				if _, _, err := c.compare(st, full); err != nil {
					c.t.Error(err)
				}
			})
		}
		all.Wait()
		return
	}
	for _, i := range order {
		if _, _, err := c.compare(files[i], full); err != nil {
			c.t.Fatal(err)
		}
	}
}

func expired(c *env) booking.Booking {
	b := c.held("AA-005-AA")
	c.settle()
	return c.now(b.Ref)
}

func paidOne(c *env) booking.Booking { return c.paid("AA-006-AA", booking.CancellationInsurance) }

func cancelledOne(c *env) booking.Booking {
	b := paidOne(c)
	b, err := c.Cancel(c.t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	return must(c.t, b, err)
}

// A case closes when later lines answer its question, and stays when they do not;
// what two people have reversed is not proved again by the same lines.
func TestLaterLinesAnswerACase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	whys := func(b booking.Booking) (list []string) {
		cases, err := c.Cases(t.Context(), b)
		for _, k := range cases {
			list = append(list, k.Why)
		}
		return must(t, list, err)
	}
	compare := func(back int, b booking.Booking, line string) {
		t.Helper()
		if _, _, err := c.compare(c.filed(back, b.SupplierID+";"+amounts(line, b)), full); err != nil {
			t.Fatal(err)
		}
	}
	over := expired(c)
	compare(90, over, "@;EUR;F1;;")
	if got := whys(over); !slices.Equal(got, []string{billed}) {
		t.Errorf("billed: %v", got)
	}
	compare(80, over, "-@;EUR;A1;;")
	if got := whys(over); len(got) != 0 {
		t.Errorf("credited: %v", got)
	}
	paid := paidOne(c)
	compare(70, paid, "@;EUR;F3;;")
	compare(60, paid, "-@;EUR;A3;;")
	compare(50, paid, "@;EUR;F4;;")
	if got := whys(paid); !slices.Equal(got, []string{booking.CaseCredited}) {
		t.Errorf("credited, and paid here: %v", got)
	}
	if _, err := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: paid.Ref, Version: paid.Version, Reason: "plans"}); err != nil {
		t.Fatal(err)
	}
	if got := whys(paid); !slices.Equal(got, []string{booking.CaseCredited}) {
		t.Errorf("cancelled with a charge that is not credited: %v", got)
	}
	soon := paidOne(c)
	compare(75, soon, "@;EUR;F6;;")
	compare(65, soon, "-@;EUR;A6;;")
	if _, err := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: soon.Ref, Version: soon.Version, Reason: "plans"}); err != nil {
		t.Fatal(err)
	}
	if got := whys(soon); len(got) != 0 {
		t.Errorf("credited before it was cancelled here: %v", got)
	}
	// The cancellation that nobody was sure of is proved, taken back by two
	// people, and lost again: the lines that were looked at prove nothing now.
	second := c.person(postgres.NewAccounts(c.pool), "", c.desk.Role)
	lost := c.cancelLost("AA-007-AA")
	compare(40, lost, "@;EUR;F5;;")
	compare(30, lost, "-@;EUR;A5;;")
	lost = c.now(lost.Ref)
	if lost.State != booking.Cancelled {
		t.Fatalf("it is %s", lost.State)
	}
	_, _ = c.resolve(c.desk, lost, booking.FoundNotCancelled)
	lost, err := c.resolve(second, lost, booking.FoundNotCancelled)
	if err != nil {
		t.Fatal(err)
	}
	c.fault("cancel", "drop_before")
	if lost, err = c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: lost.Ref, Version: lost.Version, Reason: "plans"}); err != nil || lost.State != booking.CancelUnknown {
		t.Fatalf("%s, %v", lost.State, err)
	}
	list, err := c.statements.List(t.Context(), c.desk, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		if _, done, err := c.compare(st, full); err != nil || done != (statement.Compared{}) {
			t.Errorf("%+v, %v", done, err)
		}
	}
	if got := c.now(lost.Ref); got.State != booking.CancelUnknown {
		t.Errorf("it is %s", got.State)
	}
}

// A file that names a booking and is not compared yet may say anything: the proof
// of another one waits for it, visibly.
func TestAProofWaitsForWhatIsNotRead(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := lostPay(c)
	one := c.filed(40, b.SupplierID+";"+cents(b.Due())+";;;;")
	two := c.filed(20, "x;1,00;;;;"+b.SupplierID) // in a column that means nothing
	if _, done, err := c.compare(one, full); err != nil || done != (statement.Compared{Cases: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.endState(b); !strings.Contains(got, "pay_unknown, cases [lines_unproved pay_unknown]") || !strings.Contains(got, "unproved unread") {
		t.Error(got)
	}
	if _, done, err := c.compare(two, idAndAmount); err != nil || done != (statement.Compared{Proved: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := c.endState(b); !strings.HasPrefix(got, "confirmed, cases [], 1 findings") {
		t.Error(got)
	}
	if f := c.findings(b)[0]; f.Source != booking.FromStatement || f.StatementID != one.ID || f.Line != 2 || f.Statement != one.Handle || f.Evidence.Channel != "statement" {
		t.Errorf("%+v", f)
	}
}

// After a restore nobody knows whether a held booking was paid since: its lines
// may prove it, at their date, and nobody declared it.
func TestLinesProveAPaymentAfterARestore(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b, known := c.held("AA-009-AA"), c.held("AA-010-AA")
	day := today(c)
	line := b.SupplierID + ";" + cents(b.Due()) + ";EUR;F1;" + day.Format("02/01/2006")
	if _, done, err := c.compare(c.filed(40, line+";x"), full); err != nil || done != (statement.Compared{Cases: 1}) {
		t.Fatalf("not restored: %+v, %v", done, err)
	}
	before := c.filed(30, known.SupplierID+";"+cents(known.Due())+";EUR;F2;"+day.Format("02/01/2006")+";z")
	if _, done, err := c.compare(before, full); err != nil || done != (statement.Compared{Cases: 1}) {
		t.Fatalf("not restored: %+v, %v", done, err)
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET uncompared = true WHERE ref IN ($1, $2)`, b.Ref, known.Ref); err != nil {
		t.Fatal(err)
	}
	if _, done, err := c.compare(c.filed(20, line+";y"), full); err != nil || done != (statement.Compared{Proved: 2}) { // and what the restore brought back with its lines
		t.Fatalf("restored: %+v, %v", done, err)
	}
	got := c.now(b.Ref)
	if got.State != booking.Confirmed || got.Uncompared || !got.PaidAt.Equal(day) || got.PaidBy != "" {
		t.Errorf("%s, uncompared %v, paid at %s by %q", got.State, got.Uncompared, got.PaidAt, got.PaidBy)
	}
	if got := c.now(known.Ref); got.State != booking.Confirmed || got.Uncompared {
		t.Errorf("lines that came with the restore: %s, uncompared %v", got.State, got.Uncompared)
	}
	if queue := c.queue(); len(queue) != 0 {
		t.Errorf("%+v", queue)
	}
}

// Lines that came with a restore do not overrule the word of a person that they
// were wrong.
func TestAPersonsWordCountsMoreThanOldLines(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-009-AA")
	line := b.SupplierID + ";" + cents(b.Due()) + ";EUR;F1;"
	st := c.filed(40, line+";x")
	if _, _, err := c.compare(st, full); err != nil {
		t.Fatal(err)
	}
	e := proof
	e.Reference = "T-1"
	if _, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: booking.FoundCorrects, Evidence: e}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET uncompared = true WHERE ref = $1`, b.Ref); err != nil {
		t.Fatal(err)
	}
	if _, done, err := c.compare(st, full); err != nil || done != (statement.Compared{}) {
		t.Errorf("%+v, %v", done, err)
	}
	if got := c.now(b.Ref); got.State != booking.Held {
		t.Errorf("it is %s", got.State)
	}
}
