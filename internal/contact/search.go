package contact

import "strings"

// shortestEnd is how many digits tell numbers apart: the last ones of a phone.
const (
	shortestEnd   = 3
	longestEnd    = 8 // that may begin with 00
	shortestBegin = 6 // with its country
)

// PhoneSearch is what the numbers have that somebody looks for.
type PhoneSearch struct {
	End   string // of the digits; empty when nothing is known of it
	Begin string // in E.164, with the +; empty as well
}

// SearchPhone reads a number, or its beginning or end, as it is typed. A number with
// its country is a beginning. One without is the end of a number, whose zeros in
// front belong to its country, and the beginning of a French one. Nothing is known
// of a text with anything else, or with too few digits.
func SearchPhone(text string) PhoneSearch {
	digits, err := dial(text)
	switch {
	case err != nil || len(digits) < shortestEnd:
		return PhoneSearch{}
	case strings.HasPrefix(digits, "+"):
		return abroadSearch(text)
	case strings.HasPrefix(digits, "00") && len(digits) > longestEnd:
		return abroadSearch(text)
	case strings.HasPrefix(digits, "00"): // the end of a number all the same
		return PhoneSearch{End: digits}
	}
	if len(digits) < shortestBegin { // no number is so short: it is the end of one, zeros included
		return PhoneSearch{End: digits}
	}
	own := strings.TrimLeft(digits, "0")
	if len(own) < shortestEnd {
		return PhoneSearch{End: digits}
	}
	found := PhoneSearch{End: own}
	if own != digits {
		found.Begin = "+33" + own
	}
	return found
}

func abroadSearch(text string) PhoneSearch {
	if p, err := ParsePhone(text, "FR"); err == nil {
		return PhoneSearch{Begin: p.E164}
	}
	dialled, err := dial(strings.NewReplacer("(0)", "", "（0）", "").Replace(text))
	begin := "+" + strings.TrimPrefix(strings.TrimPrefix(dialled, "+"), "00")
	if err != nil || len(begin) <= shortestBegin {
		return PhoneSearch{}
	}
	return PhoneSearch{Begin: begin}
}
