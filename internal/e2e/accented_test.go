package e2e

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"guichet/internal/locale/pseudo"
	"guichet/web/htmlcheck"
)

// data are the words on pages that no catalogue has: names of people, agencies and
// cars, what somebody typed or sent, units, and the name of a language, which is
// CLDR's.
var data = []string{
	"Voyages Test", "Autres Voyages", "TEST", "OTHER",
	"Camille Martin", "Maud Leroy", "Dominique Petit", "Dominique Roux", "Ada Blanc", "O’Hara-Lévy", "Zoé",
	"Renault", "Clio", "bleue", "Terminal", "French",
	"zzz", "hara", "XXX", "soon", "much", "foo", "bar", "Rappelle à", "…-key", "Go-http-client",
	"releve.csv", "ID", "Référence", "Plaque", "Dépôt", "Retour", "Total",
	"UTC", "HTTP", "ms",
}

// Every page is drawn once in a language whose words are 40 % longer than the
// English ones, in a narrow window: nothing is cut, and no word comes from
// anywhere but the catalogue.
func TestEveryPageHoldsLongWords(t *testing.T) {
	t.Parallel()
	eachPage(t, pseudo.Lang, func(v *visit, p sight) {
		v.look(light, narrow)
		report(t, p.name, append(js[[]string](v.tab, tooWide), v.strangeWords()...))
		report(t, p.name, v.heard())
	})
}

// strangeWords are those on the page that are neither of the generated language nor
// data.
func (v *visit) strangeWords() []string {
	v.t.Helper()
	words, err := htmlcheck.Words([]byte(js[string](v.tab, "document.documentElement.outerHTML")), v.names()...)
	if err != nil {
		v.t.Fatal(err)
	}
	var list []string
	for _, w := range words {
		if utf8.RuneCountInString(w.Text) > 1 && !pseudo.Is(w.Text) {
			list = append(list, fmt.Sprintf("%q is no word of this language: %s", w.Text, w.Where))
		}
	}
	return list
}

// names are data and the supplier's zones.
func (v *visit) names() []string {
	v.t.Helper()
	zones, err := v.pool.Query(v.t.Context(), `SELECT name, code, city, timezone FROM zones`)
	if err != nil {
		v.t.Fatal(err)
	}
	list := append([]string{"Europe/Paris", "Europe/Lisbon"}, data...)
	for zones.Next() {
		var name, code, city, timezone string
		if err := zones.Scan(&name, &code, &city, &timezone); err != nil {
			v.t.Fatal(err)
		}
		list = append(list, name, code, city, timezone)
	}
	if err := zones.Err(); err != nil {
		v.t.Fatal(err)
	}
	return list
}
