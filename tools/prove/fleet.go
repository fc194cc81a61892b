package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// node is one place of a fleet: a portal that is started again when it ended.
type node struct {
	skew  time.Duration // how far its clock is off
	state string        // folder of what it remembers

	mu      sync.Mutex
	process *process
}

// at returns the running process; nil while there is none.
func (n *node) at() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.process
}

// fleet is several portals on one database, each a process with its own clock.
type fleet struct {
	*world
	nodes []*node
}

// startFleet starts a portal for each clock.
func (w *world) startFleet(ctx context.Context, skews ...time.Duration) (*fleet, error) {
	f := &fleet{world: w}
	var errs []error
	for _, skew := range skews {
		n := &node{skew: skew, state: filepath.Join(w.lab.folder, fmt.Sprintf("%s-node-%d", databaseName(w.url), len(f.nodes)))}
		errs = append(errs, os.MkdirAll(n.state, 0o700))
		f.nodes = append(f.nodes, n)
		errs = append(errs, f.restart(ctx, n))
	}
	return f, errors.Join(errs...)
}

// restart starts a portal where none runs. While the database is away it cannot
// start, and tries again as an operator's supervisor does.
func (f *fleet) restart(ctx context.Context, n *node) error {
	limit, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		p, err := f.launch(ctx, launch{skew: n.skew, quiet: true, state: n.state})
		if err == nil {
			n.mu.Lock()
			n.process = p
			n.mu.Unlock()
			return nil
		}
		if limit.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// kill ends a portal without a chance to say goodbye.
func (f *fleet) kill(n *node) {
	if p := n.take(); p != nil {
		p.kill()
	}
}

// take empties the place.
func (n *node) take() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.process
	n.process = nil
	return p
}

// pause stops a portal in the middle of whatever it does, and lets it go on.
func (n *node) pause(during func() error) error {
	p := n.at()
	if p == nil {
		return during()
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("pause a portal: %w", err)
	}
	return errors.Join(during(), p.cmd.Process.Signal(syscall.SIGCONT))
}

// end stops all portals.
func (f *fleet) end() {
	for _, n := range f.nodes {
		if p := n.take(); p != nil {
			_ = p.cmd.Process.Signal(syscall.SIGCONT) // or it would not hear the next one
			p.kill()
		}
	}
}

// migrate brings the schema up to date as `portal migrate` does, some times at
// once.
func (f *fleet) migrate(ctx context.Context, times int) error {
	errs := make([]error, times)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			cmd := f.command(ctx, "migrate", launch{})
			out, err := cmd.CombinedOutput()
			if err != nil {
				errs[i] = fmt.Errorf("portal migrate: %w: %s", err, out)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// environ is what a portal of this world is told.
func (w *world) environ(l launch) []string {
	return append(os.Environ(),
		"GUICHET_ADDR=127.0.0.1:0", "GUICHET_DATABASE_URL="+w.url, "GUICHET_SUPPLIER_URL="+w.supplier,
		"GUICHET_SUPPLIER_KEY="+supplierKey, "GUICHET_SECURE_COOKIES=false", "GUICHET_SUPPORT_PHONE=+33199001234",
		"GUICHET_SECRET_KEY="+secretKey, "GUICHET_SECOND_FACTOR="+w.secondFactor(), "GUICHET_CANONICAL_URL="+w.origin(),
		"GUICHET_STATE_DIR="+l.state, "GUICHET_PROVE_CRASH="+string(l.crash), "GUICHET_PROVE_PAUSE="+string(l.pause), fmt.Sprintf("%s=%d", skewVariable, int64(l.skew.Seconds())))
}
