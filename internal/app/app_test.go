package app_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/internal/simulator"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const otherSealing = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

const sealing = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

var quiet = slog.New(slog.DiscardHandler)

func settings(database, supplier string) config.Config {
	return config.Config{DatabaseURL: dbtest.AsApplication(database), OwnerDatabaseURL: database, SupplierURL: supplier, SupplierKey: simulator.DefaultKey, SecretKey: sealing, DefaultTimezone: "Europe/Paris"}
}

func newSimulator(t *testing.T) (*simulator.Simulator, string) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(sim.Handler())
	t.Cleanup(there.Close)
	return sim, there.URL
}

// Each reason not to start says in one message what to do.
func TestOpenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	database := func(t *testing.T, change string) string {
		t.Helper()
		url := dbtest.URL(t)
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		return url
	}
	for name, c := range map[string]struct {
		settings func(t *testing.T) config.Config
		says     []string
	}{
		"old schema": {func(t *testing.T) config.Config {
			t.Helper()
			return settings(database(t, `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`), there)
		}, []string{"portal migrate", "version"}},
		"moved clock": {func(t *testing.T) config.Config {
			t.Helper()
			return settings(database(t, `UPDATE portal_clock SET clock_offset = '1 minute'`), "https://api-next.ectorparking.com")
		}, []string{"clock_offset"}},
		"no second factor on production": {func(t *testing.T) config.Config {
			t.Helper()
			c := settings(dbtest.URL(t), "https://api.ectorparking.com")
			c.SecondFactor = "off"
			return c
		}, []string{"GUICHET_SECOND_FACTOR", "production"}},
		"no public address on a real supplier": {func(t *testing.T) config.Config {
			t.Helper()
			c := settings(dbtest.URL(t), "https://supplier.invalid")
			c.SecondFactor = config.Required
			return c
		}, []string{"GUICHET_CANONICAL_URL", "links in mails"}},
		"open to a network, no proxy trusted, on a real supplier": {func(t *testing.T) config.Config {
			t.Helper()
			c := settings(dbtest.URL(t), "https://supplier.invalid")
			c.SecondFactor, c.CanonicalURL, c.Addr = config.Required, "https://guichet.test", ":8080"
			return c
		}, []string{"GUICHET_TRUSTED_PROXIES", "proxy"}},
		"another key": {func(t *testing.T) config.Config {
			t.Helper()
			c := settings(dbtest.URL(t), there)
			portal, err := app.Open(t.Context(), c, time.Now, quiet)
			if err != nil {
				t.Fatal(err)
			}
			portal.Close()
			c.SecretKey = otherSealing
			return c
		}, []string{"GUICHET_SECRET_KEY is not the key", "NEW,OLD"}},
		"another key, with a database of the release before": {func(t *testing.T) config.Config {
			t.Helper()
			c := settings(database(t, `
				INSERT INTO users (email, name, role, language, password_hash) VALUES ('a@example.test', 'A', 'admin', 'fr', '');
				INSERT INTO second_factors (user_id, secret, confirmed_at) SELECT id, sha256('x'), now() FROM users`), there)
			return c
		}, []string{"GUICHET_SECRET_KEY is not the key", "second_factors"}},
		"unreadable address": {func(*testing.T) config.Config {
			c := settings("postgres://127.0.0.1/none", there)
			c.DatabaseURL = "postgres://%zz"
			return c
		}, []string{"GUICHET_DATABASE_URL", "postgres://user:password@host/database"}},
		"no database": {func(*testing.T) config.Config {
			return settings("postgres://nobody:hush@127.0.0.1:1/none", there)
		}, []string{"GUICHET_DATABASE_URL", "does not answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			portal, err := app.Open(t.Context(), c.settings(t), time.Now, quiet)
			if err == nil {
				portal.Close()
				t.Fatal("it opened")
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not speak of %q", err, text)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("%q gives the password away", err)
			}
		})
	}
}

// The settings bound what a page asks of the database.
func TestStatementsAreBoundBySettings(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	url := dbtest.URL(t)
	c := settings(url, there)
	c.StatementTimeout = 200 * time.Millisecond
	portal, err := app.Open(t.Context(), c, time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = tx.ExecContext(t.Context(), `LOCK portal_state IN ACCESS EXCLUSIVE MODE`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	rec := httptest.NewRecorder()
	portal.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sign-in", nil))
	if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "data-testid") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(rec.Body.String(), "base de données met trop de temps") {
		t.Errorf("it says: %s", rec.Body)
	}
}

// The supplier may be away when the portal starts: the last zones serve.
func TestOpensWithoutTheSupplier(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	url := dbtest.URL(t)
	portal, err := app.Open(t.Context(), settings(url, there), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	portal.Close()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	dbtest.MoveClock(t, pool, 2*booking.ZoneAge) // so that the copy is to be renewed
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	portal, err = app.Open(t.Context(), settings(url, away.URL), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	zones, err := portal.Bookings.Zones(t.Context())
	if err != nil || len(zones.Zones) == 0 {
		t.Errorf("%d zones, %v", len(zones.Zones), err)
	}
}

func TestTheClockIsMovedOnTheSimulatorOnly(t *testing.T) {
	t.Parallel()
	c := settings(dbtest.URL(t), "https://supplier.invalid")
	c.SecondFactor, c.CanonicalURL = config.Required, "https://guichet.test"
	portal, err := app.Open(t.Context(), c, time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	if err := portal.MoveClock(t.Context(), time.Hour); err == nil {
		t.Error("the clock moved")
	}
}

// A portal that is stopped while a booking is at the supplier's answers nobody
// anew, waits for the answer and records it.
func TestStopWaitsForTheSupplier(t *testing.T) {
	t.Parallel()
	sim, there := newSimulator(t)
	url := dbtest.URL(t)
	portal, err := app.Open(t.Context(), settings(url, there), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	listener, err := app.Listen(t.Context(), "GUICHET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- portal.Run(ctx, listener) }()
	if code := ask(t, listener.Addr(), "/readyz"); code != http.StatusOK {
		t.Fatalf("ready: %d", code)
	}
	agent := newAgent(t, url)
	d := draft(t, portal.Bookings, agent)
	if err := sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "latency", Count: 1, Latency: time.Second}); err != nil {
		t.Fatal(err)
	}
	booked := make(chan booking.Booking, 1)
	go func() {
		b, err := portal.Bookings.Book(context.WithoutCancel(ctx), agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
		if err != nil {
			t.Error(err)
		}
		booked <- b
	}()
	for len(sim.Ledger()) == 0 {
		if ctx.Err() != nil {
			t.Fatal("the supplier was never asked")
		}
	}
	stop()
	if err := <-ran; err != nil {
		t.Errorf("run: %v", err)
	}
	if b := <-booked; b.State != booking.Held {
		t.Errorf("the booking is %s", b.State)
	}
	if portal.Ready(t.Context()) == nil {
		t.Error("it still says that it is ready")
	}
}

func ask(t *testing.T, addr net.Addr, path string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func newAgent(t *testing.T, url string) account.Actor {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	a := account.Actor{Name: "Camille", Role: account.Agent}
	err = pool.QueryRow(t.Context(), `
		WITH a AS (INSERT INTO agencies (name, code, timezone, payment_methods) VALUES ('One', 'ONE', 'Europe/Paris', '{cash}') RETURNING id)
		INSERT INTO users (agency_id, email, name, role, language, theme, password_hash)
		SELECT id, 'agent@example.test', 'Camille', 'agent', 'fr', 'auto', '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
		FROM a RETURNING id, agency_id`).Scan(&a.UserID, &a.AgencyID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func draft(t *testing.T, s *booking.Service, agent account.Actor) booking.Draft {
	t.Helper()
	from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
	d, err := s.Quote(t.Context(), agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	d, err = s.SaveCustomer(t.Context(), agent, d.ID, booking.CustomerForm{
		FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
		Make: "Renault", Model: "Clio", Color: "bleue", Plate: "AA-001-AA", Language: "fr",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
