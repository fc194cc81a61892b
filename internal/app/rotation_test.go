package app_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/keyring"
	"guichet/internal/simulator"
)

const (
	rotationQuotes = 500
	rotationSales  = 50
	renewedKey     = "renewed-key-77AB"
)

// rotation is two nodes that sell while the supplier's key changes.
type rotation struct {
	t       *testing.T
	sim     *simulator.Simulator
	nodes   [2]*app.Portal
	agent   account.Actor
	admin   account.Actor
	asked   atomic.Int64 // quotes and sales so far
	tickets chan int     // below rotationSales: a sale, else a quote
}

func newRotation(t *testing.T) *rotation {
	t.Helper()
	sim, there := newSimulator(t)
	url := dbtest.URL(t)
	x := &rotation{t: t, sim: sim, tickets: make(chan int)}
	for i := range x.nodes {
		c := settings(url, there)
		c.SupplierKey = "" // the keys are the portal's own
		portal, err := app.Open(t.Context(), c, time.Now, quiet)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(portal.Close)
		x.nodes[i] = portal
	}
	x.agent = newAgent(t, url)
	u, err := x.nodes[0].People.CreateUser(t.Context(), account.User{Email: "admin@example.test", Name: "Ada", Role: account.Admin})
	if err != nil {
		t.Fatal(err)
	}
	x.admin = account.ActorOf(u, account.Agency{})
	x.put(simulator.DefaultKey)
	x.activate(simulator.DefaultKey)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for _, node := range x.nodes { // each follows by itself
		for node.Bookings.RefreshZones(t.Context(), false) != nil {
			<-again.C
		}
	}
	return x
}

// put adds a key and tests it.
func (x *rotation) put(key string) {
	x.t.Helper()
	service := x.nodes[0].Keys
	if err := service.Add(x.t.Context(), x.admin, "simulator", key); err != nil {
		x.t.Error(err)
		return
	}
	if err := service.Test(x.t.Context(), x.admin, "simulator", x.id(key), x.nodes[0].TestKey); err != nil {
		x.t.Error(err)
	}
}

func (x *rotation) activate(key string) {
	x.t.Helper()
	if err := x.nodes[0].Keys.Activate(x.t.Context(), x.admin, "simulator", x.id(key)); err != nil {
		x.t.Error(err)
	}
}

func (x *rotation) id(key string) string {
	x.t.Helper()
	list, err := x.nodes[0].Keys.List(x.t.Context(), x.admin, "simulator")
	if err != nil {
		x.t.Error(err)
	}
	for _, k := range list {
		if k.Digest == keyring.Digest(key) {
			return k.ID
		}
	}
	return ""
}

// rotate renews the key while the others sell: the supplier takes both for a
// while, then drops the old one before anybody here has changed over.
func (x *rotation) rotate() {
	x.after(100)
	x.sim.SetKeys(simulator.DefaultKey, renewedKey)
	x.put(renewedKey)
	x.after(220)
	x.sim.SetKeys(renewedKey)
	x.after(380)
	x.activate(renewedKey)
	if err := x.nodes[0].Keys.Retire(x.t.Context(), x.admin, "simulator", x.id(simulator.DefaultKey)); err != nil {
		x.t.Error(err)
	}
}

// after waits until so many quotes and sales were asked for.
func (x *rotation) after(n int64) {
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for x.asked.Load() < n && x.t.Context().Err() == nil {
		<-again.C
	}
}

// sell takes one sale from the quote to the payment.
func (x *rotation) sell(ctx context.Context, node *app.Portal) {
	d := draft(x.t, node.Bookings, x.agent)
	b, err := node.Bookings.Book(ctx, x.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash", SamePlate: true})
	if err == nil {
		b, err = node.Bookings.Pay(ctx, x.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
	}
	if err != nil || b.State != booking.Confirmed {
		x.t.Errorf("a sale ends %s: %v", b.State, err)
	}
}

// quote asks for a price.
func (x *rotation) quote(ctx context.Context, node *app.Portal, days int) {
	from := time.Now().UTC().AddDate(0, 0, 10+days%200).Truncate(24 * time.Hour).Add(6 * time.Hour)
	_, err := node.Bookings.Quote(ctx, x.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err != nil {
		x.t.Errorf("a quote: %v", err)
	}
}

// Nobody at the counter notices that the supplier's key changes.
func TestTheKeyChangesUnderLoad(t *testing.T) {
	t.Parallel()
	x := newRotation(t)
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			for n := range x.tickets {
				node := x.nodes[(i+n)%len(x.nodes)]
				if n%((rotationQuotes+rotationSales)/rotationSales) == 0 {
					x.sell(t.Context(), node)
				} else {
					x.quote(t.Context(), node, n)
				}
				x.asked.Add(1)
			}
		})
	}
	workers.Go(x.rotate)
	for n := range rotationQuotes + rotationSales {
		x.tickets <- n
	}
	close(x.tickets)
	workers.Wait()
	paid := 0
	for _, b := range x.sim.Ledger() {
		if b.Status != simulator.Paid {
			t.Errorf("at the supplier: %s", b.Status)
		}
		paid++
	}
	refused := 0
	for _, c := range x.sim.Calls() {
		if c.Status == http.StatusUnauthorized {
			refused++
		}
	}
	if paid != rotationSales || refused == 0 {
		t.Errorf("%d bookings paid at the supplier, want %d; %d calls were refused for their key", paid, rotationSales, refused)
	}
	t.Logf("%d quotes, %d sales on two nodes; %d calls refused for the old key, none of them seen", rotationQuotes, paid, refused)
}
