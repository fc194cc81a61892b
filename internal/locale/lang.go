package locale

import "golang.org/x/text/language"

// Lang is a language of the portal. The zero value speaks French.
type Lang string

// The languages of the portal.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// languages is the table of the portal's languages, the one for everybody else
// first: its name in its own words, and the tag that it is matched and written by.
var languages = []struct {
	lang Lang
	name string
	tag  language.Tag
}{
	{FR, "Français", language.French},
	{EN, "English", language.BritishEnglish},
}

var matcher = newMatcher()

func newMatcher() language.Matcher {
	var tags []language.Tag
	for _, l := range languages {
		tags = append(tags, l.tag)
	}
	return language.NewMatcher(tags)
}

// Langs lists the languages, the one for everybody else first.
func Langs() []Lang {
	var list []Lang
	for _, l := range languages {
		list = append(list, l.lang)
	}
	return list
}

// Match returns the best language for an Accept-Language header; the first one
// when the header is empty, unreadable or asks for none of them.
func Match(acceptLanguage string) Lang {
	// The tag that comes back may carry extensions ("en-u-rg-gbzzzz"), the
	// index may not.
	_, i := language.MatchStrings(matcher, acceptLanguage)
	return languages[i].lang
}

// row is the language's entry of the table; the first one for every unknown
// language, so that a bad setting still gives a readable page.
func (l Lang) row() int {
	for i, k := range languages {
		if k.lang == l {
			return i
		}
	}
	return 0
}

// Valid reports whether l is a language of the portal.
func (l Lang) Valid() bool { return languages[l.row()].lang == l }

// Name is the language's name in its own words.
func (l Lang) Name() string { return languages[l.row()].name }

func (l Lang) known() Lang { return languages[l.row()].lang }

func (l Lang) tag() language.Tag { return languages[l.row()].tag }
