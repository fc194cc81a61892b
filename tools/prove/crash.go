package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// settleLimit is how long a restarted portal may take to put things in order.
const settleLimit = 90 * time.Second

// crashAt lets a portal die at a point, starts it again, lets the sale go on
// and time pass, and returns what is wrong then. kills counts the deaths.
func (l *lab) crashAt(ctx context.Context, point failpoint.Point, kind rules) (kills int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	x := &experiment{world: w, point: point}
	what, _, _ := strings.Cut(string(point), ".")
	switch what {
	case "create", "pay", "cancel":
		err = x.sale(ctx)
	case "late":
		for _, op := range []string{simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel} {
			err = errors.Join(err, x.late(ctx, op))
		}
	default:
		err = x.sweep(ctx, what)
	}
	if err != nil {
		return x.kills, nil, fmt.Errorf("%s, %s: %w", point, kind, err)
	}
	if x.kills == 0 {
		return 0, nil, fmt.Errorf("%s, %s: the point was never reached", point, kind)
	}
	bad, err = x.settle(ctx)
	return x.kills, bad, err
}

// experiment is one death and what follows.
type experiment struct {
	*world
	point failpoint.Point
	kills int
	car   string // its plate; empty means the usual one
	draft string
	sold  string // address of the booking

	number int // of the sale, where there are several
}

// sale sells, pays and cancels until the portal dies, and then goes on at a
// restarted one as people do: the same form again.
func (x *experiment) sale(ctx context.Context) error {
	if x.point == "create.next" {
		if err := x.known(ctx); err != nil {
			return err
		}
	}
	p, err := x.start(ctx, x.point)
	if err != nil {
		return err
	}
	err = x.sell(ctx, p)
	if p.survived() {
		p.kill()
		return errors.Join(errors.New("the portal survived"), err)
	}
	x.kills++
	if p, err = x.start(ctx, ""); err != nil {
		return err
	}
	defer p.kill()
	return x.sell(ctx, p)
}

// known sells once, so that the supplier's ids of the customer are known, and
// lets the supplier forget them.
func (x *experiment) known(ctx context.Context) error {
	p, err := x.start(ctx, "")
	if err != nil {
		return err
	}
	defer p.kill()
	if err := x.sell(ctx, p); err != nil {
		return err
	}
	x.draft, x.sold = "", ""
	return x.fault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "stale_contact"})
}

// sell goes through a whole sale, or through what is left of it. What the
// portal does not allow any more is left; only a dead or broken portal is an
// error.
func (x *experiment) sell(ctx context.Context, p *process) error {
	agent, err := p.visitor()
	if err != nil {
		return err
	}
	if err := agent.signIn(ctx, x.agent.Name); err != nil {
		return err
	}
	if x.draft == "" {
		if x.draft, err = agent.quote(ctx, x.world, x.plate()); err != nil {
			return err
		}
	}
	if x.sold, err = agent.book(ctx, x.draft); err != nil {
		return err
	}
	if err := agent.pay(ctx, x.sold); err != nil {
		return err
	}
	desk, err := p.visitor()
	if err != nil {
		return err
	}
	if err := desk.signIn(ctx, x.desk.Name); err != nil {
		return err
	}
	return desk.cancel(ctx, x.sold)
}

func (x *experiment) plate() string {
	if x.car != "" {
		return x.car
	}
	if x.point == "create.next" {
		return "AB-123-CD" // the car that is known by then
	}
	return "AA-001-AA"
}

// sweep brings a booking to where the clock has something to say, lets the
// portal die in the middle of saying it, and starts it again.
func (x *experiment) sweep(ctx context.Context, what string) error {
	if err := x.ripen(ctx, what); err != nil {
		return err
	}
	p, err := x.start(ctx, x.point)
	if err != nil {
		return err
	}
	if p != nil {
		limit, cancel := context.WithTimeout(ctx, settleLimit)
		defer cancel()
		select {
		case <-p.gone:
		case <-limit.Done():
			p.kill()
			return errors.New("the portal survived")
		}
	}
	x.kills++
	return nil
}

// ripen leaves a booking that is due for a sweep; no portal runs afterwards.
func (x *experiment) ripen(ctx context.Context, what string) error {
	dieAt := map[string]failpoint.Point{
		"expiry": "pay.begin", "lease": "pay.written", "create_lapse": "create.answered", "disproved": "pay.claimed",
	}[what]
	p, err := x.start(ctx, dieAt)
	if err != nil {
		return err
	}
	_ = x.sell(ctx, p) // it dies underneath
	if p.survived() {
		p.kill()
		return errors.New("the portal survived")
	}
	x.kills++
	switch what {
	case "expiry":
		return x.pass(ctx, 61*time.Minute)
	case "lease":
		return x.pass(ctx, time.Minute)
	}
	// The lease ends first, at a portal that lives.
	if err := errors.Join(x.pass(ctx, time.Minute), x.run(ctx)); err != nil {
		return err
	}
	if what == "disproved" { // the refusal of the lost payment arrives at last
		if _, err := x.pool.Exec(ctx, `UPDATE attempts SET outcome = 'refused' WHERE outcome = 'unknown'`); err != nil {
			return err
		}
	}
	return x.pass(ctx, 2*time.Hour)
}

// late lets the answer to an operation arrive after another node has called it
// unknown.
func (x *experiment) late(ctx context.Context, op string) error {
	x.draft, x.sold, x.car = "", "", "AA-002-"+strings.ToUpper(op[:2])
	p, err := x.start(ctx, x.point)
	if err != nil {
		return err
	}
	slow := simulator.Fault{Endpoint: op, Kind: "latency", Latency: 3 * time.Second}
	if err := x.fault(slow); err != nil {
		return err
	}
	sold := make(chan error, 1)
	go func() { sold <- x.sell(ctx, p) }()
	called := fmt.Sprintf(`SELECT count(*) = 1 FROM attempts WHERE operation = '%s' AND outcome = 'open'`, op)
	if err := x.await(ctx, called); err != nil {
		return errors.Join(fmt.Errorf("late answer to %s: %w", op, err), <-sold)
	}
	if err := errors.Join(x.pass(ctx, time.Minute), x.run(ctx)); err != nil {
		return err
	}
	<-sold //nolint:errcheck // it fails when the portal dies
	if p.survived() {
		p.kill()
		return fmt.Errorf("late answer to %s: the portal survived", op)
	}
	x.kills++
	return nil
}

// run lets a portal work until nothing is due.
func (x *experiment) run(ctx context.Context) error {
	p, err := x.start(ctx, "")
	if err != nil {
		return err
	}
	return errors.Join(x.await(ctx, nothingDue), p.stop())
}

// nothingDue asks whether everything has ended that the clock ends.
const nothingDue = `
	SELECT count(*) = 0 FROM bookings WHERE lease_ends <= portal_now()
		OR (state = 'held' AND deadline <= portal_now() AND NOT uncompared)
		OR (state = 'create_unknown' AND fence <= portal_now() AND NOT uncompared AND unfit = '{}')
		OR (NOT uncompared AND state = 'pay_unknown' AND fence <= portal_now() AND NOT EXISTS (
			SELECT 1 FROM attempts a WHERE a.booking_id = bookings.id AND a.operation = 'pay' AND a.outcome IN ('open', 'unknown', 'ok')))`

// sells reports that the portal dies at a point in the middle of an action, and
// not when a time has passed: where bookings are real, no portal starts after
// the clock was moved.
func sells(point failpoint.Point) bool {
	what, _, _ := strings.Cut(string(point), ".")
	return what == "create" || what == "pay" || what == "cancel"
}

// settle lets leases, deadlines and fences pass one after the other, each under
// a running portal, and returns what is wrong at the end.
func (x *experiment) settle(ctx context.Context) ([]string, error) {
	if x.production {
		return x.settleUnder(ctx)
	}
	for _, d := range []time.Duration{time.Minute, 2 * time.Hour} {
		if err := errors.Join(x.pass(ctx, d), x.run(ctx)); err != nil {
			return nil, err
		}
	}
	return x.violations(ctx)
}

// settleUnder is settle with one portal that runs all the time.
func (x *experiment) settleUnder(ctx context.Context) ([]string, error) {
	p, err := x.start(ctx, "")
	if err != nil {
		return nil, err
	}
	defer p.kill()
	for _, d := range []time.Duration{time.Minute, 2 * time.Hour} {
		if err := errors.Join(x.pass(ctx, d), x.await(ctx, nothingDue)); err != nil {
			return nil, err
		}
	}
	return x.violations(ctx)
}

// await asks the database until the answer is yes.
func (w *world) await(ctx context.Context, question string) error {
	return w.awaitFor(ctx, settleLimit, question)
}

func (w *world) awaitFor(ctx context.Context, long time.Duration, question string) error {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var yes bool
		if err := w.pool.QueryRow(ctx, question).Scan(&yes); err != nil {
			return fmt.Errorf("wait for the database: %w", err)
		}
		if yes {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("it does not settle")
		}
	}
}
