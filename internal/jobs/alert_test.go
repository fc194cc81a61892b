package jobs_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"guichet/internal/auth"
	"guichet/internal/locale"
)

var alertLink = regexp.MustCompile(`https://guichet\.test/alerts/(\S{22})\n`)

// tell has the agent told of all changes.
func (o *env) tell() {
	o.t.Helper()
	err := o.signIns().InTx(o.t.Context(), func(tx auth.Tx) error {
		for _, c := range auth.Changes() {
			if err := tx.Alert(o.t.Context(), o.agent.UserID, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *env) told(condition string) {
	o.t.Helper()
	o.await(`SELECT bool_and(` + condition + `) FROM river_job WHERE kind = 'send_alert'`)
}

// Each change has a mail of its own in the person's language, whose link is in no queue.
func TestChangesAreMailed(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			o := newEnv(t, 1)
			if _, err := o.pool.Exec(t.Context(), `UPDATE users SET language = $1`, lang); err != nil {
				t.Fatal(err)
			}
			o.pass(time.Until(time.Date(2026, 7, 1, 12, 50, 30, 0, time.UTC)))
			o.tell()
			o.run()
			o.told(`state = 'completed' AND queue = 'alerts'`) // which an earlier release does not work
			list, seen := o.caught.Messages(), map[string]bool{}
			if len(list) != len(auth.Changes()) {
				t.Fatalf("%d mails for %d changes", len(list), len(auth.Changes()))
			}
			var kept string
			if err := o.pool.QueryRow(t.Context(), `SELECT string_agg(args::text, '') FROM river_job WHERE kind = 'send_alert'`).Scan(&kept); err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				token := alertLink.FindStringSubmatch(m.Text)
				if token == nil || m.To != "agent@example.test" || !strings.Contains(m.Text, "14:50") || !strings.Contains(m.Text, "Camille") || strings.Contains(m.Text+m.Subject, "alert.") {
					t.Fatalf("%s\n%s\n%s", m.To, m.Subject, m.Text)
				}
				a, err := o.auth().Alert(t.Context(), token[1])
				if err != nil || m.Subject != lang.T("mail.alert."+string(a.Change)) || strings.Contains(kept, token[1]) {
					t.Errorf("%q is about %q, %v, or the queue holds the link", m.Subject, a.Change, err)
				}
				seen[m.Subject] = true
			}
			if len(seen) != len(list) || strings.Contains(kept, "example.test") {
				t.Errorf("%d subjects, or the address is in the queue: %s", len(seen), kept)
			}
		})
	}
}

func TestNobodySuspendedIsToldOfChanges(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	o.tell()
	if _, err := o.pool.Exec(t.Context(), `UPDATE users SET suspended = true`); err != nil {
		t.Fatal(err)
	}
	o.run()
	o.told(`state = 'completed'`)
	if list := o.caught.Messages(); len(list) != 0 {
		t.Errorf("sent %+v", list)
	}
}

func TestAFrozenPortalTellsNobody(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if err := o.nodes[0].Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.tell()
	o.run()
	o.told(`state = 'scheduled'`)
	if list := o.caught.Messages(); len(list) != 0 {
		t.Errorf("sent %+v", list)
	}
}
