package postgres_test

import (
	"errors"
	"reflect"
	"testing"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

func TestPersonIsReadAsItWasStored(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	agency, err := store.CreateAgency(ctx, account.Agency{
		Name: "Voyages Demo", Code: "DEMO", Timezone: "Indian/Reunion",
		PaymentMethods: []string{"card", "cash"}, AgentsMayCancel: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	user, err := store.CreateUser(ctx, account.User{
		AgencyID: agency.ID, Email: "agent@demo.test", Name: "Ada", Role: account.Agent,
		Language: "en", PasswordHash: "hash",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := account.Person{User: user, Agency: agency}
	if user.Theme != "auto" || user.CreatedAt.IsZero() {
		t.Errorf("defaults are missing: %+v", user)
	}
	byID, err := store.Person(ctx, user.ID)
	if err != nil || !reflect.DeepEqual(byID, want) {
		t.Errorf("by id: %+v, %v, want %+v", byID, err, want)
	}
	byEmail, err := store.PersonByEmail(ctx, "agent@demo.test")
	if err != nil || !reflect.DeepEqual(byEmail, want) {
		t.Errorf("by address: %+v, %v, want %+v", byEmail, err, want)
	}
}

func TestStaffHaveNoAgency(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	agency, err := store.CreateAgency(ctx, account.Agency{Code: "A", Name: "A"})
	if err != nil {
		t.Fatal(err)
	}
	staff := account.User{Email: "desk@demo.test", Name: "Desk", Role: account.CustomerService}
	made, err := store.CreateUser(ctx, staff)
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Person(ctx, made.ID)
	if err != nil || p.AgencyID != 0 || p.Agency.ID != 0 || p.Language != "fr" {
		t.Errorf("read %+v, %v", p, err)
	}
	staff.Email, staff.AgencyID = "other@demo.test", agency.ID
	if _, err := store.CreateUser(ctx, staff); err == nil {
		t.Error("customer service was given an agency")
	}
	agent := account.User{Email: "agent@demo.test", Name: "Agent", Role: account.Agent}
	if _, err := store.CreateUser(ctx, agent); err == nil {
		t.Error("an agent has no agency")
	}
}

func TestTakenAndUnknown(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	user := account.User{Email: "admin@demo.test", Name: "Root", Role: account.Admin}
	for i, want := range []error{nil, account.ErrTaken} {
		if _, err := store.CreateUser(ctx, user); !errors.Is(err, want) {
			t.Errorf("user, time %d: %v, want %v", i+1, err, want)
		}
		if _, err := store.CreateAgency(ctx, account.Agency{Code: "A", Name: "A"}); !errors.Is(err, want) {
			t.Errorf("agency, time %d: %v, want %v", i+1, err, want)
		}
	}
	unknown := map[string]error{}
	_, unknown["id"] = store.Person(ctx, 4711)
	_, unknown["address"] = store.PersonByEmail(ctx, "nobody@demo.test")
	unknown["language"] = store.InTx(ctx, func(tx account.Tx) error { return tx.SetLanguage(ctx, 4711, "fr") })
	unknown["theme"] = store.InTx(ctx, func(tx account.Tx) error {
		return tx.SetPreferences(ctx, 4711, account.Preferences{Language: "fr", Theme: "dark"})
	})
	for what, err := range unknown {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	user, err := store.CreateUser(ctx, account.User{Email: "a@demo.test", Name: "A", Role: account.Admin})
	if err != nil {
		t.Fatal(err)
	}
	err = store.InTx(ctx, func(tx account.Tx) error {
		return errors.Join(tx.SetLanguage(ctx, user.ID, "en"), tx.SetPreferences(ctx, user.ID, account.Preferences{Language: "en", Theme: "dark"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := store.Person(ctx, user.ID)
	if err != nil || p.Language != "en" || p.Theme != "dark" {
		t.Errorf("read %q %q, %v", p.Language, p.Theme, err)
	}
}
