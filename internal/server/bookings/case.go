package bookings

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowCase answers GET /bookings/{ref}/case: what is known of a booking that
// somebody must look at, and what may be found out about it.
func (s *Handlers) ShowCase(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	return s.drawCase(w, r, http.StatusOK, b, pages.CasePage{})
}

func (s *Handlers) drawCase(w http.ResponseWriter, r *http.Request, status int, b booking.Booking, p pages.CasePage) error {
	ctx := r.Context()
	var err error
	if p.BookingPage, err = s.bookingPage(r, b); err != nil {
		return err
	}
	if p.Cases, err = s.Bookings.Cases(ctx, b); err != nil {
		return err
	}
	p.Proposal, err = s.Bookings.Proposed(ctx, b)
	if err != nil && !errors.Is(err, booking.ErrNotFound) {
		return err
	}
	if p.Taken, err = s.Bookings.SaleTaken(ctx, b); err != nil {
		return err
	}
	if p.Colleagues, err = s.Accounts.Colleagues(ctx, p.Actor); err != nil {
		return err
	}
	v := s.View(r, "case.title", "Ref", b.Ref)
	v.Problem = len(p.Errors) > 0
	if p.Refused != "" {
		v.Problem, v.Banner = true, &ui.Banner{Kind: ui.Warn, Text: v.T(p.Refused)}
	}
	return s.Render(w, r, status, pages.Case(v, p))
}

// Resolve answers POST /bookings/{ref}/case.
func (s *Handlers) Resolve(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	req := booking.ResolveRequest{
		Ref: b.Ref, Version: site.Atoi(sent.Get("version")), Finding: booking.Finding(sent.Get("finding")),
		Evidence: booking.Evidence{
			Channel: sent.Get("channel"), Person: sent.Get("person"), Reference: sent.Get("reference"), Text: sent.Get("text"),
			SupplierID: sent.Get("supplier_id"),
		},
	}
	p := pages.CasePage{Request: req}
	cases, err := s.Bookings.Cases(r.Context(), b)
	if err != nil {
		return err
	}
	if allowed, _ := booking.Findings(b); !slices.Contains(append(allowed, booking.Answers(cases)...), req.Finding) {
		p.Errors = map[string]string{"finding": site.Lang(r).T("problem.finding")}
		return s.drawCase(w, r, http.StatusUnprocessableEntity, b, p)
	}
	_, err = s.Bookings.Resolve(r.Context(), site.Actor(r), req)
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad):
		p.Errors = site.Problems(site.Lang(r), bad)
		return s.drawCase(w, r, http.StatusUnprocessableEntity, b, p)
	case errors.Is(err, booking.ErrChanged):
		return s.caseChanged(w, r, p)
	case errors.Is(err, booking.ErrSecondPerson):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Info, "case.proposed")
	case errors.Is(err, booking.ErrProposed):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Warn, "case.answer_first")
	case errors.Is(err, booking.ErrForbidden):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Bad, "case.same_person")
	case errors.Is(err, booking.ErrTransition), errors.Is(err, booking.ErrTooLate):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Warn, "case.not_now")
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	}
	return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.OK, "case.resolved")
}

// DecideProposal answers POST /bookings/{ref}/proposal.
func (s *Handlers) DecideProposal(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	req := booking.DecideRequest{
		Ref: b.Ref, Version: site.Atoi(sent.Get("version")), Proposal: int64(site.Atoi(sent.Get("proposal"))),
		Decision: booking.Decision(sent.Get("decision")), Reason: sent.Get("reason"),
	}
	_, err = s.Bookings.Decide(r.Context(), site.Actor(r), req)
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad):
		return s.drawCase(w, r, http.StatusUnprocessableEntity, b, pages.CasePage{Reason: req.Reason, Errors: site.Problems(site.Lang(r), bad)})
	case errors.Is(err, booking.ErrChanged):
		return s.caseChanged(w, r, pages.CasePage{Reason: req.Reason})
	case errors.Is(err, booking.ErrForbidden) && req.Decision == booking.Withdraw:
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Bad, "case.withdraw_own")
	case errors.Is(err, booking.ErrForbidden):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Bad, "case.same_person")
	case errors.Is(err, booking.ErrTransition):
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Warn, "case.not_now")
	case err != nil:
		return s.afterAction(w, r, b.Ref, err)
	}
	return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.OK, "case.proposal.decided")
}

// Reassign answers POST /bookings/{ref}/holder: the cases of a booking go to the
// actor, or to somebody else of customer service.
func (s *Handlers) Reassign(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	colleagues, err := s.Accounts.Colleagues(r.Context(), site.Actor(r))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(colleagues, func(p account.Person) bool {
		return p.Handle == sent.Get("holder") || sent.Get("holder") == "me" && p.ID == site.Actor(r).UserID
	})
	if i < 0 {
		return s.drawCase(w, r, http.StatusUnprocessableEntity, b, pages.CasePage{Errors: map[string]string{"holder": site.Lang(r).T("problem.holder")}})
	}
	err = s.Bookings.Reassign(r.Context(), site.Actor(r), b.Ref, colleagues[i])
	if errors.Is(err, booking.ErrNotFound) {
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref+"/case", ui.Info, "case.closed")
	}
	if err == nil {
		err = s.SetFlash(r, ui.OK, "case.held", "Who", colleagues[i].Name)
	}
	if err != nil {
		return err
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref+"/case")
}

// AddNote answers POST /bookings/{ref}/notes.
func (s *Handlers) AddNote(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	err = s.Bookings.AddNote(r.Context(), site.Actor(r), b.Ref, sent.Get("text"))
	var bad *invalid.Error
	if errors.As(err, &bad) {
		p, err := s.bookingPage(r, b)
		if err != nil {
			return err
		}
		p.NoteText, p.NoteError = sent.Get("text"), site.Problems(site.Lang(r), bad)["text"]
		v := s.View(r, "booking.show.title", "Ref", b.Ref)
		v.Problem = true
		return s.Render(w, r, http.StatusUnprocessableEntity, pages.BookingShow(v, p))
	}
	if err != nil {
		return err
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref+"#notes")
}

// IdentifyCaller answers POST /bookings/{ref}/identity: what the caller knew is kept.
func (s *Handlers) IdentifyCaller(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	knew := slices.DeleteFunc([]string{"plate", "dropoff"}, func(fact string) bool { return !slices.Contains(sent["knew"], fact) })
	if len(knew) == 0 {
		return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.Warn, "identity.nothing")
	}
	did := b.Ref + " " + strings.Join(knew, ",")
	if err := s.Accounts.AuditBooking(r.Context(), site.Actor(r), account.DidIdentify, did, b.AgencyID); err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.OK, "identity.noted")
}

// caseChanged answers a form that was made for something else than stands there
// now: with the page as it is, and with what was typed.
func (s *Handlers) caseChanged(w http.ResponseWriter, r *http.Request, p pages.CasePage) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	p.Refused = "case.changed"
	return s.drawCase(w, r, http.StatusConflict, b, p)
}
