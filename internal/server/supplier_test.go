package server

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/keyring"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
)

const secondKey = "renewed-key-77AB"

// cards returns the keys of the supplier's page, the active one first.
func (a *answer) cards() []*html.Node {
	var list []*html.Node
	for n := range a.doc.Descendants() {
		if attr(n, "data-testid") == "key" {
			list = append(list, n)
		}
	}
	return list
}

// pressIn sends the form with the test id of one key.
func (b *browser) pressIn(card *html.Node, testID string) *answer {
	b.t.Helper()
	for n := range card.Descendants() {
		if attr(n, "data-testid") == testID {
			return b.post(attr(n, "action"))
		}
	}
	b.t.Fatalf("no %s", testID)
	return nil
}

func TestAKeyIsRenewed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	const at = "/admin/supplier"
	for _, bad := range []string{"", "short", "two words and more", "line\nbreak-line"} {
		if got := a.post(at+"/keys", "key", bad); got.status != http.StatusUnprocessableEntity || attr(got.find("id", "key"), "aria-invalid") != "true" || attr(got.find("id", "key"), "value") != "" {
			t.Errorf("%q: %d", bad, got.status)
		}
	}
	a.follow(a.post(at+"/keys", "key", simulator.DefaultKey))
	page := a.follow(a.post(at+"/keys", "key", secondKey))
	if n := len(page.cards()); n != 2 || page.find("data-testid", "add-key") != nil {
		t.Fatalf("%d keys, and the form", n)
	}
	if third := a.follow(a.post(at+"/keys", "key", "a-third-key-0000")); !strings.Contains(third.text(), "Two keys are already in service") {
		t.Errorf("a third key: %s", third.text())
	}
	// The first one was added first, so the list begins with the second.
	second, first := page.cards()[0], page.cards()[1]
	if got := a.follow(a.pressIn(second, "test-key")); !strings.Contains(got.text(), "did not accept this key") {
		t.Errorf("a key that the supplier does not know: %s", got.text())
	}
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "500_before"})
	if got := a.follow(a.pressIn(first, "test-key")); !strings.Contains(got.text(), "gave no usable answer") {
		t.Errorf("a test that the supplier does not answer: %s", got.text())
	}
	p.sim.ClearFaults()
	id := strings.TrimSuffix(strings.TrimPrefix(attr(formIn(first, "retire-key"), "action"), at+"/keys/"), "/retire")
	if got := a.follow(a.post(at + "/keys/" + id + "/activate")); !strings.Contains(got.text(), "Test the key first") {
		t.Errorf("put in force untested: %s", got.text())
	}
	page = a.follow(a.pressIn(first, "test-key"))
	if !strings.Contains(page.text(), "The supplier accepts this key.") {
		t.Fatalf("%s", page.text())
	}
	page = a.follow(a.post(at + "/keys/" + id + "/activate"))
	if text := textOf(page.cards()[0]); !strings.Contains(text, "Active") || !strings.Contains(text, "…"+simulator.DefaultKey[len(simulator.DefaultKey)-4:]) {
		t.Errorf("in force: %s", text)
	}
	if got := a.follow(a.post(at + "/keys/" + id + "/retire")); !strings.Contains(got.text(), "cannot be retired") {
		t.Errorf("the key in force is retired: %s", got.text())
	}
	if err := postgres.NewKeyring(p.store).Refused(t.Context(), "simulator", keyring.Digest(simulator.DefaultKey)); err != nil {
		t.Fatal(err)
	}
	if alert := a.get("/bookings").find("data-testid", "key-alert"); alert == nil || !strings.Contains(textOf(alert), "The supplier refused the key …") {
		t.Error("an admin is not told that the supplier has refused the key")
	}
	if alert := p.as(t, account.CustomerService).get("/bookings").find("data-testid", "key-alert"); alert != nil {
		t.Error("customer service is told of keys")
	}
	page = a.follow(a.pressIn(a.get(at).cards()[1], "retire-key"))
	if n := len(page.cards()); n != 1 || page.find("data-testid", "add-key") == nil {
		t.Errorf("%d keys after retiring one", n)
	}
	if got := a.post(at + "/keys/none/activate"); got.status != http.StatusNotFound {
		t.Errorf("no such key: %d", got.status)
	}
	p.hasNoKey(t, page.body, a.get("/admin/audit").body)
}

func formIn(card *html.Node, testID string) *html.Node {
	for n := range card.Descendants() {
		if attr(n, "data-testid") == testID {
			return n
		}
	}
	return nil
}

// hasNoKey fails when a key can be read on a page, in the log or in the database.
func (p *portal) hasNoKey(t *testing.T, pages ...string) {
	t.Helper()
	var rows string
	const all = `SELECT coalesce(string_agg(k::text || encode(coalesce(sealed, ''), 'escape'), ' '), '') || (SELECT string_agg(e::text, ' ') FROM audit e) FROM supplier_keys k`
	if err := p.pool.QueryRow(t.Context(), all).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	for i, text := range append(pages, p.log.String(), rows) {
		for _, key := range []string{simulator.DefaultKey, secondKey} {
			if strings.Contains(text, key) {
				t.Errorf("%d: %s can be read", i, key)
			}
		}
	}
}
