package bookings

import (
	"errors"
	"net/http"

	"guichet/internal/booking"
	"guichet/internal/server/site"
)

// Retry answers POST /bookings/{ref}/retry: the same sale once more.
func (s *Handlers) Retry(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	d, err := s.Bookings.Retry(r.Context(), site.Actor(r), b.Ref)
	switch {
	case errors.Is(err, booking.ErrChanged):
		again, err := s.booking(r)
		if err != nil || again.RetriedBy == "" {
			return s.afterAction(w, r, b.Ref, errors.Join(err, booking.ErrChanged))
		}
		return site.Redirect(w, r, "/bookings/"+again.RetriedBy)
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	}
	return site.Redirect(w, r, afterCopy(d))
}

// Rebook answers POST /bookings/{ref}/again: a new sale with the same customer.
func (s *Handlers) Rebook(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	d, err := s.Bookings.Rebook(r.Context(), site.Actor(r), b.Ref)
	if err != nil {
		return s.afterAction(w, r, b.Ref, err)
	}
	return site.Redirect(w, r, afterCopy(d))
}

// afterCopy is where a copied sale goes on: everything is known but the price.
func afterCopy(d booking.Draft) string {
	if !d.Quote.Available {
		return "/quotes/" + d.ID
	}
	return "/quotes/" + d.ID + "/check"
}
