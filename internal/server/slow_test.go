package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
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

// ending is a context whose time is over when the test says so.
type ending struct {
	context.Context
	over chan struct{}
}

func (e ending) Done() <-chan struct{} { return e.over }

func (e ending) Err() error {
	select {
	case <-e.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// A payment, a booking and a cancellation whose page has no time left while the
// supplier obeys end where they would have ended: nobody is told that nothing was sent.
func TestWhatOutlastsItsPageIsShownAsItIs(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if _, err := p.pool.Exec(t.Context(), `UPDATE agencies SET agents_may_cancel = true`); err != nil {
		t.Fatal(err)
	}
	outlasted := func(page *answer, testID, endpoint string, pairs ...string) *httptest.ResponseRecorder {
		t.Helper()
		action, fields := page.form(t, "data-testid", testID)
		for i := 0; i < len(pairs); i += 2 {
			fields.Set(pairs[i], pairs[i+1])
		}
		e := ending{t.Context(), make(chan struct{})}
		over := func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, endpoint) {
				p.door.Store(nil)
				close(e.over)
			}
		}
		p.door.Store(&over)
		r := httptest.NewRequestWithContext(e, http.MethodPost, strings.TrimSuffix(action, "#main"), strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "guichet", Value: b.cookie("guichet")})
		w := httptest.NewRecorder()
		p.routes.ServeHTTP(w, r)
		if p.door.Load() != nil {
			t.Fatalf("%s: the supplier was not called: %d %s", action, w.Code, w.Body)
		}
		return w
	}
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"), booking.CancellationInsurance)
	w := outlasted(b.read(quote+"/check"), "check", "/bookings", "pay_method", "cash")
	sale := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(sale, "/bookings/") {
		t.Fatalf("booked: %d to %q: %s", w.Code, sale, w.Body)
	}
	b.read(sale).stands(t, sale, booking.Held, false)
	if w := outlasted(b.read(sale+"/pay"), "pay", "/pay", "pay_method", "cash"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != sale+"/confirmation" {
		t.Errorf("paid: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	b.read(sale).stands(t, sale, booking.Confirmed, false)
	sure := b.follow(b.send(b.read(sale+"/cancel"), "cancel", "reason", "plans", "agreed", "1"))
	if w := outlasted(sure, "sure", "/cancel"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), sale) {
		t.Errorf("cancelled: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if got := b.read(sale).state(); got != booking.Cancelled {
		t.Errorf("it is %s", got)
	}
	p.reconcile(t)
}
