package server

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/signin"
	"guichet/web/ui"
)

// showWelcome answers GET /welcome/{token}: somebody who was invited, or who
// forgot the password, chooses one.
func (s *Server) showWelcome(w http.ResponseWriter, r *http.Request) error {
	return s.drawWelcome(w, r, http.StatusOK, "")
}

func (s *Server) drawWelcome(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	token := chi.URLParam(r, "token")
	p, kind, err := s.Accounts.Ticket(r.Context(), token)
	if err != nil {
		return err
	}
	v := s.view(r, "welcome.title")
	v.Problem = problem != ""
	return s.render(w, r, status, signin.Welcome(v, signin.WelcomeForm{
		Token: token, Name: p.Name, Email: p.Email, Reset: kind == account.Reset, Error: problem,
	}))
}

// welcome answers POST /welcome/{token}. The person signs in afterwards, from a
// browser that is known by then: who reads the mail is not kept out by those who
// guess.
func (s *Server) welcome(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.Accounts.Redeem(r.Context(), chi.URLParam(r, "token"), fields.Get("new_password"), s.network(r))
	if problem := passwordProblem(lang(r), err); problem != "" {
		return s.drawWelcome(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	if err := s.rememberBrowser(w, p); err != nil {
		return err
	}
	return redirect(w, r, "/sign-in?chosen=1")
}

// passwordProblem says why a password cannot be chosen; empty for other errors.
func passwordProblem(l locale.Lang, err error) string {
	for _, p := range []struct {
		err error
		key locale.Key
	}{
		{account.ErrPasswordShort, "password.short"},
		{account.ErrPasswordLong, "password.long"},
		{account.ErrPasswordCommon, "password.common"},
		{account.ErrPasswordNamed, "password.named"},
	} {
		if errors.Is(err, p.err) {
			return l.T(string(p.key))
		}
	}
	return ""
}

// showPassword answers GET /profile/password.
func (s *Server) showPassword(w http.ResponseWriter, r *http.Request) error {
	return s.drawPassword(w, r, http.StatusOK, nil)
}

func (s *Server) drawPassword(w http.ResponseWriter, r *http.Request, status int, errs map[string]string) error {
	v := s.view(r, "password.title")
	v.Problem = len(errs) > 0
	return s.render(w, r, status, signin.Password(v, signin.PasswordForm{Email: person(r).Email, Errors: errs}))
}

// updatePassword answers POST /profile/password.
func (s *Server) updatePassword(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := factsOf(r)
	current, wanted := fields.Get("current_password"), fields.Get("new_password")
	err = s.Accounts.ChangePassword(r.Context(), actor(r), current, wanted, f.sessionKey)
	if problem := passwordProblem(lang(r), err); problem != "" {
		return s.drawPassword(w, r, http.StatusUnprocessableEntity, map[string]string{"new_password": problem})
	}
	if errors.Is(err, account.ErrPasswordWrong) {
		return s.drawPassword(w, r, http.StatusUnprocessableEntity, map[string]string{"current_password": lang(r).T("password.wrong")})
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, "/profile", ui.OK, "password.changed")
}

// listSessions answers GET /profile/sessions.
func (s *Server) listSessions(w http.ResponseWriter, r *http.Request) error {
	f := factsOf(r)
	list, err := s.Accounts.Sessions(r.Context(), f.person.ID, sessionLife)
	if err != nil {
		return err
	}
	v := s.view(r, "sessions.title")
	return s.render(w, r, http.StatusOK, signin.Sessions(v, signin.SessionsPage{Sessions: list, Here: f.sessionKey, Now: s.Now(), Timezone: timezone(r).String()}))
}

// endSessions answers POST /profile/sessions: one of the own sessions, or all
// others.
func (s *Server) endSessions(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := factsOf(r)
	if key := fields.Get("session"); key != "" {
		err = s.Accounts.EndSession(r.Context(), f.person.ID, key)
	} else {
		_, err = s.Accounts.EndOtherSessions(r.Context(), f.person.ID, f.sessionKey)
	}
	if err == nil {
		err = s.Accounts.Audit(r.Context(), actor(r), account.DidEndSession, 0)
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, "/profile/sessions", ui.OK, "sessions.ended")
}
