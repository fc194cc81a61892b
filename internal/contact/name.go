package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// ReadName reads the first or last name of a traveller, and puts what is wrong beside
// its field.
func ReadName(bad *invalid.Error, field, text string) string {
	name := typed.Line(bad, field, text)
	switch {
	case name == "":
		bad.Add(field, "problem."+field+".empty")
	case utf8.RuneCountInString(name) > bound.Name:
		bad.Add(field, "problem."+field+".long")
	case strings.ContainsFunc(name, notInName) || !strings.ContainsFunc(name, unicode.IsLetter):
		bad.Add(field, "problem."+field+".letters")
	}
	return name
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.", r)
}
