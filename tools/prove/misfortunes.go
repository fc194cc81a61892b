package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guichet/internal/simulator"
)

// misfortune is one thing that goes wrong under everybody's hands, and is over
// when it returns.
type misfortune struct {
	name   string
	weight int
	real   bool // it may happen where bookings are real: no portal starts there once its clock was moved
	do     func(*mix, context.Context) error
}

var misfortunes = []misfortune{
	{"supplier", 12, true, (*mix).badSupplier},
	{"kill", 4, true, (*mix).killNode},
	{"stop", 2, true, (*mix).stopNode},
	{"pause", 2, false, (*mix).pauseNode},
	{"time", 4, false, (*mix).timePasses},
	{"database killed", 2, true, (*mix).killDatabase},
	{"database stopped", 1, true, (*mix).stopDatabase},
	{"connections cut", 2, true, (*mix).cutConnections},
	{"read-only", 2, true, (*mix).readOnly},
	{"locked", 2, true, (*mix).lockRows},
	{"migrations", 1, true, (*mix).migrateAtOnce},
	{"statement", 3, true, (*mix).statement},
	{"frozen", 1, true, (*mix).frozen},
	{"restore", 1, true, (*mix).restoreBackup},
}

// lies are kinds of faults by which the supplier says what is not so. Believing
// them is right, so that the ledger cannot judge what came of it.
var lies = []string{"not_found", "already_paid", "already_cancelled", "erased"}

// badSupplier lets calls go wrong for a moment.
func (m *mix) badSupplier(_ context.Context) error {
	kinds := slices.DeleteFunc(simulator.Kinds(), func(k string) bool { return slices.Contains(lies, k) })
	endpoints := []string{simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointPay, simulator.EndpointCancel, simulator.EndpointQuotes}
	for range 10 { // not every kind fits every endpoint
		f := simulator.Fault{
			Endpoint: endpoints[m.random.IntN(len(endpoints))], Kind: kinds[m.random.IntN(len(kinds))], Count: 1 + m.random.IntN(3),
			Amount: int64(m.random.IntN(2000)) - 1000, Skew: time.Duration(m.random.IntN(580)-290) * time.Second,
			Delay: time.Duration(1+m.random.IntN(8)) * time.Minute, Zone: "CDG", Service: "cancellation_insurance",
		}
		if m.random.IntN(3) == 0 {
			f.Latency = time.Duration(m.random.IntN(3000)) * time.Millisecond
		}
		if f.Kind == "latency" || f.Kind == "latency_before" {
			f.Latency = time.Duration(500+m.random.IntN(4000)) * time.Millisecond
		}
		if m.sim.SetFault(f) == nil {
			m.detail = f.Endpoint + " " + f.Kind
			m.faults++
			return nil
		}
	}
	return nil
}

func (m *mix) someNode() *node { return m.nodes[m.random.IntN(len(m.nodes))] }

func (m *mix) killNode(ctx context.Context) error {
	n := m.someNode()
	m.kill(n)
	m.kills++
	time.Sleep(time.Duration(m.random.IntN(800)) * time.Millisecond)
	return m.restart(ctx, n)
}

// stopNode ends a portal as a deployment does: what it has sent is recorded
// before it is gone.
func (m *mix) stopNode(ctx context.Context) error {
	n := m.someNode()
	p := n.take()
	if p == nil {
		return nil
	}
	m.stops++
	return errors.Join(p.stop(), m.restart(ctx, n))
}

// pauseNode stops a portal for longer than a lease, while time passes for all
// others.
func (m *mix) pauseNode(ctx context.Context) error {
	m.pauses++
	return m.someNode().pause(func() error {
		time.Sleep(500 * time.Millisecond)
		err := m.pass(ctx, time.Minute)
		time.Sleep(2 * time.Second)
		return err
	})
}

func (m *mix) timePasses(ctx context.Context) error {
	steps := []time.Duration{20 * time.Second, time.Minute, 12 * time.Minute, 30 * time.Minute, 61 * time.Minute}
	d := steps[m.random.IntN(len(steps))]
	m.detail = d.String()
	return m.pass(ctx, d)
}

func (m *mix) killDatabase(ctx context.Context) error {
	m.databaseKills++
	return errors.Join(m.lab.pg.Kill(), m.databaseBack(ctx))
}

func (m *mix) stopDatabase(ctx context.Context) error {
	m.databaseKills++
	return errors.Join(m.lab.pg.Stop(), m.databaseBack(ctx))
}

// databaseBack starts the server again after a moment.
func (m *mix) databaseBack(ctx context.Context) error {
	time.Sleep(time.Duration(m.random.IntN(3000)) * time.Millisecond)
	err := m.lab.restart(ctx, m.lab.dir)
	m.pool.Reset()
	return err
}

func (m *mix) cutConnections(ctx context.Context) error { return m.cutAll(ctx) }

// readOnly is what a portal sees while a standby takes over: the server answers,
// and refuses every write.
func (m *mix) readOnly(ctx context.Context) error {
	if err := m.setReadOnly(ctx, "on"); err != nil {
		return err
	}
	time.Sleep(time.Duration(500+m.random.IntN(2500)) * time.Millisecond)
	return m.setReadOnly(ctx, "off")
}

func (w *world) setReadOnly(ctx context.Context, value string) error {
	_, err := w.lab.admin.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s SET default_transaction_read_only = %s", databaseName(w.url), value))
	return errors.Join(err, w.cutAll(ctx))
}

// cutAll ends all connections to the database.
func (w *world) cutAll(ctx context.Context) error {
	_, err := w.lab.admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, databaseName(w.url))
	return err
}

// lockRows lets somebody hold all bookings for longer than a portal waits.
func (m *mix) lockRows(ctx context.Context) error {
	tx, err := m.pool.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `SELECT id FROM bookings FOR UPDATE`)
	time.Sleep(time.Duration(500+m.random.IntN(4000)) * time.Millisecond)
	return errors.Join(err, tx.Rollback(ctx))
}

func (m *mix) migrateAtOnce(ctx context.Context) error { return m.migrate(ctx, 3) }

// restoreBackup takes a backup, lets people sell, and puts it back under them.
// Then customer service compares and an admin reopens.
func (m *mix) restoreBackup(ctx context.Context) error {
	file, err := m.dump(ctx)
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	if err := m.restore(ctx, file); err != nil {
		return err
	}
	m.restores++
	if m.awaitFor(ctx, 40*time.Second, `SELECT frozen FROM portal_state`) != nil {
		m.note("nobody noticed a restore")
	}
	if err := m.statement(ctx); err != nil {
		return err
	}
	s, err := m.service(ctx, m.supplier, 0)
	if err != nil {
		return err
	}
	admin, err := m.admin(ctx)
	if err != nil {
		return err
	}
	return s.Unfreeze(ctx, admin)
}

func (m *mix) frozen(ctx context.Context) error {
	s, err := m.service(ctx, m.supplier, 0)
	if err != nil {
		return err
	}
	if err := s.Freeze(ctx); err != nil {
		return err
	}
	time.Sleep(time.Second)
	_, err = m.pool.Exec(ctx, `UPDATE portal_state SET frozen = false`)
	return err
}
