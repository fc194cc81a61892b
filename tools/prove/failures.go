package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// readOnlyInFlight lets the database refuse every write while an operation is at
// the supplier's, as on a failover: the answer is recorded when it takes writes
// again, and not lost.
func (l *lab) readOnlyInFlight(ctx context.Context, kind rules) (int, []string, error) {
	return l.inWorld(ctx, kind, func(x *experiment) (told int, bad []string, err error) {
		p, err := x.start(ctx, "")
		if err != nil {
			return told, bad, err
		}
		defer p.kill()
		for _, op := range operations {
			err := x.during(ctx, p, op, 2*time.Second, func() error {
				err := x.setReadOnly(ctx, "on")
				time.Sleep(4 * time.Second)
				return errors.Join(err, x.setReadOnly(ctx, "off"))
			})
			if err != nil {
				return told, bad, err
			}
			told++
			known := fmt.Sprintf(`SELECT outcome = 'ok' FROM attempts WHERE operation = '%s' ORDER BY id DESC LIMIT 1`, op)
			if x.awaitFor(ctx, 20*time.Second, known) != nil {
				state, err := x.latest(ctx)
				bad = append(bad, fmt.Sprintf("the database was read-only during %s, and its answer is lost: %s, %v", op, state, err))
			}
		}
		return told, bad, nil
	})
}

// starved lets one booking's lock be held while many want it: another agency's
// pages are answered all the same.
func (l *lab) starved(ctx context.Context, kind rules) (int, []string, error) {
	return l.inWorld(ctx, rules{kind.profile, false}, func(x *experiment) (int, []string, error) {
		p, err := x.start(ctx, "")
		if err != nil {
			return 0, nil, err
		}
		defer p.kill()
		if err := x.hold(ctx, p); err != nil {
			return 0, nil, err
		}
		tx, err := x.pool.Begin(ctx)
		if err != nil {
			return 0, nil, err
		}
		defer tx.Rollback(ctx) //nolint:errcheck // it changes nothing
		if _, err := tx.Exec(ctx, `SELECT id FROM bookings FOR UPDATE`); err != nil {
			return 0, nil, err
		}
		var all sync.WaitGroup
		agent, err := x.signedIn(ctx, p, x.agent.Name)
		if err != nil {
			return 0, nil, err
		}
		other, err := x.signedIn(ctx, p, x.other.Name)
		if err != nil {
			return 0, nil, err
		}
		for range 24 {
			all.Go(func() { _ = agent.pay(ctx, x.sold) }) // refused, or later than this
		}
		time.Sleep(300 * time.Millisecond)
		begun := time.Now()
		_, err = other.get(ctx, "/bookings")
		took := time.Since(begun)
		err = errors.Join(err, tx.Rollback(ctx))
		all.Wait()
		var bad []string
		if took > 2500*time.Millisecond { // less than a lock is waited for
			bad = append(bad, fmt.Sprintf("while one booking was locked, another agency's list took %s", took.Round(100*time.Millisecond)))
		}
		return 24, bad, err
	})
}

func (x *experiment) signedIn(ctx context.Context, p *process, name string) (*visitor, error) {
	v, err := p.visitor()
	if err != nil {
		return nil, err
	}
	return v, v.signIn(ctx, name)
}

// diskFull sells while the disk of the tables is full, from each place of each
// action on; then there is room again. Only root can make so small a disk.
func (l *lab) diskFull(ctx context.Context, kind rules) (told int, bad []string, err error) {
	if os.Getuid() != 0 {
		fmt.Fprintln(os.Stderr, "disk full: only root can try it")
		return 0, nil, nil
	}
	own, err := l.annex(ctx, "full")
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, own.close()) }()
	home, err := filepath.EvalSymlinks(own.dir) // where PostgreSQL's account may go
	if err != nil {
		return 0, nil, err
	}
	disk := home + "-disk"
	defer os.RemoveAll(disk) //nolint:errcheck // a temporary folder
	if err := os.MkdirAll(disk, 0o755); err != nil {
		return 0, nil, err
	}
	if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "size=96m,mode=0777", "tmpfs", disk).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "disk full: it cannot be tried here: %s\n", out)
		return 0, nil, nil
	}
	defer func() {
		if out, unmount := exec.Command("umount", "-l", disk).CombinedOutput(); unmount != nil {
			err = errors.Join(err, fmt.Errorf("umount: %s", out))
		}
	}()
	return own.onDisk(ctx, disk, kind)
}

func (own *lab) onDisk(ctx context.Context, disk string, kind rules) (told int, bad []string, err error) {
	space := filepath.Join(disk, "space")
	if err := errors.Join(os.Mkdir(space, 0o700), own.chown(space)); err != nil {
		return 0, nil, err
	}
	if _, err := own.admin.Exec(ctx, fmt.Sprintf("CREATE TABLESPACE small LOCATION '%s'", space)); err != nil {
		return 0, nil, err
	}
	own.tablespace = "small"
	return own.inWorld(ctx, rules{kind.profile, false}, func(x *experiment) (told int, bad []string, err error) {
		for _, op := range operations {
			for _, place := range []string{"begin", "claimed", "answered", "recorded"} {
				told++
				if err := x.fullDuring(ctx, filepath.Join(disk, "ballast"), failpoint.Point(op+"."+place), told); err != nil {
					return told, bad, fmt.Errorf("disk full at %s.%s: %w", op, place, err)
				}
			}
		}
		if x.number == 0 {
			return told, bad, errors.New("no sale ever met a full disk")
		}
		return told, bad, nil
	})
}

// fullDuring lets the disk be full from a place on, for a second.
func (x *experiment) fullDuring(ctx context.Context, ballast string, place failpoint.Point, n int) error {
	s, err := x.service(ctx, x.supplier, 0)
	if err != nil {
		return err
	}
	c := &counter{x.world, s}
	freed := make(chan error, 1)
	reached := false
	at(place, func() {
		reached = true
		fill(ballast)
		go func() {
			// Pages that exist take more rows; what is written now needs new ones.
			_, _ = x.pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS proof_ballast (t text); INSERT INTO proof_ballast SELECT repeat('x', 4000) FROM generate_series(1, 3000)`)
			time.Sleep(time.Second)
			freed <- os.Remove(ballast)
		}()
	})
	sold := c.whole(ctx, fmt.Sprintf("AA-%03d-FU", n), func() {})
	failpoint.Watch(nil)
	if sold != nil {
		x.number++ // of the sales that met a full disk
	}
	if !reached {
		return errors.Join(errors.New("the place was never reached"), sold)
	}
	if err := <-freed; err != nil {
		return err
	}
	s.Wait()
	if sold != nil && !errors.Is(sold, booking.ErrAway) && !errors.Is(sold, booking.ErrBusy) && !errors.Is(sold, booking.ErrUncertain) {
		return fmt.Errorf("nobody expects: %w", sold)
	}
	return c.settle(ctx)
}

// fill writes until nothing fits any more.
func fill(path string) {
	f, err := os.Create(path)
	if err != nil {
		return
	}
	defer f.Close() //nolint:errcheck // it is removed soon
	for size := 1 << 20; size >= 512; size /= 2 {
		block := make([]byte, size)
		for {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
}

// lateAndAgain lets the answer to a lost create arrive while the sale is being
// tried again, at each place where the two can meet; then both are paid as far
// as that goes.
func (l *lab) lateAndAgain(ctx context.Context, kind rules) (told int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return 0, nil, err
	}
	c := &counter{w, s}
	for i, place := range []failpoint.Point{"late.begin", "late.settled", "late.moved", "create.begin", "create.in_claim", "create.claimed", "create.in_record", "create.recorded"} {
		if err := c.lateMeetsAgain(ctx, place, fmt.Sprintf("AA-%03d-LA", i)); err != nil {
			return told, bad, fmt.Errorf("a late answer and a retry meet at %s: %w", place, err)
		}
		told++
		list, err := w.records(ctx)
		if err != nil {
			return told, bad, err
		}
		for _, b := range judge(w.environment(), list, w.ledger(), nil, false) {
			bad = append(bad, fmt.Sprintf("they meet at %s: %s", place, b))
		}
		if err := c.settle(ctx); err != nil {
			return told, bad, err
		}
	}
	found, err := w.violations(ctx)
	return told, append(bad, found...), err
}

// lateMeetsAgain stops whoever comes to the place first until the other one is
// through, or waits for the first.
func (c *counter) lateMeetsAgain(ctx context.Context, place failpoint.Point, plate string) error {
	d, err := c.draft(ctx, plate)
	if err != nil {
		return err
	}
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_after"}); err != nil {
		return err
	}
	first, err := c.book(ctx, d)
	if err != nil || first.State != booking.CreateUnknown {
		return fmt.Errorf("the booking is %s: %w", first.State, err)
	}
	again, err := c.Retry(ctx, c.agent, first.Ref)
	if err != nil {
		return err
	}
	_, attempts, err := c.History(ctx, first)
	if err != nil {
		return err
	}
	all := c.sim.Ledger()
	there := all[len(all)-1]
	good := booking.Answer{Outcome: booking.OutcomeOK, Created: booking.Created{
		ID: there.ID, Reference: there.Reference, ContactID: there.ContactID, CarID: there.CarID, Total: first.Total, Services: there.Services,
	}}
	late := func() error { return tolerate(c.RecordAgain(ctx, attempts[0].ID, good)) }
	retry := func() error { _, err := c.book(ctx, again); return tolerate(err) }
	one, other := late, retry
	if place[:4] != "late" {
		one, other = retry, late
	}
	met := make(chan error, 1)
	at(place, func() {
		go func() { met <- other() }()
		time.Sleep(250 * time.Millisecond) // long enough to be through, or to wait for a lock
	})
	err = one()
	failpoint.Watch(nil)
	select {
	case other := <-met:
		err = errors.Join(err, other)
	case <-time.After(10 * time.Second):
		err = errors.Join(err, other()) // the place was not on this way
	}
	for _, ref := range []string{first.Ref, again.ID} {
		if b, find := c.Booking(ctx, c.desk.Scope(), ref); find == nil {
			_, pay := c.pay(ctx, b)
			err = errors.Join(err, tolerate(pay))
		}
	}
	return err
}
