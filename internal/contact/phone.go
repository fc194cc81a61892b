package contact

import (
	"errors"
	"strings"
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
	PhoneCharacter    = "character"     // Character and Before say which
	PhoneTooShort     = "too_short"     // Digits and Expected say how
	PhoneTooLong      = "too_long"      // Digits and Expected say how
	PhoneWrongCountry = "wrong_country" // typed without +, not valid in the country chosen
	PhoneInvalid      = "invalid"
)

// PhoneError says why a text is no phone number.
type PhoneError struct {
	Problem   string
	Country   string // whose number it was taken for; may be empty
	Digits    int    // with the leading 0, where the country writes one
	Expected  int    // digits of a mobile number there, counted the same way
	Character string // what no number has
	Before    string // the text before it
	Meant     Phone  // a number of France overseas that was written as one of France
}

func (e *PhoneError) Error() string { return "contact: phone number: " + e.Problem }

// ParsePhone reads a number as it is typed: with + or with the country's own
// international prefix (00) it says its country itself, else it is a number of
// the country chosen (ISO region), or of one with the same calling code, and must
// be valid there. The error is a *PhoneError.
func ParsePhone(text, country string) (Phone, error) {
	dialled, err := dial(text)
	if err != nil {
		return Phone{}, err
	}
	country = strings.ToUpper(strings.TrimSpace(country))
	abroad := strings.HasPrefix(dialled, "+")
	if !phonenumbers.GetSupportedRegions()[country] {
		if !abroad {
			return Phone{}, &PhoneError{Problem: PhoneNoCountry}
		}
		country = "" // the number says its country itself
	}
	number, err := phonenumbers.ParseAndKeepRawInput(dialled, country)
	switch {
	case err != nil && abroad:
		return Phone{}, &PhoneError{Problem: PhoneInvalid}
	case err != nil:
		return Phone{}, refusal(country, len(dialled), PhoneInvalid)
	case abroad || number.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		return fromAbroad(number)
	}
	if region := regionOf(number); region != "" {
		if phonenumbers.IsValidNumberForRegion(number, country) {
			region = country
		}
		return phoneOf(number, region), nil
	}
	refused := refusal(country, len(dialled), PhoneWrongCountry)
	refused.Meant = overseas(number)
	return Phone{}, refused
}

// fromAbroad takes a number that says its country itself. Numbers of no
// country (+800) are not taken: nobody's telephone has one.
func fromAbroad(number *phonenumbers.PhoneNumber) (Phone, error) {
	if country := regionOf(number); country != "" {
		return phoneOf(number, country), nil
	}
	country := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	digits := len(phonenumbers.GetNationalSignificantNumber(number)) + trunkDigits(country)
	refused := refusal(country, digits, PhoneInvalid)
	refused.Meant = overseas(number)
	return Phone{}, refused
}

// regionOf is the country of a valid number; empty for one that is not.
func regionOf(number *phonenumbers.PhoneNumber) string {
	region := phonenumbers.GetRegionCodeForNumber(number)
	if phonenumbers.GetSupportedRegions()[region] && phonenumbers.IsValidNumberForRegion(number, region) {
		return region
	}
	return ""
}

// overseas is the number of France overseas that somebody wrote as one of France:
// +33 692 11 22 33 is dialled so from nowhere.
func overseas(number *phonenumbers.PhoneNumber) Phone {
	if number.GetCountryCode() != 33 {
		return Phone{}
	}
	national := "0" + phonenumbers.GetNationalSignificantNumber(number)
	for _, region := range []string{"RE", "YT", "GP", "MQ", "GF"} {
		there, err := phonenumbers.Parse(national, region)
		if err == nil && regionOf(there) != "" {
			return phoneOf(there, regionOf(there))
		}
	}
	return Phone{}
}

func phoneOf(number *phonenumbers.PhoneNumber, country string) Phone {
	return Phone{E164: phonenumbers.Format(number, phonenumbers.E164), Country: country, Line: lineOf(number)}
}

// dial takes from a text what is dialled: digits, and the + in front. What people put
// between them says nothing, whatever its form; libphonenumber would read other
// signs as the end of the number, and letters as keys.
func dial(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", &PhoneError{Problem: PhoneInvalid}
	}
	var dialled strings.Builder
	text = strings.TrimPrefix(strings.TrimSpace(text), "tel:")
	for i, r := range text {
		switch plain := digit(r); {
		case plain >= '0' && plain <= '9':
			dialled.WriteRune(plain)
		case (r == '+' || r == '＋') && dialled.Len() == 0:
			dialled.WriteByte('+')
		case !separator(r) && !strings.ContainsRune("()（）", r):
			return "", &PhoneError{Problem: PhoneCharacter, Character: string(r), Before: tail(text[:i])}
		}
	}
	if strings.Trim(dialled.String(), "+") == "" {
		return "", &PhoneError{Problem: PhoneEmpty}
	}
	return dialled.String(), nil
}

// refusal explains a number that is not valid: by its length, where that is
// shorter or longer than the country's numbers are, else as otherwise.
func refusal(country string, digits int, otherwise string) *PhoneError {
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
	if e.Meant != (Phone{}) {
		bad.Add("phone", "problem.phone.meant", "Country", e.Meant.Country, "Number", e.Meant.International())
		return
	}
	switch e.Problem {
	case PhoneEmpty:
		bad.Add("phone", "problem.phone.empty")
	case PhoneNoCountry:
		bad.Add("phone_country", "problem.phone.country")
	case PhoneCharacter:
		key := "problem.phone.character"
		if e.Before == "" {
			key = "problem.phone.character.first"
		}
		bad.Add("phone", key, "Character", e.Character, "Before", e.Before)
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

// PhoneMeant is the number of France overseas that was written as one of France;
// false when there is none.
func PhoneMeant(text, country string) (Phone, bool) {
	_, err := ParsePhone(text, country)
	var e *PhoneError
	if !errors.As(err, &e) {
		return Phone{}, false
	}
	return e.Meant, e.Meant != Phone{}
}

// PhoneOf is a stored number with its line; as little as is known where it cannot
// be read.
func PhoneOf(e164, country string) Phone {
	p, err := ParsePhone(e164, "")
	if err != nil {
		return Phone{E164: e164, Country: country, Line: LineOther}
	}
	if country != "" {
		p.Country = country
	}
	return p
}

// HasPhones reports that a text is the code of a country with phone numbers.
func HasPhones(country string) bool { return phonenumbers.GetSupportedRegions()[country] }
