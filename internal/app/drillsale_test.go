package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/internal/restore"
	"guichet/internal/simulator"
	"guichet/internal/statement"
)

// drill is a portal that sells, loses its database, and goes on with a restored one.
type drill struct {
	t      *testing.T
	sim    *simulator.Simulator
	c      config.Config
	portal *app.Portal
	agent  account.Actor
	desk   account.Actor
	admin  account.Actor
}

func newDrill(t *testing.T, profile, database string) *drill {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: time.Now, Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(sim.Handler())
	t.Cleanup(there.Close)
	d := &drill{t: t, sim: sim, c: settings(database, there.URL)}
	d.c.StateDir = t.TempDir()
	if !strings.Contains(database, "guichet_test_") { // a server of its own, with one role
		d.c.DatabaseURL = database
	}
	d.open(database)
	d.agent = newAgent(t, database)
	d.desk = d.staff(database, account.CustomerService)
	d.admin = d.staff(database, account.Admin)
	return d
}

func (d *drill) staff(database string, role account.Role) account.Actor {
	d.t.Helper()
	a := account.Actor{Name: string(role), Role: role}
	d.query(database, `INSERT INTO users (email, name, role, password_hash, language) VALUES ($1 || '@example.test', $1, $1, '', 'fr') RETURNING id`, []any{string(role)}, &a.UserID)
	return a
}

func (d *drill) query(database, sql string, args []any, to ...any) {
	d.t.Helper()
	ctx := context.WithoutCancel(d.t.Context())
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, sql, args...).Scan(to...); err != nil {
		d.t.Fatalf("%s: %v", sql, err)
	}
}

// open starts the portal's process on a database, with what it remembers.
func (d *drill) open(database string) {
	d.t.Helper()
	d.c.OwnerDatabaseURL = database
	if strings.Contains(d.c.DatabaseURL, "role=") {
		d.c.DatabaseURL = dbtest.AsApplication(database)
	} else {
		d.c.DatabaseURL = database
	}
	var err error
	if d.portal, err = app.Open(d.t.Context(), d.c, time.Now, quiet); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.portal.Close)
}

func (d *drill) quote(plate string) booking.Draft {
	d.t.Helper()
	from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
	q, err := d.portal.Bookings.Quote(d.t.Context(), d.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err != nil {
		d.t.Fatal(err)
	}
	q, err = d.portal.Bookings.SaveCustomer(d.t.Context(), d.agent, q.ID, booking.CustomerForm{
		FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34", Make: "Renault", Model: "Clio", Color: "bleue", Plate: plate, Language: "fr",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return q
}

func (d *drill) book(q booking.Draft) (booking.Booking, error) {
	return d.portal.Bookings.Book(d.t.Context(), d.agent, booking.BookRequest{DraftID: q.ID, Version: q.Version, PayMethod: "cash"})
}

func (d *drill) pay(b booking.Booking) (booking.Booking, error) {
	return d.portal.Bookings.Pay(d.t.Context(), d.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
}

func (d *drill) sell(q booking.Draft) booking.Booking {
	d.t.Helper()
	b, err := d.book(q)
	if err == nil {
		b, err = d.pay(b)
	}
	if err != nil || b.State != booking.Confirmed {
		d.t.Fatalf("%s, %v", b.State, err)
	}
	return b
}

func (d *drill) frozen() bool {
	d.t.Helper()
	frozen, err := d.portal.Bookings.Frozen(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return frozen
}

// run is the whole drill: sales before the backup, after it, while the portal is
// frozen, and when it is open again.
func (d *drill) run(backup func(), bring func() string, signs ...restore.Sign) {
	t, ctx := d.t, d.t.Context()
	kept := d.sell(d.quote("AA-000-AA"))
	a, err := d.book(d.quote("AA-001-AA"))
	if err != nil {
		t.Fatal(err)
	}
	e := d.quote("AA-003-AA")
	backup()
	if a, err = d.pay(a); err != nil || a.State != booking.Confirmed {
		t.Fatalf("%s, %v", a.State, err)
	}
	sold := []booking.Booking{d.sell(d.quote("AA-002-AA")), d.sell(e)}
	d.portal.Close()
	d.open(bring())

	event, left, err := d.portal.Bookings.Restored(ctx, d.admin)
	if err != nil || !d.frozen() || left.States[booking.Held] != 1 || left.Drafts != 1 {
		t.Fatalf("frozen %v, %+v, %+v, %v", d.frozen(), event, left, err)
	}
	for _, s := range signs {
		if !slices.Contains(event.Signs, s) {
			t.Errorf("it was noticed by %v, not by %s", event.Signs, s)
		}
	}
	if b := d.now(kept.Ref); b.State != booking.Confirmed || b.Uncompared {
		t.Errorf("what was paid before the backup is %s, uncompared %v", b.State, b.Uncompared)
	}
	if _, err := d.book(d.quote("AA-004-AA")); !errors.Is(err, booking.ErrFrozen) {
		t.Errorf("a sale while it is frozen: %v", err)
	}
	d.nobodyTouches(a, e)
	if err := d.portal.MoveClock(ctx, 65*time.Minute); err != nil {
		t.Fatal(err)
	}
	d.sim.SetClockOffset(65 * time.Minute)
	d.nobodyTouches(a, e)
	if err := d.portal.Bookings.Unfreeze(ctx, d.admin); err != nil {
		t.Fatal(err)
	}
	d.nobodyTouches(a, e)
	d.compare(append(sold, a))
	if b := d.now(a.Ref); b.State != booking.Confirmed || b.Uncompared {
		t.Errorf("A is %s after the comparison, uncompared %v", b.State, b.Uncompared)
	}
	unknown, err := d.portal.Bookings.UnknownBookings(ctx, d.desk, 10)
	if err != nil || len(unknown) != 2 || unknown[0].SupplierID != sold[0].SupplierID || unknown[1].SupplierID != sold[1].SupplierID {
		t.Errorf("found: %+v, %v", unknown, err)
	}
	var same *booking.SamePlateError
	if _, err := d.book(d.quote("AA-003-AA")); !errors.As(err, &same) {
		t.Errorf("E again by a new quote: %v", err)
	}
	d.sell(d.quote("AA-005-AA"))
	for _, there := range d.sim.Ledger() {
		if there.PayCount > 1 {
			t.Errorf("%s is paid %d times there", there.ID, there.PayCount)
		}
	}
	var said strings.Builder
	if err := app.Verify(ctx, d.c, app.Heads{}, &said); err != nil {
		t.Errorf("what was restored, and what was done since, does not agree: %v\n%s", err, said.String())
	}
}

func (d *drill) now(ref string) booking.Booking {
	d.t.Helper()
	b, err := d.portal.Bookings.Booking(d.t.Context(), account.Everything(), ref)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// nobodyTouches shows that a booking that was paid since can neither expire nor be
// paid again, and that a quote that was sold since is not booked.
func (d *drill) nobodyTouches(a booking.Booking, e booking.Draft) {
	d.t.Helper()
	if n, err := d.portal.Bookings.Expire(d.t.Context()); n != 0 || err != nil {
		d.t.Errorf("%d expired, %v", n, err)
	}
	b := d.now(a.Ref)
	if b.State != booking.Held || !b.Uncompared {
		d.t.Errorf("A is %s, uncompared %v", b.State, b.Uncompared)
	}
	if _, err := d.pay(b); !errors.Is(err, booking.ErrUncompared) && !errors.Is(err, booking.ErrFrozen) {
		d.t.Errorf("pay A again: %v", err)
	}
	if _, err := d.portal.Bookings.Drop(d.t.Context(), d.agent, b.Ref, b.Version); !errors.Is(err, booking.ErrUncompared) {
		d.t.Errorf("drop A: %v", err)
	}
	if _, err := d.book(e); !errors.Is(err, booking.ErrUncompared) {
		d.t.Errorf("book E again: %v", err)
	}
}

// compare reads a statement that bills some bookings.
func (d *drill) compare(billed []booking.Booking) {
	d.t.Helper()
	file := "id;ref;plate;from;to;amount\n"
	for _, b := range billed {
		file += fmt.Sprintf("%s;%s;%s;%s;%s;%d,%02d\n", b.SupplierID, b.SupplierRef, b.Car.Plate,
			b.Stay.FromWall.Format("2006-01-02 15:04"), b.Stay.ToWall.Format("2006-01-02 15:04"), b.Due().Cents/100, b.Due().Cents%100)
	}
	day := time.Now().UTC().Truncate(24 * time.Hour)
	st, err := d.portal.Statements.Import(d.t.Context(), d.desk, statement.Upload{
		FileName: "s.csv", File: strings.NewReader(file), From: day.AddDate(0, 0, -5), To: day, About: statement.AboutPayments,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	_, _, err = d.portal.Statements.Compare(d.t.Context(), d.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: statement.Columns{"supplier_id": 0, "supplier_ref": 1, "plate": 2, "from": 3, "to": 4, "amount": 5},
		Words: func(_ string, line int) string { return fmt.Sprint("line ", line) },
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// tool runs one of PostgreSQL's programs of the server that a database is on.
func (d *drill) tool(database, name string, args ...string) {
	d.t.Helper()
	d.says(database, name, args...)
}

// says is tool, and returns what the program prints.
func (d *drill) says(database, name string, args ...string) string {
	d.t.Helper()
	var bin string
	d.query(database, `SELECT setting FROM pg_config WHERE name = 'BINDIR'`, nil, &bin)
	out, err := exec.CommandContext(d.t.Context(), filepath.Join(bin, name), args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
