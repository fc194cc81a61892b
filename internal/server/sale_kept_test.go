package server

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// What cannot be accepted yet is kept as it was typed, and nothing is booked with what
// stood there before.
func TestARefusedCustomerFormIsKeptAndNotBooked(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	good := with(aCustomer("AB-123-CD"), "outbound", "AF1234", "return", "AF1235", "meeting_point", "T2E")
	quote := b.filled(p.aStay(), good)
	to, old := b.read(quote+"/check").form(t, "data-testid", "check")
	bad := with(good, "last_name", "Someone Else", "plate", "")
	b.do(http.MethodPost, quote+"/customer", bad).refused(t, refusal{field: "plate", key: "problem.plate.empty"}, bad)
	b.read(quote+"/customer").keeps(t, bad)
	if a := b.get(quote + "/check"); a.location != quote+"/customer" {
		t.Errorf("the check page: %d %s", a.status, a.location)
	}
	if a := b.do(http.MethodPost, to, with(old, "pay_method", "cash")); a.location != quote+"/check" || p.called(simulator.EndpointCreate) != 0 {
		t.Errorf("an open check page: %d to %s, %d creates", a.status, a.location, p.called(simulator.EndpointCreate))
	}
	if a := b.do(http.MethodPost, quote+"/customer", with(bad, "plate", "EF-456-GH")); a.location != quote+"/check" {
		t.Fatalf("mended: %d %s", a.status, a.text())
	}
	b.follow(b.book(quote)).says(t, "Someone Else", "EF-456-GH")
}

// Each form of a draft is kept while it is filled in. A save of a page that another one
// has overtaken changes nothing, and tells the version to go on from.
func TestADraftKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	keep := func(form string, version int, fields ...string) *answer {
		return b.post("/fragments"+quote+form, append(fields, "version", strconv.Itoa(version))...)
	}
	if a := keep("/services", 1, "service", "full_wash"); a.status != http.StatusOK || a.body != "2" {
		t.Errorf("services: %d %q", a.status, a.body)
	}
	if a := keep("/services", 2, "service", "full_wash"); a.body != "2" {
		t.Errorf("the same once more is version %q", a.body)
	}
	if a := keep("/customer", 1, "last_name", "Late"); a.status != http.StatusConflict || a.body != "2" {
		t.Errorf("overtaken: %d %q", a.status, a.body)
	}
	if a := keep("/customer", 2, "last_name", "Dur", "phone", "06", "phone_country", "BE"); a.body != "3" {
		t.Errorf("customer: %d %q", a.status, a.body)
	}
	page := b.read(quote + "/customer")
	page.keeps(t, map[string][]string{"last_name": {"Dur"}, "phone": {"06"}, "phone_country": {"BE"}})
	if page.find("class", "error-summary") != nil {
		t.Error("what is still being typed is called wrong")
	}
	if a := keep("/customer", 3, pairs(aCustomer("AB-123-CD"))...); a.body != "4" {
		t.Errorf("all of it: %d %q", a.status, a.body)
	}
	keep("/check", 4, "pay_method", "cash")
	check := b.read(quote + "/check")
	if !check.holds("pay_method", "cash") || !check.holds("version", "4") {
		t.Errorf("the check page: %s", check.text())
	}
	b.follow(b.send(check, "check", "pay_method", "cash")).says(t, "Zoé O’Hara-Lévy")
	if a := keep("/customer", 4, "last_name", "Late"); a.status != http.StatusConflict {
		t.Errorf("after it was booked: %d", a.status)
	}
}

// The form of a new quote waits for whoever typed it, until it brings a quote or somebody
// begins afresh.
func TestAQuoteFormWaits(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	b.post("/fragments/quotes", "zone", "ORY", "from_date", "4/7", "from_time", "6h")
	page := b.read("/quotes/new")
	page.keeps(t, map[string][]string{"zone": {"ORY"}, "from_date": {"4/7"}, "from_time": {"6h"}})
	if page.find("data-testid", "typed-before") == nil || page.find("href", "/quotes/new?afresh=1") == nil {
		t.Error("the page does not say where it comes from, or offers no other")
	}
	if a := b.read("/quotes/new?afresh=1"); a.holds("from_date", "4/7") {
		t.Error("a fresh one is filled in")
	}
	if a := p.as(t, account.Manager).read("/quotes/new"); a.holds("from_date", "4/7") {
		t.Error("a colleague's form is filled in")
	}
	b.quoted(p.aStay())
	if a := b.read("/quotes/new"); a.holds("from_date", "4/7") || a.find("data-testid", "typed-before") != nil {
		t.Error("it is filled in after it brought a quote")
	}
}

// A page that answers a form has an address, which shows it to whoever sent the form,
// and to nobody else.
func TestTheAnswerToAFormHasAnAddress(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	raw := func(path string, fields ...string) string {
		t.Helper()
		resp, err := b.client.PostForm(p.url+path, with(nil, fields...))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
		}
		return resp.Header.Get("Location")
	}
	quote := b.quoted(p.aStay())
	for path, page := range map[string]string{
		"/quotes": "/quotes/new", quote + "/customer": quote + "/customer", "/profile": "/profile", "/bookings/GU-0000-0000/retry": "/bookings/GU-0000-0000",
	} {
		at := raw(path, "last_name", "Zanzibari")
		if !strings.HasPrefix(at, page+"?kept=") {
			t.Errorf("%s answers at %s", path, at)
		}
		first, again := b.get(at), b.get(at)
		if first.status < 400 || again.status != first.status || again.body != first.body {
			t.Errorf("%s: %d, then %d", at, first.status, again.status)
		}
		if a := p.as(t, account.Manager).get(at); a.location != page {
			t.Errorf("%s is shown to a colleague: %d %s", at, a.status, a.location)
		}
		if a := p.nobody(t).get(at); !strings.HasPrefix(a.location, "/sign-in?") {
			t.Errorf("%s is shown to nobody: %d %s", at, a.status, a.location)
		}
	}
	var there bool
	if err := p.pool.QueryRow(t.Context(), `SELECT bool_or(position('Zanzibari'::bytea IN data) > 0) FROM sessions`).Scan(&there); err != nil || there {
		t.Errorf("it can be read in the database (%v)", err)
	}
	first := raw("/profile")
	for i := range 20 {
		if b.get(first).status != http.StatusUnprocessableEntity {
			t.Fatalf("gone after %d more", i)
		}
		raw("/profile")
	}
	if a := b.get(first); a.location != "/profile" {
		t.Errorf("the oldest of 21: %d %s", a.status, a.location)
	}
}

// An address that only takes a form leads to the page of the form.
func TestAddressesOfFormsLeadToTheirPages(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	quote := b.quoted(p.aStay())
	for path, page := range map[string]string{
		"/quotes": "/quotes/new", quote + "/services": quote,
		sale + "/accept": sale, sale + "/retry": sale, sale + "/again": sale, sale + "/notes": sale,
	} {
		if a := b.get(path); a.status != http.StatusSeeOther || a.location != page {
			t.Errorf("%s: %d to %q, want %q", path, a.status, a.location, page)
		}
	}
}

// Of a quote whose dates were changed the older one is no recent quote any more; the
// others say where, when, for whom, how much and how old.
func TestRecentQuotesTellThemselvesApart(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	change := b.read("/quotes/new?draft=" + strings.TrimPrefix(quote, "/quotes/"))
	if got := change.first("h1"); got != locale.EN.T("sale.quote_edit.title") {
		t.Errorf("to change the dates is titled %q", got)
	}
	change.says(t, "Zoé O’Hara-Lévy · AB-123-CD")
	later := b.send(change, "quote", "to_time", "23h10").location
	page := b.read("/quotes/new")
	if page.offers(quote) || !page.offers(later) {
		t.Error("the list has the older one, or lacks the newer")
	}
	recent := textOf(page.find("class", "recent"))
	from := time.Now().AddDate(0, 0, 40)
	for _, want := range []string{"CDG", locale.EN.DateShort(from), "O’Hara-Lévy", "€", "requested at"} {
		if !strings.Contains(recent, want) {
			t.Errorf("%q is missing: %s", want, recent)
		}
	}
	b.read(quote) // it is still there for whoever goes back
}

// Whoever books again keeps the customer and the car, and says when.
func TestANewBookingForTheSameCustomerBeginsWithTheDates(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD", "cancellation_insurance")
	b.follow(b.pay(sale))
	link := "/quotes/new?with=" + strings.TrimPrefix(sale, "/bookings/")
	if !b.read(sale).offers(link) {
		t.Fatal("it is not offered")
	}
	form := b.read(link)
	form.says(t, "Zoé O’Hara-Lévy · AB-123-CD")
	_, fields := form.form(t, "data-testid", "quote")
	for _, name := range []string{"zone", "from_date", "from_time", "to_date", "to_time", "outbound"} {
		if fields.Get(name) != "" {
			t.Errorf("%s is %q", name, fields.Get(name))
		}
	}
	stay := p.aStay()
	stay.Set("from_date", time.Now().AddDate(0, 0, 90).Format("02/01/2006"))
	quote := b.send(form, "quote", pairs(stay)...)
	b.follow(quote)
	b.read(quote.location+"/check").says(t, "Zoé O’Hara-Lévy", "AB-123-CD")
	stranger := p.asStranger(t)
	if a := stranger.read(link); strings.Contains(a.body, "Hara") {
		t.Error("another agency reads who it is")
	}
	if a := stranger.send(stranger.read(link), "quote", pairs(stay)...); strings.Contains(stranger.read(a.location+"/customer").body, "Hara") {
		t.Error("another agency takes the customer over")
	}
}

// When it is too late to pay, the page says so and leads on at once.
func TestTooLateToPayLeadsToANewQuote(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	p.moveClock(t, 59*time.Minute+10*time.Second)
	late := b.read(sale)
	if got := late.first("h2"); got != locale.EN.T("booking.head.too_late") {
		t.Errorf("it is headed %q", got)
	}
	check := b.follow(b.press(late, sale+"/again"))
	check.says(t, "Zoé O’Hara-Lévy", "AB-123-CD")
	if next := b.send(check, "check", "pay_method", "cash"); next.location == sale || !strings.HasPrefix(next.location, "/bookings/") {
		t.Errorf("%d %s: %s", next.status, next.location, next.text())
	}
}

// The booking that a new quote is made in place of hides no other one of the same car.
func TestWhatIsReplacedHidesNoOtherBooking(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	paid := p.booked(b, "AB-123-CD")
	b.follow(b.pay(paid))
	second := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	sale := b.send(b.read(second+"/check"), "check", "pay_method", "cash", "same_plate", "1").location
	p.moveClock(t, 59*time.Minute+10*time.Second)
	check := b.follow(b.press(b.read(sale), sale+"/again"))
	stopped := b.send(check, "check", "pay_method", "cash")
	if strings.HasPrefix(stopped.location, "/bookings/") || !stopped.offers(paid) {
		t.Errorf("%d to %q: %s", stopped.status, stopped.location, stopped.text())
	}
}

// What the paid page says of cancelling is what this person may do.
func TestThePaidPageSaysWhoMayCancel(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD", "cancellation_insurance")
	b.follow(b.pay(sale)).says(t, locale.EN.T("booking.insured"))
	if _, err := p.pool.Exec(t.Context(), `UPDATE agencies SET agents_may_cancel = true`); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{sale, sale + "/confirmation"} {
		a := b.read(page)
		a.says(t, locale.EN.T("booking.insured.you"))
		if strings.Contains(a.text(), locale.EN.T("booking.insured")) {
			t.Errorf("%s sends to customer service", page)
		}
	}
}

var priceGiven = regexp.MustCompile(`Price given [^()]*\(([^)]*)\)`)

// Moments of our own are in the agency's time; the stay is in its place's.
func TestTheTimeOfAPriceIsTheAgencys(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := with(p.aStay(), "zone", "RUN", "outbound", "", "return", "")
	quote := b.filled(stay, with(aCustomer("AB-123-CD"), "outbound", "", "return", ""))
	for _, page := range []string{quote, quote + "/customer", quote + "/check"} {
		said := priceGiven.FindStringSubmatch(b.read(page).text())
		if said == nil || said[1] != locale.EN.ZoneName("Europe/Paris") {
			t.Errorf("%s says %q", page, said)
		}
	}
}
