package server

import (
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/server/site"
)

func (p *portal) tasks(t *testing.T) (n int) {
	t.Helper()
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'send_link'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAManagerInvites(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	m := p.as(t, account.Manager)
	for name, try := range map[string][]string{
		"email lines": {"email", "zoe@test.test\r\nBcc: all@test.test", "name", "Zoé Lévy", "role", "agent"},
		"name lines":  {"email", "zoe@test.test", "name", "Zoé\r\nBcc all", "role", "agent"},
		"email":       {"email", "nobody", "name", "Zoé Lévy", "role", "agent"},
		"name":        {"email", "zoe@test.test", "name", " ", "role", "agent"},
		"role":        {"email", "zoe@test.test", "name", "Zoé Lévy", "role", "customer_service"},
	} {
		field, _, _ := strings.Cut(name, " ")
		a := m.post("/agency/users", try...)
		if a.status != http.StatusUnprocessableEntity || a.find("id", field+"-error") == nil && attr(a.find("id", field), "aria-invalid") != "true" {
			t.Errorf("%s: %d %s", field, a.status, a.text())
		}
		if !strings.Contains(a.body, "Zoé Lévy") && field != "name" {
			t.Errorf("%s: what was typed is lost", field)
		}
	}
	// Whose agency it is does not come from the browser.
	a := m.post("/agency/users", "email", "Zoe@test.test", "name", "Zoé Lévy", "role", "agent", "language", "fr", "agency", "OTHER", "agency_id", "99", "suspended", "true")
	if a.location != "/agency/users" {
		t.Fatalf("invite: %d to %q %s", a.status, a.location, a.text())
	}
	zoe, err := p.store.PersonByEmail(t.Context(), "zoe@test.test")
	if err != nil || zoe.Agency.Code != "TEST" || zoe.Role != account.Agent || zoe.PasswordHash != "" || zoe.Suspended || zoe.Language != "fr" {
		t.Fatalf("%+v, %v", zoe, err)
	}
	if list := m.get("/agency/users").text(); !strings.Contains(list, "Zoé Lévy") || !strings.Contains(list, "Invited, no password yet") || strings.Contains(list, "admin@test.test") {
		t.Errorf("the list: %s", list)
	}
	if n := p.tasks(t); n != 1 {
		t.Errorf("%d mails for one invitation", n)
	}
	// An address that is known elsewhere answers the same, and is listed the same.
	p.asStranger(t)
	again := m.post("/agency/users", "email", "agent@other.test", "name", "Xenia", "role", "agent")
	if again.status != a.status || again.location != a.location || p.tasks(t) != 2 {
		t.Errorf("somebody of another agency: %d to %q, %d mails", again.status, again.location, p.tasks(t))
	}
	if list := m.get("/agency/users").text(); !strings.Contains(list, "agent@other.test") || strings.Count(list, "Invited, no password yet") != 2 {
		t.Errorf("the list tells: %s", list)
	}
	if m.post("/agency/users", "email", "zoe@test.test", "name", "X", "role", "agent"); p.tasks(t) != 3 {
		t.Errorf("the invitation is not sent again: %d mails", p.tasks(t))
	}
}

// Without a mail server whoever invites is told before, not after.
func TestAnInvitationThatIsNotSentSaysSo(t *testing.T) {
	t.Parallel()
	for _, none := range []bool{true, false} {
		p := newPortal(t, func(o *site.Options) { o.NoMail = none })
		m := p.as(t, account.Manager)
		for _, path := range []string{"/agency/users" + "/new", "/agency/users" + "/" + p.people[account.Agent].Handle} {
			if said := m.get(path).find("data-testid", "no-mail") != nil; said != none {
				t.Errorf("%s: said %v, want %v", path, said, none)
			}
		}
	}
}

// Whatever is done to somebody of another agency, or to staff, that person does
// not exist for a manager.
func TestAManagerLooksAfterTheOwnAgencyOnly(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.asStranger(t)
	stranger, err := p.store.PersonByEmail(t.Context(), "agent@other.test")
	if err != nil {
		t.Fatal(err)
	}
	m := p.as(t, account.Manager)
	for _, handle := range []string{stranger.Handle, p.people[account.Admin].Handle, p.people[account.CustomerService].Handle} {
		at := "/agency/users" + "/" + handle
		answers := []*answer{m.get(at), m.post(at + "/suspend"), m.post(at + "/restore"), m.post(at+"/role", "role", "manager"), m.post(at + "/link")}
		for i, a := range answers {
			if a.status != http.StatusNotFound {
				t.Errorf("%d: %d, want 404", i, a.status)
			}
		}
	}
	if n := p.tasks(t); n != 0 {
		t.Errorf("%d mails", n)
	}
	own := "/agency/users" + "/" + p.people[account.Agent].Handle
	for _, role := range []string{"admin", "customer_service", "", "root"} {
		if a := m.post(own+"/role", "role", role); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a manager makes an agent %q: %d", role, a.status)
		}
	}
}

func TestSuspensionAndRolesWorkAtTheNextClick(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, m := p.as(t, account.Agent), p.as(t, account.Manager)
	at := "/agency/users" + "/" + p.people[account.Agent].Handle
	if a := agent.get("/agency/users"); a.status != http.StatusForbidden {
		t.Errorf("an agent looks after people: %d", a.status)
	}
	m.post(at+"/role", "role", "manager")
	if a := agent.get("/agency/users"); a.status != http.StatusOK {
		t.Errorf("a new manager: %d", a.status)
	}
	m.post(at+"/role", "role", "agent")
	if a := agent.get("/agency/users"); a.status != http.StatusForbidden {
		t.Errorf("an agent again: %d", a.status)
	}
	m.post(at + "/suspend")
	if a := agent.get("/profile"); a.status != http.StatusSeeOther {
		t.Errorf("suspended: %d", a.status)
	}
	m.post(at + "/restore")
	if a := p.as(t, account.Agent).get("/profile"); a.status != http.StatusOK {
		t.Errorf("let in again: %d", a.status)
	}
	self := "/agency/users" + "/" + p.people[account.Manager].Handle
	m.post(self + "/suspend")
	m.post(self+"/role", "role", "agent")
	if a := m.get("/agency/users"); a.status != http.StatusOK {
		t.Errorf("a manager did it to oneself: %d", a.status)
	}
}
