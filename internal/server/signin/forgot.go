package signin

import (
	"net/http"
	"strings"

	"guichet/internal/account"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
)

// ShowForgot answers GET /forgot.
func (s *Handlers) ShowForgot(w http.ResponseWriter, r *http.Request) error {
	return s.drawForgot(w, r, http.StatusOK, pages.ForgotForm{Sent: r.URL.Query().Get("sent") != ""})
}

func (s *Handlers) drawForgot(w http.ResponseWriter, r *http.Request, status int, f pages.ForgotForm) error {
	v := s.View(r, "forgot.title")
	v.Problem = f.Error != ""
	return s.Render(w, r, status, pages.Forgot(v, f))
}

// Forgot answers POST /forgot, the same whether or not the address is known.
func (s *Handlers) Forgot(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := pages.ForgotForm{Email: fields.Get("email")}
	if !strings.Contains(account.NormalEmail(f.Email), "@") {
		f.Error = site.Lang(r).T("signin.email.empty")
		return s.drawForgot(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := s.Auth.Forgot(r.Context(), f.Email, s.Network(r)); err != nil {
		return err
	}
	return site.Redirect(w, r, "/forgot?sent=1")
}
