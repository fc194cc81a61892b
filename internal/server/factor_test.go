package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/server/site"
)

// phone is somebody's application that shows codes.
type phone struct {
	t      *testing.T
	p      *portal
	secret string
	used   string // the code that has set it up
}

// code is what it shows now, or some steps of 30 seconds later.
func (x phone) code(later int) string {
	x.t.Helper()
	code, err := hotp.GenerateCode(x.secret, uint64(x.p.server.Now().Unix()/30+int64(later)))
	if err != nil {
		x.t.Fatal(err)
	}
	return code
}

// enrolled sets a second factor up for whoever is signed in, as a person does,
// and returns the phone and the recovery codes.
func (p *portal) enrolled(t *testing.T, b *browser) (phone, []string) {
	t.Helper()
	if a := b.post("/second-factor"); a.location != "/second-factor/new" {
		t.Fatalf("begin: %d to %q", a.status, a.location)
	}
	page := b.get("/second-factor/new")
	x := phone{t: t, p: p, secret: strings.ReplaceAll(textOf(page.find("id", "secret")), " ", "")}
	x.used = x.code(0)
	if a := b.post("/second-factor/new", "code", x.used); a.location != "/second-factor/codes" {
		t.Fatalf("confirm: %d to %q %s", a.status, a.location, a.text())
	}
	return x, strings.Fields(textOf(b.get("/second-factor/codes").find("data-testid", "recovery-codes")))
}

func required(o *site.Options) { o.FactorRequired = true }

// Somebody without a second factor reaches nothing but the pages that set it up.
func TestNobodyGoesOnWithoutASecondFactor(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	b := p.nobody(t)
	in := b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", "/bookings?view=paid")
	if in.location != "/second-factor" {
		t.Fatalf("signed in: %d to %q", in.status, in.location)
	}
	for _, r := range everyRoute {
		if !strings.HasPrefix(r.path, "/bookings") && !strings.HasPrefix(r.path, "/quotes") && !strings.HasPrefix(r.path, "/profile") && r.path != "/second-factor/codes" {
			continue
		}
		if a := b.do(r.method, r.path, nil); a.status != http.StatusSeeOther || a.location != "/second-factor" {
			t.Errorf("%s %s: %d to %q", r.method, r.path, a.status, a.location)
		}
	}
	if a := b.get("/second-factor"); a.status != http.StatusOK || len(a.doc.Data) != 0 || a.find("class", "nav") != nil {
		t.Errorf("the page that sets it up: %d", a.status)
	}
	before := b.cookie("guichet")
	x, codes := p.enrolled(t, b)
	if b.cookie("guichet") == before {
		t.Error("the session's token stayed the same")
	}
	if a := b.post("/second-factor/codes"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), codes[9]) {
		t.Errorf("not ticked: %d", a.status)
	}
	if file := b.get("/second-factor/codes.txt"); !strings.Contains(file.body, codes[0]+"\r\n") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file: %s", file.body)
	}
	if a := b.post("/second-factor/codes", "kept", "1"); a.location != "/bookings?view=paid" {
		t.Errorf("it leads to %q, not where the person wanted to go", a.location)
	}
	if a := b.get("/second-factor/codes"); a.location != "/second-factor" || len(codes) != 10 {
		t.Errorf("%d codes; afterwards %d to %q", len(codes), a.status, a.location)
	}
	var secret []byte
	var hashes int
	const look = `SELECT secret, (SELECT count(*) FROM recovery_codes WHERE length(hash) = 32) FROM second_factors`
	if err := p.pool.QueryRow(t.Context(), look).Scan(&secret, &hashes); err != nil || strings.Contains(string(secret), x.secret) || hashes != 10 {
		t.Errorf("%q is stored, %d hashes, %v", secret, hashes, err)
	}
	for _, word := range append(codes, x.secret) {
		if strings.Contains(p.log.String(), word) {
			t.Errorf("%s is in the log", word)
		}
	}
}

func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	first := p.nobody(t)
	first.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	x, _ := p.enrolled(t, first)
	entering := func() *browser {
		t.Helper()
		b := p.nobody(t)
		if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword, "next", "/profile"); a.location != "/sign-in/code" {
			t.Fatalf("the password: %d to %q", a.status, a.location)
		}
		return b
	}
	b := entering()
	for path, want := range map[string]string{"/profile": "/sign-in/code", "/second-factor": "/sign-in/code", "/second-factor/new": "/sign-in/code", "/bookings": "/sign-in/code"} {
		if a := b.get(path); a.location != want {
			t.Errorf("%s with the password only: %d to %q", path, a.status, a.location)
		}
	}
	if a := b.post("/second-factor"); a.location != "/sign-in/code" {
		t.Errorf("another application with the password only: %d to %q", a.status, a.location)
	}
	for _, try := range []struct{ code, says string }{
		{"", "Enter the 6-digit code"},
		{"12345", "incorrect or has expired"},
		{x.code(-2), "incorrect or has expired"},
		{x.code(3), "incorrect or has expired"},
		{x.used, "already been used"},
	} {
		a := b.post("/sign-in/code", "code", try.code)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), try.says) || attr(a.find("id", "code"), "aria-invalid") != "true" {
			t.Errorf("%q: %d %s", try.code, a.status, a.text())
		}
	}
	next := x.code(1)
	if a := b.post("/sign-in/code", "code", "Your code is "+next[:3]+" "+next[3:]); a.location != "/second-factor/codes" {
		t.Fatalf("the code, pasted: %d to %q %s", a.status, a.location, a.text())
	}
	if a := b.post("/second-factor/codes", "kept", "1"); a.location != "/profile" {
		t.Errorf("it leads to %q", a.location)
	}
	if a := entering().post("/sign-in/code", "code", next); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the same code in another browser: %d", a.status)
	}
	late := entering()
	p.moveClock(t, 31*time.Minute)
	if a := late.post("/sign-in/code", "code", x.code(0)); a.status != http.StatusSeeOther || a.location != "/sign-in" {
		t.Errorf("half an hour after the password: %d to %q", a.status, a.location)
	}
	b = entering()
	if a := b.post("/sign-in/code", "code", x.code(0)); a.location != "/profile" || b.get("/profile").status != http.StatusOK {
		t.Errorf("later: %d to %q", a.status, a.location)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	first := p.nobody(t)
	first.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	_, codes := p.enrolled(t, first)
	first.post("/second-factor/codes", "kept", "1")
	recover := func(code string) *answer {
		t.Helper()
		b := p.nobody(t)
		b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
		return b.post("/sign-in/recovery", "code", code)
	}
	if a := recover(strings.ToLower(strings.ReplaceAll(codes[3], "-", " "))); a.location != "/" {
		t.Errorf("typed from paper: %d to %q %s", a.status, a.location, a.text())
	}
	for name, code := range map[string]string{"used": codes[3], "wrong": "0000-0000-0000-0000-0000-0000", "empty": " "} {
		if a := recover(code); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if text := first.get("/second-factor").text(); !strings.Contains(text, "9 codes left") {
		t.Errorf("%s", text)
	}
	if a := first.post("/second-factor/renew"); a.location != "/second-factor/codes" {
		t.Fatalf("new ones: %d to %q", a.status, a.location)
	}
	if a := recover(codes[4]); a.status != http.StatusUnprocessableEntity {
		t.Errorf("one of the old codes: %d", a.status)
	}
}

// Neither a reset of the password nor a suspension says anything to somebody who
// has no second factor to show.
func TestTheSecondFactorIsNotGoneRound(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	first := p.nobody(t)
	first.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	x, _ := p.enrolled(t, first)
	reset := p.nobody(t)
	reset.post(p.invited(t, account.Agent), "new_password", otherPassword)
	if a := reset.get("/profile"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/sign-in") {
		t.Errorf("the link signs in: %d to %q", a.status, a.location)
	}
	if a := first.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("a session from before the reset: %d", a.status)
	}
	b := p.nobody(t)
	if a := b.post("/sign-in", "email", "agent@test.test", "password", otherPassword); a.location != "/sign-in/code" {
		t.Fatalf("after the reset: %d to %q", a.status, a.location)
	}
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET suspended = true WHERE email = 'agent@test.test'`); err != nil {
		t.Fatal(err)
	}
	if a := b.post("/sign-in/code", "code", "000000"); strings.Contains(a.text(), "suspended") {
		t.Errorf("a wrong code: %s", a.text())
	}
	if a := b.post("/sign-in/code", "code", x.code(1)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "Your account is suspended") {
		t.Errorf("a right code: %d %s", a.status, a.text())
	}
	if a := b.get("/profile"); a.location != "/sign-in/code" {
		t.Errorf("a suspended person is in: %d to %q", a.status, a.location)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	p := newPortal(t, required)
	first := p.nobody(t)
	first.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	x, codes := p.enrolled(t, first)
	b := p.nobody(t)
	b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	for range 10 {
		b.post("/sign-in/code", "code", "000000")
	}
	if a := b.post("/sign-in/code", "code", x.code(1)); a.status != http.StatusTooManyRequests {
		t.Errorf("after ten wrong codes: %d", a.status)
	}
	if a := b.post("/sign-in/recovery", "code", codes[0]); a.status != http.StatusSeeOther {
		t.Errorf("the owner has recovery codes: %d", a.status)
	}
}

func TestAManagerResetsASecondFactor(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, m := p.as(t, account.Agent), p.as(t, account.Manager)
	p.enrolled(t, agent)
	at := "/agency/users" + "/" + p.people[account.Agent].Handle
	if a := m.get(at); a.find("data-testid", "reset-factor") == nil || !strings.Contains(m.get("/agency/users").text(), "Second factor set up") {
		t.Error("the manager does not see the second factor")
	}
	m.post(at + "/factor")
	if a := agent.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("the person is signed in still: %d", a.status)
	}
	if a := m.get(at); a.find("data-testid", "reset-factor") != nil {
		t.Error("it is still there")
	}
	again := p.as(t, account.Agent)
	if a := m.get(at); a.find("data-testid", "end-user-sessions") == nil {
		t.Error("the manager does not see the session")
	}
	m.post(at + "/sessions")
	if a := again.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("signed out by the manager: %d", a.status)
	}
}

// A second factor that somebody began to set up and left shows its secret to, and
// is confirmed by, nobody who has not just shown who is there.
func TestANewFactorAsksAgainWhoIsThere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	x, _ := p.enrolled(t, b)
	if a := b.post("/second-factor"); a.location != "/second-factor/new" {
		t.Fatalf("begin: %d to %q", a.status, a.location)
	}
	dbtest.MoveClock(t, p.pool, 15*time.Minute)
	b.post("/stay")
	if a := b.get("/second-factor/new"); !strings.HasPrefix(a.location, "/confirm-identity") {
		t.Errorf("the secret, later: %d to %q", a.status, a.location)
	}
	if a := b.post("/second-factor/new", "code", x.code(0)); !strings.HasPrefix(a.location, "/confirm-identity") {
		t.Errorf("the confirmation, later: %d to %q", a.status, a.location)
	}
}
