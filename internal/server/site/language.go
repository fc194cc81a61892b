package site

import (
	"net/http"

	"guichet/internal/locale"
)

const (
	languageCookie  = "guichet-lang"
	languageSeconds = 365 * 24 * 60 * 60
)

// visitorsLanguage is the language of somebody who is not signed in: the one
// chosen here before, else the browser's.
func (s *Site) visitorsLanguage(r *http.Request) locale.Lang {
	if l := locale.Lang(s.Cookie(r, languageCookie)); l.Valid() {
		return l
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

// SetLanguage answers POST /language: the person's setting, or before sign-in
// the browser's cookie.
func (s *Site) SetLanguage(w http.ResponseWriter, r *http.Request) error {
	fields, err := Form(r)
	if err != nil {
		return err
	}
	chosen := locale.Lang(fields.Get("lang"))
	if !chosen.Valid() {
		return ErrBadForm
	}
	if p := RequestInfoOf(r).Person; p != nil {
		if err := s.Accounts.SetLanguage(r.Context(), p.ID, string(chosen)); err != nil {
			return err
		}
	}
	s.RememberLanguage(w, chosen)
	return Redirect(w, r, localPath(fields.Get("back")))
}

// RememberLanguage keeps the language for the sign-in page, too.
func (s *Site) RememberLanguage(w http.ResponseWriter, l locale.Lang) {
	s.setCookie(w, languageCookie, string(l), languageSeconds)
}
