package failpoint_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"guichet/internal/failpoint"
)

// The product carries no trace of the places where a proof kills it; the build
// for the proof has them.
func TestOnlyAProofHasFailpoints(t *testing.T) {
	t.Parallel()
	traces := [][]byte{[]byte("guichet/internal/failpoint."), []byte("GUICHET_PROVE_CRASH"), []byte("GUICHET_PROVE_PAUSE")}
	for name, c := range map[string]struct {
		tags string
		want bool
	}{"product": {"", false}, "proof": {"prove", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "portal")
			build := exec.CommandContext(t.Context(), "go", "build", "-tags", c.tags, "-o", path, "guichet/cmd/portal")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			binary, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, trace := range traces {
				if got := bytes.Contains(binary, trace); got != c.want {
					t.Errorf("%s in the binary: %v", trace, got)
				}
			}
		})
	}
}

func TestNothingIsNamedTwice(t *testing.T) {
	t.Parallel()
	points := failpoint.Points()
	slices.Sort(points)
	if n := len(slices.Compact(points)); n != len(failpoint.Points()) || n < 28 {
		t.Errorf("%d points", n)
	}
}
