package account_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

const password = "cheval pile agrafe juste"

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	service := account.NewService(store)
	open, err := store.CreateAgency(ctx, account.Agency{Code: "A", Name: "Agence"})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := store.CreateAgency(ctx, account.Agency{Code: "B", Name: "Bureau", Suspended: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int64{}
	for _, u := range []account.User{
		{Email: " Agent@Demo.test ", AgencyID: open.ID, Role: account.Agent},
		{Email: "gone@demo.test", AgencyID: open.ID, Role: account.Agent, Suspended: true},
		{Email: "closed@demo.test", AgencyID: closed.ID, Role: account.Manager},
	} {
		made, err := service.CreateUser(ctx, u, "Agence", password)
		if err != nil {
			t.Fatal(err)
		}
		ids[made.Email] = made.ID
	}
	for _, try := range []struct {
		email, password string
		want            error
	}{
		{"agent@demo.test", password, nil},
		{"AGENT@demo.test ", password, nil},
		{"agent@demo.test", "cheval pile agrafe faux", account.ErrSignIn},
		{"agent@demo.test", "", account.ErrSignIn},
		{"nobody@demo.test", password, account.ErrSignIn},
		{"gone@demo.test", password, account.ErrSuspended},
		{"gone@demo.test", "wrong", account.ErrSignIn},
		{"closed@demo.test", password, account.ErrSuspended},
	} {
		p, err := service.SignIn(ctx, try.email, try.password, "192.0.2.1", "")
		if !errors.Is(err, try.want) || (err == nil) != (p.ID != 0) {
			t.Errorf("%s %q: %v, want %v", try.email, try.password, err, try.want)
		}
	}
	if p, err := service.Person(ctx, ids["agent@demo.test"]); err != nil || p.Agency.Code != "A" {
		t.Errorf("agent: %+v, %v", p, err)
	}
	for _, email := range []string{"gone@demo.test", "closed@demo.test"} {
		if _, err := service.Person(ctx, ids[email]); !errors.Is(err, account.ErrSuspended) {
			t.Errorf("%s: %v", email, err)
		}
	}
}

func TestSignInIsLimitedPerAccountWhetherItExistsOrNot(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	ctx, store := t.Context(), postgres.NewAccounts(pool)
	service := account.NewService(store)
	_, err := service.CreateUser(ctx, account.User{Email: "admin@demo.test", Role: account.Admin}, "", password)
	if err != nil {
		t.Fatal(err)
	}
	// A right password in between starts the count anew.
	for range 9 {
		fails(t, service, "admin@demo.test")
	}
	if _, err := service.SignIn(ctx, "admin@demo.test", password, "192.0.2.1", ""); err != nil {
		t.Fatal(err)
	}
	for i, email := range []string{"admin@demo.test", "nobody@demo.test"} {
		for range 10 {
			fails(t, service, email)
		}
		// From another network, and with the right password: neither helps.
		_, err := service.SignIn(ctx, email, password, fmt.Sprintf("192.0.2.1%d", i), "")
		var limited *account.LimitedError
		if !errors.As(err, &limited) || limited.Wait <= 4*time.Minute || limited.Wait > 5*time.Minute {
			t.Errorf("%s after ten tries: %v", email, err)
		}
	}
	dbtest.MoveClock(t, pool, 6*time.Minute)
	if _, err := service.SignIn(ctx, "admin@demo.test", password, "192.0.2.1", ""); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

func fails(t *testing.T, service *account.Service, email string) {
	t.Helper()
	if _, err := service.SignIn(t.Context(), email, "not the password", "192.0.2.1", ""); !errors.Is(err, account.ErrSignIn) {
		t.Fatalf("%s: %v", email, err)
	}
}

func TestSignInIsLimitedPerNetwork(t *testing.T) {
	t.Parallel()
	service := account.NewService(postgres.NewAccounts(dbtest.New(t)))
	for range account.SignInsPerAddress.Max - 1 {
		if err := service.Allow(t.Context(), account.SignInsPerAddress, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	limited := new(account.LimitedError)
	for i, want := range []bool{false, true} {
		_, err := service.SignIn(t.Context(), fmt.Sprintf("n%d@demo.test", i), "x", "192.0.2.1", "")
		if errors.As(err, &limited) != want {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	if _, err := service.SignIn(t.Context(), "n0@demo.test", "x", "192.0.2.2", ""); !errors.Is(err, account.ErrSignIn) {
		t.Errorf("another network: %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	service := account.NewService(postgres.NewAccounts(dbtest.New(t)))
	ctx := t.Context()
	u, err := service.CreateUser(ctx, account.User{Email: "a@demo.test", Role: account.Admin}, "", password)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(service.SetLanguage(ctx, u.ID, "fr"), service.SetPreferences(ctx, u.ID, account.Preferences{Language: "en", Theme: "light", DefaultZone: "CDG", ShortcutsOff: true})); err != nil {
		t.Fatal(err)
	}
	if err := service.SetLanguage(ctx, u.ID, "de"); !errors.Is(err, account.ErrChoice) {
		t.Errorf("German: %v", err)
	}
	if err := service.SetPreferences(ctx, u.ID, account.Preferences{Language: "en", Theme: "pink"}); !errors.Is(err, account.ErrChoice) {
		t.Errorf("pink: %v", err)
	}
	if p, err := service.Person(ctx, u.ID); err != nil || p.Language != "en" || p.Theme != "light" || p.DefaultZone != "CDG" || !p.ShortcutsOff {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := service.CreateUser(ctx, account.User{Email: "b@demo.test", Role: account.Admin}, "", "short"); !errors.Is(err, account.ErrPasswordShort) {
		t.Errorf("short password: %v", err)
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
