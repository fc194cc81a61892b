package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/postgres"
	"guichet/internal/restore"
	"guichet/internal/statement"
)

// A frozen portal says so on every page, and an admin who compared the bookings
// reopens it.
func TestFrozenPortal(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, admin := p.as(t, account.Agent), p.as(t, account.Admin)
	quote := agent.filled(p.aStay(), aCustomer("AA-001-AA"))
	if err := p.server.Bookings.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/quotes/new", quote, quote + "/customer", quote + "/check", "/bookings", "/profile"} {
		if agent.read(path).find("data-testid", "frozen") == nil {
			t.Errorf("%s does not say that the portal is frozen", path)
		}
	}
	if p.nobody(t).read("/sign-in").find("data-testid", "frozen") == nil {
		t.Error("the sign-in page does not say it")
	}
	if a := agent.send(agent.read(quote+"/check"), "check", "pay_method", "cash"); a.status != http.StatusServiceUnavailable || len(p.sim.Ledger()) != 0 {
		t.Errorf("book: %d, %d bookings at the supplier", a.status, len(p.sim.Ledger()))
	}
	page := admin.read("/admin/frozen")
	if a := admin.send(page, "unfreeze"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", a.status)
	}
	after := admin.follow(admin.send(page, "unfreeze", "compared", "1"))
	if after.find("data-testid", "frozen") != nil || !strings.Contains(after.text(), "open again") {
		t.Errorf("afterwards: %s", after.text())
	}
	agent.follow(agent.send(agent.read(quote+"/check"), "check", "pay_method", "cash"))
	if len(p.sim.Ledger()) != 1 {
		t.Error("nothing was booked after the portal reopened")
	}
}

// restored puts on record that a backup was restored, as a node does that notices.
func (p *portal) restored(t *testing.T) {
	t.Helper()
	err := p.app.AcquireFunc(t.Context(), func(conn *pgxpool.Conn) error {
		_, err := postgres.Witnessed{Conn: conn.Conn()}.Record(t.Context(), restore.Event{}, nil, func(restore.Found) []restore.Sign {
			return []restore.Sign{restore.SignRow, restore.SignClaim}
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// After a restore everybody signs in again; quotes and bookings say that they wait
// for the comparison, frozen or not, and the admin reads what there is to do.
func TestPagesAfterARestore(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.as(t, account.Agent)
	quote := agent.filled(p.aStay(), aCustomer("AA-001-AA"))
	shown := agent.read(quote + "/check")
	held := agent.follow(agent.send(agent.read(agent.filled(p.aStay(), aCustomer("AA-002-AA"))+"/check"), "check", "pay_method", "cash"))
	ref := textOf(held.find("id", "reference"))
	pay := agent.read("/bookings/" + ref + "/pay")
	p.restored(t)
	if a := agent.get("/bookings"); a.status != http.StatusSeeOther {
		t.Errorf("a session of before: %d", a.status)
	}
	agent, admin := p.as(t, account.Agent), p.as(t, account.Admin)
	page := admin.read("/admin/frozen")
	for _, text := range []string{"Restore detected", "data loaded from a backup", "the latest sales are missing", "To pay: 1", "no longer be booked: 1"} {
		if !strings.Contains(page.text(), text) {
			t.Errorf("the admin does not read %q: %s", text, page.text())
		}
	}
	for range 2 {
		if a := agent.send(shown, "check", "pay_method", "cash"); a.status < 400 || len(p.sim.Ledger()) != 1 {
			t.Errorf("the quote of before: %d, %d bookings there", a.status, len(p.sim.Ledger()))
		}
		if a := agent.send(pay, "pay", "pay_method", "cash"); a.status == http.StatusOK || p.sim.Ledger()[0].PayCount != 0 {
			t.Errorf("pay: %d, paid %d times there", a.status, p.sim.Ledger()[0].PayCount)
		}
		if agent.read("/bookings/"+ref).find("data-testid", "uncompared") == nil || agent.read("/bookings").find("data-testid", "uncompared") == nil {
			t.Error("the booking does not say that it waits")
		}
		cancel := agent.read("/bookings/" + ref + "/cancel")
		if text := cancel.text(); !strings.Contains(text, locale.EN.T("cancel.unpaid.uncompared")) || strings.Contains(text, locale.EN.T("cancel.say.held")) ||
			cancel.offers("/bookings/"+ref+"/again") {
			t.Errorf("the cancel page says %s", text)
		}
		if agent.read(quote+"/check").find("data-testid", "uncompared-draft") == nil {
			t.Error("the quote does not say that it cannot be booked")
		}
		if frozen, err := p.bookings.Frozen(t.Context()); err == nil && frozen {
			admin.follow(admin.send(admin.read("/admin/frozen"), "unfreeze", "compared", "1"))
		}
	}
}

// takeover is what takes a booking over, as it is typed.
var takeover = []string{
	"agency", "TEST", "zone", "CDG", "from_date", "04/07/2027", "from_time", "06:05", "to_date", "12/07/2027", "to_time", "22:40",
	"last_name", "Durand", "channel", "phone", "person", "Mme Bernard", "text", "Elle la voit.",
}

// A line that does not say whose booking it bills is named by whom the supplier told;
// then the booking is one of the others.
func TestNamingALine(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.restored(t)
	desk, admin := p.as(t, account.CustomerService), p.as(t, account.Admin)
	p.billed(t, "ref;plate;amount\nR-1;AA-001-AA;96,00\n", statement.Columns{"supplier_ref": 0, "plate": 1, "amount": 2})
	if admin.read("/admin/frozen").find("href", "/desk/unknown") == nil || admin.read("/desk/unknown").find("data-testid", "name") != nil {
		t.Error("the admin is not led there, or may name it")
	}
	page := desk.read("/desk/unknown")
	a := desk.send(page, "name", "supplier_id", " ")
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), locale.EN.T("problem.evidence.supplier_id")) {
		t.Errorf("no id: %d %s", a.status, a.text())
	}
	if a := desk.send(page, "name", "supplier_id", strings.Repeat("9", 81)); a.find("value", strings.Repeat("9", 81)) == nil {
		t.Error("what was typed is lost")
	}
	shown := desk.follow(desk.send(page, "name", "supplier_id", "9-1"))
	if !strings.Contains(shown.text(), "9-1") || shown.find("data-testid", "propose") == nil {
		t.Errorf("named: %s", shown.text())
	}
	if again := desk.follow(desk.send(page, "name", "supplier_id", "9-2")); !strings.Contains(again.text(), locale.EN.T("unnamed.over")) || again.find("data-testid", "unnamed") != nil {
		t.Errorf("named twice: %s", again.text())
	}
}

// billed imports a statement of payments of these days and compares it.
func (p *portal) billed(t *testing.T, file string, columns statement.Columns) {
	t.Helper()
	p.billedAs(t, "s.csv", file, columns)
}

func (p *portal) billedAs(t *testing.T, name, file string, columns statement.Columns) {
	t.Helper()
	actor := account.Actor{UserID: p.people[account.CustomerService].ID, Role: account.CustomerService}
	day := time.Now().UTC().Truncate(24 * time.Hour)
	st, err := p.statements.Import(t.Context(), actor, statement.Upload{
		FileName: name, From: day.AddDate(0, 0, -3), To: day, About: statement.AboutPayments, File: strings.NewReader(file),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.statements.Compare(t.Context(), actor, statement.CompareRequest{Handle: st.Handle, Columns: columns}); err != nil {
		t.Fatal(err)
	}
}

// What the supplier bills and nobody knows here stands in the queue and on the
// admin's page, warns whoever sells the same car, and is taken over by two people.
func TestTakingOverABooking(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.restored(t)
	agent, desk, admin := p.as(t, account.Agent), p.as(t, account.CustomerService), p.as(t, account.Admin)
	colleague := p.asPerson(t, p.addPerson(t, account.User{Email: "second@test.test", Name: "Louis Petit", Role: account.CustomerService}))
	actor := account.Actor{UserID: p.people[account.CustomerService].ID, Role: account.CustomerService}
	p.billed(t, "id;plate;amount\nX-1;AA-001-AA;96,00\n", statement.Columns{"supplier_id": 0, "plate": 1, "amount": 2})
	admin.follow(admin.send(admin.read("/admin/frozen"), "unfreeze", "compared", "1"))
	if desk.read("/desk/queue").find("data-testid", "elsewhere") == nil || !strings.Contains(admin.read("/admin/frozen").text(), "does not know: 1") {
		t.Error("it stands neither in the queue nor on the admin's page")
	}
	a := agent.send(agent.read(agent.filled(p.aStay(), aCustomer("AA-001-AA"))+"/check"), "check", "pay_method", "cash")
	if a.status != http.StatusConflict || !strings.Contains(a.text(), "X-1") || len(p.sim.Ledger()) != 0 {
		t.Errorf("the same car: %d %s", a.status, a.text())
	}
	list := desk.read("/desk/unknown")
	if list.find("data-testid", "unknown") == nil {
		t.Fatal(list.text())
	}
	open, err := p.bookings.UnknownBookings(t.Context(), actor, 9)
	if err != nil || len(open) != 1 {
		t.Fatalf("%v, %v", open, err)
	}
	page := desk.read("/desk/unknown/" + open[0].Handle)
	if a := desk.send(page, "propose"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing typed: %d", a.status)
	}
	for _, c := range []refusal{
		{"", []string{"from_time", "6 o"}, "from_time", "problem.from_time.unreadable", nil},
		{"", []string{"to_date", "12/07/2026"}, "to_date", "problem.to_date.order", []any{"Date", time.Date(2027, 7, 4, 6, 5, 0, 0, time.UTC)}},
		{"", []string{"to_date", "04/07/2027", "to_time", "05:00"}, "to_time", "problem.to_time.order", []any{"Time", time.Date(2027, 7, 4, 6, 5, 0, 0, time.UTC)}},
		{"", []string{"last_name", "R2"}, "last_name", "problem.last_name.characters", []any{"Character", "2"}},
	} {
		action, fields := page.form(t, "data-testid", "propose")
		sent := with(with(fields, takeover...), c.change...)
		a := desk.do(http.MethodPost, action, sent)
		a.refused(t, c, sent)
		wrong := 0
		for n := range a.doc.Descendants() {
			if strings.HasSuffix(attr(n, "id"), "-error") {
				wrong++
			}
		}
		if wrong != 1 {
			t.Errorf("%s: %d errors", c.field, wrong)
		}
	}
	desk.follow(desk.send(page, "propose", takeover...))
	if desk.read("/desk/unknown/"+open[0].Handle).find("data-testid", "agree") != nil {
		t.Error("the same person may agree")
	}
	stale := colleague.read("/desk/unknown/" + open[0].Handle)
	desk.follow(desk.send(desk.read("/desk/unknown/"+open[0].Handle), "propose", append(takeover, "text", "Elle la voit bien.")...))
	again := colleague.send(stale, "agree")
	if again.status != http.StatusConflict || !strings.Contains(again.text(), "Elle la voit bien.") || !strings.Contains(again.text(), locale.EN.T("unknown.changed")) {
		t.Errorf("agreed to another proposal: %d %s", again.status, again.text())
	}
	if a := desk.send(again, "agree"); a.status != http.StatusForbidden || !strings.Contains(a.text(), locale.EN.T("unknown.same_person")) || a.find("data-testid", "proposed") == nil {
		t.Errorf("the same person: %d %s", a.status, a.text())
	}
	shown := colleague.follow(colleague.send(again, "agree"))
	over := colleague.send(again, "agree")
	if over.status != http.StatusConflict || over.find("data-testid", "ended") == nil || over.find("data-testid", "agree") != nil {
		t.Errorf("once more: %d %s", over.status, over.text())
	}
	ref := textOf(shown.find("id", "reference"))
	for _, path := range []string{"", "/cancel", "/voucher", "/confirmation"} {
		if text := desk.read("/bookings/" + ref + path).text(); strings.Contains(text, "Without cancellation insurance") || strings.Contains(text, "No cancellation insurance") {
			t.Errorf("%s knows that it is not insured: %s", path, text)
		}
	}
	if !strings.Contains(shown.text(), "Taken over") || !strings.Contains(shown.text(), "Durand") {
		t.Errorf("afterwards: %s", shown.text())
	}
}
