package mutants

// securityWeb: chapters 3 to 5, what browsers and proxies are told, and files.
var securityWeb = []Mutant{
	proves("3.2.1 3.4.4", "nosniff", "internal/server", "TestEveryAnswerIsGradedAPlus", middleware,
		`h.Set("X-Content-Type-Options", "nosniff")`, ""),
	proves("3.2.1 5.4.1 5.4.2", "a download is an attachment", "internal/server", "TestNobodyGoesOnWithoutASecondFactor", "internal/server/signin/factor.go",
		`attachment; filename="guichet-codes.txt"`, `inline; filename="guichet-codes.txt"`),
	proves("3.2.2", "a fragment is text of the server's", "internal/server", "TestFragmentsSayWhatThePageWouldSay", "internal/server/sale/customer.go",
		"preview = site.Say(l, contact.PhoneProblem(text, country))", "preview = text"),
	proves("3.3.1 3.3.2 3.3.3 3.3.4", "the session's cookie is no script's", "internal/server", "TestCookieBehindTLS", "internal/server/site/session.go",
		"m.Cookie.HttpOnly = true", "m.Cookie.HttpOnly = false"),
	proves("3.3.1 3.3.2 3.3.3 3.3.4", "a cookie belongs to this host", "internal/server", "TestCookieBehindTLS", "internal/server/site/session.go",
		`return "__Host-" + name`, "return name"),
	proves("3.3.1 3.3.2 3.3.3 3.3.4", "all cookies go over TLS only", "internal/server", "TestEveryAnswerIsGradedAPlus", "internal/server/site/session.go",
		"Secure: s.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode,", "HttpOnly: true, SameSite: http.SameSiteLaxMode,"),
	proves("3.4.1", "subdomains only when the operator says so", "internal/server", "TestBrowsersKeepToTLSAsFarAsTheOperatorSays", middleware,
		`"max-age=63072000"+map`, `"max-age=63072000; includeSubDomains"+map`),
	proves("3.4.2", "no CORS", "internal/server", "TestEveryAnswerIsGradedAPlus", middleware,
		`h.Set("X-Frame-Options", "DENY")`, `h.Set("Access-Control-Allow-Origin", "*")`),
	proves("3.4.5", "another site learns no address", "internal/server", "TestEveryAnswerIsGradedAPlus", middleware,
		`h.Set("Referrer-Policy", "same-origin")`, `h.Set("Referrer-Policy", "unsafe-url")`),
	proves("3.4.6", "no site frames the portal", "internal/server", "TestEveryAnswerProtectsTheBrowser", middleware,
		"frame-ancestors 'none'", "frame-ancestors *"),
	proves("3.5.1 3.5.2", "other sites change nothing", "internal/server", "TestOtherSitesChangeNothing", middleware,
		"return protection.Handler(next)", "return next"),
	proves("3.5.1 3.5.2", "the origin of an old browser's form counts", "internal/server", "TestWhatIsRefused", middleware,
		"return protection.Handler(next)", "return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.Header.Del(\"Origin\"); protection.Handler(next).ServeHTTP(w, r) })"),
	proves("3.5.3", "leaving is no GET", "internal/server", "TestTheRouteTableIsComplete", routes,
		`r.Post("/sign-out", s.Handle(s.signin.SignOut))`, `r.Get("/sign-out", s.Handle(s.signin.SignOut))`),
	proves("3.5.3", "choosing a language is no GET", "internal/server", "TestWhoMayEnter", routes,
		`r.Post("/language", s.Handle(s.SetLanguage))`, `r.Get("/language", s.Handle(s.SetLanguage))`),
	proves("3.7.1", "a form needs no script", "internal/e2e", "TestASaleWithoutJavaScript", "web/ui/forms_templ.go",
		`"\" type=\"submit\""`, `"\" type=\"button\""`),
	proves("3.7.2", "signing in leads to a page of the portal", "internal/server", "TestSignInNeverLeadsElsewhere", "internal/server/signin/signin.go",
		`Next: site.NextPath(q.Get("next"))`, `Next: q.Get("next")`),
	proves("3.7.2", "a path that begins like a host is none", "internal/server/site", "FuzzLocalPathStaysHere", "internal/server/site/path.go",
		`if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsFunc(u.Path, strange) {`, "if err != nil {").
		and("internal/server/site/path.go", "if u.Path != cleaned(u.Path) {", "if cleaned(u.Path) == \"\" {").
		and("internal/server/site/path.go", `local := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()`, "local := s"),

	proves("4.1.1", "an answer names its charset", "internal/server", "TestEveryAnswerProtectsTheBrowser", "internal/server/site/answer.go",
		`h.Set("Content-Type", "text/html; charset=utf-8")`, `h.Set("Content-Type", "text/html")`),
	proves("4.1.2", "plain http is led to https", "internal/server/site", "TestWithoutTLS", middleware,
		`case !strings.HasPrefix(s.Origin, "https://") || !s.Proxies.saysPlain(r):`, "case true:"),
	proves("4.1.2", "a trusted proxy alone says that there is no TLS", "internal/server/site", "TestWithoutTLS", visitor,
		"return p.trusts(readAddr(r.RemoteAddr)) && strings.EqualFold", "return strings.EqualFold"),
	proves("4.1.2 4.1.3", "a visitor behind nginx is not the proxy", "internal/e2e", "TestBehindNginx", visitor,
		"if at = from; !p.trusts(at) {", "if p.trusts(from) {"),
	proves("4.1.2 4.1.3", "a header of the visitor's does not count behind Caddy", "internal/e2e", "TestBehindCaddy", visitor,
		"strings.Join(r.Header.Values(p.Header), \",\")", "strings.Join(r.Header.Values(\"X-Real-Ip\"), \",\")"),
	proves("4.1.3 15.3.4", "a stranger is no proxy", "internal/server/site", "TestNetwork", visitor,
		"if !p.trusts(at) {\n\t\treturn at\n\t}\n\tlist", "list"),
	proves("4.1.3 15.3.4", "the last address counts that is no proxy's", "internal/server/site", "TestNetwork", visitor,
		"for _, text := range slices.Backward(list) {", "for _, text := range list {"),

	proves("5.1.1 5.2.1", "a logo has 1200 by 600 pixels", "internal/server", "TestAnAgencysLogoStandsOnThePaper", logo,
		"size.Width > bound.PictureWidth || size.Height > bound.PictureHeight {", "false {"),
	proves("5.2.2 5.3.1 5.3.2", "a logo is drawn anew", "internal/server", "TestAnAgencysLogoStandsOnThePaper", logo,
		"return out.Bytes()", "return file"),
	proves("5.2.1", "a logo has few scans", "internal/account", "TestALogoHasFewScans", logo,
		"bytes.Count(file, []byte(startOfScan)) > bound.PictureScans", "false"),
	proves("5.2.1", "a statement's columns are counted", "internal/statement", "TestFilesThatAreRefused", "internal/statement/csv.go",
		"case r.cells >= bound.StatementColumns:", "case false:"),
	proves("5.2.1 15.1.3 15.2.2", "one upload of a person at a time", "internal/server", "TestUploadsAreTakenOneByOne", "internal/server/site/receive.go",
		"if u.people[person] || len(u.people) >= bound.Uploads {", "if len(u.people) > bound.Uploads {"),
	proves("5.2.1", "a form has 64 KiB", "internal/server", "TestBodiesAreLimited", middleware,
		"limit, upload := int64(bound.Body), true", "limit, upload := int64(bound.Statement), true"),
}

// Files with many guards.
const (
	middleware = "internal/server/site/middleware.go"
	visitor    = "internal/server/site/visitor.go"
	routes     = "internal/server/routes.go"
	logo       = "internal/account/logo.go"
)
