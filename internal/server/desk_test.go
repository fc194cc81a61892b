package server

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	handlers "guichet/internal/server/bookings"
	"guichet/internal/simulator"
)

// lostPay sells a booking of whose payment nobody knows anything.
func (p *portal) lostPay(t *testing.T, plate string) string {
	t.Helper()
	return p.lost(t, p.as(t, account.Agent), simulator.EndpointPay, plate)
}

func TestTheDeskSaysWhatCanBeCancelled(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	b.follow(b.pay(p.booked(b, "AB-101-CD", booking.CancellationInsurance)))
	b.follow(b.pay(p.booked(b, "AB-102-CD")))
	p.booked(b, "AB-103-CD", booking.CancellationInsurance)
	if a := desk.read("/desk"); len(a.rows()) != 0 || a.find("data-testid", "count") != nil {
		t.Error("the desk lists bookings that nobody asked for")
	}
	for plate, want := range map[string]string{"AB-101-CD": "Yes", "AB-102-CD": "No – not insured", "AB-103-CD": "No – not paid"} {
		a := desk.read("/desk?q=" + plate)
		if !strings.Contains(textOf(a.find("id", "list-caption").Parent), want) {
			t.Errorf("%s: no %q in %s", plate, want, a.text())
		}
	}
	p.as(t, account.Admin).read("/desk?q=AB-101-CD").says(t, "No – not allowed")
}

func TestACaseIsTakenHandedOverAndSettled(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.lostPay(t, "AB-104-CD")
	ref := strings.TrimPrefix(sale, "/bookings/")
	second := p.addPerson(t, account.User{Email: "second@test.test", Name: "Second Desk", Role: account.CustomerService})
	desk := p.as(t, account.CustomerService)
	queue := desk.read("/desk/queue")
	queue.says(t, ref, "Is it paid?", "1 case in the queue", "Queue (1)")
	page := desk.read(sale + "/case")
	page.says(t, "Is it paid?", "unassigned", "without a usable answer", "Is it paid on your side?", "“No” can only be recorded from a certain time")
	if page.find("value", string(booking.FoundNotPaid)) != nil {
		t.Error("a negative finding can be chosen before the fence")
	}
	desk.follow(desk.post(sale+"/holder", "holder", "me")).says(t, "The case is assigned to Camille Martin")
	desk.follow(desk.post(sale+"/holder", "holder", second.Handle)).says(t, "assigned to: Second Desk")
	for _, wrong := range []string{"", "nobody", p.people[account.Agent].Handle, p.people[account.Admin].Handle} {
		if a := desk.post(sale+"/holder", "holder", wrong); a.status != 422 {
			t.Errorf("handed to %q: %d", wrong, a.status)
		}
	}
	bad := desk.send(page, "resolve", "finding", "paid", "text", "On the phone")
	if bad.status != 422 || textOf(bad.find("id", "text")) != "On the phone" {
		t.Errorf("without a channel and a person: %d", bad.status)
	}
	bad.says(t, "Choose the channel", "Enter your contact")
	if a := desk.send(page, "resolve", "finding", "not_paid", "channel", "phone", "person", "Ana", "text", "x"); a.status != 303 || p.stored(t, sale).State != booking.PayUnknown {
		t.Errorf("a negative finding before the fence: %d, %s", a.status, p.stored(t, sale).State)
	}
	if a := desk.send(page, "resolve", "finding", "cancelled", "channel", "phone", "person", "Ana", "text", "x"); a.status != 422 {
		t.Errorf("a finding of another state: %d", a.status)
	}
	done := desk.send(page, "resolve", "finding", "paid", "channel", "phone", "person", "Ana", "reference", "T-9", "text", "Paid at 15:10")
	if done.status != 303 || p.stored(t, sale).State != booking.Confirmed {
		t.Fatalf("%d, %s: %s", done.status, p.stored(t, sale).State, done.text())
	}
	desk.follow(done).says(t, "The finding is recorded", "Paid at 15:10", "Finding: It is paid with the supplier")
	desk.read("/desk/queue").says(t, "Nothing in the queue")
	if a := p.as(t, account.Agent).read(sale); strings.Contains(a.text(), "Paid at 15:10") {
		t.Error("the agency reads what customer service was told")
	}
	p.reconcile(t)
}

func TestAReversalWaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	other := p.asPerson(t, p.addPerson(t, account.User{Email: "second@test.test", Name: "Second Desk", Role: account.CustomerService}))
	sale := p.booked(b, "AB-105-CD")
	p.payThere(t, p.stored(t, sale).SupplierID)
	b.press(b.read(sale+"/drop"), sale+"/drop")
	say := func(who *browser) *answer {
		return who.follow(who.send(who.read(sale+"/case"), "resolve", "finding", "paid", "channel", "mail", "person", "Ana", "text", "It is paid"))
	}
	say(desk).says(t, "Your finding is recorded", "A second person must confirm it")
	say(desk).says(t, "confirmed by a second person")
	if got := p.stored(t, sale).State; got != booking.Dropped {
		t.Fatalf("one person made it %s", got)
	}
	say(other)
	if got := p.stored(t, sale).State; got != booking.Confirmed {
		t.Errorf("two people made it %s", got)
	}
	p.reconcile(t)
}

func TestNotes(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	sale := p.booked(b, "AB-106-CD")
	desk.follow(desk.send(desk.read(sale), "add-note", "text", "Calls back at 5 = PM")).says(t, "Calls back at 5 = PM")
	b.read(sale).says(t, "Calls back at 5 = PM")
	for _, text := range []string{"", "  ", strings.Repeat("x", 1001)} {
		a := b.send(b.read(sale), "add-note", "text", text)
		if a.status != 422 || strings.TrimSpace(textOf(a.find("id", "note"))) != strings.TrimSpace(text) {
			t.Errorf("%.10q: %d", text, a.status)
		}
		a.says(t, "Write a note of 1000 characters or fewer")
	}
	if a := p.asStranger(t).post(sale+"/notes", "text", "hello"); a.status != 404 {
		t.Errorf("another agency writes a note: %d", a.status)
	}
	if p.as(t, account.Admin).read(sale).find("data-testid", "add-note") != nil {
		t.Error("an admin is offered what they may not")
	}
}

func TestTheCallerIsIdentified(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.booked(p.as(t, account.Agent), "AB-107-CD")
	desk := p.as(t, account.CustomerService)
	desk.follow(desk.send(desk.read(sale), "identity")).says(t, "Tick what the caller gave unprompted")
	desk.follow(desk.send(desk.read(sale), "identity", "knew", "plate")).says(t, "The identity check is recorded")
	p.as(t, account.Admin).read("/admin/audit?action=caller_identified").says(t, strings.TrimPrefix(sale, "/bookings/")+" · number plate")
}

// The pack holds every call in both directions, and nobody's name, key or number;
// only findings say who found out.
func TestTheEvidencePack(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.lostPay(t, "AB-108-CD")
	desk := p.as(t, account.CustomerService)
	page, file := desk.read(sale+"/evidence"), desk.get(sale+"/evidence.json")
	var pack handlers.Evidence
	if err := json.Unmarshal([]byte(file.body), &pack); err != nil {
		t.Fatal(err)
	}
	stored := p.stored(t, sale)
	if len(pack.Calls) != 2 || len(pack.Events) != stored.Version || pack.State != "pay_unknown" || pack.SupplierID != stored.SupplierID {
		t.Errorf("%+v", pack)
	}
	for i, want := range []struct{ operation, outcome string }{{"create", "ok"}, {"pay", "unknown"}} {
		c := pack.Calls[i]
		if c.Operation != want.operation || c.Outcome != want.outcome || c.Correlation == "" || c.StartedAt.IsZero() || c.EndedAt == nil {
			t.Errorf("call %d: %+v", i, c)
		}
		page.says(t, c.Correlation)
	}
	if !strings.Contains(pack.Calls[0].Request, "zone_id") || !strings.Contains(pack.Calls[0].Answer, stored.SupplierID) {
		t.Errorf("the create is %q and %q", pack.Calls[0].Request, pack.Calls[0].Answer)
	}
	for _, secret := range []string{"O’Hara", "AB108CD", "33199001234", "zoe@example.test", simulator.DefaultKey, "Camille Martin"} {
		if strings.Contains(file.body, secret) || strings.Contains(textOf(page.find("id", "main")), secret) {
			t.Errorf("%s stands in the evidence", secret)
		}
	}
	p.as(t, account.Admin).read("/admin/audit?action=evidence_read").says(t, stored.Ref)
}

// A mail that was given up waits where somebody sees it.
func TestDeadMailIsSentAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	admin, desk := p.as(t, account.Admin), p.as(t, account.CustomerService)
	admin.post("/forgot", "email", "agent@test.test")
	const give = `UPDATE river_job SET state = 'discarded', finalized_at = now(), attempt = max_attempts WHERE kind = 'send_link'`
	if _, err := p.pool.Exec(t.Context(), give); err != nil {
		t.Fatal(err)
	}
	page := desk.read("/desk/queue")
	page.says(t, "Emails that were not sent", "New password · Camille Martin", "Queue (1)")
	number := attr(page.find("name", "mail"), "value")
	desk.follow(desk.post("/desk/mail", "mail", number)).says(t, "The email will be sent again", "Nothing in the queue")
	var state string
	var left int
	if err := p.pool.QueryRow(t.Context(), `SELECT state, max_attempts - attempt FROM river_job WHERE kind = 'send_link'`).Scan(&state, &left); err != nil {
		t.Fatal(err)
	}
	if state != "available" || left < 1 {
		t.Errorf("it is %s with %d tries left", state, left)
	}
	if a := desk.post("/desk/mail", "mail", number); a.status != 404 {
		t.Errorf("a second time: %d", a.status)
	}
}

func TestTheQueueIsInTheOrderOfItsDueTimes(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	late, soon := p.lostPay(t, "AB-109-CD"), p.lostPay(t, "AB-110-CD")
	if _, err := p.pool.Exec(t.Context(), `UPDATE cases SET due = $1 WHERE booking_id = (SELECT id FROM bookings WHERE ref = $2)`,
		time.Now().Add(-time.Hour), strings.TrimPrefix(soon, "/bookings/")); err != nil {
		t.Fatal(err)
	}
	a := p.as(t, account.CustomerService).read("/desk/queue")
	if rows := a.rows(); len(rows) != 2 || "/bookings/"+rows[0] != soon || "/bookings/"+rows[1] != late {
		t.Errorf("%v", rows)
	}
	a.says(t, "2 cases in the queue – 1 of them overdue")
}

// While nobody knows what became of a booking, no button sells the stay again,
// and what is sent all the same is not obeyed.
func TestNothingIsSoldAgainWhileNobodyKnows(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	for _, sale := range []string{p.lostPay(t, "AB-111-CD"), p.lost(t, b, simulator.EndpointCreate, "AB-112-CD")} {
		if b.read(sale).offers(sale+"/again") || b.read(sale+"/cancel").offers("/quotes/new?with="+strings.TrimPrefix(sale, "/bookings/")) {
			t.Errorf("%s is offered again", p.stored(t, sale).State)
		}
		a := b.post(sale + "/again")
		if a.location != sale || !strings.Contains(b.follow(a).text(), locale.EN.T("booking.not_now")) {
			t.Errorf("%s: %d %s", p.stored(t, sale).State, a.status, a.location)
		}
	}
	over := p.booked(b, "AB-114-CD")
	if a := b.press(b.read(over+"/drop"), over+"/drop"); a.location != over {
		t.Fatalf("dropped: %d %s", a.status, a.location)
	}
	if !b.read(over).offers(over + "/again") {
		t.Error("one that is over is not offered again")
	}
	p.openCase(t, p.stored(t, over).ID, booking.CaseStatementBilled)
	if page := b.read(over); page.offers(over+"/again") || strings.Contains(page.text(), "nothing is owed") || b.read(over+"/cancel").offers("/quotes/new?with="+strings.TrimPrefix(over, "/bookings/")) {
		t.Errorf("it is billed, and the page says %s", page.text())
	}
	if text := b.read(over + "/cancel").text(); !strings.Contains(text, locale.EN.T("cancel.unpaid.disputed")) || strings.Contains(text, locale.EN.T("cancel.unpaid.dropped")) {
		t.Errorf("it is billed, and the cancel page says %s", text)
	}
	if a := b.post(over + "/again"); a.location != over {
		t.Errorf("billed: %d %s", a.status, a.location)
	}
	held := p.booked(b, "AB-113-CD")
	if !b.read(held + "/cancel").offers("/quotes/new?with=" + strings.TrimPrefix(held, "/bookings/")) {
		t.Error("a held one is offered no other dates")
	}
}

// A booking that the supplier has credited may be cancelled there: its page says
// so, and nothing is printed that says that it is paid, as long as nobody has found
// out.
func TestACreditedBookingIsInQuestion(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-115-CD")
	b.pay(sale)
	if b.read(sale).find("data-testid", "credited") != nil {
		t.Fatal("nobody has credited it")
	}
	p.openCase(t, p.stored(t, sale).ID, booking.CaseCredited)
	page := b.read(sale)
	if page.find("data-testid", "credited") == nil {
		t.Error("the page does not say that it is credited")
	}
	for _, paper := range []string{sale + "/voucher", sale + "/confirmation"} {
		if a := b.get(paper); a.location != sale || page.find("href", paper) != nil {
			t.Errorf("%s: %d, leads to %q", paper, a.status, a.location)
		}
	}
}

// openCase opens a case that is due now.
func (p *portal) openCase(t *testing.T, bookingID int64, why string) {
	t.Helper()
	if err := p.sales.InTx(t.Context(), func(tx booking.Tx) error { return tx.OpenCase(t.Context(), bookingID, why, time.Now()) }); err != nil {
		t.Fatal(err)
	}
}
