package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// with returns the fields with others set; pairs are names and values in turn.
func with(fields url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for name, values := range fields {
		out[name] = slices.Clone(values)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// aStay is a filled-in quote form: CDG, eight days, in forty days, which is far from every step of the price.
func (p *portal) aStay() url.Values {
	from := time.Now().Add(time.Duration(p.ahead.Load())).AddDate(0, 0, 40)
	return url.Values{
		"zone": {"CDG"}, "from_date": {from.Format("02/01/2006")}, "from_time": {"6h05"},
		"to_date": {"+8"}, "to_time": {"22h40"}, "outbound": {"AF1234"}, "return": {"af 1235"},
	}
}

// aCustomer is a filled-in customer form.
func aCustomer(plate string) url.Values {
	return url.Values{
		"last_name": {"O’Hara-Lévy"}, "first_name": {"Zoé"}, "email": {"zoe@example.test"},
		"phone_country": {"FR"}, "phone": {"01 99 00 12 34"}, "language": {"fr"},
		"plate": {plate}, "make": {"Renault"}, "model": {"Clio"}, "color": {"bleue"}, "agency_ref": {"D-2041"},
		"outbound": {"AF1234"}, "return": {"af 1235"},
	}
}

// follow asks for the page that a redirect names.
func (b *browser) follow(a *answer) *answer {
	b.t.Helper()
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("%d instead of a redirect: %s", a.status, a.text())
	}
	return b.read(a.location)
}

// read is get for a page that must be there.
func (b *browser) read(path string) *answer {
	b.t.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.t.Fatalf("%s: %d (to %q): %s", path, a.status, a.location, a.text())
	}
	return a
}

// form returns where a form of the page leads and what it sends untouched, as
// a browser would press its first button.
func (a *answer) form(t *testing.T, attribute, value string) (action string, fields url.Values) {
	t.Helper()
	f := a.find(attribute, value)
	if f == nil || f.Data != "form" {
		t.Fatalf("no form %s=%q on: %s", attribute, value, a.text())
	}
	fields = url.Values{}
	pressed := false
	for n := range f.Descendants() {
		switch {
		case n.Data == "input" && (attr(n, "type") != "radio" && attr(n, "type") != "checkbox" || has(n, "checked")):
			fields.Add(attr(n, "name"), attr(n, "value"))
		case n.Data == "option" && has(n, "selected"):
			fields.Set(attr(selectOf(n), "name"), attr(n, "value"))
		case n.Data == "button" && !pressed:
			pressed = true
			if attr(n, "name") != "" {
				fields.Set(attr(n, "name"), attr(n, "value"))
			}
		}
	}
	return attr(f, "action"), fields
}

func selectOf(n *html.Node) *html.Node {
	for n != nil && n.Data != "select" {
		n = n.Parent
	}
	return n
}

// send fills in the form with the test id and sends it.
func (b *browser) send(a *answer, testID string, pairs ...string) *answer {
	b.t.Helper()
	action, fields := a.form(b.t, "data-testid", testID)
	return b.do(http.MethodPost, action, with(fields, pairs...))
}

// press sends the form that leads to the address, as it stands on the page.
func (b *browser) press(a *answer, action string) *answer {
	b.t.Helper()
	to, fields := a.form(b.t, "action", action)
	return b.do(http.MethodPost, to, fields)
}

// tabs sends the same form from n tabs at once.
func (b *browser) tabs(n int, path string, fields url.Values) []*answer {
	b.t.Helper()
	answers := make([]*answer, n)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = b.do(http.MethodPost, path, fields) })
	}
	wait.Wait()
	if slices.Contains(answers, nil) {
		b.t.FailNow()
	}
	return answers
}

// quoted makes a quote and returns its address.
func (b *browser) quoted(stay url.Values) string {
	b.t.Helper()
	a := b.do(http.MethodPost, "/quotes", stay)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/quotes/") {
		b.t.Fatalf("quote: %d %s: %s", a.status, a.location, a.text())
	}
	return a.location
}

// filled makes a quote whose check page is ready, and returns its address.
func (b *browser) filled(stay, customer url.Values, services ...string) string {
	b.t.Helper()
	quote := b.quoted(stay)
	if a := b.do(http.MethodPost, quote+"/services", url.Values{"service": services}); a.location != quote+"/customer" {
		b.t.Fatalf("services: %d %s: %s", a.status, a.location, a.text())
	}
	if a := b.do(http.MethodPost, quote+"/customer", customer); a.location != quote+"/check" {
		b.t.Fatalf("customer: %d %s: %s", a.status, a.location, a.text())
	}
	return quote
}

// book sends the check page of a quote.
func (b *browser) book(quote string) *answer {
	b.t.Helper()
	return b.send(b.read(quote+"/check"), "check", "pay_method", "card_terminal")
}

// booked sells until the supplier has answered, and returns the booking's
// address; its state is the test's own business. However many a test sells, no
// limit is reached.
func (p *portal) booked(b *browser, plate string, services ...string) string {
	b.t.Helper()
	if _, err := p.pool.Exec(b.t.Context(), `DELETE FROM rate_limits`); err != nil {
		b.t.Fatal(err)
	}
	a := b.book(b.filled(p.aStay(), aCustomer(plate), services...))
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/bookings/") {
		b.t.Fatalf("book: %d %s: %s", a.status, a.location, a.text())
	}
	return a.location
}

// pay opens the pay page and sends it.
func (b *browser) pay(sale string) *answer {
	b.t.Helper()
	return b.send(b.read(sale+"/pay"), "pay", "pay_method", "cash", "receipt", "T-42")
}

// state is the one that the page of a booking shows.
func (a *answer) state() booking.State {
	return booking.State(attr(a.find("data-testid", "state"), "data-state"))
}

// banner is what the page says about the last action.
func (a *answer) banner() string {
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), "banner") {
			return textOf(n)
		}
	}
	return ""
}

// says fails the test when a text is missing from the page.
func (a *answer) says(t *testing.T, texts ...string) {
	t.Helper()
	page := a.text()
	for _, want := range texts {
		if want = strings.Join(strings.Fields(want), " "); !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
}

// offers reports whether the page has a link or a form to an address.
func (a *answer) offers(address string) bool {
	return a.find("href", address) != nil || a.find("action", address) != nil
}

// stored is a booking as the database has it.
func (p *portal) stored(t *testing.T, address string) booking.Booking {
	t.Helper()
	b, err := p.sales.Booking(t.Context(), account.Everything(), strings.TrimPrefix(address, "/bookings/"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// called counts the calls that the supplier received at an endpoint.
func (p *portal) called(endpoint string) int {
	n := 0
	for _, c := range p.sim.Calls() {
		if c.Endpoint == endpoint {
			n++
		}
	}
	return n
}

func (p *portal) fault(t *testing.T, f simulator.Fault) {
	t.Helper()
	if err := p.sim.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

// only returns the one booking that the supplier has.
func (p *portal) only(t *testing.T) simulator.Booking {
	t.Helper()
	list := p.sim.Ledger()
	if len(list) != 1 {
		t.Fatalf("the supplier has %d bookings", len(list))
	}
	return list[0]
}

func euros(l locale.Lang, cents int64) string { return l.Money(cents, "EUR") }

// sweep lets everything end that the clock can end.
func (p *portal) sweep(t *testing.T) {
	t.Helper()
	if _, err := p.bookings.EndLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.bookings.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// reconcile compares the portal's records with the supplier's ledger: the
// promise that the product is made for.
func (p *portal) reconcile(t *testing.T) {
	t.Helper()
	list, err := p.sales.List(t.Context(), account.Everything(), booking.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	paid := map[string]int{}
	for _, b := range list.Bookings {
		entries, attempts, err := p.bookings.History(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		open := slices.ContainsFunc(attempts, func(a booking.Attempt) bool { return a.Outcome == booking.OutcomeOpen })
		if len(entries) != b.Version || open != b.State.InFlight() {
			t.Errorf("%s is %s, version %d, with %d events; an attempt is open: %v", b.Ref, b.State, b.Version, len(entries), open)
		}
		there, _ := p.sim.Booking(b.SupplierID)
		if there.PayCount > 0 {
			paid[b.SaleID]++
		}
		if bad := contradiction(b.State, there); bad != "" {
			t.Errorf("%s: %s", b.Ref, bad)
		}
	}
	for sale, n := range paid {
		if n > 1 {
			t.Errorf("sale %s has %d paid bookings", sale, n)
		}
	}
	for _, there := range p.sim.Ledger() {
		if there.PayCount > 1 {
			t.Errorf("%s was charged %d times", there.Reference, there.PayCount)
		}
	}
}

// contradiction says how a state here and a booking there disagree; there is
// none when its status is empty.
func contradiction(here booking.State, there simulator.Booking) string {
	allowed := map[booking.State][]simulator.Status{
		booking.Held:       {simulator.Pending, simulator.Void},
		booking.PayUnknown: {simulator.Pending, simulator.Void, simulator.Paid},
		booking.Confirmed:  {simulator.Paid},
		booking.Cancelled:  {simulator.Cancelled},
	}
	list, known := allowed[here]
	if !known { // not reserved, over, or in flight: then nothing may be paid
		list = []simulator.Status{"", simulator.Pending, simulator.Void}
	}
	if here == booking.Voided || slices.Contains(list, there.Status) && (there.PayCount == 0 || there.Status == simulator.Paid || here == booking.Cancelled) {
		return ""
	}
	return fmt.Sprintf("%s here, %q there", here, there.Status)
}
