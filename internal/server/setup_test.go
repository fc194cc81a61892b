package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/keyring"
	"guichet/internal/postgres"
	"guichet/internal/report"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
	"guichet/internal/statement"
	"guichet/internal/supplier"
	"guichet/internal/vault"
	"guichet/web/htmlcheck"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// roles are who the tests sign in as; "" is nobody.
var roles = []account.Role{"", account.Agent, account.Manager, account.CustomerService, account.Admin}

// What a form, and a form with a picture, may send.
const (
	maxBody   = 64 << 10
	maxUpload = 1 << 20
)

const testPassword = "cheval pile agrafe juste"

// testHash is made once: hashing is slow on purpose.
var testHash = sync.OnceValue(func() string {
	hash, err := auth.HashPassword(context.Background(), testPassword)
	if err != nil {
		panic(err)
	}
	return hash
})

// portal is the real thing on a database of its own.
type portal struct {
	pool   *pgxpool.Pool // the test's own, as the owner
	app    *pgxpool.Pool // the portal's
	store  *postgres.Accounts
	server *site.Site
	routes *chi.Mux
	url    string
	log    *lockedBuffer
	ahead  atomic.Int64 // how far its clock is ahead
	people map[account.Role]account.User

	bookings   *booking.Service
	statements *statement.Service
	client     *supplier.Client
	sales      *postgres.Store
	sim        *simulator.Simulator
	there      *httptest.Server                    // where the simulator answers
	counted    atomic.Pointer[func(supplier.Seen)] // sees each call to the supplier when it is over
	door       atomic.Pointer[func(*http.Request)] // sees each call to the supplier before it is obeyed
}

// newPortal waits two seconds for an answer of the supplier to a write: more
// than the simulator takes, and less than a test should wait for a lost one.
func newPortal(t *testing.T, change ...func(*site.Options)) *portal {
	t.Helper()
	p := &portal{pool: dbtest.New(t), log: &lockedBuffer{}, people: map[account.Role]account.User{}}
	p.app = dbtest.Application(t, p.pool)
	p.store = postgres.NewAccounts(p.app)
	var err error
	if p.store.Vault, err = vault.New("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); err != nil {
		t.Fatal(err)
	}
	accounts := account.NewService(p.store)
	o := site.Options{
		Accounts:     accounts,
		Auth:         auth.NewService(postgres.NewAuth(p.store), accounts),
		Keys:         keyring.NewService(postgres.NewKeyring(p.store)),
		Sessions:     postgres.NewSessionData(p.app),
		Environment:  "simulator",
		SupportPhone: "+33 1 99 00 12 34",
		Build:        "test",
		Ready:        func(ctx context.Context) error { return postgres.Writable(ctx, p.app) },
		SupplierDown: func() time.Time { return time.Time{} },
		Now:          func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) },
		Log:          slog.New(slog.NewJSONHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	p.connect(t, o.Log)
	o.TestKey, o.SupplierHost = p.client.TestKey, p.client.Host()
	o.ReadHealth = func() []booking.Health { return p.client.Health().Reads }
	o.SupplierClock = func() (time.Duration, time.Time) { h := p.client.Health(); return h.Ahead, h.ClockSeen }
	o.Bookings, o.Statements, o.Reports = p.bookings, p.statements, report.NewService(p.sales)
	for _, c := range change {
		c(&o)
	}
	p.server = site.New(o)
	p.routes = newRouter(p.server).routes()
	p.seed(t)
	server := httptest.NewUnstartedServer(p.routes)
	server.Config.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		for line := range strings.Lines(p.log.String()) {
			if t.Failed() && strings.Contains(line, `"level":"ERROR"`) {
				t.Log(line)
			}
		}
	})
	p.url = server.URL
	return p
}

// connect lets the portal sell on a simulator of its own, over HTTP.
func (p *portal) connect(t *testing.T, log *slog.Logger) {
	t.Helper()
	var err error
	worst := simulator.Options{Now: time.Now, Profile: simulator.ProfileHostile} // it charges twice when it is told so twice
	if p.sim, err = simulator.New(worst); err != nil {
		t.Fatal(err)
	}
	api := p.sim.Handler()
	p.there = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if look := p.door.Load(); look != nil {
			(*look)(r)
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(p.there.Close)
	p.client, err = supplier.New(supplier.Options{
		BaseURL: p.there.URL, Keys: func() []string { return []string{simulator.DefaultKey} }, Now: time.Now, Log: log,
		Timeouts: supplier.Timeouts{Write: 2 * time.Second, Backoff: time.Millisecond, Breaker: time.Millisecond},
		Observe: func(x supplier.Seen) {
			if count := p.counted.Load(); count != nil {
				(*count)(x)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.sales = postgres.NewStore(p.app)
	p.bookings = booking.NewService(t.Context(), p.sales, p.client, time.Now, log)
	p.statements = statement.NewService(postgres.Statements{Store: p.sales}, p.bookings)
	if err := p.bookings.RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
}

func (p *portal) seed(t *testing.T) {
	t.Helper()
	agency := p.addAgency(t, "TEST", "Voyages Test")
	for _, role := range roles[1:] {
		u := account.User{Email: string(role) + "@test.test", Name: "Camille Martin", Role: role}
		if !role.Staff() {
			u.AgencyID = agency.ID
		}
		p.people[role] = p.addPerson(t, u)
	}
}

// asStranger is a browser in which an agent of another agency is signed in.
func (p *portal) asStranger(t *testing.T) *browser {
	t.Helper()
	other := p.addAgency(t, "OTHER", "Autres Voyages")
	return p.asPerson(t, p.addPerson(t, account.User{
		Email: "agent@other.test", Name: "Dominique Petit", Role: account.Agent, AgencyID: other.ID,
	}))
}

func (p *portal) addAgency(t *testing.T, code, name string) account.Agency {
	t.Helper()
	a, err := p.store.CreateAgency(t.Context(), account.Agency{
		Name: name, Code: code, Timezone: "Europe/Paris", PaymentMethods: []string{"card_terminal", "cash"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (p *portal) addPerson(t *testing.T, u account.User) account.User {
	t.Helper()
	u.Language, u.PasswordHash = "en", testHash()
	u, err := p.store.CreateUser(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// moveClock sets the clocks of the portal (the process's and the database's)
// and of the supplier.
func (p *portal) moveClock(t *testing.T, ahead time.Duration) {
	t.Helper()
	p.ahead.Store(int64(ahead))
	dbtest.MoveClock(t, p.pool, ahead)
	p.sim.SetClockOffset(ahead)
}

// browser keeps cookies and follows no redirect.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	header http.Header // sent along with every request
}

// nobody is a browser in which nobody is signed in.
func (p *portal) nobody(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{
		t: t, url: p.url, client: &http.Client{Jar: jar, CheckRedirect: stay},
		header: http.Header{"Accept-Language": {"en"}},
	}
}

// as is a browser in which somebody of the role is signed in.
func (p *portal) as(t *testing.T, role account.Role) *browser {
	t.Helper()
	if role == "" {
		return p.nobody(t)
	}
	return p.asPerson(t, p.people[role])
}

// asPerson is a browser with a session, begun without the password, whose hash
// is slow on purpose.
func (p *portal) asPerson(t *testing.T, u account.User) *browser {
	t.Helper()
	sessions := p.server.SessionManager
	ctx, err := sessions.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := sessions.RenewToken(ctx); err != nil {
		t.Fatal(err)
	}
	token, _, err := sessions.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session := auth.Session{Key: auth.SessionKey(token), UserID: u.ID, Device: "test"}
	if err := p.server.Auth.BeginSession(t.Context(), session, true); err != nil {
		t.Fatal(err)
	}
	b := p.nobody(t)
	b.setCookie(sessions.Cookie.Name, token)
	return b
}

// answer is what came back, read as a page.
type answer struct {
	status   int
	header   http.Header
	location string
	body     string
	doc      *html.Node
}

func (b *browser) get(path string) *answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// post sends a form; fields are names and values in turn.
func (b *browser) post(path string, fields ...string) *answer {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, values)
}

func (b *browser) do(method, path string, fields url.Values) *answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.ask(req)
}

// sendBody posts a body as the browser's headers describe it.
func (b *browser) sendBody(path string, body io.Reader) *answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	return b.ask(req)
}

func (b *browser) ask(req *http.Request) *answer {
	b.t.Helper()
	method, path := req.Method, req.URL.Path
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() {
		if err := resp.Body.Close(); err != nil {
			b.t.Error(err)
		}
	}()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, location: resp.Header.Get("Location"), body: string(body)}
	a.location, _, _ = strings.Cut(a.location, "#")                          // which a browser does not send
	if method == http.MethodPost && strings.Contains(a.location, "?kept=") { // the page that answers is shown by GET
		shown := b.get(a.location)
		shown.header.Set("X-Request-Id", a.header.Get("X-Request-Id"))
		return shown
	}
	if a.doc, err = html.Parse(strings.NewReader(a.body)); err != nil {
		b.t.Fatal(err)
	}
	isPage := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && strings.Contains(a.body, "<html")
	if isPage && method != http.MethodHead {
		for _, problem := range htmlcheck.Problems(body) {
			b.t.Errorf("%s %s: %s", method, path, problem)
		}
		if problem := a.silent(); problem != "" {
			b.t.Errorf("%s %s: %s", method, path, problem)
		}
	}
	return a
}
