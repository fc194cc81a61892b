package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
)

func TestSignInLeadsWhereThePersonWanted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.nobody(t)
	asked := b.get("/profile?tab=2")
	if asked.status != http.StatusSeeOther || asked.location != "/sign-in?next=%2Fprofile%3Ftab%3D2" {
		t.Fatalf("signed out: %d %s", asked.status, asked.location)
	}
	page := b.get(asked.location)
	if page.find("data-testid", "session-ended") != nil {
		t.Error("a session ended that never began")
	}
	next := attr(page.find("name", "next"), "value")
	in := b.post("/sign-in", "email", " AGENT@test.test", "password", testPassword, "next", next)
	if in.status != http.StatusSeeOther || in.location != "/profile?tab=2" {
		t.Fatalf("signed in: %d %s", in.status, in.location)
	}
	if a := b.get(in.location); a.status != http.StatusOK || !strings.Contains(a.text(), "Voyages Test") {
		t.Errorf("the page: %d %s", a.status, a.text())
	}
	if a := b.get("/sign-in"); a.location != "/" {
		t.Errorf("signed in already: %d %s", a.status, a.location)
	}
}

func TestHomeDependsOnTheRole(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for role, want := range map[account.Role]string{
		account.Agent: "/quotes/new", account.Manager: "/today",
		account.CustomerService: "/desk/queue", account.Admin: "/admin",
	} {
		if a := p.as(t, role).get("/"); a.location != want {
			t.Errorf("%s begins at %s, want %s", role, a.location, want)
		}
	}
}

// The header of each role leads to what the role works with: by at most five links,
// and a menu.
func TestTheHeaderLeadsEverywhere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for role, want := range map[account.Role][]string{
		account.Agent:           {"/quotes/new", "/today", "/bookings", "/profile"},
		account.Manager:         {"/quotes/new", "/today", "/bookings", "/agency/figures", "/agency/users", "/profile"},
		account.CustomerService: {"/desk", "/desk/queue", "/bookings", "/desk/statements", "/profile"},
		account.Admin: {
			"/admin", "/bookings", "/desk/queue", "/admin/supplier", "/desk", "/desk/statements", "/admin/users", "/admin/agencies", "/admin/audit", "/profile",
		},
	} {
		b := p.as(t, role)
		page := b.get("/profile")
		var got []string
		for n := range page.find("class", "header").Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" && attr(n, "class") != "brand" {
				got = append(got, attr(n, "href"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", role, got, want)
		}
		for _, path := range got {
			if a := b.get(path); a.status != http.StatusOK || attr(a.find("aria-current", "page"), "href") != path && path != "/profile" {
				t.Errorf("%s: %s is %d, or not marked", role, path, a.status)
			}
		}
	}
}

func TestSignInNeverLeadsElsewhere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, next := range []string{"//evil.test", `/\evil.test`, "/%2f%2fevil.test", "https://evil.test", "/\t/evil.test", "/sign-out"} {
		b := p.nobody(t)
		page := b.get("/sign-in?next=" + url.QueryEscape(next))
		if got := attr(page.find("name", "next"), "value"); got != "/" {
			t.Errorf("%q stands in the form as %q", next, got)
		}
		a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", next)
		if a.location != "/" {
			t.Errorf("%q leads to %q", next, a.location)
		}
	}
}

func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET suspended = true WHERE email = 'manager@test.test'`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ email, password, field, want string }{
		{"", testPassword, "email", "Enter your email address"},
		{"agent@test.test", "", "password", "Enter your password"},
		{"agent@test.test", "wrong", "email", "Incorrect email address or password"},
		{"nobody@test.test", "wrong", "email", "Incorrect email address or password"},
		{"manager@test.test", "wrong", "email", "Incorrect email address or password"},
		{"manager@test.test", testPassword, "email", "Your account is suspended."},
	} {
		a := p.nobody(t).post("/sign-in", "email", c.email, "password", c.password)
		if a.status != http.StatusUnprocessableEntity || len(a.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%+v: %d, cookies %v", c, a.status, a.header.Values("Set-Cookie"))
		}
		if got := textOf(a.find("id", c.field+"-error")); !strings.Contains(got, c.want) {
			t.Errorf("%+v: beside the field stands %q", c, got)
		}
		if got := attr(a.find("id", "email"), "value"); got != c.email {
			t.Errorf("%+v: the address became %q", c, got)
		}
		if strings.Contains(a.body, testPassword) || !strings.HasPrefix(a.first("title"), "[TEST] Error: Sign in") {
			t.Errorf("%+v: title %q, or the password is on the page", c, a.first("title"))
		}
	}
}

// Nothing tells a known address from an unknown one.
func TestKnownAndUnknownAddressesGetTheSamePage(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	known := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", "wrong")
	unknown := p.nobody(t).post("/sign-in", "email", "tnega@test.test", "password", "wrong")
	if strings.ReplaceAll(unknown.body, "tnega@", "agent@") != known.body {
		t.Error("the pages differ")
	}
	for _, h := range []string{"X-Request-Id", "Date"} {
		known.header.Del(h)
		unknown.header.Del(h)
	}
	if len(known.header) != len(unknown.header) {
		t.Errorf("headers differ: %v and %v", known.header, unknown.header)
	}
}

func TestTooManySignIns(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.nobody(t)
	for range 10 {
		if a := b.post("/sign-in", "email", "agent@test.test", "password", "wrong"); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("wrong password: %d", a.status)
		}
	}
	a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != http.StatusTooManyRequests || err != nil || wait < 240 || wait > 300 {
		t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if a.first("h1") != "Too many requests" || !strings.Contains(a.text(), "Try again in 5 minutes (at ") ||
		!strings.Contains(a.text(), "Paris time") {
		t.Errorf("it does not say when: %s", a.text())
	}
	p.moveClock(t, 6*time.Minute)
	if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword); a.status != http.StatusSeeOther {
		t.Errorf("after the delay: %d", a.status)
	}
}
