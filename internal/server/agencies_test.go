package server

import (
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
)

func TestAnAdminLooksAfterAgencies(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Admin)
	for field, try := range map[string][]string{
		"name":     {"name", " ", "code", "NEW", "timezone", "Europe/Paris", "methods", "cash"},
		"code":     {"name", "Nouvelle", "code", "É T", "timezone", "Europe/Paris", "methods", "cash"},
		"timezone": {"name", "Nouvelle", "code", "NEW", "timezone", "Paris", "methods", "cash"},
		"methods":  {"name", "Nouvelle", "code", "NEW", "timezone", "Europe/Paris", "methods", "barter"},
	} {
		page := a.post("/admin/agencies", try...)
		if page.status != http.StatusUnprocessableEntity || page.find("href", "#"+field) == nil && page.find("href", "#methods-card_terminal") == nil {
			t.Errorf("%s: %d %s", field, page.status, page.text())
		}
	}
	form := []string{"name", "Nouvelle", "code", "new", "timezone", "Indian/Reunion", "methods", "cash", "methods", "transfer", "suspended", "1"}
	if page := a.post("/admin/agencies", form...); page.location != "/admin/agencies" {
		t.Fatalf("%d to %q %s", page.status, page.location, page.text())
	}
	if page := a.post("/admin/agencies", form...); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text(), "Another agency has this code") {
		t.Errorf("the code a second time: %d", page.status)
	}
	got, err := p.store.AgencyByCode(t.Context(), "NEW")
	if err != nil || got.Timezone != "Indian/Reunion" || len(got.PaymentMethods) != 2 || got.AgentsMayCancel || got.Suspended {
		t.Fatalf("%+v, %v", got, err)
	}
	a.post("/admin/agencies/NEW", "name", "Autre nom", "code", "OTHER", "timezone", "Europe/Paris", "methods", "cash", "agents_may_cancel", "1")
	got, err = p.store.AgencyByCode(t.Context(), "NEW")
	if err != nil || got.Name != "Autre nom" || !got.AgentsMayCancel || len(got.PaymentMethods) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	page := a.post("/admin/agencies/NEW", "name", "Troisième nom", "timezone", "x", "methods", "cash")
	if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.body, "Troisième nom") {
		t.Errorf("bad timezone: %d", page.status)
	}
}

// What an agency may do is asked anew with each request.
func TestASuspendedAgencyIsOut(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, agent := p.as(t, account.Admin), p.as(t, account.Agent)
	p.booked(agent, "AB-123-CD")
	if page := a.get("/admin/agencies/TEST").text(); !strings.Contains(page, "2 people can no longer sign in") || !strings.Contains(page, "1 booking waits to be paid") {
		t.Errorf("what it means is not said: %s", page)
	}
	a.post("/admin/agencies/TEST/suspend")
	if page := agent.get("/bookings"); page.status != http.StatusSeeOther {
		t.Errorf("an agent of it: %d", page.status)
	}
	if page := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword); page.status != http.StatusUnprocessableEntity {
		t.Errorf("signing in: %d", page.status)
	}
	if page := p.as(t, account.CustomerService).get("/bookings"); !strings.Contains(page.text(), "AB-123-CD") {
		t.Error("customer service does not see its booking")
	}
	a.post("/admin/agencies/TEST/restore")
	if page := p.as(t, account.Agent).get("/bookings"); page.status != http.StatusOK {
		t.Errorf("let in again: %d", page.status)
	}
	log := a.get("/admin/audit").actions()
	if len(log) != 2 || log[0] != "agency_restored" || log[1] != "agency_suspended" {
		t.Errorf("the audit log says %v", log)
	}
}
