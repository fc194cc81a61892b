package postgres_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/statement"
)

func methods(of any) map[string]bool {
	t := reflect.TypeOf(of).Elem()
	names := map[string]bool{}
	for i := range t.NumMethod() {
		names[t.Method(i).Name] = true
	}
	return names
}

// What is in both is read in both: nothing is written outside a transaction, and
// none is opened inside one.
func TestOnlyTransactionsWrite(t *testing.T) {
	t.Parallel()
	reads := methods((*booking.Reader)(nil))
	outside, inside := methods((*booking.Store)(nil)), methods((*booking.Tx)(nil))
	for name := range outside {
		if inside[name] && !reads[name] {
			t.Errorf("%s is in both", name)
		}
	}
	for _, pair := range [][2]map[string]bool{
		{methods((*account.Store)(nil)), methods((*account.Tx)(nil))}, {methods((*auth.Store)(nil)), methods((*auth.Tx)(nil))},
	} {
		for name := range pair[0] {
			if pair[1][name] {
				t.Errorf("%s is in both", name)
			}
		}
	}
	for _, tx := range []any{(*booking.Tx)(nil), (*statement.Tx)(nil), (*account.Tx)(nil), (*auth.Tx)(nil)} {
		if methods(tx)["InTx"] {
			t.Errorf("%T opens transactions", tx)
		}
	}
	if _, opens := reflect.TypeFor[*postgres.Tx]().MethodByName("InTx"); opens {
		t.Error("a transaction opens transactions")
	}
}

func oneConnection(t *testing.T) *pgxpool.Pool {
	t.Helper()
	config := dbtest.New(t).Config().Copy()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// A visitor who leaves in the middle of a change of a person changes nothing, and
// costs no connection.
func TestAVisitorWhoLeaves(t *testing.T) {
	t.Parallel()
	pool := oneConnection(t)
	people := postgres.NewAccounts(pool)
	u, err := people.CreateUser(t.Context(), account.User{
		Email: "a@example.test", Name: "A", Role: account.CustomerService, Language: "fr", Theme: "auto",
		PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	})
	if err != nil {
		t.Fatal(err)
	}
	state := func() (suspended bool, pid int) {
		if err := pool.QueryRow(t.Context(), `SELECT suspended, pg_backend_pid() FROM users WHERE id = $1`, u.ID).Scan(&suspended, &pid); err != nil {
			t.Fatal(err)
		}
		return suspended, pid
	}
	_, before := state()
	ctx, leave := context.WithCancel(t.Context())
	err = people.InTx(ctx, func(tx account.Tx) error {
		there, err := tx.LockPerson(ctx, u.ID)
		leave()
		after := there
		after.Suspended = true
		return errors.Join(err, tx.SavePerson(ctx, there, after))
	})
	if suspended, pid := state(); err == nil || suspended || pid != before {
		t.Errorf("%v: suspended %v, by connection %d, was %d", err, suspended, pid, before)
	}
}

// A transaction that ends badly, by a panic or since the visitor has left, leaves
// nothing behind, and its connection goes on.
func TestATransactionThatEndsBadly(t *testing.T) {
	t.Parallel()
	pool := oneConnection(t)
	store := postgres.NewStore(pool)
	state := func() (frozen bool, pid int) {
		if err := pool.QueryRow(t.Context(), `SELECT frozen, pg_backend_pid() FROM portal_state`).Scan(&frozen, &pid); err != nil {
			t.Fatal(err)
		}
		return frozen, pid
	}
	_, before := state()
	for name, end := range map[string]func(context.CancelFunc) error{
		"panic":   func(context.CancelFunc) error { panic("the power fails") },
		"visitor": func(leave context.CancelFunc) error { leave(); return nil },
		"error":   func(context.CancelFunc) error { return errors.New("refused") },
		"both":    func(leave context.CancelFunc) error { leave(); return errors.New("refused") },
	} {
		func() {
			defer func() {
				if p := recover(); (p != nil) != (name == "panic") {
					t.Errorf("%s: %v", name, p)
				}
			}()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			err := store.InTx(ctx, func(tx booking.Tx) error {
				if err := tx.SetFrozen(ctx, true, 0); err != nil {
					t.Error(err)
				}
				return end(leave)
			})
			if err == nil {
				t.Errorf("%s: committed", name)
			}
		}()
		if frozen, pid := state(); frozen || name != "visitor" && pid != before {
			t.Errorf("%s: frozen %v, by connection %d, was %d", name, frozen, pid, before)
		}
		_, before = state()
	}
}
