package contact

import (
	"net/mail"
	"slices"
	"strings"

	"guichet/internal/invalid"
)

// ReadEmail reads an e-mail address, and puts what is wrong beside the field email.
func ReadEmail(bad *invalid.Error, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		bad.Add("email", "problem.email.empty")
		return ""
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 {
		bad.Add("email", "problem.email.unreadable")
		return text
	}
	_, host, _ := strings.Cut(text, "@")
	if !strings.Contains(strings.Trim(host, "."), ".") {
		bad.Add("email", "problem.email.unreadable")
	}
	return text
}

// SuggestEmail returns the address that was perhaps meant when the host is one slip
// away from a common one; empty when there is no doubt.
func SuggestEmail(text string) string {
	name, host, ok := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "@")
	if !ok || slices.Contains(mailHosts, host) {
		return ""
	}
	for _, known := range mailHosts {
		if editDistanceOne(host, known) {
			return name + "@" + known
		}
	}
	return ""
}

// editDistanceOne reports whether one letter is missing, added, wrong or swapped with
// its neighbour.
func editDistanceOne(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == "" || b == "":
		return len(a)+len(b) == 1
	case a[1:] == b[1:], a[1:] == b, a == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}

// mailHosts are the hosts of most private addresses, for SuggestEmail.
var mailHosts = []string{
	"gmail.com", "orange.fr", "hotmail.com", "hotmail.fr", "wanadoo.fr", "free.fr", "yahoo.fr", "yahoo.com",
	"outlook.com", "outlook.fr", "laposte.net", "sfr.fr", "icloud.com", "live.fr", "bbox.fr",
}
