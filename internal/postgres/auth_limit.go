package postgres

import (
	"context"
	"time"
)

// Hit implements auth.Store. One upsert counts: the row's lock makes
// parallel calls of all nodes wait for each other, so that each gets its own
// number.
func (s *Auth) Hit(ctx context.Context, key string, window time.Duration) (int, time.Duration, error) {
	var hits int
	var left time.Duration
	err := s.pool.QueryRow(ctx, `
		INSERT INTO rate_limits AS l (key, hits, resets_at)
		VALUES ($1, 1, portal_now() + $2::interval)
		ON CONFLICT (key) DO UPDATE SET
			hits      = CASE WHEN l.resets_at > portal_now() THEN l.hits + 1 ELSE 1 END,
			resets_at = CASE WHEN l.resets_at > portal_now() THEN l.resets_at ELSE excluded.resets_at END
		RETURNING hits, resets_at - portal_now()`,
		key, window).Scan(&hits, &left)
	if err != nil {
		return 0, 0, accountError("count a use", err)
	}
	return hits, max(left, 0), nil
}

// Unhit implements auth.Store.
func (s *Auth) Unhit(ctx context.Context, key string) error {
	_, err := s.pool.Exec(ctx, `UPDATE rate_limits SET hits = hits - 1 WHERE key = $1 AND hits > 0 AND resets_at > portal_now()`, key)
	return accountError("take back a use", err)
}

// Forget implements auth.Store.
func (s *Auth) Forget(ctx context.Context, key string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM rate_limits WHERE key = $1`, key); err != nil {
		return accountError("forget a count", err)
	}
	return nil
}

// SweepLimits deletes counters whose window is over and returns how many.
func (s *Auth) SweepLimits(ctx context.Context) (int64, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM rate_limits WHERE resets_at <= (SELECT portal_now())`)
	if err != nil {
		return 0, accountError("sweep counters", err)
	}
	return tag.RowsAffected(), nil
}
