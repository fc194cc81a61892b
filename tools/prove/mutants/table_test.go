package mutants_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guichet/tools/prove/mutants"
)

const root = "../../.."

// Each place that a mutant changes is there exactly once, and no two mutants have
// the same name. Whoever changes such a place changes the mutant with it.
func TestEveryPlaceIsThere(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range slices.Concat(mutants.Table(), mutants.Security()) {
		if names[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		names[m.Name] = true
		if _, err := mutants.Overlay(root, t.TempDir(), m.Edits); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	if len(names) < 150 {
		t.Errorf("%d mutants", len(names))
	}
	for _, name := range mutants.ShortNames() {
		if !names[name] {
			t.Errorf("the short run has no mutant %q", name)
		}
	}
}

// claim is a line of SECURITY.md's table.
type claim struct {
	ids, tests, decisions []string
}

var (
	test     = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`")
	decision = regexp.MustCompile(`decision (\d+)`)
)

// Each line of SECURITY.md has a proof or a decision; each test that it names has a
// mutant that this line is about and this test must find; and no mutant is about
// anything else.
func TestEveryClaimIsProved(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	claims, decisions := readClaims(string(text))
	if len(claims) < 130 {
		t.Fatalf("%d lines", len(claims))
	}
	for _, c := range claims {
		if len(c.tests)+len(c.decisions) == 0 {
			t.Errorf("%v has neither proof nor decision", c.ids)
		}
		for _, d := range c.decisions {
			if !slices.Contains(decisions, d) {
				t.Errorf("%v: there is no decision %s", c.ids, d)
			}
		}
		for _, name := range c.tests {
			found := func(m mutants.Mutant) bool {
				return m.Run == "^"+name+"$" && slices.ContainsFunc(m.Lines, func(id string) bool { return slices.Contains(c.ids, id) })
			}
			if !slices.ContainsFunc(mutants.Security(), found) {
				t.Errorf("%v: no mutant shows that %s can fail", c.ids, name)
			}
		}
	}
	for _, m := range mutants.Security() {
		for _, id := range m.Lines {
			named := func(c claim) bool {
				return slices.Contains(c.ids, id) && slices.Contains(c.tests, strings.Trim(m.Run, "^$"))
			}
			if !slices.ContainsFunc(claims, named) {
				t.Errorf("%s: the line %s does not name %s", m.Name, id, m.Run)
			}
		}
	}
}

// readClaims reads the table, and the numbers of the decisions below it.
func readClaims(text string) (claims []claim, decisions []string) {
	_, text, _ = strings.Cut(text, "| id | how it is met | proof |\n|---|---|---|\n")
	table, below, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		c := claim{ids: strings.FieldsFunc(cells[0], func(r rune) bool { return r == ' ' || r == ',' })}
		last := cells[len(cells)-1]
		for _, m := range test.FindAllStringSubmatch(last, -1) {
			c.tests = append(c.tests, m[1])
		}
		for _, m := range decision.FindAllStringSubmatch(last, -1) {
			c.decisions = append(c.decisions, m[1])
		}
		claims = append(claims, c)
	}
	for _, m := range regexp.MustCompile(`(?m)^(\d+)\. `).FindAllStringSubmatch(below, -1) {
		decisions = append(decisions, m[1])
	}
	return claims, decisions
}
