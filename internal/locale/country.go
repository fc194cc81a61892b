package locale

import (
	"slices"
	"strconv"
	"sync"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
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

var phoneCountries = map[Lang]func() []Country{
	FR: sync.OnceValue(func() []Country { return listCountries(FR) }),
	EN: sync.OnceValue(func() []Country { return listCountries(EN) }),
}

// Country names a country by its ISO 3166 alpha-2 code; an unknown code is
// returned as it is.
func (l Lang) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() && code != "AC" && code != "TA" {
		return code
	}
	if name := display.Regions(l.tag()).Name(region); name != "" {
		return name
	}
	return code
}

// PhoneCountries lists all countries that phone numbers may be from: the usual
// ones first, then the others by name.
func PhoneCountries(l Lang) []Country { return slices.Clone(phoneCountries[l.known()]()) }

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
	order := collate.New(l.tag()) // Å and É among A and E
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
