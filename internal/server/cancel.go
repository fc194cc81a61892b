package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"guichet/internal/booking"
	"guichet/web/bookings"
	"guichet/web/ui"
)

// showCancel answers GET /bookings/{ref}/cancel: the verdict and, once a
// reason is chosen, the last question.
func (s *Server) showCancel(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p := bookings.CancelPage{Booking: b, Reason: r.URL.Query().Get("reason"), Agreed: r.URL.Query().Get("agreed") != ""}
	p.Sure = p.Agreed && slices.Contains(booking.CancelReasons(), p.Reason)
	return s.drawCancel(w, r, http.StatusOK, p)
}

// cancel answers POST /bookings/{ref}/cancel. The first step asks for the
// reason and that the customer agrees; only the second one cancels.
func (s *Server) cancel(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p := bookings.CancelPage{Booking: b, Reason: sent.Get("reason"), Agreed: sent.Get("agreed") != ""}
	if bad := checkCancel(p); bad != nil {
		p.Errors = problems(lang(r), bad)
		return s.drawCancel(w, r, http.StatusUnprocessableEntity, p)
	}
	if sent.Get("sure") == "" {
		return redirect(w, r, "/bookings/"+b.Ref+"/cancel?"+url.Values{"reason": {p.Reason}, "agreed": {"1"}}.Encode())
	}
	req := booking.CancelRequest{Ref: b.Ref, Version: atoi(sent.Get("version")), Reason: p.Reason}
	done, err := s.Bookings.Cancel(r.Context(), actor(r), req)
	switch {
	case errors.Is(err, booking.ErrNotInsured), errors.Is(err, booking.ErrForbidden), errors.Is(err, booking.ErrEnvironment):
		return redirect(w, r, "/bookings/"+b.Ref+"/cancel") // the verdict says which rule is not met
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	case done.State == booking.Confirmed:
		return s.goWith(w, r, "/bookings/"+b.Ref, ui.Bad, "cancel.refused")
	}
	return redirect(w, r, "/bookings/"+b.Ref)
}

func checkCancel(p bookings.CancelPage) *booking.InvalidError {
	var bad booking.InvalidError
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

func (s *Server) drawCancel(w http.ResponseWriter, r *http.Request, status int, p bookings.CancelPage) error {
	var err error
	if p.Verdict, err = s.Bookings.CancelVerdict(r.Context(), actor(r), p.Booking); err != nil {
		return err
	}
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	cases, err := s.Bookings.Cases(r.Context(), p.Booking)
	if err != nil {
		return err
	}
	p.Timezone, p.Actor, p.Disputed = timezone(r).String(), actor(r), booking.Disputed(p.Booking, cases)
	v := s.view(r, "cancel.title", "Ref", p.Booking.Ref)
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, bookings.BookingCancel(v, p))
}
