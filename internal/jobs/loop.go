package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// loop does something again and again on this node. Its interval is measured by
// the monotonic clock, which no step and no error of the wall clock touches; what
// is due then, the database decides by its own.
type loop struct {
	name  string
	every time.Duration
	limit time.Duration                                // of one run
	run   func(context.Context) (more bool, err error) // more: go on at once
}

// loops runs loops until they are stopped.
type loops struct {
	log     *slog.Logger
	stop    chan struct{}   // no new run begins
	ctx     context.Context // of the runs; ends when they must
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func startLoops(log *slog.Logger, list []loop) *loops {
	ctx, cancel := context.WithCancel(context.Background())
	all := &loops{log: log, stop: make(chan struct{}), ctx: ctx, cancel: cancel}
	for _, l := range list {
		all.running.Go(func() { all.work(l) })
	}
	return all
}

// work survives whatever a run does: the next one comes.
func (all *loops) work(l loop) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		more, err := all.once(l)
		if err != nil {
			all.log.ErrorContext(all.ctx, "what repeats failed; it is tried again", "loop", l.name, "error", err)
			more = false
		}
		if more {
			select {
			case <-all.stop:
				return
			default:
				continue
			}
		}
		select {
		case <-all.stop:
			return
		case <-tick.C:
		}
	}
}

func (all *loops) once(l loop) (more bool, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v\n%s", thrown, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(all.ctx, l.limit)
	defer cancel()
	return l.run(ctx)
}

// end lets runs finish until ctx is done, and then cuts them off.
func (all *loops) end(ctx context.Context) {
	close(all.stop)
	over := make(chan struct{})
	go func() {
		defer close(over)
		all.running.Wait()
	}()
	select {
	case <-over:
	case <-ctx.Done():
	}
	all.cancel()
	<-over
}
