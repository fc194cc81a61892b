package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"guichet/static"
)

func get(t *testing.T, method, target, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, http.NoBody)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestServesEveryFileUnderItsHash(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"app.css":           "text/css; charset=utf-8",
		"app.js":            "text/javascript; charset=utf-8",
		"icons/favicon.svg": "image/svg+xml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			address := static.Path(name)
			if !regexp.MustCompile(`^/static/[a-z/]+\.[0-9a-f]{12}\.(css|js|svg)$`).MatchString(address) {
				t.Errorf("address %q carries no hash", address)
			}
			res := get(t, http.MethodGet, address, "identity")
			if got := body(t, res); !bytes.Equal(got, want) {
				t.Errorf("body differs from the file: %d bytes, want %d", len(got), len(want))
			}
			if got := res.Header.Get("Content-Type"); got != contentType {
				t.Errorf("Content-Type %q, want %q", got, contentType)
			}
			if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("Cache-Control %q", got)
			}
		})
	}
}

func TestCompressesOnlyForThoseWhoAsk(t *testing.T) {
	t.Parallel()
	address := static.Path("app.css")
	for header, zipped := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1.0, gzip;q=0.8": true,
		"gzip;q=0": false, "gzip; q=0.0": false, "br": false, "": false,
	} {
		res := get(t, http.MethodGet, address, header)
		content := body(t, res)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: gzip %t, want %t", header, got, zipped)
			continue
		}
		if !zipped {
			continue
		}
		zr, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, zr); err != nil {
			t.Errorf("Accept-Encoding %q: not gzip: %v", header, err)
		}
	}
}

func TestRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/static/app.css", "/static/", "/static/app.000000000000.css", "/static/static.go"} {
		if res := get(t, http.MethodGet, target, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", target, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, static.Path("app.css"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d, want 405", res.StatusCode)
	}
	if res := get(t, http.MethodHead, static.Path("app.css"), ""); res.StatusCode != http.StatusOK || len(body(t, res)) != 0 {
		t.Errorf("HEAD: status %d or a body", res.StatusCode)
	}
}

func TestUnknownNamePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic for a file that does not exist")
		}
	}()
	static.Path("nothing.css")
}

// The page must stay light: the budgets are those of a first view on a slow line.
func TestBudgets(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 10_000, "app.js": 8_000} {
		res := get(t, http.MethodGet, static.Path(name), "gzip")
		size := len(body(t, res))
		t.Logf("%s: %d bytes compressed", name, size)
		if size > limit {
			t.Errorf("%s: %d bytes compressed, the budget is %d", name, size, limit)
		}
	}
}

// What the content security policy would refuse must not be written at all.
func TestNothingComesFromElsewhere(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`@import|@font-face|url\((?:'|")?(?:https?:|//)`).Find(css); m != nil {
		t.Errorf("app.css asks for something outside: %s", m)
	}
	js, err := os.ReadFile("app.js")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`\beval\(|new Function|https?://|\.style\b|\.cssText|setAttribute\("style`).Find(js); m != nil {
		t.Errorf("app.js does what the policy refuses: %s", m)
	}
}
