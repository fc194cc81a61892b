package server

import (
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/server/site"
)

// auditChunk is how many entries of the audit log an export reads at a time.
const auditChunk = 1000

// taken are the references in a file for machines, in its order.
func taken(t *testing.T, a *answer) []string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatalf("%d: %v", a.status, err)
	}
	var refs []string
	for _, row := range rows[1:] {
		refs = append(refs, row[0])
	}
	return refs
}

func (p *portal) forgetLimits(t *testing.T) {
	t.Helper()
	if _, err := p.pool.Exec(t.Context(), `DELETE FROM rate_limits`); err != nil {
		t.Fatal(err)
	}
}

// What is taken along is what the list shows, page after page.
func TestTheExportIsWhatTheListShows(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.shelf(t)
	for i := range site.PageSize {
		p.put(t, p.people[account.Agent], time.Now().Add(-time.Duration(i)*time.Minute), nil)
	}
	stranger := p.asStranger(t)
	p.booked(stranger, "AB-123-CD")
	b := p.as(t, account.Agent)
	for _, query := range []string{"", "zone=LYS", "q=Martin&sort=-dropoff", "state=creating&insured=no&sort=total", "on=move&from=2026-07-07&to=2026-07-07", "q=nobody"} {
		p.forgetLimits(t)
		var want []string
		for at := "/bookings?" + query; at != ""; {
			a := b.read(at)
			want = append(want, a.rows()...)
			at = attr(a.find("rel", "next"), "href")
		}
		if got := taken(t, b.post("/bookings/export?"+query, "format", "csv")); !slices.Equal(got, want) {
			t.Errorf("%s: %d bookings, want %d: %v", query, len(got), len(want), got)
		}
	}
	p.forgetLimits(t)
	if n := len(taken(t, p.as(t, account.Admin).post("/bookings/export", "format", "csv"))); n != site.PageSize+7 {
		t.Errorf("an admin takes %d", n)
	}
}

func TestTheFilesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.put(t, p.people[account.Agent], time.Date(2026, 6, 1, 22, 30, 0, 0, time.UTC), func(b *booking.Booking) {
		b.Customer.LastName, b.Stay.Timezone = "=HYPERLINK(1)", "Europe/Lisbon"
		b.Stay.From = time.Date(2026, 7, 4, 5, 5, 0, 0, time.UTC)
	})
	b := p.as(t, account.Agent)
	b.post("/language", "lang", "fr")
	french := b.post("/bookings/export?zone=CDG", "format", "csv_fr")
	name := french.header.Get("Content-Disposition")
	for _, part := range []string{"guichet-bookings_", "_CDG_", "Europe-Paris.csv"} {
		if !strings.Contains(name, part) {
			t.Errorf("no %s in %s", part, name)
		}
	}
	for _, part := range []string{
		"\ufeffToutes les réservations\r\n", "Aéroport ou gare\u00a0: CDG", "heure de Paris (Europe/Paris)", ";'=HYPERLINK(1);", ";'+33199001234;", ";105,90;EUR;",
		";02/06/2026 00:30;", ";04/07/2026 06:05;",
	} {
		if !strings.Contains(french.body, part) {
			t.Errorf("no %q in %s", part, french.body)
		}
	}
	machine := b.post("/bookings/export", "format", "csv")
	for _, part := range []string{",105.90,EUR,", ",2026-06-02T00:30:00+02:00,", ",2026-07-04T06:05:00+01:00,"} {
		if !strings.Contains(machine.body, part) {
			t.Errorf("no %q in %s", part, machine.body)
		}
	}
	file, err := excelize.OpenReader(strings.NewReader(b.post("/bookings/export?zone=CDG", "format", "xlsx").body))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := file.GetRows("Sheet1")
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if rows[4][11] != "=HYPERLINK(1)" || rows[4][4] != "02/06/2026 00:30" || rows[4][7] != "04/07/2026 06:05" || rows[4][21] != "105.90" {
		t.Errorf("%q", rows[4])
	}
}

func TestExportsAreLimited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.shelf(t)
	b, manager, desk := p.as(t, account.Agent), p.as(t, account.Manager), p.as(t, account.CustomerService)
	if a := b.post("/bookings/export?q=martin"); a.status != 422 || !a.offers("/bookings?q=martin") {
		t.Errorf("without a format: %d", a.status)
	}
	for i := range auth.ExportsPerAgency.Max {
		if a := b.post("/bookings/export", "format", "csv"); a.status != 200 {
			t.Fatalf("export %d: %d", i, a.status)
		}
	}
	if a := manager.post("/bookings/export", "format", "csv"); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("the sixth of an agency: %d", a.status)
	}
	for range auth.ExportsPerAgency.Max {
		desk.post("/bookings/export", "format", "csv")
	}
	if a := desk.post("/bookings/export", "format", "csv"); a.status != 429 {
		t.Errorf("the sixth of a person: %d", a.status)
	}
	if a := p.as(t, account.Admin).post("/bookings/export", "format", "csv"); a.status != 200 {
		t.Errorf("another person: %d", a.status)
	}
	p.as(t, account.Admin).read("/admin/audit?action=list_exported").says(t, "bookings · technical CSV")
	for range cap(p.server.Exports) {
		p.server.Exports <- struct{}{}
	}
	p.forgetLimits(t)
	if a := b.post("/bookings/export", "format", "csv"); a.status != 429 {
		t.Errorf("while others are written: %d", a.status)
	}
}

// Half a file must not be taken for a whole one.
func TestAnExportThatFailsIsCutOff(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for i := range 200 {
		p.put(t, p.people[account.Agent], time.Now().Add(-time.Duration(i)*time.Minute), nil)
	}
	dbtest.ByHand(t, p.pool, `UPDATE bookings SET booked_services = '{NULL}' WHERE id = (SELECT min(id) + 190 FROM bookings)`)
	b := p.as(t, account.Agent)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/bookings/export", strings.NewReader("format=csv"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err == nil {
		t.Errorf("%d bytes, and nothing says that they are not all", len(got))
	}
	if len(got) == 0 {
		t.Error("it failed before it began")
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.log.String(), "export cut off") {
		t.Error("the log does not know")
	}
}

func TestTheAuditLogIsExported(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	service, admin := p.as(t, account.CustomerService), p.as(t, account.Admin)
	sale := p.booked(p.as(t, account.Agent), "AB-123-CD")
	for range auditChunk + 5 {
		if err := p.server.Accounts.AuditBooking(t.Context(), account.ActorOf(p.people[account.CustomerService], account.Agency{}), account.DidView, strings.TrimPrefix(sale, "/bookings/"), 0); err != nil {
			t.Fatal(err)
		}
	}
	service.read(sale)
	a := admin.post("/admin/audit/export?action=booking_viewed", "format", "csv")
	if times := taken(t, a); len(times) != auditChunk+6 {
		t.Errorf("%d entries, want %d", len(times), auditChunk+6)
	}
	if !strings.Contains(a.body, "Booking viewed,"+strings.TrimPrefix(sale, "/bookings/")) || !strings.Contains(a.header.Get("Content-Disposition"), "guichet-audit_") {
		t.Errorf("%.300s", a.body)
	}
	if a := admin.post("/admin/audit/export?from=soon", "format", "csv"); a.status != 422 {
		t.Errorf("an impossible period: %d", a.status)
	}
	if a := admin.post("/admin/audit/export", "format", "pdf"); a.status != 422 || !strings.Contains(a.text(), "Choose a format") {
		t.Errorf("no format: %d", a.status)
	}
}
