package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// trial is one construction that a random mix would rarely meet.
type trial struct {
	name   string
	run    func(l *lab, ctx context.Context, kind rules) (told int, bad []string, err error)
	skewed bool // it needs portals whose clock can be wrong
	short  bool // it belongs to the short run
}

var trials = []trial{
	{name: "contradictions", run: (*lab).contradicted, short: true},
	{name: "clocks", run: (*lab).wrongClocks, skewed: true},
	{name: "stopped", run: (*lab).stoppedInFlight, short: true},
	{name: "standing", run: (*lab).standingStill},
	{name: "read-only", run: (*lab).readOnlyInFlight, short: true},
	{name: "disk full", run: (*lab).diskFull},
	{name: "migrations", run: (*lab).migrations},
	{name: "lines", run: (*lab).lines, short: true},
	{name: "late and again", run: (*lab).lateAndAgain, short: true},
	{name: "starved", run: (*lab).starved},
	{name: "restore", run: (*lab).restoredBackup},
}

// runTrials goes through all trials, one after the other: some watch places of
// this whole process.
func (r *report) runTrials(ctx context.Context, l *lab, s settings) {
	for _, t := range trials {
		if !s.wants("trials") && s.only != t.name || s.short && !t.short || t.skewed && s.short {
			continue
		}
		for _, kind := range t.kinds(s) {
			begun := time.Now()
			told, bad, err := t.run(l, ctx, kind)
			r.tried(t.name, kind, told, bad, err, time.Since(begun))
		}
	}
}

// kinds are the worlds of a trial: of most, one each by the rules of production
// and of tests.
func (t trial) kinds(s settings) []rules {
	switch {
	case s.short:
		return []rules{{simulator.ProfileDocumented, false}}
	case t.name == "contradictions" || t.name == "lines":
		return s.kinds
	}
	return []rules{{simulator.ProfileHostile, true}, {simulator.ProfileDocumented, false}}[t.first():]
}

// first leaves out the world of production for what needs time to pass before a
// portal starts.
func (t trial) first() int {
	switch t.name {
	case "clocks", "standing", "starved", "disk full", "migrations", "restore":
		return 1
	}
	return 0
}

// inWorld runs a trial in a world of its own and judges it.
func (l *lab) inWorld(ctx context.Context, kind rules, do func(*experiment) (int, []string, error)) (told int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	x := &experiment{world: w}
	told, bad, err = do(x)
	if err != nil {
		return told, bad, err
	}
	found, err := x.settle(ctx)
	return told, append(bad, found...), err
}

// during starts a sale at a portal whose supplier is slow to answer an
// operation, and does something while the call is on its way.
func (x *experiment) during(ctx context.Context, p *process, op string, slow time.Duration, do func() error) error {
	x.draft, x.sold = "", ""
	x.number++
	x.car = fmt.Sprintf("AA-%03d-DU", x.number)
	if err := x.fault(simulator.Fault{Endpoint: op, Kind: "latency", Latency: slow}); err != nil {
		return err
	}
	sold := make(chan error, 1)
	go func() { sold <- x.sell(ctx, p) }()
	called := fmt.Sprintf(`SELECT count(*) = 1 FROM attempts WHERE operation = '%s' AND outcome = 'open'`, op)
	if err := x.await(ctx, called); err != nil {
		return errors.Join(fmt.Errorf("%s never began: %w", op, err), <-sold)
	}
	err := do()
	<-sold //nolint:errcheck // it fails when the portal is gone
	return err
}

// latest is the state of the booking that was sold last.
func (w *world) latest(ctx context.Context) (state string, err error) {
	err = w.pool.QueryRow(ctx, `SELECT state FROM bookings ORDER BY id DESC LIMIT 1`).Scan(&state)
	return state, err
}

// done is what a good answer to an operation makes of a booking.
var done = map[string]string{"create": "held", "pay": "confirmed", "cancel": "cancelled"}

var operations = []string{simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel}

// stoppedInFlight ends a portal as a deployment does while each operation is at
// the supplier's: its answer must be recorded before the process is gone.
func (l *lab) stoppedInFlight(ctx context.Context, kind rules) (int, []string, error) {
	return l.inWorld(ctx, kind, func(x *experiment) (told int, bad []string, err error) {
		for _, op := range operations {
			p, err := x.start(ctx, "")
			if err != nil {
				return told, bad, err
			}
			if err := x.during(ctx, p, op, 3*time.Second, p.stop); err != nil {
				return told, bad, err
			}
			told++
			state, err := x.latest(ctx)
			if err != nil {
				return told, bad, err
			}
			if state != done[op] {
				bad = append(bad, fmt.Sprintf("the portal was stopped during %s and left %s", op, state))
			}
		}
		return told, bad, nil
	})
}

// standingStill stops a portal between its claim and its call, and between the
// answer and its record, until another one has called the outcome unknown; the
// longer time is more than a claimed call may wait.
func (l *lab) standingStill(ctx context.Context, kind rules) (int, []string, error) {
	return l.inWorld(ctx, rules{kind.profile, false}, func(x *experiment) (told int, bad []string, err error) {
		for _, long := range []time.Duration{0, 11 * time.Second} {
			for _, op := range operations {
				for _, place := range []string{"claimed", "answered"} {
					if err := x.standing(ctx, failpoint.Point(op+"."+place), long); err != nil {
						return told, bad, fmt.Errorf("standing still at %s.%s: %w", op, place, err)
					}
					told++
				}
			}
		}
		return told, bad, nil
	})
}

func (x *experiment) standing(ctx context.Context, place failpoint.Point, long time.Duration) error {
	x.draft, x.sold = "", ""
	x.number++
	x.car = fmt.Sprintf("AA-%03d-ST", x.number)
	p, err := x.launch(ctx, launch{pause: place})
	if err != nil {
		return err
	}
	defer p.kill()
	sold := make(chan error, 1)
	go func() { sold <- x.sell(ctx, p) }()
	if err := p.awaitStop(ctx); err != nil {
		return err
	}
	err = errors.Join(x.pass(ctx, time.Minute), x.run(ctx))
	time.Sleep(long)
	err = errors.Join(err, p.goOn())
	<-sold //nolint:errcheck // it may fail: its booking is another one by now
	return err
}

// migrations brings a new database up to date from several processes at once.
func (l *lab) migrations(ctx context.Context, _ rules) (told int, bad []string, err error) {
	w, err := l.newWorld(ctx, rules{profile: simulator.ProfileDocumented})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for i := range 6 {
		name := fmt.Sprintf("proof_new_%d", i)
		if err := l.pg.CreateDatabase(ctx, name); err != nil {
			return told, bad, err
		}
		other := world{lab: l, url: l.pg.URL(name), supplier: w.supplier, rules: w.rules}
		f := fleet{world: &other}
		if err := f.migrate(ctx, 3); err != nil {
			bad = append(bad, err.Error())
		}
		told += 3
	}
	return told, bad, nil
}
