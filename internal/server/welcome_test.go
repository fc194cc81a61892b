package server

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/server/site"
)

const otherPassword = "quatre vélos sous la pluie"

// invited returns the address of somebody's link.
func (p *portal) invited(t *testing.T, role account.Role) string {
	t.Helper()
	token, err := p.server.Auth.InvitationLink(t.Context(), p.people[role].ID)
	if err != nil {
		t.Fatal(err)
	}
	return "/welcome/" + token
}

func TestAnInvitationSetsThePasswordOnce(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	elsewhere := p.as(t, account.Agent)
	replaced, link := p.invited(t, account.Agent), p.invited(t, account.Agent)
	b := p.nobody(t)
	if a := b.get(replaced); a.status != http.StatusGone {
		t.Errorf("a link that was replaced: %d", a.status)
	}
	if a := b.get(link); a.status != http.StatusOK || !strings.Contains(a.text(), "agent@test.test") {
		t.Fatalf("the link: %d %s", a.status, a.text())
	}
	for _, try := range []struct{ password, says string }{
		{"", "at least 12 characters"},
		{"short", "at least 12 characters"},
		{strings.Repeat("ab c", 40), "128 characters or fewer"},
		{"password123456", "too common"},
		{"voyages test is my agency", "must not contain"},
	} {
		a := b.post(link, "new_password", try.password)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), try.says) || attr(a.find("id", "new_password"), "aria-invalid") != "true" {
			t.Errorf("%q: %d %s", try.password, a.status, a.text())
		}
	}
	if a := b.post(link, "new_password", otherPassword); a.status != http.StatusSeeOther || a.location != "/sign-in?chosen=1" {
		t.Fatalf("set: %d to %q", a.status, a.location)
	}
	if a := b.get("/sign-in?chosen=1"); a.find("data-testid", "password-chosen") == nil {
		t.Error("the sign-in page does not say that the password is set")
	}
	for _, a := range []*answer{b.get(link), b.post(link, "new_password", otherPassword+"!")} {
		if a.status != http.StatusGone {
			t.Errorf("the link works again: %d", a.status)
		}
	}
	if a := elsewhere.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("a session from before still works: %d", a.status)
	}
	if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: %d", a.status)
	}
	if a := b.post("/sign-in", "email", "agent@test.test", "password", otherPassword); a.status != http.StatusSeeOther {
		t.Errorf("the new password: %d", a.status)
	}
	if token := strings.TrimPrefix(link, "/welcome/"); strings.Contains(p.log.String(), token) {
		t.Error("the link is in the log")
	}
}

func TestAnInvitationEnds(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	late := p.invited(t, account.Agent)
	p.moveClock(t, 48*time.Hour+time.Second)
	suspended := p.invited(t, account.Manager)
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET suspended = true WHERE role = 'manager'`); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{late, suspended, "/welcome/AAAAAAAAAAAAAAAAAAAAAA"} {
		for _, a := range []*answer{p.nobody(t).get(link), p.nobody(t).post(link, "new_password", otherPassword)} {
			if a.status != http.StatusGone || a.first("h1") != "This link has expired or has been used" {
				t.Errorf("%s: %d %s", link, a.status, a.first("h1"))
			}
		}
	}
}

func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, elsewhere, other := p.as(t, account.Agent), p.as(t, account.Agent), p.as(t, account.Manager)
	for _, try := range []struct{ current, wanted, field, says string }{
		{"wrong", otherPassword, "current_password", "incorrect"},
		{testPassword, "short", "new_password", "12 characters"},
	} {
		a := b.post("/profile/password", "current_password", try.current, "new_password", try.wanted)
		if a.status != http.StatusUnprocessableEntity || attr(a.find("id", try.field), "aria-invalid") != "true" || !strings.Contains(a.text(), try.says) {
			t.Errorf("%+v: %d %s", try, a.status, a.text())
		}
	}
	if a := b.post("/profile/password", "current_password", testPassword, "new_password", otherPassword); a.location != "/profile" {
		t.Fatalf("change: %d to %q", a.status, a.location)
	}
	for name, c := range map[string]struct {
		b    *browser
		want int
	}{"here": {b, 200}, "elsewhere": {elsewhere, 303}, "somebody else": {other, 200}} {
		if a := c.b.get("/profile"); a.status != c.want {
			t.Errorf("%s afterwards: %d, want %d", name, a.status, c.want)
		}
	}
	if a := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", otherPassword); a.status != http.StatusSeeOther {
		t.Errorf("the new password: %d", a.status)
	}
}

// Whoever has found an open screen must not guess the password there.
func TestTheCurrentPasswordIsNotGuessed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	for range 10 {
		b.post("/profile/password", "current_password", "wrong", "new_password", otherPassword)
	}
	if a := b.post("/profile/password", "current_password", testPassword, "new_password", otherPassword); a.status != http.StatusTooManyRequests {
		t.Errorf("after ten wrong ones: %d", a.status)
	}
}

// A person recognises a session by the browser, its system and where it was begun.
func TestASessionSaysWhereItIs(t *testing.T) {
	t.Parallel()
	proxies := site.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Header: "X-Forwarded-For"}
	p := newPortal(t, func(o *site.Options) { o.Proxies = proxies })
	for device, says := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                    "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0":     "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36":     "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":     "Safari on macOS",
		"a browser of its own": "a browser of its own",
	} {
		b := p.nobody(t)
		b.header.Set("User-Agent", device)
		b.header.Set("X-Forwarded-For", "198.51.100.9, 203.0.113.77")
		b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
		b.read("/profile/sessions").says(t, says, "Network address: 203.0.113.77")
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	here, second, third, other := p.as(t, account.Agent), p.as(t, account.Agent), p.as(t, account.Agent), p.as(t, account.Manager)
	key := auth.SessionKey(second.cookie("guichet"))
	if a := other.post("/profile/sessions", "session", key); a.status != http.StatusSeeOther {
		t.Fatalf("%d", a.status)
	}
	if a := second.get("/profile"); a.status != http.StatusOK {
		t.Errorf("somebody else ended the session: %d", a.status)
	}
	list := here.get("/profile/sessions")
	if n := strings.Count(list.body, `data-testid="end-session"`); n != 2 || !strings.Contains(list.text(), "This browser") {
		t.Errorf("%d other sessions: %s", n, list.text())
	}
	for _, cookie := range []string{here.cookie("guichet"), second.cookie("guichet")} {
		if strings.Contains(list.body, cookie) {
			t.Error("the page holds what opens a session")
		}
	}
	here.post("/profile/sessions", "session", key)
	if a, b := second.get("/profile"), third.get("/profile"); a.status != http.StatusSeeOther || b.status != http.StatusOK {
		t.Errorf("one was ended: %d and %d", a.status, b.status)
	}
	here.post("/profile/sessions")
	if a, b := third.get("/profile"), here.get("/profile"); a.status != http.StatusSeeOther || b.status != http.StatusOK {
		t.Errorf("all others were ended: %d and %d", a.status, b.status)
	}
	old := here.cookie("guichet")
	here.post("/sign-out")
	here.setCookie("guichet", old)
	if a := here.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("signed out, and back: %d", a.status)
	}
}

// A request that is under way while its session is ended does not bring it back.
func TestAnEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if _, err := p.pool.Exec(t.Context(), `DELETE FROM signed_in`); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/profile"); a.status != http.StatusSeeOther || !strings.Contains(a.location, "ended=1") {
		t.Errorf("%d to %q", a.status, a.location)
	}
}
