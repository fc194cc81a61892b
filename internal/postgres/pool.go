package postgres

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How long is waited before a page says that the database is away.
const (
	acquireLimit = 2 * time.Second // for a connection, new or free
	connectLimit = 5 * time.Second // for a new connection that nobody waits for any more
)

// PoolConfig reads the database's address. What it says of the pool (such as
// pool_max_conns) counts; without that there are 16 connections, or four for each
// processor.
//
// A connection that is not to be had within two seconds is booking.ErrAway. A
// statement whose context ends is cancelled on the server, too (by pgx): it holds
// neither its locks nor its processor any longer.
func PoolConfig(url string) (*pgxpool.Config, error) {
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
	c.ConnConfig.Tracer = patience{}
	return c, nil
}

// patience ends the wait for a connection. pgxpool has no setting for that, but
// waits with the context that its tracer returns.
type patience struct{}

type stopWaiting struct{}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (patience) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	ctx, cancel := context.WithTimeout(ctx, acquireLimit)
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
