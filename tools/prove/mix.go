package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"guichet/internal/booking"
)

// mix sells at several portals while one misfortune follows the other. The seed
// decides what happens and what people do; the same seed repeats both, as far as
// processes that run at the same time can be repeated.
type mix struct {
	*crowd
	random  *rand.Rand
	seed    uint64
	detail  string   // of the misfortune that happens
	history []string // the misfortunes in their order

	kills, stops, pauses, databaseKills, faults, statements, restores int
}

// mixResult is what came out of one seed.
type mixResult struct {
	seed  uint64
	kind  rules
	bad   []string
	err   error
	count map[string]int
	told  []string // the misfortunes
	took  time.Duration
}

// people who sell at a time.
const sellersAtOnce = 4

// skewsOf are the clocks of a fleet: one is right, the others may be anything.
func skewsOf(random *rand.Rand) []time.Duration {
	wrong := []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 48 * time.Hour}
	return []time.Duration{0, wrong[random.IntN(len(wrong))], wrong[random.IntN(len(wrong))]}
}

// runMix lives through a number of misfortunes and judges what is left.
func (l *lab) runMix(ctx context.Context, seed uint64, number int) (r mixResult) {
	begun := time.Now()
	kinds := allRules()
	r = mixResult{seed: seed, kind: kinds[int(seed)%len(kinds)]}
	defer func() { r.took = time.Since(begun) }()
	own, err := l.annex(ctx, fmt.Sprintf("mix%d", seed))
	if err != nil {
		r.err = err
		return r
	}
	defer func() { r.err = errors.Join(r.err, own.close()) }()
	w, err := own.newWorld(ctx, r.kind)
	if err != nil {
		r.err = err
		return r
	}
	defer func() { r.err = errors.Join(r.err, w.close()) }()
	random := rand.New(rand.NewPCG(seed, 2))
	f, err := w.startFleet(ctx, skewsOf(random)...)
	defer f.end()
	if err != nil {
		r.err = err
		return r
	}
	m := &mix{crowd: &crowd{fleet: f, wrong: map[string]int{}}, random: random, seed: seed}
	if r.err = m.live(ctx, number); r.err == nil {
		r.bad, r.err = m.judged(ctx)
	}
	r.told = m.history
	r.count = map[string]int{
		"sales": int(m.sold.Load()), "pages": int(m.looked.Load()) + m.pages, "kills": m.kills, "stops": m.stops, "pauses": m.pauses,
		"database": m.databaseKills, "faults": m.faults, "statements": m.statements, "restores": m.restores,
	}
	return r
}

// live lets people sell and misfortunes happen.
func (m *mix) live(ctx context.Context, number int) error {
	selling, enough := context.WithCancel(ctx)
	defer enough()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		m.sellers(selling, m.seed, sellersAtOnce)
	}()
	var failed error
	for range number {
		time.Sleep(time.Duration(200+m.random.IntN(1200)) * time.Millisecond)
		one := m.draw()
		m.detail = ""
		err := m.patiently(ctx, one)
		m.history = append(m.history, one.name+" "+m.detail)
		if err != nil {
			failed = fmt.Errorf("%s: %w", one.name, err)
			break
		}
	}
	enough()
	<-gone
	return failed
}

// patiently repeats a misfortune that fails because of the one before.
func (m *mix) patiently(ctx context.Context, one misfortune) error {
	for try := 0; ; try++ {
		err := one.do(m, ctx)
		if err == nil || try == 10 || !errors.Is(err, booking.ErrAway) && !errors.Is(err, booking.ErrBusy) && !errors.Is(err, booking.ErrUncertain) {
			return err
		}
		m.pool.Reset()
		time.Sleep(300 * time.Millisecond)
	}
}

// draw picks a misfortune that may happen in this world.
func (m *mix) draw() misfortune {
	total := 0
	for _, one := range misfortunes {
		if one.real || !m.production {
			total += one.weight
		}
	}
	n := m.random.IntN(total)
	for _, one := range misfortunes {
		if one.real || !m.production {
			if n -= one.weight; n < 0 {
				return one
			}
		}
	}
	return misfortunes[0]
}

// judged lets everything end and compares both sides.
func (m *mix) judged(ctx context.Context) ([]string, error) {
	m.sim.ClearFaults()
	m.pool.Reset() // the last misfortune may have cut its connections
	for _, d := range []time.Duration{time.Minute, 2 * time.Hour, time.Hour} {
		if err := m.pass(ctx, d); err != nil {
			return nil, err
		}
		if err := m.await(ctx, nothingDue); err != nil {
			return []string{fmt.Sprintf("after %s: %v", d, err)}, nil
		}
	}
	bad, err := m.violations(ctx)
	for what, n := range m.wrong {
		bad = append(bad, fmt.Sprintf("%s (%d times)", what, n))
	}
	m.faulty.Range(func(text, _ any) bool {
		bad = append(bad, fmt.Sprintf("a page said 500: %v", text))
		return true
	})
	return bad, err
}
