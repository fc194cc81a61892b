package locale

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestPlurals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		l    Lang
		n    int
		want string
	}{
		{FR, 0, "0\u00a0jour"},
		{FR, 1, "1\u00a0jour"},
		{FR, 2, "2\u00a0jours"},
		{FR, 1234, "1\u202f234\u00a0jours"},
		{FR, 1_000_000, "1\u202f000\u202f000\u00a0jours"},
		{EN, 0, "0 days"},
		{EN, 1, "1 day"},
		{EN, 2, "2 days"},
		{EN, 1234, "1,234 days"},
		{"", 1, "1\u00a0jour"},
		{"de", 2, "2\u00a0jours"},
	} {
		if got := c.l.Days(c.n); got != c.want {
			t.Errorf("%s: %d days are %q, want %q", c.l, c.n, got, c.want)
		}
	}
	if got := FR.Minutes(52); got != "52\u00a0minutes" {
		t.Errorf("52 minutes are %q", got)
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 4, 6, 5, 0, 0, time.UTC)
	gap := "This time does not exist in Paris on Sat 4 July 2026 (clocks go forward). Enter 06:05 or later."
	pairs := []any{"City", "Paris", "Date", at, "Time", at}
	for _, args := range [][]any{
		pairs,
		{Args{"City": "Paris", "Date": at, "Time": at}},
		{map[string]any{"City": "Paris"}, "Date", at, "Time", at},
	} {
		if got := EN.T("problem.time.gap", args...); got != gap {
			t.Errorf("%v gives %q", args, got)
		}
	}
	want := "Ce numéro n’existe pas dans le pays choisi (Belgique). Changez le pays ou ajoutez l’indicatif."
	if got := FR.T("problem.phone.wrong_country", "Country", "BE"); got != want {
		t.Errorf("a country gives %q", got)
	}
	want = "Ce numéro a 1 chiffre\u00a0; un numéro français en a 10"
	if got := FR.T("problem.phone.length_french", "Count", 1, "Expected", 10, "Country", "FR"); got != want {
		t.Errorf("a count gives %q", got)
	}
}

// What cannot be said is shown as its key and remembered.
func TestMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key  string
		args []any
	}{
		{"no.such.key", nil},
		{"problem.to_time.order", nil},                         // an argument is missing
		{"problem.to_time.order", []any{"time", "06:05"}},      // it is called Time
		{"problem.to_time.order", []any{42, "Time", "Time"}},   // 42 is no name
		{"problem.to_time.order", []any{"Time", "06:05", "x"}}, // x has no value
	} {
		if got := EN.T(c.key, c.args...); got != c.key {
			t.Errorf("%s %v gives %q, want the key", c.key, c.args, got)
		}
		if !slices.ContainsFunc(Missing(), func(m string) bool { return strings.HasPrefix(m, "en "+c.key+": ") }) {
			t.Errorf("%s is not remembered in %q", c.key, Missing())
		}
	}
}

func TestCatalogueFaults(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a key that is not quoted":    `problem.zone.empty = "x"`,
		"an unknown plural form":      `"a" = { one = "x", several = "y" }`,
		"a number":                    `"a" = 3`,
		"a plural form of a number":   `"a" = { one = 1, other = "y" }`,
		"not TOML":                    `"a" = `,
		"a key twice":                 "\"a\" = \"x\"\n\"a\" = \"y\"",
		"a key that another file has": `"taken" = "x"`,
	} {
		fsys := fstest.MapFS{
			"fr/a.toml": {Data: []byte(`"taken" = "y"`)},
			"fr/b.toml": {Data: []byte(text)},
		}
		if got, err := load(fsys, "fr"); err == nil {
			t.Errorf("%s is read as %v", name, got)
		}
	}
}
