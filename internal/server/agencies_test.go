package server

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
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
	if page := a.post("/admin/agencies", form...); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.text(), "Another agency already uses this code") {
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
	if page := a.get("/admin/agencies/TEST").text(); !strings.Contains(page, "2 users will no longer be able to sign in") || !strings.Contains(page, "1 booking is waiting to be paid") {
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
	if len(log) != 3 || log[0] != "agency_restored" || log[1] != "list_viewed" || log[2] != "agency_suspended" {
		t.Errorf("the audit log says %v", log)
	}
}

// picture draws a PNG of a size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// send uploads a file; none when it is empty.
func (b *browser) upload(path, name string, file []byte) *answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if len(file) > 0 {
		part, err := form.CreateFormFile(name, "../../etc/passwd")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.header.Set("Content-Type", form.FormDataContentType())
	defer b.header.Del("Content-Type")
	return b.sendBody(path, &body)
}

func TestAnAgencysLogoStandsOnThePaper(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, b := p.as(t, account.Admin), p.as(t, account.Agent)
	const at = "/admin/agencies/TEST/logo"
	hidden := append(picture(t, 40, 20), []byte("<script>hidden</script>")...)
	if got := a.upload(at, "logo", hidden); got.location != "/admin/agencies/TEST" {
		t.Fatalf("%d %s", got.status, got.text())
	}
	var stored []byte
	if err := p.pool.QueryRow(t.Context(), `SELECT logo FROM agencies WHERE code = 'TEST'`).Scan(&stored); err != nil || bytes.Contains(stored, []byte("hidden")) {
		t.Errorf("what was hidden in the file is stored (%v)", err)
	}
	sale := p.booked(b, "AB-720-CD")
	b.pay(sale)
	if logo := b.get(sale+"/voucher").find("alt", "Logo de Voyages Test"); logo == nil || !strings.HasPrefix(attr(logo, "src"), "data:image/png;base64,") {
		t.Error("the voucher has no logo")
	}
	for name, file := range map[string][]byte{"no picture": []byte("GIF89a"), "too wide": picture(t, 1201, 10), "too high": picture(t, 10, 601), "cut off": picture(t, 40, 20)[:50]} {
		got := a.upload(at, "logo", file)
		if got.status != http.StatusUnprocessableEntity || attr(got.find("id", "logo"), "aria-invalid") != "true" {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := a.upload(at, "logo", bytes.Repeat([]byte("x"), maxUpload+1)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too big: %d", got.status)
	}
	if a.upload(at, "logo", nil); b.get(sale+"/voucher").find("class", "logo") != nil {
		t.Error("the logo is not removed")
	}
	if got := p.as(t, account.Manager).upload(at, "logo", picture(t, 4, 4)); got.status != http.StatusForbidden {
		t.Errorf("a manager: %d", got.status)
	}
}
