package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/static"
)

// withoutDatabase are the routes that ask the database nothing of a page's.
var withoutDatabase = []string{"/livez", "/readyz", static.Path("app.css")}

// While the database is away, every page of every role says so, and no machine is
// told that the portal is broken. When it is back, so are the pages.
func TestPagesWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	p := newPortal(t)
	var browsers []*browser
	for _, role := range roles {
		browsers = append(browsers, p.as(t, role))
	}
	back := dbtest.Away(t, p.pool)
	for i, b := range browsers {
		for _, r := range everyRoute {
			if slices.Contains(withoutDatabase, r.path) || i == 0 && strings.HasPrefix(r.path, "/fragments/") {
				continue
			}
			sent := time.Now()
			a := b.do(r.method, r.path, nil)
			if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
				t.Errorf("%s %s as %s: %d, Retry-After %q", r.method, r.path, roles[i], a.status, a.header.Get("Retry-After"))
			}
			if took := time.Since(sent); took > 3*time.Second {
				t.Errorf("%s %s as %s took %s", r.method, r.path, roles[i], took)
			}
			if !strings.Contains(a.text(), "its database does not answer") {
				t.Errorf("%s %s as %s reads: %s", r.method, r.path, roles[i], a.text())
			}
		}
	}
	if a := browsers[0].get("/livez"); a.status != http.StatusOK {
		t.Errorf("/livez: %d", a.status)
	}
	if a := browsers[0].get("/readyz"); a.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", a.status)
	}
	said := strings.Count(p.log.String(), `"level":"ERROR"`)
	if seconds := int(time.Since(begun).Seconds()) + 1; said > seconds {
		t.Errorf("%d lines of errors in %d seconds", said, seconds)
	}
	back()
	for i, b := range browsers {
		if a := b.get("/profile"); a.status != []int{303, 200, 200, 200, 200}[i] {
			t.Errorf("afterwards, as %s: %d", roles[i], a.status)
		}
	}
}

// A form that was sent while the database is away says that it did nothing, in the
// language of the browser.
func TestFormsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := p.aStay()
	dbtest.Away(t, p.pool)
	b.header.Set("Accept-Language", "fr")
	a := b.do(http.MethodPost, "/quotes", stay)
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.text(), "rien n’est parti chez le fournisseur") || !strings.Contains(a.text(), "le premier envoi a pu aboutir") || // of a double click only the second answer is seen
		!strings.Contains(a.text(), "rechargez cette page") {
		t.Errorf("%d: %s", a.status, a.text())
	}
	if a := b.get("/quotes/new"); strings.Contains(a.text(), "rien n’est parti") || !strings.Contains(a.text(), "Réessayer") {
		t.Errorf("a page that was only read: %s", a.text())
	}
}

// A server that takes no writes is away: it gets no requests.
func TestAReadOnlyServerIsNotReady(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := p.aStay()
	back := dbtest.ReadOnly(t, p.pool)
	if a := b.get("/readyz"); a.status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", a.status)
	}
	if a := b.do(http.MethodPost, "/quotes", stay); a.status != http.StatusServiceUnavailable {
		t.Errorf("a quote: %d", a.status)
	}
	back()
	status := 0
	for range 20 { // each try may meet a connection that was cut
		if status = b.get("/readyz").status; status == http.StatusOK {
			return
		}
	}
	t.Errorf("/readyz afterwards: %d", status)
}

// An answer to a call that the database does not know stands in the queue until
// somebody of customer service has written what became of it.
func TestAnswersToUnknownCallsAreSettledInTheQueue(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	_, err := p.pool.Exec(t.Context(), `
		INSERT INTO unrecorded_answers (environment, correlation, booking_ref, supplier_id, operation, outcome, http_status)
		VALUES ('simulator', 'lost-call', 'GU-AAAA-AAAA', 'there-1', 'pay', 'ok', 204)`)
	if err != nil {
		t.Fatal(err)
	}
	desk := p.as(t, account.CustomerService)
	a := desk.get("/desk/queue")
	said := textOf(a.find("data-testid", "unknown-call"))
	for _, want := range []string{"Payment succeeded", "204", "there-1", "GU-AAAA-AAAA", "lost-call"} {
		if !strings.Contains(said, want) {
			t.Errorf("no word of %s in: %s", want, said)
		}
	}
	if a := p.as(t, account.Admin).get("/desk/queue"); a.find("data-testid", "unknown-call") == nil || strings.Contains(a.body, "/desk/answers") {
		t.Error("an admin sees it, and cannot close it")
	}
	var id string
	if err := p.pool.QueryRow(t.Context(), `SELECT id::text FROM unrecorded_answers`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if a := desk.post("/desk/answers", "answer", id, "text", ""); a.status != http.StatusUnprocessableEntity || a.find("data-testid", "unknown-call") == nil {
		t.Errorf("closed without a word: %d", a.status)
	}
	if a := desk.post("/desk/answers", "answer", id, "text", "Ms Martin: paid, taken over"); a.status != http.StatusSeeOther {
		t.Errorf("closed: %d %s", a.status, a.text())
	}
	if a := desk.get("/desk/queue"); a.find("data-testid", "unknown-call") != nil {
		t.Error("it is still listed")
	}
}
