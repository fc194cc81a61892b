package contact

import (
	"strings"
	"testing"

	"guichet/internal/invalid"
)

func TestReadName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Lemaître": "Lemaître", " Le  Goff ": "Le Goff", "Lemai\u0302tre": "Lemaître",
		"Col·lell": "Col·lell", "Dupont\u2011Lajoie": "Dupont-Lajoie", "Dupont–Lajoie": "Dupont-Lajoie",
		"\u200bMartin\ufeff": "Martin", "O’Hara": "O’Hara", "D´Angelo": "D'Angelo", "D`Angelo": "D'Angelo",
		"Nguyễn": "Nguyễn", "Łukasz": "Łukasz", "Иванова": "Иванова", "王": "王", "أحمد": "أحمد", "می\u200cخواهم": "می\u200cخواهم", "ක්\u200dරම": "ක්\u200dරම",
		"ʻAkaka": "ʻAkaka", "St. John": "St. John", strings.Repeat("a", 60): strings.Repeat("a", 60),
	} {
		var bad invalid.Error
		if got := ReadName(&bad, "last_name", text); got != want || bad.OrNil() != nil {
			t.Errorf("%q: %q, %v; want %q", text, got, bad.Fields, want)
		}
	}
	for text, want := range map[string]invalid.Problem{
		"":                      {Key: "problem.last_name.empty"},
		"\u200b":                {Key: "problem.last_name.empty"},
		"-":                     {Key: "problem.last_name.letters"},
		"Louis 14":              {Key: "problem.last_name.characters", Args: []any{"Character", "1"}},
		"King, Jr":              {Key: "problem.last_name.characters", Args: []any{"Character", ","}},
		"Mar\u200btin":          {Key: "problem.character", Args: []any{"Code", "U+200B", "Before", "Mar"}},
		strings.Repeat("a", 61): {Key: "problem.last_name.long"},
		strings.Repeat("a", 74): {Key: "problem.last_name.long"},
	} {
		var bad invalid.Error
		got := ReadName(&bad, "last_name", text)
		if p := bad.Fields["last_name"]; !same(p, want) {
			t.Errorf("%q: %q, %v; want %v", text, got, p, want)
		}
	}
}

func same(a, b invalid.Problem) bool {
	if a.Key != b.Key || len(a.Args) != len(b.Args) {
		return false
	}
	for i := range a.Args {
		if a.Args[i] != b.Args[i] {
			return false
		}
	}
	return true
}

func TestReadEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"jean@example.com": "jean@example.com", " jean@example.com\u200b": "jean@example.com", "je\u200ban@exa\u00admple.com": "jean@example.com",
		"\ufeffjean@example.com\u00a0": "jean@example.com", "Jean.D'Arc+x@Example.COM": "Jean.D'Arc+x@Example.COM",
	} {
		var bad invalid.Error
		if got := ReadEmail(&bad, text); got != want || bad.OrNil() != nil {
			t.Errorf("%q: %q, %v; want %q", text, got, bad.Fields, want)
		}
	}
	for text, want := range map[string]string{
		"": "empty", "\u200b": "empty", "jean\u00a0@example.com": "space", "jean @example.com": "space", "jean@example": "unreadable",
		"jean.example.com": "unreadable", "jean@exa,mple.com": "unreadable", strings.Repeat("a.", 130) + "b@example.com": "long",
	} {
		var bad invalid.Error
		ReadEmail(&bad, text)
		if got := bad.Fields["email"].Key; got != "problem.email."+want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSuggestEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"jean@gmial.com": "jean@gmail.com", "jean@gmail.con": "jean@gmail.com", "jean@orange.f": "jean@orange.fr", "Jean@GMIAL.com\u200b": "jean@gmail.com",
		"jean@gmail.com": "", "jean@exemple.fr": "", "jean": "", "": "",
	} {
		if got := SuggestEmail(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
