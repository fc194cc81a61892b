package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeInstallation makes programs that only answer --version.
func fakeInstallation(t *testing.T, version string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bin")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindInstallations(t *testing.T) {
	t.Parallel()
	old, good, empty := fakeInstallation(t, "14.9"), fakeInstallation(t, "16beta2"), t.TempDir()
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		_, err := findInstallations(t.Context(), "", []string{empty, old})
		if !errors.Is(err, ErrNoPostgres) {
			t.Fatalf("got %v, want ErrNoPostgres", err)
		}
		for _, way := range []string{"install", "PG_BIN=", "GUICHET_DATABASE_URL="} {
			if !strings.Contains(err.Error(), way) {
				t.Errorf("the message does not name %s: %v", way, err)
			}
		}
	})
	t.Run("too old and missing ones are passed over", func(t *testing.T) {
		t.Parallel()
		found, err := findInstallations(t.Context(), "", []string{empty, old, good})
		if err != nil || len(found) != 1 || found[0].bin != good || found[0].major != 16 {
			t.Errorf("got %+v, %v", found, err)
		}
	})
	t.Run("a wrong PG_BIN is not passed over", func(t *testing.T) {
		t.Parallel()
		for _, wrong := range []string{empty, old} {
			_, err := findInstallations(t.Context(), wrong, []string{good})
			if err == nil || !strings.Contains(err.Error(), "PG_BIN") {
				t.Errorf("PG_BIN=%s: got %v", wrong, err)
			}
		}
	})
	t.Run("PG_BIN wins", func(t *testing.T) {
		t.Parallel()
		other := fakeInstallation(t, "17.1")
		found, err := findInstallations(t.Context(), other, []string{good})
		if err != nil || len(found) != 1 || found[0].bin != other {
			t.Errorf("got %+v, %v", found, err)
		}
	})
}

func TestChooseReadsWhatIsKept(t *testing.T) {
	t.Parallel()
	found := []installation{{bin: "/new", major: 17}, {bin: "/old", major: 15}}
	for kept, want := range map[string]string{"": "/new", "15\n": "/old", "17": "/new", "16": ""} {
		home := folder{path: t.TempDir()}
		if kept != "" {
			if err := os.Mkdir(home.data(), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home.data(), "PG_VERSION"), []byte(kept), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pg, err := choose(found, home)
		if pg.bin != want || errors.Is(err, ErrVersion) != (want == "") {
			t.Errorf("kept %q: got %q, %v", kept, pg.bin, err)
		}
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, version := range []string{"9.6", "15", "100", "x"} {
		if err := os.MkdirAll(filepath.Join(root, version, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, dir := range newestFirst(root, "*/bin") {
		got = append(got, filepath.Base(filepath.Dir(dir)))
	}
	if strings.Join(got, " ") != "100 15 9.6 x" {
		t.Errorf("got %v", got)
	}
}

func TestRestoreLinks(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "native")
	if whole, err := restoreLinks(root); whole || err != nil {
		t.Errorf("no package: %v, %v", whole, err)
	}
	if err := os.MkdirAll(filepath.Join(root, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(root, "pg-symlinks.json")
	links := `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`
	for path, text := range map[string]string{list: links, filepath.Join(root, "lib", "libpq.so.5.18"): "library"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time they are there
		if whole, err := restoreLinks(root); !whole || err != nil {
			t.Fatalf("package: %v, %v", whole, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "lib", "libpq.so.5")); string(text) != "library" || err != nil {
		t.Errorf("link: %q, %v", text, err)
	}
	if err := os.WriteFile(list, []byte(`[{`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restoreLinks(root); err == nil {
		t.Error("a broken list went unnoticed")
	}
}
