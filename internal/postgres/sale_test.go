package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/report"
	"guichet/internal/simulator"
	"guichet/internal/supplier"
)

// shop sells on the store, with the simulator over HTTP.
type shop struct {
	*booking.Service
	t     *testing.T
	pool  *pgxpool.Pool
	store *postgres.Store

	agent, other, desk account.Actor
}

func newShop(t *testing.T) *shop {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: time.Now, Keys: []string{"key"}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(sim.Handler())
	t.Cleanup(srv.Close)
	log := slog.New(slog.DiscardHandler)
	client, err := supplier.New(supplier.Options{BaseURL: srv.URL, Keys: func() []string { return []string{"key"} }, Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	x := &shop{t: t, pool: dbtest.New(t)}
	x.store = postgres.NewStore(x.pool)
	x.Service = booking.NewService(context.WithoutCancel(t.Context()), x.store, client, time.Now, log)
	t.Cleanup(x.Wait)
	if err := x.RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	people := postgres.NewAccounts(x.pool)
	for code, into := range map[string]*account.Actor{"ONE": &x.agent, "TWO": &x.other, "": &x.desk} {
		u, a := account.User{Email: account.NormalEmail("a" + code + "@example.test"), Name: "A" + code, Role: account.CustomerService}, account.Agency{}
		if code != "" {
			if a, err = people.CreateAgency(t.Context(), account.Agency{Code: code, Name: code, Timezone: "Europe/Paris", PaymentMethods: []string{"cash"}, AgentsMayCancel: true}); err != nil {
				t.Fatal(err)
			}
			u.Role, u.AgencyID = account.Agent, a.ID
		}
		if u, err = people.CreateUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		*into = account.ActorOf(u, a)
	}
	return x
}

// held reserves a place in a car park, days from now.
func (x *shop) held(who account.Actor, plate string, days int) booking.Booking {
	x.t.Helper()
	ctx := x.t.Context()
	from := time.Now().UTC().AddDate(0, 0, days).Truncate(24 * time.Hour).Add(6 * time.Hour)
	d, err := x.Quote(ctx, who, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err == nil {
		d, err = x.ChooseServices(ctx, who, d.ID, []string{booking.CancellationInsurance})
	}
	if err == nil {
		d, err = x.SaveCustomer(ctx, who, d.ID, booking.CustomerForm{
			FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
			Make: "Renault", Model: "Clio", Color: "blue", Plate: plate, Language: "fr",
		})
	}
	var b booking.Booking
	if err == nil {
		b, err = x.Book(ctx, who, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
	}
	if err != nil || b.State != booking.Held {
		x.t.Fatal(b.State, err)
	}
	return b
}

func (x *shop) paid(who account.Actor, plate string, days int) booking.Booking {
	x.t.Helper()
	b := x.held(who, plate, days)
	b, err := x.Pay(x.t.Context(), who, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash", Receipt: "T-42"})
	if err != nil || b.State != booking.Confirmed {
		x.t.Fatal(b.State, err)
	}
	return b
}

// A booking is read as it was sold, by its agency and by staff; its records agree.
func TestASaleIsRead(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	b := x.paid(x.agent, "AB-100-CD", 40)
	read, err := x.store.Booking(ctx, account.Only(x.agent.AgencyID), b.Ref)
	if err != nil || read.Customer.LastName != "Lévy" || read.Car.Plate != b.Car.Plate || read.Receipt != "T-42" || read.Due() != b.Due() || !read.Stay.From.Equal(b.Stay.From) {
		t.Errorf("%+v, %v", read, err)
	}
	if _, err := x.store.Booking(ctx, account.Only(x.other.AgencyID), b.Ref); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("by another agency: %v", err)
	}
	if _, err := x.store.Booking(ctx, account.Scope{}, b.Ref); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("by nobody: %v", err)
	}
	if found, err := x.store.BySupplier(ctx, account.Everything(), b.SupplierID); err != nil || found.Ref != b.Ref {
		t.Errorf("by the supplier's id: %s, %v", found.Ref, err)
	}
	attempts, err := x.store.Attempts(ctx, b.ID)
	if err != nil || len(attempts) != 2 || attempts[0].Operation != "create" || attempts[1].Operation != "pay" {
		t.Errorf("%d attempts, %v", len(attempts), err)
	}
	records := 0
	err = x.store.EachRecord(ctx, func(r booking.Record) error {
		records++
		if problems := r.Problems(); len(problems) != 0 {
			t.Errorf("%s: %v", r.Ref, problems)
		}
		return nil
	})
	if err != nil || records != 1 {
		t.Errorf("%d records, %v", records, err)
	}
	customers, err := x.store.FindCustomers(ctx, x.agent.AgencyID, "lév", 5)
	if err != nil || len(customers) != 1 {
		t.Errorf("%d customers, %v", len(customers), err)
	}
	if list, err := x.store.FindCustomers(ctx, x.other.AgencyID, "lév", 5); err != nil || len(list) != 0 {
		t.Errorf("another agency knows %d, %v", len(list), err)
	}
	health, err := x.store.WriteHealth(ctx, "simulator", time.Hour)
	if err != nil || len(health) != 3 || health[0].Calls != 1 || health[1].Calls != 1 || health[2].Calls != 0 {
		t.Errorf("%+v, %v", health, err)
	}
	if n, err := x.store.Backlog(ctx, "simulator"); err != nil || n.Open != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}

// Every order lists the same bookings, each page following the one before, and only
// those of the scope.
func TestListsInEveryOrder(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	for i, plate := range []string{"AB-201-CD", "AB-202-CD", "AB-203-CD"} {
		x.held(x.agent, plate, 40+i)
	}
	x.held(x.other, "AB-204-CD", 44)
	for _, sort := range []booking.Sort{
		booking.NewestFirst, booking.OldestFirst, booking.DropOffFirst, booking.DropOffLast, booking.ReturnFirst, booking.ReturnLast,
		booking.TotalFirst, booking.TotalLast, booking.DueFirst,
	} {
		for _, scope := range []account.Scope{account.Only(x.agent.AgencyID), account.Everything()} {
			f := booking.Filter{Sort: sort, Limit: 100}
			if sort == booking.DueFirst {
				f.Payable = "simulator"
			}
			want := x.refs(scope, f)
			if n := map[bool]int{true: 4, false: 3}[scope.All()]; len(want) != n {
				t.Errorf("%v: %d bookings, want %d", sort, len(want), n)
			}
			f.Limit = 1
			var got []string
			for range want {
				page, err := x.store.List(ctx, scope, f)
				if err != nil || len(page.Bookings) == 0 {
					t.Fatal(sort, err)
				}
				got = append(got, page.Bookings[0].Ref)
				f.Before = sort.Place(page.Bookings[0])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v: one by one %v, at once %v", sort, got, want)
			}
		}
	}
	if list := x.refs(account.Scope{}, booking.Filter{Limit: 9}); len(list) != 0 {
		t.Errorf("nobody sees %v", list)
	}
}

func (x *shop) refs(scope account.Scope, f booking.Filter) (refs []string) {
	x.t.Helper()
	page, err := x.store.List(x.t.Context(), scope, f)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, b := range page.Bookings {
		refs = append(refs, b.Ref)
	}
	return refs
}

func TestAListIsFiltered(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	held, paid := x.held(x.agent, "AB-301-CD", 40), x.paid(x.other, "AB-302-CD", 60)
	yes, no, much := true, false, int64(1_000_000_00)
	for name, k := range map[string]struct {
		f    booking.Filter
		want []string
	}{
		"a plate":       {booking.Filter{Text: "ab302cd"}, []string{paid.Ref}},
		"a name":        {booking.Filter{Text: "lévy"}, []string{paid.Ref, held.Ref}},
		"a state":       {booking.Filter{States: []booking.State{booking.Confirmed}}, []string{paid.Ref}},
		"two states":    {booking.Filter{States: []booking.State{booking.Confirmed, booking.Held}}, []string{paid.Ref, held.Ref}},
		"a zone":        {booking.Filter{Zones: []string{"CDG"}}, []string{paid.Ref, held.Ref}},
		"another zone":  {booking.Filter{Zones: []string{"ORY"}}, nil},
		"an agency":     {booking.Filter{Agency: x.agent.AgencyID}, []string{held.Ref}},
		"a seller":      {booking.Filter{Seller: x.other.UserID}, []string{paid.Ref}},
		"insured":       {booking.Filter{Insured: &yes}, []string{paid.Ref, held.Ref}},
		"not insured":   {booking.Filter{Insured: &no}, nil},
		"expensive":     {booking.Filter{Min: &much}, nil},
		"not expensive": {booking.Filter{Max: &much}, []string{paid.Ref, held.Ref}},
		"created":       {booking.Filter{By: booking.ByCreation, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)}, []string{paid.Ref, held.Ref}},
		"dropped off":   {booking.Filter{By: booking.ByDropOff, From: time.Now().UTC().AddDate(0, 0, 50), To: time.Now().UTC().AddDate(0, 0, 70)}, []string{paid.Ref}},
		"payable":       {booking.Filter{Payable: "simulator", States: []booking.State{booking.Held}, Sort: booking.DueFirst}, []string{held.Ref}},
		"uncompared":    {booking.Filter{Uncompared: "simulator"}, nil},
	} {
		k.f.Limit = 10
		if got := x.refs(account.Everything(), k.f); !slices.Equal(got, k.want) {
			t.Errorf("%s: %v, want %v", name, got, k.want)
		}
		var each []string
		err := x.store.Each(ctx, account.Everything(), k.f, func(b booking.Booking) error { each = append(each, b.Ref); return nil })
		if err != nil || !slices.Equal(each, k.want) {
			t.Errorf("%s, one by one: %v, want %v, %v", name, each, k.want, err)
		}
	}
	unpaid, err := x.store.Unpaid(ctx, account.Only(x.agent.AgencyID), "simulator")
	if err != nil || unpaid.Count != 1 {
		t.Errorf("%+v, %v", unpaid, err)
	}
}

func TestSalesAreCounted(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	x.held(x.agent, "AB-401-CD", 40)
	x.paid(x.agent, "AB-402-CD", 41)
	x.paid(x.other, "AB-403-CD", 42)
	p := report.Period{From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour), Timezone: "Europe/Paris"}
	r, err := x.store.Report(t.Context(), account.Only(x.agent.AgencyID), p)
	if err != nil {
		t.Fatal(err)
	}
	all, err := x.store.Report(t.Context(), account.Everything(), p)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Zones) != 1 || len(r.Days) != 1 || len(r.Agencies) != 1 || len(all.Agencies) != 2 || r.Total.Paid != 1 || all.Total.Paid != 2 {
		t.Errorf("of one agency %+v, of all %+v", r, all)
	}
	p.From, p.To = p.From.Add(-48*time.Hour), p.From
	if r, err := x.store.Report(t.Context(), account.Everything(), p); err != nil || len(r.Zones) != 0 {
		t.Errorf("before: %+v, %v", r, err)
	}
}

func TestACaseIsKept(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	b := x.paid(x.agent, "AB-501-CD", 40)
	if err := x.AddNote(ctx, x.agent, b.Ref, "called"); err != nil {
		t.Fatal(err)
	}
	cancelled, err := x.Cancel(ctx, x.agent, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "illness"})
	if err != nil || cancelled.State != booking.Cancelled {
		t.Fatalf("%s, %v", cancelled.State, err)
	}
	open, due, err := x.QueueCount(ctx, x.desk)
	if err != nil || open != 0 || due != 0 {
		t.Errorf("%d open, %d due, %v", open, due, err)
	}
	queue, err := x.Queue(ctx, x.desk, 9)
	if err != nil || len(queue) != 0 {
		t.Errorf("%v, %v", queue, err)
	}
	again, err := x.Rebook(ctx, x.agent, b.Ref)
	if err != nil || again.ID == "" {
		t.Errorf("booked again: %v", err)
	}
	if list, err := x.store.RecentDrafts(ctx, x.agent.AgencyID, x.agent.UserID, 5); err != nil || len(list) == 0 {
		t.Errorf("%d drafts, %v", len(list), err)
	}
}
