package signin

import (
	"context"
	"errors"
	"net/http"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
)

// ShowCode answers GET /sign-in/code: the second step of signing in.
func (s *Handlers) ShowCode(w http.ResponseWriter, r *http.Request) error {
	return s.drawCode(w, r, http.StatusOK, pages.CodeForm{})
}

// ShowRecovery answers GET /sign-in/recovery.
func (s *Handlers) ShowRecovery(w http.ResponseWriter, r *http.Request) error {
	return s.drawCode(w, r, http.StatusOK, pages.CodeForm{Recovery: true})
}

func (s *Handlers) drawCode(w http.ResponseWriter, r *http.Request, status int, f pages.CodeForm) error {
	if p := site.RequestInfoOf(r).Pending; p == nil || !p.HasFactor() {
		return s.redirectAway(w, r)
	}
	var err error
	if !f.Recovery {
		if f.Passkeys, err = s.hasPasskeys(r, *site.RequestInfoOf(r).Pending); err != nil {
			return err
		}
	}
	v := s.View(r, "code.title")
	v.Problem = f.Error != ""
	return s.Render(w, r, status, pages.Code(v, f))
}

// EnterCode answers POST /sign-in/code.
func (s *Handlers) EnterCode(w http.ResponseWriter, r *http.Request) error {
	return s.enter(w, r, pages.CodeForm{}, s.Auth.SignInCode)
}

// EnterRecovery answers POST /sign-in/recovery.
func (s *Handlers) EnterRecovery(w http.ResponseWriter, r *http.Request) error {
	return s.enter(w, r, pages.CodeForm{Recovery: true}, s.Auth.SignInRecovery)
}

func (s *Handlers) enter(w http.ResponseWriter, r *http.Request, f pages.CodeForm, check func(_ context.Context, _ account.Person, code, network, browser string) error) error {
	p := site.RequestInfoOf(r).Pending
	if p == nil || !p.HasFactor() {
		return s.redirectAway(w, r)
	}
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	code, known := fields.Get("code"), s.Cookie(r, site.KnownCookie)
	if answer := fields.Get("passkey"); answer != "" && !f.Recovery {
		err = s.Auth.SignInPasskey(r.Context(), *p, answer, site.RequestInfoOf(r).SessionKey, s.Network(r), known)
		f.Error = codeProblem(site.Lang(r), err, false)
	} else if f.Error = missingCode(site.Lang(r), code, f.Recovery); f.Error == "" {
		err = check(r.Context(), *p, code, s.Network(r), known)
		f.Error = codeProblem(site.Lang(r), err, f.Recovery)
	}
	if f.Error != "" {
		return s.drawCode(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	if err := s.StartSession(w, r, *p, true); err != nil {
		return err
	}
	factor, err := s.Auth.Factor(r.Context(), p.ID)
	if err != nil {
		return err
	}
	if factor.Codes != "" { // they were shown, and nobody said that they are kept
		return site.Redirect(w, r, "/second-factor/codes")
	}
	return s.continueSignIn(w, r, *p)
}

// codeProblem says why a code was not taken; empty for other errors.
func codeProblem(l locale.Lang, err error, recovery bool) string {
	switch {
	case errors.Is(err, auth.ErrCodeUsed):
		return l.T("factor.code.used")
	case errors.Is(err, auth.ErrCode) && recovery:
		return l.T("recovery.wrong")
	case errors.Is(err, auth.ErrCode):
		return l.T("factor.code.wrong")
	case errors.Is(err, auth.ErrPasskeyCloned):
		return l.T("passkeys.cloned")
	case errors.Is(err, auth.ErrPasskey), errors.Is(err, auth.ErrNoPasskeys):
		return l.T("passkeys.wrong")
	case errors.Is(err, account.ErrSuspended):
		return l.T("signin.suspended")
	}
	return ""
}
