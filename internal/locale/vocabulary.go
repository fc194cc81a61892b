package locale

import (
	"strconv"
	"strings"
)

// vocabulary are the words that people type in dates and times, in all languages
// at once, as plain writes them. They stand in the catalogues, beside what pages
// show.
type vocabulary struct {
	months   [12][]string
	weekdays [7][]string

	today, tomorrow, afterTomorrow map[string]bool

	days, weeks, ahead map[string]bool
	hours              map[string]bool // between hours and minutes
	titles             map[string]bool // before and after names
	filler             map[string]bool // words that say nothing
	ordinal            map[string]bool // the endings of "1er", "4th"
	noon, midnight     map[string]bool
}

func newVocabulary(list []*loaded) *vocabulary {
	v := &vocabulary{}
	for i := range v.months {
		v.months[i] = typedNames(list, "format.month."+strconv.Itoa(i+1))
	}
	for i := range v.weekdays {
		v.weekdays[i] = typedNames(list, "format.weekday."+strconv.Itoa(i))
	}
	v.today, v.tomorrow = typedWords(list, "typed.today"), typedWords(list, "typed.tomorrow")
	v.afterTomorrow, v.ahead = typedWords(list, "typed.after_tomorrow"), typedWords(list, "typed.ahead")
	v.hours, v.titles = typedWords(list, "typed.hours"), typedWords(list, "typed.titles")
	v.days, v.weeks = typedWords(list, "typed.days"), typedWords(list, "typed.weeks")
	v.filler, v.ordinal = typedWords(list, "typed.filler"), typedWords(list, "typed.ordinal")
	v.noon, v.midnight = typedWords(list, "typed.noon"), typedWords(list, "typed.midnight")
	return v
}

func typedNames(list []*loaded, key string) (names []string) {
	for _, s := range list {
		if m := s.messages[key]; m != nil {
			names = append(names, plain(m.Other))
		}
	}
	return names
}

// typedWords are those of a message that lists them, with commas between.
func typedWords(list []*loaded, key string) map[string]bool {
	words := map[string]bool{}
	for _, s := range list {
		if m := s.messages[key]; m != nil {
			for word := range strings.SplitSeq(m.Other, ",") {
				words[bareWord(plain(word))] = true
			}
		}
	}
	return words
}

// bareWord takes the signs from a word that people may write in one or in two.
func bareWord(text string) string {
	return strings.NewReplacer("'", "", "-", "", " ", "", ".", "").Replace(text)
}
