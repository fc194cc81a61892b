package mutants

// securitySessions: chapters 7 and 8, how long somebody stays, and what is allowed.
var securitySessions = []Mutant{
	proves("7.1.1 7.3.1 7.3.2", "staff's sessions end after half an hour", "internal/server", "TestIdleSessionsEnd", session,
		"staffIdle   = 30 * time.Minute", "staffIdle   = 60 * time.Minute"),
	proves("7.1.1 7.3.1 7.3.2", "a session ends after twelve hours", "internal/server", "TestAPersonAtTheScreenStays", session,
		"if last.Before(ends) {", "if last.IsZero() {"),
	proves("7.1.2 7.5.2", "nobody ends another person's session", "internal/server", "TestSessionsAreListedAndEnded", "internal/postgres/auth_session.go",
		"`DELETE FROM signed_in WHERE user_id = $1 AND token = $2`", "`DELETE FROM signed_in WHERE $1::bigint > 0 AND token = $2`"),
	proves("7.2.1 7.2.2 7.2.3", "a session is stored under a hash", "internal/server", "TestSessionIsStoredUnderAHash", session,
		"m.HashTokenInStore = true", "m.HashTokenInStore = false"),
	proves("7.2.4", "signing in renews the token", "internal/server", "TestSignInRenewsTheSession", session,
		"if err := s.SessionManager.RenewToken(ctx); err != nil {\n\t\treturn err\n\t}\n\ts.SessionManager.Put", onlyFirst),
	proves("7.2.4", "the second factor renews the token", "internal/server", "TestNobodyGoesOnWithoutASecondFactor", session,
		"if err := s.SessionManager.RenewToken(ctx); err != nil {\n\t\treturn err\n\t}\n\ts.SessionManager.Put", onlyFirst),
	proves("7.2.4", "being asked again renews the token", "internal/server", "TestWhatWeighsMostAsksAgain", session,
		"if err := s.SessionManager.RenewToken(ctx); err != nil {\n\t\treturn err\n\t}\n\trenewed", "renewed"),
	proves("7.4.1", "an ended session stays ended", "internal/server", "TestSignOutEndsTheSession", session,
		"if p := cmp.Or(f.Person, f.Pending); p != nil {", "if p := cmp.Or(f.Pending, f.Pending); p != nil {"),
	proves("7.4.2", "suspending works on the next request", "internal/server", "TestSuspensionAndRolesWorkAtTheNextClick", "internal/auth/session.go",
		"if p.Blocked() && (!x.VerifiedAt.IsZero() || !p.HasFactor()) {", "if p.Blocked() && x.UserID == 0 {"),
	proves("7.4.3", "a new password ends the other sessions", "internal/auth", "TestAPasswordIsChanged", "internal/auth/password_change.go",
		"if _, err := tx.EndOtherSessions(ctx, userID, but); err != nil {", "if err := error(nil); err != nil {"),
	proves("7.4.3", "a new second factor ends all sessions", "internal/auth", "TestASecondFactorIsSetUp", "internal/auth/factor.go",
		"codes, hashes); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif _, err := tx.EndOtherSessions(ctx, p.ID, \"\"); err != nil {",
		"codes, hashes); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := error(nil); err != nil {"),
	proves("7.4.4", "the way out is on every page", "internal/server", "TestEveryPageOffersToSignOut", "web/ui/layout_templ.go",
		`<form action=\"/sign-out\" method=\"post\"`, `<form action=\"/\" method=\"get\"`),
	proves("7.4.5", "a manager ends a person's sessions", "internal/server", "TestAManagerResetsASecondFactor", "internal/auth/session.go",
		"if _, err := tx.EndOtherSessions(ctx, p.ID, \"\"); err != nil {", "if err := error(nil); err != nil {"),
	proves("7.5.1", "what weighs most asks again", "internal/server", "TestWhatWeighsMostAsksAgain", session,
		"f.Now.Sub(f.sure) <= sureLife {", "f.Now.Sub(f.sure) <= SessionLife {"),
	proves("7.6.2", "a session begins by signing in", "internal/server", "TestWhoMayEnter", session,
		"if RequestInfoOf(r).Person != nil {\n\t\t\tif !reads(r) {", "if RequestInfoOf(r).Person == nil {\n\t\t\tif !reads(r) {"),

	proves("8.1.1 8.1.2", "a route is for the roles that it names", "internal/server", "TestWhoMayEnter", session,
		"if !may(Actor(r)) {", "if false {"),
	proves("8.2.1", "a route without a line is found", "internal/server", "TestTheRouteTableIsComplete", routes,
		`r.Get("/livez", s.Handle(s.ShowLive))`, "r.Get(\"/livez\", s.Handle(s.ShowLive))\n\tr.Get(\"/debug\", s.Handle(s.ShowLive))"),
	proves("8.2.2 8.4.1", "the other agency's is not there", "internal/server", "TestTheOtherAgencysObjectsDoNotExist", "internal/account/account.go",
		"func (s Scope) All() bool { return s.all }", "func (s Scope) All() bool { return true }"),
	proves("8.2.2 8.4.1", "the other agency's quote is not there", "internal/server", "TestAnotherAgencysSaleIsAsUnknownAsNone", "internal/postgres/booking_quote.go",
		"`id = $1 AND ($2 OR agency_id = $3)`", "`id = $1 AND ($2 OR agency_id = $3 OR true)`"),
	proves("8.2.3 15.3.3", "an agency is no field of a form", "internal/server", "TestOnlyFieldsOfTheFormAreRead", "internal/server/sale/check.go",
		"b, err := s.Bookings.Book(r.Context(), site.Actor(r), req)",
		"who := site.Actor(r)\n\tif id := site.Atoi(sent.Get(\"agency_id\")); id > 0 {\n\t\twho.AgencyID = int64(id)\n\t}\n\tb, err := s.Bookings.Book(r.Context(), who, req)"),
	proves("8.2.3 16.3.1 16.3.2 16.3.3", "what is refused changes nothing", "internal/server", "TestWhatIsRefused", "internal/server/signin/profile.go",
		"f.Errors[\"language\"] = site.Lang(r).T(\"profile.language.choose\")", "f.Language = site.Person(r).Language").
		and("internal/server/signin/profile.go", "f.Errors[\"theme\"] = site.Lang(r).T(\"profile.theme.choose\")", "f.Theme = site.Person(r).Theme"),
	proves("8.3.1", "an admin does not pay", "internal/server", "TestWhoMayPayForAnAgency", "internal/account/account.go",
		"func (a Actor) MayPay() bool { return a.MaySell() || a.Role == CustomerService }", "func (a Actor) MayPay() bool { return a.Role != \"\" }"),
}

const (
	session = "internal/server/site/session.go"

	// onlyFirst renews a token only where there is none.
	onlyFirst = "if s.SessionManager.Token(ctx) == \"\" {\n\t\tif err := s.SessionManager.RenewToken(ctx); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\ts.SessionManager.Put"
)
