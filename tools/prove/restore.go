package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// dump writes a backup of the world's database, as pg_dump does.
func (w *world) dump(ctx context.Context) (file string, err error) {
	file = filepath.Join(w.lab.folder, fmt.Sprintf("%s-%d.dump", databaseName(w.url), time.Now().UnixNano()))
	return file, w.tool(ctx, "pg_dump", "-Fc", "-f", file, "-d", w.url)
}

// restore puts a backup in the place of the database. Portals may run.
func (w *world) restore(ctx context.Context, file string) error {
	name := databaseName(w.url)
	for _, sql := range []string{"DROP DATABASE " + name + " WITH (FORCE)", "CREATE DATABASE " + name + w.lab.where()} {
		if _, err := w.lab.admin.Exec(ctx, sql); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	err := w.tool(ctx, "pg_restore", "-d", w.url, file)
	w.pool.Reset()
	w.lost = true
	_, checkpoint := w.lab.admin.Exec(ctx, "CHECKPOINT")
	return errors.Join(err, checkpoint, os.Remove(file))
}

// tool runs one of PostgreSQL's programs, of the version that serves.
func (w *world) tool(ctx context.Context, name string, args ...string) error {
	var folder string
	if err := w.lab.admin.QueryRow(ctx, `SELECT setting FROM pg_config WHERE name = 'BINDIR'`).Scan(&folder); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, filepath.Join(folder, name), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// restoredBackup sells before, during and after a backup that is then restored:
// what was paid since must not be paid again, nor called unpaid, frozen or not.
func (l *lab) restoredBackup(ctx context.Context, kind rules) (told int, bad []string, err error) {
	for _, running := range []bool{true, false} {
		n, found, err := l.inWorld(ctx, rules{kind.profile, false}, func(x *experiment) (int, []string, error) {
			return x.overRestore(ctx, running)
		})
		told += n
		for _, b := range found {
			bad = append(bad, fmt.Sprintf("portals run meanwhile (%v): %s", running, b))
		}
		if err != nil {
			return told, bad, err
		}
	}
	return told, bad, nil
}

// overRestore is one drill. Portals run through it, or are stopped for it.
func (x *experiment) overRestore(ctx context.Context, running bool) (told int, bad []string, err error) {
	s, err := x.service(ctx, x.supplier, 0)
	if err != nil {
		return 0, nil, err
	}
	c := &counter{x.world, s}
	f, err := x.startFleet(ctx, 0, 0)
	defer f.end()
	if err != nil {
		return 0, nil, err
	}
	paid, unpaid, waiting, err := c.beforeDump(ctx, f)
	if err != nil {
		return 0, nil, err
	}
	file, err := x.dump(ctx)
	if err != nil {
		return 0, nil, err
	}
	if err := c.afterDump(ctx, paid, waiting); err != nil {
		return 0, nil, err
	}
	if !running {
		f.end()
	}
	if err := x.restore(ctx, file); err != nil {
		return 0, nil, err
	}
	if !running {
		for _, n := range f.nodes {
			if err := f.restart(ctx, n); err != nil {
				return 1, nil, err
			}
		}
	}
	if x.awaitFor(ctx, 40*time.Second, `SELECT frozen FROM portal_state`) != nil {
		bad = append(bad, "nobody noticed the restore")
	}
	bad, err = x.lookAfter(ctx, bad, "frozen")
	if err != nil {
		return 1, bad, err
	}
	more, err := c.reopened(ctx, paid, unpaid, waiting)
	return 1, append(bad, more...), err
}

// beforeDump leaves a booking that will be paid, one that will not, and a quote
// that will be sold.
func (c *counter) beforeDump(ctx context.Context, f *fleet) (paid, unpaid booking.Booking, waiting booking.Draft, err error) {
	x := &experiment{world: c.world, car: "AA-900-RE"}
	if err = x.sell(ctx, f.nodes[0].at()); err != nil { // so that a node remembers a claim
		return
	}
	if paid, err = c.heldAs(ctx, "AA-901-RE"); err != nil {
		return
	}
	if unpaid, err = c.heldAs(ctx, "AA-902-RE"); err != nil {
		return
	}
	waiting, err = c.draft(ctx, "AA-903-RE")
	return
}

// afterDump is what the backup does not know.
func (c *counter) afterDump(ctx context.Context, paid booking.Booking, waiting booking.Draft) error {
	_, err := c.pay(ctx, paid)
	d, other := c.draft(ctx, "AA-904-RE")
	err = errors.Join(err, other)
	for _, d := range []booking.Draft{d, waiting} {
		b, sold := c.book(ctx, d)
		if sold == nil {
			_, sold = c.pay(ctx, b)
		}
		err = errors.Join(err, sold)
	}
	return err
}

func (c *counter) heldAs(ctx context.Context, plate string) (booking.Booking, error) {
	d, err := c.draft(ctx, plate)
	if err != nil {
		return booking.Booking{}, err
	}
	return c.book(ctx, d)
}

// lookAfter judges what stands now, settled or not.
func (w *world) lookAfter(ctx context.Context, bad []string, when string) ([]string, error) {
	if w.readers != nil { // their sessions ended with the restore
		w.readers.close()
		w.readers = nil
	}
	list, err := w.records(ctx)
	if err != nil {
		return bad, err
	}
	there := w.ledger()
	asked, err := w.askedAbout(ctx, there)
	if err != nil {
		return bad, err
	}
	said, err := w.readPages(ctx, list, there)
	for _, b := range append(judge(w.environment(), list, there, asked, false), said...) {
		bad = append(bad, when+": "+b)
	}
	return bad, err
}

// reopened lets time pass, compares with the supplier's statement, reopens, and
// lets people do what they do: pay and book what they see.
func (c *counter) reopened(ctx context.Context, paid, unpaid booking.Booking, waiting booking.Draft) (bad []string, err error) {
	if err := errors.Join(c.pass(ctx, 65*time.Minute), c.sweepAll(ctx)); err != nil {
		return nil, err
	}
	if bad, err = c.lookAfter(ctx, bad, "after its time"); err != nil {
		return bad, err
	}
	if err := tolerate(c.compare(ctx, c.Service, c.billed())); err != nil {
		return bad, fmt.Errorf("compare after a restore: %w", err)
	}
	if bad, err = c.lookAfter(ctx, bad, "compared"); err != nil {
		return bad, err
	}
	admin, err := c.admin(ctx)
	if err != nil {
		return bad, err
	}
	if err := c.Unfreeze(ctx, admin); err != nil {
		return bad, fmt.Errorf("reopen: %w", err)
	}
	for _, ref := range []string{paid.Ref, unpaid.Ref} {
		if b, err := c.Booking(ctx, c.agent.Scope(), ref); err == nil {
			_, _ = c.pay(ctx, b) // refused, or right
		}
	}
	if d, err := c.Draft(ctx, c.agent.Scope(), waiting.ID); err == nil {
		_, _ = c.book(ctx, d) // the same
	}
	if err := c.sweepAll(ctx); err != nil {
		return bad, err
	}
	return c.lookAfter(ctx, bad, "reopened")
}

func (c *counter) sweepAll(ctx context.Context) error {
	_, lease := c.EndLeases(ctx)
	_, expiry := c.Expire(ctx)
	return errors.Join(lease, expiry)
}

// admin is somebody who may reopen.
func (w *world) admin(ctx context.Context) (account.Actor, error) {
	var id int64
	err := w.pool.QueryRow(ctx, `INSERT INTO users (email, name, role, language, theme, password_hash)
		SELECT 'admin@test.test', 'admin', 'admin', language, theme, password_hash FROM users WHERE agency_id IS NULL LIMIT 1
		ON CONFLICT (email) DO UPDATE SET name = 'admin' RETURNING id`).Scan(&id)
	return account.Actor{UserID: id, Name: "admin", Role: account.Admin}, err
}
