package contact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"guichet/internal/bound"
	"guichet/internal/invalid"
)

// Plate is a number plate.
type Plate struct {
	// Key is what is stored, compared and searched: its letters and digits, in
	// capitals, those of Greek and Cyrillic that look Latin as Latin ones.
	Key string

	// Written is the key with the separators that were typed: B-NO 1234 is not
	// BN-O 1234. Empty where they say no more than FormatPlate does.
	Written string
}

var (
	// siv is AB-123-CD, given since 2009: never I, O or U.
	siv = regexp.MustCompile(`^([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})$`)
	// fni is 1234 AB 75, until 2009: the end is a department.
	fni = regexp.MustCompile(`^(\d{1,4})([A-HJ-NP-TV-Z]{1,3})(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-6])$`)
)

// ReadPlate reads a number plate, and puts what is wrong beside its field.
func ReadPlate(bad *invalid.Error, field, text string) Plate {
	p := PlateOf(text)
	letters := capitals(text)
	switch wrong := strings.IndexFunc(letters, notInPlate); {
	case wrong >= 0:
		r, _ := utf8.DecodeRuneInString(letters[wrong:])
		bad.Add(field, "problem.plate.characters", "Character", string(r))
	case p.Key == "":
		bad.Add(field, "problem.plate.empty")
	case utf8.RuneCountInString(p.Key) > bound.Plate:
		bad.Add(field, "problem.plate.long")
	default:
		return p
	}
	return Plate{}
}

// PlateOf takes from a text what a plate has, whatever else stands in it: a plate is
// searched so.
func PlateOf(text string) Plate {
	var key, written strings.Builder
	gap := ""
	for _, r := range capitals(text) {
		if latin, ok := lookalikes[r]; ok {
			r = latin
		}
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if key.Len() > 0 {
				written.WriteString(gap)
			}
			gap = ""
			key.WriteRune(r)
			written.WriteRune(r)
		case unicode.Is(unicode.Cf, r):
		case !unicode.IsSpace(r):
			gap = shown(r) // a dash between two spaces is a dash
		case gap == "":
			gap = " "
		}
	}
	p := Plate{Key: key.String(), Written: written.String()}
	if p.Written == p.Key || p.Written == FormatPlate(p.Key) {
		p.Written = ""
	}
	return p
}

// shown is a separator as it is written again; every dash is the one of keyboards.
func shown(r rune) string {
	if unicode.Is(unicode.Pd, r) || r == '−' {
		return "-"
	}
	return string(r)
}

func notInPlate(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !separator(r) }

// String is the plate as it is shown and printed.
func (p Plate) String() string {
	if p.Written != "" {
		return p.Written
	}
	return FormatPlate(p.Key)
}

// French reports that the plate is in one of the French formats; others are
// accepted, but worth a second look.
func (p Plate) French() bool { return siv.MatchString(p.Key) || fni.MatchString(p.Key) }

// FormatPlate writes a stored plate as its country does where that is known:
// AB-123-CD, 1234 AB 75; else as it is stored.
func FormatPlate(plate string) string {
	if siv.MatchString(plate) {
		return siv.ReplaceAllString(plate, "$1-$2-$3")
	}
	return fni.ReplaceAllString(plate, "$1 $2 $3")
}
