package desk

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
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/desk"
	"guichet/web/ui"
)

// shownUnknown is how many of the supplier's unknown bookings a page lists.
const shownUnknown = 200

// ListUnknown answers GET /desk/unknown.
func (s *Handlers) ListUnknown(w http.ResponseWriter, r *http.Request) error {
	return s.drawUnknowns(w, r, http.StatusOK, pages.UnknownPage{})
}

func (s *Handlers) drawUnknowns(w http.ResponseWriter, r *http.Request, status int, p pages.UnknownPage) error {
	p.Actor = site.Actor(r)
	var err error
	if p.List, err = s.Bookings.UnknownBookings(r.Context(), p.Actor, shownUnknown); err != nil {
		return err
	}
	if p.Unnamed, err = s.Bookings.UnnamedLines(r.Context(), p.Actor, shownUnknown); err != nil {
		return err
	}
	v := s.View(r, "unknown.title")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.Unknown(v, p))
}

// NameLine answers POST /desk/unknown: whose booking a line without an id bills.
func (s *Handlers) NameLine(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	handle, err := s.Bookings.NameLine(r.Context(), site.Actor(r), sent.Get("statement"), site.Atoi(sent.Get("line")), sent.Get("supplier_id"))
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad):
		return s.drawUnknowns(w, r, http.StatusUnprocessableEntity, pages.UnknownPage{Typed: sent, Errors: site.Problems(site.Lang(r), bad)})
	case errors.Is(err, booking.ErrNotFound):
		return s.RedirectWithFlash(w, r, "/desk/unknown", ui.Info, "unnamed.over")
	case err != nil:
		return err
	}
	return s.RedirectWithFlash(w, r, "/desk/unknown/"+handle, ui.OK, "unnamed.named")
}

// ShowUnknown answers GET /desk/unknown/{id}.
func (s *Handlers) ShowUnknown(w http.ResponseWriter, r *http.Request) error {
	u, err := s.Bookings.UnknownBooking(r.Context(), site.Actor(r), site.SanitizeText(chi.URLParam(r, "id")))
	if err != nil {
		return err
	}
	return s.drawUnknown(w, r, http.StatusOK, pages.UnknownPage{Booking: u, Typed: url.Values{}})
}

// fromLine fills the form that takes over with what the supplier's line says,
// unless that form is the one that was sent.
func fromLine(typed url.Values, u booking.UnknownBooking) {
	if typed.Get("act") == "propose" {
		return
	}
	typed.Set("plate", contact.FormatPlate(u.Plate))
	for leg, at := range map[string]time.Time{"from": u.From, "to": u.To} {
		if !at.IsZero() {
			typed.Set(leg+"_date", at.Format("02/01/2006"))
			typed.Set(leg+"_time", at.Format("15:04"))
		}
	}
}

func (s *Handlers) drawUnknown(w http.ResponseWriter, r *http.Request, status int, p pages.UnknownPage) error {
	var err error
	p.Actor = site.Actor(r)
	fromLine(p.Typed, p.Booking)
	if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
		return err
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	p.Zones = slices.DeleteFunc(slices.Clone(zones.Zones), func(z booking.Zone) bool { return !z.Sellable() })
	v := s.View(r, "unknown.title")
	v.Problem = len(p.Errors) > 0
	if p.Refused != "" {
		v.Problem, v.Banner = true, &ui.Banner{Kind: ui.Warn, Text: v.T(p.Refused)}
	}
	return s.Render(w, r, status, pages.UnknownShow(v, p))
}

// SettleUnknown answers POST /desk/unknown/{id}.
func (s *Handlers) SettleUnknown(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	u, err := s.Bookings.UnknownBooking(r.Context(), site.Actor(r), site.SanitizeText(chi.URLParam(r, "id")))
	if err != nil {
		return err
	}
	version := site.Atoi(sent.Get("version"))
	to, said := "/desk/unknown", locale.Key("unknown.ended")
	switch sent.Get("act") {
	case "agree":
		var b booking.Booking
		b, err = s.Bookings.TakeOver(r.Context(), site.Actor(r), u.Handle, version)
		to, said = "/bookings/"+b.Ref, "unknown.taken_over"
	case "not_ours":
		err = s.Bookings.NotOurs(r.Context(), site.Actor(r), u.Handle, version, evidenceSent(sent))
	default:
		said = "unknown.kept"
		err = s.proposeTakeOver(r, u.Handle, version, sent)
	}
	var bad *invalid.Error
	if errors.As(err, &bad) {
		return s.drawUnknown(w, r, http.StatusUnprocessableEntity, pages.UnknownPage{Booking: u, Typed: sent, Errors: site.Problems(site.Lang(r), bad)})
	}
	if err != nil {
		return s.unknownRefused(w, r, u.Handle, sent, err)
	}
	return s.RedirectWithFlash(w, r, to, ui.OK, said)
}

// unknownRefused answers what could not be done with the page as it is now, which
// says why and what can be done instead.
func (s *Handlers) unknownRefused(w http.ResponseWriter, r *http.Request, handle string, sent url.Values, why error) error {
	p, status := pages.UnknownPage{Typed: sent}, http.StatusConflict
	switch {
	case errors.Is(why, booking.ErrForbidden) && site.Actor(r).Role == account.CustomerService:
		p.Refused, status = "unknown.same_person", http.StatusForbidden
	case errors.Is(why, booking.ErrChanged), errors.Is(why, booking.ErrTransition):
		p.Refused = "unknown.changed"
	case errors.Is(why, booking.ErrNotFound):
		p.Refused = "unknown.over"
	default:
		return why
	}
	var err error
	if p.Booking, err = s.Bookings.UnknownBooking(r.Context(), site.Actor(r), handle); err != nil {
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
func (s *Handlers) proposeTakeOver(r *http.Request, handle string, version int, sent url.Values) error {
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	bad := &invalid.Error{}
	today := site.CivilToday(now, site.Timezone(r))
	from := site.ReadWhen(bad, "from", sent.Get("from_date"), sent.Get("from_time"), today, nil)
	to := site.ReadWhen(bad, "to", sent.Get("to_date"), sent.Get("to_time"), today, &from)
	err = s.Bookings.ProposeTakeOver(r.Context(), site.Actor(r), handle, version, booking.TakeOverAs{
		Agency: sent.Get("agency"), Zone: sent.Get("zone"), FromWall: from, ToWall: to,
		FirstName: sent.Get("first_name"), LastName: sent.Get("last_name"), Plate: sent.Get("plate"), Evidence: evidenceSent(sent),
	})
	var others *invalid.Error
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
