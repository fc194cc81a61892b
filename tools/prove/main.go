// Command prove shows that no sale is lost and none is paid twice, and that no
// page says what is not so: it kills the real portal at every named point, breaks
// the wire, races people against each other, lets misfortunes follow each other at
// random under sales, restores backups, lets the supplier contradict itself, and
// compares the portal's records and pages with the supplier's own ledger. Then it
// builds the product without each guard in turn (package mutants) and shows that
// it would have noticed.
//
// A mix of misfortunes is repeated by its seed: -only mix -mixes 1 -seed 7.
//
// Build and run it with the tag "prove"; `make prove` does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"guichet/internal/failpoint"
	"guichet/internal/simulator"
	"guichet/tools/prove/mutants"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings say how much is tried.
type settings struct {
	overlay string // of a mutant
	mutant  string // a regular expression of the names of those to try

	unguarded bool // scenarios run in a database that refuses nothing by itself

	short   bool
	root    string
	rounds  int     // of every crash point and profile
	kinds   []rules // of worlds
	workers int
	races   int    // histories
	step    int    // every which wire fault is tried
	only    string // a crash point or one of parts; empty means everything
	seed    uint64 // of the first mix
	mixes   int    // how many seeds
	each    int    // misfortunes of a seed
}

// parts of a run that are no crash points.
var parts = []string{"scenarios", "races", "wire", "database", "mix", "trials", "mutants", "security"}

func (s settings) wants(part string) bool { return s.only == "" || s.only == part }

// shortPoints are those of a short run: around each claim, call and record, and
// in the middle of each sweep. A longer run has them all.
var shortPoints = []failpoint.Point{
	"create.claimed", "create.written", "create.answered", "create.next",
	"pay.in_claim", "pay.claimed", "pay.written", "pay.answered", "pay.in_record", "pay.recorded",
	"cancel.written", "cancel.answered", "expiry.moved", "lease.moved", "create_lapse.moved", "disproved.moved", "late.settled",
}

// guards are those that are left out. The lines of SECURITY.md have a run of their
// own, and a few in the short one.
func (s settings) guards() []mutants.Mutant {
	if s.short && s.only == "" {
		return slices.Concat(mutants.Table(), mutants.Security())
	}
	return mutants.Table()
}

func (s settings) points() []failpoint.Point {
	if s.short && s.only == "" {
		return shortPoints
	}
	return failpoint.Points()
}

// check refuses to run nothing.
func (s settings) check() error {
	trial := func(t trial) bool { return t.name == s.only }
	if s.only == "" || slices.Contains(parts, s.only) || isScenario(s.only) || slices.ContainsFunc(trials, trial) ||
		slices.Contains(failpoint.Points(), failpoint.Point(s.only)) {
		return nil
	}
	return fmt.Errorf("nothing is called %q", s.only)
}

func run(ctx context.Context, args []string) error {
	var s settings
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "the short run: some points once, in the documented profile")
	flags.IntVar(&s.rounds, "n", 3, "rounds of every point and profile")
	flags.IntVar(&s.workers, "workers", 3, "experiments at a time")
	flags.StringVar(&s.root, "root", "../..", "folder of the project")
	flags.IntVar(&s.races, "histories", 600, "histories of eight people at one booking")
	flags.StringVar(&s.only, "only", "", "one crash point, or scenarios, races, wire, database, mix, mutants, security, trials or the name of one of these or of a scenario")
	flags.Uint64Var(&s.seed, "seed", 1, "of the first mix of misfortunes; what a run prints repeats it")
	flags.StringVar(&s.mutant, "mutant", "", "only mutants whose name matches this regular expression")
	flags.BoolVar(&s.unguarded, "unguarded", false, "scenarios run in a database without its own guards")
	flags.StringVar(&s.overlay, "overlay", "", "what a mutant's portal is built with")
	flags.IntVar(&s.mixes, "mixes", 10, "mixes of misfortunes, each with a seed of its own")
	flags.IntVar(&s.each, "misfortunes", 30, "misfortunes of a mix")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s.kinds, s.step = allRules(), 2
	if *quick {
		s.short, s.mixes, s.each = true, 1, 8
		s.rounds, s.races, s.step, s.kinds = 1, 30, 50, []rules{{simulator.ProfileDocumented, false}}
	}
	if err := errors.Join(s.check(), checkWords()); err != nil {
		return err
	}
	begun := time.Now()
	r := &report{points: map[failpoint.Point]bool{}}
	try := r.experiments
	switch s.only {
	case "mutants":
		try = r.mutating(mutants.Table())
	case "security":
		try = r.mutating(mutants.Security())
	}
	if err := try(ctx, s); err != nil {
		return err
	}
	return r.print(os.Stdout, time.Since(begun))
}

// experiments are everything that is tried with the product as it is, and the
// mutants where they are wanted.
func (r *report) experiments(ctx context.Context, s settings) error {
	from := source{root: s.root, skewed: !s.short, overlay: s.overlay}
	if isScenario(s.only) || s.only == "scenarios" {
		from = source{} // they need no process
	}
	l, err := openLab(ctx, from)
	if err != nil {
		return err
	}
	r.runScenarios(ctx, l, s)
	var together sync.WaitGroup
	together.Go(func() { // in this process, where one place at a time is watched
		if s.wants("races") {
			r.races(ctx, l, s)
		}
		if s.wants("wire") {
			r.wires(ctx, l, s)
		}
		if s.wants("database") {
			r.databases(ctx, l, s)
		}
		r.runTrials(ctx, l, s)
	})
	var failed error
	together.Go(func() { // while experiments wait for a process or for the time to pass
		if s.wants("mutants") {
			failed = r.mutating(s.guards())(ctx, s)
		}
	})
	together.Go(func() { // processes, on a server of their own
		if s.wants("mix") {
			r.mixed(ctx, l, s)
		}
	})
	if s.only == "" || slices.Contains(failpoint.Points(), failpoint.Point(s.only)) {
		r.crashes(ctx, l, s)
	}
	together.Wait()
	return errors.Join(failed, l.close())
}
