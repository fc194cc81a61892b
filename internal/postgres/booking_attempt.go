package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

const attemptSelect = `
	SELECT id, booking_id, operation, outcome, correlation, coalesce(actor_id, 0), actor_name, started_at, ended_at,
		key_hint, http_status, error_code, message, errors, request, response, ` + foundOf + `
	FROM attempts a `

// foundOf is what was found out last about an attempt a.
const foundOf = `coalesce((SELECT f.finding FROM findings f WHERE f.booking_id = a.booking_id AND f.operation = a.operation
		AND f.act = 'found' AND f.attempt_id >= a.id ORDER BY f.id DESC LIMIT 1), '')`

func scanAttempt(row pgx.CollectableRow) (booking.Attempt, error) {
	var a booking.Attempt
	var ended *time.Time
	err := row.Scan(&a.ID, &a.BookingID, &a.Operation, &a.Outcome, &a.Correlation, &a.ActorID, &a.ActorName, &a.StartedAt, &ended,
		&a.Answer.Key, &a.Answer.HTTPStatus, &a.Answer.ErrorCode, &a.Answer.Message, &a.Answer.Errors, &a.Answer.Request, &a.Answer.Response,
		&a.Found)
	a.Answer.Outcome = a.Outcome
	if ended != nil {
		a.EndedAt = *ended
	}
	return a, err
}

func (s reads) attempts(ctx context.Context, rest string, args ...any) ([]booking.Attempt, error) {
	rows, err := s.db.Query(ctx, attemptSelect+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanAttempt)
	return list, domainError(err)
}

func (s reads) oneAttempt(ctx context.Context, rest string, args ...any) (booking.Attempt, error) {
	list, err := s.attempts(ctx, rest, args...)
	if err != nil {
		return booking.Attempt{}, err
	}
	if len(list) != 1 {
		return booking.Attempt{}, booking.ErrNotFound
	}
	return list[0], nil
}

// StartAttempt inserts an open attempt; booking.ErrBusy when there is one.
func (s *Tx) StartAttempt(ctx context.Context, a *booking.Attempt) error {
	err := s.db.QueryRow(ctx, `
		INSERT INTO attempts (booking_id, operation, correlation, actor_id, actor_name, started_at)
		VALUES ($1, $2, $3, nullif($4, 0), $5, $6) RETURNING id`,
		a.BookingID, a.Operation, a.Correlation, a.ActorID, a.ActorName, a.StartedAt).Scan(&a.ID)
	return domainError(err)
}

// Attempt returns one attempt.
func (s reads) Attempt(ctx context.Context, id int64) (booking.Attempt, error) {
	return s.oneAttempt(ctx, `WHERE id = $1`, id)
}

// AttemptByCorrelation returns the attempt of one call.
func (s reads) AttemptByCorrelation(ctx context.Context, correlation string) (booking.Attempt, error) {
	return s.oneAttempt(ctx, `WHERE correlation = $1`, correlation)
}

// Attempts returns a booking's attempts, oldest first.
func (s reads) Attempts(ctx context.Context, bookingID int64) ([]booking.Attempt, error) {
	return s.attempts(ctx, `WHERE booking_id = $1 ORDER BY id`, bookingID)
}

// FinishAttempt sets an attempt's outcome and facts by compare-and-set.
func (s *Tx) FinishAttempt(ctx context.Context, id int64, from booking.Outcome, a booking.Answer) (bool, error) {
	tag, err := s.db.Exec(ctx, `
		UPDATE attempts SET outcome = $3, ended_at = portal_now(), key_hint = $4, http_status = $5, error_code = $6,
			message = $7, errors = $8, request = $9, response = $10
		WHERE id = $1 AND outcome = $2`,
		id, from, a.Outcome, a.Key, a.HTTPStatus, a.ErrorCode, a.Message, orEmpty(a.Errors), a.Request, a.Response)
	if err != nil {
		return false, fmt.Errorf("finish attempt: %w", domainError(err))
	}
	return tag.RowsAffected() == 1, nil
}

// due names the bookings on which the clock has something to say.
var due = map[booking.Due]string{
	booking.DueExpiry: `b.state = 'held' AND NOT b.uncompared AND b.deadline <= (SELECT portal_now())`,
	booking.DueLease:  `b.lease_ends IS NOT NULL AND b.lease_ends <= (SELECT portal_now())`,
	booking.DueCreate: `b.state = 'create_unknown' AND NOT b.uncompared AND b.unfit = '{}' AND b.fence <= (SELECT portal_now())`,
	booking.DueDisproof: `b.state = 'pay_unknown' AND NOT b.uncompared AND b.fence <= (SELECT portal_now())
		AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.booking_id = b.id AND a.operation = 'pay'
			AND (a.outcome IN ('open', 'ok') OR a.outcome = 'unknown' AND ` + foundOf + ` <> 'not_paid'))`,
}

// DueIDs lists bookings of an environment that are due.
func (s reads) DueIDs(ctx context.Context, env booking.Environment, d booking.Due, after int64, limit int) ([]int64, error) {
	rows, err := s.db.Query(ctx, `
		SELECT b.id FROM bookings b WHERE b.id = ANY (ARRAY(SELECT s.id FROM booking_states s WHERE s.state = ANY ($4)))
			AND `+due[d]+` AND b.environment = $1 AND b.id > $2 ORDER BY b.id LIMIT $3`, env, after, limit, asText(booking.ClockStates()))
	if err != nil {
		return nil, domainError(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return ids, domainError(err)
}
