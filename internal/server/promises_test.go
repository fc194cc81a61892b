package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/server/site"
)

// The gallery of parts is for those who build the portal.
func TestThePartsAreNotShownOnProduction(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.Environment = booking.Production })
	for _, b := range []*browser{p.nobody(t), p.as(t, account.Admin)} {
		if a := b.get("/_ui"); a.status != http.StatusNotFound {
			t.Errorf("/_ui: %d", a.status)
		}
	}
}

// Passwords are typed unseen into fields that password managers know.
func TestPasswordsAreTypedUnseen(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, c := range []struct {
		page   *answer
		fields map[string]string // their autocomplete, by id
	}{
		{p.nobody(t).get("/sign-in"), map[string]string{"password": "current-password"}},
		{p.nobody(t).get(p.invited(t, account.Agent)), map[string]string{"new_password": "new-password"}},
		{p.as(t, account.Manager).get("/profile/password"), map[string]string{"current_password": "current-password", "new_password": "new-password"}},
	} {
		for id, complete := range c.fields {
			field := c.page.find("id", id)
			if field == nil || attr(field, "type") != "password" || attr(field, "autocomplete") != complete {
				t.Errorf("%s is of type %q, %q", id, attr(field, "type"), attr(field, "autocomplete"))
			}
			for _, a := range field.Attr {
				if slices.Contains([]string{"maxlength", "readonly"}, a.Key) || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s has %s", id, a.Key)
				}
			}
		}
	}
}

// Whoever is signed in finds the way out on every page.
func TestEveryPageOffersToSignOut(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	pages := 0
	for i, role := range roles {
		if role == "" {
			continue
		}
		b := p.as(t, role)
		for _, r := range everyRoute {
			if r.method != http.MethodGet || r.want[i] != http.StatusOK || r.last {
				continue
			}
			a := b.get(r.path)
			if a.find("class", "nav") == nil {
				continue // no page: a file, a fragment, a health check
			}
			if pages++; a.find("action", "/sign-out") == nil {
				t.Errorf("%s, as %s: no way out", r.path, role)
			}
		}
	}
	if pages < 40 {
		t.Errorf("only %d pages were looked at", pages)
	}
}
