package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in             string
		passed, failed int
		shown, hidden  string
	}{
		"passing": {
			in: `{"Action":"output","Package":"p","Test":"A","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"A/sub"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Elapsed":1.2}
`, passed: 2, shown: "ok    p", hidden: "noise",
		},
		"failing": {
			in: `{"Action":"output","Package":"p","Test":"A","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"A"}
{"Action":"pass","Package":"p","Test":"B"}
{"Action":"fail","Package":"p"}
`, passed: 1, failed: 1, shown: "got 1, want 2",
		},
		"does not build": {
			in: `{"ImportPath":"p","Action":"build-output","Output":"undefined: x\n"}
{"Action":"fail","Package":"p"}
`, failed: 1, shown: "undefined: x",
		},
		"panics": {
			in: `{"Action":"output","Package":"p","Test":"A","Output":"panic: oh\n"}
{"Action":"output","Package":"p","Output":"exit status 2\n"}
{"Action":"fail","Package":"p"}
`, failed: 1, shown: "panic: oh\nexit status 2",
		},
		"words of go itself": {in: "go: downloading x\n", shown: "go: downloading x"},
		"no line break":      {in: `{"Action":"pass","Package":"p","Test":"A"}`, passed: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			passed, failed, err := report(strings.NewReader(c.in), &out)
			if passed != c.passed || failed != c.failed || err != nil {
				t.Errorf("got %d passed, %d failed, %v", passed, failed, err)
			}
			if !strings.Contains(out.String(), c.shown) || c.hidden != "" && strings.Contains(out.String(), c.hidden) {
				t.Errorf("shown: %s", &out)
			}
		})
	}
}
