package server

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/simulator"
)

// Other dates are asked for at once, at most eight, and one that is chosen is a new
// quote for the same customer.
func TestOtherDatesAreCompared(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.filled(p.aStay(), aCustomer("AB-123-CD"))
	if !b.read(quote).offers(quote + "/dates") {
		t.Error("the quote does not lead there")
	}
	before := p.called(simulator.EndpointQuotes)
	page := b.read(quote + "/dates")
	if asked := p.called(simulator.EndpointQuotes) - before; asked != 8 {
		t.Errorf("%d questions", asked)
	}
	page.says(t, "8 of the other dates have space.", "This quote", "not guaranteed before booking", "cheapest", "Choose")
	if rows := strings.Count(page.body, `scope="row"`); rows != 9 {
		t.Errorf("%d rows", rows)
	}
	chosen := b.follow(b.press(page, "/quotes")) // the first: a day earlier
	chosen.says(t, "Available")
	from := time.Now().AddDate(0, 0, 39)
	if !strings.Contains(chosen.text(), from.Format("2 January 2006")) {
		t.Errorf("it is not for %s: %s", from, chosen.text())
	}
	var kept, all int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE content->'customer'->>'last_name' = 'O’Hara-Lévy'), count(*) FROM drafts`).Scan(&kept, &all); err != nil || kept != 2 || all != 2 {
		t.Errorf("%d of %d quotes are the customer's, %v", kept, all, err)
	}
}

// When there is no space, the whole stay is moved, and the quote leads there first.
func TestDatesWithSpaceAreFound(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable", Count: 3})
	full := b.do(http.MethodPost, "/quotes", p.aStay()).location
	if !b.read(full).offers(full + "/dates") {
		t.Error("the quote without space does not lead there")
	}
	page := b.read(full + "/dates")
	page.says(t, "6 of the other dates have space.", "No space", "9 days")
	if strings.Contains(page.text(), "10 days") || strings.Contains(page.text(), "8 days") {
		t.Error("the length changes")
	}
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "500_before", Count: 40})
	page = b.read(full + "/dates")
	page.says(t, "did not answer for every date", "Not checked", "Try again")
	p.sim.ClearFaults()
}

// Each date counts as a quote of the agency's, and nobody asks on behalf of a person who
// has left.
func TestComparedDatesCount(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	if _, err := p.pool.Exec(t.Context(), `UPDATE rate_limits SET hits = $1 WHERE key LIKE 'quotes/%'`, auth.QuotesPerAgency.Max-3); err != nil {
		t.Fatal(err)
	}
	before := p.called(simulator.EndpointQuotes)
	page := b.read(quote + "/dates")
	page.says(t, "Your agency has requested many prices", "Not checked")
	if asked := p.called(simulator.EndpointQuotes) - before; asked != 3 {
		t.Errorf("%d questions, want 3", asked)
	}
	if _, err := p.pool.Exec(t.Context(), `DELETE FROM rate_limits`); err != nil {
		t.Fatal(err)
	}
	before = p.called(simulator.EndpointQuotes)
	drawn := func() int { return strings.Count(p.log.String(), `"route":"/quotes/{id}/dates"`) }
	once := drawn()
	ctx, leave := context.WithCancel(t.Context())
	arrived, open := p.knock(http.MethodGet, "/quotes")
	go func() { <-arrived; leave(); open() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+quote+"/dates", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := b.client.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("it was answered")
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(time.Minute); drawn() == once; <-again.C {
		if time.Now().After(end) {
			t.Fatal("the page goes on")
		}
	}
	if asked := p.called(simulator.EndpointQuotes) - before; asked > 2 {
		t.Errorf("%d questions after the person has left", asked)
	}
}

// The quote can be copied as a text in both languages, which follows the services that
// are ticked.
func TestAQuoteCanBeSent(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	page := b.read(quote)
	for id, want := range map[string][]string{
		"quote-text-fr": {"Bonjour", "Paris Charles de Gaulle", "06:05", "22:40", "heure de Paris", "non garanti avant la réservation", "Sans assurance annulation", "Camille Martin", "Voyages Test"},
		"quote-text-en": {"Hello", "Drop-off:", "Paris time", "not guaranteed before booking", "Without cancellation insurance"},
	} {
		text := textOf(page.find("id", id))
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q: %s", id, part, text)
			}
		}
	}
	a := b.post("/fragments"+quote+"/price?part=text", "service", "cancellation_insurance")
	if text := textOf(a.find("id", "quote-text-en")); !strings.Contains(text, "Cancellation insurance: €") || !strings.Contains(text, "can be cancelled under") {
		t.Errorf("%d: %s", a.status, text)
	}
}
