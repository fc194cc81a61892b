package server

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
func (s *Server) visitorsLanguage(r *http.Request) locale.Lang {
	if l := locale.Lang(s.cookie(r, languageCookie)); l.Valid() {
		return l
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

// setLanguage answers POST /language: the person's setting, or before sign-in
// the browser's cookie.
func (s *Server) setLanguage(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	chosen := locale.Lang(fields.Get("lang"))
	if !chosen.Valid() {
		return errBadForm
	}
	if p := factsOf(r).person; p != nil {
		if err := s.Accounts.SetLanguage(r.Context(), p.ID, string(chosen)); err != nil {
			return err
		}
	}
	s.rememberLanguage(w, chosen)
	return redirect(w, r, localPath(fields.Get("back")))
}

// rememberLanguage keeps the language for the sign-in page, too.
func (s *Server) rememberLanguage(w http.ResponseWriter, l locale.Lang) {
	s.setCookie(w, languageCookie, string(l), languageSeconds)
}
