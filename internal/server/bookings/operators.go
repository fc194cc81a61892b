package bookings

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// operators moves what experts write into the search box, such as "zone:CDG
// from:4/7 status:paid", to where it belongs in the filter. French and English
// words are understood at once. wrong is what has a value that nothing can have;
// found is false when there is none.
func operators(f ui.ListFilter) (narrowed ui.ListFilter, found bool, wrong string) {
	var rest []string
	f.States = slices.Clone(f.States)
	for _, word := range strings.Fields(f.Query) {
		name, value, is := strings.Cut(word, ":")
		if !is || value == "" {
			rest = append(rest, word)
			continue
		}
		switch operator(&f, contact.Bare(name), value) {
		case noOperator:
			rest = append(rest, word)
		case noValue:
			wrong = word
		default:
			found = true
		}
	}
	f.Query = strings.Join(rest, " ")
	return f, found, wrong
}

// reading is what came of a word that may be an operator with its value.
type reading int

const (
	noOperator reading = iota
	noValue
	isRead
)

func operator(f *ui.ListFilter, name, value string) reading {
	switch name {
	case "zone":
		f.Zone = value
	case "agence", "agency":
		f.Agency = value
	case "statut", "etat", "status", "state":
		state, known := stateWord(value)
		if !known {
			return noValue
		}
		if !slices.Contains(f.States, string(state)) {
			f.States = append(f.States, string(state))
		}
	case "assurance", "insurance", "insured":
		answer, known := answers[contact.Bare(value)]
		if !known {
			return noValue
		}
		f.Insured = answer
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
		return noOperator
	}
	return isRead
}

// answers are those to the question whether a booking is insured.
var answers = map[string]string{"oui": "yes", "yes": "yes", "avec": "yes", "with": "yes", "non": "no", "no": "no", "sans": "no", "without": "no"}

// readOperators narrows the filter by what stands in the search box: to is the
// address where the list is then. What has a value that cannot be is said beside the
// box, which keeps all that was typed.
func (s *Handlers) readOperators(r *http.Request, p *pages.ListPage) (to string) {
	narrowed, found, wrong := operators(p.Filter)
	l := site.Lang(r)
	if wrong != "" {
		p.Errors["q"] = l.T("booking.search.value", "Word", wrong)
		return ""
	}
	if !found {
		return ""
	}
	tried := *p
	tried.Filter, tried.Errors = narrowed, map[string]string{}
	s.filter(r, &tried)
	for _, field := range slices.Sorted(maps.Keys(tried.Errors)) {
		p.Errors["q"] = tried.Errors[field]
		return ""
	}
	return narrowed.At(p.Path)
}

// likeOperator is what is written as an operator is.
var likeOperator = regexp.MustCompile(`^(\p{L}{2,}):\S`)

// unknownOperator is the first word of a text that is written as an operator and is
// none; empty when there is none.
func unknownOperator(text string) string {
	for word := range strings.FieldsSeq(text) {
		if m := likeOperator.FindStringSubmatch(word); m != nil {
			return m[1] + ":"
		}
	}
	return ""
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
			if contact.Bare(l.T("web.state."+string(s))) == contact.Bare(value) {
				return s, true
			}
		}
	}
	return "", false
}
