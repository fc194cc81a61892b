package site

import (
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"guichet/internal/bound"
)

// TooLong reports that a text is longer than anything that could be found by it.
func TooLong(text string) bool { return utf8.RuneCountInString(text) > bound.Search }

// What a text that is searched for looks like; the first that fits.
var searchKinds = []struct {
	kind  string
	looks *regexp.Regexp
}{
	{"email", regexp.MustCompile(`@`)},
	{"phone", regexp.MustCompile(`^[+0-9][0-9 ().\-]{5,}$`)},
	{"plate", regexp.MustCompile(`^[A-Za-z]{1,3}[ -]?[0-9]{2,4}[ -]?[A-Za-z]{0,3}$`)},
	{"number", regexp.MustCompile(`[0-9]`)},
}

// searchKind says what kind of text is searched for.
func searchKind(text string) string {
	for _, k := range searchKinds {
		if k.looks.MatchString(text) {
			return k.kind
		}
	}
	return "name"
}

// NoteSearch lets the audit log know that somebody looked for somebody.
func (s *Site) NoteSearch(r *http.Request, text string) error {
	if text == "" {
		return nil
	}
	return s.Accounts.AuditSearch(r.Context(), Actor(r), searchKind(text), strings.ToLower(text))
}
