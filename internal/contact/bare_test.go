package contact_test

import (
	"testing"

	"guichet/internal/contact"
)

func TestBare(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Zoé O’Hara-Lévy": "zoeoharalevy", "N° de réf. (2)": "nderef2", "ΑΓΓΕΛΟΣ Ё": "αγγελοσе", "ﬁn\u200b": "fin", " -– ": "",
	} {
		if got := contact.Bare(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
