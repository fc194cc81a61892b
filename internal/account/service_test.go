package account_test

import (
	"errors"
	"testing"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	service := account.NewService(store)
	u, err := store.CreateUser(ctx, account.User{Email: "a@demo.test", Role: account.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(service.SetLanguage(ctx, u.ID, "fr"), service.SetPreferences(ctx, u.ID, account.Preferences{Language: "en", Theme: "light", Density: "comfortable", DefaultZone: "CDG", ShortcutsOff: true})); err != nil {
		t.Fatal(err)
	}
	if err := service.SetLanguage(ctx, u.ID, "de"); !errors.Is(err, account.ErrChoice) {
		t.Errorf("German: %v", err)
	}
	if err := service.SetPreferences(ctx, u.ID, account.Preferences{Language: "en", Theme: "pink"}); !errors.Is(err, account.ErrChoice) {
		t.Errorf("pink: %v", err)
	}
	if err := service.SetPreferences(ctx, u.ID, account.Preferences{Language: "en", Theme: "light", Density: "dense"}); !errors.Is(err, account.ErrChoice) {
		t.Errorf("dense: %v", err)
	}
	if p, err := store.Person(ctx, u.ID); err != nil || p.Language != "en" || p.Theme != "light" || p.Density != "comfortable" || p.DefaultZone != "CDG" || !p.ShortcutsOff {
		t.Errorf("%+v, %v", p, err)
	}
}

// Who changes one thing of an agency or of a person takes back nothing that
// somebody else has changed since it was read: here the suspension.
func TestASuspensionIsNotUndoneByAnotherChange(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), dbtest.New(t)
	store := postgres.NewAccounts(pool)
	service := account.NewService(store)
	agency, err := store.CreateAgency(ctx, account.Agency{Code: "ONE", Name: "One", Timezone: "Europe/Paris", PaymentMethods: []string{"cash"}})
	if err != nil {
		t.Fatal(err)
	}
	u, err := store.CreateUser(ctx, account.User{AgencyID: agency.ID, Email: "a@example.test", Name: "A", Role: account.Agent})
	if err != nil {
		t.Fatal(err)
	}
	root, err := store.CreateUser(ctx, account.User{Email: "root@example.test", Name: "R", Role: account.Admin})
	if err != nil {
		t.Fatal(err)
	}
	admin := account.Actor{UserID: root.ID, Role: account.Admin}
	for table, change := range map[string]func() error{
		"agencies": func() error {
			return service.ChangeAgency(ctx, admin, "ONE", account.Agency{Name: "Uno", Timezone: "Europe/Rome", PaymentMethods: []string{"transfer"}})
		},
		"users": func() error { return service.ChangeRole(ctx, admin, u.Handle, account.Manager) },
	} {
		tx, err := pool.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, `UPDATE `+table+` SET suspended = true WHERE id <> $1`, root.ID); err != nil {
			t.Fatal(err)
		}
		changed := make(chan error, 1)
		go func() { changed <- change() }()
		for waits := false; !waits && len(changed) == 0; {
			const look = `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`
			if err := pool.QueryRow(ctx, look).Scan(&waits); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(tx.Commit(ctx), <-changed); err != nil {
			t.Fatal(table, err)
		}
	}
	p, err := store.PersonByEmail(ctx, "a@example.test")
	if err != nil || !p.Suspended || p.Role != account.Manager {
		t.Errorf("the person: suspended %v, %s, %v", p.Suspended, p.Role, err)
	}
	if a := p.Agency; !a.Suspended || a.Name != "Uno" || a.Timezone != "Europe/Rome" || a.PaymentMethods[0] != "transfer" {
		t.Errorf("the agency: %+v", a)
	}
}
