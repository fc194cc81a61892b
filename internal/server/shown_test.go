package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
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
