package auth_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

func newService(store *postgres.Accounts) *auth.Service {
	return auth.NewService(postgres.NewAuth(store), account.NewService(store))
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), postgres.NewAccounts(dbtest.New(t))
	service := newService(store)
	open, err := store.CreateAgency(ctx, account.Agency{Code: "A", Name: "Agence"})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := store.CreateAgency(ctx, account.Agency{Code: "B", Name: "Bureau", Suspended: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []account.User{
		{Email: " Agent@Demo.test ", AgencyID: open.ID, Role: account.Agent},
		{Email: "gone@demo.test", AgencyID: open.ID, Role: account.Agent, Suspended: true},
		{Email: "closed@demo.test", AgencyID: closed.ID, Role: account.Manager},
	} {
		if _, err := service.CreateUser(ctx, u, "Agence", password); err != nil {
			t.Fatal(err)
		}
	}
	for _, try := range []struct {
		email, password string
		want            error
	}{
		{"agent@demo.test", password, nil},
		{"AGENT@demo.test ", password, nil},
		{"agent@demo.test", "cheval pile agrafe faux", auth.ErrSignIn},
		{"agent@demo.test", "", auth.ErrSignIn},
		{"nobody@demo.test", password, auth.ErrSignIn},
		{"gone@demo.test", password, account.ErrSuspended},
		{"gone@demo.test", "wrong", auth.ErrSignIn},
		{"closed@demo.test", password, account.ErrSuspended},
	} {
		p, err := service.SignIn(ctx, try.email, try.password, "192.0.2.1", "")
		if !errors.Is(err, try.want) || (err == nil) != (p.ID != 0) {
			t.Errorf("%s %q: %v, want %v", try.email, try.password, err, try.want)
		}
	}
}

func TestSignInIsLimitedPerAccountWhetherItExistsOrNot(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	ctx, service := t.Context(), newService(postgres.NewAccounts(pool))
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
		var limited *auth.LimitedError
		if !errors.As(err, &limited) || limited.Wait <= 4*time.Minute || limited.Wait > 5*time.Minute {
			t.Errorf("%s after ten tries: %v", email, err)
		}
	}
	dbtest.MoveClock(t, pool, 6*time.Minute)
	if _, err := service.SignIn(ctx, "admin@demo.test", password, "192.0.2.1", ""); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

func fails(t *testing.T, service *auth.Service, email string) {
	t.Helper()
	if _, err := service.SignIn(t.Context(), email, "not the password", "192.0.2.1", ""); !errors.Is(err, auth.ErrSignIn) {
		t.Fatalf("%s: %v", email, err)
	}
}

func TestSignInIsLimitedPerNetwork(t *testing.T) {
	t.Parallel()
	service := newService(postgres.NewAccounts(dbtest.New(t)))
	for range auth.SignInsPerAddress.Max - 1 {
		if err := service.Allow(t.Context(), auth.SignInsPerAddress, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
	limited := new(auth.LimitedError)
	for i, want := range []bool{false, true} {
		_, err := service.SignIn(t.Context(), fmt.Sprintf("n%d@demo.test", i), "x", "192.0.2.1", "")
		if errors.As(err, &limited) != want {
			t.Errorf("try %d: %v", i+1, err)
		}
	}
	if _, err := service.SignIn(t.Context(), "n0@demo.test", "x", "192.0.2.2", ""); !errors.Is(err, auth.ErrSignIn) {
		t.Errorf("another network: %v", err)
	}
}
