package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aKeep is a folder with files of both halves of a demo.
func aKeep(t *testing.T, given string) keep {
	t.Helper()
	k := keep{folder: filepath.Join(t.TempDir(), "data"), given: given}
	release, err := k.lock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	if err := os.MkdirAll(filepath.Join(k.postgres(), "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.ledger(), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

func there(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestOnlyACompleteDemoIsKept(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		finished, fresh bool
		lost            func(keep) string // what was cleaned away
		kept            bool
	}{
		"complete":              {true, false, nil, true},
		"half made":             {false, false, nil, false},
		"fresh":                 {true, true, nil, false},
		"fresh, half":           {false, true, nil, false},
		"without its ledger":    {true, false, keep.ledger, false},
		"without its databases": {true, false, keep.postgres, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := aKeep(t, "")
			if k.finished {
				if err := folder.finish(); err != nil {
					t.Fatal(err)
				}
			}
			if k.lost != nil {
				if err := os.RemoveAll(k.lost(folder)); err != nil {
					t.Fatal(err)
				}
			}
			complete, err := folder.open(t.Context(), k.fresh)
			if err != nil || complete != k.kept {
				t.Errorf("complete: %v, %v", complete, err)
			}
			for _, path := range []string{folder.postgres(), folder.ledger(), folder.marker()} {
				if there(t, path) != k.kept {
					t.Errorf("%s is there: %v", path, !k.kept)
				}
			}
		})
	}
}

func TestAGivenDatabaseIsNotEmptied(t *testing.T) {
	t.Parallel()
	k := aKeep(t, "postgres://somewhere/guichet")
	if err := k.finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.open(t.Context(), true); err == nil || !strings.Contains(err.Error(), "empty that one yourself") {
		t.Errorf("%v", err)
	}
	if complete, err := k.open(t.Context(), false); err != nil || !complete {
		t.Errorf("its ledger was not kept: %v", err)
	}
	if a, b := keepFor("postgres://a/x"), keepFor("postgres://b/x"); a.folder == b.folder || a.folder == keepFor("").folder {
		t.Errorf("two databases share the ledger in %s", a.folder)
	}
}

func TestTwoDemosDoNotShareAFolder(t *testing.T) {
	t.Parallel()
	k := aKeep(t, "")
	if _, err := k.lock(); err == nil || !strings.Contains(err.Error(), "stop it first") {
		t.Errorf("%v", err)
	}
}
