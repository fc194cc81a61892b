package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/postgres"
)

// A session that has ended costs no typed text: the same person finds it again,
// and nobody else does.
func TestAnEndedSessionCostsNoText(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	page := quote + "/customer"
	b.header.Set("Referer", p.url+page)
	p.moveClock(t, 61*time.Minute)
	typed := []string{"last_name", "O’Hara-Lévy", "phone", "06 12 34 56 78", "plate", "AB-123-CD", "password", "hush", "code", "123456"}
	a := b.post(page, typed...)
	if !strings.HasPrefix(a.location, "/sign-in?ended=1&next=%2Fquotes%2F") {
		t.Fatalf("%d to %q", a.status, a.location)
	}
	var stored []byte
	if err := p.pool.QueryRow(t.Context(), `SELECT form FROM kept_forms`).Scan(&stored); err != nil || strings.Contains(string(stored), "Hara") {
		t.Fatalf("%q, %v", stored, err)
	}
	// A colleague signs in at the same machine and finds nothing.
	next := attr(b.get(a.location).find("name", "next"), "value")
	if a := b.post("/sign-in", "email", "manager@test.test", "password", testPassword, "next", next); a.location != page {
		t.Errorf("a colleague signs in: %d to %q", a.status, a.location)
	}
	if other := b.get(page); strings.Contains(other.body, "Hara-L") || other.status != http.StatusOK {
		t.Errorf("a colleague: %d, and the text is there", other.status)
	}
	b.post("/sign-out")
	in := b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", next)
	if in.location != page {
		t.Fatalf("signed in: %d to %q", in.status, in.location)
	}
	back := b.get(page)
	for field, want := range map[string]string{"last_name": "O’Hara-Lévy", "phone": "06 12 34 56 78", "plate": "AB-123-CD"} {
		if got := attr(back.find("name", field), "value"); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if back.find("data-testid", "kept-form") == nil || strings.Contains(back.body, "hush") {
		t.Error("the page does not say so, or a password was kept")
	}
	if again := b.get(page); attr(again.find("name", "last_name"), "value") != "O’Hara-Lévy" {
		t.Error("a reload loses it")
	}
	b.post(page, typed...)
	if again := b.get(page); again.find("data-testid", "kept-form") != nil {
		t.Error("it is filled in once more after it was sent")
	}
}

func TestAKeptFormIsForgottenAfterHalfAnHour(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.moveClock(t, 61*time.Minute)
	b.header.Set("Referer", p.url+"/profile")
	b.post("/profile", "language", "fr", "theme", "dark")
	p.moveClock(t, 92*time.Minute)
	b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", "/profile")
	if a := b.get("/profile"); a.find("data-testid", "kept-form") != nil {
		t.Error("it is still there")
	}
	if _, err := postgres.NewAuth(p.store).SweepSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM kept_forms`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d forms are left (%v)", left, err)
	}
}

// A password without the second factor keeps no form for its person, neither while
// the session lasts nor afterwards, and what is larger than any form is not kept.
func TestOnlyAFullSessionsFormIsKept(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	kept := func() (n int) {
		t.Helper()
		if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM kept_forms`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	full := p.as(t, account.Manager)
	p.enrolled(t, full)
	half := p.nobody(t)
	half.post("/sign-in", "email", "manager@test.test", "password", testPassword)
	half.header.Set("Referer", p.url+"/agency/users/new")
	half.post("/agency/users", "name", "planted")
	p.moveClock(t, 25*time.Minute)
	half.post("/agency/users", "name", "planted")
	p.moveClock(t, 61*time.Minute)
	if a := half.post("/agency/users", "name", "planted"); !strings.HasPrefix(a.location, "/sign-in?ended=1") || kept() != 0 {
		t.Errorf("with the password only: to %q, %d forms are kept", a.location, kept())
	}
	full.header.Set("Referer", p.url+"/agency/users/new")
	if a := full.post("/agency/users", "name", strings.Repeat("x", 64<<10-100), "email", strings.Repeat("%", 100)); !strings.HasPrefix(a.location, "/sign-in?ended=1") || kept() != 0 {
		t.Errorf("too large: %d to %q, %d forms are kept", a.status, a.location, kept())
	}
	if a := full.post("/agency/users", "name", strings.Repeat("<", 15_000)); !strings.HasPrefix(a.location, "/sign-in?ended=1") || kept() != 0 {
		t.Errorf("larger where it is kept: %d to %q, %d forms are kept", a.status, a.location, kept())
	}
	if a := full.post("/desk/statements", "name", strings.Repeat("x", 1<<20)); !strings.HasPrefix(a.location, "/sign-in?ended=1") || kept() != 0 {
		t.Errorf("far too large: %d to %q, %d forms are kept", a.status, a.location, kept())
	}
	if full.post("/agency/users", "name", "mine"); kept() != 1 {
		t.Errorf("a full session's: %d forms are kept", kept())
	}
}

// What weighs most asks again who is there, and loses nothing.
func TestWhatWeighsMostAsksAgain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	m := p.as(t, account.Manager)
	at := "/agency/users" + "/" + p.people[account.Agent].Handle
	p.moveClock(t, 11*time.Minute)
	m.header.Set("Referer", p.url+at)
	a := m.post(at+"/role", "role", "manager")
	if a.location != "/confirm-identity?next="+strings.ReplaceAll(at, "/", "%2F") {
		t.Fatalf("%d to %q", a.status, a.location)
	}
	for _, try := range []struct{ answer, says string }{{"", "Fill this in to continue"}, {"wrong", "incorrect"}} {
		if a := m.post("/confirm-identity", "answer", try.answer, "next", at); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), try.says) {
			t.Errorf("%q: %d %s", try.answer, a.status, a.text())
		}
	}
	before := m.cookie("guichet")
	if a := m.post("/confirm-identity", "answer", testPassword, "next", at); a.location != at {
		t.Fatalf("%d to %q", a.status, a.location)
	}
	if m.cookie("guichet") == before {
		t.Error("the session's token stayed the same")
	}
	old := p.nobody(t)
	old.setCookie("guichet", before)
	if a := old.get("/profile"); !strings.HasPrefix(a.location, "/sign-in") {
		t.Errorf("the token of before: %d to %q", a.status, a.location)
	}
	page := m.get(at)
	if page.find("data-testid", "kept-form") == nil || !has(page.find("id", "role-manager"), "checked") {
		t.Error("what was chosen is lost")
	}
	if a := m.post(at+"/role", "role", "manager"); a.location != at {
		t.Errorf("%d to %q", a.status, a.location)
	}
	for _, path := range []string{"/agency/users", at + "/factor", "/second-factor", "/second-factor/renew"} {
		p.moveClock(t, 11*time.Minute)
		fresh := p.as(t, account.Manager)
		p.moveClock(t, 22*time.Minute)
		if a := fresh.post(path); !strings.HasPrefix(a.location, "/confirm-identity?next=") {
			t.Errorf("%s eleven minutes later: %d to %q", path, a.status, a.location)
		}
	}
}

func TestAPersonAtTheScreenStays(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if left := attr(b.get("/profile").find("id", "idle"), "data-idle"); left != "3600" && left != "3599" {
		t.Errorf("the page says that %q seconds are left", left)
	}
	p.moveClock(t, 55*time.Minute)
	if a := b.post("/stay"); a.body != "3600" {
		t.Errorf("%d %q", a.status, a.body)
	}
	p.moveClock(t, 11*time.Hour)
	if a := b.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("idle for ten hours: %d", a.status)
	}
	b = p.as(t, account.Agent)
	for ahead := 11 * time.Hour; ahead < 22*time.Hour+45*time.Minute; ahead += 45 * time.Minute {
		p.moveClock(t, ahead)
		b.get("/profile")
	}
	if a := b.post("/stay"); a.body == "3600" || a.status != http.StatusOK {
		t.Errorf("twelve hours are the end: %d %q", a.status, a.body)
	}
	p.moveClock(t, 23*time.Hour+time.Minute)
	if a := b.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("after twelve hours of use: %d", a.status)
	}
}
