package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/bookings"
	"guichet/web/ui"
)

// paidStates are those of a stay that will take place unless it is cancelled.
var paidStates = []booking.State{booking.Confirmed, booking.PayUnknown, booking.Cancelling, booking.CancelUnknown}

// views are the groups of states that the list offers.
var views = map[string][]booking.State{
	"":        nil,
	"mine":    nil,
	"to_pay":  {booking.Held},
	"today":   paidStates,
	"week":    paidStates,
	"paid":    {booking.Confirmed},
	"unknown": {booking.Creating, booking.CreateUnknown, booking.Paying, booking.PayUnknown, booking.Cancelling, booking.CancelUnknown},
	"over":    {booking.Refused, booking.Expired, booking.Dropped, booking.Cancelled, booking.Voided},
}

// listBookings answers GET /bookings.
func (s *Server) listBookings(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "booking.list.title", bookings.BookingList)
}

// showDesk answers GET /desk.
func (s *Server) showDesk(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "desk.title", bookings.Desk)
}

// list draws a list of bookings. A name that only one booking has leads there.
func (s *Server) list(w http.ResponseWriter, r *http.Request, title string, draw listPage) error {
	p, f, err := s.readList(r)
	if err != nil {
		return err
	}
	if to, err := s.named(r, p.Filter.Query); err != nil || to != "" {
		return goOr(w, r, to, err)
	}
	if narrowed, found := operators(p.Filter); found {
		return redirect(w, r, narrowed.At(p.Path))
	}
	v := s.view(r, title)
	v.Search = p.Filter.Query
	if len(p.Errors) > 0 {
		v.Problem = true
		return s.render(w, r, http.StatusUnprocessableEntity, draw(v, p))
	}
	if err := s.noteSearch(r, p.Filter.Query); err != nil {
		return err
	}
	if to, err := s.namedThere(r, p.Filter.Query); err != nil || to != "" {
		return goOr(w, r, to, err)
	}
	p.BadCursor = !readCursors(query(r), &f, mark(p.Filter))
	if p.Path == "/desk" && !p.Filter.Narrow() {
		return s.render(w, r, http.StatusOK, draw(v, p))
	}
	page, err := s.Bookings.List(r.Context(), actor(r).Scope(), f)
	if err != nil {
		return err
	}
	p.Tally = page.Tally
	p.Bookings, p.Pager = cut(page.Bookings, f, p)
	return s.render(w, r, http.StatusOK, draw(v, p))
}

// named is where a text leads that is a reference; empty when it is none.
func (s *Server) named(r *http.Request, text string) (string, error) {
	ref, ok := booking.ParseRef(text)
	if !ok {
		return "", nil
	}
	b, err := s.Bookings.Booking(r.Context(), actor(r).Scope(), ref)
	return addressOf(b, err)
}

// namedThere is where a text leads that the supplier calls one booking by.
func (s *Server) namedThere(r *http.Request, text string) (string, error) {
	if text == "" || len(text) > 80 {
		return "", nil
	}
	b, err := s.Bookings.BySupplier(r.Context(), actor(r).Scope(), text)
	return addressOf(b, err)
}

func addressOf(b booking.Booking, err error) (string, error) {
	if errors.Is(err, booking.ErrNotFound) {
		return "", nil
	}
	return "/bookings/" + b.Ref, err
}

func goOr(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if err != nil {
		return err
	}
	return redirect(w, r, to)
}

// readList reads the filter of a list from its address: as it was typed, with
// what is wrong with it, and as it is looked for.
func (s *Server) readList(r *http.Request) (bookings.ListPage, booking.Filter, error) {
	ctx := r.Context()
	p := bookings.ListPage{
		Path: r.URL.Path, Filter: ui.ReadListFilter(query(r)), Errors: map[string]string{},
		Actor: actor(r), Environment: s.Bookings.Environment(), Timezone: timezone(r).String(),
	}
	var err error
	if p.Now, err = s.Bookings.Now(ctx); err != nil {
		return p, booking.Filter{}, err
	}
	zones, err := s.Bookings.Zones(ctx)
	if err != nil {
		return p, booking.Filter{}, err
	}
	p.Zones = zones.Zones
	if p.Actor.Role.Staff() {
		if p.Agencies, err = s.Accounts.Agencies(ctx); err != nil {
			return p, booking.Filter{}, err
		}
	}
	f := s.filter(r, &p)
	p.Sort = f.Sort
	return p, f, nil
}

// filter makes of what was typed what is looked for. A code that the portal did
// not offer is left out; what a person wrote and cannot be stands in the errors.
func (s *Server) filter(r *http.Request, p *bookings.ListPage) booking.Filter {
	typed := &p.Filter
	f := booking.Filter{Text: typed.Query, Limit: pageSize + 1}
	typed.States = slices.DeleteFunc(slices.Clone(typed.States), func(code string) bool {
		return !slices.Contains(booking.States(), booking.State(code))
	})
	for _, code := range typed.States {
		f.States = append(f.States, booking.State(code))
	}
	if typed.Zone != "" {
		typed.Zone = strings.ToUpper(typed.Zone)
		f.Zones = []string{typed.Zone}
		if !slices.ContainsFunc(p.Zones, func(z booking.Zone) bool { return z.Code == typed.Zone }) {
			p.Errors["zone"] = lang(r).T("filter.zone.bad", "Code", typed.Zone)
		}
	}
	chooseAgency(r, p, &f)
	if typed.Seller != "me" || !p.Actor.MaySell() {
		typed.Seller = ""
	} else {
		f.Seller = p.Actor.UserID
	}
	switch typed.Insured {
	case "yes", "no":
		insured := typed.Insured == "yes"
		f.Insured = &insured
	default:
		typed.Insured = ""
	}
	if f.Uncompared = typed.Uncompared == "1"; !f.Uncompared {
		typed.Uncompared = ""
	}
	f.Least, f.Most = amountOf(r, p, "least", typed.Least), amountOf(r, p, "most", typed.Most)
	s.period(r, p, &f)
	s.chooseView(r, p, &f)
	if order := booking.Sort(strings.TrimPrefix(typed.Sort, "-created")); slices.Contains(booking.Sorts(), order) && typed.Sort != "" {
		f.Sort = order
	} else {
		typed.Sort = ""
	}
	return f
}

func chooseAgency(r *http.Request, p *bookings.ListPage, f *booking.Filter) {
	typed := &p.Filter
	if typed.Agency == "" || !p.Actor.Role.Staff() {
		typed.Agency = ""
		return
	}
	typed.Agency = strings.ToUpper(typed.Agency)
	i := slices.IndexFunc(p.Agencies, func(a account.Agency) bool { return a.Code == typed.Agency })
	if i < 0 {
		p.Errors["agency"] = lang(r).T("filter.agency.bad", "Code", typed.Agency)
		return
	}
	f.Agency = p.Agencies[i].ID
}

// amountOf reads an amount in major units.
func amountOf(r *http.Request, p *bookings.ListPage, field, text string) *int64 {
	if text == "" {
		return nil
	}
	cents, err := locale.ParseAmount(text)
	if err != nil {
		p.Errors[field] = lang(r).T("filter.amount.bad")
		return nil
	}
	return &cents
}

// period reads from when to when. Days of the creation are the visitor's, those
// of a stay the zone's.
func (s *Server) period(r *http.Request, p *bookings.ListPage, f *booking.Filter) {
	typed := &p.Filter
	tz := time.UTC // wall times
	switch by := booking.DateField(typed.On); by {
	case booking.ByDropOff, booking.ByReturn, booking.ByMove:
		f.By = by
	default:
		f.By, typed.On, tz = booking.ByCreation, "", timezone(r)
	}
	f.From, f.To = s.dayIn(r, p, "from", typed.From, tz), s.dayIn(r, p, "to", typed.To, tz)
	if f.To.IsZero() && f.From.IsZero() {
		f.By = ""
		return
	}
	if !f.To.IsZero() && f.To.Before(f.From) {
		p.Errors["to"] = lang(r).T("filter.to.early", "Day", f.From)
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
}

// dayIn reads the beginning of a day; a day without a year is the last one for
// a creation, and the nearest one for a stay.
func (s *Server) dayIn(r *http.Request, p *bookings.ListPage, field, text string, tz *time.Location) time.Time {
	if text == "" {
		return time.Time{}
	}
	today := s.Now().In(timezone(r))
	base := today.AddDate(-1, 0, 1)
	if tz == time.UTC {
		base = today.AddDate(0, -6, 0) // half a year back, half a year ahead
	}
	day, err := locale.ParseDate(text, today, &base)
	if err != nil || day.Year() < 2000 || day.Year() > 2100 {
		p.Errors[field] = lang(r).T("filter.date.bad")
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, tz)
}

// chooseView adds what a tab stands for; states or a period that somebody chose
// come before its own.
func (s *Server) chooseView(r *http.Request, p *bookings.ListPage, f *booking.Filter) {
	states, known := views[p.Filter.View]
	if !known || len(f.States) > 0 {
		p.Filter.View = ""
		return
	}
	today := p.Now.In(timezone(r))
	midnight := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	switch p.Filter.View {
	case "to_pay":
		f.Sort, f.Payable = booking.DueFirst, s.Bookings.Environment()
	case "mine":
		f.Seller = p.Actor.UserID
	case "today", "week":
		if f.By != "" {
			p.Filter.View = ""
			return
		}
		f.By, f.Sort, f.From, f.To = booking.ByMove, booking.DropOffFirst, midnight, midnight.AddDate(0, 0, 1)
		if p.Filter.View == "week" {
			f.From = midnight.AddDate(0, 0, -(int(today.Weekday())+6)%7)
			f.To = f.From.AddDate(0, 0, 7)
		}
	}
	f.States = states
}

// cut leaves out the row that only tells whether there is more, and says where
// the pages beside this one begin.
func cut(list []booking.Booking, f booking.Filter, p bookings.ListPage) ([]booking.Booking, ui.Pager) {
	backwards := f.Before.ID == 0 && f.After.ID != 0
	more := len(list) > pageSize
	if more && backwards {
		list = list[1:]
	} else if more {
		list = list[:pageSize]
	}
	var pager ui.Pager
	if len(list) == 0 {
		if f.Before.ID != 0 || backwards {
			pager.First = p.Filter.At(p.Path)
		}
		return list, pager
	}
	if (backwards && more) || f.Before.ID != 0 {
		pager.First = p.Filter.At(p.Path)
		pager.Previous = pageURL(p, "after", f.Sort.Place(list[0]))
	}
	if backwards || more {
		pager.Next = pageURL(p, "before", f.Sort.Place(list[len(list)-1]))
	}
	return slices.Clip(list), pager
}

// listPage is a page that shows a list of bookings.
type listPage func(ui.View, bookings.ListPage) templ.Component

// pageURL is the address of the page that begins at a place of the list.
func pageURL(p bookings.ListPage, direction string, c booking.Cursor) string {
	q := p.Filter.Values()
	q.Set(direction, encodeCursor(c, mark(p.Filter)))
	return p.Path + "?" + q.Encode()
}
