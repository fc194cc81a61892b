package postgres_test

import (
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
)

// What an admin changes is read back, with the entry that says so.
func TestWhatAnAdminChangesIsStored(t *testing.T) {
	t.Parallel()
	people, agent, admin := signIns(t)
	store := people.Accounts
	ctx := t.Context()
	e := account.AuditEntry{ActorID: admin.ID, SubjectID: agent.ID, Action: account.DidChangeRole, Before: "agent", After: "manager"}
	err := store.InTx(ctx, func(tx account.Tx) error {
		if n, err := tx.LockAdmins(ctx); err != nil || n != 1 {
			t.Errorf("%d admins, %v", n, err)
		}
		u, err := tx.LockPerson(ctx, agent.ID)
		if err != nil {
			return err
		}
		after := u
		after.Role, after.Suspended = account.Manager, true
		if err := tx.SavePerson(ctx, u, after); err != nil {
			return err
		}
		a, err := tx.LockAgency(ctx, agent.AgencyID)
		if err != nil {
			return err
		}
		now := a
		now.Name, now.Timezone, now.PaymentMethods, now.Suspended = "B", "Europe/Rome", []string{"cash"}, true
		if err := tx.SaveAgency(ctx, a, now); err != nil {
			return err
		}
		if err := tx.SetLogo(ctx, a.ID, []byte("png")); err != nil {
			return err
		}
		return tx.Audit(ctx, e)
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.PersonByHandle(ctx, account.Only(agent.AgencyID), agent.Handle)
	if err != nil || p.Role != account.Manager || !p.Suspended || p.Agency.Name != "B" || p.Agency.Timezone != "Europe/Rome" || !p.Agency.Suspended {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := store.PersonByHandle(ctx, account.Only(agent.AgencyID+1), agent.Handle); err == nil {
		t.Error("another agency finds somebody")
	}
	for scope, want := range map[account.Scope]int{account.Everything(): 2, account.Only(agent.AgencyID): 1, {}: 0} {
		if list, err := store.People(ctx, scope); err != nil || len(list) != want {
			t.Errorf("%+v: %d people, %v", scope, len(list), err)
		}
	}
	if logo, err := store.Logo(ctx, agent.AgencyID); err != nil || string(logo) != "png" {
		t.Errorf("%q, %v", logo, err)
	}
	if load, err := store.AgencyLoad(ctx, agent.AgencyID); err != nil || load != (account.AgencyLoad{}) {
		t.Errorf("%+v, %v", load, err)
	}
	log, err := store.AuditLog(ctx, account.AuditFilter{Who: "agent", Limit: 9})
	if err != nil || len(log) != 1 || log[0].AgencyID != 0 || log[0].SubjectName != "Agent" || log[0].After != "manager" {
		t.Errorf("%+v, %v", log, err)
	}
	if list, err := store.Agencies(ctx); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

// A traveller is forgotten in the stays that are over, and in no other.
func TestATravellerIsErased(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	over, coming := x.paid(x.agent, "AB-601-CD", 40), x.paid(x.other, "AB-602-CD", 41)
	if _, err := x.pool.Exec(ctx, `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, over.Ref); err != nil {
		t.Fatal(err)
	}
	if list, err := x.store.PersonsBookings(ctx, "ZOE@example.test", ""); err != nil || len(list) != 2 {
		t.Errorf("%d bookings, %v", len(list), err)
	}
	if list, err := x.store.PersonsBookings(ctx, "", ""); err != nil || len(list) != 0 {
		t.Errorf("nobody has %d bookings, %v", len(list), err)
	}
	if n, err := x.ErasePerson(ctx, x.desk, over.Ref, []string{over.Ref, coming.Ref}); err != nil || n != 1 {
		t.Errorf("%d erased, %v", n, err)
	}
	for ref, want := range map[string]string{over.Ref: "", coming.Ref: "Lévy"} {
		if b, err := x.store.Booking(ctx, account.Everything(), ref); err != nil || b.Customer.LastName != want {
			t.Errorf("%q, want %q, %v", b.Customer.LastName, want, err)
		}
	}
	if n, err := x.EraseOld(ctx); err != nil || n != 0 {
		t.Errorf("by age: %d, %v", n, err)
	}
	if _, err := x.EraseDrafts(ctx); err != nil {
		t.Error(err)
	}
}

// What is not paid in time expires, and the place can be sold again.
func TestWhatIsNotPaidExpires(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	b := x.held(x.agent, "AB-701-CD", 40)
	if n, err := x.Expire(t.Context()); err != nil || n != 0 {
		t.Errorf("at once: %d, %v", n, err)
	}
	dbtest.MoveClock(t, x.pool, 24*365*time.Hour/12)
	if _, err := x.Expire(t.Context()); err != nil {
		t.Error(err)
	}
	if b, err := x.store.Booking(t.Context(), account.Everything(), b.Ref); err != nil || b.State == booking.Held {
		t.Errorf("%s, %v", b.State, err)
	}
}
