package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

const (
	clients   = 8
	perClient = 3
	perWorld  = 25 // histories of one database
)

// race is what eight people and the clock do to one booking at the same time.
type race struct {
	*counter
	nodes  []*booking.Service // their clocks are minutes apart
	random *rand.Rand         // only the goroutine that prepares uses it
	ref    string
	paid   bool // it begins paid, and is cancelled

	begun time.Time
	mu    sync.Mutex
	steps []porcupine.Operation
	ops   atomic.Int64
	died  atomic.Int64
}

// races runs histories in one world and returns how many, how many processes
// died in them, and what is wrong.
func (l *lab) races(ctx context.Context, seed uint64, kind rules, histories int) (deaths int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	var nodes []*booking.Service
	for _, skew := range []time.Duration{0, 5 * time.Minute, -5 * time.Minute} {
		s, err := w.service(ctx, w.supplier, skew)
		if err != nil {
			return 0, nil, err
		}
		nodes = append(nodes, s)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range histories {
		r := &race{counter: &counter{w, nodes[0]}, nodes: nodes, random: random}
		if err := r.run(ctx, i); err != nil {
			return deaths, bad, fmt.Errorf("history %d of seed %d, %s: %w", i, seed, kind, err)
		}
		deaths += int(r.died.Load())
		if !porcupine.CheckOperations(model, r.steps) {
			bad = append(bad, fmt.Sprintf("history %d of seed %d, %s: nobody can have seen this: %s", i, seed, kind, r.tell()))
		}
	}
	c := &counter{w, nodes[0]}
	if err := c.settle(ctx); err != nil {
		return deaths, bad, err
	}
	found, err := w.violations(ctx)
	for _, v := range found {
		bad = append(bad, fmt.Sprintf("races of seed %d, %s: %s", seed, kind, v))
	}
	return deaths, bad, err
}

// run prepares a booking, brings the clock close to one of its limits, and lets
// everybody loose.
func (r *race) run(ctx context.Context, number int) error {
	d, err := r.draft(ctx, fmt.Sprintf("AA-%03d-AA", number+1))
	if err != nil {
		return err
	}
	b, err := r.book(ctx, d)
	if err != nil {
		return err
	}
	r.ref, r.paid = b.Ref, r.random.IntN(3) == 0
	if r.paid {
		if b, err = r.pay(ctx, b); err != nil {
			return err
		}
	}
	if b.State != booking.Held && b.State != booking.Confirmed {
		return fmt.Errorf("it begins %s", b.State)
	}
	moments := []time.Duration{0, 58*time.Minute + 59*time.Second, 59 * time.Minute, 59*time.Minute + time.Second, 59*time.Minute + 58*time.Second, time.Hour, time.Hour + time.Second}
	if err := r.pass(ctx, moments[r.random.IntN(len(moments))]-time.Second); err != nil {
		return err
	}
	r.begun = time.Now()
	r.add(0, 0, step{kind: "start", state: b.State, version: b.Version})
	if err := r.misfortune(); err != nil {
		return err
	}
	defer failpoint.Watch(nil)
	var all sync.WaitGroup
	errs := make([]error, clients)
	for client := range clients {
		plan := make([]int, perClient)
		for i := range plan {
			plan[i] = r.random.IntN(100)
		}
		node := r.nodes[r.random.IntN(len(r.nodes))]
		all.Go(func() { errs[client] = r.client(ctx, client+1, node, plan) })
	}
	all.Wait()
	failpoint.Watch(nil)
	r.sim.ClearFaults()
	for _, node := range r.nodes {
		node.Wait()
	}
	errs = append(errs, r.look(ctx, 0, r.Service))
	return errors.Join(errs...)
}

// misfortune breaks some calls, and lets some processes die.
func (r *race) misfortune() error {
	endpoint := simulator.EndpointPay
	if r.paid {
		endpoint = simulator.EndpointCancel
	}
	kinds := []string{"", "drop_before", "drop_after", "500_after", "rate_limited", "html", "truncated", "latency"}
	if kind := kinds[r.random.IntN(len(kinds))]; kind != "" {
		f := simulator.Fault{Endpoint: endpoint, Kind: kind, Count: 1 + r.random.IntN(2)}
		if kind == "latency" {
			f.Latency = 150 * time.Millisecond
		}
		if err := r.sim.SetFault(f); err != nil {
			return err
		}
	}
	if r.random.IntN(4) > 0 {
		return nil
	}
	places := []string{"begin", "in_claim", "claimed", "written", "answered", "in_record", "recorded"}
	point, left := failpoint.Point(endpoint+"."+places[r.random.IntN(len(places))]), atomic.Int64{}
	left.Store(1)
	failpoint.Watch(func(p failpoint.Point) {
		if p == point && left.Add(-1) == 0 {
			r.died.Add(1)
			failpoint.Die()
		}
	})
	return nil
}

// client does what the plan says, one thing after the other.
func (r *race) client(ctx context.Context, id int, node *booking.Service, plan []int) error {
	b, err := node.Booking(ctx, r.desk.Scope(), r.ref)
	if err != nil {
		return err
	}
	for _, n := range plan {
		switch {
		case n < 45:
			err = r.act(ctx, id, node, b)
		case n < 55 && !r.paid:
			err = r.drop(ctx, id, node, b)
		case n < 70:
			err = r.sweep(id, "expire", func() error { _, err := node.Expire(ctx); return err })
		case n < 80:
			err = errors.Join(r.pass(ctx, 50*time.Second), r.sweep(id, "lease", func() error { _, err := node.EndLeases(ctx); return err }))
		default:
			err = r.look(ctx, id, node)
		}
		if err != nil {
			return err
		}
		if b, err = node.Booking(ctx, r.desk.Scope(), r.ref); err != nil {
			return err
		}
	}
	return nil
}

func (r *race) since() int64 { return time.Since(r.begun).Nanoseconds() }

// never is the end of what was begun by a process that died.
const never = math.MaxInt64

func (r *race) add(client int, call int64, s step) { r.until(client, call, r.since(), s) }

func (r *race) until(client int, call, end int64, s step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, porcupine.Operation{ClientId: client, Input: s, Call: call, Return: end})
}

func (r *race) look(ctx context.Context, client int, node *booking.Service) error {
	call := r.since()
	b, err := node.Booking(ctx, r.desk.Scope(), r.ref)
	if err == nil {
		r.add(client, call, step{kind: "look", state: b.State, version: b.Version})
	}
	return err
}

// sweep lets a node do what the clock demands. It returns the error of the
// sweep only when it is none that a neighbour's work explains.
func (r *race) sweep(client int, kind string, do func() error) error {
	call := r.since()
	err := do()
	r.add(client, call, step{kind: kind})
	if errors.Is(err, booking.ErrBusy) {
		return nil
	}
	return err
}

func (r *race) drop(ctx context.Context, client int, node *booking.Service, b booking.Booking) error {
	call := r.since()
	_, err := node.Drop(ctx, r.agent, b.Ref, b.Version)
	if err == nil {
		r.add(client, call, step{kind: "drop", version: b.Version})
		return nil
	}
	return r.refusal(client, call, b, err)
}

// act pays, or cancels, as a page does that showed the booking b. The call to
// the supplier is no single moment: the claim, the answer and what is seen at
// the end are three steps within the same time.
func (r *race) act(ctx context.Context, client int, node *booking.Service, b booking.Booking) error {
	op, call, before := int(r.ops.Add(1)), r.since(), r.died.Load()
	got, err, survived := r.call(ctx, node, b)
	if died := r.died.Load() > before; died || !survived {
		r.until(client, call, never, step{kind: "claim", op: op, cancel: r.paid, version: b.Version, maybe: true})
		r.until(client, call, never, step{kind: "end", op: op, cancel: r.paid, maybe: true})
		return nil
	}
	if err != nil {
		return r.refusal(client, call, b, err)
	}
	r.add(client, call, step{kind: "claim", op: op, cancel: r.paid, version: b.Version})
	r.add(client, call, step{kind: "end", op: op, cancel: r.paid})
	r.add(client, call, step{kind: "look", state: got.State, version: got.Version})
	return nil
}

// call runs one action in a goroutine of its own, which may die.
func (r *race) call(ctx context.Context, node *booking.Service, b booking.Booking) (got booking.Booking, err error, survived bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if r.paid {
			got, err = node.Cancel(ctx, r.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
		} else {
			got, err = node.Pay(ctx, r.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
		}
		survived = true
	}()
	<-done
	return got, err, survived
}

func (r *race) refusal(client int, call int64, b booking.Booking, err error) error {
	for _, why := range []error{booking.ErrChanged, booking.ErrTooLate, booking.ErrTransition, booking.ErrBusy, booking.ErrNotInsured} {
		if errors.Is(err, why) {
			r.add(client, call, step{kind: "refuse", version: b.Version, why: why})
			return nil
		}
	}
	return err
}

// tell writes a history for those who have to understand it.
func (r *race) tell() string {
	var text string
	for _, o := range r.steps {
		s := o.Input.(step) //nolint:errcheck // nothing else is in it
		text += fmt.Sprintf("\n  %d [%d..%d] %+v", o.ClientId, o.Call/1000, o.Return/1000, s)
	}
	return text
}
