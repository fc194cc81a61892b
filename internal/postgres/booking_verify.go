package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// verifyBatch is how many bookings are read at a time.
const verifyBatch = 500

// EachRecord calls f with what is stored of every booking's life, in the order
// of their ids. Records of one batch are read in one snapshot.
func (s *Store) EachRecord(ctx context.Context, f func(booking.Record) error) error {
	var after int64
	for {
		batch, err := s.recordsAfter(ctx, after)
		if err != nil {
			return fmt.Errorf("read the records: %w", err)
		}
		for _, r := range batch {
			if err := f(*r); err != nil {
				return err
			}
			after = r.BookingID
		}
		if len(batch) < verifyBatch {
			return nil
		}
	}
}

func (s *Store) recordsAfter(ctx context.Context, after int64) (batch []*booking.Record, err error) {
	err = begin(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		key, err := s.keys.find(ctx, tx, historyKey)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT b.id, b.ref, b.state, b.version, coalesce(s.state, ''), b.paid_at, b.paid_by FROM bookings b LEFT JOIN booking_states s ON s.id = b.id
			WHERE b.id > $1 ORDER BY b.id LIMIT $2`, after, verifyBatch)
		if err != nil {
			return err
		}
		batch, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*booking.Record, error) {
			r := booking.Record{Key: key}
			var paid *time.Time
			err := row.Scan(&r.BookingID, &r.Ref, &r.State, &r.Version, &r.Listed, &paid, &r.PaidBy)
			r.PaidAt = orZero(paid)
			return &r, err
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		byID := map[int64]*booking.Record{}
		for _, r := range batch {
			byID[r.BookingID] = r
		}
		last := batch[len(batch)-1].BookingID
		return addHistory(ctx, tx, byID, after, last)
	})
	return batch, domainError(err)
}

// addHistory adds events and attempts of the bookings with ids up to last.
func addHistory(ctx context.Context, tx pgx.Tx, byID map[int64]*booking.Record, after, last int64) error {
	rows, err := tx.Query(ctx, `
		SELECT booking_id, seq, event, before, after, coalesce(actor_id, 0), actor_name, actor_role, reason, coalesce(attempt_id, 0), at, chain, hash
		FROM booking_events WHERE booking_id > $1 AND booking_id <= $2 ORDER BY booking_id, seq`, after, last)
	if err != nil {
		return err
	}
	var id int64
	var e booking.Sealed
	_, err = pgx.ForEachRow(rows, []any{
		&id, &e.Seq, &e.Event, &e.Before, &e.After, &e.ActorID, &e.ActorName, &e.ActorRole, &e.Reason, &e.AttemptID, &e.At, &e.Chain, &e.Hash,
	}, func() error {
		if r := byID[id]; r != nil {
			r.Events = append(r.Events, e)
		}
		e.Hash = nil // a NULL must not leave the one before
		return nil
	})
	if err != nil {
		return err
	}
	if rows, err = tx.Query(ctx, `
		SELECT booking_id, act, event_seq, finding FROM findings WHERE booking_id > $1 AND booking_id <= $2 ORDER BY id`, after, last); err != nil {
		return err
	}
	var f booking.Found
	_, err = pgx.ForEachRow(rows, []any{&id, &f.Act, &f.EventSeq, &f.Finding}, func() error {
		if r := byID[id]; r != nil {
			r.Findings = append(r.Findings, f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if rows, err = tx.Query(ctx, `
		SELECT booking_id, id, operation, outcome, started_at, actor_name FROM attempts WHERE booking_id > $1 AND booking_id <= $2`, after, last); err != nil {
		return err
	}
	var a booking.Attempt
	_, err = pgx.ForEachRow(rows, []any{&id, &a.ID, &a.Operation, &a.Outcome, &a.StartedAt, &a.ActorName}, func() error {
		if r := byID[id]; r != nil {
			r.Attempts = append(r.Attempts, a)
		}
		return nil
	})
	return err
}
