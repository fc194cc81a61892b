package signin

import (
	"errors"
	"net/http"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
)

// NewSignIn answers GET /sign-in.
func (s *Handlers) NewSignIn(w http.ResponseWriter, r *http.Request) error {
	if site.RequestInfoOf(r).Person != nil {
		return site.Redirect(w, r, "/")
	}
	q := r.URL.Query()
	return s.drawSignIn(w, r, http.StatusOK, pages.SignInForm{
		Next: site.NextPath(q.Get("next")), Ended: q.Get("ended") != "", Chosen: q.Get("chosen") != "",
	})
}

func (s *Handlers) drawSignIn(w http.ResponseWriter, r *http.Request, status int, f pages.SignInForm) error {
	v := s.View(r, "signin.title")
	v.Problem = len(f.Errors) > 0
	return s.Render(w, r, status, pages.SignIn(v, f))
}

// SignIn answers POST /sign-in.
func (s *Handlers) SignIn(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := pages.SignInForm{Email: fields.Get("email"), Next: site.NextPath(fields.Get("next"))}
	if f.Errors = missingSignIn(site.Lang(r), f.Email, fields.Get("password")); len(f.Errors) > 0 {
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	}
	p, err := s.Auth.SignIn(r.Context(), f.Email, fields.Get("password"), s.Network(r), s.Cookie(r, site.KnownCookie))
	switch {
	case errors.Is(err, auth.ErrSignIn):
		f.Errors = map[string]string{"email": site.Lang(r).T("signin.wrong")}
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, account.ErrSuspended):
		f.Errors = map[string]string{"email": site.Lang(r).T("signin.suspended")}
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	if err := s.StartSession(w, r, p, false); err != nil {
		return err
	}
	if err := s.PutNext(r, p, f.Next); err != nil {
		return err
	}
	if p.HasFactor() || s.FactorRequired {
		return site.Redirect(w, r, site.FactorPath(p))
	}
	return s.continueSignIn(w, r, p)
}

// continueSignIn leads somebody who has come in to what was asked for before.
func (s *Handlers) continueSignIn(w http.ResponseWriter, r *http.Request, p account.Person) error {
	if err := s.RestoreForm(r, p.ID); err != nil {
		return err
	}
	next, err := s.PopNext(r, p)
	if err != nil {
		return err
	}
	return site.Redirect(w, r, next)
}

func missingSignIn(l locale.Lang, email, password string) map[string]string {
	errs := map[string]string{}
	if account.NormalEmail(email) == "" {
		errs["email"] = l.T("signin.email.empty")
	}
	if password == "" {
		errs["password"] = l.T("signin.password.empty")
	}
	return errs
}

// SignOut answers POST /sign-out.
func (s *Handlers) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.EndSession(r); err != nil {
		return err
	}
	s.RememberLanguage(w, site.Lang(r))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // not the cookies: this browser stays known
	return site.Redirect(w, r, "/sign-in")
}
