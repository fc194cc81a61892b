package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// ReadName reads the first or last name of a traveller, and puts what is wrong beside
// its field.
func ReadName(bad *invalid.Error, field, text string) string {
	name := norm.NFC.String(oneSign.Replace(typed.Line(bad, field, text)))
	wrong := strings.IndexFunc(name, notInName)
	switch {
	case name == "":
		bad.Add(field, "problem."+field+".empty")
	case utf8.RuneCountInString(name) > bound.Name:
		bad.Add(field, "problem."+field+".long")
	case wrong >= 0:
		r, _ := utf8.DecodeRuneInString(name[wrong:])
		bad.Add(field, "problem."+field+".characters", "Character", string(r))
	case !strings.ContainsFunc(name, unicode.IsLetter):
		bad.Add(field, "problem."+field+".letters")
	}
	return name
}

// oneSign writes the hyphens and apostrophes that look alike as those of keyboards;
// the apostrophe of typesetters stays, since it is the right one.
var oneSign = strings.NewReplacer(
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-", "\ufe63", "-", "\uff0d", "-",
	"`", "'", "\u00b4", "'", "\u2018", "'", "\u2032", "'", "\uff07", "'",
)

// notInName: a name has letters of any script with their marks and joiners, and what
// stands between them: spaces, hyphens, apostrophes, full stops, the Catalan point.
func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.·\u200c\u200d", r)
}
