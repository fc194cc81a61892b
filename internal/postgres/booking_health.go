package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// answered tells calls that got an answer from those that turned out not to have
// been sent after they were called unknown; good is booking.GoodAnswer. What people
// found out is no call and counts nowhere here.
const (
	answered = `a.http_status BETWEEN 1 AND 499`
	good     = answered + ` AND (a.outcome = 'ok' OR a.outcome = 'refused' AND a.error_code <> ALL ($3))`
)

// ofWindow are the calls of an environment that began within a window. An attempt
// ends when its answer is recorded, which may be long after the call was given
// up: that time is not the supplier's.
const ofWindow = `
	WITH calls AS (
		SELECT a.id, a.operation, a.error_code, a.started_at, a.outcome <> 'not_sent' AS sent, ` + good + ` AS good,
			CASE WHEN a.outcome = 'not_sent' OR ` + answered + ` THEN a.outcome ELSE 'unknown' END AS outcome,
			least(extract(epoch FROM a.ended_at - a.started_at)::float8, $4::float8) AS seconds
		FROM attempts a JOIN bookings b ON b.id = a.booking_id
		WHERE a.started_at > (SELECT portal_now()) - make_interval(secs => $2) AND a.outcome <> 'open' AND b.environment = $1
	)`

// WriteHealth implements booking.Store.
func (s reads) WriteHealth(ctx context.Context, env booking.Environment, window time.Duration) ([]booking.Health, error) {
	args := []any{env, window.Seconds(), booking.DeafCodes(), booking.CallBudget.Seconds()}
	rows, err := s.db.Query(ctx, ofWindow+`, ranked AS (
		SELECT c.*, row_number() OVER (PARTITION BY operation, sent ORDER BY id DESC) <= $5 AS recent,
			max(id) FILTER (WHERE good) OVER (PARTITION BY operation) AS last_good
		FROM calls c
	)
	SELECT o.operation, count(r.id), count(r.id) FILTER (WHERE sent),
		coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE sent), 0),
		coalesce(percentile_disc(0.95) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE sent), 0),
		coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE sent AND recent), 0),
		min(started_at) FILTER (WHERE NOT good AND id > coalesce(last_good, 0)),
		(SELECT a.started_at FROM attempts a JOIN bookings b ON b.id = a.booking_id
		 WHERE a.operation = o.operation AND b.environment = $1 AND `+good+` ORDER BY a.started_at DESC LIMIT 1)
	FROM unnest('{create,pay,cancel}'::text[]) WITH ORDINALITY o (operation, place) LEFT JOIN ranked r ON r.operation = o.operation
	GROUP BY o.operation, o.place ORDER BY o.place`, append(args, booking.RecentCalls)...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanHealth)
	if err != nil {
		return nil, domainError(err)
	}
	return list, s.addFailures(ctx, list, args)
}

func scanHealth(row pgx.CollectableRow) (booking.Health, error) {
	var h booking.Health
	var p50, p95, recent float64
	var bad, good *time.Time
	err := row.Scan(&h.Endpoint, &h.Calls, &h.Sent, &p50, &p95, &recent, &bad, &good)
	h.P50, h.P95, h.Recent = seconds(p50), seconds(p95), seconds(recent)
	h.BadSince, h.LastGood = orZero(bad), orZero(good)
	return h, err
}

func seconds(n float64) time.Duration {
	return time.Duration(n * float64(time.Second)).Round(time.Millisecond)
}

// addFailures fills in what went wrong, at each endpoint.
func (s reads) addFailures(ctx context.Context, list []booking.Health, args []any) error {
	rows, err := s.db.Query(ctx, ofWindow+`
		SELECT operation, outcome, error_code, count(*), max(started_at) FROM calls
		WHERE outcome <> 'ok' GROUP BY 1, 2, 3 ORDER BY 4 DESC, 5 DESC`, args...)
	if err != nil {
		return domainError(err)
	}
	var endpoint string
	var f booking.Failure
	_, err = pgx.ForEachRow(rows, []any{&endpoint, &f.Outcome, &f.Code, &f.Count, &f.Last}, func() error {
		for i := range list {
			if list[i].Endpoint == endpoint {
				list[i].Failures = append(list[i].Failures, f)
			}
		}
		return nil
	})
	return domainError(err)
}

// Backlog implements booking.Store.
func (s reads) Backlog(ctx context.Context, env booking.Environment) (booking.Backlog, error) {
	b := booking.Backlog{Unknown: map[booking.State]int{}}
	for _, s := range booking.UnknownStates() {
		b.Unknown[s] = 0
	}
	err := s.db.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE due <= (SELECT portal_now())) FROM (
			SELECT c.due FROM cases c JOIN bookings b ON b.id = c.booking_id WHERE c.resolved_at IS NULL AND b.environment = $1
			UNION ALL SELECT at FROM unrecorded_answers WHERE booking_id IS NULL AND settled_at IS NULL AND environment = $1) q`, env).Scan(&b.Open, &b.Due)
	if err != nil {
		return b, domainError(err)
	}
	rows, err := s.db.Query(ctx, `
		SELECT state, count(*) FROM booking_states
		WHERE state = ANY ($2) AND environment = $1 GROUP BY state`, env, asText(booking.UnknownStates()))
	if err != nil {
		return b, domainError(err)
	}
	var state booking.State
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		b.Unknown[state] = n
		return nil
	})
	return b, domainError(err)
}
