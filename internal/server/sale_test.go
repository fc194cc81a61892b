package server

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
)

func TestASaleFromQuoteToVoucher(t *testing.T) {
	t.Parallel()
	for i, profile := range simulator.Profiles() {
		l := locale.Langs()[i%2]
		t.Run(profile+" in "+string(l), func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			if err := p.sim.SetProfile(profile); err != nil {
				t.Fatal(err)
			}
			b := p.as(t, account.Agent)
			b.post("/language", "lang", string(l))

			show := b.follow(b.send(b.read("/quotes/new"), "quote", pairs(p.aStay())...))
			show.says(t, "Paris Charles de Gaulle", "06:05", "22:40", l.Days(9))
			price := attr(show.find("id", "service-cancellation_insurance"), "value")
			customer := b.follow(b.send(show, "services", "service", price))
			check := b.follow(b.send(customer, "customer", pairs(aCustomer("ab 123 cd"))...))
			check.says(t, "Zoé O’Hara-Lévy", "+33 1 99 00 12 34", "AB 123 CD", "AF1234", "AF1235", "D-2041")
			if n := len(p.sim.Ledger()); n != 0 {
				t.Fatalf("%d bookings at the supplier before the check page was sent", n)
			}
			to := b.send(check, "check", "pay_method", "card_terminal")
			held := b.follow(to)

			there, here := p.only(t), p.stored(t, to.location)
			total := euros(l, there.PriceCents)
			check.says(t, total)
			by := l.T("sale.before", "Time", here.PayBy.In(site.Paris))
			if h := here.PayBy.In(site.Paris); h.YearDay() != here.T0.In(site.Paris).YearDay() {
				by = l.T("sale.before.day", "Day", h, "Time", h)
			}
			held.says(t, total, by, l.T("booking.head.held"))
			pay := b.read(to.location + "/pay")
			pay.says(t, l.T("booking.pay.confirm", "Total", total))
			paid := b.send(pay, "pay", "pay_method", "cash", "receipt", "T-42")
			b.follow(paid).says(t, total, here.Ref, l.T("booking.head.confirmed"))
			b.read(to.location).says(t, total, here.Ref, "06:05", "22:40", l.T("booking.insured"))
			// The voucher is the customer's, who reads French.
			voucher := b.read(to.location + "/voucher")
			voucher.says(t, euros(locale.FR, there.PriceCents), here.Ref, "06:05", locale.FR.T("booking.paper.title"))
			if attr(voucher.find("data-testid", "voucher"), "lang") != "fr" || attr(voucher.find("data-theme", "auto"), "lang") != string(l) {
				t.Error("the voucher is not in the customer's language, or its page not in the agent's")
			}
			there = p.only(t)
			if there.Status != simulator.Paid || there.PayCount != 1 || there.Contact.PhoneNumber != "+33199001234" || there.Car.PlateNumber != "AB123CD" {
				t.Errorf("at the supplier: %+v", there)
			}
			if now := p.stored(t, to.location); now.State != booking.Confirmed || now.PayMethod != "cash" || now.Receipt != "T-42" || !now.Insured {
				t.Errorf("here: %+v", now)
			}
			p.reconcile(t)
		})
	}
}

// pairs gives the first value of each field, names and values in turn.
func pairs(fields map[string][]string) []string {
	var out []string
	for name, values := range fields {
		out = append(out, name, values[0])
	}
	return out
}

// landed fails the test unless every tab was sent on to a page that is there;
// it returns where to.
func (b *browser) landed(answers []*answer) map[string]int {
	b.t.Helper()
	to := map[string]int{}
	for _, a := range answers {
		b.follow(a)
		to[a.location]++
	}
	return to
}

const manyTabs = 8

func TestACheckPageAndAPayPageSentFromManyTabs(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	to, check := b.read(quote+"/check").form(t, "data-testid", "check")
	pages := b.landed(b.tabs(manyTabs, to, with(check, "pay_method", "cash")))
	if len(pages) != 1 || p.called(simulator.EndpointCreate) != 1 {
		t.Fatalf("%d creates, tabs ended on %v", p.called(simulator.EndpointCreate), pages)
	}
	sale := slices.Collect(maps.Keys(pages))[0]
	to, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	pages = b.landed(b.tabs(manyTabs, to, with(pay, "pay_method", "cash", "receipt", "T-42")))
	for page := range pages {
		if page != sale && page != sale+"/confirmation" {
			t.Errorf("a tab ended on %s", page)
		}
	}
	if there := p.only(t); there.PayCount != 1 || p.called(simulator.EndpointPay) != 1 {
		t.Errorf("paid %d times, %d calls", there.PayCount, p.called(simulator.EndpointPay))
	}
	// A replay long after, of either form, ends on the same booking.
	for path, fields := range map[string]url.Values{quote + "/check": with(check, "pay_method", "cash"), to: pay} {
		b.follow(b.do(http.MethodPost, path, fields)).says(t, strings.TrimPrefix(sale, "/bookings/"))
	}
	for _, page := range []string{"", "/customer", "/check"} { // the quote has become the booking
		if a := b.get(quote + page); a.location != sale {
			t.Errorf("%s: %d %s", page, a.status, a.location)
		}
	}
	if p.called(simulator.EndpointCreate) != 1 || p.called(simulator.EndpointPay) != 1 {
		t.Error("a replay was sent on to the supplier")
	}
	p.reconcile(t)
}

func TestADropSentFromManyTabs(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	to, drop := b.read(sale+"/drop").form(t, "action", sale+"/drop")
	b.landed(b.tabs(manyTabs, to, drop))
	if now := p.stored(t, sale); now.State != "dropped" || now.Version != 3 {
		t.Errorf("%s after %d events", now.State, now.Version)
	}
	if n := len(p.sim.Calls()) - p.called(simulator.EndpointQuotes) - p.called(simulator.EndpointZones); n != 1 {
		t.Errorf("%d writes at the supplier, want the create", n)
	}
	p.reconcile(t)
}

func TestARetrySentFromManyTabsHasOneSuccessor(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_after", Count: 1})
	first := p.booked(b, "AB-123-CD")
	pages := b.landed(b.tabs(manyTabs, first+"/retry", nil))
	if len(pages) != 1 {
		t.Fatalf("the tabs ended on %v", pages)
	}
	to, check := b.read(slices.Collect(maps.Keys(pages))[0]).form(t, "data-testid", "check")
	pages = b.landed(b.tabs(manyTabs, to, with(check, "pay_method", "cash")))
	if len(pages) != 1 || p.called(simulator.EndpointCreate) != 2 {
		t.Fatalf("%d creates, tabs ended on %v", p.called(simulator.EndpointCreate), pages)
	}
	second := slices.Collect(maps.Keys(pages))[0]
	if a := b.read(first); !a.offers(second) || a.offers(first+"/retry") {
		t.Error("the first booking does not lead to the second, or may be tried a third time")
	}
	if a := b.post(first + "/retry"); a.location != second {
		t.Errorf("a retry afterwards: %d %s", a.status, a.location)
	}
	b.follow(b.pay(second))
	if one, two := p.stored(t, first), p.stored(t, second); one.SaleID != two.SaleID || two.State != booking.Confirmed {
		t.Errorf("%s and %s of the sales %s and %s", one.State, two.State, one.SaleID, two.SaleID)
	}
	p.reconcile(t)
}

func TestACheckPageOfAnOlderVersionIsShownAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	_, old := b.read(quote+"/check").form(t, "data-testid", "check")
	b.follow(b.post(quote+"/services", "service", "full_wash"))
	for _, version := range []string{old.Get("version"), "", "-1", "99", "x"} {
		a := b.do(http.MethodPost, quote+"/check", with(old, "pay_method", "cash", "version", version))
		if a.location != quote+"/check" {
			t.Fatalf("version %q: %d %s", version, a.status, a.location)
		}
		if said := b.follow(a).banner(); said != locale.EN.T("sale.check_again") {
			t.Errorf("the banner says %q", said)
		}
	}
	if n := p.called(simulator.EndpointCreate); n != 0 {
		t.Errorf("%d creates", n)
	}
}

func TestTheSameCarIsBookedTwiceOnlyOnPurpose(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	first := p.booked(b, "AB-123-CD")
	quote := b.filled(p.aStay(), aCustomer("ab123cd"))
	stop := b.book(quote)
	if stop.status != http.StatusConflict || !stop.offers(first) || p.called(simulator.EndpointCreate) != 1 {
		t.Fatalf("%d, %d creates: %s", stop.status, p.called(simulator.EndpointCreate), stop.text())
	}
	stop.says(t, locale.EN.T("sale.same_plate.title"), strings.TrimPrefix(first, "/bookings/"), "AB-123-CD")
	second := b.press(stop, quote+"/check")
	if b.follow(second).state() != booking.Held || second.location == first || len(p.sim.Ledger()) != 2 {
		t.Errorf("%s after %s, %d at the supplier", second.location, first, len(p.sim.Ledger()))
	}
	if !p.stored(t, second.location).SamePlate {
		t.Error("the choice was not recorded")
	}
	p.reconcile(t)
}

func TestStepsOutOfOrderChangeNothing(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	if a := b.get(quote + "/check"); a.location != quote+"/customer" {
		t.Errorf("check before the customer: %d %s", a.status, a.location)
	}
	if a := b.post(quote+"/check", "version", "1", "pay_method", "cash"); a.status != http.StatusSeeOther || p.called(simulator.EndpointCreate) != 0 {
		t.Errorf("booked before the customer: %d %s", a.status, a.location)
	}
	held, dropped := p.booked(b, "AB-123-CD"), p.booked(b, "EF-456-GH")
	b.press(b.read(dropped+"/drop"), dropped+"/drop")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_before", Count: 1})
	unknown := p.booked(b, "JK-789-LM")
	paid := p.booked(b, "NP-123-QR")
	b.follow(b.pay(paid))

	sent := len(p.sim.Calls())
	for _, step := range []struct {
		name, sale, action string
		state              booking.State
	}{
		{"pay what is not confirmed", unknown, "/pay", booking.CreateUnknown},
		{"pay what was dropped", dropped, "/pay", booking.Dropped},
		{"pay again", paid, "/pay", booking.Confirmed},
		{"drop what is paid", paid, "/drop", booking.Confirmed},
		{"drop what is not confirmed", unknown, "/drop", booking.CreateUnknown},
		{"drop again", dropped, "/drop", booking.Dropped},
		{"accept what does not differ", held, "/accept", booking.Held},
		{"accept what is paid", paid, "/accept", booking.Confirmed},
		{"try again what is held", held, "/retry", booking.Held},
		{"try again what is paid", paid, "/retry", booking.Confirmed},
		{"try again what was dropped", dropped, "/retry", booking.Dropped},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := p.stored(t, step.sale)
			a := b.post(step.sale+step.action, "version", strconv.Itoa(before.Version), "pay_method", "cash")
			if a.location != step.sale {
				t.Fatalf("%d %s: %s", a.status, a.location, a.text())
			}
			page := b.follow(a)
			if page.state() != step.state || page.banner() == "" {
				t.Errorf("%s, banner %q", page.state(), page.banner())
			}
			if after := p.stored(t, step.sale); after.Version != before.Version {
				t.Errorf("%s became %s", before.State, after.State)
			}
		})
	}
	for _, page := range []string{held, dropped, unknown} {
		for _, paper := range []string{"/confirmation", "/voucher"} {
			if a := b.get(page + paper); a.location != page {
				t.Errorf("%s%s: %d %s", page, paper, a.status, a.location)
			}
		}
	}
	for _, page := range []string{dropped, unknown, paid} {
		if a := b.get(page + "/pay"); a.location != page {
			t.Errorf("%s/pay: %d %s", page, a.status, a.location)
		}
	}
	for _, c := range p.sim.Calls()[sent:] {
		if c.Endpoint != simulator.EndpointQuotes {
			t.Errorf("%s was sent", c.Endpoint)
		}
	}
	p.reconcile(t)
}

func TestNothingIsPaidTooLate(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD", "cancellation_insurance")
	to, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	pay = with(pay, "pay_method", "cash")
	sent := len(p.sim.Calls())

	p.moveClock(t, 59*time.Minute+10*time.Second) // after pay_by, before the deadline
	late := b.read(sale)
	late.says(t, "Too late to pay")
	if late.offers(sale+"/pay") || b.get(sale+"/pay").location != sale {
		t.Error("paying is still offered")
	}
	a := b.follow(b.do(http.MethodPost, to, pay))
	if want := locale.EN.T("booking.too_late"); a.banner() != want {
		t.Errorf("the banner says %q", a.banner())
	}
	if n := len(p.sim.Calls()); n != sent {
		t.Errorf("%d calls, there were %d", n, sent)
	}

	p.moveClock(t, 61*time.Minute)
	b = p.as(t, account.Agent) // the session has ended, too
	b.read(sale).says(t, locale.EN.T("booking.held.lapsed"))
	if a := b.follow(b.do(http.MethodPost, to, pay)); a.banner() != locale.EN.T("booking.too_late") {
		t.Errorf("the banner says %q", a.banner())
	}
	p.sweep(t)
	page := b.read(sale)
	page.says(t, locale.EN.T("booking.head.expired"), locale.EN.T("booking.expired.text"))
	if n := len(p.sim.Calls()); n != sent {
		t.Errorf("%d calls, there were %d", n, sent)
	}
	check := b.follow(b.press(page, sale+"/again"))
	check.says(t, "Zoé O’Hara-Lévy", "AB-123-CD", "06:05", "AF1235", "D-2041", locale.EN.T("service.cancellation_insurance"))
	next := b.follow(b.send(check, "check", "pay_method", "cash"))
	if next.state() != "held" {
		t.Errorf("the new booking is %s", next.state())
	}
	p.reconcile(t)
}

func TestACustomerWhoComesBackIsFoundAndNotTypedAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	first := p.booked(b, "AB-123-CD")
	b.press(b.read(first+"/drop"), first+"/drop")
	quote := b.quoted(p.aStay())
	looked := func(q string) *answer { return b.post(quote+"/customer", "go", "lookup", "q", q) }
	for _, q := range []string{"AB 123", "ab123cd", "01 99 00 12", "zoe@exa", "O'Hara", "zoé o’h", "O’HARA-LEVY Z"} {
		a := looked(q)
		if a.find("name", "pick") == nil {
			t.Fatalf("%q finds nobody", q)
		}
		a.says(t, "AB-123-CD", "Renault")
		if main := a.find("id", "main"); strings.Contains(textOf(main), "00 12 34") {
			t.Errorf("%q shows the whole number", q)
		}
		live := b.post("/fragments"+quote+"/lookup", "q", q)
		if attr(live.find("name", "pick"), "value") != attr(a.find("name", "pick"), "value") {
			t.Errorf("%q: the fragment finds %s", q, live.text())
		}
	}
	for _, q := range []string{"", "zo", "%%%", "___", "someone else", "\x00\x00\x00"} {
		if a := looked(q); a.find("name", "pick") != nil {
			t.Errorf("%q finds somebody", q)
		}
	}
	found := looked("O’Hara")
	picked := b.follow(b.send(found, "customer", "pick", attr(found.find("name", "pick"), "value")))
	if picked.banner() != locale.EN.T("sale.lookup.picked") {
		t.Errorf("the banner says %q", picked.banner())
	}
	a := b.follow(b.send(picked, "customer"))
	a.says(t, "Zoé O’Hara-Lévy", "+33 1 99 00 12 34", "AB-123-CD", "Renault", "bleue")
	b.follow(b.book(quote))
	list := p.sim.Ledger()
	if len(list) != 2 || list[0].ContactID != list[1].ContactID || list[0].CarID != list[1].CarID {
		t.Errorf("the supplier does not know them again: %+v", list)
	}
	p.reconcile(t)
}

func TestFragmentsSayWhatThePageWouldSay(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := p.aStay()
	echo := b.get("/fragments/when?leg=to&" + stay.Encode())
	page := b.do(http.MethodPost, "/quotes", with(stay, "zone", ""))
	if want := textOf(page.find("id", "to-echo")); echo.text() == "" || !strings.Contains(echo.text(), "22:40") || !strings.HasPrefix(echo.text(), want[:10]) {
		t.Errorf("the fragment says %q, the page %q", echo.text(), want)
	}
	quote := b.quoted(stay)
	b.do(http.MethodPost, "/fragments"+quote+"/price", url.Values{"service": {"full_wash", "butler"}}).says(t, euros(locale.EN, 49_00))
	if has(b.read(quote).find("id", "service-full_wash"), "checked") {
		t.Error("the fragment kept a service")
	}
	for number, want := range map[string]string{
		"0470 12 34 56": "+33 4 70 12 34 56 — France, landline", "": "", "0262 12 34 56": locale.EN.T("problem.phone.meant", "Country", "RE", "Number", "+262 262 12 34 56"),
	} {
		if a := b.post("/fragments/phone", "phone", number, "phone_country", "FR"); a.status != http.StatusOK || !strings.Contains(a.text(), want) || (want == "" && a.text() != "") {
			t.Errorf("%q: %d %q, want %q", number, a.status, a.text(), want)
		}
	}
}
