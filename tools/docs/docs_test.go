// Package docs checks that the project's documents name what is there: files,
// addresses of the portal, tests, targets of make and settings.
package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are those that tell people where things are.
var documents = []string{"README.md", "SECURITY.md", ".github/CONTRIBUTING.md", "internal/booking/README.md"}

// noFiles look like paths and are none.
var noFiles = []string{"Europe/Paris", "10.1.2.0/24"}

var (
	span    = regexp.MustCompile("`([^`\n]+)`|\\]\\(([^)\\s]+)\\)")
	address = regexp.MustCompile(`^/[\w./{}-]*$`)
	proof   = regexp.MustCompile(`^(Test|Fuzz)[A-Z]\w*$`)
	setting = regexp.MustCompile(`^GUICHET_[A-Z_]+$`)
	target  = regexp.MustCompile(`\bmake ([a-z][a-z-]+)$`)
	file    = regexp.MustCompile(`^(\./)?[\w.*{},-]+(/[\w.*{},-]+)*/?$`)
	source  = regexp.MustCompile(`\.(go|md|sh|sql|sum|templ|toml|ya?ml|json|css|js|png)$`)
	braces  = regexp.MustCompile(`^(.*)\{([^{}]*)\}(.*)$`)
)

// project is what there is.
type project struct {
	paths []string // files and folders
	text  string   // of all sources
}

func TestDocumentsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	p := look(t, root)
	for _, document := range documents {
		content, err := fs.ReadFile(root, document)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		for _, found := range span.FindAllStringSubmatch(string(content), -1) {
			said[found[1]+found[2]] = true
			for _, word := range strings.FieldsFunc(found[1], func(r rune) bool { return r == ' ' || r == '=' }) {
				said[word] = true
			}
		}
		for word := range said {
			if wrong := p.lacks(path.Dir(document), word); wrong != "" {
				t.Errorf("%s: there is no %s %s", document, wrong, word)
			}
		}
	}
}

// lacks says what a word claims to be that is not there; empty when all is well.
func (p project) lacks(folder, word string) string {
	switch {
	case slices.Contains(noFiles, word) || strings.Contains(word, "://"):
	case address.MatchString(word):
		if !strings.Contains(p.text, `"`+word) && !strings.Contains(p.text, `+"`+word[strings.LastIndex(word, "/"):]+`"`) {
			return "address"
		}
	case proof.MatchString(word):
		if !strings.Contains(p.text, "func "+word+"(") {
			return "test"
		}
	case setting.MatchString(word):
		if !strings.Contains(p.text, word) && !strings.Contains(p.text, `env:"`+strings.TrimPrefix(word, "GUICHET_")) {
			return "setting"
		}
	case target.MatchString(word):
		if !strings.Contains(p.text, "\n"+target.FindStringSubmatch(word)[1]+":") {
			return "target"
		}
	case file.MatchString(word) && (strings.Contains(word, "/") || source.MatchString(word)):
		for _, one := range spread(word) {
			if !p.has(folder, one) {
				return "file"
			}
		}
	}
	return ""
}

// has reports that a name with a slash leads somewhere from the project's folder
// or from the document's, and that any file has a name without one.
func (p project) has(folder, name string) bool {
	if strings.HasPrefix(name, ".data") || strings.HasPrefix(name, "bin/") || strings.HasPrefix(name, "shots/") {
		return true // made on demand
	}
	return slices.ContainsFunc(p.paths, func(have string) bool {
		for _, want := range []string{path.Clean(name), path.Join(folder, name)} {
			if ok, err := path.Match(want, have); ok && err == nil {
				return true
			}
		}
		ok, err := path.Match(name, path.Base(have))
		return ok && err == nil
	})
}

// spread resolves a{b,c} to ab and ac.
func spread(word string) []string {
	parts := braces.FindStringSubmatch(word)
	if parts == nil {
		return []string{word}
	}
	var all []string
	for _, one := range strings.Split(parts[2], ",") {
		all = append(all, spread(parts[1]+one+parts[3])...)
	}
	return all
}

func look(t *testing.T, root fs.FS) project {
	t.Helper()
	var p project
	var text strings.Builder
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".data", "bin", "shots", "node_modules"}, entry.Name()) {
			return fs.SkipDir
		}
		p.paths = append(p.paths, name)
		if ext := path.Ext(name); name != "Makefile" && ext != ".go" && ext != ".sh" || strings.HasPrefix(name, "tools/docs/") {
			return nil
		}
		content, err := fs.ReadFile(root, name)
		text.WriteString("\n")
		text.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.text = text.String()
	return p
}
