package locale

import (
	"io/fs"
	"slices"
	"sync"

	"github.com/bojanz/currency"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is the code of a language of the portal: the name of its folder of
// messages, and what is stored of it. The zero value speaks the default language.
type Lang string

// The portal's own languages, for tests that speak of one of them.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// Language is an entry of the table of languages: all that the portal knows of
// one, besides its messages.
type Language struct {
	Code      Lang
	Name      string       // in its own words
	Tag       language.Tag // of CLDR: matching, order, amounts, names of countries and languages
	Thousands string       // the sign between thousands
	Decimal   string       // the sign before decimals
}

// languages is the table. The first entry is the default: for whoever asks for
// none of them, and where nobody has chosen.
var languages = []Language{
	{Code: FR, Name: "Français", Tag: language.French, Thousands: narrowNoBreak, Decimal: ","},
	{Code: EN, Name: "English", Tag: language.BritishEnglish, Thousands: ",", Decimal: "."},
}

// loaded is a language with what was made from its entry and its messages.
type loaded struct {
	Language
	messages  map[string]*i18n.Message
	localizer *i18n.Localizer
	money     *currency.Formatter

	once      sync.Once
	countries []Country
}

// A catalogue that cannot be read is a fault of the build, not of a request:
// the program, and with it every test, stops at its start.
var (
	all     = mustLoad()
	matcher = newMatcher(all)
	typed   = newVocabulary(all)
)

func mustLoad() []*loaded {
	var list []*loaded
	for _, l := range languages {
		s, err := newLoaded(files, l)
		if err != nil {
			panic(err)
		}
		list = append(list, s)
	}
	return list
}

// Add adds a language whose messages are in the folder messages/<code> of fsys,
// after those that are there. It must be called before anything is said or
// matched: tests add one that the portal does not have.
func Add(fsys fs.FS, l Language) error {
	s, err := newLoaded(fsys, l)
	if err != nil {
		return err
	}
	all = append(slices.Clip(all), s)
	matcher, typed = newMatcher(all), newVocabulary(all)
	return nil
}

func newLoaded(fsys fs.FS, l Language) (*loaded, error) {
	messages, err := load(fsys, "messages/"+string(l.Code))
	if err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(l.Tag) // of its own: no language stands in for another
	for _, m := range messages {
		if err := bundle.AddMessages(l.Tag, m); err != nil {
			return nil, err
		}
	}
	return &loaded{
		Language: l, messages: messages, localizer: i18n.NewLocalizer(bundle, l.Tag.String()),
		money: currency.NewFormatter(currency.NewLocale(l.Tag.String())),
	}, nil
}

func newMatcher(list []*loaded) language.Matcher {
	var tags []language.Tag
	for _, s := range list {
		tags = append(tags, s.Tag)
	}
	return language.NewMatcher(tags)
}

// Langs lists the languages, the default one first.
func Langs() []Lang {
	var list []Lang
	for _, s := range all {
		list = append(list, s.Code)
	}
	return list
}

// Default is the language of whoever has not chosen one.
func Default() Lang { return all[0].Code }

// Match returns the best language for an Accept-Language header; the default
// one when the header is empty, unreadable or asks for none of them.
func Match(acceptLanguage string) Lang {
	// The tag that comes back may carry extensions ("en-u-rg-gbzzzz"), the
	// index may not.
	_, i := language.MatchStrings(matcher, acceptLanguage)
	return all[i].Code
}

// entry is the language's entry of the table; the default one for every unknown
// language, so that a bad setting still gives a readable page.
func (l Lang) entry() *loaded {
	for _, s := range all {
		if s.Code == l {
			return s
		}
	}
	return all[0]
}

// Valid reports whether l is a language of the portal.
func (l Lang) Valid() bool { return l.entry().Code == l }

// Name is the language's name in its own words.
func (l Lang) Name() string { return l.entry().Name }
