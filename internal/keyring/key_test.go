package keyring_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/invalid"
	"guichet/internal/keyring"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const env = "simulator"

// ring is an admin with a database of keys.
type ring struct {
	*keyring.Service
	t     *testing.T
	pool  *pgxpool.Pool
	store *postgres.Keyring
	admin account.Actor
}

func newRing(t *testing.T) *ring {
	t.Helper()
	r := &ring{t: t, pool: dbtest.New(t)}
	people := postgres.NewAccounts(r.pool)
	var err error
	if people.Vault, err = vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); err != nil {
		t.Fatal(err)
	}
	u, err := people.CreateUser(t.Context(), account.User{Email: "admin@example.test", Name: "Ada", Role: account.Admin})
	if err != nil {
		t.Fatal(err)
	}
	r.admin, r.store = account.ActorOf(u, account.Agency{}), postgres.NewKeyring(people)
	r.Service = keyring.NewService(r.store)
	return r
}

// put adds a key and returns it.
func (r *ring) put(secret string) keyring.Key {
	r.t.Helper()
	if err := r.Add(r.t.Context(), r.admin, env, secret); err != nil {
		r.t.Fatal(err)
	}
	for _, k := range r.list() {
		if k.Digest == keyring.Digest(strings.TrimSpace(secret)) {
			return k
		}
	}
	r.t.Fatal("it is not there")
	return keyring.Key{}
}

// test lets the supplier take a key, or not.
func (r *ring) test(id string, said error) {
	r.t.Helper()
	err := r.Test(r.t.Context(), r.admin, env, id, func(context.Context, string) error { return said })
	if !errors.Is(err, said) {
		r.t.Fatal(err)
	}
}

func (r *ring) list() []keyring.Key {
	r.t.Helper()
	list, err := r.List(r.t.Context(), r.admin, env)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

// live is what calls are made with, by the last four characters.
func (r *ring) live() string {
	r.t.Helper()
	keys, err := r.store.Live(r.t.Context(), env)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, k := range keys {
		keys[i] = k[len(k)-4:]
	}
	return strings.Join(keys, " ")
}

func TestWhatIsNoKey(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	for name, k := range map[string]struct {
		secret string
		good   bool
	}{
		"short":        {"1234567", false},
		"just enough":  {"12345678", true},
		"long":         {strings.Repeat("x", 513), false},
		"of two words": {"a key of words", false},
		"not ASCII":    {"clé-du-portail", false},
		"with a break": {"one-key\nanother", false},
		"with spaces":  {"  key-around-spaces \n", true},
	} {
		err := r.Add(t.Context(), r.admin, env, k.secret)
		if bad := new(invalid.Error); errors.As(err, &bad) == k.good || k.good && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list := r.list(); len(list) != 2 {
		t.Errorf("%d keys are stored", len(list))
	}
}

func TestOnlyAdminsSeeKeys(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	k := r.put("key-of-the-portal")
	ctx := t.Context()
	for _, role := range []account.Role{account.Agent, account.Manager, account.CustomerService, ""} {
		a := account.Actor{UserID: r.admin.UserID, Role: role}
		_, listed := r.List(ctx, a, env)
		asked := func(context.Context, string) error { t.Error("the key was handed out"); return nil }
		for act, err := range map[string]error{
			"list": listed, "add": r.Add(ctx, a, env, "another-key"), "test": r.Test(ctx, a, env, k.ID, asked),
			"activate": r.Activate(ctx, a, env, k.ID), "retire": r.Retire(ctx, a, env, k.ID),
		} {
			if !errors.Is(err, account.ErrForbidden) {
				t.Errorf("%s %ss: %v", role, act, err)
			}
		}
	}
	if list := r.list(); len(list) != 1 {
		t.Errorf("%d keys", len(list))
	}
}

// A key takes over from another without a pause.
func TestAKeyTakesOver(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	ctx, refused := t.Context(), errors.New("401")
	first := r.put("the-first-key-AAAA")
	if first.Tail != "AAAA" || first.AddedBy != "Ada" || first.Active || !first.TestedAt.IsZero() {
		t.Errorf("%+v", first)
	}
	if err := r.Activate(ctx, r.admin, env, first.ID); !errors.Is(err, keyring.ErrUntested) {
		t.Errorf("put in force untested: %v", err)
	}
	r.test(first.ID, refused)
	if err := r.Activate(ctx, r.admin, env, first.ID); !errors.Is(err, keyring.ErrUntested) {
		t.Errorf("put in force although it was refused: %v", err)
	}
	r.test(first.ID, nil)
	if r.live() != "" {
		t.Errorf("in force before: %s", r.live())
	}
	if err := r.Activate(ctx, r.admin, env, first.ID); err != nil || r.live() != "AAAA" {
		t.Fatal(err, r.live())
	}
	second := r.put("the-second-key-BBBB")
	if err := r.Add(ctx, r.admin, env, "a-third-key-CCCC"); !errors.Is(err, keyring.ErrSlotTaken) {
		t.Errorf("a third: %v", err)
	}
	if r.live() != "AAAA" {
		t.Errorf("an untested key is used: %s", r.live())
	}
	r.test(second.ID, nil)
	if r.live() != "AAAA BBBB" {
		t.Errorf("two are live: %s", r.live())
	}
	if err := r.store.Refused(ctx, env, first.Digest); err != nil || r.live() != "BBBB AAAA" {
		t.Errorf("the first was refused: %s, %v", r.live(), err)
	}
	if err := r.Retire(ctx, r.admin, env, first.ID); !errors.Is(err, keyring.ErrActive) {
		t.Errorf("the active one is retired: %v", err)
	}
	if err := errors.Join(r.Activate(ctx, r.admin, env, second.ID), r.Retire(ctx, r.admin, env, first.ID)); err != nil {
		t.Fatal(err)
	}
	list := r.list()
	if r.live() != "BBBB" || len(list) != 1 || !list[0].Active || list[0].ActivatedAt.IsZero() {
		t.Errorf("%s, %+v", r.live(), list)
	}
	for act, err := range map[string]error{
		"activate": r.Activate(ctx, r.admin, env, first.ID), "retire": r.Retire(ctx, r.admin, env, first.ID),
		"in another environment": r.Activate(ctx, r.admin, "production", second.ID),
	} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s one that is gone: %v", act, err)
		}
	}
	r.put("a-third-key-CCCC") // there is room again
}

// What is said of a key stands in the audit log, and never the key; what is stored is
// sealed, and opens in its own row only.
func TestAKeyIsSealed(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	a, b := r.put("the-first-key-AAAA"), r.put("the-second-key-BBBB")
	var entries, sealed string
	look := `SELECT (SELECT string_agg(action || ' ' || after, ',' ORDER BY id) FROM audit), (SELECT string_agg(encode(sealed, 'escape'), '') FROM supplier_keys)`
	if err := r.pool.QueryRow(t.Context(), look).Scan(&entries, &sealed); err != nil {
		t.Fatal(err)
	}
	if want := "key_added …AAAA " + a.Digest + ",key_added …BBBB " + b.Digest; entries != want || strings.Contains(sealed, "key") {
		t.Errorf("%s, want %s; stored %q", entries, want, sealed)
	}
	if _, err := r.pool.Exec(t.Context(), `UPDATE supplier_keys SET sealed = (SELECT sealed FROM supplier_keys WHERE id = $1) WHERE id = $2`, a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	opened := false
	err := r.Test(t.Context(), r.admin, env, b.ID, func(context.Context, string) error { opened = true; return nil })
	if err == nil || opened {
		t.Errorf("one key opens in the row of another: %v", err)
	}
}

// What cannot be audited is not done.
func TestAKeyNeedsAnEntry(t *testing.T) {
	t.Parallel()
	for action, act := range map[account.Action]func(r *ring, id string) error{
		account.DidAddKey:      func(r *ring, _ string) error { return r.Add(r.t.Context(), r.admin, env, "a-second-key") },
		account.DidActivateKey: func(r *ring, id string) error { return r.Activate(r.t.Context(), r.admin, env, id) },
		account.DidRetireKey:   func(r *ring, id string) error { return r.Retire(r.t.Context(), r.admin, env, id) },
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			r := newRing(t)
			k := r.put("the-first-key-AAAA")
			r.test(k.ID, nil)
			state := func() (text string) {
				const look = `SELECT string_agg(id || active || (sealed IS NULL), ',') || (SELECT count(*) FROM removals) FROM supplier_keys`
				if err := r.pool.QueryRow(t.Context(), look).Scan(&text); err != nil {
					t.Fatal(err)
				}
				return text
			}
			before := state()
			_, err := r.pool.Exec(t.Context(), `
				CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no entry'; END $$;
				CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = '`+string(action)+`') EXECUTE FUNCTION refuse_audit()`)
			if err != nil {
				t.Fatal(err)
			}
			if err := act(r, k.ID); err == nil || state() != before {
				t.Errorf("%v; %s, was %s", err, state(), before)
			}
			if _, err := r.pool.Exec(t.Context(), `DROP TRIGGER refuse_audit ON audit`); err != nil {
				t.Fatal(err)
			}
			if err := act(r, k.ID); err != nil || state() == before {
				t.Errorf("%v; still %s", err, before)
			}
		})
	}
}
