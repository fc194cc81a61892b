package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/bound"
)

// What is repeated, or longer than anything that could be found by it, does not
// reach the database.
func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.CustomerService)
	word := strings.Repeat("é", bound.Search)
	for _, c := range []struct {
		name, path string
		status     int
		says       string // what the page says
	}{
		{"a state 5,000 times", "/bookings?" + strings.Repeat("state=held&", 5000), http.StatusRequestURITooLong, "this address is too long"},
		{"the same where nobody need be signed in", "/sign-in?" + strings.Repeat("a=b&", 5000), http.StatusRequestURITooLong, "this address is too long"},
		{"a state 700 times", "/bookings?" + strings.Repeat("state=held&", 700), http.StatusOK, ""},
		{"a text that fits", "/bookings?q=" + url.QueryEscape(word), http.StatusOK, ""},
		{"a letter more", "/bookings?q=" + url.QueryEscape(word+"é"), http.StatusUnprocessableEntity, "at most 200 characters"},
		{"at the desk", "/desk?q=" + url.QueryEscape(word+"é"), http.StatusUnprocessableEntity, "at most 200 characters"},
		{"in an export", "/bookings/export?format=csv&q=" + url.QueryEscape(word+"é"), http.StatusUnprocessableEntity, "at most 200 characters"},
		{"one word that no index takes", "/bookings?q=" + strings.Repeat("x", 2047), http.StatusUnprocessableEntity, "at most 200 characters"},
		{"operators 400 times", "/bookings?q=" + url.QueryEscape(strings.Repeat("state:held ", 400)), http.StatusUnprocessableEntity, "at most 200 characters"},
	} {
		a := b.get(c.path)
		if a.status != c.status || !strings.Contains(strings.ToLower(a.text()), c.says) {
			t.Errorf("%s: %d, %.300q", c.name, a.status, a.text())
		}
	}
	for _, field := range []string{"who", "network"} {
		if a := p.as(t, account.Admin).get("/admin/audit?" + field + "=" + url.QueryEscape(word+"é")); a.status != http.StatusUnprocessableEntity || a.find("id", field+"-error") == nil || attr(a.find("id", field), "value") != word+"é" {
			t.Errorf("the audit log, %s: %d", field, a.status)
		}
	}
	if a := b.get("/bookings?q=" + url.QueryEscape(word+"é")); attr(a.find("id", "q"), "value") != word+"é" {
		t.Error("what was typed is gone")
	}
	if a := b.get("/bookings?q=zone:CDG&" + strings.Repeat("state=held&", 700)); strings.Count(a.location, "state=held") != 1 {
		t.Errorf("a repeated state is not folded: %.200q", a.location)
	}
	a := b.get("/bookings?q=" + url.QueryEscape(strings.Repeat("state:held ", 18)))
	if a.status != http.StatusSeeOther || a.location != "/bookings?state=held" {
		t.Errorf("operators within the bound: %d to %q", a.status, a.location)
	}
}
