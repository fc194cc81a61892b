package contact

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePlate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, stored string
		known        bool
		shown        string
	}{
		{"ab-123-cd", "AB123CD", true, "AB-123-CD"},
		{" AB 123 CD ", "AB123CD", true, "AB-123-CD"},
		{"AB‑123‑CD", "AB123CD", true, "AB-123-CD"}, // hyphens that do not break
		{"ab.123.cd", "AB123CD", true, "AB-123-CD"},
		{"1234 ab 75", "1234AB75", true, "1234 AB 75"},
		{"12 ABC 2a", "12ABC2A", true, "12 ABC 2A"},
		{"123 XY 974", "123XY974", true, "123 XY 974"},
		{"AI-123-CD", "AI123CD", false, "AI123CD"}, // no French plate has an I
		{"1234 AB 99", "1234AB99", false, "1234AB99"},
		{"1-ABC-123", "1ABC123", false, "1ABC123"},
		{"MÜ AB 1234", "MÜAB1234", false, "MÜAB1234"},
		{"mu\u0308 1", "MÜ1", false, "MÜ1"},
		{strings.Repeat("A1 ", 7) + "B", "A1A1A1A1A1A1A1B", false, "A1A1A1A1A1A1A1B"},
	} {
		got, known, err := ParsePlate(c.text)
		if err != nil || got != c.stored || known != c.known {
			t.Errorf("ParsePlate(%q) = %q, %v, %v; want %q, %v", c.text, got, known, err, c.stored, c.known)
		}
		if shown := FormatPlate(got); shown != c.shown {
			t.Errorf("FormatPlate(%q) = %q, want %q", got, shown, c.shown)
		}
	}
}

func TestParsePlateRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, key string
		want      error
	}{
		{"", "problem.plate.empty", ErrPlateEmpty},
		{" - ", "problem.plate.empty", ErrPlateEmpty},
		{strings.Repeat("A", 16), "problem.plate.long", ErrPlateLong},
		{"AB 123 C!", "problem.plate.characters", ErrPlateCharacters},
		{"<b>", "problem.plate.characters", ErrPlateCharacters},
		{"AB\xff", "problem.plate.characters", ErrPlateCharacters},
		{"AB123🚗", "problem.plate.characters", ErrPlateCharacters},
	} {
		if _, _, err := ParsePlate(c.text); !errors.Is(err, c.want) {
			t.Errorf("ParsePlate(%q): %v, want %v", c.text, err, c.want)
		}
		if got := PlateProblem(c.text); got != c.key {
			t.Errorf("plateProblem(%q) = %q, want %q", c.text, got, c.key)
		}
	}
	if got := PlateProblem("AB-123-CD"); got != "" {
		t.Errorf("a good plate has the problem %q", got)
	}
}

// What is shown is read as what was stored.
func TestPlateIsStable(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z]{1,3}[ -]?[0-9]{1,4}[ -]?[a-zA-Z0-9]{0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		stored, known, err := ParsePlate(texts.Draw(t, "text"))
		if err != nil {
			return
		}
		again, knownAgain, err := ParsePlate(FormatPlate(stored))
		if err != nil || again != stored || knownAgain != known {
			t.Fatalf("%q is shown %q and read %q, %v", stored, FormatPlate(stored), again, err)
		}
	})
}
