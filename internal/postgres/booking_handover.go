package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// HandOver implements booking.Tx.
func (s *Tx) HandOver(ctx context.Context, bookingID, to, by int64) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO handovers (booking_id, user_id, by_id) VALUES ($1, $2, $3)
		ON CONFLICT (booking_id) DO UPDATE SET user_id = $2, by_id = $3, at = portal_now()`, bookingID, to, by)
	return domainError(err)
}

// Handovers implements booking.Store.
func (s reads) Handovers(ctx context.Context, ids []int64) (map[int64]booking.Handover, error) {
	rows, err := s.db.Query(ctx, `
		SELECT h.booking_id, t.handle, t.name, b.name, h.at
		FROM handovers h JOIN users t ON t.id = h.user_id JOIN users b ON b.id = h.by_id WHERE h.booking_id = ANY ($1)`, ids)
	if err != nil {
		return nil, domainError(err)
	}
	all := map[int64]booking.Handover{}
	var id int64
	var h booking.Handover
	_, err = pgx.ForEachRow(rows, []any{&id, &h.Handle, &h.To, &h.By, &h.At}, func() error {
		all[id] = h
		return nil
	})
	return all, domainError(err)
}
