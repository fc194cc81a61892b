package locale

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// dynamic are the starts of keys that code puts together. Whatever begins so
// counts as used, and every literal that does must exist.
var dynamic = []string{
	"alert.", "mail.alert.", "help.",
	"format.weekday.", "format.weekday_short.", "format.month.", "zone.name.", "zone.city.",
	"country.", "audit.code.", "problem.", "web.state.", "sale.phone.line.",
	"booking.cancel_reason.", "attempt.", "cancel.rule.", "case.person", "case.reference", "case.supplier_id", "case.text", "case.why.", "case.finding.", "case.channel.", "case.message.", "notes.", "queue.mail.", "cancel.say.", "cancel.unpaid.", "cancel.why.", "booking.event.", "booking.head.", "booking.in_flight.", "booking.over.", "booking.reason.",
	"booking.sent.", "booking.unfit.field.", "desk.why.", "frozen.ending.", "frozen.lost.", "frozen.sign.", "unknown.ending.", "unknown.field.", "export.format.", "figures.", "finding.act.", "filter.from", "filter.insured.", "filter.sort.", "filter.least", "filter.most", "filter.on.", "filter.to", "pay_method.", "service.", "ui.",
	"statement.about.", "statement.class.", "statement.field.", "statement.means.", "statement.reason.",
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(m *i18n.Message) []string {
	found := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(m.One+m.Many+m.Other, -1) {
		found[match[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	for _, l := range Langs() {
		for _, other := range Langs() {
			for key, m := range l.entry().messages {
				n, ok := other.entry().messages[key]
				if !ok {
					t.Errorf("%s is missing in %s", key, other)
					continue
				}
				if a, b := placeholders(m), placeholders(n); !slices.Equal(a, b) {
					t.Errorf("%s has %v in %s and %v in %s", key, a, l, b, other)
				}
			}
		}
	}
}

// The files of a language have the nouns of the pages: a page's messages are found
// by its name. Each language has the same files with the same keys.
func TestMessageFilesAreThoseOfPages(t *testing.T) {
	t.Parallel()
	shared := []string{"country", "format", "mail", "problem", "sale", "timezone"} // of no single page
	keys := map[string]map[Lang][]string{}
	for _, l := range Langs() {
		names, err := fs.Glob(files, "messages/"+string(l)+"/*.toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			found := map[string]*i18n.Message{}
			if err := loadFile(found, files, name); err != nil {
				t.Fatal(err)
			}
			noun := strings.TrimSuffix(path.Base(name), ".toml")
			if keys[noun] == nil {
				keys[noun] = map[Lang][]string{}
			}
			keys[noun][l] = slices.Sorted(maps.Keys(found))
		}
	}
	for noun, of := range keys {
		pages, err := filepath.Glob("../../web/*/" + noun + ".*")
		if err != nil || (len(pages) == 0) != slices.Contains(shared, noun) {
			t.Errorf("%s.toml: no page has this name, or the list says so (%d pages, %v)", noun, len(pages), err)
		}
		for _, l := range Langs() {
			if !slices.Equal(of[l], of[Default()]) {
				t.Errorf("%s.toml has other keys in %s than in %s", noun, l, Default())
			}
		}
	}
}

func TestMessagesAreComplete(t *testing.T) {
	t.Parallel()
	for _, l := range Langs() {
		for key, m := range l.entry().messages {
			for form, text := range map[string]string{"one": m.One, "many": m.Many, "other": m.Other} {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s %s: the form %s is empty", l, key, form)
				}
				rest := placeholder.ReplaceAllString(text, "")
				if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
					t.Errorf("%s %s: more than a plain placeholder in %q", l, key, text)
				}
			}
		}
	}
}

var badFrench = map[string]*regexp.Regexp{
	"a plain space before : ; ? ! »":     regexp.MustCompile(` [:;?!»]`),
	"a plain space after «":              regexp.MustCompile(`« `),
	"no space at all before ; ? ! »":     regexp.MustCompile(`[\p{L}\d)}][;?!»]`),
	"a straight apostrophe":              regexp.MustCompile(`'`),
	"a straight quotation mark":          regexp.MustCompile(`"`),
	"a plain space before €":             regexp.MustCompile(` €`),
	"a word that style forbids":          regexp.MustCompile(`(?i)veuillez`),
	"a plain space in a spoken time":     regexp.MustCompile(`\d h(\s|$)|h \d\d`),
	"three dots instead of one ellipsis": regexp.MustCompile(`\.\.\.`),
}

func TestFrenchTypography(t *testing.T) {
	t.Parallel()
	for key, m := range FR.entry().messages {
		for _, text := range []string{m.One, m.Other} {
			for fault, pattern := range badFrench {
				if pattern.MatchString(text) {
					t.Errorf("%s: %s in %q", key, fault, text)
				}
			}
		}
	}
}

func TestEnglishTypography(t *testing.T) {
	t.Parallel()
	for key, m := range EN.entry().messages {
		for _, text := range []string{m.One, m.Other} {
			if strings.ContainsAny(text, `'"`) || strings.Contains(strings.ToLower(text), "please") {
				t.Errorf("%s: a straight quotation mark or “please” in %q", key, text)
			}
		}
	}
}

var (
	quoted  = regexp.MustCompile("[\"`]([a-z0-9_]+(?:\\.[A-Za-z0-9_/]+)+)[\"`]")
	spoken  = regexp.MustCompile("(?:\\bT|\\bKey)\\([\"`]([^\"`]*)[\"`](\\s*\\+)?")
	ignored = []string{".git", "node_modules", "testdata", ".data", "tools"}
)

// words are the quoted texts in the repository's sources that look like keys,
// and those that are given to T or Key, each with the file it stands in.
type words struct{ quoted, spoken map[string]string }

func readSources(t *testing.T) words {
	t.Helper()
	w := words{map[string]string{}, map[string]string{}}
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(ignored, d.Name()):
			return filepath.SkipDir
		case d.IsDir(), strings.HasSuffix(file, "_test.go"), strings.HasSuffix(file, "_templ.go"):
			return nil
		case !strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, ".templ"):
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		w.read(file, uncommented(string(source)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$|\s// .*$`)

func uncommented(source string) string { return comment.ReplaceAllString(source, "") }

func (w words) read(path, source string) {
	for _, m := range quoted.FindAllStringSubmatch(source, -1) {
		w.quoted[m[1]] = path
	}
	for _, m := range spoken.FindAllStringSubmatch(source, -1) {
		if m[2] == "" { // what follows + is put together
			w.spoken[m[1]] = path
		}
	}
}

func isDynamic(key string) bool {
	return slices.ContainsFunc(dynamic, func(start string) bool { return strings.HasPrefix(key, start) })
}

func TestSpokenKeysExist(t *testing.T) {
	t.Parallel()
	w := readSources(t)
	if len(w.spoken) == 0 {
		t.Fatal("no source speaks at all: the walk is broken")
	}
	for key, path := range w.spoken {
		if !Has(FR, key) {
			t.Errorf("%s speaks of %q, which no catalogue has", path, key)
		}
	}
	for key, path := range w.quoted {
		if isDynamic(key) && !Has(FR, key) {
			t.Errorf("%s names %q, which no catalogue has", path, key)
		}
	}
}

func TestKeysAreUsed(t *testing.T) {
	t.Parallel()
	w := readSources(t)
	for _, key := range Keys(FR) {
		if w.quoted[key] == "" && w.spoken[key] == "" && !isDynamic(key) {
			t.Errorf("nothing says %s", key)
		}
	}
	for _, start := range dynamic {
		if !slices.ContainsFunc(Keys(FR), func(key string) bool { return strings.HasPrefix(key, start) }) {
			t.Errorf("no key begins with %s", start)
		}
	}
}
