package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/server/site"
)

// cookie returns the browser's session cookie as the server set it.
func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) setCookie(name, value string) {
	u, err := url.Parse(b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func TestSignInRenewsTheSession(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	before := b.cookie("guichet")
	again := b.post("/sign-in", "email", "admin@test.test", "password", testPassword)
	if again.status != http.StatusSeeOther || before == "" || b.cookie("guichet") == before {
		t.Fatalf("%d, the cookie %q became %q", again.status, before, b.cookie("guichet"))
	}
	old := p.nobody(t)
	old.setCookie("guichet", before)
	if a := old.get("/profile"); a.status != http.StatusSeeOther || !strings.Contains(a.location, "ended=1") {
		t.Errorf("the old cookie still works: %d %s", a.status, a.location)
	}
}

func TestSessionIsStoredUnderAHash(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	token := p.as(t, account.Agent).cookie("guichet")
	sum := sha256.Sum256([]byte(token))
	var stored string
	if err := p.pool.QueryRow(t.Context(), `SELECT token FROM sessions`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if stored == token || stored != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("cookie %q is stored as %q", token, stored)
	}
}

// Where somebody wanted to go may hold the name that was searched for.
func TestWhereToGoIsSealed(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	first := p.nobody(t)
	first.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	x, _ := p.enrolled(t, first)
	first.post("/second-factor/codes", "kept", "1")
	b := p.nobody(t)
	const page = "/bookings?q=Zanzibari"
	if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", page); a.location != "/sign-in/code" {
		t.Fatalf("%d to %q", a.status, a.location)
	}
	var there bool
	if err := p.pool.QueryRow(t.Context(), `SELECT bool_or(position('Zanzibari'::bytea IN data) > 0) FROM sessions`).Scan(&there); err != nil || there {
		t.Errorf("the name is in a session: %v, %v", there, err)
	}
	if a := b.post("/sign-in/code", "code", x.code(1)); a.location != page {
		t.Errorf("it leads to %q", a.location)
	}
}

func TestSignOutEndsTheSession(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	token := b.cookie("guichet")
	if a := b.post("/sign-out"); a.status != http.StatusSeeOther || a.location != "/sign-in" || b.cookie("guichet") != "" || !strings.Contains(a.header.Get("Clear-Site-Data"), `"storage"`) {
		t.Fatalf("%d %s, cookie %q", a.status, a.location, b.cookie("guichet"))
	}
	b.setCookie("guichet", token)
	if a := b.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("the cookie still works: %d", a.status)
	}
}

func TestIdleSessionsEnd(t *testing.T) {
	t.Parallel()
	for role, limit := range map[account.Role]time.Duration{
		account.Agent: 60 * time.Minute, account.Manager: 60 * time.Minute,
		account.CustomerService: 30 * time.Minute, account.Admin: 30 * time.Minute,
	} {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			b := p.as(t, role)
			p.moveClock(t, limit-time.Minute)
			if a := b.get("/profile"); a.status != http.StatusOK {
				t.Fatalf("before the end: %d", a.status)
			}
			p.moveClock(t, 2*limit-2*time.Minute)
			if a := b.get("/profile"); a.status != http.StatusOK {
				t.Fatalf("use did not prolong it: %d", a.status)
			}
			p.moveClock(t, 3*limit)
			a := b.get("/profile")
			if a.status != http.StatusSeeOther || a.location != "/sign-in?ended=1&next=%2Fprofile" {
				t.Fatalf("after the end: %d %s", a.status, a.location)
			}
			if page := b.get(a.location); page.find("data-testid", "session-ended") == nil {
				t.Error("the page does not say that the session has ended")
			}
		})
	}
}

func TestEndedSessionSendsFormsToSignIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.moveClock(t, 2*time.Hour)
	b.header.Set("Referer", p.url+"/profile?x=1")
	a := b.post("/profile", "language", "fr", "theme", "dark")
	if a.status != http.StatusSeeOther || a.location != "/sign-in?ended=1&next=%2Fprofile%3Fx%3D1" {
		t.Errorf("%d %s", a.status, a.location)
	}
	b.header.Set("Referer", "https://evil.test/profile")
	if a := b.post("/profile"); a.location != "/sign-in?ended=1" {
		t.Errorf("a foreign page became %s", a.location)
	}
	if a := b.get("/fragments/when"); a.status != http.StatusUnauthorized && a.status != http.StatusNotFound {
		t.Errorf("a fragment: %d", a.status)
	}
}

func TestSuspensionAndRolesWorkOnTheNextRequest(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, staff := p.as(t, account.Agent), p.as(t, account.CustomerService)
	change := func(query string) {
		t.Helper()
		if _, err := p.pool.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	change(`UPDATE users SET role = 'agent', agency_id = (SELECT id FROM agencies) WHERE email = 'customer_service@test.test'`)
	if a := staff.get("/desk"); a.status != http.StatusForbidden {
		t.Errorf("no longer staff: %d", a.status)
	}
	change(`UPDATE agencies SET suspended = true`)
	if a := b.get("/profile"); a.status != http.StatusSeeOther || !strings.Contains(a.location, "ended=1") {
		t.Errorf("agency suspended: %d %s", a.status, a.location)
	}
	change(`UPDATE agencies SET suspended = false`)
	if a := b.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("the suspended session came back: %d", a.status)
	}
}

func TestCookieBehindTLS(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{true, false} {
		p := newPortal(t, func(o *site.Options) { o.SecureCookies = secure })
		a := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword)
		cookies := a.header.Values("Set-Cookie")
		if len(cookies) != 2 {
			t.Errorf("secure %v: %q", secure, cookies)
		}
		for _, got := range cookies {
			if strings.HasPrefix(got, "__Host-guichet") != secure || strings.Contains(got, "Secure") != secure ||
				!strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") || !strings.Contains(got, "Path=/") {
				t.Errorf("secure %v: %s", secure, got)
			}
		}
		if got := a.header.Get("Strict-Transport-Security"); (got == "max-age=63072000") != secure {
			t.Errorf("secure %v: HSTS %q", secure, got)
		}
	}
}

func TestBrowsersKeepToTLSAsFarAsTheOperatorSays(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"": "max-age=63072000", "host": "max-age=63072000", "subdomains": "max-age=63072000; includeSubDomains",
		"preload": "max-age=63072000; includeSubDomains; preload",
	} {
		p := newPortal(t, func(o *site.Options) { o.SecureCookies, o.HSTS = true, setting })
		if got := p.nobody(t).get("/sign-in").header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q", setting, got)
		}
	}
}

func TestSessionStoreDown(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.app.Close()
	a := b.get("/profile")
	if a.status != http.StatusInternalServerError || a.find("data-testid", "reference") == nil {
		t.Errorf("%d %s", a.status, a.text())
	}
	if a := b.get("/livez"); a.status != http.StatusOK {
		t.Errorf("/livez: %d", a.status)
	}
	if a := b.get("/readyz"); a.status != http.StatusServiceUnavailable || a.body != "not ready\n" {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
}

// The answer to a request whose session cannot be stored is an error page, and
// nothing of what the handler wrote.
func TestSessionThatCannotBeStored(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if _, err := p.pool.Exec(t.Context(), `ALTER TABLE sessions ADD CHECK (false) NOT VALID; ALTER TABLE signed_in ADD CHECK (false) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	p.moveClock(t, 5*time.Minute) // so that this use is written down
	for _, a := range []*answer{
		b.get("/profile"),
		p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword),
	} {
		if a.status != http.StatusInternalServerError || a.location != "" || len(a.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%d, to %q, cookies %v", a.status, a.location, a.header.Values("Set-Cookie"))
		}
		if want := fmt.Sprintf(`"status":500,"bytes":%d,`, len(a.body)); !strings.Contains(p.log.String(), want) {
			t.Errorf("%s is not in the log: %s", want, p.log)
		}
	}
	if strings.Contains(p.log.String(), "superfluous") {
		t.Errorf("two answers were written: %s", p.log)
	}
}

// How old a session is, the database says: a node whose clock is wrong ends none
// early and lets none live longer, and what weighs most asks again by the same clock.
func TestSessionsAgeByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{48 * time.Hour, -48 * time.Hour} {
		p := newPortal(t)
		b, admin := p.as(t, account.Agent), p.as(t, account.Admin)
		p.ahead.Store(int64(skew)) // of this node alone
		if a := b.get("/profile"); a.status != http.StatusOK {
			t.Errorf("%s: a new session ended: %d", skew, a.status)
		}
		if a := p.as(t, account.Agent).get("/profile"); a.status != http.StatusOK {
			t.Errorf("%s: one that began here ended: %d", skew, a.status)
		}
		if a := admin.post("/admin/supplier/keys"); strings.HasPrefix(a.location, "/confirm-identity") {
			t.Errorf("%s: asked again at once", skew)
		}
		dbtest.MoveClock(t, p.pool, 15*time.Minute)
		if a := admin.post("/admin/supplier/keys"); !strings.HasPrefix(a.location, "/confirm-identity") {
			t.Errorf("%s: not asked again: %d %s", skew, a.status, a.location)
		}
		dbtest.MoveClock(t, p.pool, 61*time.Minute)
		if a := b.get("/profile"); a.status != http.StatusSeeOther {
			t.Errorf("%s: an old session lives: %d", skew, a.status)
		}
	}
}
