package booking_test

import (
	"regexp"
	"testing"

	"guichet/internal/booking"
)

// FuzzParseRef: what reads as a reference is one, and is the same read again.
func FuzzParseRef(f *testing.F) {
	shape := regexp.MustCompile(`^GU-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	f.Fuzz(func(t *testing.T, text string) {
		ref, ok := booking.ParseRef(text)
		if !ok {
			return
		}
		if again, ok := booking.ParseRef(ref); !ok || again != ref || !shape.MatchString(ref) {
			t.Errorf("%q is %q, which is %q", text, ref, again)
		}
	})
}
