package pseudo_test

import (
	"os"
	"testing"
	"unicode/utf8"

	"guichet/internal/locale"
	"guichet/internal/locale/pseudo"
)

func TestMain(m *testing.M) {
	if err := pseudo.Add(os.DirFS("..")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// A language that is added says all, in words of its own, and longer ones.
func TestAddedLanguageIsComplete(t *testing.T) {
	t.Parallel()
	if got := len(locale.Keys(pseudo.Lang)); got != len(locale.Keys(locale.EN)) {
		t.Errorf("%d messages", got)
	}
	for l, want := range map[locale.Lang]string{locale.EN: "2 days", pseudo.Lang: "2 " + pseudo.Text("days")} {
		if got := l.Days(2); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := pseudo.Lang.Money(123456, "EUR"); got != "€1,234.56" {
		t.Errorf("money is %q", got)
	}
	for header, want := range map[string]locale.Lang{"en-US": locale.EN, "fr": locale.FR, "en-XA": pseudo.Lang} {
		if got := locale.Match(header); got != want {
			t.Errorf("%q is matched by %s", header, got)
		}
	}
}

func TestTextIsLongerAndAccented(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Book":             "ƁƁǿǿǿķ",
		"{{.Count}} days":  "{{.Count}} ḓḓȧẏẏş",
		"Réunion":          "ŘŘḗŭŭƞīǿǿƞ",
		"12 €, {{.Ref}}: ": "12 €, {{.Ref}}: ",
	} {
		if got := pseudo.Text(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	english := "This booking can no longer be paid; the space on hold will be released automatically"
	if a, b := utf8.RuneCountInString(english), utf8.RuneCountInString(pseudo.Text(english)); 10*b < 14*a-20 || 10*b > 16*a {
		t.Errorf("%d characters became %d", a, b)
	}
	for word, want := range map[string]bool{pseudo.Text("Booking"): true, "Booking": false, "Réservé": false} {
		if pseudo.Is(word) != want {
			t.Errorf("%s is taken for the other language", word)
		}
	}
}
