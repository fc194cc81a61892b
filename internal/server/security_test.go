package server

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest   = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	writtenTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// Every line of SECURITY.md names a test that exists, or a decision that stands
// there.
func TestTheSecurityTableIsTrue(t *testing.T) {
	t.Parallel()
	const root = "../.."
	document, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	exist := map[string]bool{}
	for _, folder := range []string{"internal", "cmd", "static"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range writtenTest.FindAllStringSubmatch(string(source), -1) {
				exist[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	lines := 0
	for line := range strings.Lines(string(document)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| id ") {
			continue
		}
		lines++
		tests := namedTest.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 && !strings.Contains(line, "decision ") {
			t.Errorf("no proof: %s", line)
		}
		for _, m := range tests {
			if !exist[m[1]] {
				t.Errorf("%s does not exist: %s", m[1], line)
			}
		}
	}
	if lines < 100 {
		t.Errorf("only %d lines", lines)
	}
}
