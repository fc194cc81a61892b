package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pquerna/otp/hotp"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

const (
	password = "cheval pile agrafe juste"
	another  = "quatre mots sans chiffres"
	network  = "192.0.2.1"
)

// office is a portal with two agencies, whose people have no password yet.
type office struct {
	*auth.Service
	t    *testing.T
	pool *pgxpool.Pool

	people   *postgres.Accounts
	accounts *account.Service
	agency   account.Agency
	persons  map[string]account.Person
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, pool: dbtest.New(t), persons: map[string]account.Person{}}
	o.people = postgres.NewAccounts(o.pool)
	var err error
	if o.people.Vault, err = vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); err != nil {
		t.Fatal(err)
	}
	o.accounts = account.NewService(o.people)
	o.Service = auth.NewService(postgres.NewAuth(o.people), o.accounts)
	for _, code := range []string{"ONE", "TWO"} {
		a, err := o.people.CreateAgency(t.Context(), account.Agency{Code: code, Name: "Agence " + code, Timezone: "Europe/Paris"})
		if err != nil {
			t.Fatal(err)
		}
		if o.agency.ID == 0 {
			o.agency = a
		}
		o.add("agent", code, a.ID, account.Agent)
		o.add("manager", code, a.ID, account.Manager)
	}
	o.add("desk", "", 0, account.CustomerService)
	o.add("admin", "", 0, account.Admin)
	return o
}

// add stores somebody who is found by name and, but for staff, agency: "agent ONE".
func (o *office) add(name, code string, agencyID int64, role account.Role) {
	o.t.Helper()
	u, err := o.people.CreateUser(o.t.Context(), account.User{AgencyID: agencyID, Email: account.NormalEmail(name + code + "@example.test"), Name: name, Role: role})
	if err != nil {
		o.t.Fatal(err)
	}
	if code != "" {
		name += " " + code
	}
	o.persons[name] = o.read(u.ID)
}

func (o *office) read(id int64) account.Person {
	o.t.Helper()
	p, err := o.people.Person(o.t.Context(), id)
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

// count is the number that a query returns.
func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	if err := o.pool.QueryRow(o.t.Context(), query, args...).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// pass moves the portal's clock ahead of the real one.
func (o *office) pass(ahead time.Duration) {
	o.t.Helper()
	dbtest.MoveClock(o.t, o.pool, ahead)
}

// choose gives somebody a password.
func (o *office) choose(name, password string) {
	o.t.Helper()
	token, err := o.InvitationLink(o.t.Context(), o.persons[name].ID)
	if err == nil {
		_, err = o.Redeem(o.t.Context(), token, password, network)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.persons[name] = o.read(o.persons[name].ID)
}

// begin signs somebody in, in a browser that is called key.
func (o *office) begin(name, key string) {
	o.t.Helper()
	x := auth.Session{Key: key, UserID: o.persons[name].ID, Device: "browser " + key}
	if err := o.BeginSession(o.t.Context(), x, false); err != nil {
		o.t.Fatal(err)
	}
}

// keys lists a person's sessions.
func (o *office) keys(name string) string {
	o.t.Helper()
	list, err := o.Sessions(o.t.Context(), o.persons[name].ID, 12*time.Hour)
	if err != nil {
		o.t.Fatal(err)
	}
	var keys []string
	for _, x := range list {
		keys = append(keys, x.Key)
	}
	return fmt.Sprint(keys)
}

// code is what a person's application shows steps from now.
func (o *office) code(name string, steps int) string {
	o.t.Helper()
	f, err := o.Factor(o.t.Context(), o.persons[name].ID)
	if err != nil {
		o.t.Fatal(err)
	}
	secret := f.Secret
	if f.Candidate != "" {
		secret = f.Candidate
	}
	code, err := hotp.GenerateCode(secret, uint64(int(f.Now.Unix()/30)+steps))
	if err != nil {
		o.t.Fatal(err)
	}
	return code
}

// enrol sets a second factor up.
func (o *office) enrol(name string) {
	o.t.Helper()
	p := o.persons[name]
	err := o.BeginFactor(o.t.Context(), p, "here")
	if err == nil {
		err = o.ConfirmFactor(o.t.Context(), p, o.code(name, -1), "here", network)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.persons[name] = o.read(p.ID)
}
