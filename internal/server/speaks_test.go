package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// silent says where a page calls something wrong and does not say what; empty for a page
// that speaks.
func (a *answer) silent() string {
	wrong := func(l locale.Lang) bool { return strings.Contains(a.first("title"), l.T("web.error_prefix")) }
	if slices.ContainsFunc(locale.Langs(), wrong) && a.alert() == "" {
		return "the title says that there is an error, and nothing says which"
	}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), "has-error") && textOf(within(n, "error")) == "" {
			return "a field is marked and nothing says why: " + textOf(n)
		}
	}
	return ""
}

// within returns the first element of a class below another one.
func within(n *html.Node, class string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && slices.Contains(strings.Fields(attr(d, "class")), class) {
			return d
		}
	}
	return nil
}

// alert is what the page says first: the problems of its form, or its banner.
func (a *answer) alert() string {
	if box := within(a.doc, "error-summary"); box != nil {
		for n := range box.Descendants() {
			if n.Data == "li" && textOf(n) != "" {
				return textOf(n)
			}
		}
		return ""
	}
	return a.banner()
}

// Whatever form is sent empty, and refused, says why.
func TestEveryRefusalSpeaks(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	refused := 0
	for i, role := range roles {
		b := p.as(t, role)
		for _, r := range everyRoute {
			if r.method != http.MethodPost || r.want[i] != http.StatusUnprocessableEntity {
				continue
			}
			refused++
			if a := b.do(r.method, r.path, nil); a.alert() == "" {
				t.Errorf("POST %s as %q says nothing: %s", r.path, role, a.text())
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d forms were refused", refused)
	}
}

// What the supplier answers to a quote is said in its own words: the title of the page,
// or the problem and its field. Kinds that are not listed are quotes like any other.
var quoteFaults = map[string]struct{ title, field, problem string }{
	"latency":              {title: "error.supplier_down"},
	"latency_before":       {title: "error.supplier_down"},
	"drop_before":          {title: "error.supplier_down"},
	"drop_after":           {title: "error.supplier_down"},
	"truncated":            {title: "error.supplier_down"},
	"huge":                 {title: "error.supplier_down"},
	"500_before":           {title: "error.supplier_fails"},
	"500_after":            {title: "error.supplier_fails"},
	"502_before":           {title: "error.supplier_fails"},
	"502_after":            {title: "error.supplier_fails"},
	"503_before":           {title: "error.supplier_fails"},
	"503_after":            {title: "error.supplier_fails"},
	"html_before":          {title: "error.supplier_fails"},
	"html":                 {title: "error.supplier_fails"},
	"redirect":             {title: "error.supplier_fails"},
	"expired":              {title: "error.supplier_fails"},
	"already_paid":         {title: "error.supplier_fails"},
	"not_cancellable":      {title: "error.supplier_fails"},
	"already_cancelled":    {title: "error.supplier_fails"},
	"unauthorized":         {title: "error.supplier_refuses"},
	"environment_required": {title: "error.supplier_refuses"},
	"rate_limited":         {title: "error.supplier_busy"},
	"rate_limited_retry":   {title: "error.supplier_busy"},
	"wrong_types":          {title: "error.unreadable"},
	"other_zone":           {title: "error.unreadable"},
	"other_dates":          {title: "error.unreadable"},
	"price_zero":           {title: "error.unreadable"},
	"price_unreadable":     {title: "error.unreadable"},
	"validation_failed":    {problem: locale.EN.T("problem.supplier.refused", "Words", "The request was refused for a test.")},
	"not_found":            {problem: locale.EN.T("problem.supplier.refused", "Words", "There is no such booking.")},
	"zone_withdrawn":       {field: "zone", problem: locale.EN.T("problem.zone.gone", "Words", "zone_id is not a zone")},
}

// otherwise fills in what the remaining kinds need.
func otherwise(endpoint, kind string) simulator.Fault {
	f := faultOf(endpoint, kind)
	switch kind {
	case "other_status":
		f.Status = "void"
	case "made_earlier":
		f.Age = 10 * time.Minute
	}
	f.Count = 0
	return f
}

// faultsAt are the kinds that make sense at an endpoint.
func (p *portal) faultsAt(endpoint string) (kinds []string) {
	for _, kind := range simulator.Kinds() {
		if p.sim.SetFault(otherwise(endpoint, kind)) == nil {
			kinds = append(kinds, kind)
		}
	}
	p.sim.ClearFaults()
	return kinds
}

// Each form that asks for a price, and each fault of the supplier's: what is said is
// what happened, and beside the field that it is about.
func TestEveryFaultOfAQuoteIsSaid(t *testing.T) {
	t.Parallel()
	for name, ready := range map[string]func(p *portal, b *browser, plate string) (path string, fields url.Values){
		"quote": func(p *portal, _ *browser, _ string) (string, url.Values) { return "/quotes", p.aStay() },
		"check": func(p *portal, b *browser, plate string) (string, url.Values) {
			quote := b.filled(p.aStay(), aCustomer(plate))
			to, fields := b.read(quote+"/check").form(b.t, "data-testid", "check")
			return to, with(fields, "pay_method", "cash")
		},
		"again": func(p *portal, b *browser, plate string) (string, url.Values) {
			sale := p.booked(b, plate)
			b.press(b.read(sale+"/drop"), sale+"/drop")
			return sale + "/again", nil
		},
		"retry": func(p *portal, b *browser, plate string) (string, url.Values) {
			p.fault(b.t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "validation_failed", Count: 1})
			return p.booked(b, plate) + "/retry", nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, account.Agent)
			kinds := p.faultsAt(simulator.EndpointQuotes)
			if len(kinds) < len(quoteFaults) {
				t.Fatalf("%d kinds, and %d are told apart", len(kinds), len(quoteFaults))
			}
			for i, kind := range kinds {
				if _, err := p.pool.Exec(t.Context(), `DELETE FROM rate_limits`); err != nil {
					t.Fatal(err)
				}
				path, fields := ready(p, b, platesOf(i))
				p.fault(t, otherwise(simulator.EndpointQuotes, kind))
				a := b.do(http.MethodPost, path, fields)
				p.sim.ClearFaults()
				b.saysFault(a, name+", "+kind, kind)
			}
		})
	}
}

// platesOf are number plates, one for each sale of a test.
func platesOf(i int) string { return fmt.Sprintf("AB-%03d-CD", 100+i) }

// saysFault fails the test unless the answer says what happened at the supplier.
func (b *browser) saysFault(a *answer, what, kind string) {
	b.t.Helper()
	want, bad := quoteFaults[kind]
	if a.status == http.StatusSeeOther {
		a = b.follow(a)
	}
	switch {
	case !bad:
		if a.first("h1") == "" || a.find("data-testid", "failure") != nil {
			b.t.Errorf("%s: %d %s", what, a.status, a.text())
		}
	case want.title != "":
		if got := a.first("h1"); got != locale.EN.T(want.title) || a.find("data-testid", "failure") == nil {
			b.t.Errorf("%s: the page is titled %q, want %q", what, got, locale.EN.T(want.title))
		}
	default:
		if a.alert() != want.problem {
			b.t.Errorf("%s: it says %q, want %q", what, a.alert(), want.problem)
		}
		beside := a.find("id", want.field+"-error")
		if form := a.find("id", want.field); want.field != "" && form != nil && !strings.HasSuffix(textOf(beside), want.problem) {
			b.t.Errorf("%s: beside %s stands %q", what, want.field, textOf(beside))
		}
	}
}

// Each call that changes something, and each fault of the supplier's: the page of the
// booking tells no answer from an answer that proves nothing, and is never without a word.
func TestEveryFaultOfACallIsSaid(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			kinds := newPortal(t).faultsAt(endpoint)
			for some := range slices.Chunk(kinds, booking.MaxHolds-1) { // a portal takes no more that may be held
				p := newPortal(t)
				b, agent := p.as(t, account.CustomerService), p.as(t, account.Agent)
				for i, kind := range some {
					p.saysCall(b, p.meets(agent, endpoint, otherwise(endpoint, kind), platesOf(i)), kind)
				}
			}
		})
	}
}

// saysCall fails the test unless the page of a booking tells what became of its last call.
func (p *portal) saysCall(b *browser, sale, kind string) {
	b.t.Helper()
	page, now := b.read(sale), p.stored(b.t, sale)
	if textOf(page.find("data-testid", "state")) == "" {
		b.t.Errorf("%s: nothing is said: %s", kind, page.text())
	}
	if !now.State.Unknown() || now.Astray() {
		return
	}
	_, attempts, err := p.bookings.History(b.t.Context(), now)
	if err != nil {
		b.t.Fatal(err)
	}
	answered := attempts[len(attempts)-1].Answer.HTTPStatus > 0
	none, proof := locale.EN.T("booking.unknown.no_answer"), "the answer proves nothing"
	if said := page.text(); strings.Contains(said, none) == answered || strings.Contains(said, proof) != answered {
		b.t.Errorf("%s: answered is %v, the page says: %s", kind, answered, said)
	}
}

// meets brings a sale to the call that meets the fault, and returns the booking's address.
func (p *portal) meets(b *browser, endpoint string, f simulator.Fault, plate string) string {
	b.t.Helper()
	if _, err := p.pool.Exec(b.t.Context(), `DELETE FROM rate_limits; UPDATE agencies SET agents_may_cancel = true`); err != nil {
		b.t.Fatal(err)
	}
	f.Count = 1
	if endpoint == simulator.EndpointCreate {
		p.fault(b.t, f)
		return p.booked(b, plate, booking.CancellationInsurance)
	}
	sale := p.booked(b, plate, booking.CancellationInsurance)
	if endpoint == simulator.EndpointPay {
		p.fault(b.t, f)
		b.pay(sale)
		return sale
	}
	b.follow(b.pay(sale))
	p.fault(b.t, f)
	b.follow(b.send(b.read(sale+"/cancel?reason=plans&agreed=1"), "sure"))
	return sale
}
