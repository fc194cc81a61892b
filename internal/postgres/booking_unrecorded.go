package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// KeepAnswer implements booking.Store.
func (s *Tx) KeepAnswer(ctx context.Context, u booking.Unrecorded) error {
	a := u.Answer
	_, err := s.db.Exec(ctx, `
		INSERT INTO unrecorded_answers (environment, correlation, booking_id, booking_ref, supplier_id, operation, outcome, actor_id,
			key_hint, http_status, error_code, message, errors, request, response)
		VALUES ($1, $2, nullif($3, 0), $4, $5, $6, $7, nullif($8, 0), $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (correlation) DO NOTHING`,
		u.Environment, u.Correlation, u.BookingID, u.Ref, u.SupplierID, u.Operation, a.Outcome, u.ActorID,
		a.Key, a.HTTPStatus, a.ErrorCode, a.Message, orEmpty(a.Errors), a.Request, a.Response)
	if err != nil {
		return fmt.Errorf("keep an answer: %w", domainError(err))
	}
	return nil
}

func (s reads) unrecorded(ctx context.Context, rest string, args ...any) ([]booking.Unrecorded, error) {
	rows, err := s.db.Query(ctx, `
		SELECT id, environment, correlation, coalesce(booking_id, 0), booking_ref, supplier_id, operation, outcome, coalesce(actor_id, 0),
			key_hint, http_status, error_code, message, errors, request, response, at
		FROM unrecorded_answers `+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u booking.Unrecorded, err error) {
		a := &u.Answer
		return u, row.Scan(&u.ID, &u.Environment, &u.Correlation, &u.BookingID, &u.Ref, &u.SupplierID, &u.Operation, &a.Outcome, &u.ActorID,
			&a.Key, &a.HTTPStatus, &a.ErrorCode, &a.Message, &a.Errors, &a.Request, &a.Response, &u.At)
	})
	return list, domainError(err)
}

// Unrecorded implements booking.Store.
func (s reads) Unrecorded(ctx context.Context, bookingID int64) ([]booking.Unrecorded, error) {
	return s.unrecorded(ctx, `WHERE booking_id = $1 ORDER BY id`, bookingID)
}

// UnknownCalls implements booking.Store.
func (s reads) UnknownCalls(ctx context.Context, env booking.Environment) ([]booking.Unrecorded, error) {
	return s.unrecorded(ctx, `WHERE booking_id IS NULL AND settled_at IS NULL AND environment = $1 ORDER BY at, id LIMIT 100`, env)
}

// SettleAnswer implements booking.Store.
func (s *Tx) SettleAnswer(ctx context.Context, id, userID int64, text string) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE unrecorded_answers SET settled_at = portal_now(), settled_by = $2, settled_text = $3
		WHERE id = $1 AND booking_id IS NULL AND settled_at IS NULL`, id, userID, text)
	if err == nil && tag.RowsAffected() == 0 {
		return booking.ErrNotFound
	}
	return domainError(err)
}
