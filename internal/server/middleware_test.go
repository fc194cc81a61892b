package server

import (
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/server/site"
	"guichet/static"
)

func TestEveryAnswerProtectsTheBrowser(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
	}
	for _, path := range []string{"/", "/profile", "/desk", "/missing", "/livez", static.Path("app.css"), "/static/missing.css"} {
		a := b.get(path)
		for name, value := range want {
			if got := a.header.Get(name); got != value {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if kind := a.header.Get("Content-Type"); !strings.HasSuffix(kind, "; charset=utf-8") {
			t.Errorf("%s: Content-Type %q", path, kind)
		}
		isStatic := path == static.Path("app.css")
		if stored := a.header.Get("Cache-Control") != "no-store"; stored != isStatic {
			t.Errorf("%s: Cache-Control %q", path, a.header.Get("Cache-Control"))
		}
	}
	if vary := strings.Join(b.get("/profile").header.Values("Vary"), ", "); vary != "Cookie, Accept-Language" {
		t.Errorf("Vary: %s", vary)
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.Origin = "https://portal.test" })
	for _, c := range []struct {
		site, origin string
		want         int
	}{
		{"cross-site", "https://evil.test", http.StatusForbidden},
		{"same-site", "https://other.portal.test", http.StatusForbidden},
		{"", "https://evil.test", http.StatusForbidden},
		{"", "null", http.StatusForbidden},
		{"same-origin", p.url, http.StatusSeeOther},
		{"", p.url, http.StatusSeeOther},
		// The proxy did not pass the host.
		{"", "https://portal.test", http.StatusSeeOther},
		{"", "http://portal.test", http.StatusForbidden},
		{"", "https://portal.test.evil.test", http.StatusForbidden},
	} {
		b := p.as(t, account.Agent)
		b.header.Set("Origin", c.origin)
		if c.site != "" {
			b.header.Set("Sec-Fetch-Site", c.site)
		}
		a := b.post("/profile", "language", "fr", "theme", "dark")
		if a.status != c.want {
			t.Errorf("%s from %s: %d, want %d", c.site, c.origin, a.status, c.want)
		}
		if c.want == http.StatusForbidden && a.first("h1") != "This request came from another site" {
			t.Errorf("%s from %s: %s", c.site, c.origin, a.text())
		}
	}
}

func TestBodiesAreLimited(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	a := b.post("/profile", "language", "fr", "theme", "dark", "more", strings.Repeat("a", maxBody))
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: %d", a.status)
	}
	a = b.post("/profile", "language", "fr", "theme", "dark", "more", strings.Repeat("a", maxBody/2))
	if a.status != http.StatusSeeOther {
		t.Errorf("not too much: %d", a.status)
	}
}

func TestAccessLogNamesTheRouteOnly(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	b.get("/profile?q=Lovelace")
	b.get("/nothing/Lovelace")
	b.post("/sign-in", "email", "lovelace@test.test", "password", "Lovelace")
	log := p.log.String()
	if strings.Contains(strings.ToLower(log), "lovelace") || strings.Contains(log, "test.test") {
		t.Errorf("personal data in the log: %s", log)
	}
	for _, want := range []string{`"route":"/profile"`, `"status":200`, `"user":`, `"route":"/sign-in"`, `"status":404`} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the log: %s", want, log)
		}
	}
}
