package server

import (
	"errors"
	"net/http"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/signin"
)

// newSignIn answers GET /sign-in.
func (s *Server) newSignIn(w http.ResponseWriter, r *http.Request) error {
	if factsOf(r).person != nil {
		return redirect(w, r, "/")
	}
	q := r.URL.Query()
	return s.drawSignIn(w, r, http.StatusOK, signin.SignInForm{
		Next: nextPath(q.Get("next")), Ended: q.Get("ended") != "", Chosen: q.Get("chosen") != "",
	})
}

func (s *Server) drawSignIn(w http.ResponseWriter, r *http.Request, status int, f signin.SignInForm) error {
	v := s.view(r, "signin.title")
	v.Problem = len(f.Errors) > 0
	return s.render(w, r, status, signin.SignIn(v, f))
}

// signIn answers POST /sign-in.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := signin.SignInForm{Email: fields.Get("email"), Next: nextPath(fields.Get("next"))}
	if f.Errors = missingSignIn(lang(r), f.Email, fields.Get("password")); len(f.Errors) > 0 {
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	}
	p, err := s.Accounts.SignIn(r.Context(), f.Email, fields.Get("password"), s.network(r), s.cookie(r, knownCookie))
	switch {
	case errors.Is(err, account.ErrSignIn):
		f.Errors = map[string]string{"email": lang(r).T("signin.wrong")}
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	case errors.Is(err, account.ErrSuspended):
		f.Errors = map[string]string{"email": lang(r).T("signin.suspended")}
		return s.drawSignIn(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	if err := s.startSession(w, r, p, false); err != nil {
		return err
	}
	s.sessions.Put(r.Context(), keyNext, f.Next)
	if p.HasFactor() || s.FactorRequired {
		return redirect(w, r, entrance(p))
	}
	return s.goOn(w, r, p)
}

// goOn leads somebody who has come in to what was asked for before.
func (s *Server) goOn(w http.ResponseWriter, r *http.Request, p account.Person) error {
	if err := s.findAgain(r, p.ID); err != nil {
		return err
	}
	return redirect(w, r, nextPath(s.sessions.PopString(r.Context(), keyNext)))
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

// signOut answers POST /sign-out.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	s.rememberLanguage(w, lang(r))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // not the cookies: this browser stays known
	return redirect(w, r, "/sign-in")
}
