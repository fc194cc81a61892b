package account_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// everything is what an admin changes, as one text.
const everything = `SELECT concat_ws('/',
	(SELECT string_agg(concat_ws(' ', code, name, timezone, payment_methods::text, agents_may_cancel, suspended, logo), ',' ORDER BY id) FROM agencies),
	(SELECT string_agg(concat_ws(' ', email, role, suspended), ',' ORDER BY id) FROM users),
	(SELECT string_agg(id || ending, ',' ORDER BY id) FROM removals WHERE restore_id IS NOT NULL), (SELECT count(*) FROM removals))`

// What cannot be audited is not done: nothing of it stays, and it can be done when
// the log takes entries again.
func TestWhatCannotBeAuditedIsNotDone(t *testing.T) {
	t.Parallel()
	wanted := account.Agency{Code: "NEW", Name: "New", Timezone: "Europe/Rome", PaymentMethods: []string{"cash"}}
	for action, act := range map[account.Action]func(o *office, a account.Actor) error{
		account.DidCreateAgency:  func(o *office, a account.Actor) error { return o.CreateAgency(o.t.Context(), a, wanted) },
		account.DidChangeAgency:  func(o *office, a account.Actor) error { return o.ChangeAgency(o.t.Context(), a, "ONE", wanted) },
		account.DidSuspendAgency: func(o *office, a account.Actor) error { return o.SuspendAgency(o.t.Context(), a, "ONE", true) },
		account.DidRestoreAgency: func(o *office, a account.Actor) error { return o.SuspendAgency(o.t.Context(), a, "TWO", false) },
		account.DidChangeLogo:    func(o *office, a account.Actor) error { return o.SetLogo(o.t.Context(), a, "ONE", picture(10, 10)) },
		account.DidSuspend: func(o *office, a account.Actor) error {
			return o.Suspend(o.t.Context(), a, o.persons["agent ONE"].Handle, true)
		},
		account.DidRestore: func(o *office, a account.Actor) error {
			return o.Suspend(o.t.Context(), a, o.persons["agent TWO"].Handle, false)
		},
		account.DidChangeRole: func(o *office, a account.Actor) error {
			return o.ChangeRole(o.t.Context(), a, o.persons["agent ONE"].Handle, account.Manager)
		},
		account.DidEndRemoval: func(o *office, a account.Actor) error {
			return o.EndRemoval(o.t.Context(), a, "r1", "open", restore.Redone)
		},
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.exec(`UPDATE agencies SET suspended = true WHERE code = 'TWO'`)
			o.exec(`UPDATE users SET suspended = true WHERE name = 'agent TWO'`)
			o.undone("open", restore.PasswordChanged, o.persons["agent ONE"].Handle)
			before := o.text(everything)
			entries := func() string { return o.text(`SELECT count(*)::text FROM audit WHERE action = $1`, action) }
			o.exec(`
				CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no entry'; END $$;
				CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = '` + string(action) + `') EXECUTE FUNCTION refuse_audit()`)
			if err := act(o, o.actor("admin")); err == nil {
				t.Error("it was done")
			}
			if after := o.text(everything); after != before || entries() != "0" {
				t.Errorf("refused:\n%s\nwas\n%s", after, before)
			}
			o.exec(`DROP TRIGGER refuse_audit ON audit`)
			if err := act(o, o.actor("admin")); err != nil {
				t.Fatal(err)
			}
			if after := o.text(everything); after == before || entries() != "1" {
				t.Errorf("done: %s entries, %s", entries(), after)
			}
		})
	}
}

// undone puts something on record that a restore has given back.
func (o *office) undone(id string, kind restore.Removed, subject string) {
	o.t.Helper()
	o.exec(`INSERT INTO restores (id, at, signs, system_id, timeline, database_oid, bookings_oid, bookings, drafts, sessions, mails)
		VALUES ('r1', portal_now(), '{}', 1, 1, 1, 1, 0, 0, 0, 0) ON CONFLICT DO NOTHING`)
	o.exec(`INSERT INTO removals (id, kind, subject, restore_id) VALUES ($1, $2, $3, 'r1')`, id, kind, subject)
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, admin := t.Context(), o.actor("admin")
	desk := o.actor("desk")
	desk.Network = "192.0.2.7"
	one, two := o.agencies["ONE"].ID, o.agencies["TWO"].ID
	for _, err := range []error{
		o.AuditBooking(ctx, desk, account.DidView, "GU-1", one),
		o.AuditBooking(ctx, desk, account.DidReadEvidence, "GU-2", two),
		o.AuditExport(ctx, o.actor("agent ONE"), "bookings csv abc"),
		o.AuditSearch(ctx, desk, "email", "somebody@example.test"),
		o.Suspend(ctx, admin, o.persons["agent TWO"].Handle, true),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all, err := o.AuditLog(ctx, admin, account.AuditFilter{Limit: 100})
	if err != nil || len(all) != 5 || all[0].SubjectName != "agent TWO" || all[4].ActorName != "desk" {
		t.Fatal(all, err)
	}
	for name, k := range map[string]struct {
		filter account.AuditFilter
		want   []account.Action // the latest first
	}{
		"an action":        {account.AuditFilter{Action: account.DidView}, []account.Action{account.DidView}},
		"a name":           {account.AuditFilter{Who: "DESK"}, []account.Action{account.DidSearch, account.DidReadEvidence, account.DidView}},
		"an address":       {account.AuditFilter{Who: o.persons["agent TWO"].Email}, []account.Action{account.DidSuspend}},
		"half an address":  {account.AuditFilter{Who: "@example"}, nil},
		"an agency":        {account.AuditFilter{AgencyID: one}, []account.Action{account.DidExport, account.DidView}},
		"of the subject":   {account.AuditFilter{AgencyID: two}, []account.Action{account.DidSuspend, account.DidReadEvidence}},
		"a network":        {account.AuditFilter{Network: "192.0.2."}, []account.Action{account.DidSearch, account.DidReadEvidence, account.DidView}},
		"older than one":   {account.AuditFilter{Before: all[3].ID}, []account.Action{account.DidView}},
		"the latest":       {account.AuditFilter{Limit: 1}, []account.Action{account.DidSuspend}},
		"of tomorrow":      {account.AuditFilter{From: time.Now().Add(time.Hour)}, nil},
		"of yesterday":     {account.AuditFilter{To: time.Now().Add(-time.Hour)}, nil},
		"of this hour too": {account.AuditFilter{Action: account.DidView, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)}, []account.Action{account.DidView}},
	} {
		if k.filter.Limit == 0 {
			k.filter.Limit = 100
		}
		list, err := o.AuditLog(ctx, admin, k.filter)
		var got []account.Action
		for _, e := range list {
			got = append(got, e.Action)
		}
		if err != nil || !slices.Equal(got, k.want) {
			t.Errorf("%s: %v, want %v, %v", name, got, k.want, err)
		}
	}
	for _, who := range []string{"agent ONE", "manager ONE", "desk"} {
		if _, err := o.AuditLog(ctx, o.actor(who), account.AuditFilter{Limit: 1}); !errors.Is(err, account.ErrForbidden) {
			t.Errorf("%s reads it: %v", who, err)
		}
	}
	if kept := o.text(`SELECT string_agg(after, ',') FROM audit WHERE action = 'searched'`); len(kept) < len("email x") || kept == "email somebody@example.test" {
		t.Errorf("a search is kept as %q", kept)
	}
}

func TestEveryActionIsListed(t *testing.T) {
	t.Parallel()
	seen := map[account.Action]bool{}
	for _, a := range account.Actions() {
		if seen[a] || a == "" {
			t.Errorf("%q twice", a)
		}
		seen[a] = true
	}
}

func TestWhatARestoreHasUndone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, admin := t.Context(), o.actor("admin")
	o.undone("password", restore.PasswordChanged, o.persons["agent ONE"].Handle)
	o.undone("oneself", restore.RoleChanged, o.persons["admin"].Handle)
	o.undone("agency", restore.AgencyRights, "TWO")
	r, err := o.Repeats(ctx, admin, "r1")
	if err != nil || len(r.Lost) != 3 || r.Lost[0].Name != "agent ONE" || r.Lost[2].Name != "Agence TWO" {
		t.Fatal(fmt.Sprintf("%+v", r), err)
	}
	for name, k := range map[string]struct {
		who    string
		id     string
		ending restore.Ending
		want   error
	}{
		"customer service": {"desk", "password", restore.Redone, account.ErrForbidden},
		"no such removal":  {"admin", "none", restore.Redone, account.ErrNotFound},
		"no such ending":   {"admin", "password", restore.Repeated, account.ErrNotFound},
		"one's own role":   {"admin", "oneself", restore.Dismissed, account.ErrSelf},
	} {
		if err := o.EndRemoval(ctx, o.actor(k.who), "r1", k.id, k.ending); !errors.Is(err, k.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := errors.Join(o.EndRemoval(ctx, admin, "r1", "password", restore.Redone), o.EndRemoval(ctx, admin, "r1", "agency", restore.Dismissed)); err != nil {
		t.Fatal(err)
	}
	if err := o.EndRemoval(ctx, admin, "r1", "password", restore.Dismissed); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	if got := o.text(`SELECT string_agg(id || '=' || ending, ',' ORDER BY id) FROM removals`); got != "agency=dismissed,oneself=,password=redone" {
		t.Errorf("%s", got)
	}
}
