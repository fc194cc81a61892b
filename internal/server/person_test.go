package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/dbtest"
)

// Customer service answers to a traveller: what is known, and that it is known
// no more. A family may share an address: what is ticked counts. It is in the audit
// log, without the name.
func TestATravellerAsks(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	over, coming, family, stranger := p.booked(b, "AB-730-CD"), p.booked(b, "AB-731-CD"), p.booked(b, "AB-732-CD"), p.booked(b, "AB-733-CD")
	ref := func(sale string) string { return strings.TrimPrefix(sale, "/bookings/") }
	for _, sale := range []string{over, coming, family} {
		b.pay(sale)
	}
	for sale, change := range map[string]string{
		over: `from_at = from_at - interval '1 year', to_at = to_at - interval '1 year', last_name = upper(last_name)`, family: `first_name = 'Ali'`,
		stranger: `email = 'somebody@else.test', phone = '+33199000099'`,
	} {
		dbtest.ByHand(t, p.pool, `UPDATE bookings SET `+change+` WHERE ref = $1`, ref(sale))
	}
	page := desk.get(over + "/person")
	if !strings.Contains(page.text(), "There are 3 bookings with this email address or phone") || !strings.Contains(page.text(), "Ali") {
		t.Fatalf("%d %s", page.status, page.text())
	}
	_, fields := page.form(t, "data-testid", "erase-person")
	if ticked := fields["pick"]; !slices.Equal(slices.Sorted(slices.Values(ticked)), slices.Sorted(slices.Values([]string{ref(over), ref(coming)}))) {
		t.Errorf("ticked: %v", ticked)
	}
	for _, pick := range [][]string{nil, {ref(over), ref(stranger)}} {
		want := map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusConflict}[pick == nil]
		for what, a := range map[string]*answer{
			"erase": desk.do(http.MethodPost, over+"/person", url.Values{"pick": pick}), "export": desk.get(over + "/person.json?" + url.Values{"pick": pick}.Encode()),
		} {
			if a.status != want || a.find("id", "pick-error") == nil || pick != nil && !has(a.find("id", "pick-"+ref(over)), "checked") || has(a.find("id", "pick-"+ref(coming)), "checked") {
				t.Errorf("%s %v: %d %s", what, pick, a.status, a.text())
			}
		}
	}
	var known []map[string]any
	file := desk.get(over + "/person.json?pick=" + ref(over) + "&pick=" + ref(coming))
	if err := json.Unmarshal([]byte(file.body), &known); err != nil || len(known) != 2 || known[0]["Plate"] == "" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v, %v", known, err)
	}
	if a := desk.do(http.MethodPost, over+"/person", fields); a.location != over {
		t.Fatalf("erase: %d to %q", a.status, a.location)
	}
	page = desk.get(over)
	if page.find("data-testid", "erased") == nil || strings.Contains(page.body, "Lévy") || !strings.Contains(page.text(), "erased from 1 booking. Not erased, as the stay is not over yet: 1") {
		t.Errorf("afterwards: %s", page.text())
	}
	if a := desk.get(over + "/voucher"); a.status != http.StatusOK {
		t.Errorf("the voucher: %d", a.status)
	}
	for _, sale := range []string{coming, family} {
		if page := desk.get(sale); !strings.Contains(page.body, "Lévy") {
			t.Errorf("%s has lost its traveller", sale)
		}
	}
	if page := desk.get(over + "/person"); !strings.Contains(page.text(), "The traveller’s personal data was erased") {
		t.Errorf("asked again: %s", page.text())
	}
	admin := p.as(t, account.Admin)
	for _, action := range []string{"person_exported", "person_erased"} {
		if got := admin.get("/admin/audit?action=" + action); len(got.actions()) != 2 || strings.Contains(got.body, "Lévy") {
			t.Errorf("%s: %v", action, got.actions())
		}
	}
	p.moveClock(t, 11*time.Minute)
	if a := desk.post(coming + "/person"); !strings.HasPrefix(a.location, "/confirm-identity?") {
		t.Errorf("eleven minutes later: %d to %q", a.status, a.location)
	}
}
