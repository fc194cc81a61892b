package e2e

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/internal/locale"
	"guichet/internal/postgres"
	"guichet/internal/restore"
	"guichet/internal/simulator"
)

const password = "cheval pile agrafe juste"

// passwordHash is made once: hashing is slow on purpose.
var passwordHash = sync.OnceValue(func() string {
	hash, err := auth.HashPassword(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return hash
})

// Who can sign in. The stranger is an agent of another agency.
const (
	nobody   = ""
	agent    = "agent@test.test"
	manager  = "manager@test.test"
	stranger = "stranger@test.test"
	desk     = "desk@test.test"
	admin    = "admin@test.test"
)

// shop is the whole portal on a database of its own, with a supplier of its own.
type shop struct {
	t      *testing.T
	lang   locale.Lang
	pool   *pgxpool.Pool
	portal *app.Portal
	sim    *simulator.Simulator
	url    string
	addr   string // where it listens
	ahead  atomic.Int64
	ids    map[string]int64 // of the people

	// door sees each call to the supplier before it is obeyed.
	door atomic.Pointer[func(*http.Request)]
}

// openShop starts a portal whose people read the language. Change may replace
// what the portal answers.
func openShop(t *testing.T, lang locale.Lang, change ...func(http.Handler) http.Handler) *shop {
	t.Helper()
	return openShopWith(t, lang, func(*config.Config) {}, slog.DiscardHandler, change...)
}

// openShopWith is openShop with other settings, and a log.
func openShopWith(t *testing.T, lang locale.Lang, set func(*config.Config), log slog.Handler, change ...func(http.Handler) http.Handler) *shop {
	t.Helper()
	s := &shop{t: t, lang: lang, pool: dbtest.New(t), ids: map[string]int64{}}
	var err error
	if s.sim, err = simulator.New(simulator.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	api := s.sim.Handler()
	supplier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if look := s.door.Load(); look != nil {
			(*look)(r)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(supplier.Close)
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	c := config.Config{
		DatabaseURL: dbtest.AsApplication(s.pool.Config().ConnString()), OwnerDatabaseURL: s.pool.Config().ConnString(),
		SupplierURL: supplier.URL, SupplierKey: simulator.DefaultKey,
		SecretKey:    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		SupportPhone: "+33 1 99 00 12 34", DefaultTimezone: "Europe/Paris",
	}
	set(&c)
	s.addr = cmp.Or(c.Addr, "127.0.0.1:0")
	if s.portal, err = app.Open(t.Context(), c, now, slog.New(log)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.portal.Close)
	for _, c := range change {
		s.portal.Handler = c(s.portal.Handler)
	}
	s.hire()
	s.serve()
	return s
}

// serve runs the portal until the test ends.
func (s *shop) serve() {
	s.t.Helper()
	listener, err := app.Listen(s.t.Context(), "", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.portal.Run(ctx, listener) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
}

// hire adds two agencies and their people.
func (s *shop) hire() {
	s.t.Helper()
	own := s.agency("TEST", "Voyages Test")
	people := []account.User{
		{Email: agent, Name: "Camille Martin", Role: account.Agent, AgencyID: own},
		{Email: manager, Name: "Maud Leroy", Role: account.Manager, AgencyID: own},
		{Email: stranger, Name: "Dominique Petit", Role: account.Agent, AgencyID: s.agency("OTHER", "Autres Voyages")},
		{Email: desk, Name: "Dominique Roux", Role: account.CustomerService},
		{Email: admin, Name: "Ada Blanc", Role: account.Admin},
	}
	for _, u := range people {
		u.Language, u.Theme, u.PasswordHash = string(s.lang), "auto", passwordHash()
		u, err := s.portal.People.CreateUser(s.t.Context(), u)
		if err != nil {
			s.t.Fatal(err)
		}
		s.ids[u.Email] = u.ID
	}
}

func (s *shop) agency(code, name string) int64 {
	s.t.Helper()
	a, err := s.portal.People.CreateAgency(s.t.Context(), account.Agency{
		Name: name, Code: code, Timezone: "Europe/Paris", AgentsMayCancel: true,
		PaymentMethods: []string{"card_terminal", "cash", "account", "transfer"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return a.ID
}

// later moves the clocks of the portal and of the supplier on.
func (s *shop) later(d time.Duration) {
	s.t.Helper()
	ahead := time.Duration(s.ahead.Add(int64(d)))
	if err := s.portal.MoveClock(s.t.Context(), ahead); err != nil {
		s.t.Fatal(err)
	}
	s.sim.SetClockOffset(ahead)
}

// fault lets the next call of an endpoint go wrong.
func (s *shop) fault(f simulator.Fault) {
	s.t.Helper()
	f.Count = 1
	if err := s.sim.SetFault(f); err != nil {
		s.t.Fatal(err)
	}
}

// called counts the calls that the supplier received at an endpoint.
func (s *shop) called(endpoint string) int {
	n := 0
	for _, c := range s.sim.Calls() {
		if c.Endpoint == endpoint {
			n++
		}
	}
	return n
}

// stored is a booking as the portal has it.
func (s *shop) stored(sale string) booking.Booking {
	s.t.Helper()
	b, err := s.portal.Bookings.Booking(s.t.Context(), account.Everything(), strings.TrimPrefix(sale, "/bookings/"))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// sql does something to the portal's database that no page offers.
func (s *shop) sql(statement string) {
	s.t.Helper()
	if _, err := s.pool.Exec(s.t.Context(), statement); err != nil {
		s.t.Fatal(err)
	}
}

// holdSupplier lets the calls whose path ends so wait for release. The channel
// closes when the first has come.
func (s *shop) holdSupplier(suffix string) (asked <-chan struct{}, release func()) {
	came, free := make(chan struct{}), make(chan struct{})
	var first sync.Once
	hold := func(r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, suffix) {
			first.Do(func() { close(came) })
			<-free
		}
	}
	s.door.Store(&hold)
	release = sync.OnceFunc(func() { close(free) })
	s.t.Cleanup(release)
	return came, release
}

// first is the address of what a query finds.
func (s *shop) first(what, query, under string) string {
	s.t.Helper()
	var found string
	if err := s.pool.QueryRow(s.t.Context(), query).Scan(&found); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
	return under + found
}

// restored puts on record that a backup was restored.
func (s *shop) restored() {
	s.t.Helper()
	err := s.pool.AcquireFunc(s.t.Context(), func(conn *pgxpool.Conn) error {
		said := func(restore.Found) []restore.Sign { return []restore.Sign{restore.SignSaid} }
		_, err := postgres.Witnessed{Conn: conn.Conn()}.Record(s.t.Context(), restore.Event{SaidBy: "operator"}, nil, said)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
