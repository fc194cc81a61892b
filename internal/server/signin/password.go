package signin

import (
	"errors"
	"net/http"

	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

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
