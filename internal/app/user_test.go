package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

func TestTheFirstAdminIsInvited(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	var before int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM users`).Scan(&before); err != nil || before != 0 {
		t.Errorf("%d accounts before anybody was invited, %v", before, err)
	}
	u := app.NewUser{Email: " Ada@Guichet.test", Name: "Ada Blanc", Role: account.Admin}
	var links []string
	for range 2 { // somebody who has no password yet gets a new link
		var out strings.Builder
		if err := app.CreateUser(t.Context(), url, "https://guichet.test", u, &out); err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`https://guichet\.test/welcome/(\S{22})\n`).FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("no link in %q", out.String())
		}
		links = append(links, m[1])
	}
	store := postgres.NewAccounts(pool)
	service := auth.NewService(postgres.NewAuth(store), account.NewService(store))
	if _, err := service.SignIn(t.Context(), "ada@guichet.test", "", "192.0.2.1", ""); err == nil {
		t.Error("somebody without a password signs in")
	}
	if _, err := service.Redeem(t.Context(), links[0], "cheval pile agrafe juste", "192.0.2.1"); err == nil {
		t.Error("the first link still works")
	}
	p, err := service.Redeem(t.Context(), links[1], "cheval pile agrafe juste", "192.0.2.1")
	if err != nil || p.Role != account.Admin || p.Name != "Ada Blanc" {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := service.SignIn(t.Context(), "ada@guichet.test", "cheval pile agrafe juste", "192.0.2.1", ""); err != nil {
		t.Error(err)
	}
	for what, u := range map[string]app.NewUser{
		"has a password already": u,
		"are needed":             {Email: "a", Name: " ", Role: account.Admin},
		"belong to an agency":    {Email: "a@b.test", Name: "A", Role: account.Agent},
		"nobody else":            {Email: "a@b.test", Name: "A", Role: account.CustomerService, AgencyCode: "X"},
		"no agency":              {Email: "a@b.test", Name: "A", Role: account.Manager, AgencyCode: "X"},
	} {
		err := app.CreateUser(t.Context(), url, "https://guichet.test", u, new(strings.Builder))
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
