package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guichet/internal/account"
)

// actions are what the audit log's page lists, the latest first.
func (a *answer) actions() []string {
	var list []string
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" && has(n, "data-action") {
			list = append(list, attr(n, "data-action"))
		}
	}
	return list
}

func TestTheAuditLogSaysWhoDidWhat(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	m := p.as(t, account.Manager)
	at := "/agency/users" + "/" + p.people[account.Agent].Handle
	p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", "a wrong password")
	p.nobody(t).post("/sign-in", "email", "nobody@test.test", "password", "a wrong password")
	p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword)
	m.post("/agency/users", "email", "zoe@test.test", "name", "Zoé Lévy", "role", "agent")
	m.post(at+"/role", "role", "manager")
	m.post(at + "/suspend")
	m.post(at + "/restore")
	m.post(at + "/link")
	m.post("/profile/sessions")
	p.nobody(t).post(p.invited(t, account.Agent), "new_password", otherPassword)
	m.post("/profile/password", "current_password", testPassword, "new_password", otherPassword)
	a := p.as(t, account.Admin)
	if _, err := p.pool.Exec(t.Context(), `UPDATE portal_state SET frozen = true`); err != nil {
		t.Fatal(err)
	}
	a.post("/admin/frozen", "compared", "1")
	page := a.get("/admin/audit")
	want := []string{
		"portal_reopened", "password_changed", "password_chosen", "session_ended", "link_sent", "user_restored",
		"user_suspended", "role_changed", "user_invited", "sign_in", "sign_in_refused", "sign_in_refused",
	}
	if got := page.actions(); !slices.Equal(got, want) {
		t.Errorf("the log says %v, want %v", got, want)
	}
	if text := page.text(); !strings.Contains(text, "Agent → Agency manager") || !strings.Contains(text, "127.0.0.1") || !strings.Contains(text, "Zoé Lévy") {
		t.Errorf("the page: %s", text)
	}
	if got := a.get("/admin/audit?action=role_changed").actions(); !slices.Equal(got, []string{"role_changed"}) {
		t.Errorf("filtered: %v", got)
	}
	var all string
	if err := p.pool.QueryRow(t.Context(), `SELECT string_agg(audit::text, ' ') FROM audit`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"wrong password", testPassword, otherPassword, "test.test", "Zoé"} {
		if strings.Contains(all, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// Who looked for whom is kept by kind and fingerprint: the text itself is not.
func TestLookUpsAreAudited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk, admin := p.as(t, account.Agent), p.as(t, account.CustomerService), p.as(t, account.Admin)
	sale := p.booked(agent, "AB-700-CD")
	desk.get(sale)
	agent.get(sale) // the own agency's
	for _, text := range []string{"O’Hara", "o’hara", "durand@example.test", "+33 6 12 34 56 78", "AB-700-CD", "9001"} {
		desk.get("/bookings?" + url.Values{"q": {text}}.Encode())
	}
	desk.get("/bookings?q=durand%40example.test&before=x") // a later page, or what claims to be one
	desk.get("/desk?q=durand%40example.test&after=x")
	desk.get("/bookings/export?q=durand%40example.test")
	desk.post("/bookings/export?q=durand%40example.test", "format", "csv")
	agent.post(agent.quoted(p.aStay())+"/customer", "go", "lookup", "q", "hara")
	page := admin.get("/admin/audit")
	var kinds []string
	marks := map[string]bool{}
	for n := range page.doc.Descendants() {
		if attr(n, "data-action") == "searched" {
			_, what, _ := strings.Cut(strings.Join(strings.Fields(textOf(n)), " "), "searched for ")
			kind, rest, _ := strings.Cut(what, " · ")
			mark, _, _ := strings.Cut(rest, " ")
			kinds = append(kinds, kind)
			marks[mark] = true
		}
	}
	if want := []string{"name", "email address", "email address", "email address", "email address", "number", "number plate", "phone", "email address", "name", "name"}; !slices.Equal(kinds, want) || len(marks) != 6 {
		t.Errorf("%v with %d fingerprints, want %v with 6", kinds, len(marks), want)
	}
	if got := admin.get("/admin/audit?action=booking_viewed"); len(got.actions()) != 1 || !strings.Contains(got.text(), strings.TrimPrefix(sale, "/bookings/")) {
		t.Errorf("viewed: %v", got.actions())
	}
	var all string
	if err := p.pool.QueryRow(t.Context(), `SELECT string_agg(lower(audit::text), ' ') FROM audit`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"hara", "durand", "56 78", "ab-700"} {
		if strings.Contains(all, text) {
			t.Errorf("the log holds %q", text)
		}
	}
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.as(t, account.Manager).post("/agency/users" + "/" + p.people[account.Agent].Handle + "/suspend")
	admin := p.as(t, account.Admin)
	p.asStranger(t).post("/profile/sessions")
	admin.post("/admin/agencies/TEST", "name", "Voyages Autres", "timezone", "Europe/Paris", "methods", "cash")
	for query, want := range map[string]string{
		"": "agency_changed session_ended user_suspended", "agency=TEST": "agency_changed user_suspended", "agency=OTHER": "session_ended",
		"who=dominique": "session_ended", "who=agent@other.test": "session_ended", "who=nobody": "", "network=127.": "agency_changed session_ended user_suspended",
		"network=10.": "", "from=auj": "agency_changed session_ended user_suspended", "to=2020-01-01": "", "from=2020-01-01&to=auj&action=session_ended": "session_ended",
	} {
		if got := strings.Join(admin.get("/admin/audit?"+query).actions(), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if text := admin.get("/admin/audit?action=agency_changed").text(); !strings.Contains(text, "name=Voyages Test methods=card_terminal,cash → TEST name=Voyages Autres methods=cash") {
		t.Errorf("before and after: %s", text)
	}
	if a := admin.get("/admin/audit?from=31/2"); a.status != http.StatusUnprocessableEntity || attr(a.find("id", "from"), "value") != "31/2" || attr(a.find("id", "from"), "aria-invalid") != "true" {
		t.Errorf("a date that is none: %d", a.status)
	}
}

func TestTheAuditLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	const fill = `INSERT INTO audit (action, before, after, network) SELECT 'sign_in', '', '', n::text FROM generate_series(1, 120) n`
	if _, err := p.pool.Exec(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	a := p.as(t, account.Admin)
	var sizes []int
	for at := "/admin/audit"; at != ""; {
		page := a.get(at)
		sizes = append(sizes, len(page.actions()))
		at = attr(page.find("rel", "next"), "href")
	}
	if fmt.Sprint(sizes) != "[50 50 20]" {
		t.Errorf("the pages have %v entries", sizes)
	}
	if page := a.get("/admin/audit?before=tampered"); page.status != http.StatusOK || len(page.actions()) != 50 {
		t.Errorf("a cursor that is none: %d with %d entries", page.status, len(page.actions()))
	}
}

func TestTheAuditLogOnlyGrows(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if err := p.store.InTx(t.Context(), func(tx account.Tx) error { return tx.Audit(t.Context(), account.AuditEntry{Action: account.DidReopen}) }); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{`UPDATE audit SET network = 'x'`, `DELETE FROM audit`, `TRUNCATE audit`} {
		if _, err := p.pool.Exec(t.Context(), change); err == nil {
			t.Errorf("%s was done", change)
		}
	}
}
