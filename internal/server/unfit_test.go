package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// unfitSale sells a booking that the supplier answers with something else.
func (p *portal) unfitSale(t *testing.T, b *browser, plate string, f simulator.Fault) string {
	t.Helper()
	f.Endpoint, f.Count = simulator.EndpointCreate, 1
	p.fault(t, f)
	sale := p.booked(b, plate, booking.CancellationInsurance)
	if stored := p.stored(t, sale); !stored.Astray() {
		t.Fatalf("%s, unfit %v", stored.State, stored.Unfit)
	}
	return sale
}

// untrue is what no page may say of a booking that may be anything there.
var untrue = []string{
	"nothing is owed", "rien n’est dû", "try again", "réessayer", "Quote again", "failed", "échoué", "nothing is paid", "rien n’est payé",
	"it will expire automatically", "expirera automatiquement", "We have not received", "Nous n’avons pas reçu", "No answer from the supplier", "Pas de réponse",
}

// TestPagesOfAnUnfitBooking: they say what the supplier answered and who is asking,
// in both languages, and offer nothing that would sell or pay it.
func TestPagesOfAnUnfitBooking(t *testing.T) {
	t.Parallel()
	for _, f := range []simulator.Fault{
		{Kind: "other_status", Status: "failed"},
		{Kind: "other_status", Status: "void"},
		{Kind: "other_status", Status: "cancelled"},
		{Kind: "other_status", Status: "paid"},
		{Kind: "paid_at_once"},
		{Kind: "other_dates"},
	} {
		t.Run(f.Kind+" "+f.Status, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
			sale := p.unfitSale(t, b, "AB-101-CD", f)
			field := p.stored(t, sale).Unfit[0]
			for _, l := range []locale.Lang{locale.EN, locale.FR} {
				for name, who := range map[string]*browser{"agent": b, "desk": desk} {
					who.post("/language", "lang", string(l))
					a := who.read(sale)
					a.says(t, l.T("booking.head.unfit"), l.T("booking.unfit.do_not"), l.T("booking.unfit.checking"), l.T("booking.unfit.field."+field))
					for _, page := range []*answer{a, who.read(sale + "/cancel"), who.read("/fragments" + sale + "/status")} {
						for _, words := range untrue {
							if strings.Contains(page.text(), words) {
								t.Errorf("%s reads %q: %s", name, words, page.text())
							}
						}
						for _, action := range []string{"/pay", "/drop", "/accept", "/retry", "/again", "/confirmation", "/voucher"} {
							if page.offers(sale + action) {
								t.Errorf("%s is offered %s", name, action)
							}
						}
					}
				}
			}
			for _, action := range []string{"/retry", "/again", "/drop", "/pay", "/accept"} {
				if a := b.post(sale+action, "version", "2", "pay_method", "cash"); a.status == http.StatusOK {
					t.Errorf("%s: %d %s", action, a.status, a.location)
				}
			}
			p.moveClock(t, 3*time.Hour)
			p.sweep(t)
			if got := p.stored(t, sale); !got.Astray() || p.called(simulator.EndpointCreate) != 1 || p.called(simulator.EndpointPay) != 0 {
				t.Errorf("%s, %d creates, %d pays", got.State, p.called(simulator.EndpointCreate), p.called(simulator.EndpointPay))
			}
		})
	}
}

// TestAnUnfitBookingIsSettledByTheDesk: the case page asks the three questions, each
// in its time.
func TestAnUnfitBookingIsSettledByTheDesk(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	sale := p.unfitSale(t, b, "AB-101-CD", simulator.Fault{Kind: "other_dates"})
	ref := strings.TrimPrefix(sale, "/bookings/")
	desk.read("/desk/queue").says(t, ref, locale.EN.T("case.why.answer_unfit"), "1 case in the queue")
	page := desk.read(sale + "/case")
	page.says(t, "drop-off, return", "Does this booking exist on your side", p.stored(t, sale).SupplierID, "“No such booking” can only be recorded")
	for finding, want := range map[booking.Finding]bool{
		booking.FoundAsOrdered: true, booking.FoundPaid: true, booking.FoundVoid: false, booking.FoundNotPaid: false, booking.FoundCancelled: false,
	} {
		if (page.find("value", string(finding)) != nil) != want {
			t.Errorf("%s can be chosen: %v", finding, !want)
		}
	}
	evidence := []string{"channel", "phone", "person", "Ana", "text", "She sees it"}
	if a := desk.send(page, "resolve", append(evidence, "finding", "void")...); a.status != 303 || !p.stored(t, sale).Astray() {
		t.Errorf("void before the fence: %d", a.status)
	}
	p.moveClock(t, 59*time.Minute)
	desk = p.as(t, account.CustomerService)
	page = desk.read(sale + "/case")
	if page.find("value", string(booking.FoundAsOrdered)) != nil {
		t.Error("it can be found to be as ordered, and nobody can pay any more")
	}
	if a := desk.follow(desk.send(page, "resolve", append(evidence, "finding", "as_ordered")...)); a.banner() != locale.EN.T("case.not_now") || !p.stored(t, sale).Astray() {
		t.Errorf("as ordered, too late: %q", a.banner())
	}
	p.moveClock(t, 71*time.Minute)
	b, desk = p.as(t, account.Agent), p.as(t, account.CustomerService)
	done := desk.send(desk.read(sale+"/case"), "resolve", append(evidence, "finding", "void")...)
	if got := p.stored(t, sale); done.status != 303 || got.State != booking.Expired {
		t.Fatalf("%d, %s: %s", done.status, got.State, done.text())
	}
	desk.follow(done).says(t, locale.EN.T("case.resolved"), locale.EN.T("booking.event.unfit_void"), locale.EN.T("booking.event.create_unfit"))
	desk.read("/desk/queue").says(t, "Nothing in the queue")
	b.read(sale).says(t, "nothing is owed")
}

// TestAnUnfitBookingFoundPaid waits for a second person and may be shown at the
// counter then.
func TestAnUnfitBookingFoundPaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	other := p.asPerson(t, p.addPerson(t, account.User{Email: "second@test.test", Name: "Second Desk", Role: account.CustomerService}))
	sale := p.unfitSale(t, b, "AB-101-CD", simulator.Fault{Kind: "paid_at_once"})
	say := func(who *browser) *answer {
		return who.follow(who.send(who.read(sale+"/case"), "resolve", "finding", "paid", "channel", "mail", "person", "Ana", "text", "It is paid"))
	}
	say(desk).says(t, locale.EN.T("case.proposed"))
	if got := p.stored(t, sale); !got.Astray() {
		t.Fatalf("one person made it %s", got.State)
	}
	say(other)
	if got := p.stored(t, sale); got.State != booking.Confirmed || got.PaidBy != "" {
		t.Fatalf("%s by %q", got.State, got.PaidBy)
	}
	a := b.read(sale)
	a.says(t, locale.EN.T("booking.paid.text"), locale.EN.T("booking.event.unfit_paid"))
	if !a.offers(sale + "/voucher") {
		t.Error("no voucher")
	}
	p.reconcile(t)
}

// TestAnUnreadableQuoteOfOneZone: its page says so, and the others go on selling.
func TestAnUnreadableQuoteOfOneZone(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "price_unreadable", Zone: "NCE"})
	nice := p.aStay()
	nice.Set("zone", "NCE")
	for range 4 {
		a := b.do(http.MethodPost, "/quotes", nice)
		if a.status != http.StatusServiceUnavailable {
			t.Fatalf("%d: %s", a.status, a.text())
		}
		a.says(t, locale.EN.T("error.unreadable"), locale.EN.T("error.unreadable.text"))
		if strings.Contains(a.text(), locale.EN.T("error.supplier_down")) {
			t.Error("the supplier is called down")
		}
	}
	if a := b.do(http.MethodPost, "/quotes", p.aStay()); a.status != http.StatusSeeOther {
		t.Errorf("another zone: %d: %s", a.status, a.text())
	}
}

// TestABookingInDoubtIsNotPaid: while another booking of the sale may be paid there,
// the one that is held says so and is not offered to be paid.
func TestABookingInDoubtIsNotPaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	first := p.lost(t, b, simulator.EndpointCreate, "AB-101-CD")
	second := b.book(strings.TrimSuffix(b.press(b.read(first), first+"/retry").location, "/check")).location
	if got := p.stored(t, second); got.State != booking.Held {
		t.Fatalf("the second one is %s", got.State)
	}
	version := attr(b.read(second+"/pay").find("name", "version"), "value")
	if _, err := p.pool.Exec(t.Context(), `UPDATE bookings SET unfit = '{status}' WHERE ref = $1`, strings.TrimPrefix(first, "/bookings/")); err != nil {
		t.Fatal(err)
	}
	a := b.read(second)
	a.says(t, locale.EN.T("booking.held.doubt"), strings.TrimPrefix(first, "/bookings/"))
	if a.offers(second + "/pay") {
		t.Error("it is offered to be paid")
	}
	b.post(second+"/pay", "version", version, "pay_method", "cash")
	if got := p.stored(t, second); got.State != booking.Held || p.called(simulator.EndpointPay) != 0 {
		t.Errorf("%s, %d pays", got.State, p.called(simulator.EndpointPay))
	}
}
