package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
)

// An agency that asks for too many quotes is told when to go on, and another
// agency does not notice.
func TestQuotesAreLimited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	stay := p.aStay()
	for range auth.QuotesPerAgency.Max {
		b.quoted(stay)
	}
	a := b.do(http.MethodPost, "/quotes", stay)
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(a.text(), "Try again in 1 minute") {
		t.Errorf("%d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.text())
	}
	p.moveClock(t, auth.QuotesPerAgency.Per+time.Second)
	b.quoted(p.aStay())
}

// A quote that the supplier did not answer uses nothing up.
func TestQuotesWithoutAnAnswerAreNotCounted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	hits := func() (n int) {
		t.Helper()
		if err := p.pool.QueryRow(t.Context(), `SELECT coalesce(sum(hits), 0) FROM rate_limits WHERE key LIKE 'quotes/%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.quoted(p.aStay())
	p.there.Close()
	if a := b.do(http.MethodPost, "/quotes", p.aStay()); a.status != http.StatusServiceUnavailable {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if n := hits(); n != 1 {
		t.Errorf("%d are counted, want 1", n)
	}
}

// A check page that is sent again books nothing, so it is never refused.
func TestBookingsAreLimitedButNotTheirRepeats(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	var last string
	for i := range auth.BookingsPerAgency.Max + 1 {
		quote := b.filled(p.aStay(), aCustomer(fmt.Sprintf("AA-%03d-AA", i)))
		a := b.send(b.read(quote+"/check"), "check", "pay_method", "cash")
		if i < auth.BookingsPerAgency.Max {
			if a.status != http.StatusSeeOther {
				t.Fatalf("booking %d: %d %s", i, a.status, a.text())
			}
			last = quote
			continue
		}
		if a.status != http.StatusTooManyRequests {
			t.Errorf("one too many: %d", a.status)
		}
	}
	if a := b.post(last+"/check", "version", "1", "pay_method", "cash"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/bookings/") {
		t.Errorf("sent again: %d to %q", a.status, a.location)
	}
}

// The header says what waits to be paid, on every page of the agency's people.
func TestHeaderSaysWhatIsToPay(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	chip := func(want string) {
		t.Helper()
		text := textOf(b.read("/profile").find("class", "due-chip"))
		if (want == "") != (text == "") || !strings.HasPrefix(text, want) {
			t.Errorf("the header says %q, want %q", text, want)
		}
	}
	chip("")
	for i, want := range []string{"1 to pay, before ", "2 to pay, next "} {
		quote := b.filled(p.aStay(), aCustomer(fmt.Sprintf("AA-%03d-AA", i)))
		b.follow(b.send(b.read(quote+"/check"), "check", "pay_method", "cash"))
		chip(want)
	}
	if text := p.as(t, account.CustomerService).read("/profile").find("class", "due-chip"); text != nil {
		t.Error("customer service is reminded of other people's bookings")
	}
	p.moveClock(t, 59*time.Minute+time.Second)
	chip("")
}
