package signin

import (
	"net/http"
	"strconv"

	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

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
	done := locale.Key("sessions.ended")
	if fields.Get("session") == "" {
		done = "sessions.ended_others"
	}
	return s.RedirectWithFlash(w, r, "/profile/sessions", ui.OK, done)
}

// Stay answers POST /stay: a person at the screen wants the session to go on.
// The answer is how long it does, in seconds.
func (s *Handlers) Stay(w http.ResponseWriter, r *http.Request) error {
	if err := s.Auth.UseSession(r.Context(), site.RequestInfoOf(r).SessionKey); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	left := min(site.Idle(site.Person(r)), site.RequestInfoOf(r).Began.Add(site.SessionLife).Sub(site.RequestInfoOf(r).Now))
	_, _ = w.Write([]byte(strconv.Itoa(int(left.Seconds())))) // a visitor who went away is nobody's error
	return nil
}
