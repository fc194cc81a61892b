package bookings

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowCancel answers GET /bookings/{ref}/cancel: the check and, once a
// reason is chosen, the last question.
func (s *Handlers) ShowCancel(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p := pages.CancelPage{Booking: b, Reason: r.URL.Query().Get("reason"), Agreed: r.URL.Query().Get("agreed") != ""}
	p.Sure = p.Agreed && slices.Contains(booking.CancelReasons(), p.Reason)
	return s.drawCancel(w, r, http.StatusOK, p)
}

// Cancel answers POST /bookings/{ref}/cancel. The first step asks for the
// reason and that the customer agrees; only the second one cancels.
func (s *Handlers) Cancel(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p := pages.CancelPage{Booking: b, Reason: sent.Get("reason"), Agreed: sent.Get("agreed") != ""}
	if bad := checkCancel(p); bad != nil {
		p.Errors = site.Problems(site.Lang(r), bad)
		return s.drawCancel(w, r, http.StatusUnprocessableEntity, p)
	}
	if sent.Get("sure") == "" {
		return site.Redirect(w, r, "/bookings/"+b.Ref+"/cancel?"+url.Values{"reason": {p.Reason}, "agreed": {"1"}}.Encode())
	}
	req := booking.CancelRequest{Ref: b.Ref, Version: site.Atoi(sent.Get("version")), Reason: p.Reason}
	done, err := s.Bookings.Cancel(r.Context(), site.Actor(r), req)
	switch {
	case errors.Is(err, booking.ErrNotInsured), errors.Is(err, booking.ErrForbidden), errors.Is(err, booking.ErrEnvironment):
		return site.Redirect(w, r, "/bookings/"+b.Ref+"/cancel") // the check says which rule is not met
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	case done.State == booking.Confirmed:
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.Bad, "cancel.refused")
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref)
}

func checkCancel(p pages.CancelPage) *invalid.Error {
	var bad invalid.Error
	if !slices.Contains(booking.CancelReasons(), p.Reason) {
		bad.Add("reason", "problem.reason.empty")
	}
	if !p.Agreed {
		bad.Add("agreed", "problem.agreed.empty")
	}
	if len(bad.Fields) == 0 {
		return nil
	}
	return &bad
}

func (s *Handlers) drawCancel(w http.ResponseWriter, r *http.Request, status int, p pages.CancelPage) error {
	var err error
	if p.Check, err = s.Bookings.CheckCancel(r.Context(), site.Actor(r), p.Booking); err != nil {
		return err
	}
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	cases, err := s.Bookings.Cases(r.Context(), p.Booking)
	if err != nil {
		return err
	}
	p.Timezone, p.Actor, p.Disputed = site.Timezone(r).String(), site.Actor(r), booking.Disputed(p.Booking, cases)
	v := s.View(r, "cancel.title", "Ref", p.Booking.Ref)
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.BookingCancel(v, p))
}
