package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
)

// extras are fields that no form has and every row knows.
var extras = []string{
	"id", "77", "agency_id", "2", "user_id", "4", "state", "confirmed", "version", "9", "environment", "production", "ref", "GU-0000-0000",
	"price", "1", "price_cents", "1", "total", "1", "total_cents", "1", "booked_cents", "1", "currency", "USD", "insured", "true",
	"contact_id", "77", "car_id", "12", "supplier_id", "9001", "customer_id", "1", "sale_id", "x", "draft_id", "x", "retry_of", "x", "key", "x",
	"deadline", "2099-01-01T00:00:00Z", "pay_by", "2099-01-01T00:00:00Z", "paid_at", "2099-01-01T00:00:00Z", "paid_by", "agency", "differs", "false",
	"role", "admin", "suspended", "true", "agency", "OTHER", "email", "evil@test.test", "handle", "x", "password", "x", "password_hash", "x",
	"code", "EVIL", "theme", "dark", "agents_may_cancel", "1", "reason", "plans", "actor_id", "4", "created_at", "2099-01-01T00:00:00Z",
}

// stuffed adds to a form what it does not have.
func stuffed(fields url.Values) url.Values {
	all := with(fields)
	for i := 0; i < len(extras); i += 2 {
		if !fields.Has(extras[i]) {
			all.Set(extras[i], extras[i+1])
		}
	}
	return all
}

// changing are the forms that change something, each with all that it may have.
func (p *portal) changing(t *testing.T, fill func(url.Values) url.Values) {
	t.Helper()
	p.addAgency(t, "OTHER", "Autres Voyages")
	agent, manager, admin := p.as(t, account.Agent), p.as(t, account.Manager), p.as(t, account.Admin)
	send := func(b *browser, path string, fields url.Values) *answer {
		t.Helper()
		a := b.do(http.MethodPost, path, fill(fields))
		if a.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, a.status, a.text())
		}
		return a
	}
	quote := send(agent, "/quotes", p.aStay()).location
	send(agent, quote+"/services", url.Values{"service": {"full_wash"}})
	send(agent, quote+"/customer", aCustomer("AB-123-CD"))
	_, check := agent.read(quote+"/check").form(t, "data-testid", "check")
	sale := send(agent, quote+"/check", with(check, "pay_method", "cash")).location
	_, pay := agent.read(sale+"/pay").form(t, "data-testid", "pay")
	send(agent, sale+"/pay", with(pay, "pay_method", "cash", "receipt", "T-42"))
	send(agent, "/profile", url.Values{"language": {"fr"}, "theme": {"light"}})
	send(agent, "/language", url.Values{"lang": {"en"}, "back": {"/"}})
	send(manager, "/agency/users", url.Values{"email": {"zoe@test.test"}, "name": {"Zoé Lévy"}, "role": {"agent"}, "language": {"fr"}})
	send(manager, "/agency/users"+"/"+p.people[account.Agent].Handle+"/role", url.Values{"role": {"manager"}})
	send(manager, "/agency/users"+"/"+p.people[account.Agent].Handle+"/suspend", url.Values{})
	nobodys := url.Values{"name": {"Agence Neuve"}, "code": {"NEW"}, "timezone": {"Indian/Reunion"}, "methods": {"cash"}, "agents_may_cancel": {""}}
	send(admin, "/admin/agencies", nobodys)
	nobodys.Del("code") // which is for good
	send(admin, "/admin/agencies/NEW", with(nobodys, "name", "Agence Vieille"))
}

// Nothing but these differs between two portals in which the same was done: what
// chance gives, what is computed from it, and the time.
var (
	chance  = regexp.MustCompile(`"(id|ref|sale_id|draft_id|handle|key|password_hash|hash)": "[^"]*"`)
	moments = regexp.MustCompile(fmt.Sprintf(`(%d|%d)-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)?`, time.Now().Year(), time.Now().Year()+1))
)

// rows are the contents of the tables that forms change.
func (p *portal) rows(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for table, order := range map[string]string{
		"agencies": "id", "users": "id", "drafts": "created_at", "customers": "id", "customer_supplier_ids": "customer_id",
		"bookings": "created_at", "booking_events": "seq", "audit": "id",
	} {
		var text string
		query := `SELECT coalesce(string_agg(to_jsonb(t)::text, E'\n' ORDER BY ` + order + `), '') FROM ` + table + ` t`
		if err := p.pool.QueryRow(t.Context(), query).Scan(&text); err != nil || text == "" {
			t.Fatalf("%s: %q, %v", table, text, err)
		}
		all[table] = moments.ReplaceAllString(chance.ReplaceAllString(text, `"$1": "?"`), "then")
	}
	return all
}

// Forms with more fields than they have leave the same rows behind as forms
// without.
func TestMoreFieldsMakeNoDifference(t *testing.T) {
	t.Parallel()
	plain, full := newPortal(t), newPortal(t)
	plain.changing(t, func(fields url.Values) url.Values { return fields })
	full.changing(t, stuffed)
	want := plain.rows(t)
	for table, got := range full.rows(t) {
		lines := strings.Split(want[table], "\n")
		for i, line := range strings.Split(got, "\n") {
			if i >= len(lines) || line != lines[i] {
				t.Errorf("%s: with more fields %s\nwithout %s", table, line, lines[min(i, len(lines)-1)])
			}
		}
		if strings.Count(got, "\n") < len(lines)-1 {
			t.Errorf("%s: rows are missing: %s", table, got)
		}
	}
}
