package contact

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What can be wrong with a number plate.
var (
	ErrPlateEmpty      = errors.New("contact: no number plate")
	ErrPlateLong       = errors.New("contact: number plate longer than 15 characters")
	ErrPlateCharacters = errors.New("contact: number plate with other characters than letters and digits")
)

// longestPlate counts characters of the stored form.
const longestPlate = 15

var (
	// siv is AB-123-CD, given since 2009: never I, O or U.
	siv = regexp.MustCompile(`^([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})$`)
	// fni is 1234 AB 75, until 2009: the end is a department.
	fni = regexp.MustCompile(`^(\d{1,4})([A-HJ-NP-TV-Z]{1,3})(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-6])$`)
)

// ParsePlate reads a number plate and returns it as it is stored: upper-case,
// without spaces and separators. known reports that it is in one of the French
// formats; others are accepted, but worth a second look.
// ErrPlateEmpty, ErrPlateLong and ErrPlateCharacters say what is wrong.
func ParsePlate(text string) (plate string, known bool, err error) {
	plate = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("./·•_", r) {
			return -1
		}
		return r
	}, text)
	plate = norm.NFC.String(strings.ToUpper(norm.NFC.String(plate)))
	switch {
	case plate == "":
		return "", false, ErrPlateEmpty
	case !utf8.ValidString(plate) || strings.ContainsFunc(plate, notInPlate):
		return "", false, ErrPlateCharacters
	case utf8.RuneCountInString(plate) > longestPlate:
		return "", false, ErrPlateLong
	}
	return plate, siv.MatchString(plate) || fni.MatchString(plate), nil
}

func notInPlate(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// FormatPlate writes a stored plate as its country does where that is known:
// AB-123-CD, 1234 AB 75; else as it is stored.
func FormatPlate(plate string) string {
	if siv.MatchString(plate) {
		return siv.ReplaceAllString(plate, "$1-$2-$3")
	}
	return fni.ReplaceAllString(plate, "$1 $2 $3")
}

// PlateProblem is the message key of what is wrong with a typed plate, empty
// when nothing is.
func PlateProblem(text string) string {
	_, _, err := ParsePlate(text)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrPlateEmpty):
		return "problem.plate.empty"
	case errors.Is(err, ErrPlateLong):
		return "problem.plate.long"
	default:
		return "problem.plate.characters"
	}
}
