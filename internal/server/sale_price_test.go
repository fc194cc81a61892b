package server

import (
	"net/http"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// priced sets what the supplier asks from now on, and what it then books at.
func (p *portal) priced(t *testing.T, extra int64) {
	t.Helper()
	for _, endpoint := range []string{simulator.EndpointQuotes, simulator.EndpointCreate} {
		p.fault(t, simulator.Fault{Endpoint: endpoint, Kind: "price_changed", Amount: extra})
	}
}

func TestAHigherPriceStopsTheSale(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"), "cancellation_insurance")
	_, old := b.read(quote+"/check").form(t, "data-testid", "check")
	p.priced(t, 6_50)
	stop := b.book(quote)
	if stop.status != http.StatusConflict || stop.find("data-testid", "price-changed") == nil || p.called(simulator.EndpointCreate) != 0 {
		t.Fatalf("%d, %d creates: %s", stop.status, p.called(simulator.EndpointCreate), stop.text())
	}
	// An older check page must not accept the new price.
	if a := b.do(http.MethodPost, quote+"/check", with(old, "pay_method", "cash")); a.location != quote+"/check" {
		t.Errorf("the old page: %d %s", a.status, a.location)
	}
	if !stop.offers(quote) {
		t.Error("there is no way back")
	}
	b.read(quote)
	to := b.press(stop, quote+"/check")
	there := p.only(t)
	before, after := euros(locale.EN, there.PriceCents-6_50), euros(locale.EN, there.PriceCents)
	stop.says(t, before+" → "+after, euros(locale.EN, 6_50), locale.EN.T("sale.changed.book", "Total", after), locale.EN.T("sale.changed.back"))
	held := b.follow(to)
	held.stands(t, to.location, booking.Held, false)
	held.says(t, after)
	b.follow(b.pay(to.location)).says(t, after)
	p.reconcile(t)
}

func TestALowerPriceIsBookedAndSaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	p.priced(t, -6_50)
	to := b.book(quote)
	held := b.follow(to)
	there := p.only(t)
	held.stands(t, to.location, booking.Held, false)
	held.says(t, locale.EN.T("booking.held.lower", "Before", euros(locale.EN, there.PriceCents+6_50), "After", euros(locale.EN, there.PriceCents)))
	if now := p.stored(t, to.location); now.Due().Cents != there.PriceCents {
		t.Errorf("%d to pay, %d at the supplier", now.Due().Cents, there.PriceCents)
	}
	p.reconcile(t)
}

func TestWhatTheSupplierBookedDearerMustBeAccepted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "price_changed", Amount: 6_50})
	sale := p.booked(b, "AB-123-CD")
	there := p.only(t)
	page := b.read(sale)
	page.stands(t, sale, booking.Held, true)
	page.says(t, euros(locale.EN, there.PriceCents), euros(locale.EN, there.PriceCents-6_50))
	if a := b.get(sale + "/pay"); a.location != sale {
		t.Errorf("the pay page: %d %s", a.status, a.location)
	}
	a := b.post(sale+"/pay", "version", "2", "pay_method", "cash")
	if said := b.follow(a).banner(); said != locale.EN.T("booking.not_now") || p.called(simulator.EndpointPay) != 0 {
		t.Errorf("%d pays, the banner says %q", p.called(simulator.EndpointPay), said)
	}
	to, accept := page.form(t, "action", sale+"/accept")
	b.landed(b.tabs(manyTabs, to, accept))
	b.read(sale).stands(t, sale, booking.Held, false)
	b.follow(b.pay(sale)).says(t, euros(locale.EN, there.PriceCents))
	if now := p.stored(t, sale); now.State != booking.Confirmed || now.Total.Cents != there.PriceCents {
		t.Errorf("%s, %d of %d cents", now.State, now.Total.Cents, there.PriceCents)
	}
	p.reconcile(t)
}

func TestNoSpaceLeft(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable"})
	a := b.book(quote)
	if a.location != quote || p.called(simulator.EndpointCreate) != 0 {
		t.Fatalf("%d %s, %d creates", a.status, a.location, p.called(simulator.EndpointCreate))
	}
	page := b.follow(a)
	if page.banner() != locale.EN.T("sale.unavailable") || page.find("data-testid", "unavailable") == nil {
		t.Errorf("banner %q: %s", page.banner(), page.text())
	}
	for _, step := range []string{"/customer", "/check"} {
		if a := b.get(quote + step); a.location != quote {
			t.Errorf("%s: %d %s", step, a.status, a.location)
		}
	}
	// A quote without space is a page, too, and other dates keep the customer.
	full := b.quoted(p.aStay())
	if b.read(full).find("data-testid", "unavailable") == nil {
		t.Error("the page does not say that there is no space")
	}
	p.sim.ClearFaults()
	action, fields := b.read("/quotes/new?draft="+quote[len("/quotes/"):]).form(t, "data-testid", "quote")
	next := b.do(http.MethodPost, action, with(fields, "to_date", "+9"))
	b.read(next.location+"/check").says(t, "Zoé O’Hara-Lévy", "AB-123-CD", "AF1235")
}

func TestAServiceThatIsWithdrawn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"), "cancellation_insurance", "full_wash")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "service_withdrawn", Service: "full_wash"})
	stop := b.book(quote)
	if stop.status != http.StatusConflict || p.called(simulator.EndpointCreate) != 0 {
		t.Fatalf("%d, %d creates: %s", stop.status, p.called(simulator.EndpointCreate), stop.text())
	}
	gone := locale.EN.T("sale.services.gone", "Place", "Paris Charles de Gaulle", "Services", locale.EN.T("service.full_wash"))
	stop.says(t, gone, euros(locale.EN, 49_00))
	to := b.press(stop, quote+"/check")
	held, there := b.follow(to), p.only(t)
	if len(there.Services) != 1 || there.Services[0] != "cancellation_insurance" {
		t.Errorf("booked with %v", there.Services)
	}
	held.stands(t, to.location, booking.Held, false)
	held.says(t, euros(locale.EN, there.PriceCents))
	p.reconcile(t)
}
