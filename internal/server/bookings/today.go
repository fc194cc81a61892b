package bookings

import (
	"net/http"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
)

// ShowToday answers GET /today: the drop-offs and returns of a day by the hour, what
// can still be paid, and what is not known. `day` is another day, as 2026-07-04; what
// cannot be read is today.
func (s *Handlers) ShowToday(w http.ResponseWriter, r *http.Request) error {
	p := pages.TodayPage{Timezone: site.Timezone(r).String()}
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
	v := s.View(r, "today.title")
	if !p.Day.Equal(p.Today) {
		v.Title = v.Lang.DateLong(p.Day)
		v.Title = strings.ToUpper(v.Title[:1]) + v.Title[1:] // a weekday, and no letter of it is accented
	}
	v.Waiting = p.Waiting()
	return s.Render(w, r, http.StatusOK, pages.Today(v, p))
}
