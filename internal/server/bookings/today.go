package bookings

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowToday answers GET /today: the drop-offs and returns of a day by the hour, what
// can still be paid, and what is not known. `day` is another day, as 2026-07-04; what
// cannot be read is today.
func (s *Handlers) ShowToday(w http.ResponseWriter, r *http.Request) error {
	return s.drawToday(w, r, http.StatusOK, pages.TodayPage{})
}

func (s *Handlers) drawToday(w http.ResponseWriter, r *http.Request, status int, p pages.TodayPage) error {
	p.Timezone = site.Timezone(r).String()
	var err error
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	p.Today = site.CivilToday(p.Now, site.Timezone(r))
	if p.Day, err = time.Parse(time.DateOnly, site.Query(r).Get("day")); err != nil {
		p.Day = p.Today
	}
	day := booking.Filter{States: booking.ActiveStates(), From: p.Day, To: p.Day.AddDate(0, 0, 1)}
	drop, back := day, day
	drop.By, drop.Sort = booking.ByDropOff, booking.DropOffFirst
	back.By, back.Sort = booking.ByReturn, booking.ReturnFirst
	for _, part := range []struct {
		into *[]booking.Booking
		f    booking.Filter
	}{
		{&p.DropOffs, drop},
		{&p.Returns, back},
		{&p.Holds, booking.Filter{States: booking.Views["to_pay"], Payable: s.Bookings.Environment(), Sort: booking.DueFirst}},
		{&p.Unknown, booking.Filter{States: booking.Views["unknown"]}},
	} {
		part.f.Limit = pages.MostToday
		page, err := s.Bookings.List(r.Context(), site.Actor(r).Scope(), part.f)
		if err != nil {
			return err
		}
		*part.into = page.Bookings
	}
	if p.Handovers, err = s.Bookings.Handovers(r.Context(), p.Holds...); err != nil {
		return err
	}
	if p.Colleagues, err = s.Accounts.Colleagues(r.Context(), site.Actor(r)); err != nil {
		return err
	}
	v := s.View(r, "today.title")
	if !p.Day.Equal(p.Today) {
		v.Title = v.Lang.DateLong(p.Day)
		v.Title = strings.ToUpper(v.Title[:1]) + v.Title[1:] // a weekday, and no letter of it is accented
	}
	v.Waiting, v.Problem = p.Waiting(), p.Unhanded != ""
	return s.Render(w, r, status, pages.Today(v, p))
}

// HandOver answers POST /bookings/{ref}/colleague: an unpaid booking is somebody else's
// of the agency to see to.
func (s *Handlers) HandOver(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	colleagues, err := s.Accounts.Colleagues(r.Context(), site.Actor(r))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(colleagues, func(p account.Person) bool { return p.Handle == sent.Get("colleague") })
	if i < 0 {
		return s.drawToday(w, r, http.StatusUnprocessableEntity, pages.TodayPage{Unhanded: b.Ref})
	}
	switch err := s.Bookings.HandOver(r.Context(), site.Actor(r), b.Ref, colleagues[i]); {
	case errors.Is(err, booking.ErrTransition):
		return s.RedirectWithFlash(w, r, "/today", ui.Warn, "today.colleague.late")
	case err != nil:
		return err
	}
	if err := s.SetFlash(r, ui.OK, "today.colleague.done", "Who", colleagues[i].Name, "Ref", b.Ref); err != nil {
		return err
	}
	return site.Redirect(w, r, "/today")
}
