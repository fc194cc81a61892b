package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
)

// outcomes are what becomes of a create and of a pay that meets a fault. A kind
// that is not listed must leave the sale in one of the unknown states.
var outcomes = map[string]struct{ create, pay booking.State }{
	"price_changed":        {create: booking.Held},
	"unavailable":          {create: booking.Refused},
	"stale_contact":        {create: booking.Held},
	"stale_car":            {create: booking.Held},
	"zone_withdrawn":       {create: booking.Refused},
	"service_withdrawn":    {create: booking.Refused},
	"clock_off":            {booking.Held, booking.Confirmed},
	"erased":               {booking.Held, booking.Voided},
	"unauthorized":         {booking.Refused, booking.Held},
	"environment_required": {booking.Refused, booking.Held},
	"validation_failed":    {booking.Refused, booking.Held},
	"rate_limited":         {booking.Refused, booking.Held},
	"rate_limited_retry":   {booking.Refused, booking.Held},
	"not_found":            {booking.Refused, booking.Voided}, // the simulator counts as a test system, which may be erased
	"expired":              {booking.Refused, booking.PayUnknown},
	"already_paid":         {booking.Refused, booking.Confirmed},
	"not_cancellable":      {booking.Refused, booking.PayUnknown},
	"already_cancelled":    {booking.Refused, booking.PayUnknown},
}

// plainFaults are the kinds that make any call end badly, whatever it asks for.
var plainFaults = []string{
	"latency", "latency_before", "drop_before", "drop_after", "500_before", "500_after", "502_before", "502_after",
	"503_before", "503_after", "html_before", "html", "truncated", "wrong_types", "huge", "redirect",
	"unauthorized", "environment_required", "validation_failed", "not_found", "expired", "already_paid",
	"not_cancellable", "already_cancelled", "rate_limited", "rate_limited_retry", "delayed", "clock_off", "erased",
}

// faultOf fills in what a kind needs: more latency than the portal has patience.
func faultOf(endpoint, kind string) simulator.Fault {
	f := simulator.Fault{Endpoint: endpoint, Kind: kind, Count: 1}
	switch kind {
	case "latency", "latency_before":
		f.Latency = time.Minute
	case "price_changed":
		f.Amount = 6_50
	case "service_withdrawn":
		f.Service = booking.CancellationInsurance
	case "clock_off":
		f.Skew = 5 * time.Minute
	case "delayed":
		f.Delay = 10 * time.Minute
	}
	return f
}

// faultsPerPortal keeps a test below what one agency may book in a minute.
const faultsPerPortal = 7

// inPortals runs the kinds one after the other, a few in each portal.
func inPortals(t *testing.T, kinds []string, run func(t *testing.T, p *portal, b *browser, kind, plate string)) {
	t.Helper()
	for some := range slices.Chunk(kinds, faultsPerPortal) {
		t.Run(some[0], func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, account.Agent)
			for i, kind := range some {
				t.Run(kind, func(t *testing.T) {
					b.t = t
					run(t, p, b, kind, fmt.Sprintf("AB-%d-CD", 100+i))
				})
			}
			p.moveClock(t, 2*time.Hour)
			p.sweep(t)
			p.reconcile(t)
			p.over(t)
		})
	}
}

// over fails the test unless two hours ended everything that ends by itself:
// what may be paid there is never over here.
func (p *portal) over(t *testing.T) {
	t.Helper()
	list, err := p.sales.List(t.Context(), account.Everything(), booking.Filter{Limit: 100})
	if err != nil || len(list.Bookings) == 0 {
		t.Fatal(len(list.Bookings), err)
	}
	b := p.as(t, account.Agent)
	for _, sale := range list.Bookings {
		switch sale.State {
		case booking.PayUnknown:
			b.read("/bookings/"+sale.Ref).stands(t, "/bookings/"+sale.Ref, booking.PayUnknown, false)
		case booking.Refused, booking.Expired, booking.Dropped, booking.Confirmed, booking.Voided:
		default:
			t.Errorf("%s is still %s", sale.Car.Plate, sale.State)
		}
	}
}

func TestCreatesThatMeetAFault(t *testing.T) {
	t.Parallel()
	kinds := append(slices.Clone(plainFaults), "price_changed", "unavailable", "stale_contact", "stale_car", "zone_withdrawn", "service_withdrawn")
	inPortals(t, kinds, func(t *testing.T, p *portal, b *browser, kind, plate string) {
		want, named := outcomes[kind]
		if !named {
			want.create = booking.CreateUnknown
		}
		if strings.HasPrefix(kind, "stale_") { // only a customer who comes back has ids
			first := p.booked(b, plate)
			b.press(b.read(first+"/drop"), first+"/drop")
		}
		p.fault(t, faultOf(simulator.EndpointCreate, kind))
		sale := p.booked(b, plate, booking.CancellationInsurance)
		b.read(sale).stands(t, sale, want.create, kind == "price_changed")
		p.reconcile(t)
	})
}

func TestPaysThatMeetAFault(t *testing.T) {
	t.Parallel()
	inPortals(t, plainFaults, func(t *testing.T, p *portal, b *browser, kind, plate string) {
		want, named := outcomes[kind]
		if !named {
			want.pay = booking.PayUnknown
		}
		sale := p.booked(b, plate, "cancellation_insurance")
		p.fault(t, faultOf(simulator.EndpointPay, kind))
		page := b.follow(b.pay(sale))
		b.read(sale).stands(t, sale, want.pay, false)
		switch {
		case kind == "already_paid": // the supplier says what is not so: make it so
			p.payThere(t, p.stored(t, sale).SupplierID)
		case want.pay == booking.Held: // refused is refused: it can be paid after all
			if page.banner() != locale.EN.T("booking.pay.refused") {
				t.Errorf("the banner says %q", page.banner())
			}
			b.follow(b.pay(sale))
			b.read(sale).stands(t, sale, booking.Confirmed, false)
		}
		p.reconcile(t)
	})
}

// payThere pays at the supplier behind the portal's back.
func (p *portal) payThere(t *testing.T, supplierID string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v3/bookings/"+supplierID+"/pay", nil)
	r.Header.Set("X-ECTOR-AUTHENTICATION", simulator.DefaultKey)
	r.Header.Set("X-ECTOR-ENVIRONMENT", "production")
	w := httptest.NewRecorder()
	p.sim.Handler().ServeHTTP(w, r)
	if w.Code/100 != 2 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestAPayThatNeverLeavesMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	pay := b.read(sale + "/pay")
	p.there.Close()
	page := b.follow(b.send(pay, "pay", "pay_method", "cash"))
	if page.banner() != locale.EN.T("booking.pay.refused") {
		t.Errorf("the banner says %q", page.banner())
	}
	page.stands(t, sale, booking.Held, false)
	p.reconcile(t)
}

// stands fails the test unless the page of a sale shows the state, says what
// it means, and offers what it allows and nothing else.
func (a *answer) stands(t *testing.T, sale string, state booking.State, differs bool) {
	t.Helper()
	if a.state() != state {
		t.Fatalf("%s, want %s: %s", a.state(), state, a.text())
	}
	said := map[booking.State]string{
		booking.CreateUnknown: "booking.create_unknown.retry",
		booking.PayUnknown:    "booking.pay_unknown.do_not",
		booking.Refused:       "booking.head.refused",
		booking.Held:          "booking.held.unpaid",
		booking.Confirmed:     "booking.head.confirmed",
		booking.Voided:        "booking.over.voided",
	}
	a.says(t, locale.EN.T(said[state]))
	allowed := map[booking.State][]string{
		booking.CreateUnknown: {"/retry"},
		booking.Refused:       {"/again"},
		booking.Held:          {"/pay", "/drop"},
		booking.Confirmed:     {"/confirmation", "/voucher"},
	}[state]
	if differs {
		allowed = []string{"/accept", "/drop"}
	}
	for _, action := range []string{"/pay", "/drop", "/accept", "/retry", "/again", "/confirmation", "/voucher"} {
		if want := slices.Contains(allowed, action); a.offers(sale+action) != want {
			t.Errorf("%s: offers %s: %v", state, action, !want)
		}
	}
}

func TestQuotesThatMeetAFault(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"drop_before", "500_before", "503_before", "html", "truncated", "wrong_types", "huge", "redirect", "unauthorized", "rate_limited"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, account.Agent)
			quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
			f := faultOf(simulator.EndpointQuotes, kind)
			f.Count = 0
			p.fault(t, f)
			a := b.book(quote)
			if a.status != http.StatusServiceUnavailable || p.called(simulator.EndpointCreate) != 0 {
				t.Fatalf("%d, %d creates: %s", a.status, p.called(simulator.EndpointCreate), a.text())
			}
			a.says(t, locale.EN.T(quoteFaults[kind].title))
			if a := b.do(http.MethodPost, "/quotes", p.aStay()); a.status != http.StatusServiceUnavailable {
				t.Errorf("a new quote: %d", a.status)
			}
			b.read(quote+"/check").says(t, "Zoé O’Hara-Lévy") // nothing is lost
			b.read("/bookings")
		})
	}
}

// knock lets a test hold the calls of an endpoint at the supplier's door.
func (p *portal) knock(method, pathEnd string) (arrived <-chan struct{}, open func()) {
	at, wait := make(chan struct{}, 1), make(chan struct{})
	look := func(r *http.Request) {
		if r.Method == method && strings.HasSuffix(r.URL.Path, pathEnd) {
			at <- struct{}{}
			<-wait
		}
	}
	p.door.Store(&look)
	return at, func() { p.door.Store(nil); close(wait) }
}

// leave sends a form and goes away as soon as the supplier has been called; the
// supplier answers after that.
func (p *portal) leave(t *testing.T, b *browser, pathEnd, to string, fields url.Values) {
	t.Helper()
	arrived, open := p.knock(http.MethodPost, pathEnd)
	ctx, goAway := context.WithCancel(t.Context())
	defer goAway()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+to, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		resp, err := b.client.Do(req)
		if err == nil {
			t.Errorf("an answer before the supplier's: %d, %v", resp.StatusCode, resp.Body.Close())
		}
	}()
	<-arrived
	goAway()
	<-gone
	open()
	p.bookings.Wait()
}

func TestASaleGoesOnWithoutTheAgentsBrowser(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	to, check := b.read(quote+"/check").form(t, "data-testid", "check")
	p.leave(t, b, "/v3/bookings", to, with(check, "pay_method", "cash"))
	again := b.get(quote + "/check")
	if held := b.follow(again); held.state() != booking.Held {
		t.Fatalf("it is %s", held.state())
	}
	sale := again.location
	to, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	p.leave(t, b, "/pay", to, with(pay, "pay_method", "cash"))
	if paid := b.read(sale); paid.state() != booking.Confirmed {
		t.Errorf("it is %s", paid.state())
	}
	if log := p.log.String(); strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("a visitor who leaves is logged as an error: %s", log)
	}
	p.reconcile(t)
}

func TestWhileACallIsOpenThePageSaysSo(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	to, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	arrived, open := p.knock(http.MethodPost, "/pay")
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.do(http.MethodPost, to, with(pay, "pay_method", "cash"))
	}()
	<-arrived
	page := b.read(sale)
	page.says(t, locale.EN.T("booking.in_flight.paying"))
	for _, action := range []string{"/pay", "/drop", "/again", "/retry"} {
		if page.offers(sale + action) {
			t.Errorf("it offers %s", action)
		}
	}
	second := b.do(http.MethodPost, to, pay) // a second tab is not sent on
	if second.location != sale || p.called(simulator.EndpointPay) != 0 {
		t.Errorf("the second tab: %d %s", second.status, second.location)
	}
	if a := b.get("/fragments" + sale + "/status"); a.status != http.StatusOK || !strings.Contains(a.body, `data-state="paying"`) {
		t.Errorf("the fragment: %d %s", a.status, a.body)
	}
	open()
	<-done
	if n := p.called(simulator.EndpointPay); n != 1 || b.read(sale).state() != booking.Confirmed {
		t.Errorf("%d calls, %s", n, b.read(sale).state())
	}
}

// The page says since when the supplier does not answer, to the minute in the agency's
// time, and sends the form once more on one press.
func TestAPageSaysSinceWhenTheSupplierIsDown(t *testing.T) {
	t.Parallel()
	since := time.Now().Add(-90 * time.Minute)
	p := newPortal(t, func(o *site.Options) { o.SupplierDown = func() time.Time { return since } })
	b := p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "drop_before"})
	down := b.do(http.MethodPost, "/quotes", p.aStay())
	down.says(t, since.In(site.Paris).Format("15:04"), locale.EN.ZoneName("Europe/Paris"), locale.EN.T("error.supplier.kept"))
	if !down.offers("/quotes/new") {
		t.Error("there is no way back to the form")
	}
	p.sim.ClearFaults()
	if again := b.send(down, "again"); !strings.HasPrefix(again.location, "/quotes/") {
		t.Errorf("once more: %d %s", again.status, again.text())
	}
}
