package signin

import (
	"cmp"
	"net/http"
	"slices"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
	"guichet/web/ui"
)

// ShowProfile answers GET /profile.
func (s *Handlers) ShowProfile(w http.ResponseWriter, r *http.Request) error {
	p := site.Person(r)
	return s.drawProfile(w, r, http.StatusOK, pages.ProfileForm{
		Language: p.Language, Theme: p.Theme, Density: cmp.Or(p.Density, account.UsualDensity(p.Role)), Zone: p.DefaultZone, ShortcutsOff: p.ShortcutsOff,
	})
}

func (s *Handlers) drawProfile(w http.ResponseWriter, r *http.Request, status int, f pages.ProfileForm) error {
	f.Name, f.Email = site.Person(r).Name, site.Person(r).Email
	if site.Actor(r).MaySell() {
		zones, err := s.Bookings.Zones(r.Context())
		if err != nil {
			return err
		}
		f.Zones = zones.Sold()
	}
	v := s.View(r, "profile.title")
	v.Problem = len(f.Errors) > 0
	return s.Render(w, r, status, pages.Profile(v, f))
}

// UpdateProfile answers POST /profile.
func (s *Handlers) UpdateProfile(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := pages.ProfileForm{
		Language: fields.Get("language"), Theme: fields.Get("theme"), Density: fields.Get("density"), Zone: fields.Get("zone"),
		ShortcutsOff: fields.Get("shortcuts_off") != "", Errors: map[string]string{},
	}
	if !locale.Lang(f.Language).Valid() {
		f.Errors["language"] = site.Lang(r).T("profile.language.choose")
	}
	if !slices.Contains(account.Themes(), f.Theme) {
		f.Errors["theme"] = site.Lang(r).T("profile.theme.choose")
	}
	if f.Density != "" && !slices.Contains(account.Densities(), f.Density) { // a page of before the choice has none
		f.Errors["density"] = site.Lang(r).T("profile.density.choose")
	}
	if len(f.Errors) > 0 {
		return s.drawProfile(w, r, http.StatusUnprocessableEntity, f)
	}
	if f.Zone, err = s.knownZone(r, f.Zone); err != nil {
		return err
	}
	p := account.Preferences{Language: f.Language, Theme: f.Theme, Density: f.Density, DefaultZone: f.Zone, ShortcutsOff: f.ShortcutsOff}
	if p.Density == account.UsualDensity(site.Person(r).Role) {
		p.Density = "" // so that it follows the role
	}
	if err := s.Accounts.SetPreferences(r.Context(), site.Person(r).ID, p); err != nil {
		return err
	}
	s.RememberLanguage(w, locale.Lang(f.Language))
	if err := s.SetFlash(r, ui.OK, "profile.saved"); err != nil {
		return err
	}
	return site.Redirect(w, r, "/profile")
}

// knownZone returns the key of a zone that is sold; empty for others.
func (s *Handlers) knownZone(r *http.Request, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return "", err
	}
	zone, problem := site.FindZone(zones.Zones, key)
	if problem.Key != "" {
		return "", nil
	}
	return booking.ZoneKey(zones.Zones, zone), nil
}
