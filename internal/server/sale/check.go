package sale

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/sale"
	"guichet/web/ui"
)

// ShowCheck answers GET /quotes/{id}/check.
func (s *Handlers) ShowCheck(w http.ResponseWriter, r *http.Request) error {
	d, open, err := s.openDraft(w, r)
	switch {
	case err != nil || !open:
		return err
	case !d.Quote.Available:
		return site.Redirect(w, r, "/quotes/"+d.ID)
	case !d.Ready():
		return site.Redirect(w, r, "/quotes/"+d.ID+"/customer")
	}
	return s.drawCheck(w, r, http.StatusOK, pages.CheckPage{Draft: d, Method: d.PayMethod}, pages.QuoteCheck)
}

// Book answers POST /quotes/{id}/check. However often it is sent, it ends on
// the page of the same booking.
func (s *Handlers) Book(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	req := booking.BookRequest{
		DraftID: draftID(r), Version: site.Atoi(sent.Get("version")),
		PayMethod: sent.Get("pay_method"), SamePlate: sent.Get("same_plate") == "1",
	}
	if err := s.allowBooking(r, req.DraftID); err != nil {
		return err
	}
	b, err := s.Bookings.Book(r.Context(), site.Actor(r), req)
	if err != nil {
		s.GiveBack(r, auth.BookingsPerAgency, err)
		if kept := s.keepPayMethod(r, req.PayMethod); kept != nil {
			s.LogMissing(r, "keep how the customer pays", kept)
		}
		return s.renderBookError(w, r, req, err)
	}
	if err := s.flashPriceDrop(r, b); err != nil {
		s.LogMissing(r, "compare the price", err) // it is booked, whatever the page says
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref)
}

// KeepPayMethod answers POST /fragments/quotes/{id}/check.
func (s *Handlers) KeepPayMethod(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	if _, err := s.draft(r); err != nil {
		return err
	}
	if err := s.keepPayMethod(r, sent.Get("pay_method")); err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, ui.Text(""))
}

// keepPayMethod keeps one that the agency has.
func (s *Handlers) keepPayMethod(r *http.Request, method string) error {
	if !slices.Contains(site.Person(r).Agency.PaymentMethods, method) {
		return nil
	}
	return s.Bookings.KeepPayMethod(r.Context(), site.Actor(r), draftID(r), method)
}

// allowBooking counts a booking against the agency's limit. A form that is sent
// again is not counted: it books nothing.
func (s *Handlers) allowBooking(r *http.Request, draftID string) error {
	_, err := s.Bookings.BookingOfDraft(r.Context(), site.Actor(r).Scope(), draftID)
	if errors.Is(err, booking.ErrNotFound) {
		return s.Allow(r, auth.BookingsPerAgency)
	}
	return err
}

// flashPriceDrop lets the booking's page begin with the news that the price came
// down since the check page was drawn, whose total the draft still holds.
func (s *Handlers) flashPriceDrop(r *http.Request, b booking.Booking) error {
	d, err := s.draft(r)
	if errors.Is(err, booking.ErrDraftGone) {
		return nil
	}
	if err != nil {
		return err
	}
	seen := d.Total()
	if b.State != booking.Held || b.Total.Currency != seen.Currency || b.Total.Cents >= seen.Cents {
		return nil
	}
	money := func(m booking.Money) string { return site.Lang(r).Money(m.Cents, m.Currency) }
	return s.SetFlash(r, ui.OK, "booking.held.lower", "Before", money(seen), "After", money(b.Due()))
}

// renderBookError draws the page for each reason why a check page is not obeyed.
func (s *Handlers) renderBookError(w http.ResponseWriter, r *http.Request, req booking.BookRequest, cause error) error {
	var (
		bad   *invalid.Error
		price *booking.PriceChangedError
		plate *booking.SamePlateError
	)
	if errors.Is(cause, booking.ErrDraftGone) {
		return cause
	}
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	p := pages.CheckPage{Draft: d, Method: req.PayMethod, SamePlate: req.SamePlate}
	switch {
	case errors.As(cause, &bad):
		p.Errors = site.Problems(site.Lang(r), bad)
		return s.drawCheck(w, r, http.StatusUnprocessableEntity, p, pages.QuoteCheck)
	case errors.As(cause, &price):
		p.Before, p.Gone = price.Before, price.Gone
		return s.drawCheck(w, r, http.StatusConflict, p, pages.PriceChanged)
	case errors.As(cause, &plate) && plate.Ref == "":
		p.Elsewhere = plate.Elsewhere
		return s.drawCheck(w, r, http.StatusConflict, p, pages.SamePlate)
	case errors.As(cause, &plate):
		other, err := s.Bookings.Booking(r.Context(), site.Actor(r).Scope(), plate.Ref)
		if err != nil {
			return err
		}
		p.Other = &other
		return s.drawCheck(w, r, http.StatusConflict, p, pages.SamePlate)
	case errors.Is(cause, booking.ErrUncompared) && d.Uncompared:
		return s.drawCheck(w, r, http.StatusConflict, p, pages.QuoteCheck)
	case errors.Is(cause, booking.ErrUnavailable):
		return s.RedirectWithFlash(w, r, "/quotes/"+d.ID, ui.Warn, "sale.unavailable")
	case errors.Is(cause, booking.ErrChanged):
		return s.RedirectWithFlash(w, r, "/quotes/"+d.ID+"/check", ui.Warn, "sale.check_again")
	}
	return cause
}

func (s *Handlers) drawCheck(w http.ResponseWriter, r *http.Request, status int, p pages.CheckPage, page func(ui.View, pages.CheckPage) templ.Component) error {
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	p.Zone = site.ZoneOf(zones.Zones, p.Draft.Stay.ZoneID)
	p.Methods, p.Timezone = site.Person(r).Agency.PaymentMethods, site.Timezone(r).String()
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	title := "sale.check.title"
	switch {
	case p.Other != nil, p.Elsewhere != "":
		title = "sale.same_plate.title"
	case p.Before.Currency != "":
		title = "sale.price_changed.title"
	}
	v := s.View(r, title)
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, page(v, p))
}
