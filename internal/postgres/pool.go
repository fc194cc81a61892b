package postgres

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectLimit is for a new connection that nobody waits for any more.
const connectLimit = 5 * time.Second

// Timeouts bound what the database is asked for. What is zero is as in
// DefaultTimeouts.
type Timeouts struct {
	Statement time.Duration // one statement of a page
	Long      time.Duration // one of an export, a report, the comparison of a statement or a job
	Idle      time.Duration // the silence between two statements of a transaction
	Acquire   time.Duration // the wait for a connection, new or free
}

// DefaultTimeouts are far above what pages need, and below what visitors wait for.
func DefaultTimeouts() Timeouts {
	return Timeouts{Statement: 10 * time.Second, Long: 15 * time.Minute, Idle: 30 * time.Second, Acquire: 2 * time.Second}
}

func (t Timeouts) complete() Timeouts {
	usual := DefaultTimeouts()
	return Timeouts{
		Statement: cmp.Or(t.Statement, usual.Statement), Long: cmp.Or(t.Long, usual.Long),
		Idle: cmp.Or(t.Idle, usual.Idle), Acquire: cmp.Or(t.Acquire, usual.Acquire),
	}
}

// ForJobs are those of connections that nobody waits for.
func (t Timeouts) ForJobs() Timeouts {
	t = t.complete()
	t.Statement = t.Long
	return t
}

// Bound lets the server keep to the timeouts on a new connection, on one way there
// and back. They are no parameters of the connection's start, which PgBouncer
// refuses. Nothing is compiled: that takes 50 MiB and longer than a page does.
func (t Timeouts) Bound(ctx context.Context, conn *pgx.Conn) error {
	t = t.complete()
	_, err := conn.Exec(ctx, fmt.Sprintf(`SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d; SET jit = off`,
		t.Statement.Milliseconds(), t.Idle.Milliseconds()))
	if err != nil {
		return fmt.Errorf("set timeouts: %w", err)
	}
	return nil
}

// PoolConfig reads the database's address. What it says of the pool (such as
// pool_max_conns) counts; without that there are 16 connections, or four for each
// processor. Every connection is bound by the timeouts.
//
// A connection that is not to be had in time is booking.ErrAway, a statement that
// takes too long booking.ErrSlow. A statement whose context ends is cancelled on the
// server, too (by pgx): it holds neither its locks nor its processor any longer.
func PoolConfig(url string, t Timeouts) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		c.MaxConns = int32(max(16, 4*runtime.GOMAXPROCS(0))) //nolint:gosec // a number of processors
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectLimit
	}
	c.ConnConfig.Tracer = patience{t.complete().Acquire}
	c.AfterConnect = t.Bound
	return c, nil
}

// patience ends the wait for a connection. pgxpool has no setting for that, but
// waits with the context that its tracer returns.
type patience struct{ limit time.Duration }

type stopWaiting struct{}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (p patience) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	return context.WithValue(ctx, stopWaiting{}, cancel)
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (patience) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	if cancel, ok := ctx.Value(stopWaiting{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceQueryStart implements pgx.QueryTracer, which every tracer must.
func (patience) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (patience) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
