package server

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/simulator"
)

const supplierPage = "/admin/supplier"

// oddZones lets the supplier list Orly with a timezone that does not exist, as if
// it always had.
func (p *portal) oddZones(t *testing.T) {
	t.Helper()
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "timezone_unknown", Zone: "ORY"})
	if _, err := p.pool.Exec(t.Context(), `DELETE FROM zones WHERE code = 'ORY'`); err != nil {
		t.Fatal(err)
	}
}

// zoneRow is the line of a zone in the table of all zones.
func (a *answer) zoneRow(code string) string {
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" && attr(n, "data-zone") == code {
			return textOf(n)
		}
	}
	return ""
}

func TestATimezoneMakesAZoneSellable(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, agent := p.as(t, account.Admin), p.as(t, account.Agent)
	p.oddZones(t)
	page := a.follow(a.post(supplierPage + "/zones"))
	form := page.find("data-testid", "set-timezone")
	if form == nil || attr(form, "data-zone") != "ORY" || !strings.Contains(page.zoneRow("ORY"), "No: it has no time zone") {
		t.Fatalf("the zone without a timezone: %s", page.zoneRow("ORY"))
	}
	if !strings.Contains(page.text(), "existing quotes and bookings keep their own") {
		t.Error("the page does not say what a timezone counts for")
	}
	orly := with(p.aStay(), "zone", "ORY", "outbound", "", "return", "")
	if got := agent.do(http.MethodPost, "/quotes", orly); got.status != http.StatusUnprocessableEntity {
		t.Fatalf("a zone without a timezone is quoted: %d", got.status)
	}
	action := attr(form, "action")
	for _, bad := range []string{"", "Paris", "Local", "localtime", "right/Europe/Paris", "europe/paris", "../Europe/Paris", "Europe/Atlantis", "UTC+2"} {
		got := a.post(action, "timezone", bad)
		field := got.find("id", "timezone-1")
		if got.status != http.StatusUnprocessableEntity || attr(field, "aria-invalid") != "true" || attr(field, "value") != bad || !strings.Contains(got.text(), "Enter a time zone such as") {
			t.Errorf("%q: %d, %q", bad, got.status, attr(field, "value"))
		}
	}
	page = a.follow(a.post(action, "timezone", " Europe/Paris "))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "Europe/Paris (set by an administrator)") || !strings.Contains(row, "Yes") {
		t.Errorf("after it was set: %s", row)
	}
	agent.quoted(orly)

	// It outlives a refresh with the same nonsense, can be corrected, and ends when
	// the supplier names one.
	page = a.follow(a.post(supplierPage + "/zones"))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "Europe/Paris (set by an administrator)") {
		t.Errorf("after a refresh: %s", row)
	}
	page = a.follow(a.post(action, "timezone", "Europe/Brussels"))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "Europe/Brussels") {
		t.Errorf("corrected: %s", row)
	}
	p.sim.ClearFaults()
	page = a.follow(a.post(supplierPage + "/zones"))
	if row := page.zoneRow("ORY"); strings.Contains(row, "set by an admin") || !strings.Contains(row, "Europe/Paris") || page.find("data-testid", "set-timezone") != nil {
		t.Errorf("the supplier's own: %s", row)
	}
	if got := a.post(action, "timezone", "Europe/Brussels"); got.status != http.StatusConflict {
		t.Errorf("the supplier's timezone is changed: %d", got.status)
	}
	log := a.get("/admin/audit?action=zone_timezone_set").text()
	if !strings.Contains(log, "ORY timezone= → ORY timezone=Europe/Paris") || !strings.Contains(log, "ORY timezone=Europe/Paris → ORY timezone=Europe/Brussels") {
		t.Errorf("audit log: %s", log)
	}
}

// What the supplier once named stays when it stops to make sense: a zone that is
// sold is not taken away by a slip of the pen.
func TestAnUnknownTimezoneLeavesTheLastGoodOne(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "timezone_unknown", Zone: "ORY"})
	page := a.follow(a.post(supplierPage + "/zones"))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "Europe/Paris") || !strings.Contains(row, "Yes") || strings.Contains(row, "set by") {
		t.Errorf("Orly: %s", row)
	}
}

// A list that lost most zones waits, the yes takes it, and the next whole one
// brings everything back.
func TestAShrunkListWaits(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, agent := p.as(t, account.Admin), p.as(t, account.Agent)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "zones_lost"})
	page := a.follow(a.post(supplierPage + "/zones"))
	waiting := textOf(page.find("data-testid", "zones-waiting"))
	if !strings.Contains(waiting, "are missing") || !strings.Contains(waiting, "ORY") || strings.Contains(waiting, "CDG") || !strings.Contains(page.text(), "can no longer be quoted or booked") {
		t.Fatalf("waiting: %s", waiting)
	}
	orly := with(p.aStay(), "zone", "ORY")
	if !strings.Contains(page.text(), "More than half of the airports and stations are missing") {
		t.Error("the list is said to be up to date")
	}
	agent.quoted(orly) // the list from before is in use
	if got := a.send(page, "accept-zones"); got.status != http.StatusUnprocessableEntity || attr(got.find("id", "agreed"), "aria-describedby")+attr(got.find("id", "agreed-1"), "id") == "" || !strings.Contains(got.text(), "Confirm that the supplier") {
		t.Errorf("without the tick: %d", got.status)
	}
	if got := a.send(page, "accept-zones", "agreed", "1", "lost", "3"); !strings.Contains(a.follow(got).text(), "Nothing was changed") {
		t.Error("a yes to another list was taken")
	}
	if got := a.send(page, "accept-zones", "agreed", "1", "lost", "x"); got.status != http.StatusBadRequest {
		t.Errorf("a form made by hand: %d", got.status)
	}
	page = a.follow(a.send(page, "accept-zones", "agreed", "1"))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "No: the supplier no longer lists it") || page.find("data-testid", "accept-zones") != nil {
		t.Errorf("after the yes: %s", row)
	}
	if got := agent.do(http.MethodPost, "/quotes", orly); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a withdrawn zone is quoted: %d", got.status)
	}
	var id string
	if err := p.pool.QueryRow(t.Context(), `SELECT supplier_id FROM zones WHERE code = 'ORY'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	if got := a.post(supplierPage+"/zones/"+id+"/timezone", "timezone", "Europe/Paris"); got.status != http.StatusNotFound {
		t.Errorf("a withdrawn zone gets a timezone: %d", got.status)
	}
	if got := a.follow(a.post(supplierPage+"/zones/accept", "agreed", "1", "lost", "0")); !strings.Contains(got.text(), "Nothing was changed") {
		t.Error("a yes to nothing")
	}
	p.sim.ClearFaults()
	page = a.follow(a.post(supplierPage + "/zones"))
	if row := page.zoneRow("ORY"); !strings.Contains(row, "Yes") {
		t.Errorf("a whole list again: %s", row)
	}
	log := a.get("/admin/audit")
	if got := log.actions(); strings.Join(got, " ") != "zones_refreshed zones_accepted zones_refreshed" {
		t.Errorf("audit log: %v", got)
	}
	for _, want := range []string{
		"stations: 22 → airports and stations: 22 · missing: 14", "stations: 22 · missing: 14 → airports and stations: 8", "stations: 8 → airports and stations: 22",
	} {
		if !strings.Contains(log.text(), want) {
			t.Errorf("the audit log does not say %s: %s", want, log.text())
		}
	}
}

// The yes counts for the zones that the admin was told of, and for no others.
func TestAYesIsForTheListThatWasSeen(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "zones_lost"})
	page := a.follow(a.post(supplierPage + "/zones"))
	const add = `INSERT INTO zones (environment, supplier_id, code, name, kind, timezone, fetched_at) VALUES ('simulator', '999', 'XYZ', 'New', 'airport', 'Europe/Paris', now())`
	if _, err := p.pool.Exec(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	page = a.follow(a.send(page, "accept-zones", "agreed", "1"))
	if !strings.Contains(page.text(), "Nothing was changed") || !strings.Contains(textOf(page.find("data-testid", "zones-waiting")), "XYZ") {
		t.Fatalf("a list that lacks one more: %s", textOf(page.find("data-testid", "zones-waiting")))
	}
	page = a.follow(a.send(page, "accept-zones", "agreed", "1"))
	if !strings.Contains(page.zoneRow("XYZ"), "No: ") {
		t.Errorf("the second yes: %s", page.zoneRow("XYZ"))
	}
}

func TestZonesAreRefreshedOnlyWhenTheSupplierAnswers(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	if age := textOf(a.get(supplierPage).find("data-testid", "zones-age")); !strings.HasPrefix(age, "Updated at ") || !strings.Contains(age, "next update on ") {
		t.Errorf("age: %s", age)
	}
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointZones, Kind: "500_before"})
	page := a.follow(a.post(supplierPage + "/zones"))
	if text := page.text(); !strings.Contains(text, "The supplier did not answer") || !strings.Contains(text, "The last update failed") || !strings.Contains(page.zoneRow("CDG"), "Yes") {
		t.Errorf("a supplier that does not answer: %s", text)
	}
	if got := a.get("/admin/audit").actions(); len(got) != 0 {
		t.Errorf("audit log: %v", got)
	}
}

// Ids of zones are the supplier's: whatever they hold is one part of an address.
func TestZonesWithOddIDs(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	for _, id := range []string{"a/b", "50%25", "x?y#z", "a;b:c@d"} {
		const add = `INSERT INTO zones (environment, supplier_id, code, name, kind, fetched_at) VALUES ('simulator', $1, 'ODD', 'Odd', 'airport', now())`
		if _, err := p.pool.Exec(t.Context(), add, id); err != nil {
			t.Fatal(err)
		}
		page := a.get(supplierPage)
		page = a.follow(a.send(page, "set-timezone", "timezone", "Indian/Reunion"))
		if row := page.zoneRow("ODD"); !strings.Contains(row, "Indian/Reunion") {
			t.Errorf("%s: %s", id, row)
		}
		if _, err := p.pool.Exec(t.Context(), `DELETE FROM zones WHERE code = 'ODD'`); err != nil {
			t.Fatal(err)
		}
	}
}
