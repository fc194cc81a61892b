package site

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"

	"guichet/internal/account"
)

// longestPath keeps a Location header within what proxies take.
const longestPath = 2000

// NextPath is localPath for what follows a sign-in: addresses that would lead
// back to it, or out again, are "/" too.
func NextPath(s string) string {
	local := localPath(s)
	u, err := url.Parse(local)
	if err != nil {
		return "/"
	}
	switch u.Path { // however it is written
	case "/sign-in", "/sign-in/code", "/sign-in/recovery", "/sign-out", "/language", "/confirm-identity":
		return "/"
	default:
		return local
	}
}

// localPath returns the path and query of a page of the portal, as a visitor's
// browser may name it, and "/" for anything that could lead elsewhere.
func localPath(s string) string {
	if len(s) == 0 || s[0] != '/' || strings.ContainsFunc(s, strange) {
		return "/"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsFunc(u.Path, strange) {
		return "/"
	}
	// Browsers and proxies read "//" as the beginning of a host, some of them
	// after decoding or after taking out dots; no page of ours has either.
	if u.Path != cleaned(u.Path) {
		return "/"
	}
	local := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
	if len(local) > longestPath {
		return "/"
	}
	return local
}

// cleaned keeps the slash at the end, which path.Clean removes.
func cleaned(p string) string {
	c := path.Clean(p)
	if strings.HasSuffix(p, "/") && c != "/" {
		c += "/"
	}
	return c
}

// strange are characters that browsers read otherwise than servers do.
func strange(r rune) bool { return r == '\\' || r == unicode.ReplacementChar || unicode.IsControl(r) }

// pageOf returns the page that a request belongs to: its own address when it
// reads, else the page whose form it sends.
func pageOf(r *http.Request) string {
	if reads(r) {
		return localPath(r.URL.RequestURI())
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return localPath(withoutKept(from))
}

// Where people are looked after: by a manager those of the agency, by an admin all.
const (
	UsersOfAgency = "/agency/users"
	UsersOfAll    = "/admin/users"
)

// UsersAt is where the people are listed whom an actor looks after.
func UsersAt(a account.Actor) string {
	if a.Role == account.Admin {
		return UsersOfAll
	}
	return UsersOfAgency
}
