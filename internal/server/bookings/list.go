package bookings

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ListBookings answers GET /bookings.
func (s *Handlers) ListBookings(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "booking.list.title", pages.BookingList)
}

// ShowDesk answers GET /desk.
func (s *Handlers) ShowDesk(w http.ResponseWriter, r *http.Request) error {
	return s.list(w, r, "desk.title", pages.Desk)
}

// list draws a list of bookings. A reference that matches one booking redirects to it.
func (s *Handlers) list(w http.ResponseWriter, r *http.Request, title string, draw listPage) error {
	p, f, err := s.readList(r)
	if err != nil {
		return err
	}
	v := s.View(r, title)
	if p.Errors["q"] == "" {
		if to, err := s.named(r, p.Filter.Query); err != nil || to != "" {
			return redirectOr(w, r, to, err)
		}
		if len(p.Errors) == 0 {
			if to := s.readOperators(r, &p); to != "" {
				return site.Redirect(w, r, to)
			}
		}
	}
	v.Search = p.Filter.Query
	if len(p.Errors) > 0 {
		return s.refuseList(w, r, v, p, draw)
	}
	if err := s.NoteSearch(r, p.Filter.Query); err != nil {
		return err
	}
	if to, err := s.namedThere(r, p.Filter.Query); err != nil || to != "" {
		return redirectOr(w, r, to, err)
	}
	p.BadCursor = !site.ReadCursors(site.Query(r), &f, site.Mark(p.Filter))
	if p.Path == "/desk" && !p.Filter.Narrow() {
		return s.Render(w, r, http.StatusOK, draw(v, p))
	}
	page, err := s.Bookings.List(r.Context(), site.Actor(r).Scope(), f)
	if err != nil {
		return err
	}
	if word := unknownOperator(p.Filter.Query); word != "" && len(page.Bookings) == 0 {
		p.Errors["q"] = site.Lang(r).T("booking.search.unknown", "Word", word)
		return s.refuseList(w, r, v, p, draw)
	}
	p.Tally = page.Tally
	p.Bookings, p.Pager = cut(page.Bookings, f, p)
	return s.Render(w, r, http.StatusOK, draw(v, p))
}

// refuseList draws a list that cannot be read, with what is wrong beside its fields.
func (s *Handlers) refuseList(w http.ResponseWriter, r *http.Request, v ui.View, p pages.ListPage, draw listPage) error {
	v.SearchWrong = p.Errors["q"] != "" && p.Path != "/desk" // which has a box of its own
	v.Problem = true
	return s.Render(w, r, http.StatusUnprocessableEntity, draw(v, p))
}

// named is where a text leads that is a reference; empty when it is none.
func (s *Handlers) named(r *http.Request, text string) (string, error) {
	ref, ok := booking.ParseRef(text)
	if !ok {
		return "", nil
	}
	b, err := s.Bookings.Booking(r.Context(), site.Actor(r).Scope(), ref)
	return addressOf(b, err)
}

// namedThere is where a text leads that the supplier calls one booking by.
func (s *Handlers) namedThere(r *http.Request, text string) (string, error) {
	if text == "" || len(text) > 80 {
		return "", nil
	}
	b, err := s.Bookings.BySupplier(r.Context(), site.Actor(r).Scope(), text)
	return addressOf(b, err)
}

func addressOf(b booking.Booking, err error) (string, error) {
	if errors.Is(err, booking.ErrNotFound) {
		return "", nil
	}
	return "/bookings/" + b.Ref, err
}

func redirectOr(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if err != nil {
		return err
	}
	return site.Redirect(w, r, to)
}

// readList reads the filter of a list from its address: as it was typed, with
// what is wrong with it, and as it is looked for.
func (s *Handlers) readList(r *http.Request) (pages.ListPage, booking.Filter, error) {
	ctx := r.Context()
	p := pages.ListPage{
		Path: r.URL.Path, Filter: ui.ReadListFilter(site.Query(r)), Errors: map[string]string{},
		Actor: site.Actor(r), Environment: s.Bookings.Environment(), Timezone: site.Timezone(r).String(),
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
func (s *Handlers) filter(r *http.Request, p *pages.ListPage) booking.Filter {
	typed := &p.Filter
	f := booking.Filter{Text: locale.WithoutTitle(typed.Query), Limit: site.PageSize + 1}
	if site.TooLong(typed.Query) {
		p.Errors["q"] = site.Lang(r).T("web.search.long", "Max", bound.Search)
	}
	typed.States = slices.DeleteFunc(slices.Clone(typed.States), func(code string) bool {
		return !slices.Contains(booking.States(), booking.State(code))
	})
	slices.Sort(typed.States)
	typed.States = slices.Compact(typed.States)
	for _, code := range typed.States {
		f.States = append(f.States, booking.State(code))
	}
	if typed.Zone != "" {
		typed.Zone = strings.ToUpper(typed.Zone)
		f.Zones = []string{typed.Zone}
		if !slices.ContainsFunc(p.Zones, func(z booking.Zone) bool { return z.Code == typed.Zone }) {
			p.Errors["zone"] = site.Lang(r).T("filter.zone.bad", "Code", typed.Zone)
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
	if typed.Uncompared == "1" {
		f.Uncompared = s.Bookings.Environment()
	} else {
		typed.Uncompared = ""
	}
	f.Min, f.Max = amountOf(r, p, "least", typed.Min), amountOf(r, p, "most", typed.Max)
	s.period(r, p, &f)
	s.chooseView(r, p, &f)
	if order := booking.Sort(strings.TrimPrefix(typed.Sort, "-created")); slices.Contains(booking.Sorts(), order) && typed.Sort != "" {
		f.Sort = order
	} else {
		typed.Sort = ""
	}
	return f
}

func chooseAgency(r *http.Request, p *pages.ListPage, f *booking.Filter) {
	typed := &p.Filter
	if typed.Agency == "" || !p.Actor.Role.Staff() {
		typed.Agency = ""
		return
	}
	typed.Agency = strings.ToUpper(typed.Agency)
	i := slices.IndexFunc(p.Agencies, func(a account.Agency) bool { return a.Code == typed.Agency })
	if i < 0 {
		p.Errors["agency"] = site.Lang(r).T("filter.agency.bad", "Code", typed.Agency)
		return
	}
	f.Agency = p.Agencies[i].ID
}

// amountOf reads an amount in major units. A list compares amounts whatever their
// currency; one that names another than the euro asks for what it cannot have.
func amountOf(r *http.Request, p *pages.ListPage, field, text string) *int64 {
	if text == "" {
		return nil
	}
	cents, currency, err := locale.ParseAmount(text)
	if err != nil || cents < 0 || currency != "" && currency != "EUR" {
		p.Errors[field] = site.Lang(r).T("filter.amount.bad")
		return nil
	}
	return &cents
}

// period reads from when to when. Days of the creation are the visitor's, those
// of a stay the zone's.
func (s *Handlers) period(r *http.Request, p *pages.ListPage, f *booking.Filter) {
	typed := &p.Filter
	tz := time.UTC // wall times
	switch by := booking.DateField(typed.On); by {
	case booking.ByDropOff, booking.ByReturn, booking.ByDropOffOrReturn:
		f.By = by
	default:
		f.By, typed.On, tz = booking.ByCreation, "", site.Timezone(r)
	}
	f.From, f.To = s.dayIn(r, p, "from", typed.From, tz), s.dayIn(r, p, "to", typed.To, tz)
	if f.To.IsZero() && f.From.IsZero() {
		f.By = ""
		return
	}
	if !f.To.IsZero() && f.To.Before(f.From) {
		p.Errors["to"] = site.Lang(r).T("filter.to.early", "Day", f.From)
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
}

// dayIn reads the beginning of a day; a day without a year is the last one for
// a creation, and the nearest one for a stay.
func (s *Handlers) dayIn(r *http.Request, p *pages.ListPage, field, text string, tz *time.Location) time.Time {
	if text == "" {
		return time.Time{}
	}
	today := s.Now().In(site.Timezone(r))
	day, err := locale.ParsePastDay(text, today)
	if tz == time.UTC {
		day, err = locale.ParseDay(text, today, today.AddDate(0, -6, 0)) // half a year back, half a year ahead
	}
	if err != nil {
		p.Errors[field] = site.Lang(r).T("filter.date.bad")
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, tz)
}

// chooseView adds what a tab stands for; states or a period that somebody chose
// come before its own.
func (s *Handlers) chooseView(r *http.Request, p *pages.ListPage, f *booking.Filter) {
	states, known := booking.Views[p.Filter.View]
	if !known || len(f.States) > 0 {
		p.Filter.View = ""
		return
	}
	today := p.Now.In(site.Timezone(r))
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
		f.By, f.Sort, f.From, f.To = booking.ByDropOffOrReturn, booking.DropOffFirst, midnight, midnight.AddDate(0, 0, 1)
		if p.Filter.View == "week" {
			f.From = midnight.AddDate(0, 0, -(int(today.Weekday())+6)%7)
			f.To = f.From.AddDate(0, 0, 7)
		}
	}
	f.States = states
}

// cut leaves out the row that only tells whether there is more, and says where
// the pages beside this one begin.
func cut(list []booking.Booking, f booking.Filter, p pages.ListPage) ([]booking.Booking, ui.Pager) {
	backwards := f.Before.ID == 0 && f.After.ID != 0
	more := len(list) > site.PageSize
	if more && backwards {
		list = list[1:]
	} else if more {
		list = list[:site.PageSize]
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
		pager.Previous = PageURL(p, "after", f.Sort.Place(list[0]))
	}
	if backwards || more {
		pager.Next = PageURL(p, "before", f.Sort.Place(list[len(list)-1]))
	}
	return slices.Clip(list), pager
}

// listPage is a page that shows a list of bookings.
type listPage func(ui.View, pages.ListPage) templ.Component

// PageURL is the address of the page that begins at a place of the list.
func PageURL(p pages.ListPage, direction string, c booking.Cursor) string {
	q := p.Filter.Values()
	q.Set(direction, site.EncodeCursor(c, site.Mark(p.Filter)))
	return p.Path + "?" + q.Encode()
}
