// Command prove shows that no sale is lost and none is paid twice: it kills the
// real portal at every named point, breaks the wire, races people against each
// other, and compares the portal's records with the supplier's own ledger. Then
// it leaves out each guard in turn and shows that it would have noticed.
//
// Build and run it with the tag "prove"; `make prove` does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"guichet/internal/seam"
	"guichet/internal/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings say how much is tried.
type settings struct {
	root    string
	rounds  int     // of every crash point and profile
	kinds   []rules // of worlds
	workers int
	races   int    // histories
	step    int    // every which wire fault is tried
	only    string // a crash point or one of parts; empty means everything
}

// parts of a run that are no crash points.
var parts = []string{"twins", "races", "wire", "database"}

func (s settings) wants(part string) bool { return s.only == "" || s.only == part }

func run(ctx context.Context, args []string) error {
	var s settings
	flags := flag.NewFlagSet("prove", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "every point once, in the documented profile")
	flags.IntVar(&s.rounds, "n", 5, "rounds of every point and profile")
	flags.IntVar(&s.workers, "workers", 3, "experiments at a time")
	flags.StringVar(&s.root, "root", "../..", "folder of the project")
	flags.IntVar(&s.races, "histories", 1000, "histories of eight people at one booking")
	flags.StringVar(&s.only, "only", "", "one crash point, or twins, races, wire or database")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s.kinds, s.step = allRules(), 1
	if *quick {
		s.rounds, s.races, s.step, s.kinds = 1, 50, 50, []rules{{simulator.ProfileDocumented, false}}
	}
	if err := checkWords(); err != nil {
		return err
	}
	begun := time.Now()
	l, err := openLab(ctx, s.root)
	if err != nil {
		return err
	}
	r := &report{points: map[seam.Point]bool{}}
	if s.wants("twins") {
		r.twins = l.runTwins(ctx)
	}
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
	})
	if !slices.Contains(parts, s.only) {
		r.crashes(ctx, l, s)
	}
	together.Wait()
	if err := l.close(); err != nil {
		return err
	}
	return r.print(os.Stdout, time.Since(begun))
}
