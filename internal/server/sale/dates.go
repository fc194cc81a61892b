package sale

import (
	"context"
	"errors"
	"net/http"
	"time"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/sale"
)

// compareTime is how long a person waits for other dates: what the supplier has not
// answered by then is not shown.
const compareTime = 6 * time.Second

// CompareDates answers GET /quotes/{id}/dates: the prices of earlier and later dates.
// By `by` both ends move together, which is how space is looked for when there is none
// (the default then), or each by itself. Leaving the page ends the questions.
func (s *Handlers) CompareDates(w http.ResponseWriter, r *http.Request) error {
	d, open, err := s.openDraft(w, r)
	if err != nil || !open {
		return err
	}
	p := pages.DatesPage{Draft: d, Shift: !d.Quote.Available}
	switch site.Query(r).Get("by") {
	case "shift":
		p.Shift = true
	case "ends":
		p.Shift = false
	}
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	p.Timezone = site.Timezone(r).String()
	ctx, cancel := context.WithTimeout(r.Context(), compareTime)
	defer cancel()
	p.List, err = s.Bookings.Compare(ctx, site.Actor(r), d, p.Moves(), func() error { return s.Allow(r, auth.QuotesPerAgency) })
	var limited *auth.LimitedError
	switch {
	case err == nil:
	case errors.As(err, &limited):
		p.Missing = "sale.dates.limited"
	case p.List != nil && (errors.Is(err, booking.ErrSupplierDown) || errors.Is(err, context.DeadlineExceeded)):
		p.Missing = "sale.dates.slow"
	default:
		return err
	}
	return s.Render(w, r, http.StatusOK, pages.QuoteDates(s.View(r, "sale.dates.title", "Zone", d.Stay.ZoneName), p))
}
