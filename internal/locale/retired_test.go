package locale

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// retired is a word that the catalogue no longer uses, and what it says instead:
// one term per notion, the same on each page.
type retired struct {
	word    string   // a regular expression; it matches whole words, in any case
	instead string   // the term of today
	except  []string // keys in which the word means something else, or must stand
}

// A search is typed in words of its own: zone:CDG.
var typedSearch = []string{"desk.search.hint", "help.search.5.typed", "booking.search.zone", "booking.search.unknown"}

var retiredWords = map[Lang][]retired{
	FR: {
		{`affaire`, "dossier", nil},
		{`constats?`, "résultat de la vérification", nil},
		{`s’étei(nt|gnent|ndra|ndre)|étei(nt|nte|ndre)`, "expirer, être libérée", nil},
		{`zones?`, "aéroport ou gare", typedSearch},
		{`lieux?`, "aéroport ou gare", nil},
		{`plaques?`, "immatriculation", []string{"sale.plate.short"}}, // the head of a narrow column
		{`repères?`, "identifiant de requête", nil},
		{`identifiant de l’appel`, "identifiant de requête", nil},
		{`identifiants? du fournisseur`, "identifiant fournisseur", nil},
		{`référence du fournisseur`, "réf. fournisseur, référence fournisseur", nil},
		{`notes? de crédit`, "avoir", nil},
		{`d’ordinaire`, "en général", nil},
		{`là-bas|ici et là`, "chez le fournisseur, facturé", nil},
		{`en vigueur`, "active", nil},
		{`par quel moyen`, "canal", nil},
		{`pourquoi regarder`, "motif", nil},
		{`raisons?`, "motif", nil},
		{`suivi par personne`, "non attribué", nil},
		{`l’agence lit`, "ce que voit l’agence", nil},
		{`(ce que )?personne ne sait`, "résultat inconnu, cas incertain", nil},
		{`tranche`, "règle", nil},
		{`(est|sont) dehors`, "est déconnecté", nil},
		{`laissée? entrer|laisser entrer`, "réactiver", nil},
		{`propre agence`, "son agence", nil},
		{`n’est (plus|pas le) bon|est bon`, "a expiré, incorrect, valable", nil},
		{`c’est (changé|déconnecté|noté|refait)`, "ce qui a été fait, et à quoi", nil},
		{`effacer le voyageur|voyageur effacé|voyageur exporté`, "données personnelles", nil},
		{`vraie date`, "cette date n’existe pas", nil},
		{`sans suite`, "non abouties", nil},
		{`ne s’ouvre pas ainsi`, "ne s’ouvre pas directement", nil},
		{`lieu de départ`, "aéroport ou gare par défaut", nil},
		{`la moitié en`, "médiane", nil},
		{`brouillons?`, "devis", nil},
		{`heure de (Guadeloupe|Martinique|Zurich)`, "heure de la Guadeloupe, de la Martinique, de Genève", nil},
		{`Swaziland|Macédoine`, "Eswatini, Macédoine du Nord", []string{"country.MK"}},
		{`mails?`, "e-mail", nil},
		{`est en (statut|état)`, "a le statut", nil},
	},
	EN: {
		{`affairs?`, "case", nil},
		{`lapse[sd]?|lapsing`, "expire, release", nil},
		{`zones?`, "airport or station; time zone", typedSearch},
		{`places?`, "airport or station; space", nil},
		{`plates?`, "number plate", []string{"sale.plate.short"}}, // the head of a narrow column
		{`mark of the (call|request)`, "request ID", nil},
		{`id of the call`, "request ID", nil},
		{`supplier’s (reference|id)`, "supplier reference, supplier ID", nil},
		{`credit notes?`, "credit", nil},
		{`in force`, "active", nil},
		{`by which way`, "channel", nil},
		{`why to look`, "reason", nil},
		{`held by nobody`, "unassigned", nil},
		{`the agency reads`, "what the agency sees", nil},
		{`over (here|there)`, "closed in Guichet, billed by the supplier", nil},
		{`(what )?nobody knows`, "unknown outcome, it is not known", nil},
		{`let in again`, "reactivate", nil},
		{`the own agency`, "their own agency", nil},
		{`no longer good|good for`, "has expired, valid for", nil},
		{`real date`, "this date does not exist", nil},
		{`erase the traveller|traveller (erased|exported)`, "personal data", nil},
		{`half within`, "median", nil},
		{`drop|dropped|drops`, "release, released", nil},
		{`asked for`, "requested", []string{"health.how"}}, // there it is what an answer must give
		{`see (the|all) (other )?bookings?`, "view", nil},
		{`voucher to print`, "print voucher", nil},
		{`a question`, "questions?", nil},
		{`note the check`, "record the check", nil},
		{`mails?`, "email", nil},
		{`timezones?`, "time zone", nil},
		{`sells`, "active", []string{"problem.zones_agreed.empty"}}, // there it is the supplier that sells
		{`to work on`, "queue", nil},
		{`drafts?`, "quote", nil},
	},
}

// allowedBefore are the words that make another of a retired one.
var allowedBefore = map[string]string{"zones?": "time ", "plates?": "number ", "lieux?": "au "}

// wholeWord finds any of words, in lower case, where no letter, digit or hyphen
// stands beside it.
func wholeWord(words, before string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^\p{L}\p{N}-])(` + before + `)?(` + words + `)(?:$|[^\p{L}\p{N}-])`)
}

// retiredIn are the retired words of a message's text; what is put in for a
// placeholder is not looked at.
func retiredIn(l Lang, key, text string) (found []retired) {
	text = strings.ToLower(placeholder.ReplaceAllString(text, "0"))
	if !anyRetired()[l].MatchString(text) {
		return nil
	}
	for _, r := range retiredWords[l] {
		if slices.Contains(r.except, key) {
			continue
		}
		for _, m := range wholeWord(strings.ToLower(r.word), allowedBefore[r.word]).FindAllStringSubmatch(text, -1) {
			if m[1] == "" {
				found = append(found, r)
				break
			}
		}
	}
	return found
}

// anyRetired is all words of a language at once: most messages hold none.
var anyRetired = sync.OnceValue(func() map[Lang]*regexp.Regexp {
	all := map[Lang]*regexp.Regexp{}
	for l, list := range retiredWords {
		var words []string
		for _, r := range list {
			words = append(words, strings.ToLower(r.word))
		}
		all[l] = wholeWord(strings.Join(words, "|"), "")
	}
	return all
})

func TestNoMessageUsesARetiredWord(t *testing.T) {
	t.Parallel()
	for l, list := range retiredWords {
		for key, m := range l.entry().messages {
			for _, text := range slices.Compact([]string{m.One, m.Other}) {
				for _, r := range retiredIn(l, key, text) {
					t.Errorf("%s %s: instead of %q say %q: %q", l, key, r.word, r.instead, text)
				}
			}
		}
		for _, r := range list {
			for _, key := range r.except {
				if m := l.entry().messages[key]; m == nil || len(retiredIn(l, "", m.Other)) == 0 {
					t.Errorf("%s: %q is excused in %s, which does not say it", l, r.word, key)
				}
			}
		}
	}
}

// Whole words are found in any case; what is only alike, or is put in, is not.
func TestRetiredWordsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"Plaque":                              1,
		"l’affaire, ou la zone":               2,
		"La réservation s’éteint":             1,
		"Chiffre de {{.Affaire}} à {{.Zone}}": 0,
		"Replaqué":                            0,
		"Ce lien n’est plus bon.":             1,
		"heure de la Guadeloupe":              0,
		"Références de {{.Plaque}} valide":    0,
	} {
		if got := retiredIn(FR, "", text); len(got) != want {
			t.Errorf("%q: %d retired words (%v), want %d", text, len(got), got, want)
		}
	}
	for text, want := range map[string]int{
		"Time zone": 0, "Zone": 1, "number plate": 0, "the plate and the number plate": 1, "drop-off": 0, "Dropped": 1, "It lapses by itself.": 1,
	} {
		if got := retiredIn(EN, "", text); len(got) != want {
			t.Errorf("%q: %d retired words (%v), want %d", text, len(got), got, want)
		}
	}
}
