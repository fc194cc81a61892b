package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/contact"
	"guichet/internal/dbtest"
	"guichet/internal/invalid"
	"guichet/internal/simulator"
	"guichet/internal/walltime"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// resting are the states in which a booking can stay; the other three last
// only while the supplier is being called.
func resting() []booking.State {
	return slices.DeleteFunc(booking.States(), booking.State.InFlight)
}

// newShop is a shop on a database and a simulator of its own.
func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{clock: &clock{}, log: io.Discard}
	var err error
	if s.sim, err = simulator.New(simulator.Options{Now: s.clock.Now}); err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(s.sim.Handler())
	t.Cleanup(there.Close)
	c := config.Config{DatabaseURL: dbtest.URL(t), SupplierURL: there.URL, SupplierKey: simulator.DefaultKey, SecretKey: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	if s.portal, err = app.Open(t.Context(), c, s.clock.Now, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.portal.Close)
	if s.people, err = seedPeople(t.Context(), s.portal.People); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) bookings(t *testing.T) []booking.Booking {
	t.Helper()
	list, err := s.portal.Bookings.List(t.Context(), account.Everything(), booking.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return list.Bookings
}

func TestThePastIsSoldAsPlanned(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	begun := time.Now()
	sales, err := plan(begun, 40)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.sell(t.Context(), sales); err != nil {
		t.Fatal(err)
	}
	list := s.bookings(t)
	if len(list) != len(sales) {
		t.Errorf("%d bookings of %d sales", len(list), len(sales))
	}
	states := map[booking.State]int{}
	for _, b := range list {
		states[b.State]++
		left := b.PayBy.Sub(begun)
		if b.State == booking.Held && (left < 20*time.Minute || left > 55*time.Minute) {
			t.Errorf("%s is to be paid in %s", b.Ref, left)
		}
		if b.State == booking.CreateUnknown && b.Fence.Before(begun) {
			t.Errorf("%s should have lapsed", b.Ref)
		}
	}
	for _, state := range resting() {
		if states[state] == 0 {
			t.Errorf("none is %s", state)
		}
	}
	if len(s.sim.Faults()) > 0 {
		t.Errorf("faults are left: %+v", s.sim.Faults())
	}
	now, err := s.portal.Bookings.Now(t.Context())
	if err != nil || time.Since(now).Abs() > time.Minute || time.Since(s.sim.Now()).Abs() > time.Minute {
		t.Errorf("the clocks were not set back: %v and %v, %v", now, s.sim.Now(), err)
	}
}

// What a real day may do to the plan: hours at which nothing is open, the days
// around a clock change.
func TestThePlanIsTheSameEachTimeAndFitsEveryDay(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []time.Time{
		time.Date(2027, 1, 1, 0, 5, 0, 0, paris), time.Date(2027, 3, 28, 3, 30, 0, 0, paris),
		time.Date(2027, 10, 31, 2, 30, 0, 0, paris), time.Date(2028, 2, 29, 23, 58, 0, 0, paris),
	} {
		sales, err := plan(now, salesOfThePast)
		if err != nil || len(sales) != salesOfThePast {
			t.Fatalf("%d sales, %v", len(sales), err)
		}
		again, err := plan(now, salesOfThePast)
		if err != nil || !slices.EqualFunc(sales, again, sale.same) {
			t.Errorf("another plan for the same day, %v", err)
		}
		shares := map[booking.State]int{}
		for _, s := range sales {
			shares[s.end]++
			s.check(t, now)
		}
		if n := shares[booking.Confirmed]; n < 170 || n > 210 {
			t.Errorf("%d of %d are paid", n, len(sales))
		}
	}
}

func (s sale) same(o sale) bool {
	services := slices.Equal(s.services, o.services)
	return services && s.at.Equal(o.at) && s.end == o.end && s.from.Equal(o.from) && s.customer == o.customer && s.zone == o.zone
}

// check finds what would stop the sale.
func (s sale) check(t *testing.T, now time.Time) {
	t.Helper()
	if s.at.Before(now.AddDate(0, 0, -daysBack)) || !s.at.Before(now) {
		t.Errorf("booked at %v", s.at)
	}
	if paid := s.at.Add(s.think); s.think <= 0 || paid.After(now) || s.think > 58*time.Minute {
		t.Errorf("booked at %v, paid %s later", s.at, s.think)
	} else if s.end == booking.Cancelled && (s.cancel.Before(paid) || s.cancel.After(now) || s.cancel.After(s.from)) {
		t.Errorf("paid at %v, cancelled at %v, parked at %v", paid, s.cancel, s.from)
	}
	for _, zone := range []string{"Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "Europe/Lisbon"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		from, err := walltime.Resolve(s.from, loc, walltime.FoldNone)
		if err != nil || !from.After(s.at) {
			t.Errorf("booked at %v for %v, %v", s.at, from, err)
		}
		if to, err := walltime.Resolve(s.to, loc, walltime.FoldNone); err != nil || !to.After(from) {
			t.Errorf("from %v to %v, %v", from, to, err)
		}
	}
}

func TestCustomersAreDifferentPeople(t *testing.T) {
	t.Parallel()
	plates, phones := map[string]int{}, map[string]int{}
	for i := range customers {
		f := customerForm(i)
		if p := contact.PhoneProblem(f.Phone, f.PhoneCountry); p.Key != "" {
			t.Errorf("%s: %s", f.Phone, p.Key)
		}
		var bad invalid.Error
		plates[contact.ReadPlate(&bad, "plate", f.Plate).Key]++
		if err := bad.OrNil(); err != nil {
			t.Errorf("%s: %v", f.Plate, err)
		}
		phones[f.Phone]++
		if strings.ContainsFunc(f.Email, func(r rune) bool { return r > 127 }) {
			t.Error(f.Email)
		}
	}
	if len(plates) != customers || len(phones) != customers {
		t.Errorf("%d plates and %d numbers of %d customers", len(plates), len(phones), customers)
	}
}

// Each way in which the two ledgers can contradict each other is found.
func TestDisagreements(t *testing.T) {
	t.Parallel()
	here := func(state booking.State) []booking.Booking {
		return []booking.Booking{{
			Ref: "GU-1", SaleID: "a", SupplierID: "9001", State: state,
			Booked: booking.Money{Cents: 9600, Currency: "EUR"},
		}}
	}
	there := func(status simulator.Status, paid int) []simulator.Booking {
		return []simulator.Booking{{ID: "9001", Status: status, PayCount: paid, PriceCents: 9600}}
	}
	paid := there(simulator.Paid, 1)
	twice := append(here(booking.Confirmed), here(booking.Confirmed)...)
	twice[1].Ref, twice[1].SupplierID = "GU-2", "9002"
	both := append(there(simulator.Paid, 1), there(simulator.Paid, 1)...)
	both[1].ID = "9002"
	cheaper := there(simulator.Paid, 1)
	cheaper[0].PriceCents = 9500
	for name, k := range map[string]struct {
		here  []booking.Booking
		there []simulator.Booking
		agree bool
	}{
		"paid in both":             {here(booking.Confirmed), paid, true},
		"unknown, paid there":      {here(booking.PayUnknown), paid, true},
		"unknown, void there":      {here(booking.PayUnknown), there(simulator.Void, 0), true},
		"expired in both":          {here(booking.Expired), there(simulator.Void, 0), true},
		"confirmed, void there":    {here(booking.Confirmed), there(simulator.Void, 0), false},
		"confirmed, not there":     {here(booking.Confirmed), nil, false},
		"charged twice":            {here(booking.Confirmed), there(simulator.Paid, 2), false},
		"expired, paid there":      {here(booking.Expired), paid, false},
		"dropped, paid there":      {here(booking.Dropped), paid, false},
		"cancelled, paid there":    {here(booking.Cancelled), paid, false},
		"not known here":           {nil, paid, false},
		"another price":            {here(booking.Confirmed), cheaper, false},
		"two payments of one sale": {twice, both, false},
	} {
		if found := disagreements(k.here, k.there); (len(found) == 0) != k.agree {
			t.Errorf("%s: %q", name, found)
		}
	}
}

// A broken sale stops the seeding instead of leaving half of it.
func TestASaleThatEndsOtherwiseIsAnError(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	sales, err := plan(time.Now(), 1)
	if err != nil {
		t.Fatal(err)
	}
	sales = sales[:1]
	sales[0].end, sales[0].fault = booking.Confirmed, ""
	if err := s.sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_after"}); err != nil {
		t.Fatal(err)
	}
	if err := s.sell(t.Context(), sales); err == nil || !strings.Contains(err.Error(), "create_unknown, not held") {
		t.Errorf("%v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := s.sell(stopped, sales); err == nil {
		t.Error("it goes on when it is stopped")
	}
	if _, err := seedPeople(t.Context(), s.portal.People); err != errNotEmpty { //nolint:errorlint // this very one
		t.Errorf("people are added twice: %v", err)
	}
	if got := slices.Sorted(maps.Keys(s.people)); len(got) != 5 {
		t.Errorf("people: %v", got)
	}
}
