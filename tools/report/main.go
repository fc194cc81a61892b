// Command report reads `go test -json` and writes what a person wants to see:
// one line a package, the output of what failed, and nothing of what passed.
// With -totals it writes the numbers of passed and failed tests into a file.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	totals := flag.String("totals", "", "file for the two numbers: passed failed")
	flag.Parse()
	passed, failed, err := report(os.Stdin, os.Stdout)
	if err == nil && *totals != "" {
		err = os.WriteFile(*totals, fmt.Appendf(nil, "%d %d\n", passed, failed), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// place is a package or one of its tests.
type place struct{ pkg, test string }

type reader struct {
	out            io.Writer
	output         map[place]*strings.Builder
	failedIn       map[string]int
	passed, failed int
}

// report returns how many tests passed and failed, subtests included. A package
// that fails without a failing test (it does not build, panics, or its TestMain
// fails) counts as one that failed; so does a test that was cut off.
func report(in io.Reader, out io.Writer) (passed, failed int, err error) {
	r := &reader{out: out, output: map[place]*strings.Builder{}, failedIn: map[string]int{}}
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := r.line(line); err != nil {
				return 0, 0, err
			}
		}
		if readErr == io.EOF {
			return r.passed, r.failed, nil
		}
		if readErr != nil {
			return 0, 0, readErr
		}
	}
}

func (r *reader) line(line []byte) error {
	var e event
	if json.Unmarshal(line, &e) != nil {
		_, err := r.out.Write(line) // what go itself says, such as a download
		return err
	}
	at := place{e.Package, e.Test}
	switch {
	case e.Action == "build-output":
		return r.print(e.Output)
	case e.Action == "output":
		if r.output[at] == nil {
			r.output[at] = &strings.Builder{}
		}
		r.output[at].WriteString(e.Output)
	case e.Action == "pass" && e.Test != "":
		r.passed++
		delete(r.output, at)
	case e.Action == "fail" && e.Test != "":
		r.failed++
		r.failedIn[e.Package]++
		return r.printOutput(at)
	case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
		return r.endPackage(e)
	}
	return nil
}

func (r *reader) endPackage(e event) error {
	word := map[string]string{"pass": "ok   ", "fail": "FAIL ", "skip": "-    "}[e.Action]
	if e.Action == "fail" {
		// What a test printed that never ended is all that is known of it.
		for at := range r.output {
			if at.pkg == e.Package && at.test != "" {
				if err := r.printOutput(at); err != nil {
					return err
				}
			}
		}
		if r.failedIn[e.Package] == 0 {
			r.failed++
			if err := r.printOutput(place{e.Package, ""}); err != nil {
				return err
			}
		}
	}
	return r.print(fmt.Sprintf("%s %-28s %6.1fs\n", word, e.Package, e.Elapsed))
}

func (r *reader) printOutput(at place) error {
	text := r.output[at]
	delete(r.output, at)
	if text == nil {
		return nil
	}
	return r.print(text.String())
}

func (r *reader) print(text string) error {
	_, err := io.WriteString(r.out, text)
	return err
}
