package contact_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"guichet/internal/contact"
	"guichet/internal/invalid"
)

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

var travel = regexp.MustCompile(`^[A-Z0-9]*$`)

// FuzzParsePhone: what is taken is valid E.164 of its country, and is the same
// number however we write it.
func FuzzParsePhone(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, country string) {
		p, err := contact.ParsePhone(text, country)
		var problem *contact.PhoneError
		if err != nil {
			if !errors.As(err, &problem) || problem.Problem == "" || p != (contact.Phone{}) {
				t.Fatalf("%q: %+v, %v", text, p, err)
			}
			return
		}
		n, err := phonenumbers.Parse(p.E164, "")
		if err != nil || !e164.MatchString(p.E164) || !phonenumbers.IsValidNumberForRegion(n, p.Country) {
			t.Fatalf("%q is %+v: %v", text, p, err)
		}
		for _, written := range []string{p.E164, p.International()} {
			if again, err := contact.ParsePhone(written, p.Country); err != nil || again.E164 != p.E164 {
				t.Errorf("%q is written as %q, which is %+v, %v", text, written, again, err)
			}
		}
		// Some countries (Argentina) write numbers at home as nobody can read them
		// back; but it is never another number.
		if again, err := contact.ParsePhone(p.National(), p.Country); err == nil && again.E164 != p.E164 {
			t.Errorf("%q is written as %q, which is %+v", text, p.National(), again)
		}
		shown, national := digits(p.Masked()), digits(p.National())
		if len(shown) > len(national)-len(national)/3 {
			t.Errorf("%s is shown as %q", p.E164, p.Masked())
		}
	})
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// FuzzParsePlate: what is taken is upper-case letters and digits that stay what
// they are, read again or written as its country does.
func FuzzParsePlate(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		var bad invalid.Error
		p := contact.ReadPlate(&bad, "plate", text)
		plate := p.Key
		if bad.OrNil() != nil {
			if p != (contact.Plate{}) {
				t.Fatalf("%q: %q, %v", text, plate, bad.Fields)
			}
			return
		}
		if n := utf8.RuneCountInString(plate); n < 1 || n > 15 || !utf8.ValidString(plate) {
			t.Fatalf("%q is %q", text, plate)
		}
		for _, r := range plate {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.IsLower(r) && unicode.ToUpper(r) != r {
				t.Fatalf("%q is %q", text, plate)
			}
		}
		for _, written := range []string{plate, lowerASCII(plate), contact.FormatPlate(plate), p.String()} {
			if again := contact.ReadPlate(&bad, "plate", written); bad.OrNil() != nil || again.Key != plate {
				t.Errorf("%q is %q, written %q it is %q, %v", text, plate, written, again, bad.Fields)
			}
		}
		if again := contact.PlateOf(p.String()); again != p {
			t.Errorf("%q is shown as %q, which is shown as %q", text, p, again)
		}
	})
}

// lowerASCII leaves other letters alone: some, as the Turkish İ, are not the
// capital of their small letter.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// FuzzParseFlight: numbers of flights and trains are short and plain, and stay
// what they are.
func FuzzParseFlight(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		for name, parse := range map[string]func(string) (string, error){"flight": contact.ParseFlight, "train": contact.ParseTrain} {
			number, err := parse(text)
			if err != nil {
				if number != "" {
					t.Fatalf("%s %q: %q, %v", name, text, number, err)
				}
				continue
			}
			if !travel.MatchString(number) || len(number) > 14 {
				t.Fatalf("%s %q is %q", name, text, number)
			}
			if again, err := parse(strings.ToLower(number)); err != nil || again != number {
				t.Errorf("%s %q is %q, which is %q, %v", name, text, number, again, err)
			}
		}
	})
}
