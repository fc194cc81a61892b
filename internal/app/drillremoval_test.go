package app_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/restore"
	"guichet/internal/simulator"
)

// colleague is somebody with an account, a password and a recovery code, by the name.
func (d *drill) colleague(database, name string, role account.Role) account.Person {
	d.t.Helper()
	var handle string
	d.query(database, `
		WITH u AS (INSERT INTO users (email, name, role, language, password_hash, agency_id)
			VALUES ($1 || '@example.test', $1, $2, 'fr', 'x', CASE WHEN $2 IN ('agent', 'manager') THEN (SELECT min(id) FROM agencies) END) RETURNING id, handle),
		f AS (INSERT INTO second_factors (user_id, secret, confirmed_at) SELECT id, 'x', now() FROM u RETURNING user_id),
		c AS (INSERT INTO recovery_codes (user_id, hash) SELECT user_id, '\x01'::bytea FROM f)
		SELECT handle FROM u`, []any{name, role}, &handle)
	p, err := d.portal.Accounts.ManagedPerson(d.t.Context(), d.admin, handle)
	if err != nil {
		d.t.Fatal(err)
	}
	sealed, err := d.portal.People.Vault.Seal(fmt.Sprintf("second_factors/%d/secret", p.ID), []byte("x"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.query(database, `UPDATE second_factors SET secret = $2 WHERE user_id = $1 RETURNING user_id`, []any{p.ID, sealed}, &p.ID)
	return p
}

// audited adds an entry, which a restore knows the age of its data by.
func (d *drill) audited(did account.Action) error {
	ctx := d.t.Context()
	return d.portal.People.InTx(ctx, func(tx account.Tx) error { return tx.Audit(ctx, d.admin.AuditEntry(did)) })
}

func (d *drill) do(steps ...error) {
	d.t.Helper()
	for i, err := range steps {
		if err != nil {
			d.t.Fatalf("step %d: %v", i, err)
		}
	}
}

func (d *drill) repeats() restore.Repeats {
	d.t.Helper()
	e, _, err := d.portal.Bookings.Restored(d.t.Context(), d.admin)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := d.portal.Accounts.Repeats(d.t.Context(), d.admin, e.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *drill) there(handle string) account.Person {
	d.t.Helper()
	p, err := d.portal.Accounts.ManagedPerson(d.t.Context(), d.admin, handle)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// waiting are the kinds of what an admin must look at.
func waiting(r restore.Repeats) (kinds []restore.Removed) {
	for _, l := range r.Lost {
		if l.Ending == restore.Open {
			kinds = append(kinds, l.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// What is taken away between the backup and the restore is taken away again, or an
// admin is told; what was given back again is not.
func TestDrillWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	ctx, database, restored := t.Context(), dbtest.URL(t), dbtest.URL(t)
	d := newDrill(t, simulator.ProfileHostile, database)
	people, keys, signIns := d.portal.Accounts, d.portal.Keys, postgres.NewAuth(d.portal.People)
	over, err := d.book(d.quote("AA-001-AA"))
	if err == nil {
		over, err = d.portal.Bookings.Drop(ctx, d.agent, over.Ref, over.Version)
	}
	gone, back := d.colleague(database, "gone", account.Agent), d.colleague(database, "back", account.Agent)
	lower, second := d.colleague(database, "lower", account.Admin), d.colleague(database, "second", account.Admin)
	d.do(err, keys.Add(ctx, d.admin, "simulator", "a-key-that-leaked"),
		people.CreateAgency(ctx, d.admin, account.Agency{Code: "SHUT", Name: "Shut", Timezone: "Europe/Paris", PaymentMethods: []string{"cash", "account"}, AgentsMayCancel: true}),
		d.audited(account.DidReopen))
	there, err := keys.List(ctx, d.admin, "simulator")
	dump := filepath.Join(t.TempDir(), "dump")
	d.do(err, signIns.InTx(ctx, func(tx auth.Tx) error {
		return tx.AddPasskey(ctx, second.ID, auth.Passkey{Name: "key", Credential: webauthn.Credential{ID: []byte{7}}})
	}))
	d.do(err, people.Suspend(ctx, d.admin, back.Handle, true), people.Suspend(ctx, d.admin, back.Handle, false))
	d.tool(database, "pg_dump", "-Fc", "-f", dump, database)

	removePasskey := func(tx auth.Tx) error { return tx.RemovePasskey(ctx, second.ID, d.passkey(ctx, second.ID)) }
	useRecovery := func(tx auth.Tx) error { return tx.UseRecovery(ctx, second.ID, []byte{1}) }
	erased, err := d.portal.Bookings.ErasePerson(ctx, d.desk, over.Ref, []string{over.Ref})
	shut, _, err2 := people.Agency(ctx, d.admin, "SHUT")
	shut.PaymentMethods = []string{"cash"}
	d.do(err, err2,
		people.Suspend(ctx, d.admin, gone.Handle, true), people.Suspend(ctx, d.admin, back.Handle, true), people.Suspend(ctx, d.admin, back.Handle, false),
		people.ChangeRole(ctx, d.admin, lower.Handle, account.CustomerService),
		d.portal.Auth.ResetFactor(ctx, d.admin, gone.Handle), signIns.InTx(ctx, func(tx auth.Tx) error { return tx.SetPassword(ctx, back.ID, "y") }),
		signIns.InTx(ctx, useRecovery), signIns.InTx(ctx, removePasskey),
		people.ChangeAgency(ctx, d.admin, "SHUT", shut), people.SuspendAgency(ctx, d.admin, "SHUT", true),
		keys.Retire(ctx, d.admin, "simulator", there[0].ID))
	if erased != 1 {
		t.Fatalf("%d erased", erased)
	}
	d.sell(d.quote("AA-002-AA"))
	d.portal.Close()
	d.tool(restored, "pg_restore", "--clean", "--if-exists", "-d", restored, dump)
	d.open(restored)
	people, signIns = d.portal.Accounts, postgres.NewAuth(d.portal.People)

	if b := d.now(over.Ref); b.ErasedAt.IsZero() || b.Customer.Email != "" || b.Car.Plate != "" {
		t.Errorf("the traveller is back: %+v", b.Customer)
	}
	if p := d.there(gone.Handle); !p.Suspended {
		t.Error("who was suspended may sign in")
	}
	if p := d.there(back.Handle); p.Suspended {
		t.Error("who was let in again is suspended")
	}
	if p := d.there(lower.Handle); p.Role != account.CustomerService {
		t.Errorf("the admin of before is %s", p.Role)
	}
	if a, _, err := people.Agency(ctx, d.admin, "SHUT"); err != nil || !a.Suspended {
		t.Errorf("the agency is open again: %v", err)
	}
	if err := signIns.InTx(ctx, useRecovery); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a recovery code twice: %v", err)
	}
	if d.passkey(ctx, second.ID) != "" {
		t.Error("a passkey that was removed is back")
	}
	r := d.repeats()
	if r.Erased != 1 || r.Suspended != 2 || r.Lowered != 3 || !r.Complete() {
		t.Errorf("%+v", r)
	}
	want := []restore.Removed{restore.AgencyRights, restore.FactorReset, restore.KeyRetired, restore.PasswordChanged}
	if got := waiting(r); !slices.Equal(got, want) {
		t.Errorf("an admin looks at %v, want %v", got, want)
	}
	d.looksAtAll(r)
}

// passkey returns the handle of a person's only passkey; empty without one.
func (d *drill) passkey(ctx context.Context, userID int64) string {
	d.t.Helper()
	list, err := d.portal.Auth.Passkeys(ctx, userID)
	d.do(err)
	if len(list) == 0 {
		return ""
	}
	return list[0].Handle
}

// looksAtAll ends what waits for an admin; another node that starts repeats nothing.
func (d *drill) looksAtAll(r restore.Repeats) {
	d.t.Helper()
	ctx := d.t.Context()
	e, _, err := d.portal.Bookings.Restored(ctx, d.admin)
	d.do(err)
	for _, l := range r.Lost {
		err := d.portal.Accounts.EndRemoval(ctx, d.admin, e.ID, l.ID, restore.Dismissed)
		if l.Ending == restore.Open && err != nil || l.Ending != restore.Open && !errors.Is(err, account.ErrNotFound) {
			d.t.Errorf("end %s (%s): %v", l.Kind, l.Ending, err)
		}
	}
	var who string
	d.query(d.c.OwnerDatabaseURL, `SELECT coalesce(string_agg(DISTINCT u.name, ' '), '') FROM audit a LEFT JOIN users u ON u.id = a.actor_id WHERE a.action = 'removal_ended'`, nil, &who)
	gone := ""
	for _, l := range r.Lost {
		if l.Kind == restore.Suspended {
			gone = l.Subject
		}
	}
	d.do(d.portal.Accounts.Suspend(ctx, d.admin, gone, false))
	d.portal.Close()
	d.open(d.c.OwnerDatabaseURL)
	after := d.repeats()
	if len(waiting(after)) != 0 || len(after.Lost) != len(r.Lost) || d.there(gone).Suspended || who != string(account.Admin) {
		d.t.Errorf("afterwards: %+v, ended by %q", after, who)
	}
}

// A restore that is reported by hand, on a machine that has never kept a log: it says so.
// The node that has one adds it when it starts.
func TestDrillWithoutALog(t *testing.T) {
	t.Parallel()
	database, restored := dbtest.URL(t), dbtest.URL(t)
	d := newDrill(t, simulator.ProfileHostile, database)
	gone := d.colleague(database, "gone", account.Agent)
	over, err := d.book(d.quote("AA-001-AA"))
	if err == nil {
		_, err = d.portal.Bookings.Drop(t.Context(), d.agent, over.Ref, over.Version)
	}
	d.do(err, d.audited(account.DidReopen))
	dump := filepath.Join(t.TempDir(), "dump")
	d.tool(database, "pg_dump", "-Fc", "-f", dump, database)
	d.do(d.portal.Accounts.Suspend(t.Context(), d.admin, gone.Handle, true))
	d.portal.Close()
	d.tool(restored, "pg_restore", "--clean", "--if-exists", "-d", restored, dump)
	d.do(app.Restored(t.Context(), dbtest.AsApplication(restored), time.Now(), new(strings.Builder)))
	kept := d.c.StateDir
	d.c.StateDir = t.TempDir()
	d.open(restored)
	if r := d.repeats(); !d.frozen() || r.Complete() || r.Suspended != 0 || d.there(gone.Handle).Suspended {
		t.Errorf("frozen %v, %+v", d.frozen(), r)
	}
	d.portal.Close()
	d.c.StateDir = kept
	d.open(restored)
	if e, _, err := d.portal.Bookings.Restored(t.Context(), d.admin); err != nil || e.SaidBy == "" {
		t.Errorf("the restore that was reported counts: %+v, %v", e, err)
	}
	if r := d.repeats(); !d.frozen() || r.Suspended != 1 || !r.Complete() || !d.there(gone.Handle).Suspended {
		t.Errorf("the node with the log adds it: %+v", r)
	}
}
