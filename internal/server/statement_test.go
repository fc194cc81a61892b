package server

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
)

// sendStatement fills the upload form in; the file goes last, as on the page.
func (b *browser) sendStatement(file, from, to string) *answer {
	b.t.Helper()
	return b.sendStatementOf("dropoffs", file, from, to)
}

func (b *browser) sendStatementOf(about, file, from, to string) *answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"from": from, "to": to, "about": about} {
		if err := form.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", `C:\Users\x\November "1".csv`)
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.header.Set("Content-Type", form.FormDataContentType())
	defer b.header.Del("Content-Type")
	return b.sendBody("/desk/statements", &body)
}

// statementOf writes a file about bookings, as the supplier would.
func statementOf(lines ...string) string {
	return "ID;Référence;Plaque;Dépôt;Retour;Total\n" + strings.Join(lines, "\n") + "\n"
}

func lineOf(b booking.Booking, amount string) string {
	return strings.Join([]string{b.SupplierID, b.SupplierRef, "", "", "", amount}, ";")
}

func total(b booking.Booking) string {
	return fmt.Sprintf("%d,%02d €", b.Due().Cents/100, b.Due().Cents%100)
}

// imported uploads and compares a file of today's payments with the columns that the page proposes.
func (b *browser) imported(file string) *answer {
	b.t.Helper()
	columns := b.follow(b.sendStatementOf("payments", file, "today", "today"))
	return b.follow(b.send(columns, "columns"))
}

func TestALineWithTheSuppliersIDProvesAPayment(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	sure, byCar := p.stored(t, p.lost(t, agent, simulator.EndpointPay, "AB-800-CD")), p.stored(t, p.lost(t, agent, simulator.EndpointPay, "AB-801-CD"))
	if sure.State != booking.PayUnknown || byCar.State != booking.PayUnknown {
		t.Fatalf("%s %s", sure.State, byCar.State)
	}
	car := ";;AB 801 CD;" + byCar.Stay.FromWall.Format("02/01/2006 15:04") + ";;" + total(byCar)
	page := desk.imported(statementOf(lineOf(sure, total(sure)), car))
	page.says(t, "1 line settled an uncertain payment or cancellation", "1 line opened a case", "A missing line is no evidence")
	if got := page.banner(); got != "Comparison done. Uncertain bookings settled this time: 1. Cases opened this time: 1." {
		t.Error(got)
	}
	if got := p.stored(t, "/bookings/"+sure.Ref); got.State != booking.Confirmed || got.PaidBy == "" {
		t.Errorf("%s by %q", got.State, got.PaidBy)
	}
	if got := p.stored(t, "/bookings/"+byCar.Ref); got.State != booking.PayUnknown || got.Version != byCar.Version {
		t.Errorf("by plate: %s", got.State)
	}
	queue, err := p.bookings.Queue(t.Context(), account.ActorOf(p.people[account.CustomerService], account.Agency{}), 10)
	var why []string
	for _, item := range queue {
		why = append(why, item.Booking.Ref+" "+item.Why)
	}
	slices.Sort(why)
	if want := []string{byCar.Ref + " pay_unknown", byCar.Ref + " statement_plate"}; err != nil || !slices.Equal(why, want) {
		t.Errorf("queue %v, want %v (%v)", why, want, err)
	}
	notes, err := p.bookings.Notes(t.Context(), sure)
	if err != nil || len(notes) != 1 || notes[0].Evidence.Channel != "statement" || notes[0].ActorID != p.people[account.CustomerService].ID ||
		notes[0].Evidence.Text != "Line 2 of the statement “November \"1\".csv” carries the supplier ID." {
		t.Errorf("%+v, %v", notes, err)
	}
	if !page.offers("/bookings/" + byCar.Ref) {
		t.Error("the line does not lead to its booking")
	}
	p.reconcile(t)
}

func TestTheResultOfAStatement(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	var sold []booking.Booking
	for i := range 3 {
		sale := p.booked(agent, fmt.Sprintf("AB-81%d-CD", i))
		agent.pay(sale)
		sold = append(sold, p.stored(t, sale))
	}
	dropped := p.booked(agent, "AB-819-CD")
	agent.press(agent.read(dropped+"/drop"), dropped+"/drop")
	gone := p.stored(t, dropped)
	lines := []string{lineOf(sold[0], total(sold[0])), lineOf(sold[1], "1 000,00"), lineOf(gone, total(gone)), "x;;;;;1.234"}
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("none-%d;;;;;1,00", i))
	}
	day := sold[0].Stay.FromWall.Format("2006-01-02")
	columns := desk.follow(desk.sendStatement(statementOf(lines...), "today", day))
	page := desk.follow(desk.send(columns, "columns"))
	at, _, _ := strings.Cut(columnsAt(columns), "/columns")
	for class, n := range map[string]string{
		"agree": "1", "amount_differs": "1", "billed_expired": "1", "unreadable": "1", "not_found": "60", "not_billed": "1", "by_plate": "", "proved": "",
	} {
		row := page.find("data-class", class)
		if (row == nil) != (n == "") || row != nil && !slices.Contains(strings.Fields(textOf(row)), n) {
			t.Errorf("%s: %q, want %s", class, textOf(row), n)
		}
		if row != nil && !page.offers(at+"?class="+class) {
			t.Errorf("%s leads nowhere", class)
		}
	}
	if page.find("data-line", "4") == nil || !page.offers("/bookings/"+gone.Ref) {
		t.Error("what must be looked at does not come first")
	}
	desk.read(at+"?class=amount_differs").says(t, sold[1].Ref, "more than in Guichet")
	desk.read(at+"?class=not_billed").says(t, sold[2].Ref, "A missing line proves nothing")
	desk.read(at+"?class=unreadable").says(t, "Check the amount.")
	desk.read(at+"?class=agree").says(t, sold[0].Ref)
	first := desk.read(at + "?class=not_found&after=x")
	next := attr(first.find("rel", "next"), "href")
	if second := desk.read(next); first.find("data-line", "55") == nil || first.find("data-line", "56") != nil || second.find("data-line", "56") == nil || second.find("data-line", "65") == nil {
		t.Errorf("the pages do not follow: %q", next)
	}
	if got := p.stored(t, dropped); got.State != booking.Dropped || got.Version != gone.Version {
		t.Errorf("a line reversed what is over: %s", got.State)
	}
	if got := p.stored(t, "/bookings/"+sold[2].Ref); got.State != booking.Confirmed || got.Version != sold[2].Version {
		t.Errorf("a missing line changed a booking: %s", got.State)
	}
	beyond := site.EncodeCursor(booking.Cursor{Key: sold[0].CreatedAt.UnixMicro(), ID: 1 << 40}, strings.TrimPrefix(at, "/desk/statements/")+"not_found")
	if page := desk.read(at + "?class=not_found&after=" + beyond); page.find("data-line", "6") == nil {
		t.Error("a place beyond all lines is not the beginning")
	}
	p.looksOnly(t, at)
}

// columnsAt is the address of the form of columns.
func columnsAt(a *answer) string { return attr(a.find("data-testid", "columns"), "action") }

// looksOnly checks what an admin sees of a statement, and that both entries
// stand in the audit log.
func (p *portal) looksOnly(t *testing.T, at string) {
	t.Helper()
	admin := p.as(t, account.Admin)
	if page := admin.read(at); page.find("data-testid", "sums") == nil || page.offers(at+"/columns") {
		t.Error("an admin sees no sums, or may compare")
	}
	list := admin.read("/desk/statements")
	if !list.offers(at) || list.find("data-testid", "statement") != nil {
		t.Error("an admin does not find the statement, or may upload")
	}
	for _, action := range []string{"statement_imported", "statement_compared"} {
		admin.read("/admin/audit?action="+action).says(t, strings.TrimPrefix(at, "/desk/statements/"))
	}
	for _, role := range []account.Role{account.Agent, account.Manager, account.Admin} {
		b := p.as(t, role)
		if a := b.sendStatement(statementOf("x;;;;;1"), "today", "today"); a.status != http.StatusForbidden {
			t.Errorf("%s uploads: %d", role, a.status)
		}
		if a := b.post(at+"/columns", "supplier_id", "1", "amount", "6"); a.status != http.StatusForbidden {
			t.Errorf("%s compares: %d", role, a.status)
		}
	}
}

func TestFilesThatCannotBeStatements(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	desk := p.as(t, account.CustomerService)
	good := statementOf("x;;;;;1")
	for name, c := range map[string]struct {
		file, from, to string
		status         int
		field, words   string
	}{
		"nothing":           {"", "today", "today", 422, "file", "Choose a CSV file"},
		"a workbook":        {"PK\x03\x04…", "today", "today", 422, "file", "Save it as CSV"},
		"a picture":         {"\x89PNG\r\n\x1a\n…", "today", "today", 422, "file", "not a CSV file"},
		"a formula":         {statementOf("x;;;;;1", "=HYPERLINK(1);;;;;1"), "today", "today", 422, "file", "Line 3, column 1: the cell contains a formula"},
		"unequal":           {statementOf("x;1", "y;;;;;1"), "today", "today", 422, "file", "6 cells like the first line: 2"},
		"NUL":               {statementOf("x\x00;;;;;1"), "today", "today", 422, "file", "NUL"},
		"huge":              {strings.Repeat("x;1\n", bound.Statement/4), "today", "today", 413, "file", "larger than 20 MB"},
		"no period":         {good, "", "", 422, "from", "Enter the first day"},
		"no such day":       {good, "31/2/2026", "today", 422, "from", "Enter the first day"},
		"backwards":         {good, "today", "1/1/2020", 422, "to", "must not come before"},
		"ahead":             {good, "1/1/2099", "1/2/2099", 422, "from", "in the future"},
		"long":              {good, "today", "1/1/2099", 422, "to", "longer than a year"},
		"long ago":          {good, "1/1/2020", "2/1/2020", 422, "from", "more than 13 months ago"},
		"period of letters": {good, "<b>", "\x00", 422, "to", "Enter the last day"},
	} {
		a := desk.sendStatement(c.file, c.from, c.to)
		if a.status != c.status || attr(a.find("id", c.field), "aria-invalid") != "true" || !strings.Contains(textOf(a.find("id", c.field+"-error")), c.words) {
			t.Errorf("%s: %d %q", name, a.status, textOf(a.find("id", c.field+"-error")))
		}
		if a.find("id", "from") != nil && attr(a.find("id", "from"), "value") != c.from || !has(a.find("id", "about-dropoffs"), "checked") {
			t.Errorf("%s: what was typed is lost", name)
		}
		if c.file == good && c.field != "file" && !strings.Contains(textOf(a.find("id", "file-error")), "choose it again") {
			t.Errorf("%s: nothing is said about the file", name)
		}
	}
	var n int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM statements`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d statements are kept (%v)", n, err)
	}
}

func TestTheSameFileTwice(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	desk := p.as(t, account.CustomerService)
	file := statementOf("x;;;;;1" + strings.Repeat("\n;;;;;", maxBody)) // more than other forms may send
	first := desk.sendStatement(file, "today", "today")
	again := desk.sendStatement(file, "", "") // where it leads is clear without a period
	if again.status != http.StatusSeeOther || again.location+"/columns" != first.location {
		t.Fatalf("%d %s, then %d %s", first.status, first.location, again.status, again.location)
	}
	if page := desk.follow(again); !strings.Contains(page.banner(), "already been added") {
		t.Errorf("%q", page.banner())
	}
}

func TestColumnsAreRefusedAndRemembered(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	desk := p.as(t, account.CustomerService)
	columns := desk.sendStatement("A;B;C\nx;y;1\n", "today", "today").location
	if page := desk.read(columns); attr(page.find("id", "supplier_id"), "value") != "" || !strings.Contains(page.text(), "A x B y C 1") {
		t.Error("the first lines are not shown")
	}
	for _, c := range []struct{ id, plate, amount, field string }{
		{"", "", "3", "supplier_id"},
		{"1", "", "", "amount"},
		{"1", "", "9", "amount"},
		{"", "2", "3", "from"},
		{"1", "", "1", "amount"},
		{"x", "", "3", "supplier_id"},
		{"99999999999999999999", "", "3", "supplier_id"},
		{"-5", "", "3", "supplier_id"},
	} {
		a := desk.post(columns, "supplier_id", c.id, "plate", c.plate, "amount", c.amount)
		if a.status != http.StatusUnprocessableEntity || attr(a.find("id", c.field), "aria-invalid") != "true" {
			t.Errorf("%+v: %d", c, a.status)
		}
	}
	if page := desk.read(strings.TrimSuffix(columns, "/columns")); page.find("data-testid", "sums") != nil {
		t.Error("it counts as compared")
	}
	desk.follow(desk.post(columns, "supplier_id", "2", "amount", "3"))
	other := desk.read(desk.sendStatement("A;B;C\nx;z;1\n", "today", "today").location)
	_, chosen := other.form(t, "data-testid", "columns")
	if chosen.Get("supplier_id") != "2" || chosen.Get("amount") != "3" || chosen.Get("plate") != "" {
		t.Errorf("the columns are not remembered: %v", chosen)
	}
	_, guessed := desk.read(desk.sendStatement(statementOf("x;;;;;1"), "today", "today").location).form(t, "data-testid", "columns")
	if guessed.Get("supplier_id") != "1" || guessed.Get("from") != "4" || guessed.Get("amount") != "6" {
		t.Errorf("the columns are not guessed: %v", guessed)
	}
}

// walkStatements looks at every page of statements, with lines of all kinds.
func (p *portal) walkStatements(t *testing.T, d *browser, sale string, look func(name string, a *answer)) {
	t.Helper()
	b := p.stored(t, sale)
	day := b.Stay.FromWall.Format("2006-01-02")
	look("no statements", d.read("/desk/statements"))
	look("refused statement", d.sendStatement("", "", ""))
	look("huge statement", d.sendStatement(strings.Repeat("x;1\n", bound.Statement/4), "today", "today"))
	for name, file := range map[string]string{
		"workbook": "PK\x03\x04", "not CSV": "x", "NUL": "a;b\n\x00;1\n", "quotes": "a;b\n\"x;1\n", "formula": "a;b\n=1;1\n", "unequal": "a;b\n1\n",
		"no header": "1;2\n", "no lines": "a;b\n", "UTF-16": "\xff\xfea", "long": "a;b\n" + strings.Repeat("x", 1001) + ";1\n",
	} {
		look("statement: "+name, d.sendStatement(file, "1/1/2099", "1/1/2200"))
	}
	file := statementOf(
		lineOf(b, total(b)), lineOf(b, total(b)), "x;;;;;1.234", "y;;;;;-1,00", "z;;;;;1,00 USD", ";;;;;1,00", ";;ZZ999ZZ;31/2/2026;;1,00",
		"unknown;;;;;1,00")
	columns := d.follow(d.sendStatement(file, "today", day))
	look("columns", columns)
	look("refused columns", d.post(columnsAt(columns)))
	at := strings.TrimSuffix(columnsAt(columns), "/columns")
	look("not compared", d.read(at))
	look("compared", d.follow(d.send(columns, "columns")))
	look("the same file", d.follow(d.sendStatement(file, "", "")))
	for _, class := range booking.LineClasses() {
		look(string(class), d.read(at+"?after=x&class="+string(class)))
	}
	look("statements", d.read("/desk/statements"))
}
