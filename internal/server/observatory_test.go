package server

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/server/site"
	"guichet/static"
)

// The scoring of Mozilla's HTTP Observatory, as published in 2025
// (developer.mozilla.org/observatory/docs/tests_and_scoring), applied to one
// answer: 100 less the penalties, and the bonuses when 90 or more are left. What
// it asks of a second host (redirection from plain http, preloading) is the
// operator's and counts nothing here.
func observatory(h http.Header, cookies []*http.Cookie, body string) int {
	penalties, bonuses := 0, 0
	for _, n := range []int{
		scorePolicy(h.Get("Content-Security-Policy")), scoreCookies(cookies), scoreOrigins(h.Get("Access-Control-Allow-Origin")),
		scoreReferrer(h.Get("Referrer-Policy")), scoreTransport(h.Get("Strict-Transport-Security")), scoreScripts(body),
		scoreSniffing(h.Get("X-Content-Type-Options")), scoreFrames(h), scoreResources(h.Get("Cross-Origin-Resource-Policy")),
	} {
		penalties, bonuses = penalties+min(n, 0), bonuses+max(n, 0)
	}
	score := max(0, 100+penalties)
	if score >= 90 {
		score += bonuses
	}
	return score
}

// directives takes a policy to pieces.
func directives(policy string) map[string][]string {
	all := map[string][]string{}
	for part := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(part); len(words) > 0 {
			all[words[0]] = words[1:]
		}
	}
	return all
}

func scorePolicy(policy string) int {
	d := directives(policy)
	from := func(name string) []string {
		if list, set := d[name]; set {
			return list
		}
		return d["default-src"]
	}
	open := func(list []string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool {
			return slices.Contains([]string{"'unsafe-inline'", "*", "data:", "https:", "http:"}, s) || strings.HasPrefix(s, "http://")
		})
	}
	only := func(name, source string) bool { return slices.Equal(d[name], []string{source}) }
	switch {
	case policy == "":
		return -25
	case open(from("script-src")) || open(from("object-src")):
		return -20
	case slices.Contains(from("script-src"), "'unsafe-eval'"):
		return -10
	case open(from("style-src")):
		return 0
	case only("default-src", "'none'") && (only("form-action", "'none'") || only("form-action", "'self'")):
		return 10
	default:
		return 5
	}
}

func scoreCookies(cookies []*http.Cookie) int {
	score := 0
	for _, c := range cookies {
		switch {
		case !c.HttpOnly && strings.HasSuffix(c.Name, "guichet"):
			return -30
		case !c.Secure:
			return -20
		case c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode:
			return -20
		}
		score = 5
	}
	return score
}

// scoreOrigins is stricter than what is published, which forgives "*" where no
// credentials are sent: nothing of a portal is for other sites.
func scoreOrigins(allowed string) int {
	if allowed == "*" {
		return -50
	}
	return 0
}

func scoreReferrer(policy string) int {
	switch policy {
	case "no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin":
		return 5
	case "":
		return 0
	default:
		return -5
	}
}

var maxAge = regexp.MustCompile(`max-age=(\d+)`)

func scoreTransport(hsts string) int {
	m := maxAge.FindStringSubmatch(hsts)
	if m == nil {
		return -20
	}
	const halfAYear = 15_768_000
	if seconds, err := strconv.Atoi(m[1]); err != nil || seconds < halfAYear {
		return -10
	}
	return 0
}

var scriptSource = regexp.MustCompile(`<script[^>]*src="([^"]*)"`)

func scoreScripts(body string) int {
	for _, m := range scriptSource.FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
			return -5 // from elsewhere, and without a hash
		}
	}
	return 0
}

func scoreSniffing(option string) int {
	if option != "nosniff" {
		return -5
	}
	return 0
}

func scoreFrames(h http.Header) int {
	switch option := h.Get("X-Frame-Options"); {
	case slices.Equal(directives(h.Get("Content-Security-Policy"))["frame-ancestors"], []string{"'none'"}):
		return 5
	case option == "DENY", option == "SAMEORIGIN":
		return 0
	default:
		return -20
	}
}

func scoreResources(policy string) int {
	switch policy {
	case "same-origin", "same-site":
		return 10
	case "", "cross-origin":
		return 0
	default:
		return -5
	}
}

// fullMarks are 100 and every bonus but those for cookies, for preloading and for
// hashes of scripts from elsewhere, which the portal has not.
const fullMarks = 130

// Every kind of answer is graded A+, with full marks, and has the same policy as
// all others.
func TestEveryAnswerIsGradedAPlus(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.SecureCookies = true })
	b, nobody := p.as(t, account.Agent), p.nobody(t)
	foreign := p.nobody(t)
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	big := url.Values{"last_name": {strings.Repeat("x", maxBody+1)}}
	limited := func() *answer {
		for range 3 {
			nobody.post("/forgot", "email", "nobody@test.test")
		}
		return nobody.post("/forgot", "email", "nobody@test.test")
	}
	kinds := []struct {
		name   string
		status int
		ask    func() *answer
	}{
		{"a page", 200, func() *answer { return nobody.get("/sign-in") }},
		{"a page of somebody signed in", 200, func() *answer { return b.get("/bookings") }},
		{"a page that is not the agent's", 403, func() *answer { return b.get("/desk") }},
		{"leaving", 303, func() *answer { return p.as(t, account.Manager).post("/sign-out") }},
		{"signing in", 303, func() *answer {
			return p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword)
		}},
		{"a redirection", 303, func() *answer { return nobody.get("/profile") }},
		{"a static file", 200, func() *answer { return nobody.get(static.Path("app.js")) }},
		{"a missing static file", 404, func() *answer { return nobody.get("/static/none.js") }},
		{"a fragment", 200, func() *answer { return b.get("/fragments/when") }},
		{"a fragment for nobody", 401, func() *answer { return nobody.get("/fragments/when") }},
		{"life", 200, func() *answer { return nobody.get("/livez") }},
		{"another site's form", 403, func() *answer { return foreign.post("/sign-in") }},
		{"nothing there", 404, func() *answer { return nobody.get("/nothing") }},
		{"a wrong method", 405, func() *answer { return nobody.get("/language") }},
		{"a refused form", 422, func() *answer { return nobody.post("/sign-in") }},
		{"a used link", 410, func() *answer { return nobody.get("/welcome/none") }},
		{"too big", 413, func() *answer { return nobody.do(http.MethodPost, "/sign-in", big) }},
		{"too often", 429, limited},
		{"a fault", 500, func() *answer {
			p.app.Close()
			return b.get("/sign-in")
		}},
	}
	policies := map[string]bool{}
	for _, k := range kinds {
		a := k.ask()
		if a.status != k.status {
			t.Errorf("%s: %d, want %d", k.name, a.status, k.status)
		}
		cookies := (&http.Response{Header: a.header}).Cookies()
		if score := observatory(a.header, cookies, a.body); score < fullMarks {
			t.Errorf("%s: %d points", k.name, score)
		}
		policies[a.header.Get("Content-Security-Policy")] = true
	}
	if len(policies) != 1 {
		t.Errorf("the policies differ: %v", slices.Collect(maps.Keys(policies)))
	}
}

// The scorer finds what is missing: without each header the score is lower.
func TestTheScorerCanFail(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.SecureCookies = true })
	good := p.nobody(t).get("/sign-in").header
	policy := good.Get("Content-Security-Policy")
	best := observatory(good, nil, "")
	for _, change := range []struct{ header, value string }{
		{"Content-Security-Policy", ""},
		{"Content-Security-Policy", "default-src 'self' 'unsafe-inline'"},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "default-src 'none'", "default-src 'self'")},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "form-action 'self'; ", "")},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "; frame-ancestors 'none'", "")},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "script-src 'self'", "script-src 'self' 'unsafe-eval'")},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "script-src 'self'", "script-src 'self' 'unsafe-inline'")},
		{"Content-Security-Policy", strings.ReplaceAll(policy, "style-src 'self'", "style-src 'self' 'unsafe-inline'")},
		{"Strict-Transport-Security", ""},
		{"Strict-Transport-Security", "max-age=60"},
		{"X-Content-Type-Options", ""},
		{"Referrer-Policy", ""},
		{"Referrer-Policy", "unsafe-url"},
		{"Cross-Origin-Resource-Policy", ""},
		{"Access-Control-Allow-Origin", "*"},
	} {
		h := good.Clone()
		h.Set(change.header, change.value)
		if score := observatory(h, nil, ""); score >= best {
			t.Errorf("%s: %q costs nothing", change.header, change.value)
		}
	}
	framed := good.Clone()
	framed.Set("Content-Security-Policy", strings.ReplaceAll(policy, "; frame-ancestors 'none'", ""))
	framed.Del("X-Frame-Options")
	if score := observatory(framed, nil, ""); score >= 100 {
		t.Errorf("a page that any other may frame has %d points", score)
	}
	bare := []*http.Cookie{{Name: "guichet"}}
	if safe := []*http.Cookie{{Name: "guichet", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}}; observatory(good, safe, "") <= best ||
		observatory(good, append(safe, bare...), "") >= 100 {
		t.Error("a safe cookie gains nothing, or a bare one after it costs nothing")
	}
	if best != fullMarks || observatory(good, []*http.Cookie{{Name: "guichet", Secure: true}}, "") >= best ||
		observatory(good, nil, `<script src="https://elsewhere.test/x.js"></script>`) >= best {
		t.Errorf("%d points at best, or a bad cookie or script costs nothing", best)
	}
}
