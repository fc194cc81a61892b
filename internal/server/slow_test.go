package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
)

// A page whose statement took too long says so in its own words, and the log says it
// once.
func TestAPageThatTakesTheDatabaseTooLong(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if _, err := p.pool.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 1000', current_database()); END $$`); err != nil {
		t.Fatal(err)
	}
	p.app.Reset()
	holds, err := p.pool.Begin(t.Context())
	if err == nil {
		_, err = holds.Exec(t.Context(), `LOCK bookings, booking_states, drafts IN ACCESS EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holds.Rollback(context.WithoutCancel(t.Context())) }()
	for i, c := range []struct {
		method, path, says string
	}{
		{http.MethodGet, "/bookings?q=Martin", "ask for less"},
		{http.MethodPost, "/bookings/export?format=csv", "before you send it again"},
	} {
		a := b.do(c.method, c.path, map[string][]string{"format": {"nothing"}})
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" ||
			!strings.Contains(a.text(), "This took the database too long") || !strings.Contains(a.text(), c.says) {
			t.Errorf("%s %s: %d, Retry-After %q: %s", c.method, c.path, a.status, a.header.Get("Retry-After"), a.text())
		}
		log := p.log.String()
		if said := strings.Count(log, `"level":"ERROR"`); said != i+1 || strings.Count(log, "a statement took too long") != i+1 {
			t.Errorf("%d lines of errors after %d pages", said, i+1)
		}
	}
}
