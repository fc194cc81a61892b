package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/desk"
	"guichet/web/ui"
)

// shownUnknown is how many of the supplier's unknown bookings a page lists.
const shownUnknown = 200

// listUnknown answers GET /desk/unknown.
func (s *Server) listUnknown(w http.ResponseWriter, r *http.Request) error {
	p := desk.UnknownPage{Actor: actor(r)}
	var err error
	if p.List, err = s.Bookings.UnknownBookings(r.Context(), p.Actor, shownUnknown); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, desk.Unknown(s.view(r, "unknown.title"), p))
}

// showUnknown answers GET /desk/unknown/{id}.
func (s *Server) showUnknown(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Bookings.UnknownBooking(r.Context(), actor(r), storable(chi.URLParam(r, "id")))
	if err != nil {
		return err
	}
	return s.drawUnknown(w, r, http.StatusOK, desk.UnknownPage{Booking: u, Typed: url.Values{}})
}

// fromLine fills the form that takes over with what the supplier's line says,
// unless that form is the one that was sent.
func fromLine(typed url.Values, u booking.UnknownBooking) {
	if typed.Get("act") == "propose" {
		return
	}
	typed.Set("plate", booking.FormatPlate(u.Plate))
	for leg, at := range map[string]time.Time{"from": u.From, "to": u.To} {
		if !at.IsZero() {
			typed.Set(leg+"_date", at.Format("02/01/2006"))
			typed.Set(leg+"_time", at.Format("15:04"))
		}
	}
}

func (s *Server) drawUnknown(w http.ResponseWriter, r *http.Request, status int, p desk.UnknownPage) error {
	var err error
	p.Actor = actor(r)
	fromLine(p.Typed, p.Booking)
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
	if p.Refused != "" {
		v.Problem, v.Banner = true, &ui.Banner{Kind: ui.Warn, Text: v.T(p.Refused)}
	}
	return s.render(w, r, status, desk.UnknownShow(v, p))
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
	version := atoi(sent.Get("version"))
	to, said := "/desk/unknown", locale.Key("unknown.ended")
	switch sent.Get("act") {
	case "agree":
		var b booking.Booking
		b, err = s.Bookings.TakeOver(r.Context(), actor(r), u.Handle, version)
		to, said = "/bookings/"+b.Ref, "unknown.taken_over"
	case "not_ours":
		err = s.Bookings.NotOurs(r.Context(), actor(r), u.Handle, version, evidenceSent(sent))
	default:
		said = "unknown.kept"
		err = s.proposeTakeOver(r, u.Handle, version, sent)
	}
	var bad *booking.InvalidError
	if errors.As(err, &bad) {
		return s.drawUnknown(w, r, http.StatusUnprocessableEntity, desk.UnknownPage{Booking: u, Typed: sent, Errors: problems(lang(r), bad)})
	}
	if err != nil {
		return s.unknownRefused(w, r, u.Handle, sent, err)
	}
	return s.goWith(w, r, to, ui.OK, said)
}

// unknownRefused answers what could not be done with the page as it is now, which
// says why and what can be done instead.
func (s *Server) unknownRefused(w http.ResponseWriter, r *http.Request, handle string, sent url.Values, why error) error {
	p, status := desk.UnknownPage{Typed: sent}, http.StatusConflict
	switch {
	case errors.Is(why, booking.ErrForbidden) && actor(r).Role == account.CustomerService:
		p.Refused, status = "unknown.same_person", http.StatusForbidden
	case errors.Is(why, booking.ErrChanged), errors.Is(why, booking.ErrTransition):
		p.Refused = "unknown.changed"
	case errors.Is(why, booking.ErrNotFound):
		p.Refused = "unknown.over"
	default:
		return why
	}
	var err error
	if p.Booking, err = s.Bookings.UnknownBooking(r.Context(), actor(r), handle); err != nil {
		return err
	}
	return s.drawUnknown(w, r, status, p)
}

func evidenceSent(sent url.Values) booking.Evidence {
	return booking.Evidence{Channel: sent.Get("channel"), Person: sent.Get("person"), Reference: sent.Get("reference"), Text: sent.Get("text")}
}

// proposeTakeOver reads dates and times in the visitor's own writing. What is
// wrong with them stands beside the field where it is, with what is wrong with the
// others.
func (s *Server) proposeTakeOver(r *http.Request, handle string, version int, sent url.Values) error {
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	bad := &booking.InvalidError{}
	today := civilToday(now, timezone(r))
	from := readWhen(bad, "from", sent.Get("from_date"), sent.Get("from_time"), today, nil)
	to := readWhen(bad, "to", sent.Get("to_date"), sent.Get("to_time"), today, &from)
	err = s.Bookings.ProposeTakeOver(r.Context(), actor(r), handle, version, booking.TakeOverAs{
		Agency: sent.Get("agency"), Zone: sent.Get("zone"), FromWall: from, ToWall: to,
		FirstName: sent.Get("first_name"), LastName: sent.Get("last_name"), Plate: sent.Get("plate"), Evidence: evidenceSent(sent),
	})
	var others *booking.InvalidError
	if errors.As(err, &others) {
		for field, p := range others.Fields {
			if leg, day := strings.CutSuffix(field, "_date"); day {
				if _, blamed := bad.Fields[leg+"_time"]; blamed { // the day is not what is missing
					continue
				}
			}
			bad.Add(field, p.Key, p.Args...)
		}
		return bad
	}
	return err
}
