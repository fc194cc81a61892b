package signin

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

// offered reports whether passkeys work where the visitor is: a browser uses one
// under the name alone that it was made for.
func (s *Handlers) offered(r *http.Request) bool {
	host := s.Auth.PasskeyHost()
	return host != "" && strings.EqualFold(bare(r.Host), bare(host))
}

// bare is a host without its port.
func bare(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// hasPasskeys reports whether a person has one that can be shown here.
func (s *Handlers) hasPasskeys(r *http.Request, p account.Person) (bool, error) {
	if !s.offered(r) {
		return false, nil
	}
	list, err := s.Auth.Passkeys(r.Context(), p.ID)
	return len(list) > 0, err
}

// ListPasskeys answers GET /profile/passkeys.
func (s *Handlers) ListPasskeys(w http.ResponseWriter, r *http.Request) error {
	p := site.Person(r)
	list, err := s.Auth.Passkeys(r.Context(), p.ID)
	if err != nil {
		return err
	}
	v := s.View(r, "passkeys.title")
	return s.Render(w, r, http.StatusOK, pages.Passkeys(v, pages.PasskeysPage{
		Keys: list, Offered: s.offered(r), Host: s.Auth.PasskeyHost(), HasFactor: p.HasFactor(),
		Recommended: p.Role.Staff() && s.Environment == booking.Production,
		Now:         s.Now(), Timezone: site.Timezone(r).String(),
	}))
}

// NewPasskey answers GET /profile/passkeys/new.
func (s *Handlers) NewPasskey(w http.ResponseWriter, r *http.Request) error {
	return s.drawNewPasskey(w, r, http.StatusOK, pages.PasskeyForm{})
}

func (s *Handlers) drawNewPasskey(w http.ResponseWriter, r *http.Request, status int, f pages.PasskeyForm) error {
	if !s.offered(r) || !site.Person(r).HasFactor() {
		return site.Redirect(w, r, "/profile/passkeys")
	}
	v := s.View(r, "passkeys.new.title")
	v.Problem = f.Error != ""
	return s.Render(w, r, status, pages.PasskeyNew(v, f))
}

// BeginPasskey answers POST /profile/passkeys/options: what a browser needs to make one.
func (s *Handlers) BeginPasskey(w http.ResponseWriter, r *http.Request) error {
	options, err := s.Auth.BeginPasskey(r.Context(), site.Person(r), site.RequestInfoOf(r).SessionKey)
	return answerJSON(w, options, err)
}

// BeginCheck answers POST /sign-in/passkey: what a browser needs to show one, of
// somebody who signs in or confirms who is there.
func (s *Handlers) BeginCheck(w http.ResponseWriter, r *http.Request) error {
	f := site.RequestInfoOf(r)
	p := f.Pending
	if p == nil {
		p = f.Person
	}
	if p == nil || !p.HasFactor() {
		return s.redirectAway(w, r)
	}
	options, err := s.Auth.BeginCheck(r.Context(), *p, f.SessionKey)
	return answerJSON(w, options, err)
}

func answerJSON(w http.ResponseWriter, text []byte, err error) error {
	if errors.Is(err, auth.ErrNoPasskeys) || errors.Is(err, auth.ErrNoFactor) {
		return account.ErrNotFound
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	// A visitor who went away is nobody's error.
	_, _ = w.Write(text) //nolint:gosec // JSON of our own, and said to be
	return nil
}

// AddPasskey answers POST /profile/passkeys.
func (s *Handlers) AddPasskey(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := pages.PasskeyForm{Name: fields.Get("name")}
	err = s.Auth.AddPasskey(r.Context(), site.Actor(r), f.Name, fields.Get("passkey"), site.RequestInfoOf(r).SessionKey)
	var bad *invalid.Error
	switch l := site.Lang(r); {
	case errors.As(err, &bad):
		f.Error = site.Problems(l, bad)["name"]
	case errors.Is(err, auth.ErrPasskeyTaken):
		f.Error = l.T("passkeys.taken")
	case errors.Is(err, auth.ErrPasskey):
		f.Error = l.T("passkeys.refused")
	case errors.Is(err, auth.ErrNoPasskeys):
		return site.Redirect(w, r, "/profile/passkeys")
	case err != nil:
		return err
	}
	if f.Error != "" {
		return s.drawNewPasskey(w, r, http.StatusUnprocessableEntity, f)
	}
	return s.RedirectWithFlash(w, r, "/profile/passkeys", ui.OK, "passkeys.added")
}

// RemovePasskey answers POST /profile/passkeys/{passkey}/remove.
func (s *Handlers) RemovePasskey(w http.ResponseWriter, r *http.Request) error {
	err := s.Auth.RemovePasskey(r.Context(), site.Actor(r), chi.URLParam(r, "passkey"), site.RequestInfoOf(r).SessionKey)
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/profile/passkeys", ui.OK, "passkeys.removed")
}
