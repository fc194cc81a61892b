package bound_test

import (
	"os"
	"strings"
	"testing"

	"guichet/internal/bound"
)

// The operators' document prints the table as it is.
func TestTheTableIsPrinted(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../tools/ops/bounds.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "\n"+bound.Markdown()) {
		t.Errorf("tools/ops/bounds.md does not hold:\n%s", bound.Markdown())
	}
}
