package mutants_test

import (
	"path/filepath"
	"testing"

	"guichet/tools/prove/mutants"
)

// Each place that a mutant changes is there exactly once, and no two mutants have
// the same name. Whoever changes such a place changes the mutant with it.
func TestEveryPlaceIsThere(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mutants.Table() {
		if names[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		names[m.Name] = true
		if _, err := mutants.Overlay(root, t.TempDir(), m.Edits); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	if len(names) < 30 {
		t.Errorf("%d mutants", len(names))
	}
}
