package auth_test

import (
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/auth"
)

// everything is what people sign in with, as one text.
const everything = `SELECT concat_ws('/',
	(SELECT string_agg(email || password_hash, ',' ORDER BY id) FROM users),
	(SELECT string_agg(token, ',' ORDER BY token) FROM signed_in),
	(SELECT count(*) FROM tickets WHERE used_at IS NULL), (SELECT count(*) FROM river_job), (SELECT count(*) FROM removals),
	(SELECT string_agg(encode(coalesce(secret, ''), 'hex') || encode(coalesce(codes, ''), 'hex'), ',' ORDER BY user_id) FROM second_factors),
	(SELECT string_agg(encode(hash, 'hex') || (used_at IS NULL), ',' ORDER BY hash) FROM recovery_codes))`

func (o *office) everything() (text string) {
	o.t.Helper()
	if err := o.pool.QueryRow(o.t.Context(), everything).Scan(&text); err != nil {
		o.t.Fatal(err)
	}
	return text
}

// What cannot be audited is not done: nothing of it stays, and it can be done when
// the log takes entries again.
func TestWhatCannotBeAuditedIsNotDone(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		action  account.Action
		prepare func(*office) (token string)
		act     func(o *office, token string) error
	}{
		"a password is chosen": {account.DidChoosePassword, func(o *office) string {
			token, err := o.InvitationLink(o.t.Context(), o.persons["agent ONE"].ID)
			if err != nil {
				o.t.Fatal(err)
			}
			return token
		}, func(o *office, token string) error {
			_, err := o.Redeem(o.t.Context(), token, another, network)
			return err
		}},
		"a password is changed": {account.DidChangePassword, func(o *office) string {
			o.choose("agent ONE", password)
			o.begin("agent ONE", "a")
			return ""
		}, func(o *office, _ string) error {
			return o.ChangePassword(o.t.Context(), o.actor("agent ONE"), password, another, "")
		}},
		"one session is ended": {account.DidEndSession, twoSessions, func(o *office, _ string) error {
			return o.EndOwnSessions(o.t.Context(), o.actor("agent ONE"), "a", "b")
		}},
		"the other sessions are ended": {account.DidEndSession, twoSessions, func(o *office, _ string) error {
			return o.EndOwnSessions(o.t.Context(), o.actor("agent ONE"), "", "b")
		}},
		"somebody is signed out": {account.DidEndSession, twoSessions, func(o *office, _ string) error {
			return o.SignOut(o.t.Context(), o.actor("manager ONE"), o.persons["agent ONE"].Handle)
		}},
		"somebody is invited": {account.DidInvite, nothing, func(o *office, _ string) error {
			return o.Invite(o.t.Context(), o.actor("manager ONE"), auth.Invitee{Email: "new@example.test", Name: "New", Role: account.Agent})
		}},
		"somebody is invited again": {account.DidInvite, nothing, func(o *office, _ string) error {
			return o.Invite(o.t.Context(), o.actor("manager ONE"), auth.Invitee{Email: "agentone@example.test", Name: "Agent", Role: account.Agent})
		}},
		"a link is sent": {account.DidSendLink, nothing, func(o *office, _ string) error {
			return o.SendLinkAgain(o.t.Context(), o.actor("manager ONE"), o.persons["agent ONE"].Handle)
		}},
		"a second factor is set": {account.DidSetFactor, func(o *office) string {
			o.begin("agent ONE", "a")
			if err := o.BeginFactor(o.t.Context(), o.persons["agent ONE"], "here"); err != nil {
				o.t.Fatal(err)
			}
			return ""
		}, func(o *office, _ string) error {
			return o.ConfirmFactor(o.t.Context(), o.persons["agent ONE"], o.code("agent ONE", 0), "here", network)
		}},
		"recovery codes are renewed": {account.DidRenewRecovery, enrolled, func(o *office, _ string) error {
			return o.RenewRecovery(o.t.Context(), o.actor("agent ONE"))
		}},
		"a recovery code is used": {account.DidUseRecovery, enrolled, func(o *office, code string) error {
			return o.CheckRecovery(o.t.Context(), o.persons["agent ONE"], code, network)
		}},
		"a second factor is reset": {account.DidResetFactor, enrolled, func(o *office, _ string) error {
			return o.ResetFactor(o.t.Context(), o.actor("manager ONE"), o.persons["agent ONE"].Handle)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			token := k.prepare(o)
			entries := func() int { return o.count(`SELECT count(*) FROM audit WHERE action = $1`, k.action) }
			before, logged := o.everything(), entries()
			o.exec(`
				CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no entry'; END $$;
				CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = '` + string(k.action) + `') EXECUTE FUNCTION refuse_audit()`)
			if err := k.act(o, token); err == nil {
				t.Error("it was done")
			}
			if after := o.everything(); after != before || entries() != logged {
				t.Errorf("refused:\n%s\nwas\n%s", after, before)
			}
			o.exec(`DROP TRIGGER refuse_audit ON audit`)
			if err := k.act(o, token); err != nil {
				t.Fatal(err)
			}
			if after := o.everything(); after == before || entries() != logged+1 {
				t.Errorf("done: %d entries more, %s", entries()-logged, after)
			}
		})
	}
}

func nothing(*office) string { return "" }

func twoSessions(o *office) string {
	o.begin("agent ONE", "a")
	o.begin("agent ONE", "b")
	return ""
}

// enrolled sets a second factor up and returns one of its recovery codes.
func enrolled(o *office) string {
	o.enrol("agent ONE")
	f, err := o.Factor(o.t.Context(), o.persons["agent ONE"].ID)
	if err != nil {
		o.t.Fatal(err)
	}
	code, _, _ := strings.Cut(f.Codes, "\n")
	return code
}
