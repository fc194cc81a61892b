package booking

import (
	"context"
	"sync"
	"time"
)

// gateLimit is how long an action waits for its turn, as long as it would wait for
// the row's lock.
const gateLimit = 3 * time.Second

// gate lets the actions on one thing (a booking, a draft, an agency's creates)
// through one at a time. What the database would make wait with its connection in
// its hand waits here without one, so that one sale's lock starves nobody else.
// The rows' locks remain what counts: other nodes have gates of their own.
type gate struct {
	mu    sync.Mutex
	doors map[string]*door
}

type door struct {
	open chan struct{} // holds one token when nobody is inside
	here int           // inside, or before it
}

// enter returns when it is the caller's turn, who must leave. ErrBusy: that took
// too long.
func (g *gate) enter(ctx context.Context, key string) (leave func(), err error) {
	g.mu.Lock()
	if g.doors == nil {
		g.doors = map[string]*door{}
	}
	d := g.doors[key]
	if d == nil {
		d = &door{open: make(chan struct{}, 1)}
		d.open <- struct{}{}
		g.doors[key] = d
	}
	d.here++
	g.mu.Unlock()
	patience := time.NewTimer(gateLimit)
	defer patience.Stop()
	select {
	case <-d.open:
		return func() {
			d.open <- struct{}{}
			g.gone(key, d)
		}, nil
	case <-patience.C:
		err = ErrBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.gone(key, d)
	return nil, err
}

// gone forgets a door when nobody is there.
func (g *gate) gone(key string, d *door) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d.here--; d.here == 0 {
		delete(g.doors, key)
	}
}

// inTurn runs one transaction when it is the turn of an action on key.
func (s *Service) inTurn(ctx context.Context, key string, f func(Tx) error) error {
	leave, err := s.gate.enter(ctx, key)
	if err != nil {
		return err
	}
	defer leave()
	return s.store.InTx(ctx, f)
}
