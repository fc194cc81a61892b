package signin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

// enrolling returns who may set up a second factor: somebody who is signed in,
// or who has shown the password and has none yet.
func enrolling(r *http.Request) *account.Person {
	f := site.RequestInfoOf(r)
	if f.Person == nil && f.Pending != nil && !f.Pending.HasFactor() {
		return f.Pending
	}
	return f.Person
}

// redirectAway leads those who have nothing to do here to where they have.
func (s *Handlers) redirectAway(w http.ResponseWriter, r *http.Request) error {
	if p := site.RequestInfoOf(r).Pending; p != nil {
		return site.Redirect(w, r, site.FactorPath(*p))
	}
	if site.RequestInfoOf(r).Person != nil {
		return site.Redirect(w, r, "/")
	}
	return site.Redirect(w, r, "/sign-in")
}

// ShowFactor answers GET /second-factor: what there is, and what can be done.
func (s *Handlers) ShowFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.redirectAway(w, r)
	}
	factor, err := s.Auth.Factor(r.Context(), p.ID)
	if err != nil {
		return err
	}
	v := s.View(r, "factor.title")
	return s.Render(w, r, http.StatusOK, pages.Factor(v, pages.FactorPage{
		Since: p.FactorSince, CodesLeft: factor.CodesLeft, Required: s.FactorRequired, Now: s.Now(), Timezone: site.Timezone(r).String(),
	}))
}

// BeginFactor answers POST /second-factor. Whoever has one must be asked again
// before another one replaces it.
func (s *Handlers) BeginFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.redirectAway(w, r)
	}
	begin := func(w http.ResponseWriter, r *http.Request) error {
		if err := s.Auth.BeginFactor(r.Context(), *p, site.RequestInfoOf(r).SessionKey); err != nil {
			return err
		}
		return site.Redirect(w, r, "/second-factor/new")
	}
	return s.onceSure(w, r, begin)
}

// onceSure asks those who are signed in once more who they are. Whoever has shown
// the password alone, and has no second factor yet, has just done so.
func (s *Handlers) onceSure(w http.ResponseWriter, r *http.Request, do site.Handler) error {
	if site.RequestInfoOf(r).Person == nil {
		return do(w, r)
	}
	s.RequireRecentAuth(do)(w, r)
	return nil
}

// ShowNewFactor answers GET /second-factor/new.
func (s *Handlers) ShowNewFactor(w http.ResponseWriter, r *http.Request) error {
	return s.onceSure(w, r, func(w http.ResponseWriter, r *http.Request) error {
		return s.drawNewFactor(w, r, http.StatusOK, "")
	})
}

func (s *Handlers) drawNewFactor(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p := enrolling(r)
	if p == nil {
		return s.redirectAway(w, r)
	}
	secret, err := s.Auth.Candidate(r.Context(), p.ID, site.RequestInfoOf(r).SessionKey)
	if errors.Is(err, auth.ErrNoFactor) {
		return site.Redirect(w, r, "/second-factor")
	}
	if err != nil {
		return err
	}
	address := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Guichet:" + p.Email,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Guichet"}}.Encode(),
	}
	code, err := qr.Encode(address.String(), qr.M)
	if err != nil {
		return err
	}
	v := s.View(r, "factor.new.title")
	v.Problem = problem != ""
	return s.Render(w, r, status, pages.FactorNew(v, pages.FactorNewPage{
		Secret: secret, Address: address.String(), Size: code.Size, Dark: code.Black, Error: problem,
	}))
}

// ConfirmFactor answers POST /second-factor/new.
func (s *Handlers) ConfirmFactor(w http.ResponseWriter, r *http.Request) error {
	return s.onceSure(w, r, s.confirmFactor)
}

func (s *Handlers) confirmFactor(w http.ResponseWriter, r *http.Request) error {
	p := enrolling(r)
	if p == nil {
		return s.redirectAway(w, r)
	}
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	code := fields.Get("code")
	if problem := missingCode(site.Lang(r), code, false); problem != "" {
		return s.drawNewFactor(w, r, http.StatusUnprocessableEntity, problem)
	}
	err = s.Auth.ConfirmFactor(r.Context(), *p, code, site.RequestInfoOf(r).SessionKey, s.Network(r))
	switch {
	case errors.Is(err, auth.ErrCode):
		return s.drawNewFactor(w, r, http.StatusUnprocessableEntity, site.Lang(r).T("factor.code.wrong"))
	case errors.Is(err, auth.ErrNoFactor):
		return site.Redirect(w, r, "/second-factor")
	case err != nil:
		return err
	}
	if err := s.StartSession(w, r, *p, true); err != nil {
		return err
	}
	return site.Redirect(w, r, "/second-factor/codes")
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

// ShowCodes answers GET /second-factor/codes: new recovery codes, as long as the
// person has not said that they are kept.
func (s *Handlers) ShowCodes(w http.ResponseWriter, r *http.Request) error {
	return s.drawCodes(w, r, http.StatusOK, "")
}

func (s *Handlers) drawCodes(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	factor, err := s.Auth.Factor(r.Context(), site.Person(r).ID)
	if err != nil {
		return err
	}
	if factor.Codes == "" {
		return site.Redirect(w, r, "/second-factor")
	}
	v := s.View(r, "recovery.title")
	v.Problem = problem != ""
	return s.Render(w, r, status, pages.RecoveryCodes(v, pages.RecoveryPage{Codes: strings.Fields(factor.Codes), Error: problem}))
}

// DownloadCodes answers GET /second-factor/codes.txt.
func (s *Handlers) DownloadCodes(w http.ResponseWriter, r *http.Request) error {
	factor, err := s.Auth.Factor(r.Context(), site.Person(r).ID)
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
	_, _ = w.Write([]byte(site.Lang(r).T("recovery.file") + "\r\n\r\n" + strings.ReplaceAll(factor.Codes, "\n", "\r\n") + "\r\n")) //nolint:gosec // text/plain, and codes of our own
	return nil
}

// KeepCodes answers POST /second-factor/codes.
func (s *Handlers) KeepCodes(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	if fields.Get("kept") == "" {
		return s.drawCodes(w, r, http.StatusUnprocessableEntity, site.Lang(r).T("recovery.keep.tick"))
	}
	if err := s.Auth.KeepRecovery(r.Context(), site.Person(r).ID); err != nil {
		return err
	}
	if err := s.SetFlash(r, ui.OK, "factor.done"); err != nil {
		return err
	}
	return s.continueSignIn(w, r, site.Person(r))
}

// RenewCodes answers POST /second-factor/renew.
func (s *Handlers) RenewCodes(w http.ResponseWriter, r *http.Request) error {
	err := s.Auth.RenewRecovery(r.Context(), site.Actor(r))
	if errors.Is(err, auth.ErrNoFactor) {
		return site.Redirect(w, r, "/second-factor")
	}
	if err != nil {
		return err
	}
	if err := s.PutNext(r, site.Person(r), "/second-factor"); err != nil {
		return err
	}
	return site.Redirect(w, r, "/second-factor/codes")
}
