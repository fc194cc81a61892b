package server

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	handlers "guichet/internal/server/bookings"
	"guichet/internal/simulator"
)

// What was found out stands between the calls, with who, how and when; the calls
// stay as they were, and the payment is the agent's.
func TestFindingsStandBetweenTheCalls(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.lost(t, p.as(t, account.Agent), simulator.EndpointPay, "AB-140-CD")
	p.moveClock(t, 2*time.Hour)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	second := p.asPerson(t, p.addPerson(t, account.User{Email: "second@test.test", Name: "Second Desk", Role: account.CustomerService}))
	find := func(who *browser, finding, reference, text string) *answer {
		return who.follow(who.send(who.read(sale+"/case"), "resolve", "finding", finding, "channel", "mail", "person", "Ana", "reference", reference, "text", text))
	}
	read := func() (said handlers.Evidence, calls string) {
		if err := json.Unmarshal([]byte(desk.get(sale+"/evidence.json").body), &said); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(said.Calls)
		if err != nil {
			t.Fatal(err)
		}
		return said, string(text)
	}
	_, before := read()
	find(desk, "not_paid", "T-1", "She sees nothing")
	find(desk, "paid", "T-2", "She sees it now")
	page := second.read(sale + "/case")
	second.follow(second.send(page, "decide", "decision", "agree")).says(t, "The proposal has been answered")
	said, after := read()
	if after != before {
		t.Errorf("the calls read\n%s\nand were\n%s", after, before)
	}
	pack := desk.read(sale + "/evidence")
	pack.says(t, "It is not paid with the supplier", "T-1", "She sees nothing", "T-2", "told by Ana", "confirmed by Second Desk", "without a usable answer")
	desk.read(sale).says(t, "T-1", "confirmed by Second Desk")
	if got := p.stored(t, sale); got.State != booking.Confirmed || got.PaidBy != p.people[account.Agent].Name {
		t.Errorf("%s, paid by %q", got.State, got.PaidBy)
	}
	if text := b.read(sale).text(); strings.Contains(text, "T-2") || strings.Contains(text, "confirmed by") {
		t.Error("the agency reads what was found out")
	}
	if len(said.Findings) != 2 {
		t.Fatalf("%+v", said.Findings)
	}
	if f := said.Findings[1]; f.Finding != "paid" || f.Reference != "T-2" || f.Second != "Second Desk" || f.Person != "Ana" || f.Channel != "mail" || f.At.IsZero() {
		t.Errorf("%+v", f)
	}
	if c := said.Calls[1]; c.Outcome != "unknown" {
		t.Errorf("%+v", c)
	}
}

// A proposal is refused with a reason, or withdrawn by whoever made it.
func TestAProposalIsRefusedOrWithdrawn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	second := p.asPerson(t, p.addPerson(t, account.User{Email: "second@test.test", Name: "Second Desk", Role: account.CustomerService}))
	sale := p.booked(b, "AB-141-CD")
	b.press(b.read(sale+"/drop"), sale+"/drop")
	propose := func() {
		desk.follow(desk.send(desk.read(sale+"/case"), "resolve", "finding", "paid", "channel", "mail", "person", "Ana", "text", "It is paid"))
	}
	propose()
	if a := second.send(second.read(sale+"/case"), "decide", "decision", "refuse"); a.status != 422 {
		t.Errorf("refused without a reason: %d", a.status)
	}
	second.follow(second.send(second.read(sale+"/case"), "decide", "decision", "refuse", "reason", "Their system says void")).says(t, "The proposal has been answered", "Their system says void")
	desk.read(sale+"/evidence").says(t, "Proposal refused", "refused by Second Desk", "Their system says void")
	propose()
	read := second.read(sale + "/case")
	desk.follow(desk.send(desk.read(sale+"/case"), "decide", "decision", "withdraw"))
	propose()
	for _, decision := range []string{"agree", "refuse"} {
		a := second.send(read, "decide", "decision", decision, "reason", "Their system says void")
		a.says(t, "has changed since you opened this page")
		if a.status != 409 || a.find("data-testid", "decide") == nil {
			t.Errorf("%s, of what was withdrawn: %d", decision, a.status)
		}
	}
	desk.follow(desk.send(desk.read(sale+"/case"), "decide", "decision", "withdraw")).says(t, "The proposal has been answered", "No case is open")
	if got := p.stored(t, sale).State; got != booking.Dropped {
		t.Errorf("it is %s", got)
	}
}

// An answer that could not be recorded with its call stands in the evidence pack,
// between the calls and in the file.
func TestKeptAnswersAreEvidence(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	sale := p.booked(agent, "AB-142-CD")
	if _, err := p.pool.Exec(t.Context(), `
		INSERT INTO unrecorded_answers (environment, correlation, booking_id, booking_ref, supplier_id, operation, outcome, http_status, request, response)
		SELECT environment, 'kept-1', id, ref, supplier_id, 'pay', 'ok', 200, '{"asked": 1}', '{"answered": 1}' FROM bookings`); err != nil {
		t.Fatal(err)
	}
	desk.read(sale+"/evidence").says(t, "kept-1", `{"asked": 1}`, `{"answered": 1}`)
	var said handlers.Evidence
	if err := json.Unmarshal([]byte(desk.get(sale+"/evidence.json").body), &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Kept) != 1 || said.Kept[0].Correlation != "kept-1" || said.Kept[0].Answer != `{"answered": 1}` || said.Kept[0].HTTPStatus != 200 {
		t.Errorf("%+v", said.Kept)
	}
	if strings.Contains(agent.read(sale).text(), "kept-1") {
		t.Error("the agency reads it")
	}
}
