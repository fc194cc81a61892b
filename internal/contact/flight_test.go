package contact

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"guichet/internal/invalid"
)

func TestParseFlight(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "  ": "", "AF1234": "AF1234", "af 1234": "AF1234", "AF-12": "AF12",
		"u2 4567": "U24567", "АF 1234": "AF1234", "ＡＦ１２３４": "AF1234", "AF.1234": "AF1234", "AF\u202f1234": "AF1234", "9W1": "9W1", "AFR1234": "AFR1234", "ba 7a": "BA7A",
	} {
		if got, err := ParseFlight(text); err != nil || got != want {
			t.Errorf("ParseFlight(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"1234", "12345", "AF", "A1", "AF12345678", "AF1234AB", "vol AF1234", "ÀF123", "AF 12 ?"} {
		if got, err := ParseFlight(text); !errors.Is(err, ErrBadFlight) {
			t.Errorf("ParseFlight(%q) = %q, %v; want a refusal", text, got, err)
		}
	}
}

func TestParseTrain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "6607": "6607", "tgv 6607": "TGV6607", "Eurostar 9014": "EUROSTAR9014", "860123": "860123",
	} {
		if got, err := ParseTrain(text); err != nil || got != want {
			t.Errorf("ParseTrain(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"TGV", "1234567", "AF1234A", "6607 voiture 3", "é1"} {
		if got, err := ParseTrain(text); !errors.Is(err, ErrBadTrain) {
			t.Errorf("ParseTrain(%q) = %q, %v; want a refusal", text, got, err)
		}
	}
}

func TestTravelNumberFollowsTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, kind, key string }{
		{"AF1234", "airport", ""},
		{"6607", "airport", "problem.outbound.flight"},
		{"6607", "station", ""},
		{"6607X", "station", "problem.outbound.train"},
	} {
		var bad invalid.Error
		ReadTravelNumber(&bad, "outbound", c.text, c.kind)
		if got := bad.Fields["outbound"].Key; got != c.key {
			t.Errorf("%s at a %s: %q, want %q", c.text, c.kind, got, c.key)
		}
	}
}

func TestTravelNumbersAreStable(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9]{0,4}[ -]?[0-9]{0,5}[a-z]?`))
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		for _, parse := range []func(string) (string, error){ParseFlight, ParseTrain} {
			number, err := parse(text)
			if err != nil {
				continue
			}
			if again, err := parse(number); err != nil || again != number {
				t.Fatalf("%q is %q, then %q, %v", text, number, again, err)
			}
		}
	})
}
