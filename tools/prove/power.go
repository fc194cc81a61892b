package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/localpg"
	"guichet/internal/simulator"
)

// restartLimit is how long a killed PostgreSQL may take to be back.
const restartLimit = 20 * time.Second

// databaseKilled sells while PostgreSQL is killed at each place of each action
// and starts again underneath. It has a server of its own: the other
// experiments go on.
func (l *lab) databaseKilled(ctx context.Context, step int) (kills int, bad []string, err error) {
	own, err := l.annex(ctx, "own")
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	w, err := own.newWorld(ctx, rules{simulator.ProfileHostile, true})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	n := 0
	for _, op := range []string{"create", "pay", "cancel"} {
		for _, place := range []string{"begin", "in_claim", "claimed", "written", "answered", "in_record", "recorded"} {
			if n++; n%step != 0 {
				continue
			}
			if err := w.saleOverKill(ctx, own.dir, failpoint.Point(op+"."+place), n); err != nil {
				return kills, nil, fmt.Errorf("PostgreSQL killed at %s.%s: %w", op, place, err)
			}
			kills++
		}
	}
	bad, err = w.violations(ctx)
	return kills, bad, err
}

// saleOverKill goes through a sale; PostgreSQL dies when it comes to the place.
func (w *world) saleOverKill(ctx context.Context, dir string, place failpoint.Point, n int) error {
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return err
	}
	c := &counter{w, s}
	back := make(chan error, 1)
	killed := false
	at(place, func() {
		killed = true
		if err := w.lab.pg.Kill(); err != nil {
			back <- err
			return
		}
		go func() { back <- w.lab.restart(ctx, dir) }()
	})
	sold := c.whole(ctx, fmt.Sprintf("AA-%03d-PG", n), func() {})
	failpoint.Watch(nil)
	if !killed {
		return errors.Join(errors.New("the place was never reached"), sold)
	}
	if err := <-back; err != nil {
		return err
	}
	if sold != nil && !errors.Is(sold, booking.ErrAway) && !errors.Is(sold, booking.ErrUncertain) {
		return sold
	}
	s.Wait()
	w.pool.Reset() // connections to the server that died
	return c.settle(ctx)
}

// restart starts the server anew on its folder. PostgreSQL refuses while a
// process of the one before still lives, so it is tried until it works.
func (l *lab) restart(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, restartLimit)
	defer cancel()
	time.Sleep(300 * time.Millisecond) // long enough that calls meet nobody
	for {
		pg, err := localpg.Start(ctx, localpg.Options{Dir: dir, Fast: true})
		if err == nil {
			l.pg = pg
			l.admin.Close()
			l.admin, err = pgxpool.New(ctx, pg.URL("postgres"))
			return err
		}
		if ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}
