package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/keyring"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

// signIns is a store with a vault, and an agent and an admin in it.
func signIns(t *testing.T) (store *postgres.Auth, agent, admin account.User) {
	t.Helper()
	people := postgres.NewAccounts(dbtest.New(t))
	var err error
	if people.Vault, err = vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); err != nil {
		t.Fatal(err)
	}
	a, err := people.CreateAgency(t.Context(), account.Agency{Code: "A", Name: "A"})
	if err == nil {
		agent, err = people.CreateUser(t.Context(), account.User{Email: "agent@example.test", Name: "Agent", Role: account.Agent, AgencyID: a.ID})
	}
	if err == nil {
		admin, err = people.CreateUser(t.Context(), account.User{Email: "admin@example.test", Name: "Admin", Role: account.Admin, PasswordHash: "x"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return postgres.NewAuth(people), agent, admin
}

func TestAFactorIsStored(t *testing.T) {
	t.Parallel()
	store, agent, admin := signIns(t)
	ctx, hashes := t.Context(), [][]byte{{1}, {2}}
	write := func(f func(auth.Tx) error) error { return store.InTx(ctx, f) }
	confirm := func(secret string) error {
		return write(func(tx auth.Tx) error { return tx.ConfirmFactor(ctx, agent.ID, secret, 7, "codes", hashes) })
	}
	if err := confirm("S"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("confirmed before it began: %v", err)
	}
	if err := errors.Join(store.BeginFactor(ctx, agent.ID, "R", "here"), store.BeginFactor(ctx, agent.ID, "S", "here")); err != nil {
		t.Fatal(err)
	}
	if err := confirm("R"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the one before is confirmed: %v", err)
	}
	if err := confirm("S"); err != nil {
		t.Fatal(err)
	}
	f, err := store.Factor(ctx, agent.ID)
	if err != nil || f.Secret != "S" || f.Candidate != "" || f.Codes != "codes" || f.LastStep != 7 || f.CodesLeft != 2 || f.ConfirmedAt.IsZero() {
		t.Errorf("%+v, %v", f, err)
	}
	for step, want := range map[int64]error{7: account.ErrNotFound, 6: account.ErrNotFound} {
		if err := store.UseStep(ctx, agent.ID, step); !errors.Is(err, want) {
			t.Errorf("step %d: %v", step, err)
		}
	}
	if err := store.UseStep(ctx, agent.ID, 8); err != nil {
		t.Error(err)
	}
	use := func(id int64, hash byte) error {
		return write(func(tx auth.Tx) error { return tx.UseRecovery(ctx, id, []byte{hash}) })
	}
	if err := use(admin.ID, 1); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a recovery code of somebody else: %v", err)
	}
	if err := use(agent.ID, 1); err != nil {
		t.Error(err)
	}
	if err := use(agent.ID, 1); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a recovery code twice: %v", err)
	}
	if err := write(func(tx auth.Tx) error { return tx.RenewRecovery(ctx, admin.ID, "c", hashes) }); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("codes without a second factor: %v", err)
	}
	if err := write(func(tx auth.Tx) error { return tx.RenewRecovery(ctx, agent.ID, "c", hashes) }); err != nil {
		t.Error(err)
	}
	if err := errors.Join(store.KeepRecovery(ctx, agent.ID), write(func(tx auth.Tx) error { return tx.ResetFactor(ctx, agent.ID) })); err != nil {
		t.Error(err)
	}
	if _, err := store.Factor(ctx, agent.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("after the reset: %v", err)
	}
}

func TestSessionsAndLinksAreStored(t *testing.T) {
	t.Parallel()
	store, agent, admin := signIns(t)
	ctx := t.Context()
	for key, id := range map[string]int64{"a": agent.ID, "b": agent.ID, "x": admin.ID} {
		if err := store.BeginSession(ctx, auth.Session{Key: key, UserID: id, Device: "d"}, key == "a"); err != nil {
			t.Fatal(err)
		}
	}
	if x, err := store.Session(ctx, "a"); err != nil || x.UserID != agent.ID || x.VerifiedAt.IsZero() || x.Device != "d" {
		t.Errorf("%+v, %v", x, err)
	}
	if err := errors.Join(store.UseSession(ctx, "a"), store.MakeSure(ctx, "a", "a")); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"used": store.UseSession(ctx, "none"), "asked": store.MakeSure(ctx, "none", "n")} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("a session that is over is %s: %v", what, err)
		}
	}
	ended := 0
	err := store.InTx(ctx, func(tx auth.Tx) (err error) {
		if err := tx.EndSession(ctx, agent.ID, "x"); err != nil { // somebody else's
			return err
		}
		ended, err = tx.EndOtherSessions(ctx, agent.ID, "b")
		return err
	})
	if err != nil || ended != 1 {
		t.Errorf("%d ended, %v", ended, err)
	}
	if list, err := store.Sessions(ctx, agent.ID, time.Hour); err != nil || len(list) != 1 || list[0].Key != "b" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, hash := range []byte{1, 2} {
		if err := store.IssuePasswordToken(ctx, agent.ID, auth.Reset, []byte{hash}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if id, _, err := store.PasswordToken(ctx, []byte{1}); err != nil || id != agent.ID {
		t.Errorf("the link before, which a stranger's must not end: %d, %v", id, err)
	}
	if id, kind, err := store.PasswordToken(ctx, []byte{2}); err != nil || id != agent.ID || kind != auth.Reset {
		t.Errorf("%d %s, %v", id, kind, err)
	}
	redeem := func(tx auth.Tx) error {
		id, err := tx.UsePasswordToken(ctx, []byte{2})
		if err != nil {
			return err
		}
		return tx.SetPassword(ctx, id, "hash")
	}
	if err := store.InTx(ctx, redeem); err != nil {
		t.Error(err)
	}
	if err := store.InTx(ctx, redeem); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a link twice: %v", err)
	}
	if p, err := store.Person(ctx, agent.ID); err != nil || p.PasswordHash != "hash" {
		t.Errorf("%q, %v", p.PasswordHash, err)
	}
	if err := store.SaveForm(ctx, agent.ID, []byte("form"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if form, err := store.SavedForm(ctx, agent.ID); err != nil || string(form) != "form" {
		t.Errorf("%q, %v", form, err)
	}
	if n, err := store.SweepSessions(ctx); err != nil || n != 0 {
		t.Errorf("%d swept, %v", n, err)
	}
	if err := store.DropForm(ctx, agent.ID); err != nil {
		t.Error(err)
	}
	if err := store.InTx(ctx, func(tx auth.Tx) error { return tx.Enqueue(ctx, auth.SendLink{UserID: agent.ID}) }); err != nil {
		t.Error(err)
	}
	if list, err := store.DeadMail(ctx, 9); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := store.SendMailAgain(ctx, 4711); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("no such mail: %v", err)
	}
}

// What scs keeps ends by the database's clock, and only what was stored is found.
func TestSessionDataIsKept(t *testing.T) {
	t.Parallel()
	store := postgres.NewSessionData(dbtest.New(t))
	ctx := t.Context()
	look := func(token string) string {
		t.Helper()
		data, _, err := store.FindCtx(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for token, end := range map[string]time.Duration{"a": time.Hour, "over": -time.Hour} {
		if err := store.CommitCtx(ctx, token, []byte("data"), time.Now().Add(end)); err != nil {
			t.Fatal(err)
		}
	}
	if look("a") != "data" || look("over") != "" || look("none") != "" {
		t.Errorf("%q, %q, %q", look("a"), look("over"), look("none"))
	}
	if err := store.DeleteCtx(ctx, "a"); err != nil || look("a") != "" {
		t.Errorf("deleted: %v", err)
	}
	if _, _, err := store.Find("a"); err == nil || store.Commit("a", nil, time.Now()) == nil || store.Delete("a") == nil {
		t.Error("a session without a context")
	}
}

func TestKeysAreStored(t *testing.T) {
	t.Parallel()
	people, _, admin := signIns(t)
	store := postgres.NewKeyring(people.Accounts)
	ctx, e := t.Context(), account.AuditEntry{ActorID: admin.ID, Action: account.DidAddKey}
	for i, want := range []error{nil, nil, keyring.ErrSlotTaken} {
		k := keyring.Key{ID: string(rune('a' + i)), Environment: "simulator", Tail: "tail", Digest: "dig"}
		if err := store.Add(ctx, k, "secret", e); !errors.Is(err, want) {
			t.Errorf("key %d: %v", i, err)
		}
	}
	a := keyring.Key{ID: "a", Environment: "simulator"}
	if err := errors.Join(store.Tested(ctx, "a", true), store.Activate(ctx, a, e)); err != nil {
		t.Fatal(err)
	}
	if err := store.Retire(ctx, a, e); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the active one is retired: %v", err)
	}
	if err := store.Retire(ctx, keyring.Key{ID: "b", Environment: "simulator"}, e); err != nil {
		t.Error(err)
	}
	if live, err := store.Live(ctx, "simulator"); err != nil || len(live) != 1 || live[0] != "secret" {
		t.Errorf("%v, %v", live, err)
	}
	if list, err := store.List(ctx, "production"); err != nil || len(list) != 0 {
		t.Errorf("in another environment: %v, %v", list, err)
	}
	if _, err := store.Open(ctx, "simulator", "b"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a retired one opens: %v", err)
	}
	if err := store.Refused(context.WithoutCancel(ctx), "simulator", "dig"); err != nil {
		t.Error(err)
	}
}
