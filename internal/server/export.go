package server

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/sheet"
	"guichet/web/bookings"
	"guichet/web/ui"
)

// exportsAtOnce is how many exports one node writes at a time: each holds a
// connection to the database for as long as it lasts.
const exportsAtOnce = 2

// exportPause is the longest silence of a visitor's line during an export.
const exportPause = 2 * time.Minute

// showExport answers GET /bookings/export: what will be in the file.
func (s *Server) showExport(w http.ResponseWriter, r *http.Request) error {
	return s.drawExport(w, r, http.StatusOK, "")
}

func (s *Server) drawExport(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p, f, err := s.readExport(r)
	if err != nil {
		return err
	}
	v := s.view(r, "export.title")
	if len(p.Errors) > 0 || problem != "" {
		v.Problem, status = true, http.StatusUnprocessableEntity
	}
	e := bookings.ExportPage{List: p, Formats: formats(), Problem: problem}
	if len(p.Errors) == 0 {
		page, err := s.Bookings.List(r.Context(), p.Actor.Scope(), f)
		if err != nil {
			return err
		}
		e.List.Tally = page.Tally
	}
	return s.render(w, r, status, bookings.Export(v, e))
}

// readExport reads the filter of an export, which stands in the address as that
// of the list does, also when the file is asked for.
func (s *Server) readExport(r *http.Request) (bookings.ListPage, booking.Filter, error) {
	p, f, err := s.readList(r)
	p.Path, f.Limit = "/bookings", 1
	return p, f, err
}

// export answers POST /bookings/export with the file.
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	format := sheet.Format(sent.Get("format"))
	if !slices.Contains(sheet.Formats(), format) {
		return s.drawExport(w, r, http.StatusUnprocessableEntity, lang(r).T("export.format.empty"))
	}
	p, f, err := s.readExport(r)
	if err != nil {
		return err
	}
	if len(p.Errors) > 0 {
		return s.drawExport(w, r, http.StatusUnprocessableEntity, "")
	}
	v := ui.View{Lang: lang(r)}
	t := table{format: format, name: "bookings", about: bookings.ExportAbout(v, p), head: bookings.ExportHead(v), mark: mark(p.Filter), parts: exportName(p)}
	return s.send(w, r, t, func(add func([]sheet.Cell) error) error {
		e := newExporter(v, timezone(r))
		return s.Bookings.Each(r.Context(), p.Actor.Scope(), f, func(b booking.Booking) error { return add(e.row(b)) })
	})
}

// table is a file that is written while it is sent.
type table struct {
	format      sheet.Format
	name        string // what it lists
	about, head []string
	mark        string   // of the filter, for the audit log
	parts       []string // of the filter and the timezone, for the file's name
}

// send writes a table to the visitor, row by row. When something goes wrong on
// the way the line is cut, so that nobody takes half a file for a whole one.
func (s *Server) send(w http.ResponseWriter, r *http.Request, t table, each func(add func([]sheet.Cell) error) error) error {
	a := actor(r)
	subject := strconv.FormatInt(a.AgencyID, 10)
	if a.AgencyID == 0 {
		subject = "person " + strconv.FormatInt(a.UserID, 10)
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		return &account.LimitedError{Limit: "exports at once", Wait: time.Minute}
	}
	if err := s.Accounts.Allow(r.Context(), account.ExportsPerAgency, subject); err != nil {
		return err
	}
	if err := s.Accounts.AuditExport(r.Context(), a, t.name+" "+string(t.format)+" "+t.mark); err != nil {
		return err
	}
	name := "guichet-" + strings.Join(append([]string{t.name, s.Now().In(timezone(r)).Format("2006-01-02")}, t.parts...), "_")
	download(w, t.format.ContentType(), name+"."+t.format.Extension())
	line := http.NewResponseController(w)
	patient := func() error { return line.SetWriteDeadline(s.Now().Add(exportPause)) }
	err := s.write(w, t, patient, each)
	if err == nil {
		return nil
	}
	s.Log.WarnContext(r.Context(), "export cut off", "request", factsOf(r).id, "error", err)
	panic(http.ErrAbortHandler)
}

func (s *Server) write(w http.ResponseWriter, t table, patient func() error, each func(add func([]sheet.Cell) error) error) error {
	if err := patient(); err != nil {
		return fmt.Errorf("allow for a long answer: %w", err)
	}
	out, err := sheet.New(t.format, w, t.about, t.head)
	if err != nil {
		return err
	}
	rows := 0
	err = each(func(cells []sheet.Cell) error {
		if rows++; rows%1000 == 0 {
			if err := patient(); err != nil {
				return err
			}
		}
		return out.Row(cells)
	})
	if err != nil {
		return err
	}
	if err := patient(); err != nil {
		return err
	}
	return out.Close()
}

// exportName is the filter as parts of a file's name, and whose time it is in.
func exportName(p bookings.ListPage) []string {
	var parts []string
	f := p.Filter
	for _, part := range []string{f.View, strings.Join(f.States, "-"), f.Zone, f.Agency, f.Insured, f.On, f.From, f.To, p.Timezone} {
		if part = fileWord(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func fileWord(text string) string { return strings.Trim(strings.Map(fileLetter, text), "-") }

func formats() []string {
	var codes []string
	for _, f := range sheet.Formats() {
		codes = append(codes, string(f))
	}
	return codes
}

// fileLetter leaves in a file's name what every system takes.
func fileLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
		return r
	}
	return '-'
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
