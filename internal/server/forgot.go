package server

import (
	"net/http"
	"strings"

	"guichet/internal/account"
	"guichet/web/signin"
)

// showForgot answers GET /forgot.
func (s *Server) showForgot(w http.ResponseWriter, r *http.Request) error {
	return s.drawForgot(w, r, http.StatusOK, signin.ForgotForm{Sent: r.URL.Query().Get("sent") != ""})
}

func (s *Server) drawForgot(w http.ResponseWriter, r *http.Request, status int, f signin.ForgotForm) error {
	v := s.view(r, "forgot.title")
	v.Problem = f.Error != ""
	return s.render(w, r, status, signin.Forgot(v, f))
}

// forgot answers POST /forgot, the same whether or not the address is known.
func (s *Server) forgot(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := signin.ForgotForm{Email: fields.Get("email")}
	if !strings.Contains(account.NormalEmail(f.Email), "@") {
		f.Error = lang(r).T("signin.email.empty")
		return s.drawForgot(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := s.Accounts.Forgot(r.Context(), f.Email, s.network(r)); err != nil {
		return err
	}
	return redirect(w, r, "/forgot?sent=1")
}
