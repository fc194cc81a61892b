package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/statement"
)

// Every answer about a booking that shows staff who travels leaves a line in the
// audit log for each booking that it shows; those that leave none show nobody.
func TestWhoeverIsShownIsAudited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.as(t, account.Agent)
	held, paid := p.booked(agent, "AB-700-CD"), p.booked(agent, "AB-701-CD")
	agent.pay(paid)
	lines := func() (n int) {
		if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	staff := map[string]*browser{"customer service": p.as(t, account.CustomerService), "admin": p.as(t, account.Admin)}
	shown := 0
	visit := func(path string) {
		for who, b := range staff {
			before := lines()
			a := b.get(path)
			body := strings.ToLower(a.body)
			if !strings.Contains(body, "hara") && !strings.Contains(body, "ab-70") && !strings.Contains(body, "ab70") {
				continue
			}
			shown++
			bare := strings.ReplaceAll(body, "-", "")
			want := 0
			for _, plate := range []string{"ab700cd", "ab701cd"} {
				if strings.Contains(bare, plate) {
					want++
				}
			}
			if n := lines() - before; n != max(1, want) {
				t.Errorf("%s shows %s who travels in %d bookings, and %d lines of the audit log say so", path, who, want, n)
			}
		}
	}
	err := chi.Walk(p.routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodGet && strings.HasSuffix(strings.Split(route, "{ref}")[0], "bookings/") {
			for _, sale := range []string{held, paid} {
				visit(strings.ReplaceAll(route, "/bookings/{ref}", sale))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if shown < 8 {
		t.Errorf("only %d answers showed who travels", shown)
	}
}

// Nobody is shown whose entry cannot be written; the page that says that something
// went wrong is a page all the same.
func TestNobodyIsShownWithoutAnEntry(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.booked(p.as(t, account.Agent), "AB-702-CD")
	desk := p.as(t, account.CustomerService)
	if _, err := p.pool.Exec(t.Context(), `ALTER TABLE audit RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	a := desk.get(sale)
	if a.status != http.StatusInternalServerError || a.find("data-testid", "reference") == nil || strings.Contains(a.body, "AB-702-CD") {
		t.Errorf("%d %.300s", a.status, a.body)
	}
}

// Every list, also one that nobody has written yet, that shows staff who travels leaves
// one line in the audit log, which names what it lists.
func TestAListThatShowsTravellersIsAudited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.as(t, account.Agent)
	held, lost := p.booked(agent, "AB-704-CD"), p.lostPay(t, "AB-705-CD")
	p.openCase(t, p.stored(t, held).ID, booking.CaseLateAnswer)
	p.billed(t, "id;plate;amount;who\nX-1;AA-706-AA;96,00;O’Hara\n"+p.stored(t, lost).SupplierID+";AB-705-CD;1,00;O’Hara\n",
		statement.Columns{"supplier_id": 0, "plate": 1, "amount": 2})
	dbtest.ByHand(t, p.pool, `INSERT INTO unknown_bookings (environment, supplier_id, supplier_ref, plate, cents, currency, statement_id, line)
		SELECT environment, 'X-1', '', 'AA706AA', 9600, 'EUR', id, 1 FROM statements`)
	var file, unknown string
	if err := p.pool.QueryRow(t.Context(), `SELECT s.handle, u.handle FROM statements s, unknown_bookings u`).Scan(&file, &unknown); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"ab704cd": strings.TrimPrefix(held, "/bookings/"), "ab705cd": strings.TrimPrefix(lost, "/bookings/"), "aa706aa": "="}
	staff := map[string]*browser{"customer service": p.as(t, account.CustomerService), "admin": p.as(t, account.Admin)}
	shown, quiet := map[string]bool{}, 0
	visit := func(path string) {
		for who, b := range staff {
			p.forgetAudit(t)
			a := b.get(path)
			bare := strings.ReplaceAll(strings.ToLower(a.body), "-", "")
			said, lines := p.audited(t)
			travels := strings.Contains(bare, "o’hara")
			for plate, name := range names {
				if !strings.Contains(bare, plate) {
					continue
				}
				if travels = true; !strings.Contains(said, name) && !strings.Contains(said, "statements="+file) {
					t.Errorf("%s shows %s the car %s, and the audit log says %q", path, who, plate, said)
				}
			}
			if travels && lines != 1 || lines > 1 {
				t.Errorf("%s shows %s somebody: %v; %d lines of the audit log: %q", path, who, travels, lines, said)
			}
			shown[path] = shown[path] || travels
			quiet += 1 - min(lines, 1)
		}
	}
	err := chi.Walk(p.routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodGet && !strings.Contains(route, "{ref}") && !strings.Contains(route, "/sign-out") {
			route = strings.ReplaceAll(strings.ReplaceAll(route, "{statement}", file), "/desk/unknown/{id}", "/desk/unknown/"+unknown)
			visit(parameter.ReplaceAllString(strings.TrimSuffix(route, "*"), "none"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []string{"/desk?q=hara", "/bookings?state=held", "/bookings?view=to_pay", "/desk/statements/" + file + "?class=unknown", "/desk/statements/" + file + "?class=proved"} {
		visit(more)
	}
	for _, path := range []string{"/bookings", "/desk?q=hara", "/desk/queue", "/desk/statements/" + file + "/columns"} {
		if !shown[path] {
			t.Errorf("%s shows nobody", path)
		}
	}
	if quiet < 30 {
		t.Errorf("only %d answers left no line", quiet)
	}
}

func (p *portal) forgetAudit(t *testing.T) {
	t.Helper()
	dbtest.ByHand(t, p.pool, `WITH gone AS (DELETE FROM audit) SELECT 1`)
}

// audited returns what the audit log says was looked at, and in how many lines.
func (p *portal) audited(t *testing.T) (said string, lines int) {
	t.Helper()
	const look = `SELECT coalesce(string_agg(after, ' '), ''), count(*) FROM audit WHERE action IN ('booking_viewed', 'list_viewed')`
	if err := p.pool.QueryRow(t.Context(), look).Scan(&said, &lines); err != nil {
		t.Fatal(err)
	}
	return said, lines
}
