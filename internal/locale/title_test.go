package locale

import "testing"

func TestWithoutTitle(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Mme Manon Lemaître": "Manon Lemaître", "M. Lemaître": "Lemaître", "m Lemaître": "Lemaître", "LEMAITRE/MANON MRS": "LEMAITRE/MANON",
		"Mrs Dr Martin": "Martin", "Monsieur  Le Goff ": "Le Goff", "\u200bMme Martin": "Martin", "Mademoiselle Zoé": "Zoé",
		"Miss": "Miss", "M.": "M.", "Mme": "Mme", "Marie M Martin": "Marie M Martin", "Drouet": "Drouet", "": "",
	} {
		if got := WithoutTitle(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
