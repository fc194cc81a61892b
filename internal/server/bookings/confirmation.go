package bookings

import (
	"net/http"

	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
)

// ShowConfirmation answers GET /bookings/{ref}/confirmation.
func (s *Handlers) ShowConfirmation(w http.ResponseWriter, r *http.Request) error {
	return s.drawPaid(w, r, "booking.confirmation.title", pages.Confirmation)
}

// drawPaid draws a paper that says that a booking is paid. There is none of one
// that is not, and none while the supplier says that it has credited it: the
// booking's own page tells why.
func (s *Handlers) drawPaid(w http.ResponseWriter, r *http.Request, title string, page bookingPage) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	cases, err := s.Bookings.Cases(r.Context(), b)
	if err != nil {
		return err
	}
	if b.State != booking.Confirmed || booking.Credited(b, cases) {
		return site.Redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawBooking(w, r, b, title, page)
}
