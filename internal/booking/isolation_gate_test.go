package booking_test

import (
	"context"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// gate is a pgx tracer that stops a connection's owner before one statement.
type gate struct {
	mu      sync.Mutex
	left    int // statements until the stop; 0 when none is wanted
	at      string
	stopped chan struct{}
	free    chan struct{}
}

// arm stops at the n-th statement from now; the channel is closed there.
func (g *gate) arm(n int) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.at, g.stopped, g.free = n, "", make(chan struct{}), make(chan struct{})
	return g.stopped
}

// open lets go on what was stopped, without another stop, and says where it was.
func (g *gate) open() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = 0
	close(g.free)
	return g.at
}

func (g *gate) pass(sql string) {
	// Before these nothing is read and nothing locked: a stop there is the one
	// before the next statement.
	if sql = strings.Join(strings.Fields(sql), " "); sql == "begin" || strings.HasPrefix(sql, "SET LOCAL") || strings.HasPrefix(sql, "-- ping") {
		return
	}
	g.mu.Lock()
	stop := g.left == 1
	g.left = max(0, g.left-1)
	free := g.free
	if stop {
		g.at = sql[:min(len(sql), 60)]
		close(g.stopped)
	}
	g.mu.Unlock()
	if stop {
		<-free
	}
}

// TraceQueryStart implements pgx.QueryTracer.
func (g *gate) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	g.pass(q.SQL)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*gate) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements pgx.BatchTracer.
func (g *gate) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	g.pass("a batch")
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (*gate) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (*gate) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
