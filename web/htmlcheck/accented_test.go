package htmlcheck_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"guichet/internal/locale/pseudo"
	"guichet/web/htmlcheck"
	"guichet/web/ui"
)

func TestMain(m *testing.M) {
	if err := pseudo.Add(os.DirFS("../../internal/locale")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestWordsAreThoseThatPeopleRead(t *testing.T) {
	t.Parallel()
	page := `<html lang="fr"><head><title>Un titre</title><style>a{color:red}</style><script>let x</script></head><body>
		<p title="Deux">Payé par zoe@example.test, GU-FNBF-ZKMP, Zoé Lévy</p><p>diamvixt2ezfamed dkfmsium4ihlyzkp3dihx5363a msfabcdefghijklmnopqrstuvw AB-12 52min 12 ms</p><p lang="en">Not ours</p><p lang="fr">Le nôtre</p>
		<span class="x code">held</span><code>const</code><button aria-label="Fermer" data-copied="Copié" data-id="Rien">2E</button></body></html>`
	words, err := htmlcheck.Words([]byte(page), "ms", "Zoé", "Zoé Lévy")
	var got []string
	for _, w := range words {
		got = append(got, w.Text)
	}
	if want := strings.Fields("Un titre Deux Payé par min Le nôtre Fermer Copié"); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// samples are the names in the sample pages.
var samples = []string{
	"A. Martin", "Ada Blanc", "Agence du Port", "AIX", "Aix-en-Provence TGV", "Ali, Nour", "Aéroport de Villeneuve", "Camille Durand", "Camille Martin",
	"CDG", "CHF", "Durand & Co", "Durand Camille", "Durand", "Durand, Camille", "French", "gris", "Horizon Voyages", "Héliport d’Issy", "La Réunion Roland-Garros",
	"Louis Petit", "LPD", "Lyon Part-Dieu", "Lyon-Saint-Exupéry", "LYS", "ORY", "Paris Charles de Gaulle", "Paris Gare de Lyon",
	"Paris-Charles-de-Gaulle", "Paris-Orly", "Peugeot", "PLY", "RUN", "Smith, Jo", "Terminal", "TEST", "XHE", "Zoé Lévy",
}

// No page says a word that its language's catalogue does not have. The sample
// pages are drawn in a language whose words nobody would write by hand.
func TestPagesSpeakOneLanguage(t *testing.T) {
	t.Parallel()
	v := view(pseudo.Lang)
	pages := samplePages(v)
	pages["gallery"] = ui.UI(v)
	seen := map[string]bool{}
	for name, page := range pages {
		words, err := htmlcheck.Words([]byte(render(t, page)), samples...)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if utf8.RuneCountInString(w.Text) > 1 && !pseudo.Is(w.Text) && !seen[w.Where] {
				seen[w.Where] = true
				t.Errorf("%s: %q is of another language in %s", name, w.Text, w.Where)
			}
		}
	}
}
