package locale

import "golang.org/x/text/language"

// Lang is a language of the portal. The zero value speaks French.
type Lang string

// The languages of the portal.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// Langs lists the languages, the one for everybody else first.
func Langs() []Lang { return []Lang{FR, EN} }

var matcher = language.NewMatcher([]language.Tag{language.French, language.English})

// Match returns the best language for an Accept-Language header; French when
// the header is empty, unreadable or asks for neither.
func Match(acceptLanguage string) Lang {
	// The tag that comes back may carry extensions ("en-u-rg-gbzzzz"), the
	// index may not.
	_, i := language.MatchStrings(matcher, acceptLanguage)
	return Langs()[i]
}

// Valid reports whether l is a language of the portal.
func (l Lang) Valid() bool { return l == FR || l == EN }

// known maps every unknown language to French, so that a bad setting still
// gives a readable page.
func (l Lang) known() Lang {
	if l == EN {
		return EN
	}
	return FR
}

func (l Lang) tag() language.Tag {
	if l == EN {
		return language.BritishEnglish
	}
	return language.French
}
