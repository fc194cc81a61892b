package booking

import (
	"crypto/rand"
	"strings"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewRef returns a random booking reference such as GU-7K2M-9QXD: 40 bits in
// Crockford's base 32. It may be taken; the insert is then tried again.
func NewRef() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails; it would end the process
	out := make([]byte, 0, 12)
	out = append(out, "GU-"...)
	for i, b := range raw {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, crockford[b&31])
	}
	return string(out)
}

// ParseRef reads a reference as people type it: any case, with or without
// hyphens and prefix, I and L for 1, O for 0. False when it cannot be one.
func ParseRef(text string) (string, bool) {
	s := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u2011", "").Replace(strings.TrimSpace(text)))
	s = strings.TrimPrefix(s, "GU")
	s = strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(s)
	if len(s) != 8 || strings.Trim(s, crockford) != "" {
		return "", false
	}
	return "GU-" + s[:4] + "-" + s[4:], true
}

// newID returns a random identifier of 130 bits, fit for an address.
func newID() string { return strings.ToLower(rand.Text()) }
