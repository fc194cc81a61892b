package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"guichet/internal/simulator"
)

// scenario is a sale in which one guard of the product decides. With it nothing
// is wrong afterwards; each has a mutant without its guard, in which something is.
type scenario struct {
	name    string
	profile string
	run     func(context.Context, *counter) error
}

var scenarios = []scenario{
	{"pay twice at once", simulator.ProfileHostile, payTwiceAtOnce},
	{"pay while paying", simulator.ProfileHostile, payWhilePaying},
	{"record twice", simulator.ProfileDocumented, recordTwice},
	{"crash after paying", simulator.ProfileHostile, crashAfterPaying},
	{"expire while paying", simulator.ProfileDocumented, expireWhilePaying},
	{"answer lost", simulator.ProfileDocumented, answerLost},
	{"repeated on the way", simulator.ProfileHostile, repeatedOnTheWay},
	{"form sent twice", simulator.ProfileDocumented, formSentTwice},
	{"cancel refused after loss", simulator.ProfileHostile, cancelRefusedAfterLoss},
	{"denied too early", simulator.ProfileDocumented, deniedTooEarly},
	{"other environment", simulator.ProfileDocumented, otherEnvironment},
	{"other agency", simulator.ProfileDocumented, otherAgency},
	{"paid old and new", simulator.ProfileDocumented, paidOldAndNew},
}

// isScenario reports that a part of a run is one of the scenarios.
func isScenario(name string) bool {
	return slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name == name })
}

// withoutGuards takes away what the database itself refuses, so that a scenario
// shows what the product's own guard is worth.
const withoutGuards = `DROP TRIGGER bookings_guard ON bookings; DROP TRIGGER bookings_clock_guard ON bookings; DROP TRIGGER attempts_guard ON attempts;
	DROP INDEX attempts_one_open; DROP INDEX bookings_one_payable_per_sale;
	ALTER TABLE bookings DROP CONSTRAINT bookings_known; ALTER TABLE bookings DROP CONSTRAINT bookings_draft;`

// runScenarios goes through all scenarios, or through one.
func (r *report) runScenarios(ctx context.Context, l *lab, s settings) {
	for _, one := range scenarios {
		if !s.wants("scenarios") && s.only != one.name {
			continue
		}
		begun := time.Now()
		bad, err := l.runScenario(ctx, one, s.unguarded)
		r.tried(one.name, rules{one.profile, false}, 1, bad, err, time.Since(begun))
	}
}

func (l *lab) runScenario(ctx context.Context, one scenario, unguarded bool) (bad []string, err error) {
	w, err := l.newWorld(ctx, rules{one.profile, false})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return nil, err
	}
	c := &counter{w, s}
	if unguarded {
		if _, err := w.pool.Exec(ctx, withoutGuards); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(one.run(ctx, c), c.settle(ctx)); err != nil {
		return nil, err
	}
	return w.violations(ctx)
}
