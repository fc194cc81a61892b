package server

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// part is the text of one part of the day.
func (a *answer) part(testID string) string {
	if node := a.find("data-testid", testID); node != nil {
		return textOf(node)
	}
	return ""
}

// The day of an agency has who comes and who goes, by the hour; what is to pay, and
// what nobody knows. Of another agency it has nothing.
func TestTheDayOfAnAgency(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, stranger := p.as(t, account.Agent), p.asStranger(t)
	paid, held, lost := p.booked(b, "AB-101-CD"), p.booked(b, "AB-102-CD"), p.booked(b, "AB-103-CD")
	b.follow(b.pay(paid))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "500_after", Count: 1})
	b.follow(b.pay(lost))

	page := b.read("/today")
	page.says(t, "0 drop-offs", "No drop-offs that day.", "0 returns", "1 booking to pay", "1 being checked")
	if title := textOf(page.doc); !strings.Contains(page.first("title"), "(2) Today") {
		t.Errorf("the tab says %q of %q", page.first("title"), title)
	}
	if holds := page.part("today-holds"); !strings.Contains(holds, "O’Hara-Lévy Zoé") || !strings.Contains(holds, "58 min left") || !page.offers(held) {
		t.Errorf("to pay: %s", holds)
	}
	if unknown := page.part("today-unknown"); !strings.Contains(unknown, "Payment being checked") || !page.offers(lost) {
		t.Errorf("not known: %s", unknown)
	}

	stay := p.stored(t, paid).Stay
	day := func(wall time.Time) string { return "/today?day=" + wall.Format(time.DateOnly) }
	page = b.read(day(stay.FromWall))
	if drops := page.part("drop-offs"); !strings.Contains(drops, "1 drop-off") || !strings.Contains(drops, "6:00") || !strings.Contains(drops, "06:05") ||
		!strings.Contains(drops, "AB-101-CD") || !strings.Contains(drops, "AF1234") || !strings.Contains(drops, "+33 1 99 00 12 34") {
		t.Errorf("drop-offs: %s", drops)
	}
	if returns := page.part("returns"); !strings.Contains(returns, "0 returns") {
		t.Errorf("returns: %s", returns)
	}
	if !page.offers("/today") || !page.offers(day(stay.FromWall.AddDate(0, 0, 1))) {
		t.Error("no way to other days")
	}
	if returns := b.read(day(stay.ToWall)).part("returns"); !strings.Contains(returns, "1 return") || !strings.Contains(returns, "22:40") {
		t.Errorf("returns: %s", returns)
	}
	for _, path := range []string{"/today", day(stay.FromWall), day(stay.ToWall), "/today?day=soon"} {
		if a := stranger.read(path); strings.Contains(a.text(), "O’Hara") {
			t.Errorf("%s shows another agency's customer", path)
		}
	}
	if a := b.get("/today?day=soon"); a.status != http.StatusOK || !strings.Contains(a.text(), "1 booking to pay") {
		t.Errorf("a day that is none: %d", a.status)
	}
}

// An unpaid booking is handed over to a colleague of the agency, and to nobody else; all
// of the agency can go on paying it.
func TestAHoldIsHandedOver(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, m, stranger := p.as(t, account.Agent), p.as(t, account.Manager), p.asStranger(t)
	held := p.booked(b, "AB-101-CD")
	give := func(who account.User) *answer {
		t.Helper()
		return b.send(b.read("/today"), "colleague-"+strings.TrimPrefix(held, "/bookings/"), "colleague", who.Handle)
	}
	a := give(account.User{})
	if a.status != http.StatusUnprocessableEntity || a.find("data-testid", "colleague-"+strings.TrimPrefix(held, "/bookings/")) == nil {
		t.Fatalf("to nobody: %d", a.status)
	}
	a.says(t, "Choose a colleague of your agency")
	if a := give(p.people[account.CustomerService]); a.status != http.StatusUnprocessableEntity {
		t.Errorf("to customer service: %d", a.status)
	}
	b.follow(give(p.people[account.Manager])).says(t, "Camille Martin will see to booking")
	if holds := m.read("/today").part("handover"); !strings.Contains(holds, "With Camille Martin, handed over by Camille Martin at") {
		t.Errorf("whose it is: %q", holds)
	}
	if a := stranger.post(held+"/colleague", "colleague", p.people[account.Agent].Handle); a.status != http.StatusNotFound {
		t.Errorf("another agency hands it over: %d", a.status)
	}
	foreign, err := p.store.PersonByEmail(t.Context(), "agent@other.test")
	if err != nil {
		t.Fatal(err)
	}
	seller := account.Actor{UserID: p.people[account.Agent].ID, AgencyID: p.people[account.Agent].AgencyID, Role: account.Agent}
	if err := p.bookings.HandOver(t.Context(), seller, strings.TrimPrefix(held, "/bookings/"), foreign); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("to another agency: %v", err)
	}
	page := b.read("/today")
	b.follow(b.pay(held))
	late := b.follow(b.send(page, "colleague-"+strings.TrimPrefix(held, "/bookings/"), "colleague", p.people[account.Manager].Handle))
	late.says(t, "nothing to hand over")
	p.reconcile(t)
}
