package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"guichet/internal/seam"
)

// report collects what was found.
type report struct {
	mu         sync.Mutex
	kills      int
	points     map[seam.Point]bool
	violations []string
	failures   []error
}

// crashes kills a portal at every point.
func (r *report) crashes(ctx context.Context, l *lab, s settings) {
	type task struct {
		point   seam.Point
		profile string
	}
	var tasks []task
	for range s.rounds {
		for _, profile := range s.profiles {
			for _, point := range seam.Points() {
				if s.only == "" || s.only == string(point) {
					tasks = append(tasks, task{point, profile})
				}
			}
		}
	}
	r.points = map[seam.Point]bool{}
	queue := make(chan task)
	var workers sync.WaitGroup
	for range s.workers {
		workers.Go(func() {
			for t := range queue {
				kills, bad, err := l.crashAt(ctx, t.point, t.profile)
				r.crashed(t.point, t.profile, kills, bad, err)
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

func (r *report) crashed(point seam.Point, profile string, kills int, bad []string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills += kills
	if err != nil {
		r.failures = append(r.failures, err)
		return
	}
	r.points[point] = true
	for _, b := range bad {
		r.violations = append(r.violations, fmt.Sprintf("%s, %s: %s", point, profile, b))
	}
}

func (r *report) progress(what string, of int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Printf("\r%s: %d kills, %d to do, %d violations ", what, r.kills, of, len(r.violations))
}

func (r *report) print(out io.Writer, took time.Duration) error {
	for _, err := range r.failures {
		fmt.Fprintln(out, "FAILED", err)
	}
	slices.Sort(r.violations)
	for _, v := range r.violations {
		fmt.Fprintln(out, "VIOLATION", v)
	}
	fmt.Fprintf(out, "took %s\n", took.Round(time.Second))
	fmt.Fprintf(out, "PROVE violations=%d points=%d kills=%d\n", len(r.violations), len(r.points), r.kills)
	if len(r.failures)+len(r.violations) > 0 {
		return fmt.Errorf("%d violations, %d experiments failed", len(r.violations), len(r.failures))
	}
	return nil
}
