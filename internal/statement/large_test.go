package statement_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/statement"
)

const statementHeader = "id;ref;plate;from;to;amount"

// largeStatement has 10,000 lines with 50 planted differences, and the bookings
// to compare them with.
type largeStatement struct {
	*env
	template booking.Booking
	file     strings.Builder
	line     int                       // the last one written
	want     map[int]booking.LineClass // by line, those that do not agree
	unknown  []booking.Booking         // real ones, of which nobody knows whether they are paid
}

// bulk adds bookings from..to that are like the template, with constraints but
// without a life: only the owner can do so.
func (s *largeStatement) bulk(from, to int, change string) {
	s.t.Helper()
	var columns, values string // generated ones take no value
	err := s.pool.QueryRow(s.t.Context(), `
		SELECT string_agg(quote_ident(column_name), ', '), string_agg('r.' || quote_ident(column_name), ', ') FROM information_schema.columns
		WHERE table_name = 'bookings' AND table_schema = 'public' AND is_generated = 'NEVER'`).Scan(&columns, &values)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.pool.Exec(s.t.Context(), fmt.Sprintf(`
		SET session_replication_role = replica;
		INSERT INTO bookings (%s) OVERRIDING SYSTEM VALUE
		SELECT %s FROM (SELECT (jsonb_populate_record(b, jsonb_build_object('id', 1000000 + i, 'ref', 'GU-' || i, 'draft_id', 'd' || i, 'sale_id', 's' || i,
			'supplier_id', 'sup-' || i, 'supplier_ref', 'XR-' || i, 'plate', 'T' || i) || (%s)::jsonb)).*
		FROM bookings b, generate_series(%d, %d) i WHERE b.ref = '%s') r;
		RESET session_replication_role`, columns, values, change, from, to, s.template.Ref))
	if err != nil {
		s.t.Fatal(err)
	}
}

// add writes a line; a class other than agree is planted.
func (s *largeStatement) add(class booking.LineClass, id, ref, plate, amount string) {
	if s.line == 0 {
		s.line = 1
		s.file.WriteString(statementHeader + "\n")
	}
	s.line++
	stay := s.template.Stay
	fmt.Fprintf(&s.file, "%s;%s;%s;%s;%s;%s\n", id, ref, plate, stay.FromWall.Format("02/01/2006 15:04"), stay.ToWall.Format("02/01/2006"), amount)
	if class != booking.LineAgrees {
		s.want[s.line] = class
	}
}

func (s *largeStatement) amount() string { return cents(s.template.Due()) }

// plain adds a line about booking i by one of the three ways to name it.
func (s *largeStatement) plain(class booking.LineClass, i int, amount string) {
	id, ref, plate := fmt.Sprintf("sup-%d", i), fmt.Sprintf("XR-%d", i), fmt.Sprintf("T%d", i)
	switch i % 3 {
	case 0:
		s.add(class, id, "", "", amount)
	case 1:
		s.add(class, "", ref, plate, amount)
	default:
		s.add(class, "", "", plate, amount)
	}
}

func newLargeStatement(t *testing.T) *largeStatement {
	t.Helper()
	s := &largeStatement{env: newEnv(t), want: map[int]booking.LineClass{}}
	for i := range 7 {
		s.unknown = append(s.unknown, s.payLost(fmt.Sprintf("UK-%03d-WN", i)))
	}
	s.template = s.paid("TE-001-MP")
	ok := s.amount()
	s.bulk(1, 6, `'{}'`)
	s.bulk(7, 9, `'{"state": "expired"}'`)
	s.bulk(10, 11, `'{"state": "dropped"}'`)
	s.bulk(12, 12, `'{"state": "refused"}'`)
	s.bulk(13, 17, `'{"state": "cancelled"}'`)
	s.bulk(18, 20, `'{"state": "held", "paid_at": null}'`)
	s.bulk(21, 23, `'{"state": "expired"}'`)
	s.bulk(24, 29, `jsonb_build_object('plate', 'DOUBLE' || i / 2)`)
	s.bulk(30, 33, `'{}'`)
	s.bulk(38, 41, `'{}'`) // in no line
	s.bulk(42, 9994, `'{}'`)
	// What must not mislead: earlier tries of the same car, another environment,
	// and what was paid at another time.
	s.bulk(20_042, 20_241, `jsonb_build_object('state', 'expired', 'plate', 'T' || i - 20000, 'supplier_id', null, 'supplier_ref', '')`)
	s.bulk(30_001, 30_300, `jsonb_build_object('environment', 'sandbox', 'plate', 'T' || i - 30000, 'supplier_id', 'sup-' || i - 30000, 'supplier_ref', 'XR-' || i - 30000)`)
	s.bulk(40_001, 40_100, `jsonb_build_object('paid_at', now() - interval '60 days')`)
	s.add(booking.LineAgrees, s.template.SupplierID, "", "", ok)
	for i := 1; i <= 6; i++ {
		s.add(booking.LineAmount, fmt.Sprintf("sup-%d", i), "", "", "1 000,01")
	}
	for i := 7; i <= 12; i++ {
		s.add(booking.LineExpired, fmt.Sprintf("sup-%d", i), "", "", ok)
	}
	for i := 13; i <= 17; i++ {
		s.add(booking.LineCancelled, "", fmt.Sprintf("XR-%d", i), "", ok)
	}
	for i := 18; i <= 20; i++ {
		s.add(booking.LineUnpaid, fmt.Sprintf("sup-%d", i), "", "", ok)
	}
	for i := 21; i <= 23; i++ {
		s.add(booking.LineByPlate, "", "", fmt.Sprintf("T%d", i), ok)
	}
	for i, b := range s.unknown {
		if i < 5 {
			s.add(booking.LineProved, b.SupplierID, "", b.Car.Plate, cents(b.Due()))
		} else {
			s.add(booking.LineByPlate, "", "", contact.FormatPlate(b.Car.Plate), cents(b.Due()))
		}
	}
	for i := 12; i <= 14; i++ {
		s.add(booking.LineAmbiguous, "", "", fmt.Sprintf("DOUBLE%d", i), ok)
	}
	for i := range 5 {
		s.add(booking.LineNotFound, fmt.Sprintf("nobody-%d", i), "", "", ok)
	}
	for i := 30; i <= 33; i++ {
		s.add(booking.LineUnreadable, fmt.Sprintf("sup-%d", i), "", "", "1.234")
	}
	for i := 42; i <= 9994; i++ { // with the template's these are 9,954 that agree
		s.plain(booking.LineAgrees, i, ok)
	}
	for i := 42; i <= 45; i++ {
		s.plain(booking.LineDuplicate, i, ok)
	}
	return s
}

// picture is what stands in the database: bookings by state, the sum of their
// versions, and cases by why they are open.
func (s *largeStatement) picture() map[string]int {
	s.t.Helper()
	out := map[string]int{}
	rows, err := s.pool.Query(s.t.Context(), `
		SELECT state, count(*) FROM bookings GROUP BY state
		UNION ALL SELECT 'versions', sum(version) FROM bookings
		UNION ALL SELECT 'events', count(*) FROM booking_events
		UNION ALL SELECT 'notes', count(*) FROM booking_notes
		UNION ALL SELECT 'case ' || why, count(*) FROM cases WHERE resolved_at IS NULL GROUP BY why`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			s.t.Fatal(err)
		}
		out[name] = n
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// The promise of the import: 10,000 lines, 50 planted differences, 50 found and
// none besides; nothing expires, and twice is once.
func TestFiftyDifferencesInTenThousandLines(t *testing.T) {
	t.Parallel()
	s := newLargeStatement(t)
	st := s.statement(s.file.String())
	if st.Lines != 10_000 || len(s.want)+4 != 50 {
		t.Fatalf("%d lines with %d differences", st.Lines, len(s.want)+4)
	}
	before := s.picture()
	s.halfWay(st)
	st, _, err := s.compare(st, sixColumns)
	if err != nil {
		t.Fatal(err)
	}
	s.foundAll(st)
	after := s.picture()
	before["pay_unknown"], before["confirmed"] = before["pay_unknown"]-5, before["confirmed"]+5
	before["versions"], before["events"], before["notes"] = before["versions"]+5, before["events"]+5, before["notes"]+5
	before["case pay_unknown"] -= 5
	before["case "+booking.CaseStatementBilled], before["case "+booking.CaseStatementPlate], before["case "+booking.CaseLinesUnproved] = 11, 5, 3
	if !maps.Equal(before, after) {
		t.Errorf("there is\n%v, want\n%v", after, before)
	}
	for i, b := range s.unknown {
		want := map[bool]booking.State{true: booking.Confirmed, false: booking.PayUnknown}[i < 5]
		if got := s.now(b.Ref); got.State != want {
			t.Errorf("%s is %s, want %s", b.Ref, got.State, want)
		}
	}
	_, again, err := s.compare(st, sixColumns)
	if err != nil || again != (statement.Compared{}) || !maps.Equal(s.picture(), after) {
		t.Errorf("a second time: %+v, %v\n%v", again, err, s.picture())
	}
	s.foundAll(st)
}

// halfWay breaks a comparison off in the middle of a transaction, as a crash does.
func (s *largeStatement) halfWay(st statement.Statement) {
	s.t.Helper()
	proofs := 0
	defer func() {
		if recover() == nil {
			s.t.Error("the comparison was not broken off")
		}
		if n := s.picture()["case "+booking.CaseStatementBilled]; n == 0 || s.picture()["pay_unknown"] != 5 {
			s.t.Errorf("broken off with %d cases, and %d unknown", n, s.picture()["pay_unknown"])
		}
	}()
	_, _, err := s.Compare(s.t.Context(), s.desk, statement.CompareRequest{Handle: st.Handle, Columns: sixColumns, Words: func(string, int) string {
		if proofs++; proofs == 3 {
			panic("the power fails")
		}
		return "line"
	}})
	s.t.Error(err)
}

func (s *largeStatement) foundAll(st statement.Statement) {
	s.t.Helper()
	if got := s.classes(st); !maps.Equal(got, s.want) {
		for n, class := range s.want {
			if got[n] != class {
				s.t.Errorf("line %d is %q, want %q", n, got[n], class)
			}
		}
		for n, class := range got {
			if s.want[n] == "" {
				s.t.Errorf("line %d is %q, and agrees", n, class)
			}
		}
	}
	list, err := s.Unbilled(s.t.Context(), st, 0, 100)
	if err != nil || len(list) != 4 {
		s.t.Errorf("%d are paid and not billed, want 4 (%v)", len(list), err)
	}
	for _, b := range list {
		if b.ID < 1_000_038 || b.ID > 1_000_041 {
			s.t.Errorf("%s is said not to be billed", b.Ref)
		}
	}
	sums, err := s.Sums(s.t.Context(), st)
	count := map[booking.LineClass]int{}
	for _, c := range sums {
		count[c.Class] += c.Lines
	}
	if err != nil || count[booking.LineAgrees] != 9954 || count[booking.NotBilled] != 4 || count[booking.LineByPlate] != 5 {
		s.t.Errorf("sums %v, %v", count, err)
	}
}

func TestWhoMayImportStatements(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	st := c.statement("id;amount\nx;1\n")
	for _, who := range []account.Actor{c.agent, {UserID: c.desk.UserID, Role: account.Admin}} {
		up := statement.Upload{File: strings.NewReader("id;amount\ny;1\n"), From: today(c), To: today(c), About: statement.AboutReturns}
		if _, err := c.Import(t.Context(), who, up); err == nil {
			t.Errorf("%s uploads", who.Role)
		}
		if _, _, err := c.Compare(t.Context(), who, statement.CompareRequest{Handle: st.Handle, Columns: statement.Columns{"supplier_id": 0, "amount": 1}}); err == nil {
			t.Errorf("%s compares", who.Role)
		}
	}
	if _, err := c.Find(t.Context(), c.agent, st.Handle); err == nil {
		t.Error("an agent reads it")
	}
	if _, err := c.List(t.Context(), c.agent, 1); err == nil {
		t.Error("an agent lists them")
	}
}
