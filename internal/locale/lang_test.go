package locale

import (
	"testing"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{
		"":                               FR,
		"fr":                             FR,
		"fr-CA,fr;q=0.9":                 FR,
		"en":                             EN,
		"en-US,en;q=0.9":                 EN,
		"en-GB;q=0.9,fr;q=0.8":           EN,
		"fr;q=0.3,en;q=0.8":              EN,
		"de-DE,de;q=0.9,en;q=0.5":        EN,
		"ja":                             FR,
		"*":                              FR,
		"\x00;;;,q=":                     FR,
		"en-u-rg-gbzzzz, fr-u-ca-hebrew": EN,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if got := Match(rapid.String().Draw(t, "header")); !got.Valid() {
			t.Fatalf("%q is no language of the portal", got)
		}
	})
}
