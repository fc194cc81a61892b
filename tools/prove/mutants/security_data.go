package mutants

// securityData: chapters 11 to 14, keys, connections, settings and personal data.
var securityData = []Mutant{
	proves("11.1.1 11.1.2 11.2.3 11.3.1 11.3.2 11.3.3", "what is sealed is bound to its row", "internal/vault", "TestWhatIsSealedOpensInItsRowOnly", vault,
		"seal.Seal(nil, nil, plain, []byte(row))", "seal.Seal(nil, nil, plain, nil)").
		and(vault, "open.Open(nil, nil, sealed, []byte(row))", "open.Open(nil, nil, sealed, nil)"),
	proves("11.2.2", "all that is sealed moves to the new key", "internal/app", "TestANewSecretKeyTakesOver", "internal/postgres/reseal.go",
		"\t{\"kept_forms\", \"form\", \"user_id::text\", \"'kept_forms/' || user_id\"},\n", ""),
	proves("11.2.2", "a call goes on with the other key", "internal/app", "TestTheKeyChangesUnderLoad", "internal/supplier/client.go",
		"return c.pick(digest)", "return \"\""),
	proves("11.2.3", "a key has 256 bits", "internal/vault", "TestKeysThatAreNone", vault,
		"len(raw) != keyBytes", "len(raw) < 16"),
	proves("11.4.1 11.4.3", "an event that was changed is found by its hash", "internal/booking", "TestVerifyFindsWhatWasDoneByHand", "internal/booking/chain.go",
		"return hmac.Equal(e.Hash, SealWith(key, previous, bookingID, e.HistoryEntry))", "return hmac.Equal(e.Hash, e.Hash)"),
	proves("11.4.2", "a hash costs two rounds", "internal/auth", "TestPasswordMatchesItsHashOnly", password,
		"Iterations: 2", "Iterations: 1"),
	proves("11.4.2 15.1.3 15.2.2", "few hashes run at once", "internal/auth", "TestAllHashingIsBounded", password,
		"err := inSlot(ctx, slots, func() (err error) {\n\t\thash, err", "err := inSlot(context.WithoutCancel(ctx), make(chan struct{}, 1), func() (err error) {\n\t\thash, err"),
	proves("11.5.1", "a link has 128 bits", "internal/app", "TestTheFirstAdminIsInvited", "internal/auth/token.go",
		"const tokenBytes = 16", "const tokenBytes = 8"),

	proves("12.1.1 12.3.2", "the supplier speaks TLS 1.2 or later", "internal/supplier", "TestTLSIsNewAndItsCertificatesAreKnown", "internal/supplier/client.go",
		"MinVersion: tls.VersionTLS12}", "MinVersion: tls.VersionTLS10}"),
	proves("12.1.1 12.3.2", "the supplier's certificate is checked", "internal/supplier", "TestTLSIsNewAndItsCertificatesAreKnown", "internal/supplier/client.go",
		"MinVersion: tls.VersionTLS12}", "MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}"),
	proves("12.2.1 12.2.2", "sign-ins in clear stay on the own machine", "internal/config", "TestRefused", problems,
		"if !c.SecureCookies && !isLoopback(host) {", "if !c.SecureCookies && host == \"none\" {"),

	proves("13.2.1 13.2.2", "the application changes no history", "internal/app", "TestTheApplicationChangesNoHistory", roles,
		`"booking_events":        "S I",`, `"booking_events":        "S I U D",`),
	proves("13.2.1 13.2.2", "the application removes nothing but what passes", "internal/app", "TestTheApplicationMayDoWhatIsListed", roles,
		`"agencies":              "S I U",`, `"agencies":              "S I U D",`),
	proves("13.2.1 13.2.2 16.4.2", "the application backdates no entry", "internal/app", "TestTheApplicationMakesNothingUp", roles,
		`"S I(actor_id,subject_id,agency_id,action,before,after,network)"`, `"S I"`),
	proves("13.2.1 13.2.2", "the application may do what it does", "internal/app", "TestMigrateLetsTheApplicationServe", roles,
		`"drafts":                "S I U D",`, `"drafts":                "S",`),
	proves("13.2.3", "no key is there by default", "internal/config", "TestEverythingMissingIsOneMessage", problems,
		"p.add(\"SECRET_KEY\", \"is missing; \"+how)\n\t\treturn", "c.SecretKey = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n\t\treturn"),
	proves("13.2.4 13.2.5 15.3.2", "redirections are not followed", "internal/supplier", "TestOutcomeRedirect", "internal/supplier/writes.go",
		"g.transport().RoundTrip(req)", "(&http.Client{Transport: g.transport()}).Do(req)"),
	proves("13.3.1 13.3.2", "the supplier's keys are sealed", "internal/server", "TestAKeyIsRenewed", "internal/postgres/keyring.go",
		"sealed, err := s.people.Vault.Seal(keyRow(k.Environment, k.ID), []byte(secret))", "sealed, err := []byte(secret), error(nil)").
		and("internal/postgres/keyring.go", "key, err := s.people.Vault.Open(keyRow(environment, id), sealed)\n\treturn string(key)", "key, err := sealed, error(nil)\n\treturn string(key)"),
	proves("13.3.1 13.3.2", "settings are shown without secrets", "internal/config", "TestSecretsAreHidden", "internal/config/config.go",
		"hidden(c.SupplierKey)", "c.SupplierKey"),
	proves("13.4.2 13.4.5", "the parts are not shown on production", "internal/server", "TestThePartsAreNotShownOnProduction", routes,
		"if s.Environment != booking.Production {", "if s.Environment != \"\" || s.Environment == booking.Production {"),
	proves("13.4.3", "no list of static files", "static", "TestRefusesWhatItDoesNotKnow", "static/static.go",
		"\t\tif !ok {\n\t\t\thttp.NotFound", "\t\tif !ok && r.URL.Path != Prefix {\n\t\t\thttp.NotFound"),
	proves("13.4.4", "TRACE is no method", "internal/server", "TestUnknownMethodNamesTheOthers", routes,
		`r.Post("/language", s.Handle(s.SetLanguage))`, "r.Post(\"/language\", s.Handle(s.SetLanguage))\n\t\tr.Trace(\"/language\", s.Handle(s.ShowLive))"),

	proves("14.1.1 14.1.2", "a column has a class", "internal/postgres", "TestEveryColumnHasAClass", "migrations/0011_audit.sql",
		"    network    text NOT NULL\n);", "    network    text NOT NULL,\n    browser    text\n);"),
	proves("14.1.1 14.1.2", "a traveller's phone is forgotten", "internal/booking", "TestTravellersAreForgotten", "internal/postgres/booking_traveller.go",
		"email = '', phone = '', country = ''", "email = '', country = ''"),
	proves("14.2.1 16.1.1 16.2.3", "the log names routes only", "internal/server", "TestAccessLogNamesTheRouteOnly", middleware,
		`slog.String("route", route),`, `slog.String("route", r.RequestURI),`),
	proves("14.2.2 14.3.2", "no page is stored", "internal/server", "TestEveryAnswerProtectsTheBrowser", middleware,
		`h.Set("Cache-Control", "no-store")`, `h.Set("Cache-Control", "private")`),
	proves("14.2.3", "nothing of another origin is loaded", "internal/server", "TestEveryAnswerIsGradedAPlus", "web/ui/layout_templ.go",
		`<script type=\"module\" src=\"`, `<script type=\"module\" src=\"https://elsewhere.test`),
	proves("14.2.4", "an address is masked, whosever it is", "internal/supplier", "TestMasking", "internal/supplier/mask.go",
		"s = email.ReplaceAllString(m.sent(s), masked)", "s = m.sent(s)"),
	proves("14.2.4 16.2.5", "the log holds nobody", "internal/server", "TestTheLogHoldsNobody", middleware,
		`slog.String("route", route),`, `slog.String("route", r.RequestURI),`),
	proves("14.2.4", "what the supplier said of a call is erased", "internal/postgres", "TestWhatIsErasedAreTheTravellersColumns", "internal/postgres/booking_traveller.go",
		"UPDATE attempts SET request = '', response = '', message = ''", "UPDATE attempts SET request = '', response = ''"),
	proves("14.3.1", "leaving empties the browser's storage", "internal/server", "TestSignOutEndsTheSession", "internal/server/signin/signin.go",
		"w.Header().Set(\"Clear-Site-Data\", `\"cache\", \"storage\"`)", ""),
	proves("14.3.3", "what was typed is kept for one page", "internal/e2e", "TestWhatWasTypedIsKeptForOnePage", "static/app.js",
		`  stored.drop("kept", sessionStorage);`, ""),
}

const (
	vault    = "internal/vault/vault.go"
	problems = "internal/config/problems.go"
	roles    = "migrations/roles.go"
)
