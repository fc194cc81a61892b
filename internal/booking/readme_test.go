package booking

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The README tells of the machine what the machine does.
func TestReadmeTellsTheTransitions(t *testing.T) {
	t.Parallel()
	var want []string
	for _, tr := range transitions {
		var from []string
		for _, s := range tr.from {
			from = append(from, told(s, "(none)"))
		}
		want = append(want, fmt.Sprintf("| %d | %s | `%s` | `%s` |", tr.no, strings.Join(from, ", "), tr.event, tr.to))
	}
	got := regexp.MustCompile("(?m)^\\| [0-9]+ \\|[^|]*\\| `[a-z_]+` \\| `[a-z_]+` \\|").FindAllString(readme(t), -1)
	differ(t, want, got)
}

func TestReadmeDrawsTheTransitions(t *testing.T) {
	t.Parallel()
	numbers := map[string][]int{}
	for _, tr := range transitions {
		for _, from := range tr.from {
			for _, f := range outcomes() {
				f.Environment, f.SecondPerson = Simulator, true
				to := tr.to
				if tr.no == 18 || tr.no == 19 { // these end by what became of an earlier cancellation
					to, _ = Next(from, tr.event, f)
				}
				pair := fmt.Sprintf("%s --> %s", drawn(from), drawn(to))
				if !slices.Contains(numbers[pair], tr.no) {
					numbers[pair] = append(numbers[pair], tr.no)
				}
			}
		}
	}
	var want []string
	for pair, list := range numbers {
		slices.Sort(list)
		var text []string
		for _, n := range list {
			text = append(text, strconv.Itoa(n))
		}
		want = append(want, pair+" : "+strings.Join(text, ", "))
	}
	differ(t, want, regexp.MustCompile(`(?m)\S+ --> \S+ : .*$`).FindAllString(readme(t), -1))
}

// outcomes are what may have become of an earlier cancellation.
func outcomes() []Facts { return []Facts{{}, {CancelUnknown: true}, {CancelDone: true}} }

func TestReadmeNamesEveryStateAndCase(t *testing.T) {
	t.Parallel()
	text := readme(t)
	for _, s := range States() {
		kind := "rests"
		switch {
		case s.InFlight():
			kind = "in flight"
		case s.Unknown():
			kind = "unknown"
		case s.Final():
			kind = "final"
		}
		if row := fmt.Sprintf("\n| `%s` | %s |", s, kind); !strings.Contains(text, row) {
			t.Errorf("the table of states lacks %q", row)
		}
	}
	for name, code := range caseCodes(t) {
		if !strings.Contains(text, "\n| `"+code+"` | ") {
			t.Errorf("the table of cases lacks %s (%s)", code, name)
		}
	}
}

// caseCodes are the constants of this package that say why a case was opened.
func caseCodes(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes, constant := map[string]string{}, regexp.MustCompile(`(?m)^\s*(?:const )?(Case[A-Z]\w+)\s+= "(\w+)"`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range constant.FindAllStringSubmatch(string(text), -1) {
			codes[found[1]] = found[2]
		}
	}
	if len(codes) < 8 {
		t.Fatalf("found only %v", slices.Collect(maps.Keys(codes)))
	}
	return codes
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func told(s State, none string) string {
	if s == New {
		return none
	}
	return "`" + string(s) + "`"
}

func drawn(s State) string {
	if s == New {
		return "[*]"
	}
	return string(s)
}

// differ reports what one list has and the other has not.
func differ(t *testing.T, want, got []string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("the README lacks: %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("the README has too much: %s", line)
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
}
