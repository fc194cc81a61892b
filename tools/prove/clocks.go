package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/booking"
)

// sweepLimit is how long after its time a booking may stand as it is.
const sweepLimit = 45 * time.Second

// wrongClocks runs portals whose clock is wrong, alone and beside a right one:
// what the database's clock ends is ended in time, and nothing before.
func (l *lab) wrongClocks(ctx context.Context, kind rules) (told int, bad []string, err error) {
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute, 48 * time.Hour} {
		for _, beside := range []bool{false, true} {
			n, found, err := l.inWorld(ctx, rules{kind.profile, false}, func(x *experiment) (int, []string, error) {
				return x.underClock(ctx, skew, beside)
			})
			told += n
			for _, b := range found {
				bad = append(bad, fmt.Sprintf("a clock that is %s off (beside a right one: %v): %s", skew, beside, b))
			}
			if err != nil {
				return told, bad, fmt.Errorf("a clock that is %s off: %w", skew, err)
			}
		}
	}
	return told, bad, nil
}

// underClock lets a portal with a wrong clock die while it pays, starts it
// again, and looks at what happens when.
func (x *experiment) underClock(ctx context.Context, skew time.Duration, beside bool) (told int, bad []string, err error) {
	p, err := x.launch(ctx, launch{crash: "pay.written", skew: skew})
	if err != nil {
		return 0, nil, err
	}
	_ = x.sell(ctx, p) // it dies underneath
	if p.survived() {
		p.kill()
		return 0, nil, errors.New("the portal survived")
	}
	skews := []time.Duration{skew}
	if beside {
		skews = append(skews, 0)
	}
	f, err := x.startFleet(ctx, skews...)
	defer f.end()
	if err != nil {
		return 0, nil, err
	}
	x.draft, x.sold, x.car = "", "", "AA-002-CL"
	if err := x.hold(ctx, f.nodes[0].at()); err != nil {
		return 1, nil, err
	}
	if err := x.pass(ctx, time.Minute); err != nil {
		return 1, nil, err
	}
	if err := x.awaitFor(ctx, sweepLimit, nothingDue); err != nil {
		bad = append(bad, fmt.Sprintf("%s after its lease a booking is still in flight", sweepLimit))
	}
	if state, err := x.latest(ctx); err != nil || state != string(booking.Held) {
		bad = append(bad, fmt.Sprintf("a place that is held for 59 more minutes is %s: %v", state, err))
	}
	if err := x.pass(ctx, 2*time.Hour); err != nil {
		return 1, nil, err
	}
	if err := x.awaitFor(ctx, sweepLimit, nothingDue); err != nil {
		bad = append(bad, fmt.Sprintf("%s after its deadline a booking is still held", sweepLimit))
	}
	if err := x.awaitFor(ctx, time.Second, `SELECT count(*) = 1 FROM river_queue WHERE name = 'default'`); err != nil {
		bad = append(bad, "the queue of jobs is gone")
	}
	if !f.nodes[0].at().said.Load() {
		bad = append(bad, "it does not say so")
	}
	return 1, bad, nil
}

// hold books and does not pay.
func (x *experiment) hold(ctx context.Context, p *process) error {
	agent, err := p.visitor()
	if err != nil {
		return err
	}
	if err := agent.signIn(ctx, x.agent.Name); err != nil {
		return err
	}
	if x.draft, err = agent.quote(ctx, x.world, x.plate()); err != nil {
		return err
	}
	x.sold, err = agent.book(ctx, x.draft)
	return err
}
