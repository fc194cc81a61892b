package contact

import (
	"net/mail"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// ReadEmail reads an e-mail address, and puts what is wrong beside the field email.
func ReadEmail(bad *invalid.Error, text string) string {
	text = typed.Line(bad, "email", norm.NFC.String(typed.Seen(text)))
	switch {
	case text == "":
		bad.Add("email", "problem.email.empty")
	case bound.Email < len(text):
		bad.Add("email", "problem.email.long", "Max", bound.Email)
	case strings.Contains(text, " "):
		bad.Add("email", "problem.email.space")
	case !IsEmail(text):
		bad.Add("email", "problem.email.unreadable")
	}
	return text
}

// IsEmail reports that a text is one e-mail address at a host of the Internet, and
// nothing besides.
func IsEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || !typed.OK(text) || len(text) > bound.Email {
		return false
	}
	name, host, _ := strings.Cut(text, "@")
	labels := strings.Split(host, ".")
	return len(name) <= 64 && len(labels) > 1 && !strings.ContainsAny(host, "@[]") &&
		!slices.ContainsFunc(labels, func(label string) bool { return label == "" || len(label) > 63 })
}

// SuggestEmail returns the address that was perhaps meant when the host is one slip
// away from a common one; empty when there is no doubt.
func SuggestEmail(text string) string {
	name, host, ok := strings.Cut(strings.ToLower(typed.Seen(text)), "@")
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
