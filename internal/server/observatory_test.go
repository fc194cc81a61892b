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
	scripts, styles := d["script-src"], d["style-src"]
	if scripts == nil {
		scripts = d["default-src"]
	}
	open := func(list []string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return s == "'unsafe-inline'" || s == "*" || s == "data:" || s == "https:" })
	}
	switch {
	case policy == "":
		return -25
	case open(scripts) || slices.Contains(d["object-src"], "*"):
		return -20
	case slices.Contains(scripts, "'unsafe-eval'"):
		return -10
	case slices.Contains(styles, "'unsafe-inline'"):
		return 0
	case slices.Equal(d["default-src"], []string{"'none'"}):
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
	const halfAYear = 15_552_000
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
	case "cross-origin":
		return -5
	default:
		return 0
	}
}

// Every kind of answer is graded A+, and has the same policy as all others.
func TestEveryAnswerIsGradedAPlus(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *Options) { o.SecureCookies = true })
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
		{"signing in", 303, func() *answer {
			return p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword)
		}},
		{"a redirection", 303, func() *answer { return nobody.get("/profile") }},
		{"a static file", 200, func() *answer { return nobody.get(static.Path("app.js")) }},
		{"a missing static file", 404, func() *answer { return nobody.get("/static/none.js") }},
		{"a fragment", 401, func() *answer { return nobody.get("/fragments/when") }},
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
		if score := observatory(a.header, cookies, a.body); score < 100 {
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
	p := newPortal(t, func(o *Options) { o.SecureCookies = true })
	good := p.nobody(t).get("/sign-in").header
	best := observatory(good, nil, "")
	for _, change := range []struct{ header, value string }{
		{"Content-Security-Policy", ""},
		{"Content-Security-Policy", "default-src 'self' 'unsafe-inline'"},
		{"Content-Security-Policy", strings.ReplaceAll(contentPolicy, "script-src 'self'", "script-src 'self' 'unsafe-eval'")},
		{"Strict-Transport-Security", ""},
		{"Strict-Transport-Security", "max-age=60"},
		{"X-Content-Type-Options", ""},
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
	if best != 130 || observatory(good, []*http.Cookie{{Name: "guichet", Secure: true}}, "") >= best ||
		observatory(good, nil, `<script src="https://elsewhere.test/x.js"></script>`) >= best {
		t.Errorf("%d points at best, or a bad cookie or script costs nothing", best)
	}
}
