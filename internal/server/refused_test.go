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
}

// refusals is a portal in which much is refused.
type refusals struct {
	*portal
	t     *testing.T
	phone phone    // the agent's
	codes []string // the agent's recovery codes
	other account.User
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
	{"a wrong password", 422, "/sign-in", func(x *refusals) *answer {
		return x.nobody(x.t).post("/sign-in", "email", "agent@test.test", "password", "hush-hush-hush")
	}},
	{"a wrong code", 422, "/sign-in/code", func(x *refusals) *answer { return x.entering().post("/sign-in/code", "code", "000000") }},
	{"a used code", 422, "/sign-in/code", func(x *refusals) *answer { return x.entering().post("/sign-in/code", "code", x.phone.code(0)) }},
	{"a used recovery code", 422, "/sign-in/recovery", func(x *refusals) *answer {
		if a := x.entering().post("/sign-in/recovery", "code", x.codes[0]); a.status != http.StatusSeeOther {
			x.t.Errorf("the code, once: %d", a.status)
		}
		return x.entering().post("/sign-in/recovery", "code", x.codes[0])
	}},
	{"the code of another person", 422, "/sign-in/code", func(x *refusals) *answer {
		m := x.as(x.t, account.Manager)
		theirs, _ := x.enrolled(x.t, m)
		return x.entering().post("/sign-in/code", "code", theirs.code(1))
	}},
	{"a used invitation", 410, "/welcome/{token}", func(x *refusals) *answer {
		link := x.invited(x.t, account.CustomerService)
		if a := x.nobody(x.t).post(link, "new_password", otherPassword); a.status != http.StatusSeeOther {
			x.t.Errorf("the link, once: %d", a.status)
		}
		return x.nobody(x.t).post(link, "new_password", otherPassword)
	}},
	{"a late invitation", 410, "/welcome/{token}", func(x *refusals) *answer {
		link := x.invited(x.t, account.CustomerService)
		x.moveClock(x.t, 48*time.Hour+time.Second)
		defer x.moveClock(x.t, 0)
		return x.nobody(x.t).post(link, "new_password", otherPassword)
	}},
	{"another agency's invitation", 404, "/agency/users/{handle}/link", func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post(usersOfAgency + "/" + x.other.Handle + "/link")
	}},
	{"a tampered cookie", 303, "/profile", func(x *refusals) *answer {
		b := x.as(x.t, account.Admin)
		cookie := b.cookie("guichet")
		b.setCookie("guichet", "A"+cookie[1:])
		if cookie[0] == 'A' {
			b.setCookie("guichet", "B"+cookie[1:])
		}
		return b.get("/profile")
	}},
	{"the cookie of an ended session", 303, "/profile", func(x *refusals) *answer {
		b := x.as(x.t, account.Admin)
		cookie := b.cookie("guichet")
		b.post("/sign-out")
		b.setCookie("guichet", cookie)
		return b.get("/profile")
	}},
	{"another site's form", 403, "", func(x *refusals) *answer {
		b := x.as(x.t, account.Manager)
		b.header.Set("Sec-Fetch-Site", "cross-site")
		return b.post("/profile", "language", "fr", "theme", "dark")
	}},
	{"another site's form, from an old browser", 403, "", func(x *refusals) *answer {
		b := x.as(x.t, account.Manager)
		b.header.Set("Origin", "https://evil.test")
		return b.post("/profile", "language", "fr", "theme", "dark")
	}},
	{"more fields than the form has", 303, "/profile", func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post("/profile", "language", "en", "theme", "auto",
			"role", "admin", "agency_id", "99", "suspended", "true", "email", "hush@evil.test", "id", "1")
	}},
	{"a body that is too big", 413, "/profile", func(x *refusals) *answer {
		return x.as(x.t, account.Manager).do(http.MethodPost, "/profile", url.Values{"language": {strings.Repeat("x", maxBody+1)}})
	}},
	{"a role that is not the manager's to give", 422, "/agency/users/{handle}/role", func(x *refusals) *answer {
		return x.as(x.t, account.Manager).post(usersOfAgency+"/"+x.people[account.Agent].Handle+"/role", "role", "admin")
	}},
	{"a page that is not the agent's", 403, "/admin/audit", func(x *refusals) *answer { return x.as(x.t, account.Manager).get("/admin/audit") }},
	{"a method that the page does not take", 405, "", func(x *refusals) *answer { return x.nobody(x.t).get("/language") }},
}

// standing is all that a refusal must not change.
const standing = `
	SELECT md5(string_agg(u::text, '|' ORDER BY u.id)) || (SELECT count(*) FROM agencies) || (SELECT count(*) FROM tickets WHERE user_id = $1)
	FROM users u WHERE email <> 'customer_service@test.test'`

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
		if err := p.pool.QueryRow(t.Context(), standing, x.other.ID).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := stands()
	for _, r := range refused {
		from := len(p.log.String())
		a := r.try(x)
		if a.status != r.status || a.status == http.StatusSeeOther && r.route == "/profile" && a.location != "/profile" && !strings.HasPrefix(a.location, "/sign-in?ended=1") {
			t.Errorf("%s: %d to %q, want %d", r.name, a.status, a.location, r.status)
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
