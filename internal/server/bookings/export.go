package bookings

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/server/site"
	"guichet/internal/sheet"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowExport answers GET /bookings/export: what will be in the file.
func (s *Handlers) ShowExport(w http.ResponseWriter, r *http.Request) error {
	return s.drawExport(w, r, http.StatusOK, "")
}

func (s *Handlers) drawExport(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p, f, err := s.readExport(r)
	if err != nil {
		return err
	}
	v := s.View(r, "export.title")
	if len(p.Errors) > 0 || problem != "" {
		v.Problem, status = true, http.StatusUnprocessableEntity
	}
	e := pages.ExportPage{List: p, Formats: site.Formats(), Problem: problem}
	if len(p.Errors) == 0 {
		page, err := s.Bookings.List(r.Context(), p.Actor.Scope(), f)
		if err != nil {
			return err
		}
		e.List.Tally = page.Tally
	}
	return s.Render(w, r, status, pages.Export(v, e))
}

// readExport reads the filter of an export, which stands in the address as that
// of the list does, also when the file is asked for.
func (s *Handlers) readExport(r *http.Request) (pages.ListPage, booking.Filter, error) {
	p, f, err := s.readList(r)
	p.Path, f.Limit = "/bookings", 1
	if err != nil || len(p.Errors) > 0 {
		return p, f, err
	}
	return p, f, s.NoteSearch(r, p.Filter.Query)
}

// Export answers POST /bookings/export with the file.
func (s *Handlers) Export(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	format := sheet.Format(sent.Get("format"))
	if !slices.Contains(sheet.Formats(), format) {
		return s.drawExport(w, r, http.StatusUnprocessableEntity, site.Lang(r).T("export.format.empty"))
	}
	p, f, err := s.readExport(r)
	if err != nil {
		return err
	}
	if len(p.Errors) > 0 {
		return s.drawExport(w, r, http.StatusUnprocessableEntity, "")
	}
	v := ui.View{Lang: site.Lang(r)}
	t := site.Table{Format: format, Name: "bookings", About: pages.ExportAbout(v, p), Head: pages.ExportHead(v), Mark: site.Mark(p.Filter), Parts: exportName(p)}
	return s.Send(w, r, t, func(add func([]sheet.Cell) error) error {
		e := newExporter(v, site.Timezone(r))
		return s.Bookings.Each(r.Context(), p.Actor.Scope(), f, func(b booking.Booking) error { return add(e.row(b)) })
	})
}

// exportName is the filter as parts of a file's name, and whose time it is in.
func exportName(p pages.ListPage) []string {
	var parts []string
	f := p.Filter
	for _, part := range []string{f.View, strings.Join(f.States, "-"), f.Zone, f.Agency, f.Insured, f.On, f.From, f.To, p.Timezone} {
		if part = site.FileWord(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// exporter turns bookings into rows. What it finds out once it keeps: a timezone
// and a word take longer than the rest of a row.
type exporter struct {
	v      ui.View
	tz     *time.Location // the visitor's
	zones  map[string]*time.Location
	states map[booking.State]string
}

func newExporter(v ui.View, tz *time.Location) *exporter {
	e := &exporter{v: v, tz: tz, zones: map[string]*time.Location{}, states: map[booking.State]string{}}
	for _, s := range booking.States() {
		e.states[s] = v.StateName(s)
	}
	return e
}

func (e *exporter) zone(name string) *time.Location {
	if loc, known := e.zones[name]; known {
		return loc
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		loc = time.UTC
	}
	e.zones[name] = loc
	return loc
}

func (e *exporter) here(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(e.tz)
}

func (e *exporter) state(b booking.Booking) string {
	if b.Uncompared {
		return e.v.StateOf(b)
	}
	return e.states[b.State]
}

// row is one booking. The times of its stay are those of the zone, the others
// the visitor's.
func (e *exporter) row(b booking.Booking) []sheet.Cell {
	zone := e.zone(b.Stay.Timezone)
	return []sheet.Cell{
		b.Ref, e.state(b), b.AgencyName, b.UserName, e.here(b.CreatedAt),
		b.Stay.ZoneCode, b.Stay.ZoneName, b.Stay.From.In(zone), b.Stay.To.In(zone), b.Stay.Timezone, b.Stay.Days(),
		b.Customer.LastName, b.Customer.FirstName, b.Customer.Email, b.Customer.Phone, b.Car.Plate, b.Car.Make, b.Car.Model, b.Car.Color,
		strings.Join(b.Services, " "), b.Insured, sheet.Cents(b.Total.Cents), b.Total.Currency,
		b.PayMethod, e.here(b.PaidAt), b.PaidBy, b.Receipt, b.AgencyRef, b.SupplierID, b.SupplierRef,
	}
}
