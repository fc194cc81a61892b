package server

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/signin"
	"guichet/web/ui"
)

// enrolling returns who may set up a second factor: somebody who is signed in,
// or who has shown the password and has none yet.
func enrolling(r *http.Request) *account.Person {
	f := factsOf(r)
	if f.person == nil && f.pending != nil && !f.pending.HasFactor() {
		return f.pending
	}
	return f.person
}

// turnAway leads those who have nothing to do here to where they have.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request) error {
	if p := factsOf(r).pending; p != nil {
		return redirect(w, r, entrance(*p))
	}
	if factsOf(r).person != nil {
		return redirect(w, r, "/")
	}
	return redirect(w, r, "/sign-in")
}

// showFactor answers GET /second-factor: what there is, and what can be done.
func (s *Server) showFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.turnAway(w, r)
	}
	factor, err := s.Accounts.Factor(r.Context(), p.ID)
	if err != nil {
		return err
	}
	v := s.view(r, "factor.title")
	return s.render(w, r, http.StatusOK, signin.Factor(v, signin.FactorPage{
		Since: p.FactorSince, CodesLeft: factor.CodesLeft, Required: s.FactorRequired, Now: s.Now(), Timezone: timezone(r).String(),
	}))
}

// beginFactor answers POST /second-factor. Whoever has one must be asked again
// before another one replaces it.
func (s *Server) beginFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.turnAway(w, r)
	}
	begin := func(w http.ResponseWriter, r *http.Request) error {
		if err := s.Accounts.BeginFactor(r.Context(), *p); err != nil {
			return err
		}
		return redirect(w, r, "/second-factor/new")
	}
	if factsOf(r).person == nil {
		return begin(w, r)
	}
	s.surely(begin)(w, r)
	return nil
}

// showNewFactor answers GET /second-factor/new.
func (s *Server) showNewFactor(w http.ResponseWriter, r *http.Request) error {
	return s.drawNewFactor(w, r, http.StatusOK, "")
}

func (s *Server) drawNewFactor(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p := enrolling(r)
	if p == nil {
		return s.turnAway(w, r)
	}
	factor, err := s.Accounts.Factor(r.Context(), p.ID)
	if err != nil {
		return err
	}
	if factor.Candidate == "" {
		return redirect(w, r, "/second-factor")
	}
	address := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Guichet:" + p.Email,
		RawQuery: url.Values{"secret": {factor.Candidate}, "issuer": {"Guichet"}}.Encode(),
	}
	code, err := qr.Encode(address.String(), qr.M)
	if err != nil {
		return err
	}
	v := s.view(r, "factor.new.title")
	v.Problem = problem != ""
	return s.render(w, r, status, signin.FactorNew(v, signin.FactorNewPage{
		Secret: factor.Candidate, Address: address.String(), Size: code.Size, Dark: code.Black, Error: problem,
	}))
}

// confirmFactor answers POST /second-factor/new.
func (s *Server) confirmFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.turnAway(w, r)
	}
	fields, err := form(r)
	if err != nil {
		return err
	}
	code := fields.Get("code")
	if problem := missingCode(lang(r), code, false); problem != "" {
		return s.drawNewFactor(w, r, http.StatusUnprocessableEntity, problem)
	}
	err = s.Accounts.ConfirmFactor(r.Context(), *p, code, s.network(r))
	switch {
	case errors.Is(err, account.ErrCode):
		return s.drawNewFactor(w, r, http.StatusUnprocessableEntity, lang(r).T("factor.code.wrong"))
	case errors.Is(err, account.ErrNoFactor):
		return redirect(w, r, "/second-factor")
	case err != nil:
		return err
	}
	next := s.sessions.GetString(r.Context(), keyNext)
	if err := s.startSession(w, r, *p, true); err != nil {
		return err
	}
	s.sessions.Put(r.Context(), keyNext, next)
	return redirect(w, r, "/second-factor/codes")
}

func missingCode(l locale.Lang, code string, recovery bool) string {
	switch {
	case strings.TrimSpace(code) != "":
		return ""
	case recovery:
		return l.T("recovery.empty")
	default:
		return l.T("factor.code.empty")
	}
}

// showCodes answers GET /second-factor/codes: new recovery codes, as long as the
// person has not said that they are kept.
func (s *Server) showCodes(w http.ResponseWriter, r *http.Request) error {
	return s.drawCodes(w, r, http.StatusOK, "")
}

func (s *Server) drawCodes(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	factor, err := s.Accounts.Factor(r.Context(), person(r).ID)
	if err != nil {
		return err
	}
	if factor.Codes == "" {
		return redirect(w, r, "/second-factor")
	}
	v := s.view(r, "recovery.title")
	v.Problem = problem != ""
	return s.render(w, r, status, signin.RecoveryCodes(v, signin.RecoveryPage{Codes: strings.Fields(factor.Codes), Error: problem}))
}

// downloadCodes answers GET /second-factor/codes.txt.
func (s *Server) downloadCodes(w http.ResponseWriter, r *http.Request) error {
	factor, err := s.Accounts.Factor(r.Context(), person(r).ID)
	if err != nil {
		return err
	}
	if factor.Codes == "" {
		return account.ErrNotFound
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="guichet-codes.txt"`)
	// A visitor who went away is nobody's error.
	_, _ = w.Write([]byte(lang(r).T("recovery.file") + "\r\n\r\n" + strings.ReplaceAll(factor.Codes, "\n", "\r\n") + "\r\n"))
	return nil
}

// keepCodes answers POST /second-factor/codes.
func (s *Server) keepCodes(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	if fields.Get("kept") == "" {
		return s.drawCodes(w, r, http.StatusUnprocessableEntity, lang(r).T("recovery.keep.tick"))
	}
	if err := s.Accounts.KeepRecovery(r.Context(), person(r).ID); err != nil {
		return err
	}
	if err := s.leaveBanner(r, ui.OK, "factor.done"); err != nil {
		return err
	}
	return s.goOn(w, r, person(r))
}

// renewCodes answers POST /second-factor/renew.
func (s *Server) renewCodes(w http.ResponseWriter, r *http.Request) error {
	err := s.Accounts.RenewRecovery(r.Context(), actor(r))
	if errors.Is(err, account.ErrNoFactor) {
		return redirect(w, r, "/second-factor")
	}
	if err != nil {
		return err
	}
	s.sessions.Put(r.Context(), keyNext, "/second-factor")
	return redirect(w, r, "/second-factor/codes")
}
