package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
)

// attack is one thing that is not let through.
type attack struct {
	name   string
	status int
	route  string // as the log names it
	try    func(x *refusals) *answer
	enters int // how often somebody rightly signs in on the way
}

// refusals is a portal in which much is refused.
type refusals struct {
	*portal
	t     *testing.T
	phone phone    // the agent's
	codes []string // the agent's recovery codes
	other account.User
	sale  string // the agent's, which is not paid yet
}

// entering is a browser in which the agent has shown the password.
func (x *refusals) entering() *browser {
	x.t.Helper()
	b := x.nobody(x.t)
	if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword); a.location != "/sign-in/code" {
		x.t.Fatalf("the password: %d to %q", a.status, a.location)
	}
	return b
}

var refused = []attack{
	{name: "a wrong password", status: 422, route: "/sign-in", try: func(x *refusals) *answer {
		return x.nobody(x.t).post("/sign-in", "email", "agent@test.test", "password", "hush-hush-hush")
	}},
	{name: "a wrong code", status: 422, route: "/sign-in/code", try: func(x *refusals) *answer { return x.entering().post("/sign-in/code", "code", "000000") }},
	{name: "a used code", status: 422, route: "/sign-in/code", try: func(x *refusals) *answer {
		code := x.phone.code(1) // the same text, even when the next one is shown meanwhile
		if a := x.entering().post("/sign-in/code", "code", code); a.status != http.StatusSeeOther {
			x.t.Errorf("the code, once: %d", a.status)
		}
		return x.entering().post("/sign-in/code", "code", code)
	}, enters: 1},
	{name: "a used recovery code", status: 422, route: "/sign-in/recovery", try: func(x *refusals) *answer {
		if a := x.entering().post("/sign-in/recovery", "code", x.codes[0]); a.status != http.StatusSeeOther {
			x.t.Errorf("the code, once: %d", a.status)
		}
		return x.entering().post("/sign-in/recovery", "code", x.codes[0])
	}, enters: 1},
	{name: "the code of another person", status: 422, route: "/sign-in/code", try: func(x *refusals) *answer {
		m := x.as(x.t, account.Manager)
		theirs, _ := x.enrolled(x.t, m)
		return x.entering().post("/sign-in/code", "code", theirs.code(1))
	}},
	{name: "a used invitation", status: 410, route: "/welcome/{token}", try: func(x *refusals) *answer {
		link := x.invited(x.t, account.CustomerService)
		if a := x.nobody(x.t).post(link, "new_password", otherPassword); a.status != http.StatusSeeOther {
			x.t.Errorf("the link, once: %d", a.status)
		}
		return x.nobody(x.t).post(link, "new_password", otherPassword)
	}},
	{name: "a late invitation", status: 410, route: "/welcome/{token}", try: func(x *refusals) *answer {
		link := x.invited(x.t, account.CustomerService)
		x.moveClock(x.t, 48*time.Hour+time.Second)
		defer x.moveClock(x.t, 0)
		return x.nobody(x.t).post(link, "new_password", otherPassword)
	}},
	{name: "another agency's invitation", status: 404, route: "/agency/users/{handle}/link", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post("/agency/users" + "/" + x.other.Handle + "/link")
	}},
	{name: "a tampered cookie", status: 303, route: "/profile", try: func(x *refusals) *answer {
		b := x.as(x.t, account.Admin)
		cookie := b.cookie("guichet")
		b.setCookie("guichet", "A"+cookie[1:])
		if cookie[0] == 'A' {
			b.setCookie("guichet", "B"+cookie[1:])
		}
		return b.get("/profile")
	}},
	{name: "the cookie of an ended session", status: 303, route: "/profile", try: func(x *refusals) *answer {
		b := x.as(x.t, account.Admin)
		cookie := b.cookie("guichet")
		b.post("/sign-out")
		b.setCookie("guichet", cookie)
		return b.get("/profile")
	}},
	{name: "another site's form", status: 403, route: "/profile", try: func(x *refusals) *answer {
		b := x.as(x.t, account.Manager)
		b.header.Set("Sec-Fetch-Site", "cross-site")
		return b.post("/profile", "language", "fr", "theme", "dark")
	}},
	{name: "another site's form, from an old browser", status: 403, route: "/profile", try: func(x *refusals) *answer {
		b := x.as(x.t, account.Manager)
		b.header.Set("Origin", "https://evil.test")
		return b.post("/profile", "language", "fr", "theme", "dark")
	}},
	{name: "more fields than the form has", status: 303, route: "/profile", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post("/profile", "language", "en", "theme", "auto",
			"role", "admin", "agency_id", "99", "suspended", "true", "email", "hush@evil.test", "id", "1")
	}},
	{name: "a body that is too big", status: 413, route: "/profile", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).do(http.MethodPost, "/profile", url.Values{"language": {strings.Repeat("x", maxBody+1)}})
	}},
	{name: "a form that cannot be read", status: 400, route: "/profile", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).raw("/profile", "language=fr&theme=%zzhush")
	}},
	{name: "nothing but NUL and broken UTF-8", status: 422, route: "/profile", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post("/profile", "language", "\x00", "theme", "\xff\xfe")
	}},
	{name: "NUL and broken UTF-8 in a sign-in", status: 422, route: "/sign-in", try: func(x *refusals) *answer {
		return x.nobody(x.t).post("/sign-in", "email", "hush\x00\xff@test.test", "password", "hush\x00\xff")
	}},
	{name: "another agency's booking", status: 404, route: "/bookings/{ref}", try: func(x *refusals) *answer {
		return x.asPerson(x.t, x.other).get(x.sale)
	}},
	{name: "to pay another agency's booking", status: 404, route: "/bookings/{ref}/pay", try: func(x *refusals) *answer {
		return x.asPerson(x.t, x.other).post(x.sale+"/pay", "version", "2", "pay_method", "cash", "receipt", "hush")
	}},
	{name: "another agency's person", status: 404, route: "/agency/users/{handle}", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).get("/agency/users" + "/" + x.other.Handle)
	}},
	{name: "to pay with more fields than the form has, and without its own", status: 422, route: "/bookings/{ref}/pay", try: func(x *refusals) *answer {
		return x.as(x.t, account.Agent).post(x.sale+"/pay", "version", "2", "state", "confirmed", "price", "1", "paid_at", "2026-01-01")
	}},
	{name: "a role that is not the manager's to give", status: 422, route: "/agency/users/{handle}/role", try: func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post("/agency/users"+"/"+x.people[account.Agent].Handle+"/role", "role", "admin")
	}},
	{name: "a page that is not the agent's", status: 403, route: "/admin/audit", try: func(x *refusals) *answer { return x.as(x.t, account.Manager).get("/admin/audit") }},
	{name: "a method that the page does not take", status: 405, try: func(x *refusals) *answer { return x.nobody(x.t).get("/language") }},
	{name: "a method of other pages", status: 405, try: func(x *refusals) *answer { return x.as(x.t, account.Agent).do(http.MethodPut, x.sale, nil) }},
	{name: "a method of other kinds of servers", status: 405, try: func(x *refusals) *answer { return x.as(x.t, account.Agent).do("PROPFIND", x.sale, nil) }},
}

// raw sends a body that no browser would make of a form.
func (b *browser) raw(path, body string) *answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only its head is read
	a := &answer{status: resp.StatusCode, header: resp.Header, location: resp.Header.Get("Location")}
	if strings.Contains(a.location, "?kept=") { // the page that answers is shown by GET
		shown := b.get(a.location)
		shown.header.Set("X-Request-Id", a.header.Get("X-Request-Id"))
		return shown
	}
	return a
}

// snapshot is all that a refusal must not change.
const snapshot = `
	SELECT (SELECT md5(string_agg(u::text, '|' ORDER BY u.id)) FROM users u WHERE email <> 'customer_service@test.test')
		|| (SELECT md5(string_agg(a::text, '|' ORDER BY a.id)) FROM agencies a) || (SELECT md5(string_agg(b::text, '|' ORDER BY b.id)) FROM bookings b)
		|| (SELECT md5(string_agg(d::text, '|' ORDER BY d.id)) FROM drafts d) || (SELECT count(*) FROM booking_events)
		|| (SELECT count(*) FROM tickets WHERE user_id = $1)`

// entered counts who has signed in so far.
func (p *portal) entered(t *testing.T) (n int) {
	t.Helper()
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'sign_in'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// opens reports whether a session cookie of an answer lets somebody in.
func (p *portal) opens(t *testing.T, a *answer) bool {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name != "guichet" || c.Value == "" {
			continue
		}
		b := p.nobody(t)
		b.setCookie(c.Name, c.Value)
		if b.get("/profile").status == http.StatusOK {
			return true
		}
	}
	return false
}

// Each is answered as the table says, changes nothing, signs nobody in, and
// leaves a line in the log that names the route and nobody.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	other := p.addAgency(t, "OTHER", "Autres Voyages")
	x := &refusals{portal: p, t: t}
	x.other = p.addPerson(t, account.User{Email: "agent@other.test", Name: "Dominique Petit", Role: account.Agent, AgencyID: other.ID})
	x.phone, x.codes = p.enrolled(t, p.as(t, account.Agent))
	stands := func() (text string) {
		t.Helper()
		if err := p.pool.QueryRow(t.Context(), snapshot, x.other.ID).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	x.sale = p.booked(p.as(t, account.Agent), "AB-123-CD")
	before := stands()
	for _, r := range refused {
		from, entered := len(p.log.String()), p.entered(t)
		a := r.try(x)
		if a.status != r.status || a.status == http.StatusSeeOther && r.route == "/profile" && a.location != "/profile" && !strings.HasPrefix(a.location, "/sign-in?ended=1") {
			t.Errorf("%s: %d to %q, want %d", r.name, a.status, a.location, r.status)
		}
		if p.entered(t) != entered+r.enters || r.status != http.StatusSeeOther && p.opens(t, a) {
			t.Errorf("%s: somebody is signed in", r.name)
		}
		if stands() != before {
			t.Errorf("%s: something has changed", r.name)
			before = stands()
		}
		if !said(t, p.log.String()[from:], r, a.header.Get("X-Request-Id")) {
			t.Errorf("%s: not in the log: %s", r.name, p.log.String()[from:])
		}
	}
	words := append(x.codes, x.phone.secret, testPassword, otherPassword, "hush", "test.test", "Camille", "Dominique", "Petit", "/welcome/A")
	for _, word := range words {
		if strings.Contains(p.log.String(), word) {
			t.Errorf("%q is in the log", word)
		}
	}
}

// said reports whether the log has a line of the request at the level that a
// portal logs at when nobody asks for more.
func said(t *testing.T, log string, r attack, id string) bool {
	t.Helper()
	for text := range strings.Lines(log) {
		var line struct {
			Level, Msg, Request, Route string
			Status                     int
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line.Level == "INFO" && line.Msg == "request" && line.Request == id && line.Status == r.status && line.Route == r.route {
			return true
		}
	}
	return false
}
