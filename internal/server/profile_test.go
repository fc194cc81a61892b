package server

import (
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
)

func TestLanguageBeforeSignIn(t *testing.T) {
	t.Parallel()
	b := newPortal(t).nobody(t)
	for header, want := range map[string]string{"fr-CA,fr;q=0.9": "Connexion", "en-US": "Sign in", "de": "Connexion", "": "Connexion"} {
		b.header.Set("Accept-Language", header)
		if got := b.get("/sign-in").first("h1"); got != want {
			t.Errorf("%q reads %q", header, got)
		}
	}
	b.header.Set("Accept-Language", "fr")
	a := b.post("/language", "lang", "en", "back", "/sign-in?next=%2Fprofile")
	if a.status != http.StatusSeeOther || a.location != "/sign-in?next=%2Fprofile" {
		t.Errorf("%d %s", a.status, a.location)
	}
	if got := b.get("/sign-in").first("h1"); got != "Sign in" {
		t.Errorf("the choice is forgotten: %q", got)
	}
	if a := b.post("/language", "lang", "en", "back", "//evil.test"); a.location != "/" {
		t.Errorf("leads to %s", a.location)
	}
	if a := b.post("/language", "lang", "de"); a.status != http.StatusBadRequest {
		t.Errorf("German: %d", a.status)
	}
}

func TestLanguageFollowsThePerson(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent) // the person reads English
	b.header.Set("Accept-Language", "fr")
	if got := b.get("/profile").first("h1"); got != "Profile" {
		t.Errorf("the person's page reads %q", got)
	}
	footer := b.get("/profile?x=1")
	if back := attr(footer.find("name", "back"), "value"); back != "/profile?x=1" {
		t.Errorf("the switch leads back to %q", back)
	}
	b.post("/language", "lang", "fr", "back", "/profile")
	other := p.as(t, account.Agent)
	if got := other.get("/profile").first("h1"); got != "Profil" {
		t.Errorf("in another browser it reads %q", got)
	}
	other.post("/sign-out")
	if got := other.get("/sign-in").first("h1"); got != "Connexion" {
		t.Errorf("signed out it reads %q", got)
	}
}

func TestProfileIsSavedAndSaysSoOnce(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	a := b.post("/profile", "language", "fr", "theme", "dark")
	if a.status != http.StatusSeeOther || a.location != "/profile" {
		t.Fatalf("%d %s", a.status, a.location)
	}
	page := b.get("/profile")
	if !strings.Contains(textOf(page.find("role", "alert")), "Vos réglages sont enregistrés") {
		t.Errorf("no banner: %s", page.text())
	}
	if page.find("data-theme", "dark") == nil || !has(page.find("id", "theme-dark"), "checked") {
		t.Error("the colours are not shown")
	}
	if again := b.get("/profile"); again.find("role", "alert") != nil {
		t.Error("the banner is shown twice")
	}
}

// Pages are as dense as the person chose, else as the role is used to.
func TestPagesAreAsDenseAsThePersonLikes(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for role, usual := range map[account.Role]string{
		account.Agent: "compact", account.Manager: "compact", account.CustomerService: "comfortable", account.Admin: "comfortable",
	} {
		other := map[string]string{"compact": "comfortable", "comfortable": "compact"}[usual]
		b := p.as(t, role)
		shown := func(want string) {
			t.Helper()
			page := b.get("/profile")
			if page.find("data-density", want) == nil || !has(page.find("id", "density-"+want), "checked") {
				t.Errorf("%s: not %s", role, want)
			}
		}
		shown(usual)
		b.post("/profile", "language", "en", "theme", "dark", "density", other)
		shown(other)
		if a := b.post("/profile", "language", "en", "theme", "dark", "density", "dense"); a.status != http.StatusUnprocessableEntity || a.find("id", "density-error") == nil {
			t.Errorf("%s: %d %s", role, a.status, a.text())
		}
		if b.get("/bookings").find("data-density", other) == nil { // the profile shows what was refused
			t.Errorf("%s: no longer %s", role, other)
		}
		b.post("/profile", "language", "en", "theme", "dark", "density", usual)
		shown(usual)
	}
	// What the role is used to is no choice: it follows the role.
	p.as(t, account.Agent).post("/profile", "language", "en", "theme", "dark", "density", "compact")
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET role = 'customer_service', agency_id = NULL WHERE email = 'agent@test.test'`); err != nil {
		t.Fatal(err)
	}
	if page := p.as(t, account.Agent).get("/profile"); page.find("data-density", "comfortable") == nil {
		t.Error("the density of before the role changed")
	}
}

func TestProfileRefusesOtherChoices(t *testing.T) {
	t.Parallel()
	b := newPortal(t).as(t, account.Agent)
	a := b.post("/profile", "language", "de", "theme", "pink")
	if a.status != http.StatusUnprocessableEntity || a.find("id", "language-error") == nil || a.find("id", "theme-error") == nil {
		t.Errorf("%d %s", a.status, a.text())
	}
	a = b.post("/profile", "language", "fr", "theme", "pink", "role", "admin")
	if got := b.get("/profile").first("h1"); a.status != http.StatusUnprocessableEntity || got != "Profile" {
		t.Errorf("%d, half of the form was saved: %q", a.status, got)
	}
}

func TestProblemsAreTranslated(t *testing.T) {
	t.Parallel()
	invalid := &invalid.Error{}
	invalid.Add("email", "signin.email.empty")
	invalid.Add("ref", "error.no_booking", "Ref", "GU-1")
	got := site.Problems(locale.EN, invalid)
	if len(got) != 2 || got["email"] != "Enter your email address" || got["ref"] != "No booking GU-1 in your agency." {
		t.Errorf("%v", got)
	}
	if got := site.Problems(locale.EN, nil); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestAPersonBeginsWhereThePersonLikes(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	b.post("/profile", "language", "en", "theme", "dark", "zone", "LYS", "shortcuts_off", "1")
	page := b.get("/quotes/new")
	if got := attr(page.find("selected", ""), "value"); got != "LYS" || attr(page.find("data-shortcuts", "off"), "lang") != "en" {
		t.Errorf("a quote begins at %q", got)
	}
	if got := attr(b.get("/quotes/new?zone=CDG").find("selected", ""), "value"); got != "CDG" {
		t.Errorf("what was asked for became %q", got)
	}
	b.post("/profile", "language", "en", "theme", "dark", "zone", "NOWHERE")
	if page := b.get("/quotes/new"); page.find("selected", "") != nil || page.find("data-shortcuts", "on") == nil {
		t.Error("a zone that does not exist is kept, or the shortcuts stay off")
	}
	if page := p.as(t, account.Admin).get("/profile"); page.find("id", "zone") != nil {
		t.Error("somebody who does not sell is asked for a zone")
	}
}
