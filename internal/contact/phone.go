package contact

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"guichet/internal/invalid"
)

// Phone is a number that libphonenumber holds to be valid.
type Phone struct {
	E164    string // "+33612345678"
	Country string // ISO region, "FR"
	Line    string // "mobile", "landline" or "other"
}

// Kinds of line.
const (
	LineMobile   = "mobile"
	LineLandline = "landline"
	LineOther    = "other" // unknown (North America), internet telephony, special rates
)

// What can be wrong with a typed phone number.
const (
	PhoneEmpty        = "empty"
	PhoneNoCountry    = "country"       // the country chosen is none
	PhoneTooShort     = "too_short"     // Digits and Expected say how
	PhoneTooLong      = "too_long"      // Digits and Expected say how
	PhoneWrongCountry = "wrong_country" // typed without +, not valid in the country chosen
	PhoneInvalid      = "invalid"
)

// PhoneError says why a text is no phone number.
type PhoneError struct {
	Problem  string
	Country  string // whose number it was taken for; may be empty
	Digits   int    // with the leading 0, where the country writes one
	Expected int    // digits of a mobile number there, counted the same way
}

func (e *PhoneError) Error() string { return "contact: phone number: " + e.Problem }

// longestPhone is more than any number has, however it is spaced.
const longestPhone = 40

// ParsePhone reads a number as it is typed: with + or with the country's own
// international prefix (00) it says its country itself, else it is a number of
// the country chosen (ISO region), and must be valid there. The error is a
// *PhoneError.
func ParsePhone(text, country string) (Phone, error) {
	text, ok := cleanPhone(text)
	if text == "" {
		return Phone{}, &PhoneError{Problem: PhoneEmpty}
	}
	if !ok {
		return Phone{}, &PhoneError{Problem: PhoneInvalid}
	}
	country = strings.ToUpper(strings.TrimSpace(country))
	abroad := strings.HasPrefix(text, "+")
	if !phonenumbers.GetSupportedRegions()[country] {
		if !abroad {
			return Phone{}, &PhoneError{Problem: PhoneNoCountry}
		}
		country = "" // the number says its country itself
	}
	number, err := phonenumbers.ParseAndKeepRawInput(text, country)
	switch {
	case err != nil && abroad:
		return Phone{}, &PhoneError{Problem: PhoneInvalid}
	case err != nil:
		return Phone{}, refusal(country, len(phonenumbers.NormalizeDigitsOnly(text)), PhoneInvalid)
	case abroad || number.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		return fromAbroad(number)
	case !phonenumbers.IsValidNumberForRegion(number, country):
		return Phone{}, refusal(country, len(phonenumbers.NormalizeDigitsOnly(text)), PhoneWrongCountry)
	}
	return phoneOf(number, country), nil
}

// fromAbroad takes a number that says its country itself. Numbers of no
// country (+800) are not taken: nobody's telephone has one.
func fromAbroad(number *phonenumbers.PhoneNumber) (Phone, error) {
	country := phonenumbers.GetRegionCodeForNumber(number)
	if phonenumbers.GetSupportedRegions()[country] && phonenumbers.IsValidNumberForRegion(number, country) {
		return phoneOf(number, country), nil
	}
	country = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	digits := len(phonenumbers.GetNationalSignificantNumber(number)) + trunkDigits(country)
	return Phone{}, refusal(country, digits, PhoneInvalid)
}

func phoneOf(number *phonenumbers.PhoneNumber, country string) Phone {
	return Phone{E164: phonenumbers.Format(number, phonenumbers.E164), Country: country, Line: lineOf(number)}
}

// cleanPhone drops what copying brings along (marks of writing direction) and
// refuses what no number holds: libphonenumber would read letters as keys and
// numbers out of the middle of a sentence.
func cleanPhone(text string) (string, bool) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
	strange := strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r) && !strings.ContainsRune("+＋().·•/_", r)
	})
	return text, !strange && utf8.ValidString(text) && utf8.RuneCountInString(text) <= longestPhone
}

// refusal explains a number that is not valid: by its length, where that is
// shorter or longer than the country's numbers are, else as otherwise.
func refusal(country string, digits int, otherwise string) error {
	mobile := digitsOf(country, phonenumbers.MOBILE)
	e := &PhoneError{Problem: otherwise, Country: country, Digits: digits, Expected: mobile}
	landline := digitsOf(country, phonenumbers.FIXED_LINE)
	switch {
	case mobile == 0 || landline == 0:
	case digits < min(mobile, landline):
		e.Problem = PhoneTooShort
	case digits > max(mobile, landline):
		e.Problem = PhoneTooLong
	}
	return e
}

// digitsOf counts the digits of such a number as the country writes it: 10 in
// France. 0 when the country is unknown.
func digitsOf(country string, line phonenumbers.PhoneNumberType) int {
	example := phonenumbers.GetExampleNumberForType(country, line)
	if example == nil {
		return 0
	}
	return len(phonenumbers.GetNationalSignificantNumber(example)) + trunkDigits(country)
}

// trunkDigits is 1 where numbers are written with a leading 0 that is not part
// of them. Countries that only dial a prefix (the 1 of North America) do not
// count it.
func trunkDigits(country string) int {
	example := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE)
	if example == nil {
		return 0
	}
	written := phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(example, phonenumbers.NATIONAL))
	return max(0, len(written)-len(phonenumbers.GetNationalSignificantNumber(example)))
}

func lineOf(number *phonenumbers.PhoneNumber) string {
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE:
		return LineMobile
	case phonenumbers.FIXED_LINE:
		return LineLandline
	default:
		return LineOther
	}
}

// National writes the number as its own country does: "06 12 34 56 78".
func (p Phone) National() string { return p.format(phonenumbers.NATIONAL) }

// International writes the number with its country code: "+33 6 12 34 56 78".
func (p Phone) International() string { return p.format(phonenumbers.INTERNATIONAL) }

func (p Phone) format(as phonenumbers.PhoneNumberFormat) string {
	number, err := phonenumbers.Parse(p.E164, "")
	if err != nil {
		return p.E164 // a value that was never parsed: shown as it is
	}
	return phonenumbers.Format(number, as)
}

// Masked hides the middle of the number from onlookers: "06 •• •• 56 78". At
// least a third of the digits is hidden, however short the number.
func (p Phone) Masked() string {
	national := p.National()
	digits := 0
	for _, r := range national {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	first, last := min(2, digits/3), min(4, digits/3)
	if digits >= 9 {
		last = 4
	}
	seen := 0
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		seen++
		if seen > first && seen <= digits-last {
			return '•'
		}
		return r
	}, national)
}

// french are the regions that share France's way to write numbers.
var french = map[string]bool{"FR": true, "GP": true, "MQ": true, "GF": true, "RE": true, "YT": true, "BL": true, "MF": true}

// AddPhoneProblem puts what ParsePhone found wrong beside its field.
func AddPhoneProblem(bad *invalid.Error, err error, country string) {
	var e *PhoneError
	if !errors.As(err, &e) {
		e = &PhoneError{Problem: PhoneInvalid}
	}
	if e.Country == "" {
		e.Country = country
	}
	switch e.Problem {
	case PhoneEmpty:
		bad.Add("phone", "problem.phone.empty")
	case PhoneNoCountry:
		bad.Add("phone_country", "problem.phone.country")
	case PhoneWrongCountry:
		bad.Add("phone", "problem.phone.wrong_country", "Country", e.Country)
	case PhoneTooShort, PhoneTooLong:
		key := "problem.phone.length"
		if french[e.Country] {
			key = "problem.phone.length_french"
		}
		bad.Add("phone", key, "Count", e.Digits, "Expected", e.Expected, "Country", e.Country)
	default:
		bad.Add("phone", "problem.phone.invalid")
	}
}

// PhoneProblem says what is wrong with a typed number; the zero Problem when
// nothing is.
func PhoneProblem(text, country string) invalid.Problem {
	var bad invalid.Error
	if _, err := ParsePhone(text, country); err != nil {
		AddPhoneProblem(&bad, err, country)
	}
	for _, p := range bad.Fields {
		return p
	}
	return invalid.Problem{}
}
