package server

import (
	"errors"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/bookings"
	"guichet/web/ui"
)

// booking returns the booking that the address names, in the visitor's scope.
func (s *Server) booking(r *http.Request) (booking.Booking, error) {
	ref, ok := booking.ParseRef(chi.URLParam(r, "ref"))
	if !ok {
		return booking.Booking{}, booking.ErrNotFound
	}
	return s.Bookings.Booking(r.Context(), actor(r).Scope(), ref)
}

// showBooking answers GET /bookings/{ref}.
func (s *Server) showBooking(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	if actor(r).Role.Staff() {
		if err := s.Accounts.AuditBooking(r.Context(), actor(r), account.DidView, b.Ref, b.AgencyID); err != nil {
			return err
		}
	}
	return s.drawBooking(w, r, b, "booking.show.title", bookings.BookingShow)
}

// showConfirmation answers GET /bookings/{ref}/confirmation; a booking that is
// not paid has none.
func (s *Server) showConfirmation(w http.ResponseWriter, r *http.Request) error {
	return s.drawPaid(w, r, "booking.confirmation.title", bookings.Confirmation)
}

// showVoucher answers GET /bookings/{ref}/voucher.
func (s *Server) showVoucher(w http.ResponseWriter, r *http.Request) error {
	return s.drawPaid(w, r, "booking.voucher.title", bookings.Voucher)
}

func (s *Server) drawPaid(w http.ResponseWriter, r *http.Request, title string, page bookingPage) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	if b.State != booking.Confirmed {
		return redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawBooking(w, r, b, title, page)
}

// bookingPage is a page about one booking.
type bookingPage func(ui.View, bookings.BookingPage) templ.Component

func (s *Server) drawBooking(w http.ResponseWriter, r *http.Request, b booking.Booking, title string, page bookingPage) error {
	p, err := s.bookingPage(r, b)
	if err != nil {
		return err
	}
	agency, err := s.Bookings.Agency(r.Context(), b.AgencyID)
	if err != nil {
		return err
	}
	p.AgencyName = agency.Name
	if p.Logo, err = s.Accounts.Logo(r.Context(), b.AgencyID); err != nil {
		return err
	}
	v := s.view(r, title, "Ref", b.Ref)
	return s.render(w, r, http.StatusOK, page(v, p))
}

func (s *Server) bookingPage(r *http.Request, b booking.Booking) (bookings.BookingPage, error) {
	ctx := r.Context()
	p := bookings.BookingPage{
		Booking: b, Timezone: timezone(r).String(), Actor: actor(r), ReadOnly: b.Environment != s.Bookings.Environment(),
	}
	var err error
	if p.Now, err = s.Bookings.Now(ctx); err != nil {
		return p, err
	}
	if p.Entries, p.Attempts, err = s.Bookings.History(ctx, b); err != nil {
		return p, err
	}
	if p.Notes, err = s.Bookings.Notes(ctx, b); err != nil {
		return p, err
	}
	cases, err := s.Bookings.Cases(ctx, b)
	if err != nil {
		return p, err
	}
	p.Disputed = booking.Disputed(b, cases)
	p.Credited = booking.Credited(b, cases)
	if p.Actor.Role.Staff() {
		if p.Findings, err = s.Bookings.Found(ctx, b); err != nil {
			return p, err
		}
		if p.Unrecorded, err = s.Bookings.Unrecorded(ctx, b); err != nil {
			return p, err
		}
	} else { // what was found out at the supplier's is not for agencies
		p.Notes = slices.DeleteFunc(p.Notes, func(n booking.Note) bool { return n.Kind != "note" })
	}
	zones, err := s.Bookings.Zones(ctx)
	for _, m := range zoneOf(zones.Zones, b.Stay.ZoneID).MeetingPoints {
		if m.ID == b.MeetingPt {
			p.MeetingPoint = m.Name
		}
	}
	return p, err
}

// liveStatus answers GET /fragments/bookings/{ref}/status, which a page in an
// unknown or in-flight state asks for now and then.
func (s *Server) liveStatus(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p, err := s.bookingPage(r, b)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, bookings.UnknownStatus(ui.View{Lang: lang(r)}, p))
}

// showPay answers GET /bookings/{ref}/pay.
func (s *Server) showPay(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	if !b.Payable(now) || b.Differs {
		return redirect(w, r, "/bookings/"+b.Ref)
	}
	return s.drawPay(w, r, http.StatusOK, bookings.PayPage{Booking: b, Method: b.PayMethod, Receipt: b.Receipt})
}

// pay answers POST /bookings/{ref}/pay. However often it is sent, it ends on
// the page of the booking, and the supplier is told once.
func (s *Server) pay(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	req := booking.PayRequest{
		Ref: b.Ref, Version: atoi(sent.Get("version")),
		Method: sent.Get("pay_method"), Receipt: sent.Get("receipt"),
	}
	paid, err := s.Bookings.Pay(r.Context(), actor(r), req)
	var bad *booking.InvalidError
	switch {
	case errors.As(err, &bad):
		return s.drawPay(w, r, http.StatusUnprocessableEntity,
			bookings.PayPage{Booking: b, Method: req.Method, Receipt: req.Receipt, Errors: problems(lang(r), bad)})
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	case paid.State == booking.Confirmed:
		return redirect(w, r, "/bookings/"+b.Ref+"/confirmation")
	case paid.State == booking.Held:
		return s.goWith(w, r, "/bookings/"+b.Ref, ui.Bad, "booking.pay.refused")
	}
	return redirect(w, r, "/bookings/"+b.Ref)
}

func (s *Server) drawPay(w http.ResponseWriter, r *http.Request, status int, p bookings.PayPage) error {
	agency, err := s.Bookings.Agency(r.Context(), p.Booking.AgencyID)
	if err != nil {
		return err
	}
	p.Methods, p.Timezone = agency.PaymentMethods, timezone(r).String()
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	v := s.view(r, "booking.pay.title", "Ref", p.Booking.Ref)
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, bookings.BookingPay(v, p))
}

// afterAction leads back to the booking's page, which says what the database
// says, with a banner for what was not done.
func (s *Server) afterAction(w http.ResponseWriter, r *http.Request, ref string, err error) error {
	to := "/bookings/" + ref
	switch {
	case err == nil:
		return redirect(w, r, to)
	case errors.Is(err, booking.ErrChanged):
		return s.goWith(w, r, to, ui.Info, "booking.recorded")
	case errors.Is(err, booking.ErrUncompared):
		return s.goWith(w, r, to, ui.Warn, "booking.uncompared.not_now")
	case errors.Is(err, booking.ErrTooLate):
		return s.goWith(w, r, to, ui.Bad, "booking.too_late")
	case errors.Is(err, booking.ErrTransition), errors.Is(err, booking.ErrNotAccepted):
		return s.goWith(w, r, to, ui.Warn, "booking.not_now")
	}
	return err
}

// drop answers POST /bookings/{ref}/drop.
func (s *Server) drop(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(ref string, version int) error {
		_, err := s.Bookings.Drop(r.Context(), actor(r), ref, version)
		return err
	})
}

// accept answers POST /bookings/{ref}/accept.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(ref string, version int) error {
		_, err := s.Bookings.Accept(r.Context(), actor(r), ref, version)
		return err
	})
}

func (s *Server) act(w http.ResponseWriter, r *http.Request, do func(ref string, version int) error) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	return s.afterAction(w, r, b.Ref, do(b.Ref, atoi(sent.Get("version"))))
}

// retry answers POST /bookings/{ref}/retry: the same sale once more.
func (s *Server) retry(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	d, err := s.Bookings.Retry(r.Context(), actor(r), b.Ref)
	switch {
	case errors.Is(err, booking.ErrChanged):
		again, err := s.booking(r)
		if err != nil || again.RetriedBy == "" {
			return s.afterAction(w, r, b.Ref, errors.Join(err, booking.ErrChanged))
		}
		return redirect(w, r, "/bookings/"+again.RetriedBy)
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	}
	return redirect(w, r, afterCopy(d))
}

// again answers POST /bookings/{ref}/again: a new sale with the same customer.
func (s *Server) again(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	d, err := s.Bookings.Again(r.Context(), actor(r), b.Ref)
	if err != nil {
		return s.afterAction(w, r, b.Ref, err)
	}
	return redirect(w, r, afterCopy(d))
}

// afterCopy is where a copied sale goes on: everything is known but the price.
func afterCopy(d booking.Draft) string {
	if !d.Quote.Available {
		return "/quotes/" + d.ID
	}
	return "/quotes/" + d.ID + "/check"
}
