package server

import (
	"net/http"
	"slices"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/signin"
	"guichet/web/ui"
)

// showProfile answers GET /profile.
func (s *Server) showProfile(w http.ResponseWriter, r *http.Request) error {
	p := person(r)
	return s.drawProfile(w, r, http.StatusOK, signin.ProfileForm{
		Language: p.Language, Theme: p.Theme, Zone: p.DefaultZone, ShortcutsOff: p.ShortcutsOff,
	})
}

func (s *Server) drawProfile(w http.ResponseWriter, r *http.Request, status int, f signin.ProfileForm) error {
	f.Name, f.Email = person(r).Name, person(r).Email
	if actor(r).MaySell() {
		zones, err := s.Bookings.Zones(r.Context())
		if err != nil {
			return err
		}
		f.Zones = zones.Sold()
	}
	v := s.view(r, "profile.title")
	v.Problem = len(f.Errors) > 0
	return s.render(w, r, status, signin.Profile(v, f))
}

// updateProfile answers POST /profile.
func (s *Server) updateProfile(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := signin.ProfileForm{
		Language: fields.Get("language"), Theme: fields.Get("theme"), Zone: fields.Get("zone"),
		ShortcutsOff: fields.Get("shortcuts_off") != "", Errors: map[string]string{},
	}
	if !locale.Lang(f.Language).Valid() {
		f.Errors["language"] = lang(r).T("profile.language.choose")
	}
	if !slices.Contains(account.Themes(), f.Theme) {
		f.Errors["theme"] = lang(r).T("profile.theme.choose")
	}
	if len(f.Errors) > 0 {
		return s.drawProfile(w, r, http.StatusUnprocessableEntity, f)
	}
	if f.Zone, err = s.knownZone(r, f.Zone); err != nil {
		return err
	}
	p := account.Preferences{Language: f.Language, Theme: f.Theme, DefaultZone: f.Zone, ShortcutsOff: f.ShortcutsOff}
	if err := s.Accounts.SetPreferences(r.Context(), person(r).ID, p); err != nil {
		return err
	}
	s.rememberLanguage(w, locale.Lang(f.Language))
	if err := s.leaveBanner(r, ui.OK, "profile.saved"); err != nil {
		return err
	}
	return redirect(w, r, "/profile")
}

// knownZone returns the key of a zone that is sold; empty for others.
func (s *Server) knownZone(r *http.Request, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return "", err
	}
	zone, problem := findZone(zones.Zones, key)
	if problem.Key != "" {
		return "", nil
	}
	return booking.ZoneKey(zones.Zones, zone), nil
}
