package site

import (
	"net/url"
	"strings"
	"testing"
)

func TestNextPath(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"/bookings":                     "/bookings",
		"/bookings?q=M%C3%BCller&p=2":   "/bookings?q=M%C3%BCller&p=2",
		"/quotes/new?zone=CDG#top":      "/quotes/new?zone=CDG",
		"/bookings/GU-7K2M-9QXD/":       "/bookings/GU-7K2M-9QXD/",
		"/bookings?next=//evil.test":    "/bookings?next=//evil.test",
		"":                              "/",
		"bookings":                      "/",
		"?q=1":                          "/",
		"//evil.test":                   "/",
		"///evil.test":                  "/",
		`/\evil.test`:                   "/",
		`\\evil.test`:                   "/",
		"/%2f%2fevil.test":              "/",
		"/%2F/evil.test":                "/",
		"/%5cevil.test":                 "/",
		"/\t/evil.test":                 "/",
		"/%09/evil.test":                "/",
		"/\n/evil.test":                 "/",
		"/\x00":                         "/",
		"/\u0085/evil":                  "/",
		"/\xff":                         "/",
		"/..//evil.test":                "/",
		"/.//evil.test":                 "/",
		"/a/../bookings":                "/",
		" /bookings":                    "/",
		"https://evil.test/":            "/",
		"https:evil.test":               "/",
		"javascript:alert(1)":           "/",
		"/%zz":                          "/",
		"/sign-in":                      "/",
		"/sign-in?next=/sign-in":        "/",
		"/sign-out":                     "/",
		"/language":                     "/",
		"/" + strings.Repeat("a", 2000): "/",
	} {
		if got := NextPath(given); got != want {
			t.Errorf("%q leads to %q, want %q", given, got, want)
		}
	}
}

func FuzzLocalPathStaysHere(f *testing.F) {
	for _, seed := range []string{"/bookings?q=1", "//evil.test", `/\evil.test`, "/%2f%2fevil.test", "/;//evil.test", "/@evil.test"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://portal.test/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, given string) {
		got := localPath(given)
		target, err := base.Parse(got)
		if err != nil || target.Host != "portal.test" || target.Scheme != "https" || target.User != nil {
			t.Fatalf("%q leads to %v, %v", given, target, err)
		}
		if localPath(got) != got {
			t.Errorf("%q becomes %q and then %q", given, got, localPath(got))
		}
		// What browsers make of it: they drop tabs and line ends, and read a
		// backslash as a slash.
		seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(got)
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Errorf("%q leads to %q", given, got)
		}
	})
}

// FuzzNextPath: whatever follows a sign-in, it is a page of the portal, and not
// the way in or out.
func FuzzNextPath(f *testing.F) {
	f.Fuzz(func(t *testing.T, given string) {
		got := NextPath(given)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || got == "" || got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') {
			t.Fatalf("%q leads to %q, %v", given, got, err)
		}
		if u.Path != cleaned(u.Path) {
			t.Errorf("%q leads to %q, of which others make %q", given, got, cleaned(u.Path))
		}
		if u.Path == "/sign-in" || u.Path == "/sign-out" || u.Path == "/language" {
			t.Errorf("%q leads to %q", given, got)
		}
		if NextPath(got) != got {
			t.Errorf("%q leads to %q and then to %q", given, got, NextPath(got))
		}
	})
}
