// Package writings generates the ways in which people write one plate, phone, name or
// reference, for tests: whatever is drawn is to be read, and found, as the same.
package writings

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

var (
	gaps    = []string{"", "", " ", "-", "\u00a0", "\u202f", "\u2011", " - ", ".", "\t"}
	unseen  = []string{"", "", "", " ", "\u200b", "\ufeff"}
	foreign = map[rune][]rune{
		'A': {'А', 'Α', 'Ａ'}, 'B': {'В', 'Β'}, 'C': {'С'}, 'E': {'Е', 'Ε'}, 'H': {'Н', 'Η'}, 'K': {'К', 'Κ'}, 'M': {'М', 'Μ'}, 'N': {'Ν'},
		'O': {'О', 'Ο'}, 'P': {'Р', 'Ρ'}, 'T': {'Т', 'Τ'}, 'X': {'Х', 'Χ'}, 'Y': {'У', 'Υ'}, 'Z': {'Ζ'}, '0': {'０', '٠'}, '7': {'７', '۷'},
	}
)

// framed is a text with what copying may bring along.
func framed(t *rapid.T, text string) string {
	return rapid.SampledFrom(unseen).Draw(t, "before") + text + rapid.SampledFrom(unseen).Draw(t, "after")
}

// Plate draws a way to write a plate of which the letters and digits are given.
func Plate(t *rapid.T, key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 {
			b.WriteString(rapid.SampledFrom(gaps).Draw(t, "gap"))
		}
		if other := foreign[r]; other != nil && rapid.Bool().Draw(t, "foreign") {
			r = rapid.SampledFrom(other).Draw(t, "letter")
		}
		b.WriteRune(r)
	}
	return framed(t, cased(t, b.String()))
}

// Reference draws a way to write a reference, such as GU-S0WT-TDYY.
func Reference(t *rapid.T, ref string) string {
	text := ref
	if rapid.Bool().Draw(t, "bare") {
		text = strings.TrimPrefix(text, "GU-")
	}
	text = strings.ReplaceAll(text, "-", rapid.SampledFrom(gaps).Draw(t, "gap"))
	if rapid.Bool().Draw(t, "letters") {
		text = strings.NewReplacer("0", "O", "1", rapid.SampledFrom([]string{"I", "l"}).Draw(t, "one")).Replace(text)
	}
	return framed(t, cased(t, text)+rapid.SampledFrom([]string{"", "", ".", ",", ")"}).Draw(t, "sign"))
}

// Phone draws a way to write a number in E.164.
func Phone(t *rapid.T, e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		t.Fatalf("%s: %v", e164, err)
	}
	international := phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
	text := rapid.SampledFrom([]string{
		e164, international, phonenumbers.Format(number, phonenumbers.NATIONAL), "00" + e164[1:], strings.Replace(international, " ", " (0)", 1),
	}).Draw(t, "form")
	return framed(t, strings.ReplaceAll(text, " ", rapid.SampledFrom(gaps).Draw(t, "gap")))
}

// Name draws a way to write a name that is searched: with or without case, accents
// and hyphens, in any order of its two parts, with a title.
func Name(t *rapid.T, first, last string) string {
	text := first + " " + last
	if rapid.Bool().Draw(t, "last first") {
		text = last + " " + first
	}
	text = cased(t, text)
	if rapid.Bool().Draw(t, "decomposed") {
		text = norm.NFD.String(text)
	}
	if rapid.Bool().Draw(t, "hyphens") {
		text = strings.NewReplacer("-", " ", "’", "'").Replace(text)
	}
	return framed(t, rapid.SampledFrom([]string{"", "", "Mme ", "M. ", "MR "}).Draw(t, "title")+text)
}

func cased(t *rapid.T, text string) string {
	switch rapid.IntRange(0, 2).Draw(t, "case") {
	case 0:
		return strings.ToLower(text)
	case 1:
		return strings.ToUpper(text)
	default:
		return text
	}
}
