package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
)

// Customer service answers to a traveller: what is known, and that it is known
// no more. It is in the audit log, without the name.
func TestATravellerAsks(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	over, coming := p.booked(b, "AB-730-CD"), p.booked(b, "AB-731-CD")
	b.pay(over)
	b.pay(coming)
	if _, err := p.pool.Exec(t.Context(), `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, strings.TrimPrefix(over, "/bookings/")); err != nil {
		t.Fatal(err)
	}
	if page := desk.get(over + "/person"); !strings.Contains(page.text(), "There are 2 bookings with this address or phone") {
		t.Fatalf("%d %s", page.status, page.text())
	}
	var known []map[string]any
	file := desk.get(over + "/person.json")
	if err := json.Unmarshal([]byte(file.body), &known); err != nil || len(known) != 2 || known[0]["Plate"] == "" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v, %v", known, err)
	}
	if a := desk.post(over + "/person"); a.location != over {
		t.Fatalf("erase: %d to %q", a.status, a.location)
	}
	page := desk.get(over)
	if page.find("data-testid", "erased") == nil || strings.Contains(page.body, "Lévy") || !strings.Contains(page.text(), "erased from 1 booking") {
		t.Errorf("afterwards: %s", page.text())
	}
	if a := desk.get(over + "/voucher"); a.status != http.StatusOK {
		t.Errorf("the voucher: %d", a.status)
	}
	if page := desk.get(coming); !strings.Contains(page.body, "Lévy") {
		t.Error("a stay that is to come has lost its traveller")
	}
	if page := desk.get(over + "/person"); !strings.Contains(page.text(), "Who travelled was erased") {
		t.Errorf("asked again: %s", page.text())
	}
	admin := p.as(t, account.Admin)
	for _, action := range []string{"person_exported", "person_erased"} {
		if got := admin.get("/admin/audit?action=" + action); len(got.actions()) != 1 || strings.Contains(got.body, "Lévy") {
			t.Errorf("%s: %v", action, got.actions())
		}
	}
	p.moveClock(t, 11*time.Minute)
	if a := desk.post(coming + "/person"); !strings.HasPrefix(a.location, "/confirm-identity?") {
		t.Errorf("eleven minutes later: %d to %q", a.status, a.location)
	}
}
