package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/server/site"
)

// Two who know a password set up a second factor: each is shown the secret that the own
// session has begun, and no other.
func TestASecretIsShownToItsSession(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.FactorRequired = true })
	enter := func() *browser {
		t.Helper()
		b := p.nobody(t)
		b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
		return b
	}
	owner, thief := enter(), enter()
	owner.post("/second-factor")
	if secret := owner.read("/second-factor/new").find("id", "secret"); secret == nil {
		t.Fatal("the owner is not shown the secret")
	}
	if a := thief.get("/second-factor/new"); a.location != "/second-factor" {
		t.Errorf("another session: %d to %q: %s", a.status, a.location, a.text())
	}
	if a := thief.post("/sign-out"); a.location != "/sign-in" {
		t.Errorf("half a session signs out to %q", a.location)
	}
	if a := thief.get("/second-factor"); a.location == "" {
		t.Errorf("it goes on: %d", a.status)
	}
}

// Recovery codes that nobody has kept yet are shown to who has just confirmed who is
// there, not to a session that was left.
func TestRecoveryCodesAskWhoIsThere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	_, codes := p.enrolled(t, b)
	if len(codes) != 10 {
		t.Fatal(codes)
	}
	for _, path := range []string{"/second-factor/codes", "/second-factor/codes.txt"} {
		if a := b.get(path); a.status != http.StatusOK {
			t.Errorf("%s at once: %d to %q", path, a.status, a.location)
		}
	}
	if a := b.post("/second-factor/codes"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, codes[0]) {
		t.Errorf("codes that are not kept: %d", a.status)
	}
	p.moveClock(t, 11*time.Minute)
	for _, path := range []string{"/second-factor/codes", "/second-factor/codes.txt"} {
		if a := b.get(path); !strings.HasPrefix(a.location, "/confirm-identity") || strings.Contains(a.body, codes[0]) {
			t.Errorf("%s eleven minutes later: %d to %q", path, a.status, a.location)
		}
	}
	var kept int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE token LIKE 'page/%'`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d pages with codes are kept, %v", kept, err)
	}
}

// A page that answered a form is shown again to who may see it: not after the role has
// changed, and to no colleague.
func TestAKeptPageIsShownToItsRole(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	m := p.as(t, account.Manager)
	m.post("/agency/users", "email", "x", "name", "Zoé Canari", "role", "agent")
	var row string
	if err := p.pool.QueryRow(t.Context(), `SELECT token FROM sessions WHERE token LIKE 'page/%'`).Scan(&row); err != nil {
		t.Fatal(err)
	}
	page := "/profile?kept=" + strings.TrimPrefix(row, "page/")
	if a := m.get(page); !strings.Contains(a.body, "Canari") {
		t.Errorf("to its owner: %d %s", a.status, a.text())
	}
	if a := p.as(t, account.Agent).get(page); strings.Contains(a.body, "Canari") {
		t.Error("to a colleague")
	}
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET role = 'agent' WHERE email = 'manager@test.test'`); err != nil {
		t.Fatal(err)
	}
	if a := m.get(page); strings.Contains(a.body, "Canari") {
		t.Error("to one who is no manager any more")
	}
}

// A path that cannot be a text in the database is no address, for whoever asks.
func TestPathsThatAreNoText(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, m, desk, agent := p.as(t, account.Admin), p.as(t, account.Manager), p.as(t, account.CustomerService), p.as(t, account.Agent)
	for _, bad := range []string{"%00", "a%00b", "%FF", "%ff%fe"} {
		for path, b := range map[string]*browser{
			"/admin/users/" + bad: a, "/admin/agencies/" + bad: a, "/admin/agencies/" + bad + "/logo": a, "/agency/users/" + bad: m,
			"/desk/statements/" + bad: desk, "/desk/unknown/" + bad: desk, "/bookings/" + bad: agent, "/quotes/" + bad: agent,
		} {
			if got := b.get(path); got.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, got.status)
			}
		}
		for path, b := range map[string]*browser{
			"/admin/users/" + bad + "/suspend": a, "/admin/supplier/zones/" + bad + "/timezone": a, "/profile/passkeys/" + bad + "/remove": agent, "/agency/users/" + bad + "/role": m,
		} {
			if got := b.post(path); got.status != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, got.status)
			}
		}
	}
	if strings.Contains(p.log.String(), `"level":"ERROR"`) {
		t.Error("the log has errors")
	}
}

// An escaped slash is no slash: a form is not taken for a picture by how its address ends.
func TestAnEscapedSlashLiftsNoBound(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.nobody(t)
	b.header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.sendBody("/welcome/AAAA%2Flogo", strings.NewReader("new_password="+strings.Repeat("a", 2*maxBody))); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", a.status)
	}
}

// A mail begins with the name that a manager gives: it makes no link of it.
func TestANameIsNoLink(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	m := p.as(t, account.Manager)
	for _, name := range []string{"http://phish.test/ click here", "<b>bold</b>", "a@b.test"} {
		a := m.post("/agency/users", "email", "new@test.test", "name", name, "role", "agent")
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "A name has none of the characters") || !a.holds("name", name) {
			t.Errorf("%q: %d %s", name, a.status, a.text())
		}
	}
}

// Right passwords that stop at the code, and wrong ones of who is signed in, leave an
// entry; right sign-ins use up nobody's tries, and are told by a few mails.
func TestWhatStopsOnTheWayIsAudited(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	count := func(query string, want int) {
		t.Helper()
		var n int
		if err := p.pool.QueryRow(t.Context(), query).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
	b := p.as(t, account.Agent)
	b.post("/confirm-identity", "answer", "wrong", "next", "/profile")
	b.post("/profile/password", "current_password", "wrong", "new_password", otherPassword)
	count(`SELECT count(*) FROM audit WHERE action = 'identity_refused'`, 2)
	for range 12 {
		if a := p.nobody(t).post("/sign-in", "email", "manager@test.test", "password", testPassword); a.status != http.StatusSeeOther {
			t.Fatalf("a right sign-in: %d", a.status)
		}
	}
	count(`SELECT count(*) FROM rate_limits WHERE key LIKE 'sign-in/%' AND hits > 0`, 0)
	count(`SELECT count(*) FROM river_job WHERE kind = 'send_alert'`, 5)
	p.enrolled(t, b)
	p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword)
	count(`SELECT count(*) FROM audit WHERE action = 'password_accepted'`, 1)
}

// A page that answers a form is one view for the audit log, and one more whenever it is
// shown again.
func TestAKeptPageIsAuditedWhenItIsShown(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := p.booked(p.as(t, account.Agent), "AB-123-CD")
	desk := p.as(t, account.CustomerService)
	viewed := func() (n int) {
		t.Helper()
		if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'booking_viewed'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if a := desk.post(sale+"/notes", "text", ""); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "O’Hara") || viewed() != 1 {
		t.Errorf("%d, %d views", a.status, viewed())
	}
	var row string
	if err := p.pool.QueryRow(t.Context(), `SELECT token FROM sessions WHERE token LIKE 'page/%'`).Scan(&row); err != nil {
		t.Fatal(err)
	}
	if desk.get(sale + "?kept=" + strings.TrimPrefix(row, "page/")); viewed() != 2 {
		t.Errorf("%d views after it was shown again", viewed())
	}
}
