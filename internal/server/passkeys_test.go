package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
)

// Passkeys are added and taken away by nobody who has not just shown who is there, and
// only where the portal has the name that they belong to.
func TestPasskeysAskWhoIsThere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if err := p.server.Auth.OfferPasskeys("http://localhost:8080"); err != nil {
		t.Fatal(err)
	}
	b := p.as(t, account.Agent)
	b.read("/profile/passkeys").says(t, "Passkeys only work at localhost:8080")
	b.url = strings.Replace(p.url, "127.0.0.1", "localhost", 1)
	b.setCookie("guichet", func() string { c := p.as(t, account.Agent); return c.cookie("guichet") }())
	if a := b.get("/profile/passkeys/new"); a.location != "/profile/passkeys" {
		t.Errorf("without a second factor: %d to %q", a.status, a.location)
	}
	b.read("/profile/passkeys").says(t, "Set up an authenticator app first")
	x, _ := p.enrolled(t, b)
	b.post("/second-factor/codes", "kept", "1")
	if page := b.get("/profile/passkeys/new"); page.status != http.StatusOK || page.find("data-options", "/profile/passkeys/options") == nil {
		t.Errorf("with one: %d %s", page.status, page.text())
	}
	if a := b.post("/profile/passkeys/options"); a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, `"rp":{`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := b.post("/profile/passkeys", "name", "Phone", "passkey", "{}"); a.status != http.StatusUnprocessableEntity || attr(a.find("id", "name"), "value") != "Phone" {
		t.Errorf("no passkey: %d %s", a.status, a.text())
	}
	if a := b.post("/sign-in/passkey"); a.status != http.StatusNotFound {
		t.Errorf("to show one that is not there: %d", a.status)
	}
	p.moveClock(t, 11*time.Minute)
	for path, read := range map[string]bool{"/profile/passkeys/new": true, "/profile/passkeys/options": false, "/profile/passkeys": false, "/profile/passkeys/none/remove": false} {
		a := b.get
		if !read {
			a = func(path string) *answer { return b.post(path) }
		}
		if got := a(path); !strings.HasPrefix(got.location, "/confirm-identity") {
			t.Errorf("%s eleven minutes later: %d to %q", path, got.status, got.location)
		}
	}
	if a := b.post("/confirm-identity", "passkey", "{}", "next", "/profile"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "This passkey was not accepted") {
		t.Errorf("confirmed by no passkey: %d %s", a.status, a.text())
	}
	if a := b.post("/confirm-identity", "answer", x.code(0), "next", "/profile/passkeys"); a.location != "/profile/passkeys" {
		t.Errorf("confirmed by a code: %d to %q", a.status, a.location)
	}
}

// A part of a page that is asked for with a token from before it was renewed gets
// nothing, and takes the new one from no browser.
func TestAFragmentTakesNoSessionAway(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	old := p.nobody(t)
	old.setCookie("guichet", b.cookie("guichet"))
	b.post("/confirm-identity", "answer", testPassword, "next", "/profile")
	a := old.get("/fragments/when")
	if a.status != http.StatusUnauthorized || a.header.Get("Set-Cookie") != "" {
		t.Errorf("%d, %q", a.status, a.header.Get("Set-Cookie"))
	}
	if a := b.get("/profile"); a.status != http.StatusOK {
		t.Errorf("the new token: %d", a.status)
	}
}
