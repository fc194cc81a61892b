package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-chi/chi/v5"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web"
)

// shownUnknown is how many of the supplier's unknown bookings a page lists.
const shownUnknown = 200

// listUnknown answers GET /desk/unknown.
func (s *Server) listUnknown(w http.ResponseWriter, r *http.Request) error {
	p := web.UnknownPage{Actor: actor(r)}
	var err error
	if p.List, err = s.Bookings.UnknownBookings(r.Context(), p.Actor, shownUnknown); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, web.Unknown(s.view(r, "unknown.title"), p))
}

// showUnknown answers GET /desk/unknown/{id}.
func (s *Server) showUnknown(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Bookings.UnknownBooking(r.Context(), actor(r), storable(chi.URLParam(r, "id")))
	if err != nil {
		return err
	}
	typed := url.Values{"plate": {booking.FormatPlate(u.Plate)}}
	if !u.From.IsZero() {
		typed.Set("from_date", u.From.Format("02/01/2006"))
		typed.Set("from_time", u.From.Format("15:04"))
	}
	if !u.To.IsZero() {
		typed.Set("to_date", u.To.Format("02/01/2006"))
		typed.Set("to_time", u.To.Format("15:04"))
	}
	return s.drawUnknown(w, r, http.StatusOK, web.UnknownPage{Booking: u, Typed: typed})
}

func (s *Server) drawUnknown(w http.ResponseWriter, r *http.Request, status int, p web.UnknownPage) error {
	var err error
	p.Actor = actor(r)
	if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
		return err
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	p.Zones = slices.DeleteFunc(slices.Clone(zones.Zones), func(z booking.Zone) bool { return !z.Sellable() })
	v := s.view(r, "unknown.title")
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, web.UnknownShow(v, p))
}

// settleUnknown answers POST /desk/unknown/{id}.
func (s *Server) settleUnknown(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	u, err := s.Bookings.UnknownBooking(r.Context(), actor(r), storable(chi.URLParam(r, "id")))
	if err != nil {
		return err
	}
	to, said := "/desk/unknown", locale.Key("unknown.ended")
	switch sent.Get("act") {
	case "agree":
		b, err := s.Bookings.TakeOver(r.Context(), actor(r), u.Handle)
		if err != nil {
			return err
		}
		to, said = "/bookings/"+b.Ref, "unknown.taken_over"
	case "not_ours":
		err = s.Bookings.NotOurs(r.Context(), actor(r), u.Handle, evidenceSent(sent))
	default:
		said = "unknown.kept"
		var as booking.TakeOverAs
		if as, err = s.readTakeOver(r, sent); err == nil {
			err = s.Bookings.ProposeTakeOver(r.Context(), actor(r), u.Handle, as)
		}
	}
	var bad *booking.InvalidError
	if errors.As(err, &bad) {
		return s.drawUnknown(w, r, http.StatusUnprocessableEntity, web.UnknownPage{Booking: u, Typed: sent, Errors: problems(lang(r), bad)})
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, to, web.OK, said)
}

func evidenceSent(sent url.Values) booking.Evidence {
	return booking.Evidence{Channel: sent.Get("channel"), Person: sent.Get("person"), Reference: sent.Get("reference"), Text: sent.Get("text")}
}

// readTakeOver reads dates and times in the visitor's own writing.
func (s *Server) readTakeOver(r *http.Request, sent url.Values) (booking.TakeOverAs, error) {
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return booking.TakeOverAs{}, err
	}
	bad := &booking.InvalidError{}
	today := civilToday(now, timezone(r))
	from := readWhen(bad, "from", sent.Get("from_date"), sent.Get("from_time"), today, nil)
	to := readWhen(bad, "to", sent.Get("to_date"), sent.Get("to_time"), today, &from)
	return booking.TakeOverAs{
		Agency: sent.Get("agency"), Zone: sent.Get("zone"), FromWall: from, ToWall: to,
		FirstName: sent.Get("first_name"), LastName: sent.Get("last_name"), Plate: sent.Get("plate"), Evidence: evidenceSent(sent),
	}, bad.OrNil()
}
