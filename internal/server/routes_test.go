package server

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guichet/static"
)

// route is one address and what each role gets for it, with an empty form.
type route struct {
	method, pattern, path string

	// nobody, agent, manager, customer service, admin
	want [5]int

	// last is for routes that end the session that they are asked in.
	last bool
}

// everyRoute is complete: a route that is missing here fails the test.
var everyRoute = []route{
	{method: "GET", pattern: "/livez", path: "/livez", want: [5]int{200, 200, 200, 200, 200}},
	{method: "GET", pattern: "/readyz", path: "/readyz", want: [5]int{200, 200, 200, 200, 200}},
	{method: "GET", pattern: "/static/*", path: static.Path("app.css"), want: [5]int{200, 200, 200, 200, 200}},
	{method: "GET", pattern: "/sign-in", path: "/sign-in", want: [5]int{200, 303, 303, 303, 303}},
	{method: "POST", pattern: "/sign-in", path: "/sign-in", want: [5]int{422, 422, 422, 422, 422}},
	{method: "GET", pattern: "/forgot", path: "/forgot", want: [5]int{200, 200, 200, 200, 200}},
	{method: "POST", pattern: "/forgot", path: "/forgot", want: [5]int{422, 422, 422, 422, 422}},
	{method: "GET", pattern: "/welcome/{token}", path: "/welcome/none", want: [5]int{410, 410, 410, 410, 410}},
	{method: "POST", pattern: "/welcome/{token}", path: "/welcome/none", want: [5]int{410, 410, 410, 410, 410}},
	{method: "GET", pattern: "/alerts/{token}", path: "/alerts/none", want: [5]int{410, 410, 410, 410, 410}},
	{method: "POST", pattern: "/alerts/{token}", path: "/alerts/none", want: [5]int{410, 410, 410, 410, 410}},
	{method: "POST", pattern: "/language", path: "/language", want: [5]int{400, 400, 400, 400, 400}},
	{method: "GET", pattern: "/_ui", path: "/_ui", want: [5]int{200, 200, 200, 200, 200}},
	{method: "GET", pattern: "/", path: "/", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/profile", path: "/profile", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/profile", path: "/profile", want: [5]int{303, 422, 422, 422, 422}},
	{method: "GET", pattern: "/profile/password", path: "/profile/password", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/profile/password", path: "/profile/password", want: [5]int{303, 422, 422, 422, 422}},
	{method: "GET", pattern: "/profile/sessions", path: "/profile/sessions", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/profile/sessions", path: "/profile/sessions", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/profile/passkeys", path: "/profile/passkeys", want: [5]int{303, 200, 200, 200, 200}},
	{method: "GET", pattern: "/profile/passkeys/new", path: "/profile/passkeys/new", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/profile/passkeys/options", path: "/profile/passkeys/options", want: [5]int{303, 404, 404, 404, 404}},
	{method: "POST", pattern: "/profile/passkeys", path: "/profile/passkeys", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/profile/passkeys/{passkey}/remove", path: "/profile/passkeys/none/remove", want: [5]int{303, 404, 404, 404, 404}},
	{method: "POST", pattern: "/sign-in/passkey", path: "/sign-in/passkey", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/sign-in/code", path: "/sign-in/code", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/sign-in/code", path: "/sign-in/code", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/sign-in/recovery", path: "/sign-in/recovery", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/sign-in/recovery", path: "/sign-in/recovery", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/second-factor", path: "/second-factor", want: [5]int{303, 200, 200, 200, 200}},
	{method: "GET", pattern: "/second-factor/new", path: "/second-factor/new", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/second-factor/new", path: "/second-factor/new", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/second-factor", path: "/second-factor", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/second-factor/codes", path: "/second-factor/codes", want: [5]int{303, 303, 303, 303, 303}},
	{method: "POST", pattern: "/second-factor/codes", path: "/second-factor/codes", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/second-factor/codes.txt", path: "/second-factor/codes.txt", want: [5]int{303, 404, 404, 404, 404}},
	{method: "POST", pattern: "/second-factor/renew", path: "/second-factor/renew", want: [5]int{303, 303, 303, 303, 303}},
	{method: "GET", pattern: "/confirm-identity", path: "/confirm-identity", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/confirm-identity", path: "/confirm-identity", want: [5]int{303, 422, 422, 422, 422}},
	{method: "POST", pattern: "/stay", path: "/stay", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/agency/users/{handle}/factor", path: "/agency/users/none/factor", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/agency/users/{handle}/sessions", path: "/agency/users/none/sessions", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/admin/users/{handle}/factor", path: "/admin/users/none/factor", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/users/{handle}/sessions", path: "/admin/users/none/sessions", want: [5]int{303, 403, 403, 403, 404}},
	{method: "GET", pattern: "/desk", path: "/desk", want: [5]int{303, 403, 403, 200, 200}},
	{method: "GET", pattern: "/desk/queue", path: "/desk/queue", want: [5]int{303, 403, 403, 200, 200}},
	{method: "GET", pattern: "/desk/uncompared", path: "/desk/uncompared", want: [5]int{303, 403, 403, 200, 200}},
	{method: "POST", pattern: "/desk/uncompared", path: "/desk/uncompared", want: [5]int{303, 403, 403, 422, 403}},
	{method: "GET", pattern: "/desk/unknown", path: "/desk/unknown", want: [5]int{303, 403, 403, 200, 200}},
	{method: "GET", pattern: "/desk/unknown/{id}", path: "/desk/unknown/none", want: [5]int{303, 403, 403, 404, 404}},
	{method: "POST", pattern: "/desk/unknown", path: "/desk/unknown", want: [5]int{303, 403, 403, 422, 403}},
	{method: "POST", pattern: "/desk/unknown/{id}", path: "/desk/unknown/none", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/desk/mail", path: "/desk/mail", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/desk/answers", path: "/desk/answers", want: [5]int{303, 403, 403, 422, 403}},
	{method: "GET", pattern: "/bookings/export", path: "/bookings/export", want: [5]int{303, 200, 200, 200, 200}},
	{method: "POST", pattern: "/bookings/export", path: "/bookings/export", want: [5]int{303, 422, 422, 422, 422}},
	{method: "GET", pattern: "/bookings/{ref}/case", path: "/bookings/GU-0000-0000/case", want: [5]int{303, 403, 403, 404, 404}},
	{method: "POST", pattern: "/bookings/{ref}/case", path: "/bookings/GU-0000-0000/case", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/proposal", path: "/bookings/GU-0000-0000/proposal", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/holder", path: "/bookings/GU-0000-0000/holder", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/identity", path: "/bookings/GU-0000-0000/identity", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/notes", path: "/bookings/GU-0000-0000/notes", want: [5]int{303, 404, 404, 404, 403}},
	{method: "GET", pattern: "/bookings/{ref}/evidence", path: "/bookings/GU-0000-0000/evidence", want: [5]int{303, 403, 403, 404, 404}},
	{method: "GET", pattern: "/bookings/{ref}/evidence.json", path: "/bookings/GU-0000-0000/evidence.json", want: [5]int{303, 403, 403, 404, 404}},
	{method: "POST", pattern: "/admin/audit/export", path: "/admin/audit/export", want: [5]int{303, 403, 403, 403, 422}},
	{method: "GET", pattern: "/admin", path: "/admin", want: [5]int{303, 403, 403, 403, 200}},
	{method: "GET", pattern: "/agency/figures", path: "/agency/figures", want: [5]int{303, 403, 200, 403, 403}},
	{method: "GET", pattern: "/desk/statements", path: "/desk/statements", want: [5]int{303, 403, 403, 200, 200}},
	{method: "POST", pattern: "/desk/statements", path: "/desk/statements", want: [5]int{303, 403, 403, 422, 403}},
	{method: "GET", pattern: "/desk/statements/{statement}", path: "/desk/statements/none", want: [5]int{303, 403, 403, 404, 404}},
	{method: "GET", pattern: "/desk/statements/{statement}/columns", path: "/desk/statements/none/columns", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/desk/statements/{statement}/columns", path: "/desk/statements/none/columns", want: [5]int{303, 403, 403, 404, 403}},
	{method: "GET", pattern: "/admin/audit", path: "/admin/audit", want: [5]int{303, 403, 403, 403, 200}},
	{method: "GET", pattern: "/admin/supplier", path: "/admin/supplier", want: [5]int{303, 403, 403, 403, 200}},
	{method: "POST", pattern: "/admin/supplier/keys", path: "/admin/supplier/keys", want: [5]int{303, 403, 403, 403, 422}},
	{method: "POST", pattern: "/admin/supplier/keys/{id}/test", path: "/admin/supplier/keys/none/test", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/supplier/keys/{id}/activate", path: "/admin/supplier/keys/none/activate", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/supplier/keys/{id}/retire", path: "/admin/supplier/keys/none/retire", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/supplier/zones", path: "/admin/supplier/zones", want: [5]int{303, 403, 403, 403, 303}},
	{method: "POST", pattern: "/admin/supplier/zones/accept", path: "/admin/supplier/zones/accept", want: [5]int{303, 403, 403, 403, 422}},
	{method: "POST", pattern: "/admin/supplier/zones/{zone}/timezone", path: "/admin/supplier/zones/none/timezone", want: [5]int{303, 403, 403, 403, 404}},
	{method: "GET", pattern: "/admin/agencies", path: "/admin/agencies", want: [5]int{303, 403, 403, 403, 200}},
	{method: "POST", pattern: "/admin/agencies", path: "/admin/agencies", want: [5]int{303, 403, 403, 403, 422}},
	{method: "GET", pattern: "/admin/agencies/new", path: "/admin/agencies/new", want: [5]int{303, 403, 403, 403, 200}},
	{method: "GET", pattern: "/admin/agencies/{code}", path: "/admin/agencies/NONE", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/agencies/{code}", path: "/admin/agencies/NONE", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/agencies/{code}/logo", path: "/admin/agencies/NONE/logo", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/agencies/{code}/suspend", path: "/admin/agencies/NONE/suspend", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/agencies/{code}/restore", path: "/admin/agencies/NONE/restore", want: [5]int{303, 403, 403, 403, 404}},
	{method: "GET", pattern: "/admin/frozen", path: "/admin/frozen", want: [5]int{303, 403, 403, 403, 200}},
	{method: "POST", pattern: "/admin/frozen", path: "/admin/frozen", want: [5]int{303, 403, 403, 403, 422}},
	{method: "POST", pattern: "/admin/frozen/removals", path: "/admin/frozen/removals", want: [5]int{303, 403, 403, 403, 404}},
	{method: "GET", pattern: "/agency/users", path: "/agency/users", want: [5]int{303, 403, 200, 403, 403}},
	{method: "POST", pattern: "/agency/users", path: "/agency/users", want: [5]int{303, 403, 422, 403, 403}},
	{method: "GET", pattern: "/agency/users/new", path: "/agency/users/new", want: [5]int{303, 403, 200, 403, 403}},
	{method: "GET", pattern: "/agency/users/{handle}", path: "/agency/users/none", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/agency/users/{handle}/link", path: "/agency/users/none/link", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/agency/users/{handle}/role", path: "/agency/users/none/role", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/agency/users/{handle}/suspend", path: "/agency/users/none/suspend", want: [5]int{303, 403, 404, 403, 403}},
	{method: "POST", pattern: "/agency/users/{handle}/restore", path: "/agency/users/none/restore", want: [5]int{303, 403, 404, 403, 403}},
	{method: "GET", pattern: "/admin/users", path: "/admin/users", want: [5]int{303, 403, 403, 403, 200}},
	{method: "POST", pattern: "/admin/users", path: "/admin/users", want: [5]int{303, 403, 403, 403, 422}},
	{method: "GET", pattern: "/admin/users/new", path: "/admin/users/new", want: [5]int{303, 403, 403, 403, 200}},
	{method: "GET", pattern: "/admin/users/{handle}", path: "/admin/users/none", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/users/{handle}/link", path: "/admin/users/none/link", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/users/{handle}/role", path: "/admin/users/none/role", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/users/{handle}/suspend", path: "/admin/users/none/suspend", want: [5]int{303, 403, 403, 403, 404}},
	{method: "POST", pattern: "/admin/users/{handle}/restore", path: "/admin/users/none/restore", want: [5]int{303, 403, 403, 403, 404}},
	{method: "GET", pattern: "/help", path: "/help", want: [5]int{303, 200, 200, 200, 200}},
	{method: "GET", pattern: "/today", path: "/today", want: [5]int{303, 200, 200, 403, 403}},
	{method: "GET", pattern: "/bookings", path: "/bookings", want: [5]int{303, 200, 200, 200, 200}},
	{method: "GET", pattern: "/bookings/{ref}", path: "/bookings/GU-0000-0000", want: [5]int{303, 404, 404, 404, 404}},
	{method: "GET", pattern: "/bookings/{ref}/confirmation", path: "/bookings/GU-0000-0000/confirmation", want: [5]int{303, 404, 404, 404, 404}},
	{method: "GET", pattern: "/bookings/{ref}/voucher", path: "/bookings/GU-0000-0000/voucher", want: [5]int{303, 404, 404, 404, 404}},
	{method: "GET", pattern: "/bookings/{ref}/person", path: "/bookings/GU-0000-0000/person", want: [5]int{303, 403, 403, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/person", path: "/bookings/GU-0000-0000/person", want: [5]int{303, 403, 403, 404, 403}},
	{method: "GET", pattern: "/bookings/{ref}/person.json", path: "/bookings/GU-0000-0000/person.json", want: [5]int{303, 403, 403, 404, 403}},
	{method: "GET", pattern: "/bookings/{ref}/cancel", path: "/bookings/GU-0000-0000/cancel", want: [5]int{303, 404, 404, 404, 404}},
	{method: "POST", pattern: "/bookings/{ref}/cancel", path: "/bookings/GU-0000-0000/cancel", want: [5]int{303, 404, 404, 404, 404}},
	{method: "GET", pattern: "/fragments/bookings/{ref}/status", path: "/fragments/bookings/GU-0000-0000/status", want: [5]int{401, 404, 404, 404, 404}},
	{method: "GET", pattern: "/bookings/{ref}/pay", path: "/bookings/GU-0000-0000/pay", want: [5]int{303, 404, 404, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/pay", path: "/bookings/GU-0000-0000/pay", want: [5]int{303, 404, 404, 404, 403}},
	{method: "GET", pattern: "/bookings/{ref}/drop", path: "/bookings/GU-0000-0000/drop", want: [5]int{303, 404, 404, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/drop", path: "/bookings/GU-0000-0000/drop", want: [5]int{303, 404, 404, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/colleague", path: "/bookings/GU-0000-0000/colleague", want: [5]int{303, 404, 404, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/accept", path: "/bookings/GU-0000-0000/accept", want: [5]int{303, 404, 404, 404, 403}},
	{method: "POST", pattern: "/bookings/{ref}/retry", path: "/bookings/GU-0000-0000/retry", want: [5]int{303, 404, 404, 403, 403}},
	{method: "POST", pattern: "/bookings/{ref}/again", path: "/bookings/GU-0000-0000/again", want: [5]int{303, 404, 404, 403, 403}},
	{method: "GET", pattern: "/quotes/new", path: "/quotes/new", want: [5]int{303, 200, 200, 403, 403}},
	{method: "POST", pattern: "/quotes", path: "/quotes", want: [5]int{303, 422, 422, 403, 403}},
	{method: "GET", pattern: "/quotes/{id}", path: "/quotes/none", want: [5]int{303, 410, 410, 403, 403}},
	{method: "POST", pattern: "/quotes/{id}/services", path: "/quotes/none/services", want: [5]int{303, 410, 410, 403, 403}},
	{method: "GET", pattern: "/quotes/{id}/dates", path: "/quotes/none/dates", want: [5]int{303, 410, 410, 403, 403}},
	{method: "GET", pattern: "/quotes/{id}/customer", path: "/quotes/none/customer", want: [5]int{303, 410, 410, 403, 403}},
	{method: "POST", pattern: "/quotes/{id}/customer", path: "/quotes/none/customer", want: [5]int{303, 410, 410, 403, 403}},
	{method: "GET", pattern: "/quotes/{id}/check", path: "/quotes/none/check", want: [5]int{303, 410, 410, 403, 403}},
	{method: "POST", pattern: "/quotes/{id}/check", path: "/quotes/none/check", want: [5]int{303, 410, 410, 403, 403}},
	{method: "GET", pattern: "/fragments/when", path: "/fragments/when", want: [5]int{401, 200, 200, 403, 403}},
	{method: "POST", pattern: "/fragments/phone", path: "/fragments/phone", want: [5]int{401, 200, 200, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes/{id}/price", path: "/fragments/quotes/none/price", want: [5]int{401, 410, 410, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes/{id}/lookup", path: "/fragments/quotes/none/lookup", want: [5]int{401, 410, 410, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes", path: "/fragments/quotes", want: [5]int{401, 200, 200, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes/{id}/services", path: "/fragments/quotes/none/services", want: [5]int{401, 410, 410, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes/{id}/customer", path: "/fragments/quotes/none/customer", want: [5]int{401, 410, 410, 403, 403}},
	{method: "POST", pattern: "/fragments/quotes/{id}/check", path: "/fragments/quotes/none/check", want: [5]int{401, 410, 410, 403, 403}},
	{method: "POST", pattern: "/sign-out", path: "/sign-out", want: [5]int{303, 303, 303, 303, 303}, last: true},

	// Addresses that do not exist.
	{method: "GET", path: "/nothing-here", want: [5]int{404, 404, 404, 404, 404}},
	{method: "POST", path: "/nothing-here", want: [5]int{404, 404, 404, 404, 404}},
	{method: "GET", path: "/language", want: [5]int{405, 405, 405, 405, 405}},
	{method: "POST", path: "/desk", want: [5]int{405, 405, 405, 405, 405}},
}

func TestTheRouteTableIsComplete(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, r := range everyRoute {
		if r.pattern != "" {
			listed[r.method+" "+r.pattern] = true
		}
	}
	exist := map[string]bool{}
	err := chi.Walk(newPortal(t).routes, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		exist[method+" "+pattern] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(exist)) {
		if !listed[name] {
			t.Errorf("%s is missing from the table", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if !exist[name] {
			t.Errorf("%s is in the table and does not exist", name)
		}
	}
}

func TestWhoMayEnter(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for i, role := range roles {
		t.Run("as "+string(role), func(t *testing.T) {
			t.Parallel()
			b := p.as(t, role)
			for _, last := range []bool{false, true} {
				for _, r := range everyRoute {
					if r.last == last {
						visit(t, b, r, r.want[i])
					}
				}
			}
		})
	}
}

func visit(t *testing.T, b *browser, r route, want int) {
	t.Helper()
	a := b.do(r.method, r.path, nil)
	if a.status != want {
		t.Errorf("%s %s: %d, want %d", r.method, r.path, a.status, want)
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("%s %s: no content security policy", r.method, r.path)
	}
	if r.method != http.MethodGet {
		return
	}
	head := b.do(http.MethodHead, r.path, nil)
	if head.status != a.status || head.body != "" {
		t.Errorf("HEAD %s: %d with %d bytes, want %d", r.path, head.status, len(head.body), a.status)
	}
}
