package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/server/site"
)

// alerted returns the address of the page that a mail about a change leads to.
func (p *portal) alerted(t *testing.T, role account.Role, change auth.Change) string {
	t.Helper()
	task := auth.SendAlert{UserID: p.people[role].ID, Change: change, At: time.Date(2026, 7, 1, 12, 50, 0, 0, time.UTC)}
	_, token, err := p.server.Auth.AlertLink(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	return "/alerts/" + token
}

// Whatever scans mails follows links: only the button ends the sessions.
func TestTheButtonOfAnAlertEndsAllSessions(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	owner, colleague := p.as(t, account.Agent), p.as(t, account.Manager)
	for _, change := range auth.Changes() {
		p.nobody(t).read(p.alerted(t, account.Agent, change)).says(t, "Was it you?", "1 July 2026 at 14:50 (Paris time)", "agent@test.test")
	}
	link, b := p.alerted(t, account.Agent, auth.NewBrowser), p.nobody(t)
	for range 2 {
		b.do(http.MethodHead, link, nil)
		page := b.read(link)
		page.says(t, "Someone signed in to your Guichet account from a new browser")
		if page.find("data-testid", "end-all") == nil || strings.Count(page.body, `method="post" novalidate data-testid="end-all"`) != 1 {
			t.Error("there is not one button")
		}
	}
	if a := owner.get("/profile"); a.status != http.StatusOK {
		t.Fatalf("the page itself has ended the session: %d", a.status)
	}
	foreign := p.nobody(t)
	foreign.header.Set("Sec-Fetch-Site", "cross-site")
	if a := foreign.post(link); a.status != http.StatusForbidden {
		t.Errorf("sent by another site: %d", a.status)
	}
	done := b.post(link)
	if done.location != link+"?done=1" {
		t.Fatalf("%d to %q", done.status, done.location)
	}
	b.read(done.location).says(t, "You are signed out everywhere", "choose a new password")
	if a := owner.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("the session lives on: %d", a.status)
	}
	if a := colleague.get("/profile"); a.status != http.StatusOK {
		t.Errorf("a colleague's session: %d", a.status)
	}
	for range 9 {
		b.post(link)
	}
	if a := b.post(link); a.status != http.StatusTooManyRequests {
		t.Errorf("an eleventh time: %d", a.status)
	}
	if strings.Contains(p.log.String(), strings.TrimPrefix(link, "/alerts/")) {
		t.Error("the link is in the log")
	}
}

// Who signs in for the first time in a browser is told so by mail, once.
func TestABrowserThatIsNewIsTold(t *testing.T) {
	t.Parallel()
	p := newPortal(t, func(o *site.Options) { o.FactorRequired = false })
	told := func() (n int) {
		t.Helper()
		if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'send_alert' AND args->>'change' = 'browser'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	b := p.nobody(t)
	in := func() {
		t.Helper()
		if a := b.post("/sign-in", "email", "agent@test.test", "password", testPassword); a.status != http.StatusSeeOther {
			t.Fatalf("%d", a.status)
		}
	}
	in()
	b.post("/sign-out")
	in()
	if told() != 1 {
		t.Errorf("told %d times for one browser", told())
	}
	x, _ := p.enrolled(t, b)
	b.post("/second-factor/codes", "kept", "1")
	b.post("/sign-out")
	in()
	if b.post("/sign-in/code", "code", x.code(1)); told() != 1 {
		t.Errorf("told %d times, with a code", told())
	}
	if b.post("/sign-out"); b.post(p.invited(t, account.Manager), "new_password", otherPassword).status != http.StatusSeeOther {
		t.Fatal("the link")
	}
	if b.post("/sign-in", "email", "manager@test.test", "password", otherPassword); told() != 1 {
		t.Errorf("told %d times, in the browser that chose the password", told())
	}
}
