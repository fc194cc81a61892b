package bookings

import (
	"errors"
	"net/http"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowPay answers GET /bookings/{ref}/pay.
func (s *Handlers) ShowPay(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	if !b.Payable(now) || b.Differs {
		return site.Redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawPay(w, r, http.StatusOK, pages.PayPage{Booking: b, Receipt: b.Receipt})
}

// Pay answers POST /bookings/{ref}/pay. However often it is sent, it ends on
// the page of the booking, and the supplier is told once.
func (s *Handlers) Pay(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	req := booking.PayRequest{
		Ref: b.Ref, Version: site.Atoi(sent.Get("version")),
		Method: sent.Get("pay_method"), Receipt: sent.Get("receipt"),
	}
	paid, err := s.Bookings.Pay(r.Context(), site.Actor(r), req)
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad): // nothing was sent
		now, err := s.Bookings.Now(r.Context())
		if err != nil {
			return err
		}
		if !b.Payable(now) || b.Differs { // no field is left to be mended
			return s.afterAction(w, r, b.Ref, booking.ErrTransition)
		}
		return s.drawPay(w, r, http.StatusUnprocessableEntity,
			pages.PayPage{Booking: b, Method: req.Method, Receipt: req.Receipt, Errors: site.Problems(site.Lang(r), bad)})
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	case paid.State == booking.Confirmed:
		return site.Redirect(w, r, "/bookings/"+b.Ref+"/confirmation")
	case paid.State == booking.Held:
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.Bad, "booking.pay.refused")
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref)
}

func (s *Handlers) drawPay(w http.ResponseWriter, r *http.Request, status int, p pages.PayPage) error {
	agency, err := s.Bookings.Agency(r.Context(), p.Booking.AgencyID)
	if err != nil {
		return err
	}
	p.Methods, p.Timezone = agency.PaymentMethods, site.Timezone(r).String()
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	v := s.View(r, "booking.pay.title", "Ref", p.Booking.Ref)
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.BookingPay(v, p))
}
