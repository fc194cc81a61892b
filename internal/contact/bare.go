package contact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Bare is a text without accents, case, spaces and signs: what of a name, a word or
// the title of a column does not depend on who writes it.
func Bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFKD.String(strings.ToLower(text)))
}
