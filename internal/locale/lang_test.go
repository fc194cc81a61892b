package locale

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{
		"":                               FR,
		"fr":                             FR,
		"fr-CA,fr;q=0.9":                 FR,
		"en":                             EN,
		"en-US,en;q=0.9":                 EN,
		"en-GB;q=0.9,fr;q=0.8":           EN,
		"fr;q=0.3,en;q=0.8":              EN,
		"de-DE,de;q=0.9,en;q=0.5":        EN,
		"ja":                             FR,
		"*":                              FR,
		"\x00;;;,q=":                     FR,
		"en-u-rg-gbzzzz, fr-u-ca-hebrew": EN,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		if got := Match(rapid.String().Draw(t, "header")); !got.Valid() {
			t.Fatalf("%q is no language of the portal", got)
		}
	})
}

// namesLanguage finds the code of one of the portal's languages as a literal, in
// Go, templ, JavaScript and SQL.
var namesLanguage = regexp.MustCompile(`["'](fr|en)["']|locale\.(FR|EN)\b`)

// knowing are the files outside this package that may name a language, and why.
var knowing = map[string]string{
	"web/ui/words.go":               "the language in which the supplier answers",
	"cmd/demo/customers.go":         "made-up customers with French and English names",
	"cmd/demo/mails.go":             "a page for developers",
	"migrations/0002_accounts.sql":  "merged; a later migration takes the list away",
	"migrations/0052_languages.sql": "its way back",
}

// A language is added by an entry of the table and a folder of messages: no
// other source names one.
func TestOnlyTheTableKnowsLanguages(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains(ignored, d.Name()) || path == "internal/locale"):
			return fs.SkipDir
		case d.IsDir(), strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, "_templ.go"),
			!slices.Contains([]string{".go", ".templ", ".js", ".sql"}, filepath.Ext(path)):
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		for n, line := range strings.Split(string(source), "\n") {
			if !namesLanguage.MatchString(line) {
				continue
			}
			if seen[path] = true; knowing[path] == "" {
				t.Errorf("%s:%d names a language: %s", path, n+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range knowing {
		if !seen[path] {
			t.Errorf("%s names no language any more: take it from the list", path)
		}
	}
}
