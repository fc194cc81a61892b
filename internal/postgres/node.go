package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
)

// ClockTolerance is how far the clocks of a node and of the database may be apart
// and still count as agreeing.
const ClockTolerance = 5 * time.Second

// nodeFresh is how old the word of another node may be; they speak once a minute.
// One that was killed says nothing any more: as long as its last word counts, the
// only node left may be kept from getting requests for its wrong clock.
const nodeFresh = 90 * time.Second

// Node is this process among those that work on the database. It knows the
// database's time by its own monotonic clock, and how far its wall clock is off.
type Node struct {
	pool  *pgxpool.Pool
	name  string
	build string
	log   string
	now   func() time.Time

	mu       sync.Mutex
	local    time.Time // when the database's clock was read, with its monotonic part
	database time.Time // what it said
	seen     Clock
}

// Clock is what is known of a node's clock.
type Clock struct {
	Ahead    time.Duration // of the database's; negative: behind
	Agree    int           // other nodes whose clocks agree with the database's
	Disagree int           // other nodes whose clocks do not
}

// NewNode returns a Node that has not looked at the database's clock yet. log names
// what it keeps of what is taken away; empty when it keeps none.
func NewNode(pool *pgxpool.Pool, build, log string, now func() time.Time) *Node {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Node{pool: pool, name: host + "-" + strings.ToLower(rand.Text()[:8]), build: build, log: log, now: now}
}

// Measure looks at the database's clock, says what it found for other nodes to
// read, and reads what they found. It is the real clock, whatever the portal's is
// moved by. An error leaves what was found before, except that the clock is known
// as soon as it was read.
func (n *Node) Measure(ctx context.Context) error {
	sent := n.now()
	var database time.Time
	if err := n.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&database); err != nil {
		return fmt.Errorf("read the database's clock: %w", domainError(err))
	}
	took := n.now().Sub(sent)
	local := sent.Add(took / 2) // the answer is as old as half of the way
	ahead := local.Round(0).Sub(database)
	n.mu.Lock()
	n.local, n.database, n.seen.Ahead = local, database, ahead
	n.mu.Unlock()
	if _, err := n.pool.Exec(ctx, `
		INSERT INTO nodes (name, build, ahead, log, chain) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET ahead = excluded.ahead, seen_at = clock_timestamp()`, n.name, n.build, ahead, n.log, booking.ChainMAC); err != nil {
		return fmt.Errorf("say how the clock is: %w", domainError(err))
	}
	return n.compare(ctx)
}

func (n *Node) compare(ctx context.Context) error {
	var agree, disagree int
	err := n.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE ahead BETWEEN -$2::interval AND $2), count(*) FILTER (WHERE ahead NOT BETWEEN -$2::interval AND $2)
		FROM nodes WHERE name <> $1 AND seen_at > clock_timestamp() - $3::interval`,
		n.name, ClockTolerance, nodeFresh).Scan(&agree, &disagree)
	if err != nil {
		return fmt.Errorf("read the clocks of other nodes: %w", domainError(err))
	}
	n.mu.Lock()
	n.seen.Agree, n.seen.Disagree = agree, disagree
	n.mu.Unlock()
	return nil
}

// Leave takes back what this node said: it stops.
func (n *Node) Leave(ctx context.Context) error {
	_, err := n.pool.Exec(ctx, `DELETE FROM nodes WHERE name = $1 OR seen_at < clock_timestamp() - interval '1 day'`, n.name)
	return domainError(err)
}

// Clock returns what was measured last.
func (n *Node) Clock() Clock {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seen
}

// Now is the database's time as far as it is known: what it was when it was last
// read, and what has passed since by the monotonic clock.
func (n *Node) Now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.database.IsZero() {
		return n.now()
	}
	return n.database.Add(n.now().Sub(n.local))
}

// NowOrNil is nil: in its statements the queue of jobs then takes the database's
// own clock.
func (*Node) NowOrNil() *time.Time { return nil }

// Upkeep does for the queue of jobs what its library would do by the node's clock:
// jobs whose process died are tried again, or given up when that was the last try;
// what is over is removed, dead mail after a week. stuck is how long no job runs.
func (n *Node) Upkeep(ctx context.Context, stuck, finished time.Duration) error {
	for _, s := range []struct {
		sql  string
		args []any
	}{
		{`UPDATE river_job SET
			state = CASE WHEN attempt < max_attempts THEN 'available' ELSE 'discarded' END::river_job_state,
			scheduled_at = now(), finalized_at = CASE WHEN attempt < max_attempts THEN NULL ELSE now() END,
			errors = array_append(errors, jsonb_build_object('at', now(), 'attempt', attempt, 'error', 'its process is gone', 'trace', ''))
		 WHERE state = 'running' AND attempted_at < now() - $1::interval`, []any{stuck}},
		{`DELETE FROM river_job WHERE state IN ('completed', 'cancelled') AND finalized_at < now() - $1::interval`, []any{finished}},
		{`DELETE FROM river_job WHERE state = 'discarded' AND finalized_at < now() - interval '7 days'`, nil},
	} {
		if _, err := n.pool.Exec(ctx, s.sql, s.args...); err != nil {
			return fmt.Errorf("upkeep of the queue: %w", domainError(err))
		}
	}
	return nil
}
