// Package mutants builds the product with one guard left out and demands that
// something goes red: a guard that no test and no proof misses protects nobody.
//
// A mutant is a place in a file, its exact text and what stands there instead.
// The source is not touched: the go command sees other files by -overlay. A
// place whose text has changed fails the run, so that a mutant is mended
// together with what it is about.
package mutants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Edit is one place of the source that a build sees otherwise.
type Edit struct {
	File     string // below the project's root, or absolute
	Old, New string
}

// Mutant is the product without one guard.
type Mutant struct {
	Name  string   // of the guard
	Lines []string // of SECURITY.md that it is about
	Edits []Edit
	Found string // what must be found, in the words of whoever finds it

	// Who must find it: the tests of a package, or a part of the proof.
	Package, Run string
	Trial        string
	Unguarded    bool // in a database without its own guards, which would help
}

// Result is how a mutant fared.
type Result struct {
	Mutant
	Red  bool
	Said string // the end of what was written, when it is not red
	Took time.Duration
	Err  error // the mutant itself is broken
}

// Overlay writes the files that a build sees instead of those of the source, and
// the list of them that the go command takes.
func Overlay(root, folder string, edits []Edit) (path string, err error) {
	texts := map[string]string{}
	for _, e := range edits {
		file := e.File
		if !filepath.IsAbs(file) {
			file = filepath.Join(root, file)
		}
		text, seen := texts[file]
		if !seen {
			raw, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("%s holds %d times what is to be replaced: %q", e.File, n, e.Old)
		}
		texts[file] = strings.Replace(text, e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for file, text := range texts {
		to := filepath.Join(folder, fmt.Sprintf("%d-%s", len(replace), filepath.Base(file)))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[file] = to
	}
	path = filepath.Join(folder, "overlay.json")
	content, err := json.Marshal(map[string]any{"Replace": replace})
	return path, errors.Join(err, os.WriteFile(path, content, 0o600))
}

// Try builds one mutant and runs what must find it. Tests make their databases on
// the server at the address.
func (m Mutant) Try(ctx context.Context, root, server string) (r Result) {
	begun := time.Now()
	r = Result{Mutant: m}
	defer func() { r.Took = time.Since(begun) }()
	root, err := filepath.Abs(root)
	if err != nil {
		r.Err = err
		return r
	}
	folder, err := os.MkdirTemp("", "guichet-mutant-")
	if err != nil {
		r.Err = err
		return r
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	path, err := Overlay(root, folder, m.Edits)
	if err != nil {
		r.Err = err
		return r
	}
	text, err := m.run(ctx, root, folder, path, server)
	r.Red, r.Said, r.Err = m.judge(text, err)
	return r
}

// run returns what was written, and an error when something went red.
func (m Mutant) run(ctx context.Context, root, folder, overlay, server string) (string, error) {
	if m.Trial == "" {
		cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-failfast", "-vet=off", "-ldflags=-w", "-overlay", overlay, "-run", m.Run, "./"+m.Package)
		cmd.Dir = root
		if !m.migrates() { // else it would find a database that was made without it
			cmd.Env = append(os.Environ(), "GUICHET_TEST_DATABASE_URL="+server)
		}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	proof := filepath.Join(folder, "prove")
	tags, args := "prove", []string{"-root", root, "-quick", "-overlay", overlay, "-only", m.Trial}
	if m.Unguarded {
		tags, args = "prove records", append(args, "-unguarded")
	}
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-w", "-tags", tags, "-overlay", overlay, "-o", proof, ".")
	build.Dir = filepath.Join(root, "tools", "prove")
	if out, err := build.CombinedOutput(); err != nil {
		return "[build failed] " + string(out), err
	}
	cmd := exec.CommandContext(ctx, proof, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// migrates reports that the guard is one of the database.
func (m Mutant) migrates() bool {
	return slices.ContainsFunc(m.Edits, func(e Edit) bool { return strings.HasPrefix(e.File, "migrations/") })
}

var broken = regexp.MustCompile(`\[(build|setup) failed\]|no tests to run|(?m)^FAILED `)

// judge tells a mutant that was found from one that lives on, and from one that
// does not even build.
func (m Mutant) judge(text string, err error) (red bool, said string, fault error) {
	tail := text[max(0, len(text)-1500):]
	var exit *exec.ExitError
	switch {
	case broken.MatchString(text):
		return false, tail, errors.New("it does not build, or nothing was run")
	case err == nil:
		return false, tail, nil
	case !errors.As(err, &exit):
		return false, tail, err
	case !strings.Contains(text, m.Found):
		return false, tail, fmt.Errorf("it is red, and nobody says %q", m.Found)
	}
	return true, "", nil
}
