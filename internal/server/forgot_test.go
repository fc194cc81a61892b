package server

import (
	"net/http"
	"testing"

	"guichet/internal/account"
)

// Nobody learns whether an address is known, and nobody is flooded with mail.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.nobody(t)
	if a := b.post("/forgot", "email", "nobody"); a.status != http.StatusUnprocessableEntity || attr(a.find("id", "email"), "value") != "nobody" {
		t.Errorf("no address: %d %s", a.status, a.text())
	}
	known := b.post("/forgot", "email", "agent@test.test")
	unknown := b.post("/forgot", "email", "nobody@test.test")
	if known.status != http.StatusSeeOther || known.location != "/forgot?sent=1" || unknown.status != known.status || unknown.location != known.location {
		t.Errorf("known: %d to %q; unknown: %d to %q", known.status, known.location, unknown.status, unknown.location)
	}
	count := func() (n int) {
		if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'send_link'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 2 {
		t.Errorf("%d tasks for two addresses: the work differs", n)
	}
	if a := b.get("/forgot?sent=1"); a.find("data-testid", "link-sent") == nil {
		t.Error("it does not say that a link is on its way")
	}
	for range 2 {
		b.post("/forgot", "email", "agent@test.test")
	}
	before := count()
	if a := b.post("/forgot", "email", "agent@test.test"); a.status != http.StatusTooManyRequests || count() != before {
		t.Errorf("the fourth within minutes: %d, %d tasks", a.status, count()-before)
	}
}

// Whoever was invited keeps the invitation, whoever asks for a link in their name.
func TestForgottenBeforeItWasChosen(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	chosen := p.people[account.Agent]
	invited := p.addPerson(t, account.User{Email: "new@test.test", Name: "New", Role: account.Agent, AgencyID: chosen.AgencyID})
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET password_hash = '' WHERE id = $1`, invited.ID); err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]int64{"agent@test.test": chosen.ID, "new@test.test": 0} {
		p.nobody(t).post("/forgot", "email", email)
		var to int64
		if err := p.pool.QueryRow(t.Context(), `SELECT (args ->> 'user_id')::bigint FROM river_job WHERE kind = 'send_link' ORDER BY id DESC LIMIT 1`).Scan(&to); err != nil {
			t.Fatal(err)
		}
		if to != want {
			t.Errorf("%s: a link is sent to %d, want %d", email, to, want)
		}
	}
}
