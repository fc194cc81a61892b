package contact

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"guichet/internal/contact/writings"
	"guichet/internal/invalid"
)

func TestReadPlate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, key string
		french    bool
		shown     string
	}{
		{"ab-123-cd", "AB123CD", true, "AB-123-CD"},
		{"AB123CD", "AB123CD", true, "AB-123-CD"},
		{" AB 123 CD ", "AB123CD", true, "AB 123 CD"},
		{"AB‑123‑CD", "AB123CD", true, "AB-123-CD"}, // hyphens that do not break
		{"AB - 123 - CD", "AB123CD", true, "AB-123-CD"},
		{"ab.123.cd", "AB123CD", true, "AB.123.CD"},
		{"1234 ab 75", "1234AB75", true, "1234 AB 75"},
		{"12-ab-34", "12AB34", true, "12-AB-34"}, // a Dutch one
		{"12 ABC 2a", "12ABC2A", true, "12 ABC 2A"},
		{"123XY974", "123XY974", true, "123 XY 974"},
		{"AI-123-CD", "AI123CD", false, "AI-123-CD"}, // no French plate has an I
		{"1-ABC-123", "1ABC123", false, "1-ABC-123"},
		{"B-NO 1234", "BNO1234", false, "B-NO 1234"},
		{"BN-O 1234", "BNO1234", false, "BN-O 1234"},
		{"M-AB\u00a0\u202f1234", "MAB1234", false, "M-AB 1234"},
		{"LÖ-AB 123", "LÖAB123", false, "LÖ-AB 123"},
		{"lo\u0308-ab 123", "LÖAB123", false, "LÖ-AB 123"},
		{"GG777СЕ", "GG777CE", true, "GG-777-CE"}, // С and Е are Cyrillic
		{"а 123 вс 77", "A123BC77", false, "A 123 BC 77"},
		{"ΙΖΑ-1234", "IZA1234", false, "IZA-1234"}, // Greek
		{"ＡＢ－１２３－ＣＤ", "AB123CD", true, "AB-123-CD"},
		{"AB\u200b123\ufeffCD", "AB123CD", true, "AB-123-CD"},
		{"京A 12345", "京A12345", false, "京A 12345"},
		{strings.Repeat("A1 ", 7) + "B", "A1A1A1A1A1A1A1B", false, "A1 A1 A1 A1 A1 A1 A1 B"},
	} {
		var bad invalid.Error
		got := ReadPlate(&bad, "plate", c.text)
		if bad.OrNil() != nil || got.Key != c.key || got.French() != c.french || got.String() != c.shown {
			t.Errorf("ReadPlate(%q) = %q, %v, shown %q, %v; want %q, %v, %q", c.text, got.Key, got.French(), got, bad.Fields, c.key, c.french, c.shown)
		}
	}
}

func TestReadPlateRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, key, character string }{
		{"", "problem.plate.empty", ""},
		{" - ", "problem.plate.empty", ""},
		{strings.Repeat("A", 16), "problem.plate.long", ""},
		{"AB 123 C!", "problem.plate.characters", "!"},
		{"<b>", "problem.plate.characters", "<"},
		{"AB\xff", "problem.plate.characters", "\ufffd"},
		{"AB123🚗", "problem.plate.characters", "🚗"},
	} {
		var bad invalid.Error
		got := ReadPlate(&bad, "plate", c.text)
		p := bad.Fields["plate"]
		if got != (Plate{}) || p.Key != c.key || c.character != "" && p.Args[1] != c.character {
			t.Errorf("ReadPlate(%q) = %q, %v; want %s %q", c.text, got, p, c.key, c.character)
		}
	}
}

// However a plate is written, it is the same: in any case, with any separators,
// Latin letters from whichever keyboard.
func TestEveryWritingOfAPlateIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[A-ZÄÖÜŠ]{1,3}[0-9]{1,4}[A-Z]{0,2}`).Draw(t, "key")
		if got := PlateOf(writings.Plate(t, key)); got.Key != key {
			t.Fatalf("%q is read as %q", key, got.Key)
		}
	})
}

// Two plates that differ in a letter or a digit stay two.
func TestTwoPlatesStayTwo(t *testing.T) {
	t.Parallel()
	plates := rapid.StringMatching(`[A-ZÄÖÜÀÉŠ0-9]{2,9}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := plates.Draw(t, "a"), plates.Draw(t, "b")
		if (PlateOf(writings.Plate(t, a)).Key == PlateOf(writings.Plate(t, b)).Key) != (a == b) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

// What is shown is read as what was stored.
func TestPlateIsStable(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z]{1,3}[ -]?[0-9]{1,4}[ -]?[a-zA-Z0-9]{0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		var bad invalid.Error
		stored := ReadPlate(&bad, "plate", texts.Draw(t, "text"))
		if bad.OrNil() != nil {
			return
		}
		if again := ReadPlate(&bad, "plate", stored.String()); bad.OrNil() != nil || again != stored {
			t.Fatalf("%q is shown %q and read %q, %v", stored.Key, stored, again, bad.Fields)
		}
	})
}
