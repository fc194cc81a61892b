package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"guichet/tools/prove/mutants"
)

// skewVariable is how many seconds the clock of a portal of the proof is ahead.
const skewVariable = "GUICHET_PROVE_SKEW"

// skewedClock is what time.Now becomes in the proof's build of the portal: the
// wall clock is off, the monotonic one is not, as on a machine whose clock is
// wrong. Libraries that are loaded before others do nothing to Go programs.
const skewedClock = `	sec, nsec, mono := runtimeNow()
	sec += proofSkew`

const skewReader = `
// proofSkew is how many seconds the proof's node is ahead.
var proofSkew = func() (n int64) {
	text, _ := syscall.Getenv("` + skewVariable + `")
	sign := int64(1)
	for _, c := range text {
		switch {
		case c == '-':
			sign = -1
		case c >= '0' && c <= '9':
			n = 10*n + int64(c-'0')
		}
	}
	return sign * n
}()
`

// skewClock moves time.Now by skewVariable.
func skewClock(ctx context.Context) ([]mutants.Edit, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	return []mutants.Edit{
		{File: file, Old: "import (\n\t\"errors\"\n", New: "import (\n\t\"errors\"\n\t\"syscall\"\n"},
		{File: file, Old: "func Now() Time {\n\tsec, nsec, mono := runtimeNow()", New: "func Now() Time {\n" + skewedClock},
		{File: file, Old: "func unixTime(sec int64, nsec int32) Time {", New: skewReader + "\nfunc unixTime(sec int64, nsec int32) Time {"},
	}, nil
}

// source says what the portals of a lab are built from.
type source struct {
	root    string // of the project; empty: no portal is built
	skewed  bool   // they can be told that their clock is wrong; building takes a minute the first time
	overlay string // of a mutant
}

// buildPortal builds the portal with its crash points.
func (s source) buildPortal(ctx context.Context, folder, to string) error {
	args := []string{"build", "-tags", "prove", "-o", to}
	if s.skewed {
		list, err := skewClock(ctx)
		if err != nil {
			return err
		}
		if s.overlay, err = mutants.Overlay(s.root, folder, list); err != nil {
			return err
		}
	}
	if s.overlay != "" {
		args = append(args, "-overlay", s.overlay)
	}
	build := exec.CommandContext(ctx, "go", append(args, "./cmd/portal")...)
	build.Dir, build.Stderr = s.root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the portal: %w", err)
	}
	return nil
}
