package signin

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

// ShowWelcome answers GET /welcome/{token}: somebody who was invited, or who
// forgot the password, chooses one.
func (s *Handlers) ShowWelcome(w http.ResponseWriter, r *http.Request) error {
	return s.drawWelcome(w, r, http.StatusOK, "")
}

func (s *Handlers) drawWelcome(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	token := chi.URLParam(r, "token")
	p, kind, err := s.Auth.PasswordToken(r.Context(), token)
	if err != nil {
		return err
	}
	v := s.View(r, "welcome.title")
	v.Problem = problem != ""
	return s.Render(w, r, status, pages.Welcome(v, pages.WelcomeForm{
		Token: token, Name: p.Name, Email: p.Email, Reset: kind == auth.Reset, Error: problem,
	}))
}

// Welcome answers POST /welcome/{token}. The person signs in afterwards, from a
// browser that is known by then: who reads the mail is not kept out by those who
// guess.
func (s *Handlers) Welcome(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	p, err := s.Auth.Redeem(r.Context(), chi.URLParam(r, "token"), fields.Get("new_password"), s.Network(r))
	if problem := passwordProblem(site.Lang(r), err); problem != "" {
		return s.drawWelcome(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	if err := s.RememberBrowser(w, p); err != nil {
		return err
	}
	return site.Redirect(w, r, "/sign-in?chosen=1")
}

// passwordProblem says why a password cannot be chosen; empty for other errors.
func passwordProblem(l locale.Lang, err error) string {
	for _, p := range []struct {
		err error
		key locale.Key
	}{
		{auth.ErrPasswordShort, "password.short"},
		{auth.ErrPasswordLong, "password.long"},
		{auth.ErrPasswordCommon, "password.common"},
		{auth.ErrPasswordNamed, "password.named"},
	} {
		if errors.Is(err, p.err) {
			return l.T(string(p.key))
		}
	}
	return ""
}

// ShowPassword answers GET /profile/password.
func (s *Handlers) ShowPassword(w http.ResponseWriter, r *http.Request) error {
	return s.drawPassword(w, r, http.StatusOK, nil)
}

func (s *Handlers) drawPassword(w http.ResponseWriter, r *http.Request, status int, errs map[string]string) error {
	v := s.View(r, "password.title")
	v.Problem = len(errs) > 0
	return s.Render(w, r, status, pages.Password(v, pages.PasswordForm{Email: site.Person(r).Email, Errors: errs}))
}

// UpdatePassword answers POST /profile/password.
func (s *Handlers) UpdatePassword(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := site.RequestInfoOf(r)
	current, wanted := fields.Get("current_password"), fields.Get("new_password")
	err = s.Auth.ChangePassword(r.Context(), site.Actor(r), current, wanted, f.SessionKey)
	if problem := passwordProblem(site.Lang(r), err); problem != "" {
		return s.drawPassword(w, r, http.StatusUnprocessableEntity, map[string]string{"new_password": problem})
	}
	if errors.Is(err, auth.ErrPasswordWrong) {
		return s.drawPassword(w, r, http.StatusUnprocessableEntity, map[string]string{"current_password": site.Lang(r).T("password.wrong")})
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/profile", ui.OK, "password.changed")
}

// ListSessions answers GET /profile/sessions.
func (s *Handlers) ListSessions(w http.ResponseWriter, r *http.Request) error {
	f := site.RequestInfoOf(r)
	list, err := s.Auth.Sessions(r.Context(), f.Person.ID, site.SessionLife)
	if err != nil {
		return err
	}
	v := s.View(r, "sessions.title")
	return s.Render(w, r, http.StatusOK, pages.Sessions(v, pages.SessionsPage{Sessions: list, Here: f.SessionKey, Now: s.Now(), Timezone: site.Timezone(r).String()}))
}

// EndSessions answers POST /profile/sessions: one of the own sessions, or all
// others.
func (s *Handlers) EndSessions(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := site.RequestInfoOf(r)
	err = s.Auth.EndOwnSessions(r.Context(), site.Actor(r), fields.Get("session"), f.SessionKey)
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/profile/sessions", ui.OK, "sessions.ended")
}
