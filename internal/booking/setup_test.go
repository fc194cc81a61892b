package booking_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/statement"
	"guichet/internal/supplier"
	"guichet/internal/vault"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// env is what one test sells with: a database, the simulator over HTTP,
// the real client and the service, with people of two agencies.
type env struct {
	*booking.Service
	t     testing.TB
	pool  *pgxpool.Pool
	store *postgres.Store
	sim   *simulator.Simulator
	url   string
	ahead time.Duration
	keys  []string // of the supplier, the one in force first
	chain *postgres.Keys

	statements *statement.Service

	agent, other, desk account.Actor
}

func newEnv(t testing.TB) *env {
	t.Helper()
	pool := dbtest.New(t)
	sim, err := simulator.New(simulator.Options{Now: time.Now, Keys: []string{"test-key"}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	c := &env{t: t, pool: pool, sim: sim, url: srv.URL, keys: []string{"test-key"}}
	sealing, err := vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	c.chain = postgres.NewKeys(sealing)
	c.Service, c.store = c.node()
	c.statements = statement.NewService(postgres.Statements{Store: c.store}, c.Service)
	if err := c.RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	people := postgres.NewAccounts(pool)
	c.agent = c.person(people, "one", account.Agent)
	c.other = c.person(people, "two", account.Agent)
	c.desk = c.person(people, "", account.CustomerService)
	return c
}

// node is one more portal on the same database.
func (c *env) node() (*booking.Service, *postgres.Store) {
	c.t.Helper()
	store := postgres.NewStore(dbtest.Application(c.t, c.pool))
	store.ChainWith(c.chain)
	return c.serving(store), store
}

// write does something in a transaction of the store.
func (c *env) write(f func(booking.Tx) error) error {
	return c.store.InTx(c.t.Context(), f)
}

// serving is one more portal on a store.
func (c *env) serving(store booking.Store) *booking.Service {
	c.t.Helper()
	log := slog.New(slog.NewTextHandler(c.t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	client, err := supplier.New(supplier.Options{
		BaseURL: c.url, Keys: func() []string { return c.keys }, Now: time.Now, Log: log,
		Timeouts: supplier.Timeouts{Write: 2 * time.Second},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	stop, cancel := context.WithCancel(context.Background())
	c.t.Cleanup(cancel)
	return booking.NewService(stop, store, client, time.Now, log)
}

func (c *env) person(people *postgres.Accounts, agency string, role account.Role) account.Actor {
	c.t.Helper()
	var a account.Agency
	var err error
	if agency != "" {
		a, err = people.CreateAgency(c.t.Context(), account.Agency{
			Name: "Agency " + agency, Code: agency, Timezone: "Europe/Paris",
			PaymentMethods: []string{"card_terminal", "cash"}, AgentsMayCancel: true,
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	u, err := people.CreateUser(c.t.Context(), account.User{
		AgencyID: a.ID, Email: string(role) + agency + strings.ToLower(rand.Text()) + "@example.test", Name: "Person " + agency, Role: role, Language: "fr", Theme: "auto",
		PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return account.ActorOf(u, a)
}

// pass lets time pass on both sides of the wire.
func (c *env) pass(d time.Duration) {
	c.t.Helper()
	c.ahead += d
	dbtest.MoveClock(c.t, c.pool, c.ahead)
	c.sim.SetClockOffset(c.ahead)
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// quoted returns a draft that is ready to be checked: CDG, eight days, in
// forty days, insured.
func (c *env) quoted(plate string, services ...string) booking.Draft {
	c.t.Helper()
	ctx := c.t.Context()
	from := time.Now().UTC().Add(c.ahead).AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6*time.Hour + 5*time.Minute)
	d := c.quote(ctx, from)
	d, err := c.ChooseServices(ctx, c.agent, d.ID, services)
	if err != nil {
		c.t.Fatal(err)
	}
	d, err = c.SaveCustomer(ctx, c.agent, d.ID, customer(plate))
	return must(c.t, d, err)
}

func (c *env) quote(ctx context.Context, from time.Time) booking.Draft {
	c.t.Helper()
	d, err := c.Quote(ctx, c.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	return must(c.t, d, err)
}

func customer(plate string) booking.CustomerForm {
	return booking.CustomerForm{
		FirstName: "Zoé", LastName: "O’Hara-Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
		Make: "Renault", Model: "Clio", Color: "blue", Plate: plate, Language: "fr",
	}
}

func (c *env) request(d booking.Draft) booking.BookRequest {
	return booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "card_terminal"}
}

// held returns a booking that can be paid.
func (c *env) held(plate string, services ...string) booking.Booking {
	c.t.Helper()
	d := c.quoted(plate, services...)
	b, err := c.Book(c.t.Context(), c.agent, c.request(d))
	if err != nil {
		c.t.Fatal(err)
	}
	if b.State != booking.Held {
		c.t.Fatalf("booking is %s, not held", b.State)
	}
	return b
}

func (c *env) payment(b booking.Booking) booking.PayRequest {
	return booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash", Receipt: "T-42"}
}

// paid returns a booking that is paid.
func (c *env) paid(plate string, services ...string) booking.Booking {
	c.t.Helper()
	b, err := c.Pay(c.t.Context(), c.agent, c.payment(c.held(plate, services...)))
	if err != nil {
		c.t.Fatal(err)
	}
	if b.State != booking.Confirmed {
		c.t.Fatalf("booking is %s, not confirmed", b.State)
	}
	return b
}

// now returns the booking as it stands.
func (c *env) now(ref string) booking.Booking {
	c.t.Helper()
	b, err := c.Booking(c.t.Context(), account.Everything(), ref)
	return must(c.t, b, err)
}

// settle lets everything end that the clock can end.
func (c *env) settle() {
	c.t.Helper()
	c.pass(2 * time.Hour)
	if _, err := c.EndLeases(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.Expire(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// copies counts the rows in which bookings and what PostgreSQL copies of them differ.
const copies = `
	WITH copied AS (SELECT id, state, environment, agency_id, sale_id, zone_code, insured, uncompared, due_cents, due_currency,
			created_at, pay_by, from_wall, to_wall FROM booking_states),
	named AS (SELECT id, environment, supplier_id, supplier_ref, claims FROM booking_supplier_ids),
	states AS (SELECT id, state, environment, agency_id, sale_id, zone_code, insured, uncompared, due_cents, due_currency,
			created_at, pay_by, from_wall, to_wall FROM bookings),
	names AS (SELECT id, environment, supplier_id, supplier_ref, state <> 'voided' AND NOT id_reissued FROM bookings
		WHERE supplier_id IS NOT NULL OR supplier_ref <> '')
	SELECT (SELECT count(*) FROM ((TABLE copied EXCEPT TABLE states) UNION ALL (TABLE states EXCEPT TABLE copied)) d)
		+ (SELECT count(*) FROM ((TABLE named EXCEPT TABLE names) UNION ALL (TABLE names EXCEPT TABLE named)) d)`

// reconcile compares the portal's records with the supplier's ledger: the
// promise that the product is made for.
func (c *env) reconcile() {
	c.t.Helper()
	var differ int
	if err := c.pool.QueryRow(c.t.Context(), copies).Scan(&differ); err != nil || differ != 0 {
		c.t.Errorf("%d copies of bookings differ from them, %v", differ, err)
	}
	rows, err := c.pool.Query(c.t.Context(), `
		SELECT b.ref, b.state, b.sale_id, coalesce(b.supplier_id, ''), b.version,
			(SELECT count(*) FROM booking_events e WHERE e.booking_id = b.id),
			(SELECT count(*) FROM attempts a WHERE a.booking_id = b.id AND a.outcome = 'open')
		FROM bookings b`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	paidOfSale := map[string]int{}
	for rows.Next() {
		var ref, sale, id string
		var state booking.State
		var version, events, open int
		if err := rows.Scan(&ref, &state, &sale, &id, &version, &events, &open); err != nil {
			c.t.Fatal(err)
		}
		if version != events {
			c.t.Errorf("%s: version %d, %d events", ref, version, events)
		}
		if open > 1 || (open == 1) != state.InFlight() {
			c.t.Errorf("%s is %s with %d open attempts", ref, state, open)
		}
		there, known := c.sim.Booking(id)
		if known && there.PayCount > 0 {
			paidOfSale[sale]++
		}
		if bad := contradiction(state, there, known && id != ""); bad != "" {
			c.t.Errorf("%s is %s here: %s", ref, state, bad)
		}
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	for sale, n := range paidOfSale {
		if n > 1 {
			c.t.Errorf("sale %s has %d paid bookings", sale, n)
		}
	}
	for _, b := range c.sim.Ledger() {
		if b.PayCount > 1 {
			c.t.Errorf("%s was charged %d times", b.Reference, b.PayCount)
		}
	}
}

// contradiction says how a state here and a booking there disagree.
func contradiction(state booking.State, there simulator.Booking, known bool) string {
	is := func(want ...simulator.Status) string {
		for _, w := range want {
			if known && there.Status == w {
				return ""
			}
		}
		return fmt.Sprintf("there it is %q (known: %v)", there.Status, known)
	}
	switch state {
	case booking.Confirmed:
		return is(simulator.Paid)
	case booking.Held:
		return is(simulator.Pending, simulator.Void)
	case booking.Cancelled:
		return is(simulator.Cancelled)
	case booking.CancelUnknown:
		return is(simulator.Paid, simulator.Cancelled)
	case booking.Expired, booking.Refused, booking.Dropped:
		if known && there.PayCount > 0 {
			return "there it is paid"
		}
	}
	return ""
}
