package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/supplier"
	"guichet/internal/vault"
)

const password = "cheval pile agrafe juste"

// world is one experiment: a database, a supplier with its own ledger, and
// people of two agencies. Time passes on both sides only when it is told to.
type world struct {
	lab   *lab
	url   string
	pool  *pgxpool.Pool
	sim   *simulator.Simulator
	mouth *mouth
	http  *httptest.Server

	rules
	supplier string   // address of the supplier
	secrets  sync.Map // of second factors, by address
	faulty   sync.Map // what portals logged of answers with 500
	readers  *readers // who read the pages; opened when they are needed
	pages    int      // that were read
	lost     bool     // a backup was restored, and nothing compared with the supplier since

	mu    sync.Mutex
	ahead time.Duration

	agent, other, desk, desk2 account.Actor
}

func (l *lab) newWorld(ctx context.Context, r rules) (*world, error) {
	url, err := l.database(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, err
	}
	sim, err := simulator.New(simulator.Options{Now: time.Now, Profile: r.profile})
	if err != nil {
		return nil, err
	}
	w := &world{lab: l, url: url, pool: pool, sim: sim, rules: r}
	w.mouth = &mouth{world: w, next: sim.Handler()}
	if w.http, w.supplier, err = l.serveSupplier(w.mouth, r); err != nil {
		return nil, err
	}
	if err := w.people(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if r.production { // a portal does not start there once its clock was moved
		if w.readers, err = w.openReaders(ctx); err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	return w, nil
}

// passwordHash is made once: hashing is slow on purpose.
var passwordHash = sync.OnceValues(func() (string, error) { return auth.HashPassword(context.Background(), password) })

func (w *world) people(ctx context.Context) error {
	store := postgres.NewAccounts(w.pool)
	hash, err := passwordHash()
	if err != nil {
		return err
	}
	var one, two account.Agency
	for code, a := range map[string]*account.Agency{"ONE": &one, "TWO": &two} {
		*a, err = store.CreateAgency(ctx, account.Agency{
			Name: "Agency " + code, Code: code, Timezone: "Europe/Paris", PaymentMethods: []string{"cash"}, AgentsMayCancel: true,
		})
		if err != nil {
			return err
		}
	}
	for _, p := range []struct {
		actor  *account.Actor
		email  string
		role   account.Role
		agency account.Agency
	}{
		{&w.agent, "agent@one.test", account.Agent, one},
		{&w.other, "agent@two.test", account.Agent, two},
		{&w.desk, "desk@test.test", account.CustomerService, account.Agency{}},
		{&w.desk2, "desk2@test.test", account.CustomerService, account.Agency{}},
	} {
		u, err := store.CreateUser(ctx, account.User{
			AgencyID: p.agency.ID, Email: p.email, Name: p.email, Role: p.role, Language: string(languageOf(p.email)), Theme: "auto", PasswordHash: hash,
		})
		if err != nil {
			return err
		}
		*p.actor = account.ActorOf(u, p.agency)
	}
	return nil
}

// languageOf is the language that somebody reads: agencies French, customer
// service English, so that both are judged.
func languageOf(email string) locale.Lang {
	if strings.HasPrefix(email, "desk") {
		return locale.EN
	}
	return locale.FR
}

// pass lets time pass here and at the supplier.
func (w *world) pass(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
	w.sim.SetClockOffset(w.ahead)
	_, err := w.pool.Exec(ctx, `UPDATE portal_clock SET clock_offset = $1`, w.ahead)
	return err
}

// passed is how much time has passed.
func (w *world) passed() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ahead
}

// fault breaks the next call of an endpoint.
func (w *world) fault(f simulator.Fault) error {
	f.Count = 1
	return w.sim.SetFault(f)
}

// service is a portal's service in this process, on its own connections, with
// a clock that may be wrong.
func (w *world) service(ctx context.Context, supplierURL string, skew time.Duration) (*booking.Service, error) {
	return w.serviceOn(ctx, w.pool, supplierURL, skew)
}

func (w *world) serviceOn(ctx context.Context, pool *pgxpool.Pool, supplierURL string, skew time.Duration) (*booking.Service, error) {
	now := func() time.Time { return time.Now().Add(skew) }
	quiet := slog.New(slog.DiscardHandler)
	client, err := supplier.New(supplier.Options{
		BaseURL: supplierURL, Keys: func() []string { return []string{simulator.DefaultKey} }, Now: now, Log: quiet,
		Timeouts: supplier.Timeouts{Write: 3 * time.Second},
	})
	if err != nil {
		return nil, err
	}
	store, err := newStore(pool)
	if err != nil {
		return nil, err
	}
	s := booking.NewService(ctx, store, client, now, quiet)
	return s, s.RefreshZones(ctx, true)
}

// newStore returns a store that chains events as the portals do.
func newStore(pool *pgxpool.Pool) (*postgres.Store, error) {
	sealing, err := vault.New(secretKey)
	if err != nil {
		return nil, err
	}
	store := postgres.NewStore(pool)
	store.ChainWith(postgres.NewKeys(sealing))
	return store, nil
}

func (w *world) close() error {
	if w.readers != nil {
		w.readers.close()
	}
	w.http.Close()
	w.pool.Close()
	_, err := w.lab.admin.Exec(context.Background(), fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", databaseName(w.url)))
	return err
}
