package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"guichet/internal/failpoint"
	"guichet/internal/localpg"
	"guichet/tools/prove/mutants"
)

// report collects what was found.
type report struct {
	mu            sync.Mutex
	kills         int
	done          int // experiments
	histories     int
	deaths        int // in histories
	faults        int // on the wire
	trials        []trialResult
	databaseKills int
	points        map[failpoint.Point]bool
	violations    []string
	failures      []error
	mixes         []mixResult
	mutants       []mutants.Result
}

// crashes kills a portal at every point, or at those of a short run.
func (r *report) crashes(ctx context.Context, l *lab, s settings) {
	type task struct {
		point failpoint.Point
		kind  rules
	}
	var tasks []task
	for range s.rounds {
		for _, kind := range s.kinds {
			for _, point := range s.points() {
				if (s.only == "" || s.only == string(point)) && (!kind.production || sells(point)) {
					tasks = append(tasks, task{point, kind})
				}
			}
		}
	}
	queue := make(chan task)
	var workers sync.WaitGroup
	for range s.workers {
		workers.Go(func() {
			for t := range queue {
				kills, bad, err := l.crashAt(ctx, t.point, t.kind)
				r.crashed(t.point, t.kind, kills, bad, err)
				r.progress("crash points", len(tasks))
			}
		})
	}
	for _, t := range tasks {
		queue <- t
	}
	close(queue)
	workers.Wait()
	fmt.Println()
}

func (r *report) crashed(point failpoint.Point, kind rules, kills int, bad []string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills += kills
	if err != nil {
		r.failures = append(r.failures, err)
		return
	}
	r.points[point] = true
	for _, b := range bad {
		r.violations = append(r.violations, fmt.Sprintf("%s, %s: %s", point, kind, b))
	}
}

// races lets people race for bookings, one world after the other: the places
// where processes die are watched in the whole process.
func (r *report) races(ctx context.Context, l *lab, s settings) {
	for seed := 0; seed*perWorld < s.races; seed++ {
		kind := s.kinds[seed%len(s.kinds)]
		n := min(perWorld, s.races-seed*perWorld)
		deaths, bad, err := l.races(ctx, uint64(seed), kind, n)
		r.mu.Lock()
		r.histories += n
		r.deaths += deaths
		r.violations = append(r.violations, bad...)
		if err != nil {
			r.failures = append(r.failures, err)
		}
		r.mu.Unlock()
	}
}

// wires breaks the connections to the supplier and to the database.
func (r *report) wires(ctx context.Context, l *lab, s settings) {
	note := func(faults int, bad []string, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.faults += faults
		r.violations = append(r.violations, bad...)
		if err != nil {
			r.failures = append(r.failures, err)
		}
	}
	for _, kind := range s.kinds {
		note(l.supplierWire(ctx, kind, s.step))
	}
	note(l.databaseWire(ctx, max(1, s.step/5)))
}

// databases kills PostgreSQL in the middle of sales.
func (r *report) databases(ctx context.Context, l *lab, s settings) {
	kills, bad, err := l.databaseKilled(ctx, max(1, s.step/10))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.databaseKills = kills
	r.violations = append(r.violations, bad...)
	if err != nil {
		r.failures = append(r.failures, err)
	}
}

// trialResult is how a trial went in one kind of world.
type trialResult struct {
	name string
	kind rules
	told int // constructions
	bad  int
	took time.Duration
}

func (r *report) tried(name string, kind rules, told int, bad []string, err error, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trials = append(r.trials, trialResult{name, kind, told, len(bad), took})
	fmt.Printf("%s, %s: %d constructions, %d violations, %s\n", name, kind, told, len(bad), took.Round(time.Second))
	for _, b := range bad {
		r.violations = append(r.violations, fmt.Sprintf("%s, %s: %s", name, kind, b))
	}
	if err != nil {
		r.failures = append(r.failures, fmt.Errorf("%s, %s: %w", name, kind, err))
	}
}

// mixed lives through one mix of misfortunes after the other.
func (r *report) mixed(ctx context.Context, l *lab, s settings) {
	for i := range s.mixes {
		one := l.runMix(ctx, s.seed+uint64(i), s.each)
		r.mu.Lock()
		r.mixes = append(r.mixes, one)
		fmt.Printf("mix of seed %d, %s: %d violations, %s\n", one.seed, one.kind, len(one.bad), one.took.Round(time.Second))
		for _, b := range one.bad {
			r.violations = append(r.violations, fmt.Sprintf("mix of seed %d, %s: %s", one.seed, one.kind, b))
		}
		if one.err != nil {
			r.failures = append(r.failures, fmt.Errorf("mix of seed %d, %s: %w (after %v)", one.seed, one.kind, one.err, one.told))
		}
		r.mu.Unlock()
	}
}

// mutating returns what leaves out the guards of a table.
func (r *report) mutating(table []mutants.Mutant) func(context.Context, settings) error {
	return func(ctx context.Context, s settings) error { return r.mutated(ctx, s, table) }
}

// mutated leaves out one guard after the other, two at a time at most. The tests of
// packages share a server.
func (r *report) mutated(ctx context.Context, s settings, table []mutants.Mutant) (err error) {
	named, err := regexp.Compile(s.mutant)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(memory(), "guichet-prove-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	pg, err := localpg.Start(ctx, localpg.Options{Dir: folder, Fast: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	queue := make(chan mutants.Mutant)
	var workers sync.WaitGroup
	for range min(2, s.workers) {
		workers.Go(func() {
			for m := range queue {
				one := m.Try(ctx, s.root, pg.URL("postgres"))
				r.mu.Lock()
				r.mutants = append(r.mutants, one)
				fmt.Printf("mutant %s: red %v, %s\n", one.Name, one.Red, one.Took.Round(time.Second))
				r.mu.Unlock()
			}
		})
	}
	for _, m := range table {
		if (!s.short || m.Short()) && named.MatchString(m.Name) {
			queue <- m
		}
	}
	close(queue)
	workers.Wait()
	return nil
}

// printMutants writes which guards are missed when they are not there.
func (r *report) printMutants(out *strings.Builder) (red int) {
	slices.SortFunc(r.mutants, func(a, b mutants.Result) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range r.mutants {
		what := "red"
		if m.Red {
			red++
		} else {
			what = "LIVES ON"
		}
		fmt.Fprintf(out, "mutant %-60s %-8s %s\n", m.Name, what, m.Took.Round(time.Second))
		if !m.Red {
			fmt.Fprintf(out, "  %v\n  %s\n", m.Err, strings.ReplaceAll(m.Said, "\n", "\n  "))
		}
	}
	return red
}

func (r *report) progress(what string, of int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	fmt.Printf("\r%s: %d of %d, %d kills, %d histories, %d violations ", what, r.done, of, r.kills, r.histories, len(r.violations))
}

func (r *report) print(w io.Writer, took time.Duration) error {
	out := &strings.Builder{}
	for _, err := range r.failures {
		fmt.Fprintln(out, "FAILED", err)
	}
	for _, t := range r.trials {
		fmt.Fprintf(out, "%-26s %-24s %3d constructions, %3d violations, %s\n", t.name, t.kind, t.told, t.bad, t.took.Round(time.Second))
	}
	for _, m := range r.mixes {
		fmt.Fprintf(out, "mix of seed %-4d %-24s %3d violations, %s: %v\n", m.seed, m.kind, len(m.bad), m.took.Round(time.Second), m.count)
	}
	slices.Sort(r.violations)
	r.violations = slices.Compact(r.violations)
	for _, v := range r.violations {
		fmt.Fprintln(out, "VIOLATION", v)
	}
	fmt.Fprintf(out, "%d faults on the wire, PostgreSQL killed %d times, %d deaths within histories, took %s\n", r.faults, r.databaseKills, r.deaths, took.Round(time.Second))
	found := r.printMutants(out)
	fmt.Fprintf(out, "PROVE violations=%d points=%d kills=%d histories=%d mutants=%d/%d\n",
		len(r.violations), len(r.points), r.kills, r.histories, found, len(r.mutants))
	if _, err := io.WriteString(w, out.String()); err != nil {
		return err
	}
	if len(r.failures)+len(r.violations) > 0 || found < len(r.mutants) {
		return fmt.Errorf("%d violations, %d experiments failed, %d of %d mutants red",
			len(r.violations), len(r.failures), found, len(r.mutants))
	}
	return nil
}
