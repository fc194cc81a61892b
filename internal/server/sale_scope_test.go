package server

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// What an agency's agent may do with a quote and with a booking; %s is its name.
var (
	quoteRoutes = []string{
		"GET /quotes/%s", "POST /quotes/%s/services", "GET /quotes/%s/customer", "POST /quotes/%s/customer",
		"GET /quotes/%s/check", "POST /quotes/%s/check", "POST /fragments/quotes/%s/price",
		"POST /fragments/quotes/%s/lookup", "POST /fragments/quotes/%s/services", "POST /fragments/quotes/%s/customer", "POST /fragments/quotes/%s/check",
	}
	bookingRoutes = []string{
		"GET /bookings/%s", "GET /bookings/%s/confirmation", "GET /bookings/%s/voucher", "GET /bookings/%s/pay",
		"POST /bookings/%s/pay", "GET /bookings/%s/drop", "POST /bookings/%s/drop", "POST /bookings/%s/accept", "POST /bookings/%s/retry",
		"POST /bookings/%s/again", "GET /bookings/%s/cancel", "POST /bookings/%s/cancel", "GET /fragments/bookings/%s/status",
	}
)

// timeless leaves out of a page when the session ends.
func timeless(page string) string {
	return sessionEnd.ReplaceAllString(page, "")
}

var sessionEnd = regexp.MustCompile(`data-idle="\d+"|Session until \d\d:\d\d`)

func TestAnotherAgencysSaleIsAsUnknownAsNone(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := strings.TrimPrefix(b.filled(p.aStay(), aCustomer("AB-123-CD")), "/quotes/")
	paid := p.booked(b, "EF-456-GH")
	b.follow(b.pay(paid))
	held := p.booked(b, "JK-789-LM")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_before", Count: 1})
	unknown := p.booked(b, "NP-123-QR")
	sent := len(p.sim.Calls())

	stranger := p.asStranger(t)
	for _, mine := range []struct {
		name, none string
		version    string // the one at which the step would be taken
		routes     []string
		status     int
	}{
		{quote, "aaaaaaaaaaaaaaaaaaaaaaaaaa", "3", quoteRoutes, http.StatusGone},
		{strings.TrimPrefix(paid, "/bookings/"), "GU-0000-0000", "4", bookingRoutes, http.StatusNotFound},
		{strings.TrimPrefix(held, "/bookings/"), "GU-0000-0000", "2", bookingRoutes, http.StatusNotFound},
		{strings.TrimPrefix(unknown, "/bookings/"), "GU-0000-0000", "2", bookingRoutes, http.StatusNotFound},
	} {
		for _, route := range mine.routes {
			method, path, _ := strings.Cut(route, " ")
			fields := with(aCustomer("AB-123-CD"), "version", mine.version, "pay_method", "cash", "service", "full_wash")
			a := stranger.do(method, strings.Replace(path, "%s", mine.name, 1), fields)
			none := stranger.do(method, strings.Replace(path, "%s", mine.none, 1), fields)
			if a.status != mine.status || none.status != mine.status {
				t.Errorf("%s: %d, and %d for none", route, a.status, none.status)
			}
			if timeless(strings.ReplaceAll(a.body, mine.name, mine.none)) != timeless(none.body) {
				t.Errorf("%s tells that it exists", route)
			}
		}
	}
	// Neither a draft nor a search, a look-up or a list leads there.
	action, fields := stranger.read("/quotes/new?draft="+quote).form(t, "data-testid", "quote")
	if fields.Get("zone") != "" || fields.Get("from") != "" {
		t.Errorf("a stranger's form is filled with %v", fields)
	}
	taken := stranger.do(http.MethodPost, action, with(p.aStay(), "from", quote))
	if a := stranger.read(taken.location + "/customer"); strings.Contains(a.body, "Lévy") {
		t.Error("a stranger's quote took the customer over")
	}
	for _, q := range []string{"lévy", "AB123CD", "EF456GH", "0199001234", "zoe@example.test"} {
		if a := stranger.post(taken.location+"/customer", "go", "lookup", "q", q); strings.Contains(a.body, "O’Hara") || strings.Contains(a.body, "Renault") {
			t.Errorf("looking %s up finds the other agency's customer", q)
		}
	}
	for name, state := range map[string]booking.State{paid: booking.Confirmed, held: booking.Held, unknown: booking.CreateUnknown} {
		if now := p.stored(t, name); now.State != state {
			t.Errorf("%s became %s", name, now.State)
		}
	}
	for _, c := range p.sim.Calls()[sent:] {
		if c.Endpoint != simulator.EndpointQuotes {
			t.Errorf("%s was sent", c.Endpoint)
		}
	}
}

func TestOnlyFieldsOfTheFormAreRead(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stranger := p.asStranger(t)
	extra := []string{
		"price", "1", "total", "1", "total_cents", "1", "amount", "1", "currency", "USD", "agency_id", "2", "user_id", strconv.FormatInt(p.people[account.Manager].ID, 10),
		"state", "confirmed", "environment", "production", "contact_id", "77", "car_id", "12", "supplier_id", "9001", "customer_id", "1",
		"sale_id", "x", "draft_id", "x", "retry_of", "x", "deadline", "2099-01-01", "pay_by", "2099-01-01", "paid_at", "2026-01-01", "insured", "true",
		"differs", "false", "same_plate", "0", "available", "true", "id", "1", "ref", "GU-0000-0000",
	}
	fill := func(fields url.Values) url.Values { return with(fields, extra...) }
	quote := b.quoted(fill(p.aStay()))
	b.do(http.MethodPost, quote+"/services?service=cancellation_insurance", fill(url.Values{"service": {"full_wash"}}))
	b.do(http.MethodPost, quote+"/customer", fill(aCustomer("AB-123-CD")))
	to, check := b.read(quote+"/check").form(t, "data-testid", "check")
	sale := b.do(http.MethodPost, to+"?price=1&agency_id=2", with(fill(check), "pay_method", "cash")).location
	to, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	b.follow(b.do(http.MethodPost, to, with(fill(pay), "pay_method", "cash")))

	now, there := p.stored(t, sale), p.only(t)
	if now.AgencyID != p.people[account.Agent].AgencyID || now.UserID != p.people[account.Agent].ID || now.Environment != "simulator" {
		t.Errorf("agency %d, person %d, %s", now.AgencyID, now.UserID, now.Environment)
	}
	if now.Total.Cents != there.PriceCents || now.Total.Currency != "EUR" || now.Insured || now.Ref == "GU-0000-0000" || now.RetryOf != "" {
		t.Errorf("%+v, want %d cents", now, there.PriceCents)
	}
	if now.Deadline.Sub(now.T0) != booking.HoldTime || now.SupplierID != there.ID {
		t.Errorf("deadline %s after %s, supplier's id %s", now.Deadline, now.T0, now.SupplierID)
	}
	for _, c := range p.sim.Calls() {
		if c.Endpoint == simulator.EndpointCreate && (strings.Contains(c.Body, "contact_id") || strings.Contains(c.Body, "car_id") || !strings.Contains(c.Body, "AB123CD")) {
			t.Errorf("the supplier was sent %s", c.Body)
		}
	}
	if a := stranger.get(sale); a.status != http.StatusNotFound {
		t.Errorf("the other agency sees it: %d", a.status)
	}
	p.reconcile(t)
}

func TestWhoMayPayForAnAgency(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.booked(p.as(t, account.Agent), "AB-123-CD")
	desk := p.as(t, account.CustomerService)
	page := desk.read(sale)
	if !page.offers(sale + "/pay") {
		t.Error("customer service is not offered to pay")
	}
	admin := p.as(t, account.Admin)
	if a := admin.read(sale); a.offers(sale+"/pay") || a.offers(sale+"/drop") {
		t.Error("an admin is offered to pay or to drop")
	}
	if a := admin.post(sale+"/pay", "version", "2", "pay_method", "cash"); a.status != http.StatusForbidden || p.called(simulator.EndpointPay) != 0 {
		t.Errorf("an admin pays: %d", a.status)
	}
	desk.follow(desk.pay(sale))
	if now := p.stored(t, sale); now.State != booking.Confirmed {
		t.Errorf("it is %s", now.State)
	}
	p.reconcile(t)
}

func TestAddressesThatNoPageGave(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	for _, name := range []string{"%00", "%ff%fe", "..%2f..", "%27--", strings.Repeat("a", 5000), "GU-%00%00%00%00-0000", "gu-0000-0000"} {
		for _, path := range []string{"/quotes/" + name, "/bookings/" + name, "/quotes/new?draft=" + name} {
			if a := b.get(path); a.status >= 500 {
				t.Errorf("%.60s: %d", path, a.status)
			}
		}
		for _, path := range []string{
			"/quotes/" + name + "/services", "/quotes/" + name + "/customer", "/quotes/" + name + "/check",
			"/bookings/" + name + "/pay", "/bookings/" + name + "/retry",
		} {
			if a := b.do(http.MethodPost, path, with(aCustomer("AB-123-CD"), "version", "1", "pay_method", "cash")); a.status < 400 || a.status >= 500 {
				t.Errorf("POST %.60s: %d", path, a.status)
			}
		}
	}
}
