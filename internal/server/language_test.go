package server

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// catalogueTexts are the texts of each language as they stand in the files,
// cut at their arguments: what a page in the other language must not contain.
var catalogueTexts = sync.OnceValues(func() (map[locale.Lang][]string, error) {
	out := map[locale.Lang][]string{}
	for _, l := range locale.Langs() {
		files, err := filepath.Glob("../locale/messages/" + string(l) + "/*.toml")
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			var messages map[string]any
			if err := toml.Unmarshal(content, &messages); err != nil {
				return nil, err
			}
			out[l] = append(out[l], textsIn(messages)...)
		}
	}
	return out, nil
})

var argument = regexp.MustCompile(`\{\{[^}]*\}\}`)

// shortestText keeps out words that both languages have.
const shortestText = 12

func textsIn(message any) []string {
	var out []string
	switch m := message.(type) {
	case map[string]any:
		for _, v := range m {
			out = append(out, textsIn(v)...)
		}
	case string:
		for _, piece := range argument.Split(m, -1) {
			if piece = strings.Join(strings.Fields(piece), " "); len(piece) >= shortestText {
				out = append(out, piece)
			}
		}
	}
	return out
}

// foreign returns the texts of the other language that the page contains.
func foreign(t *testing.T, page string, l locale.Lang) []string {
	t.Helper()
	texts, err := catalogueTexts()
	if err != nil || len(texts[locale.FR]) < 100 {
		t.Fatal(len(texts[locale.FR]), err)
	}
	other := locale.FR
	if l == locale.FR {
		other = locale.EN
	}
	var found []string
	for _, text := range texts[other] {
		if strings.Contains(page, text) && !slices.ContainsFunc(texts[l], func(own string) bool { return strings.Contains(own, text) }) {
			found = append(found, text)
		}
	}
	return found
}

// inOtherWords are parts of a page that say that they are in another language.
func inOtherWords(n *html.Node, l locale.Lang) bool {
	for ; n != nil; n = n.Parent {
		if lang := attr(n, "lang"); lang != "" {
			return lang != string(l)
		}
	}
	return false
}

// speaks fails the test unless the page is in the language and in no other, and
// shows no key of a message.
func (a *answer) speaks(t *testing.T, name string, l locale.Lang) {
	t.Helper()
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "html" && attr(n, "lang") != string(l) {
			t.Errorf("%s says that it is in %q", name, attr(n, "lang"))
		}
	}
	var words []string
	for n := range a.doc.Descendants() {
		switch {
		case n.Type == html.TextNode && !inOtherWords(n.Parent, l):
			words = append(words, strings.Fields(n.Data)...)
		case n.Type == html.ElementNode && !inOtherWords(n, l):
			for _, name := range []string{"aria-label", "title", "placeholder", "alt", "data-none", "data-one", "data-many", "data-copied", "data-sent"} {
				words = append(words, strings.Fields(attr(n, name))...)
			}
		}
	}
	page := strings.Join(words, " ")
	for _, text := range foreign(t, page, l) {
		t.Errorf("%s in %s says %q", name, l, text)
	}
	for _, key := range append(locale.Keys(l), "booking.head.", "booking.event.", "booking.over.", "service.said.") {
		if strings.Contains(key, ".") && slices.Contains(words, key) || strings.HasSuffix(key, ".") && strings.Contains(page, key) {
			t.Errorf("%s shows the key %s", name, key)
		}
	}
}

// walk visits every page of the sale and gives each to look.
func (p *portal) walk(t *testing.T, b *browser, l locale.Lang, look func(name string, a *answer)) {
	t.Helper()
	customer := func(plate string) map[string][]string { return with(aCustomer(plate), "language", string(l)) }
	look("no bookings", b.read("/bookings"))
	look("quote form", b.read("/quotes/new"))
	look("refused quote", b.post("/quotes", "from_date", "x", "to_time", "y", "outbound", "z"))
	quote := b.filled(p.aStay(), customer("AB-100-CD"), "cancellation_insurance", "covered_parking", "exterior_wash", "full_wash", "ev_charging")
	look("quote", b.read(quote))
	look("customer", b.read(quote+"/customer"))
	look("looked up", b.post(quote+"/customer", append(pairs(customer("AB-100-CD")), "go", "lookup", "q", "nobody")...))
	look("refused customer", b.post(quote+"/customer", "phone", "0262 12 34 56", "phone_country", "FR", "email", "x@gmial.com", "plate", "#"))
	b.follow(b.do(http.MethodPost, quote+"/customer", customer("AB-100-CD")))
	look("check", b.read(quote+"/check"))
	look("refused check", b.send(b.read(quote+"/check"), "check", "pay_method", ""))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "price_changed", Amount: 6_50, Count: 1})
	look("price changed", b.book(quote))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "price_changed", Amount: 6_50, Count: 1})
	sale := b.book(quote).location
	look("differs", b.read(sale))
	b.press(b.read(sale), sale+"/accept")
	look("held", b.read(sale))
	look("pay", b.read(sale+"/pay"))
	look("refused pay", b.post(sale+"/pay", "version", "3", "receipt", strings.Repeat("9", 41)))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "rate_limited", Count: 1})
	look("pay refused by the supplier", b.follow(b.pay(sale)))
	look("same car", b.book(b.filled(p.aStay(), customer("AB-100-CD"))))
	look("confirmation", b.follow(b.pay(sale)))
	look("paid", b.read(sale))
	look("voucher", b.read(sale+"/voucher"))

	look("not confirmed", b.read(p.lost(t, b, simulator.EndpointCreate, "AB-101-CD")))
	look("payment unknown", b.read(p.lost(t, b, simulator.EndpointPay, "AB-102-CD")))
	for i, kind := range []string{"unavailable", "validation_failed"} {
		p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: kind, Count: 1})
		look(kind, b.read(p.booked(b, []string{"AB-103-CD", "AB-104-CD"}[i])))
	}
	dropped := p.booked(b, "AB-105-CD")
	look("dropped", b.follow(b.press(b.read(dropped+"/drop"), dropped+"/drop")))
	look("dropped again", b.follow(b.post(dropped+"/drop", "version", "3")))
	look("list", b.read("/bookings"))
	look("nothing found", b.read("/bookings?q=nothing&view=paid"))
	look("bad cursor", b.read("/bookings?before=x"))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable", Count: 1})
	look("no space", b.read(b.quoted(p.aStay())))
	look("unknown booking", b.get("/bookings/GU-0000-0000"))
	look("unknown quote", b.get("/quotes/none"))
	look("unknown page", b.get("/none"))
	look("wrong method", b.get("/language"))
	look("profile", b.read("/profile"))
	look("password", b.read("/profile/password"))
	look("refused password", b.post("/profile/password", "current_password", testPassword, "new_password", "x"))
	look("wrong password", b.post("/profile/password", "current_password", "x", "new_password", otherPassword))
	look("sessions", b.read("/profile/sessions"))
	link := p.invited(t, account.Manager)
	look("welcome", b.read(link))
	look("refused welcome", b.post(link, "new_password", "guichet guichet guichet"))
	look("forgot", b.read("/forgot"))
	look("forgot, empty", b.post("/forgot"))
	look("forgot, sent", b.read("/forgot?sent=1"))
	m := p.as(t, account.Manager)
	m.post("/language", "lang", string(l))
	look("people", m.read("/agency/users"))
	look("invite", m.read("/agency/users"+"/new"))
	look("refused invitation", m.post("/agency/users", "email", "x"))
	look("somebody", m.read("/agency/users"+"/"+p.people[account.Agent].Handle))
	look("self", m.read("/agency/users"+"/"+p.people[account.Manager].Handle))
	look("refused role", m.post("/agency/users"+"/"+p.people[account.Agent].Handle+"/role", "role", "admin"))
	look("suspended", m.follow(m.post("/agency/users"+"/"+p.people[account.Agent].Handle+"/suspend")))
	m.post("/agency/users" + "/" + p.people[account.Agent].Handle + "/restore")
	d := p.as(t, account.CustomerService)
	d.post("/language", "lang", string(l))
	look("desk", d.read("/desk"))
	look("desk, found", d.read("/desk?q=hara"))
	look("filtered", d.read("/bookings?q=hara&state=held&state=confirmed&zone=CDG&agency=TEST&insured=no&on=move&from=1/1/2026&least=1&most=9999"))
	look("wrong filter", d.get("/bookings?zone=XXX&agency=x&from=soon&to=x&least=much"))
	look("queue", d.read("/desk/queue"))
	lost := p.lost(t, b, simulator.EndpointPay, "AB-120-CD")
	look("case", d.read(lost+"/case"))
	look("refused finding", d.send(d.read(lost+"/case"), "resolve"))
	look("held by somebody", d.follow(d.post(lost+"/holder", "holder", "me")))
	look("settled", d.follow(d.send(d.read(lost+"/case"), "resolve", "finding", "paid", "channel", "phone", "person", "Ana", "text", "1510")))
	look("reversal proposed", d.follow(d.send(d.read(lost+"/case"), "resolve", "finding", "cancelled", "channel", "mail", "person", "Ana", "text", "1510")))
	look("reversal repeated", d.follow(d.send(d.read(lost+"/case"), "resolve", "finding", "cancelled", "channel", "mail", "person", "Ana", "text", "1510")))
	look("evidence", d.read(lost+"/evidence"))
	look("refused note", d.post(lost+"/notes"))
	look("identity", d.follow(d.post(lost+"/identity", "knew", "plate")))
	look("no identity", d.follow(d.post(lost+"/identity")))
	look("export", d.read("/bookings/export?q=hara&zone=CDG"))
	look("export without a format", d.post("/bookings/export"))
	look("traveller", d.read(sale+"/person"))
	look("traveller erased", d.follow(d.send(d.read(sale+"/person"), "erase-person")))
	p.walkStatements(t, d, sale, look)
	a := p.as(t, account.Admin)
	a.post("/language", "lang", string(l))
	look("figures", a.read("/admin"))
	look("figures, none", a.read("/admin?from=2020-01-01&to=2020-01-02"))
	look("figures, refused", a.get("/admin?from=2026-07-04&to=2026-07-03"))
	look("figures, too long", a.get("/admin?from=2020-01-01&to=2026-07-03"))
	look("figures of an agency", m.read("/agency/figures"))
	look("audit log", a.read("/admin/audit"))
	look("audit log, filtered", a.read("/admin/audit?action=portal_reopened&before=x"))
	look("supplier", a.read("/admin/supplier"))
	look("refused key", a.post("/admin/supplier/keys", "key", "x"))
	look("a key", a.follow(a.post("/admin/supplier/keys", "key", "a-new-key-1234")))
	p.oddZones(t)
	look("refreshed zones", a.follow(a.post("/admin/supplier/zones")))
	look("refused timezone", a.send(a.read("/admin/supplier"), "set-timezone", "timezone", "Paris"))
	look("timezone set", a.follow(a.send(a.read("/admin/supplier"), "set-timezone", "timezone", "Europe/Paris")))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "zones_lost"})
	look("zones wait", a.follow(a.post("/admin/supplier/zones")))
	look("zones not accepted", a.post("/admin/supplier/zones/accept"))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "500_before", Count: 3})
	look("zones not refreshed", a.follow(a.post("/admin/supplier/zones")))
	p.sim.ClearFaults()
	look("zones back", a.follow(a.post("/admin/supplier/zones")))
	look("audit log of zones", a.read("/admin/audit"))
	look("agencies", a.read("/admin/agencies"))
	look("new agency", a.read("/admin/agencies/new"))
	look("refused agency form", a.post("/admin/agencies", "name", ""))
	look("an agency", a.read("/admin/agencies/TEST"))
	look("agency changed", a.follow(a.post("/admin/agencies/TEST", "name", "Voyages Test", "timezone", "Europe/Paris", "methods", "card_terminal", "methods", "cash")))
	look("all people", a.read("/admin/users"))
	look("invite staff", a.read("/admin/users"+"/new"))
	look("refused agency", a.post("/admin/users", "email", "x", "role", "agent"))
	look("no link", b.get("/welcome/none"))
	look("no second factor", b.read("/second-factor"))
	b.follow(b.post("/second-factor"))
	look("new second factor", b.read("/second-factor/new"))
	look("refused second factor", b.post("/second-factor/new", "code", "1"))
	p.enrolled(t, b)
	look("recovery codes", b.read("/second-factor/codes"))
	look("recovery codes not kept", b.post("/second-factor/codes"))
	look("a second factor", b.read("/second-factor"))
	look("sure by code", b.read("/confirm-identity"))
	look("not sure", b.post("/confirm-identity", "answer", "1"))
	look("sure by password", m.read("/confirm-identity"))
	entering := p.nobody(t)
	entering.post("/language", "lang", string(l))
	entering.post("/sign-in", "email", p.people[account.Agent].Email, "password", testPassword)
	look("code", entering.read("/sign-in/code"))
	look("refused code", entering.post("/sign-in/code", "code", "1"))
	look("recovery", entering.read("/sign-in/recovery"))
	look("refused recovery", entering.post("/sign-in/recovery", "code", "1"))
	look("somebody with a second factor", m.read("/agency/users"+"/"+p.people[account.Agent].Handle))
}

// lost sells until a call at the endpoint gets no answer.
func (p *portal) lost(t *testing.T, b *browser, endpoint, plate string) string {
	t.Helper()
	p.fault(t, simulator.Fault{Endpoint: endpoint, Kind: "drop_after", Count: 1})
	sale := p.booked(b, plate)
	if endpoint == simulator.EndpointPay {
		b.pay(sale)
	}
	return sale
}

func TestEveryPageOfTheSaleSpeaksOneLanguage(t *testing.T) {
	t.Parallel()
	for _, l := range locale.Langs() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, account.Agent)
			b.post("/language", "lang", string(l))
			p.walk(t, b, l, func(name string, a *answer) { a.speaks(t, name, l) })

			held := p.booked(b, "AB-106-CD")
			p.moveClock(t, 59*time.Minute+10*time.Second)
			b.read(held).speaks(t, "too late", l)
			p.moveClock(t, 2*time.Hour)
			b = p.as(t, account.Agent)
			b.read(held).speaks(t, "lapsed", l)
			p.sweep(t)
			b.read(held).speaks(t, "expired", l)
			p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unauthorized"})
			b.do(http.MethodPost, "/quotes", p.aStay()).speaks(t, "supplier down", l)
		})
	}
}

func TestThePagesOfTheTwoLanguagesDiffer(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	english := b.read("/quotes/new").text()
	if len(foreign(t, english, locale.FR)) == 0 {
		t.Error("an English page passes as a French one")
	}
	b.post("/language", "lang", "fr")
	if french := b.read("/quotes/new").text(); len(foreign(t, french, locale.EN)) == 0 || len(foreign(t, french, locale.FR)) != 0 {
		t.Error("a French page passes as an English one, or not as a French one")
	}
}

func TestTheLanguageChangesInTheMiddleOfASale(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	customer := with(aCustomer("AB-123-CD"), "meeting_point", "T2E")
	quote := b.filled(p.aStay(), customer, "cancellation_insurance")
	language := "en"
	for _, page := range []string{quote, quote + "/customer", quote + "/check", "/quotes/new?zone=LYS&from_date=4/7&from_time=6h05"} {
		before := b.read(page)
		a := b.press(before, "/language")
		if a.location != page {
			t.Fatalf("%s: the switch leads to %s", page, a.location)
		}
		after := b.follow(a)
		if language = map[string]string{"en": "fr", "fr": "en"}[language]; attr(after.find("data-theme", "auto"), "lang") != language {
			t.Errorf("%s is not in %s", page, language)
		}
		for _, form := range []string{"services", "customer", "check", "quote"} {
			if before.find("data-testid", form) == nil {
				continue
			}
			_, was := before.form(t, "data-testid", form)
			if _, is := after.form(t, "data-testid", form); was.Encode() != is.Encode() {
				t.Errorf("%s: %v became %v", page, was, is)
			}
		}
	}
	sale := b.book(quote).location
	b.follow(b.press(b.read(sale+"/pay"), "/language"))
	b.follow(b.pay(sale))
	there := p.only(t)
	if there.Status != simulator.Paid || there.Contact.LastName != "O’Hara-Lévy" || there.MeetingPointID != "T2E" || there.Services[0] != "cancellation_insurance" {
		t.Errorf("%+v", there)
	}
	p.reconcile(t)
}
