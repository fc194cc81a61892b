package bookings

import (
	"net/http"

	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
)

// ShowConfirmation answers GET /bookings/{ref}/confirmation; a booking that is
// not paid has none.
func (s *Handlers) ShowConfirmation(w http.ResponseWriter, r *http.Request) error {
	return s.drawPaid(w, r, "booking.confirmation.title", pages.Confirmation)
}

func (s *Handlers) drawPaid(w http.ResponseWriter, r *http.Request, title string, page bookingPage) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	if b.State != booking.Confirmed {
		return site.Redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawBooking(w, r, b, title, page)
}
