package postgres

import (
	"context"
	"math"
	"time"

	"guichet/internal/history"
)

// Standing is how far the history is sealed.
type Standing struct {
	Key       []byte        // of the history; nil before there is one
	KeyMade   time.Duration // how long ago, by the real clock
	Now       time.Time     // by the portal's clock
	Offset    time.Duration // of that clock
	Audit     []history.Seal
	Events    map[int64]history.Seal // by number; empty before early events are sealed
	Running   bool                   // a node has run for longer than sealing takes
	Restores  []Restored             // the last ones first
	LastEvent time.Time              // the latest event of a booking
}

// Restored is a restore that is on record.
type Restored struct{ At, To time.Time } // To is zero when nobody knows

// SealingTakes is far more than the time in which a node seals what was written.
const SealingTakes = 10 * time.Minute

// Standing reads it.
func (h *History) Standing(ctx context.Context) (s Standing, err error) {
	if s.Key, err = h.keys.find(ctx, h.pool, historyKey); err != nil {
		return s, err
	}
	if s.Now, s.Offset, err = clockOf(ctx, h.pool); err != nil {
		return s, err
	}
	var last *time.Time
	err = h.pool.QueryRow(ctx, `
		SELECT coalesce((SELECT clock_timestamp() - made_at FROM sealed_keys WHERE purpose = $1), '0'),
			EXISTS (SELECT FROM nodes WHERE seen_at > clock_timestamp() - $2::interval AND began_at < clock_timestamp() - $3::interval),
			(SELECT max(at) FROM booking_events)`, historyKey, nodeFresh, SealingTakes).Scan(&s.KeyMade, &s.Running, &last)
	if err != nil {
		return s, domainError(err)
	}
	s.LastEvent = orZero(last)
	if s.Audit, err = seals(ctx, h.pool, `WHERE kind = 'audit' ORDER BY number`); err != nil {
		return s, err
	}
	early, err := seals(ctx, h.pool, `WHERE kind = 'events'`)
	if err != nil {
		return s, err
	}
	s.Events = map[int64]history.Seal{}
	for _, e := range early {
		s.Events[e.Number] = e
	}
	rows, err := h.pool.Query(ctx, `SELECT at, restored_to FROM restores ORDER BY at DESC`)
	if err != nil {
		return s, domainError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Restored
		var to *time.Time
		if err := rows.Scan(&r.At, &to); err != nil {
			return s, domainError(err)
		}
		r.To = orZero(to)
		s.Restores = append(s.Restores, r)
	}
	return s, domainError(rows.Err())
}

// Entries calls f with the id, the time and the fields, as they are sealed, of audit
// entries above after, up to last, by id; last 0 means all.
func (h *History) Entries(ctx context.Context, after, last int64, f func(id int64, at time.Time, fields []string)) error {
	if last == 0 {
		last = math.MaxInt64
	}
	return eachEntry(ctx, h.pool, after, last, math.MaxInt32, func(e auditRow) { f(e.id, e.at, e.fields) })
}
