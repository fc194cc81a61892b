// Package jobs runs what repeats (expiry, lease sweep, zone refresh, the erasure
// of old drafts) and sends mail. Every job is right when it runs twice or on several
// nodes. Create, pay and cancel are never jobs.
//
// Sweeps run in a loop of every node, and what the queue of jobs needs of a clock
// is the database's: a node whose clock is wrong sweeps, and mails, like any other.
//
// It must not decide anything: it calls the services on time.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/statement"
)

// How often each job runs, and how long one run may take.
const (
	sweepEvery   = 15 * time.Second
	clockEvery   = time.Minute
	upkeepEvery  = time.Minute
	historyEvery = time.Minute
	zonesEvery   = time.Hour // the supplier's list itself is asked for once a day
	draftsEvery  = time.Hour
	limitsEvery  = time.Hour
	eraseEvery   = 6 * time.Hour
	jobLimit     = time.Minute
	historyLimit = 10 * time.Minute // a database of many years, once
	keepFinished = time.Hour
	never        = 100 * 365 * 24 * time.Hour
)

// RefreshZones fetches the supplier's zones when the stored ones are a day old.
type RefreshZones struct{}

// Kind names the job in the queue.
func (RefreshZones) Kind() string { return "refresh_zones" }

// EraseDrafts removes quotes that nobody touched for a day.
type EraseDrafts struct{}

// Kind names the job in the queue.
func (EraseDrafts) Kind() string { return "erase_drafts" }

// EraseTravellers forgets who travelled, long after the stay.
type EraseTravellers struct{}

// Kind names the job in the queue.
func (EraseTravellers) Kind() string { return "erase_travellers" }

// SweepLimits removes counters of limits, sessions and links whose time is over.
type SweepLimits struct{}

// Kind names the job in the queue.
func (SweepLimits) Kind() string { return "sweep_limits" }

// Runner works the queue and runs the sweeps on one node.
type Runner struct {
	client *river.Client[pgx.Tx]
	node   Node
	log    *slog.Logger
	sweeps []loop
	loops  *loops // nil before Start
}

// Node is this process among those that work on the database.
type Node interface {
	// Now is the database's time.
	Now() time.Time
	NowOrNil() *time.Time
	// Measure compares its clock with that of the process.
	Measure(ctx context.Context) error
	// Upkeep tries jobs again that run for longer than stuck, and removes those
	// that are finished for so long.
	Upkeep(ctx context.Context, stuck, finished time.Duration) error
}

// History seals what was written down; more: there is more of it.
type History interface {
	Seal(ctx context.Context) (more bool, err error)
}

// People is what leaves counters, sessions and links behind.
type People interface {
	SweepLimits(ctx context.Context) (int64, error)
	SweepSessions(ctx context.Context) (int64, error)
}

// New returns a Runner on a pool of its own size. Every node declares all
// periodic jobs; the queue's leader inserts them.
func New(pool *pgxpool.Pool, bookings *booking.Service, statements *statement.Service, people People, links Links, node Node, history History, log *slog.Logger) (*Runner, error) {
	workers := river.NewWorkers()
	add(workers, func(ctx context.Context, _ RefreshZones) error { return bookings.RefreshZones(ctx, true) })
	add(workers, func(ctx context.Context, _ EraseDrafts) error {
		_, err := bookings.EraseDrafts(ctx)
		return err
	})
	add(workers, func(ctx context.Context, _ EraseTravellers) error {
		_, err := bookings.EraseOld(ctx)
		_, other := statements.EraseOld(ctx)
		return errors.Join(err, other)
	})
	add(workers, func(ctx context.Context, _ SweepLimits) error {
		_, err := people.SweepLimits(ctx)
		_, other := people.SweepSessions(ctx)
		return errors.Join(err, other)
	})
	add(workers, links.send)
	add(workers, links.sendAlert)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:            log,
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}, auth.AlertQueue: {MaxWorkers: 1}},
		JobTimeout:        jobLimit,
		ReindexerSchedule: river.NeverSchedule(), // only the owner may

		// The library's own upkeep asks the wall clock of its node, so Node.Upkeep
		// does it; all else that needs a time takes the database's.
		Test:                        river.TestConfig{Time: node},
		RescueStuckJobsAfter:        never,
		CompletedJobRetentionPeriod: -1,
		CancelledJobRetentionPeriod: -1,
		DiscardedJobRetentionPeriod: -1,

		PeriodicJobs: []*river.PeriodicJob{
			every(zonesEvery, RefreshZones{}), every(draftsEvery, EraseDrafts{}), every(eraseEvery, EraseTravellers{}), every(limitsEvery, SweepLimits{}),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Runner{client: client, node: node, log: log, sweeps: []loop{
		{"leases", sweepEvery, jobLimit, swept(bookings.EndLeases)},
		{"expiry", sweepEvery, jobLimit, swept(bookings.Expire)},
		{"clock", clockEvery, clockEvery, func(ctx context.Context) (bool, error) { return false, node.Measure(ctx) }},
		{"history", historyEvery, historyLimit, history.Seal},
		{"upkeep", upkeepEvery, jobLimit, func(ctx context.Context) (bool, error) { return false, node.Upkeep(ctx, 2*jobLimit, keepFinished) }},
	}}, nil
}

// swept goes on at once when a sweep moved as much as it does in one run.
func swept(sweep func(context.Context) (int, error)) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		n, err := sweep(ctx)
		return n >= booking.SweepMost, err
	}
}

func add[T river.JobArgs](workers *river.Workers, f func(context.Context, T) error) {
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error { return f(ctx, job.Args) }))
}

// every declares a periodic job. None of them is unique: a job whose process
// died counts as running for minutes, and would keep out the ones after it.
// What fails is not tried again, since the next one comes soon.
func every[T river.JobArgs](interval time.Duration, args T) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) {
		return args, &river.InsertOpts{MaxAttempts: 1}
	}, nil)
}

// Start begins to sweep and to work the queue, and returns at once. Every node
// begins with one of each job: after a crash it would else wait until the queue
// notices that its leader is gone.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.node.Measure(ctx); err != nil { // before the library asks what time it is
		return fmt.Errorf("start jobs: %w", err)
	}
	if err := r.client.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	var first []river.InsertManyParams
	for _, args := range []river.JobArgs{RefreshZones{}, EraseDrafts{}, EraseTravellers{}, SweepLimits{}} {
		first = append(first, river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{MaxAttempts: 1}})
	}
	if _, err := r.client.InsertMany(ctx, first); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	r.loops = startLoops(r.log, r.sweeps)
	return nil
}

// Stop lets sweeps and jobs that run finish until ctx is done.
func (r *Runner) Stop(ctx context.Context) error {
	if r.loops != nil {
		r.loops.end(ctx)
	}
	if err := r.client.Stop(ctx); err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}
