package bookings

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// operators moves what experts write into the search box, such as "zone:CDG
// from:4/7 status:paid", to where it belongs in the filter. French and English
// words are understood at once. False when there is none.
func operators(f ui.ListFilter) (ui.ListFilter, bool) {
	var rest []string
	found := false
	for _, word := range strings.Fields(f.Query) {
		name, value, is := strings.Cut(word, ":")
		if !is || value == "" || !operator(&f, plainWord(name), value) {
			rest = append(rest, word)
			continue
		}
		found = true
	}
	f.Query = strings.Join(rest, " ")
	return f, found
}

func operator(f *ui.ListFilter, name, value string) bool {
	switch name {
	case "zone":
		f.Zone = value
	case "agence", "agency":
		f.Agency = value
	case "statut", "etat", "status", "state":
		state, known := stateWord(value)
		if !known {
			return false
		}
		if !slices.Contains(f.States, string(state)) {
			f.States = append(f.States, string(state))
		}
	case "du", "from":
		f.From, f.On = value, cmp.Or(f.On, string(booking.ByDropOff))
	case "au", "to":
		f.To, f.On = value, cmp.Or(f.On, string(booking.ByDropOff))
	case "depot", "dropoff":
		f.On, f.From, f.To = days(booking.ByDropOff, value)
	case "retour", "return":
		f.On, f.From, f.To = days(booking.ByReturn, value)
	case "creation", "creee", "created":
		f.On, f.From, f.To = days(booking.ByCreation, value)
	default:
		return false
	}
	return true
}

// days reads "4/7..11/7"; a day alone is a period of one.
func days(by booking.DateField, value string) (on, from, to string) {
	from, to, ranged := strings.Cut(value, "..")
	if !ranged {
		to = from
	}
	return string(by), from, to
}

// stateWord reads a state as a page of either language calls it, or by its code.
func stateWord(value string) (booking.State, bool) {
	for _, s := range booking.States() {
		if strings.EqualFold(value, string(s)) {
			return s, true
		}
		for _, l := range locale.Langs() {
			if plainWord(l.T("web.state."+string(s))) == plainWord(value) {
				return s, true
			}
		}
	}
	return "", false
}

// plainWord is a word without case, accents, spaces and signs.
func plainWord(text string) string {
	drop := runes.Predicate(func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(drop)), strings.ToLower(text))
	if err != nil {
		return text
	}
	return plain
}
