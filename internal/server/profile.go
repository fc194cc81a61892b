package server

import (
	"net/http"
	"slices"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web"
)

// showProfile answers GET /profile.
func (s *Server) showProfile(w http.ResponseWriter, r *http.Request) error {
	p := person(r)
	return s.drawProfile(w, r, http.StatusOK, web.ProfileForm{Language: p.Language, Theme: p.Theme})
}

func (s *Server) drawProfile(w http.ResponseWriter, r *http.Request, status int, f web.ProfileForm) error {
	f.Name, f.Email = person(r).Name, person(r).Email
	v := s.view(r, "profile.title")
	v.Problem = len(f.Errors) > 0
	return s.render(w, r, status, web.Profile(v, f))
}

// updateProfile answers POST /profile.
func (s *Server) updateProfile(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := web.ProfileForm{Language: fields.Get("language"), Theme: fields.Get("theme"), Errors: map[string]string{}}
	if !locale.Lang(f.Language).Valid() {
		f.Errors["language"] = lang(r).T("profile.language.choose")
	}
	if !slices.Contains(account.Themes(), f.Theme) {
		f.Errors["theme"] = lang(r).T("profile.theme.choose")
	}
	if len(f.Errors) > 0 {
		return s.drawProfile(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := s.Accounts.SetLanguage(r.Context(), person(r).ID, f.Language); err != nil {
		return err
	}
	if err := s.Accounts.SetTheme(r.Context(), person(r).ID, f.Theme); err != nil {
		return err
	}
	s.rememberLanguage(w, locale.Lang(f.Language))
	if err := s.leaveBanner(r, web.OK, "profile.saved"); err != nil {
		return err
	}
	return redirect(w, r, "/profile")
}
