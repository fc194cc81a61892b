package bookings

import (
	"net/http"

	pages "guichet/web/bookings"
)

// ShowVoucher answers GET /bookings/{ref}/voucher.
func (s *Handlers) ShowVoucher(w http.ResponseWriter, r *http.Request) error {
	return s.drawPaid(w, r, "booking.voucher.title", pages.Voucher)
}
