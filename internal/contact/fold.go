package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lookalikes are the capitals of Greek and Cyrillic that nobody tells from a Latin
// one: plates are copied with whichever keyboard is on.
var lookalikes = pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТУХҮԚԜ", "ABEZHIKMNOPTYXABESIJKMHOPCTYXYQW")

func pairs(from, to string) map[rune]rune {
	m, latin := map[rune]rune{}, []rune(to)
	for i, r := range []rune(from) {
		m[r] = latin[i]
	}
	return m
}

// capitals writes letters and digits in the one form in which they are compared: in
// capitals, accents with their letters, forms of typesetters (full width, raised) as
// plain ones, digits of any script as 0 to 9.
func capitals(text string) string {
	return norm.NFC.String(strings.Map(digit, strings.ToUpper(norm.NFKC.String(text))))
}

// digit is a decimal digit of any script as 0 to 9; everything else stays.
func digit(r rune) rune {
	if r < utf8.RuneSelf || !unicode.IsDigit(r) {
		return r
	}
	for _, block := range unicode.Nd.R16 {
		if r <= rune(block.Hi) {
			return '0' + (r-rune(block.Lo))%10
		}
	}
	for _, block := range unicode.Nd.R32 {
		if r <= rune(block.Hi) { //nolint:gosec // both are characters
			return '0' + (r-rune(block.Lo))%10 //nolint:gosec // the same
		}
	}
	return r
}

// separator reports what people put between the parts of a number or a plate.
func separator(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) || strings.ContainsRune("./·•_−", r)
}

// before is how much of a text before a character tells where it stands.
const before = 12

// tail is the end of a text.
func tail(text string) string {
	runes := []rune(strings.TrimSpace(text))
	return strings.TrimSpace(string(runes[max(0, len(runes)-before):]))
}

// Compact is a code as it is compared: capitals and digits as plates have them,
// without separators and what cannot be seen. Other signs stay: they are no part of
// any code.
func Compact(text string) string {
	return strings.Map(func(r rune) rune {
		if latin, ok := lookalikes[r]; ok {
			return latin
		}
		if separator(r) {
			return -1
		}
		return r
	}, capitals(text))
}
