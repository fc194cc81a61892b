package statement_test

import (
	"context"
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
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// counter is a database with the real services on a simulator, an agent who sells
// and somebody of customer service.
type env struct {
	*statement.Service
	t        testing.TB
	bookings *booking.Service
	pool     *pgxpool.Pool
	store    postgres.Statements
	sim      *simulator.Simulator
	ahead    time.Duration

	agent, desk account.Actor
}

func newEnv(t testing.TB) *env {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: time.Now, Keys: []string{"test-key"}})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(sim.Handler())
	t.Cleanup(there.Close)
	c := &env{t: t, pool: dbtest.New(t), sim: sim}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	client, err := supplier.New(supplier.Options{
		BaseURL: there.URL, Keys: func() []string { return []string{"test-key"} }, Now: time.Now, Log: log,
		Timeouts: supplier.Timeouts{Write: 2 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	store := postgres.NewStore(dbtest.Application(t, c.pool))
	stop, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	c.bookings = booking.NewService(stop, store, client, time.Now, log)
	if err := c.bookings.RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	c.store = postgres.Statements{Store: store}
	c.Service = statement.NewService(c.store, c.bookings)
	agency, err := postgres.NewAccounts(c.pool).CreateAgency(t.Context(), account.Agency{
		Name: "Agency", Code: "one", Timezone: "Europe/Paris", PaymentMethods: []string{"cash"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.agent, c.desk = c.person(agency, account.Agent), c.person(account.Agency{}, account.CustomerService)
	return c
}

func (c *env) person(agency account.Agency, role account.Role) account.Actor {
	c.t.Helper()
	u, err := postgres.NewAccounts(c.pool).CreateUser(c.t.Context(), account.User{
		AgencyID: agency.ID, Email: string(role) + "@example.test", Name: "Person " + agency.Code, Role: role, Language: "fr", Theme: "auto",
		PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return account.ActorOf(u, agency)
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

// pay sells a stay of eight days in forty days and declares its payment.
func (c *env) pay(plate string) booking.Booking {
	c.t.Helper()
	ctx, s := c.t.Context(), c.bookings
	from := today(c).AddDate(0, 0, 40).Add(6*time.Hour + 5*time.Minute)
	d, err := s.Quote(ctx, c.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err == nil {
		d, err = s.SaveCustomer(ctx, c.agent, d.ID, booking.CustomerForm{
			FirstName: "Zoé", LastName: "O’Hara-Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
			Make: "Renault", Model: "Clio", Color: "blue", Plate: plate, Language: "fr",
		})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := s.Book(ctx, c.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
	if err == nil {
		b, err = s.Pay(ctx, c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
	}
	return must(c.t, b, err)
}

func (c *env) paid(plate string) booking.Booking {
	c.t.Helper()
	b := c.pay(plate)
	if b.State != booking.Confirmed {
		c.t.Fatalf("booking is %s, not confirmed", b.State)
	}
	return b
}

// payLost returns a booking that is paid there, of which nobody knows here.
func (c *env) payLost(plate string) booking.Booking {
	c.t.Helper()
	if err := c.sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after", Count: 1}); err != nil {
		c.t.Fatal(err)
	}
	b := c.pay(plate)
	if b.State != booking.PayUnknown {
		c.t.Fatalf("booking is %s, not unknown", b.State)
	}
	return b
}

// now returns the booking as it stands.
func (c *env) now(ref string) booking.Booking {
	c.t.Helper()
	b, err := c.bookings.Booking(c.t.Context(), account.Everything(), ref)
	return must(c.t, b, err)
}

var (
	idAndAmount = statement.Columns{"supplier_id": 0, "amount": 1}
	sixColumns  = statement.Columns{"supplier_id": 0, "supplier_ref": 1, "plate": 2, "from": 3, "to": 4, "amount": 5}
)

func today(c *env) time.Time { return time.Now().UTC().Add(c.ahead).Truncate(24 * time.Hour) }

func (c *env) statement(file string) statement.Statement {
	c.t.Helper()
	st, err := c.Import(c.t.Context(), c.desk, statement.Upload{
		FileName: "november.csv", File: strings.NewReader(file), From: today(c).AddDate(0, 0, -10), To: today(c).AddDate(0, 0, 1), About: statement.AboutPayments,
	})
	return must(c.t, st, err)
}

func (c *env) compare(st statement.Statement, columns statement.Columns) (statement.Statement, statement.Compared, error) {
	c.t.Helper()
	return c.Compare(c.t.Context(), c.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: columns, Words: func(_ string, line int) string { return fmt.Sprintf("line %d", line) },
	})
}

func cents(m booking.Money) string { return fmt.Sprintf("%d,%02d €", m.Cents/100, m.Cents%100) }

// classes are the classes of all lines that do not agree, by number.
func (c *env) classes(st statement.Statement) map[int]booking.LineClass {
	c.t.Helper()
	out := map[int]booking.LineClass{}
	for after := 0; ; {
		lines, err := c.LinesOf(c.t.Context(), st, "", after, 1000)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(lines) == 0 {
			return out
		}
		for _, l := range lines {
			if after = l.Number; l.Class != booking.LineAgrees {
				out[l.Number] = l.Class
			}
		}
	}
}
