package signin

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/auth"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
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
