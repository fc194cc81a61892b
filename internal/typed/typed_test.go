package typed_test

import (
	"strings"
	"testing"
	"unicode"

	"guichet/internal/invalid"
	"guichet/internal/typed"
)

func TestALine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"  Marie \u00a0 Claire\t": "Marie Claire",
		"\ufeffAnne\u200b":        "Anne",
		"محمّد":                   "محمّد",
		"می\u200cخواهم":           "می\u200cخواهم", // a joiner inside a Persian word
		"Ñandú 🙂":                 "Ñandú 🙂",
		"\u200b":                  "",
		"\u200d\u200c":            "",
		"\u3164\u2800":            "",
		"\u0301":                  "", // a mark on nothing
	} {
		var bad invalid.Error
		if got := typed.Line(&bad, "name", text); got != want || bad.OrNil() != nil {
			t.Errorf("%q becomes %q, %v; want %q", text, got, bad.Fields, want)
		}
	}
	for text, code := range map[string]string{
		"Ma\arie": "U+0007", "Ma\nrie": "U+000A", "Ma\u2028rie": "U+2028", "Ma\u2029rie": "U+2029", "Ma\u202erie": "U+202E", "Ma\u2066rie": "U+2066",
		"Ma\u200brie": "U+200B", "Ma\u00adrie": "U+00AD", "Ma\ue000rie": "U+E000", "Ma\U000e0041rie": "U+E0041", "Ma\ufffe": "U+FFFE", "\u202eMa": "U+202E",
	} {
		var bad invalid.Error
		typed.Line(&bad, "name", text)
		p := bad.Fields["name"]
		first := strings.HasPrefix(text, "\u202e")
		if len(p.Args) < 2 || p.Args[1] != code || (p.Key == "problem.character.first") != first || !first && p.Args[3] != "Ma" {
			t.Errorf("%q: %+v, want %s", text, p, code)
		}
	}
}

func TestSeveralLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one\r\ntwo\rthree\u2028four\n": "one\ntwo\nthree\nfour",
		"a\ab\x1b[31mc":                 "ab[31mc",
		"a\tb  c":                       "a\tb  c",
		"\u200b\n":                      "",
	} {
		var bad invalid.Error
		if got := typed.Lines(&bad, "text", text); got != want || bad.OrNil() != nil {
			t.Errorf("%q becomes %q, %v; want %q", text, got, bad.Fields, want)
		}
	}
	var bad invalid.Error
	if typed.Lines(&bad, "text", "first\nsecond \u202e"); bad.Fields["text"].Key != "problem.character" {
		t.Errorf("%+v", bad.Fields)
	}
}

// FuzzTyped: whatever is typed, what is accepted, or cleaned, is stable, can be seen
// and holds nothing strange.
func FuzzTyped(f *testing.F) {
	f.Add("Jean\u00a0Paul \u202e")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		var bad invalid.Error
		line := typed.Line(&bad, "x", text)
		if bad.OrNil() != nil {
			line = ""
		}
		for _, got := range []string{line, typed.Clean(text)} {
			if again := typed.Line(&bad, "y", got); again != got {
				t.Fatalf("%q becomes %q", got, again)
			}
			if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) }) {
				t.Fatalf("%q holds a control character", got)
			}
		}
		if _, strange := bad.Fields["y"]; strange {
			t.Fatalf("%q is accepted first", line)
		}
	})
}
