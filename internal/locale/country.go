package locale

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/collate"
	"golang.org/x/text/language/display"
)

// Country is a choice of the phone field.
type Country struct {
	Code string // ISO 3166 alpha-2, upper case
	Name string
	Dial string // "+33"
}

// usual are the countries that most customers' phones are from: France and its
// territories overseas, then the neighbours.
var usual = []string{
	"FR", "RE", "GP", "MQ", "GF", "YT", "BE", "CH", "LU", "MC", "DE", "GB", "ES", "IT", "PT", "NL", "US", "CA",
}

// Country names a country by its ISO 3166 alpha-2 code; an unknown code is
// returned as it is.
func (l Lang) Country(code string) string {
	if key := "country." + strings.ToUpper(code); Has(l, key) {
		return l.T(key)
	}
	return code
}

// PhoneCountries lists all countries that phone numbers may be from: the usual
// ones first, then the others by name.
func PhoneCountries(l Lang) []Country {
	s := l.entry()
	s.once.Do(func() { s.countries = listCountries(s.Code) })
	return slices.Clone(s.countries)
}

// Language names another language of the portal, as a value of its own:
// "Anglais", "English".
func (l Lang) Language(other Lang) string {
	base, _ := other.entry().Tag.Base() // "English", not "British English"
	name := display.Languages(l.entry().Tag).Name(base)
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}

func listCountries(l Lang) []Country {
	var first, rest []Country
	for _, code := range usual {
		first = append(first, country(l, code))
	}
	for code := range phonenumbers.GetSupportedRegions() {
		if !slices.Contains(usual, code) {
			rest = append(rest, country(l, code))
		}
	}
	order := collate.New(l.entry().Tag) // Å and É among A and E
	slices.SortFunc(rest, func(a, b Country) int { return order.CompareString(a.Name, b.Name) })
	return append(first, rest...)
}

func country(l Lang, code string) Country {
	return Country{
		Code: code,
		Name: l.Country(code),
		Dial: "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(code)),
	}
}
