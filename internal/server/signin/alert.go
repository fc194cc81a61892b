package signin

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/server/site"
	pages "guichet/web/signin"
)

// ShowAlert answers GET /alerts/{token}: what was changed, as a mail has told its
// owner. Nothing is changed by it: whatever scans mails follows links.
func (s *Handlers) ShowAlert(w http.ResponseWriter, r *http.Request) error {
	token := chi.URLParam(r, "token")
	a, err := s.Auth.Alert(r.Context(), token)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, pages.Alert(s.View(r, "alert.title"), pages.AlertPage{
		Token: token, Email: a.Person.Email, Change: a.Change, At: a.At, Timezone: site.TimezoneOf(a.Person).String(),
		Done: site.Query(r).Get("done") != "",
	}))
}

// EndAllSessions answers POST /alerts/{token}.
func (s *Handlers) EndAllSessions(w http.ResponseWriter, r *http.Request) error {
	token := chi.URLParam(r, "token")
	if err := s.Auth.EndAllSessions(r.Context(), token, s.Network(r)); err != nil {
		return err
	}
	return site.Redirect(w, r, "/alerts/"+token+"?done=1")
}
