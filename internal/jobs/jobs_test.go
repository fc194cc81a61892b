package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/jobs"
	"guichet/internal/mail"
	"guichet/internal/mail/catcher"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/statement"
	"guichet/internal/supplier"
	"guichet/internal/vault"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// env is a database with some nodes that sell on one simulator.
type env struct {
	t          *testing.T
	pool       *pgxpool.Pool
	sim        *simulator.Simulator
	nodes      []*booking.Service
	statements *statement.Service
	agent      account.Actor
	mail       *mail.Sender
	caught     *catcher.Catcher
	clock      func() time.Time // of the nodes
	log        *lockedText
}

// lockedText is a log that several goroutines write while a test reads it.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newEnv(t *testing.T, nodes int) *env {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(sim.Handler())
	t.Cleanup(there.Close)
	o := &env{t: t, pool: dbtest.New(t), sim: sim, clock: time.Now, log: &lockedText{}}
	for range nodes {
		log := slog.New(slog.DiscardHandler)
		client, err := supplier.New(supplier.Options{BaseURL: there.URL, Keys: func() []string { return []string{simulator.DefaultKey} }, Now: time.Now, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		store := postgres.NewStore(o.pool)
		node := booking.NewService(t.Context(), store, client, time.Now, log)
		o.nodes, o.statements = append(o.nodes, node), statement.NewService(postgres.Statements{Store: store}, node)
	}
	people := postgres.NewAccounts(o.pool)
	agency, err := people.CreateAgency(t.Context(), account.Agency{Name: "One", Code: "ONE", Timezone: "Europe/Paris", PaymentMethods: []string{"cash"}})
	if err != nil {
		t.Fatal(err)
	}
	hash := "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	user, err := people.CreateUser(t.Context(), account.User{
		AgencyID: agency.ID, Email: "agent@example.test", Name: "Camille", Role: account.Agent, Language: "fr", Theme: "auto", PasswordHash: hash,
	})
	if err != nil {
		t.Fatal(err)
	}
	o.agent = account.ActorOf(user, agency)
	if o.caught, err = catcher.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.caught.Close() })
	if o.mail, err = mail.New(o.caught.URL(), "guichet@guichet.test"); err != nil {
		t.Fatal(err)
	}
	return o
}

// signIns is where what people sign in with is stored.
func (o *env) signIns() *postgres.Auth { return postgres.NewAuth(postgres.NewAccounts(o.pool)) }

func (o *env) auth() *auth.Service {
	store := o.signIns()
	return auth.NewService(store, account.NewService(store.Accounts))
}

// run works the queue on every node until the test ends.
func (o *env) run() {
	o.t.Helper()
	for i, node := range o.nodes {
		links := jobs.Links{Auth: o.auth(), Bookings: node, Mail: o.mail, Origin: "https://guichet.test"}
		sealing, err := vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
		if err != nil {
			o.t.Fatal(err)
		}
		runner, err := jobs.New(o.pool, node, o.statements, o.signIns(), links, postgres.NewNode(o.pool, "test", "", o.clock), postgres.NewHistory(o.pool, postgres.NewKeys(sealing)), slog.New(slog.NewTextHandler(o.log, nil)))
		if err != nil {
			o.t.Fatal(err)
		}
		if err := runner.Start(context.WithoutCancel(o.t.Context())); err != nil {
			o.t.Fatalf("node %d: %v", i, err)
		}
		o.t.Cleanup(func() {
			stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := runner.Stop(stop); err != nil {
				o.t.Error(err)
			}
		})
	}
}

// pass sets how far all clocks are ahead.
func (o *env) pass(ahead time.Duration) {
	o.t.Helper()
	dbtest.MoveClock(o.t, o.pool, ahead)
	o.sim.SetClockOffset(ahead)
}

// held books a place that waits to be paid.
func (o *env) held(plate string) booking.Booking {
	o.t.Helper()
	ctx, s := o.t.Context(), o.nodes[0]
	from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
	d, err := s.Quote(ctx, o.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err == nil {
		d, err = s.SaveCustomer(ctx, o.agent, d.ID, booking.CustomerForm{
			FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
			Make: "Renault", Model: "Clio", Color: "bleue", Plate: plate, Language: "fr",
		})
	}
	if err != nil {
		o.t.Fatal(err)
	}
	b, err := s.Book(ctx, o.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
	if err != nil || b.State != booking.Held {
		o.t.Fatalf("%s, %v", b.State, err)
	}
	return b
}

// await asks the database until the answer is yes, for a minute at most.
func (o *env) await(question string, args ...any) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var yes bool
		if err := o.pool.QueryRow(ctx, question, args...).Scan(&yes); err != nil {
			o.t.Fatalf("%s: %v", question, err)
		}
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			o.t.Fatalf("after a minute it is still not so: %s", question)
		}
	}
}

// The deadline passes while three nodes run: one of them lets the booking lapse
// within a minute, once.
func TestThreeNodesExpireOnce(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 3)
	if err := o.nodes[0].RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var all []booking.Booking
	for i := range 5 {
		all = append(all, o.held(fmt.Sprintf("AA-%03d-AA", i)))
	}
	o.run()
	o.await(`SELECT count(DISTINCT kind) = 4 FROM river_job WHERE state = 'completed'`)
	o.pass(time.Hour)
	for _, b := range all {
		o.await(`SELECT state = 'expired' FROM bookings WHERE ref = $1`, b.Ref)
		var events, version int
		err := o.pool.QueryRow(t.Context(), `
			SELECT count(*), max(b.version) FROM booking_events e JOIN bookings b ON b.id = e.booking_id
			WHERE b.ref = $1 AND e.event = 'expire'`, b.Ref).Scan(&events, &version)
		if err != nil || events != 1 || version != b.Version+1 {
			t.Errorf("%s lapsed %d times and is at version %d, %v", b.Ref, events, version, err)
		}
	}
}

// What a crash left in flight is called unknown, old drafts and counters go,
// and zones are fetched when the stored ones are a day old.
func TestEveryJobDoesItsWork(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if err := o.nodes[0].RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	b := o.held("AA-001-AA")
	crashed := o.held("AA-002-AA")
	_, err := o.pool.Exec(t.Context(), `
		WITH claim AS (INSERT INTO attempts (booking_id, operation, correlation, started_at) VALUES ($1, 'pay', 'lost', portal_now()))
		UPDATE bookings SET state = 'paying', version = version + 1, lease_ends = portal_now() + interval '45 s' WHERE id = $1`, crashed.ID)
	if err != nil {
		t.Fatal(err)
	}
	limits := o.auth()
	if err := limits.Allow(t.Context(), auth.QuotesPerAgency, "1"); err != nil {
		t.Fatal(err)
	}
	o.pass(25 * time.Hour)
	zonesBefore := len(o.callsTo(simulator.EndpointZones))
	o.run()
	o.await(`SELECT state = 'expired' FROM bookings WHERE ref = $1`, b.Ref)
	o.await(`SELECT state = 'pay_unknown' FROM bookings WHERE ref = $1`, crashed.Ref)
	o.await(`SELECT count(*) = 0 FROM drafts`)
	o.await(`SELECT count(*) = 0 FROM rate_limits`)
	o.await(`SELECT count(*) = 1 FROM river_job WHERE kind = 'refresh_zones' AND state = 'completed'`)
	if n := len(o.callsTo(simulator.EndpointZones)); n != zonesBefore+1 {
		t.Errorf("the zones were asked for %d times", n-zonesBefore)
	}
	// Another node begins with one more of each job: nothing is left to do.
	before := o.records()
	o.run()
	o.await(`SELECT count(*) = 4 FROM (SELECT kind FROM river_job WHERE state = 'completed' GROUP BY kind HAVING count(*) >= 2) twice`)
	if after := o.records(); after != before {
		t.Errorf("the second time changed something:\n%s\n%s", before, after)
	}
	if n := len(o.callsTo(simulator.EndpointZones)); n != zonesBefore+1 {
		t.Errorf("fresh zones were fetched again: %d times", n-zonesBefore-1)
	}
}

// records is what the jobs may change, as text.
func (o *env) records() string {
	o.t.Helper()
	var text string
	err := o.pool.QueryRow(o.t.Context(), `
		SELECT concat_ws(' ', (SELECT string_agg(concat_ws(':', ref, state, version), ' ' ORDER BY ref) FROM bookings),
			(SELECT count(*) FROM booking_events), (SELECT count(*) FROM cases), (SELECT count(*) FROM drafts),
			(SELECT string_agg(concat_ws(':', id, outcome), ' ' ORDER BY id) FROM attempts), (SELECT max(fetched_at) FROM zone_refreshes))`).Scan(&text)
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

// A record that no sweep can move keeps no other one waiting, and the log says so,
// without the customer's data.
func TestASweepShowsWhatItCouldNotDo(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if err := o.nodes[0].RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	damaged, good := o.held("AA-001-AA"), o.held("AA-002-AA")
	if _, err := o.pool.Exec(t.Context(), `UPDATE bookings SET quote = '[]' WHERE id = $1`, damaged.ID); err != nil {
		t.Fatal(err)
	}
	o.pass(time.Hour)
	o.run()
	o.await(`SELECT state = 'expired' FROM bookings WHERE ref = $1`, good.Ref)
	o.await(`SELECT count(*) = 1 FROM cases WHERE why = 'damaged'`)
	o.awaitLog(fmt.Sprintf("expiry of booking %d:", damaged.ID))
	if said := o.log.String(); strings.Contains(said, "AA001") || strings.Contains(said, "Lévy") || strings.Contains(said, "zoe@") {
		t.Errorf("the log tells who the customer is: %s", said)
	}
}

// awaitLog waits until the nodes have logged a text, for a minute at most.
func (o *env) awaitLog(text string) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(o.log.String(), text) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			o.t.Fatalf("after a minute the log does not say %q: %s", text, o.log)
		}
	}
}

func (o *env) callsTo(endpoint string) []simulator.Call {
	var list []simulator.Call
	for _, c := range o.sim.Calls() {
		if c.Endpoint == endpoint {
			list = append(list, c)
		}
	}
	return list
}
