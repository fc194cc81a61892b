package jobs_test

import (
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`https://guichet\.test/welcome/(\S{22})\n`)

// tasks waits until all tasks to send a link are as the condition says.
func (o *env) tasks(condition string) {
	o.t.Helper()
	o.await(`SELECT bool_and(` + condition + `) FROM river_job WHERE kind = 'send_link'`)
}

func (o *env) done() {
	o.t.Helper()
	o.tasks(`state IN ('completed', 'discarded', 'cancelled')`)
}

func TestALinkIsMailed(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	o.run()
	service := o.auth()
	for _, email := range []string{"nobody@example.test", " Agent@example.test"} {
		if err := service.Forgot(t.Context(), email, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	o.done()
	list := o.caught.Messages()
	if len(list) != 1 {
		t.Fatalf("%d mails, want 1: somebody who is not known gets none", len(list))
	}
	got := list[0].To + "\n" + list[0].Subject + "\n" + list[0].Text
	m := link.FindStringSubmatch(got)
	if m == nil || !strings.HasPrefix(got, "agent@example.test\nGuichet\u00a0: choisissez") || !strings.Contains(got, "Bonjour Camille") {
		t.Fatalf("the mail is %q", got)
	}
	if p, err := service.Redeem(t.Context(), m[1], "cheval pile agrafe juste", "192.0.2.1"); err != nil || p.ID != o.agent.UserID {
		t.Errorf("the link: %+v, %v", p, err)
	}
	var kept string
	if err := o.pool.QueryRow(t.Context(), `SELECT string_agg(args::text, '') FROM river_job WHERE kind = 'send_link'`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kept, m[1]) || strings.Contains(kept, "example.test") {
		t.Errorf("the queue holds the link or the address: %s", kept)
	}
}

func TestNobodySuspendedGetsALink(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if _, err := o.pool.Exec(t.Context(), `UPDATE users SET suspended = true`); err != nil {
		t.Fatal(err)
	}
	service := o.auth()
	if err := service.Forgot(t.Context(), "agent@example.test", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	o.run()
	o.done()
	if list := o.caught.Messages(); len(list) != 0 {
		t.Errorf("sent %+v", list)
	}
}

// A portal that was restored must not write to anybody until it is compared.
func TestAFrozenPortalSendsNoMail(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if err := o.nodes[0].Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	service := o.auth()
	if err := service.Forgot(t.Context(), "agent@example.test", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	o.run()
	o.tasks(`state = 'scheduled'`)
	if list := o.caught.Messages(); len(list) != 0 {
		t.Errorf("sent %+v", list)
	}
}
