package account_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

// office is a portal with two agencies and their people.
type office struct {
	*account.Service
	t        *testing.T
	pool     *pgxpool.Pool
	store    *postgres.Accounts
	agencies map[string]account.Agency
	persons  map[string]account.Person
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, pool: dbtest.New(t), agencies: map[string]account.Agency{}, persons: map[string]account.Person{}}
	o.store = postgres.NewAccounts(o.pool)
	var err error
	if o.store.Vault, err = vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); err != nil {
		t.Fatal(err)
	}
	o.Service = account.NewService(o.store)
	for _, code := range []string{"ONE", "TWO"} {
		a, err := o.store.CreateAgency(t.Context(), account.Agency{
			Code: code, Name: "Agence " + code, Timezone: "Europe/Paris", PaymentMethods: []string{"cash", "transfer"}, AgentsMayCancel: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		o.agencies[code] = a
		o.add("agent "+code, a.ID, account.Agent)
		o.add("manager "+code, a.ID, account.Manager)
	}
	o.add("desk", 0, account.CustomerService)
	o.add("admin", 0, account.Admin)
	return o
}

func (o *office) add(name string, agencyID int64, role account.Role) {
	o.t.Helper()
	email := account.NormalEmail(string(role) + name[max(0, len(name)-3):] + "@example.test")
	u, err := o.store.CreateUser(o.t.Context(), account.User{AgencyID: agencyID, Email: email, Name: name, Role: role, PasswordHash: "x"})
	if err != nil {
		o.t.Fatal(err)
	}
	o.persons[name] = o.read(u.ID)
}

func (o *office) read(id int64) account.Person {
	o.t.Helper()
	p, err := o.store.Person(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *office) actor(name string) account.Actor { return o.persons[name].Actor() }

// exec runs SQL as the owner of the database.
func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	if _, err := o.pool.Exec(o.t.Context(), sql, args...); err != nil {
		o.t.Fatal(err)
	}
}

// text is what a query returns.
func (o *office) text(query string, args ...any) (text string) {
	o.t.Helper()
	if err := o.pool.QueryRow(o.t.Context(), query, args...).Scan(&text); err != nil {
		o.t.Fatal(err)
	}
	return text
}
