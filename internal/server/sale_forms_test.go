package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/simulator"

	"golang.org/x/net/html"
)

// refusal is what is wrong with one field of a form.
type refusal struct {
	name   string
	change []string // fields that differ from a good form
	field  string   // where it is said
	key    string   // what is said
	args   []any
}

// refused fails the test unless the form came back with its own words: the
// problem beside its field and in the summary, and everything as it was typed.
func (a *answer) refused(t *testing.T, r refusal, sent url.Values) {
	t.Helper()
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("%d (to %q): %s", a.status, a.location, a.text())
	}
	want := strings.Join(strings.Fields(locale.EN.T(r.key, r.args...)), " ")
	message := a.find("id", r.field+"-error")
	if !strings.HasSuffix(textOf(message), want) {
		t.Errorf("beside %s: %q, want %q", r.field, textOf(message), want)
	}
	described := func(n *html.Node) bool {
		return slices.Contains(strings.Fields(attr(n, "aria-describedby")), r.field+"-error")
	}
	if !described(a.find("id", r.field)) {
		t.Errorf("%s does not name its error", r.field)
	}
	var linked bool
	for n := range a.doc.Descendants() {
		if n.Data == "a" && textOf(n) == want {
			target := strings.TrimPrefix(attr(n, "href"), "#")
			linked = linked || (a.find("id", target) != nil && strings.HasPrefix(target, r.field))
		}
	}
	if !linked {
		t.Errorf("the summary does not lead to %s", r.field)
	}
	if !strings.Contains(a.first("title"), locale.EN.T("web.error_prefix")) {
		t.Errorf("title %q", a.first("title"))
	}
	a.keeps(t, sent)
}

// keeps fails the test unless each field has the value that was sent.
func (a *answer) keeps(t *testing.T, sent url.Values) {
	t.Helper()
	for name, values := range sent {
		for _, value := range values {
			if value != "" && !a.holds(name, value) {
				t.Errorf("%s lost %q", name, value)
			}
		}
	}
}

func (a *answer) holds(name, value string) bool {
	for n := range a.doc.Descendants() {
		switch {
		case n.Data == "input" && attr(n, "name") == name && attr(n, "value") == value:
			switch attr(n, "type") {
			case "radio", "checkbox":
				return has(n, "checked")
			}
			return true
		case n.Data == "textarea" && attr(n, "name") == name && textOf(n) == value:
			return true
		case n.Data == "option" && has(n, "selected") && attr(n, "value") == value && attr(selectOf(n), "name") == name:
			return true
		}
	}
	return false
}

func TestTheQuoteFormRefuses(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := p.aStay()
	from, err := time.Parse("02/01/2006", stay.Get("from_date"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []refusal{
		{"no zone", []string{"zone", ""}, "zone", "problem.zone.empty", nil},
		{"a zone that does not exist", []string{"zone", "XXX"}, "zone", "problem.zone.empty", nil},
		{"no date", []string{"from_date", ""}, "from_date", "problem.from_date.empty", nil},
		{"no return", []string{"to_date", ""}, "to_date", "problem.to_date.empty", nil},
		{"an unreadable date", []string{"from_date", "sometime <b>"}, "from_date", "problem.from_date.unreadable", nil},
		{"a date that is none", []string{"to_date", "30/2/2027"}, "to_date", "problem.to_date.unreal", nil},
		{"the past", []string{"from_date", "4/7/2020"}, "from_date", "problem.from_date.past", nil},
		{"the return first", []string{"to_date", from.AddDate(0, 0, -1).Format("02/01/2006")}, "to_date", "problem.to_date.order", []any{"Date", from}},
		{"the return at once", []string{"to_date", stay.Get("from_date"), "to_time", "5h"}, "to_time", "problem.to_time.order", []any{"Time", from.Add(6*time.Hour + 5*time.Minute)}},
		{"no time", []string{"from_time", ""}, "from_time", "problem.from_time.empty", nil},
		{"no time to return", []string{"to_time", ""}, "to_time", "problem.to_time.empty", nil},
		{"an unreadable time", []string{"to_time", "25h61"}, "to_time", "problem.to_time.unreadable", nil},
		{"no flight", []string{"outbound", "1234"}, "outbound", "problem.outbound.flight", nil},
		{"a flight at a station", []string{"zone", "PLY", "outbound", "", "return", "AF12X4"}, "return", "problem.return.train", nil},
		{"a flight that is too long", []string{"return", strings.Repeat("A", 4000)}, "return", "problem.return.flight", nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			sent := with(stay, r.change...)
			a := b.do(http.MethodPost, "/quotes", sent)
			if sent.Get("zone") == "XXX" { // not in the list, so nothing to keep
				sent.Del("zone")
			}
			a.refused(t, r, sent)
		})
	}
	t.Cleanup(func() {
		if n := p.called(simulator.EndpointQuotes); n != 0 {
			t.Errorf("the supplier was asked %d times", n)
		}
	})
}

func TestATypedPlaceThatIsNoneIsShownAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Agent).do(http.MethodPost, "/quotes", with(p.aStay(), "zone", "", "zone_text", "Rossi <x>"))
	a.refused(t, refusal{field: "zone", key: "problem.zone.unknown", args: []any{"Text", "Rossi <x>"}}, with(p.aStay(), "zone", ""))
	if a.find("data-typed", "Rossi <x>") == nil {
		t.Error("what was typed is lost")
	}
}

func TestAllProblemsOfAFormAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	a := b.do(http.MethodPost, "/quotes", url.Values{"from_date": {"x"}, "to_time": {"y"}})
	for _, id := range []string{"zone-error", "from_date-error", "from_time-error", "to_date-error", "to_time-error"} {
		if a.find("id", id) == nil {
			t.Errorf("no %s", id)
		}
	}
	quote := b.quoted(p.aStay())
	a = b.post(quote + "/customer")
	for _, id := range []string{"last_name-error", "first_name-error", "phone-error", "email-error", "plate-error", "language-error"} {
		if a.find("id", id) == nil {
			t.Errorf("no %s", id)
		}
	}
}

func TestTheCustomerFormRefuses(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	long := strings.Repeat("é", 61)
	good := with(aCustomer("AB-123-CD"), "outbound", "AF1234", "return", "AF1235", "meeting_point", "T2E")
	quote := b.filled(p.aStay(), good)
	for _, r := range []refusal{
		{"no last name", []string{"last_name", " "}, "last_name", "problem.last_name.empty", nil},
		{"no first name", []string{"first_name", ""}, "first_name", "problem.first_name.empty", nil},
		{"a long name", []string{"last_name", long}, "last_name", "problem.last_name.long", nil},
		{"a name with digits", []string{"first_name", "R2 D2"}, "first_name", "problem.first_name.characters", []any{"Character", "2"}},
		{"a name of markup", []string{"last_name", `"><script>`}, "last_name", "problem.last_name.characters", []any{"Character", `"`}},
		{"no phone", []string{"phone", ""}, "phone", "problem.phone.empty", nil},
		{"a short phone", []string{"phone", "01 99 00"}, "phone", "problem.phone.length_french", []any{"Count", 6, "Expected", 10}},
		{"the phone of another country", []string{"phone", "0262 12 34 56"}, "phone", "problem.phone.meant", []any{"Country", "RE", "Number", "+262 262 12 34 56"}},
		{"no e-mail", []string{"email", ""}, "email", "problem.email.empty", nil},
		{"half an e-mail", []string{"email", "zoe@example"}, "email", "problem.email.unreadable", nil},
		{"two e-mails", []string{"email", "a@example.test, b@example.test"}, "email", "problem.email.space", nil},
		{"a long e-mail", []string{"email", strings.Repeat("a", 260) + "@example.test"}, "email", "problem.email.long", []any{"Max", 254}},
		{"no plate", []string{"plate", "- -"}, "plate", "problem.plate.empty", nil},
		{"a long plate", []string{"plate", strings.Repeat("A1", 8)}, "plate", "problem.plate.long", nil},
		{"signs in the plate", []string{"plate", "AB#123"}, "plate", "problem.plate.characters", []any{"Character", "#"}},
		{"a long make", []string{"make", long}, "make", "problem.make.long", nil},
		{"a long model", []string{"model", long}, "model", "problem.model.long", nil},
		{"a long colour", []string{"color", long}, "color", "problem.color.long", nil},
		{"a long reference", []string{"agency_ref", long}, "agency_ref", "problem.agency_ref.long", nil},
		{"no flight", []string{"outbound", "A"}, "outbound", "problem.outbound.flight", nil},
		{"no flight back", []string{"return", "AF 123456"}, "return", "problem.return.flight", nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			sent := with(good, r.change...)
			b.do(http.MethodPost, quote+"/customer", sent).refused(t, r, sent)
		})
	}
}

func TestOtherFormsRefuse(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"), "cancellation_insurance")

	a := b.post(quote+"/services", "service", "cancellation_insurance", "service", "butler")
	a.refused(t, refusal{field: "service", key: "problem.services.gone", args: []any{"Zone", "Paris Charles de Gaulle"}},
		url.Values{"service": {"cancellation_insurance"}})

	_, check := b.read(quote+"/check").form(t, "data-testid", "check")
	for _, method := range []string{"", "seashells"} {
		b.do(http.MethodPost, quote+"/check", with(check, "pay_method", method)).
			refused(t, refusal{field: "pay_method", key: "problem.pay_method.empty"}, nil)
	}
	if n := p.called(simulator.EndpointCreate); n != 0 {
		t.Fatalf("%d creates", n)
	}
	sale := b.book(quote).location
	_, pay := b.read(sale+"/pay").form(t, "data-testid", "pay")
	pay = with(pay, "pay_method", "cash", "receipt", "T-42")
	b.do(http.MethodPost, sale+"/pay", with(pay, "pay_method", "")).
		refused(t, refusal{field: "pay_method", key: "problem.pay_method.empty"}, url.Values{"receipt": {"T-42"}})
	long := strings.Repeat("9", 41)
	b.do(http.MethodPost, sale+"/pay", with(pay, "receipt", long)).
		refused(t, refusal{field: "receipt", key: "problem.receipt.long"}, url.Values{"receipt": {long}, "pay_method": {"cash"}})
	if n := p.called(simulator.EndpointPay); n != 0 {
		t.Fatalf("%d pays", n)
	}
}

func TestAFormThatIsTooLongOrBroken(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	if a := b.do(http.MethodPost, quote+"/customer", with(aCustomer("AB-123-CD"), "make", strings.Repeat("x", maxBody))); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d", a.status)
	}
	fine := func(path string, fields url.Values) {
		t.Helper()
		if a := b.do(http.MethodPost, path, fields); a.status >= 500 {
			t.Errorf("%s %v: %d", path, fields, a.status)
		}
	}
	for path, good := range map[string]url.Values{quote + "/customer": aCustomer("AB-123-CD"), "/quotes": p.aStay()} {
		for _, text := range []string{"\x00", "\xff\xfe", "\u202e", strings.Repeat("\u0301", 50)} {
			all := url.Values{}
			for name := range good {
				all.Set(name, text)
			}
			fine(path, all)
		}
		for name := range good { // alone, so that nothing else refuses the form first
			fine(path, with(good, name, "a\x00\xffb"))
		}
	}
}

// changeOfClocks returns the next moment at which the clocks of a place go
// forward, or back.
func changeOfClocks(t *testing.T, tz string, forward bool) (at time.Time) {
	t.Helper()
	loc, err := time.LoadLocation(tz)
	if err != nil {
		t.Fatal(err)
	}
	at = time.Now().In(loc)
	for range 4 {
		_, end := at.ZoneBounds()
		_, before := end.Add(-time.Second).Zone()
		if _, after := end.Zone(); after > before == forward {
			return end.In(loc)
		}
		at = end.In(loc)
	}
	t.Fatalf("the clocks of %s do not change", tz)
	return at
}

// stayAt is a stay of two days at a zone that begins at a wall time.
func stayAt(zone string, wall time.Time) url.Values {
	return url.Values{
		"zone": {zone}, "from_date": {wall.Format("02/01/2006")}, "from_time": {wall.Format("15:04")}, "to_date": {"+2"}, "to_time": {"22h40"},
	}
}

func TestATimeThatTheClocksLeapOverIsRefused(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	for zone, z := range map[string]struct{ tz, city, last string }{
		"CDG": {"Europe/Paris", "Roissy-en-France", "03:00"},
		"LIS": {"Europe/Lisbon", "Lisbonne", "02:00"},
	} {
		leap := changeOfClocks(t, z.tz, true)
		sent := stayAt(zone, leap)
		wall := time.Date(leap.Year(), leap.Month(), leap.Day(), leap.Hour()-1, 30, 0, 0, time.UTC)
		sent.Set("from_time", wall.Format("15:04"))
		next := time.Date(leap.Year(), leap.Month(), leap.Day(), leap.Hour(), 0, 0, 0, time.UTC)
		if next.Format("15:04") != z.last {
			t.Fatalf("%s: the clocks leap to %s", zone, next.Format("15:04"))
		}
		a := b.do(http.MethodPost, "/quotes", sent)
		a.refused(t, refusal{field: "from_time", key: "problem.time.gap", args: []any{"City", z.city, "Date", wall, "Time", next}}, sent)
	}
	// Where clocks never change, every time exists.
	leap := changeOfClocks(t, "Europe/Paris", true)
	b.quoted(stayAt("RUN", time.Date(leap.Year(), leap.Month(), leap.Day(), 2, 30, 0, 0, time.UTC)))
}

func TestATimeThatComesTwiceIsAskedAbout(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	back := changeOfClocks(t, "Europe/Paris", false)
	wall := time.Date(back.Year(), back.Month(), back.Day(), 2, 30, 0, 0, time.UTC)
	sent := stayAt("CDG", wall)
	a := b.do(http.MethodPost, "/quotes", sent)
	a.refused(t, refusal{field: "from_fold", key: "problem.time.overlap", args: []any{"City", "Roissy-en-France", "Date", wall}}, sent)

	// The answer stays when something else is wrong.
	again := with(sent, "from_fold", "after", "outbound", "x")
	a = b.do(http.MethodPost, "/quotes", again)
	a.refused(t, refusal{field: "outbound", key: "problem.outbound.flight"}, again)
	again = with(sent, "from_fold", "after", "to_date", "")
	b.do(http.MethodPost, "/quotes", again).refused(t, refusal{field: "to_date", key: "problem.to_date.empty"}, again)

	for fold, offset := range map[string]string{"before": "02:00", "after": "01:00"} {
		b.quoted(with(sent, "from_fold", fold))
		calls := p.sim.Calls()
		uri, err := url.QueryUnescape(calls[len(calls)-1].URI)
		if err != nil || !strings.Contains(uri, wall.Format("2006-01-02T15:04:05")+"+"+offset) {
			t.Errorf("%s: asked %s", fold, uri)
		}
	}
}

func TestEveryPlaceHasItsOwnTime(t *testing.T) {
	t.Parallel()
	for zone, tz := range map[string]string{"LIS": "Europe/Lisbon", "RUN": "Indian/Reunion", "PTP": "America/Guadeloupe"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, account.Agent)
			loc, err := time.LoadLocation(tz)
			if err != nil {
				t.Fatal(err)
			}
			// Late in the evening: in Guadeloupe it is then another day elsewhere.
			day := time.Now().AddDate(0, 0, 40)
			wall := time.Date(day.Year(), day.Month(), day.Day(), 23, 5, 0, 0, loc)
			quote := b.filled(stayAt(zone, wall), aCustomer("AB-123-CD"))
			sale := b.book(quote).location
			b.follow(b.pay(sale))
			there := p.only(t)
			end := time.Date(day.Year(), day.Month(), day.Day()+2, 22, 40, 0, 0, loc)
			if there.StartWall != wall.Format("2006-01-02T15:04:05") || !there.Start.Equal(wall) || !there.End.Equal(end) {
				t.Errorf("at the supplier from %s (%s) to %s, want %s", there.StartWall, there.Start, there.End, wall)
			}
			for _, c := range p.sim.Calls() {
				uri, err := url.QueryUnescape(c.URI)
				if err != nil {
					t.Fatal(err)
				}
				sent := uri + c.Body
				if c.Endpoint == simulator.EndpointCreate || c.Endpoint == simulator.EndpointQuotes {
					if !strings.Contains(sent, wall.Format(time.RFC3339)) || !strings.Contains(sent, end.Format(time.RFC3339)) {
						t.Errorf("%s was sent %s", c.Endpoint, sent)
					}
				}
			}
			for _, page := range []string{sale, sale + "/confirmation"} {
				a := b.read(page)
				a.says(t, locale.EN.Date(wall)+" 23:05 "+locale.EN.ZoneName(tz), locale.EN.Date(end)+" 22:40")
				if a.find("datetime", wall.Format(time.RFC3339)) == nil {
					t.Errorf("%s does not mark %s up", page, wall)
				}
			}
			voucher := b.read(sale + "/voucher")
			voucher.says(t, locale.FR.Date(wall)+" 23:05 "+locale.FR.ZoneName(tz))
		})
	}
}
