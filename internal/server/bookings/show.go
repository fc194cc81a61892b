package bookings

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// booking returns the booking that the address names, in the visitor's scope. That
// a page shows it is audited when the page is drawn.
func (s *Handlers) booking(r *http.Request) (booking.Booking, error) {
	b, err := s.find(r)
	if err == nil {
		site.Shows(r, b)
	}
	return b, err
}

// find is booking for those who note themselves what is shown of it, and why.
func (s *Handlers) find(r *http.Request) (booking.Booking, error) {
	ref, ok := booking.ParseRef(chi.URLParam(r, "ref"))
	if !ok {
		return booking.Booking{}, booking.ErrNotFound
	}
	return s.Bookings.Booking(r.Context(), site.Actor(r).Scope(), ref)
}

// ShowBooking answers GET /bookings/{ref}.
func (s *Handlers) ShowBooking(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	return s.drawBooking(w, r, b, "booking.show.title", pages.BookingShow)
}

// bookingPage is a page about one booking.
type bookingPage func(ui.View, pages.BookingPage) templ.Component

func (s *Handlers) drawBooking(w http.ResponseWriter, r *http.Request, b booking.Booking, title string, page bookingPage) error {
	p, err := s.bookingPage(r, b)
	if err != nil {
		return err
	}
	agency, err := s.Bookings.Agency(r.Context(), b.AgencyID)
	if err != nil {
		return err
	}
	p.AgencyName = agency.Name
	if p.Logo, err = s.Accounts.Logo(r.Context(), b.AgencyID); err != nil {
		return err
	}
	v := s.View(r, title, "Ref", b.Ref)
	return s.Render(w, r, http.StatusOK, page(v, p))
}

func (s *Handlers) bookingPage(r *http.Request, b booking.Booking) (pages.BookingPage, error) {
	ctx := r.Context()
	p := pages.BookingPage{
		Booking: b, Timezone: site.Timezone(r).String(), Actor: site.Actor(r), ReadOnly: b.Environment != s.Bookings.Environment(),
	}
	var err error
	if p.Now, err = s.Bookings.Now(ctx); err != nil {
		return p, err
	}
	if p.Entries, p.Attempts, err = s.Bookings.History(ctx, b); err != nil {
		return p, err
	}
	if p.Notes, err = s.Bookings.Notes(ctx, b); err != nil {
		return p, err
	}
	cases, err := s.Bookings.Cases(ctx, b)
	if err != nil {
		return p, err
	}
	p.Disputed = booking.Disputed(b, cases)
	p.Credited = booking.Credited(b, cases)
	p.MayCancel = booking.CancelBlocker(p.Actor, b, s.Bookings.Environment()) == ""
	if p.Actor.Role.Staff() {
		if p.Findings, err = s.Bookings.Found(ctx, b); err != nil {
			return p, err
		}
		if p.Unrecorded, err = s.Bookings.Unrecorded(ctx, b); err != nil {
			return p, err
		}
	} else { // what was found out at the supplier's is not for agencies
		p.Notes = slices.DeleteFunc(p.Notes, func(n booking.Note) bool { return n.Kind != "note" })
	}
	zones, err := s.Bookings.Zones(ctx)
	for _, m := range site.ZoneOf(zones.Zones, b.Stay.ZoneID).MeetingPoints {
		if m.ID == b.MeetingPoint {
			p.MeetingPoint = m.Name
		}
	}
	return p, err
}

// LiveStatus answers GET /fragments/bookings/{ref}/status, which a page in an
// unknown or in-flight state asks for now and then.
func (s *Handlers) LiveStatus(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p, err := s.bookingPage(r, b)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, pages.UnknownStatus(ui.View{Lang: site.Lang(r)}, p))
}

// afterAction leads back to the booking's page, which says what the database
// says, with a banner for what was not done.
func (s *Handlers) afterAction(w http.ResponseWriter, r *http.Request, ref string, err error) error {
	to := "/bookings/" + ref
	var bad *invalid.Error
	switch {
	case err == nil:
		return site.Redirect(w, r, to)
	case errors.As(err, &bad): // the supplier's words about a stay; no field is left to be mended
		for _, name := range slices.Sorted(maps.Keys(bad.Fields)) {
			p := bad.Fields[name]
			if err := s.SetFlash(r, ui.Bad, locale.Key(p.Key), p.Args...); err != nil {
				return err
			}
		}
		return site.Redirect(w, r, to)
	case errors.Is(err, booking.ErrChanged):
		return s.RedirectWithFlash(w, r, to, ui.Info, "booking.recorded")
	case errors.Is(err, booking.ErrUncompared):
		return s.RedirectWithFlash(w, r, to, ui.Warn, "booking.uncompared.not_now")
	case errors.Is(err, booking.ErrTooLate):
		return s.RedirectWithFlash(w, r, to, ui.Bad, "booking.too_late")
	case errors.Is(err, booking.ErrTransition), errors.Is(err, booking.ErrNotAccepted):
		return s.RedirectWithFlash(w, r, to, ui.Warn, "booking.not_now")
	}
	return err
}

// ShowDrop answers GET /bookings/{ref}/drop.
func (s *Handlers) ShowDrop(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	cases, err := s.Bookings.Cases(r.Context(), b)
	if err != nil {
		return err
	}
	if b.State != booking.Held || b.Uncompared || booking.Disputed(b, cases) {
		return site.Redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawBooking(w, r, b, "booking.drop.title", pages.BookingDrop)
}

// Drop answers POST /bookings/{ref}/drop.
func (s *Handlers) Drop(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(ref string, version int) error {
		_, err := s.Bookings.Drop(r.Context(), site.Actor(r), ref, version)
		return err
	})
}

// Accept answers POST /bookings/{ref}/accept.
func (s *Handlers) Accept(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(ref string, version int) error {
		_, err := s.Bookings.Accept(r.Context(), site.Actor(r), ref, version)
		return err
	})
}

func (s *Handlers) act(w http.ResponseWriter, r *http.Request, do func(ref string, version int) error) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	return s.afterAction(w, r, b.Ref, do(b.Ref, site.Atoi(sent.Get("version"))))
}
