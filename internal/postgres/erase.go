package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/restore"
)

// eraseBatch is how many bookings one transaction erases.
const eraseBatch = 500

// erasable are bookings of which nothing is expected any more: the stay is over,
// or there will be none.
const erasable = `b.erased_at IS NULL AND (b.state IN ('refused', 'expired', 'dropped', 'cancelled', 'voided')
	OR b.state = 'confirmed' AND b.to_at < portal_now())`

// EraseOld implements booking.Store.
func (s *Store) EraseOld(ctx context.Context, months int) (int64, error) {
	var all int64
	for {
		n, err := s.erase(ctx, false, erasable+` AND b.to_at < portal_now() - make_interval(months => $1)`, months)
		all += n
		if err != nil {
			return all, err
		}
		if n < eraseBatch {
			break
		}
	}
	_, err := s.q().Exec(ctx, `
		UPDATE unrecorded_answers SET request = '', response = '', message = '', errors = '{}', settled_text = ''
		WHERE booking_id IS NULL AND at < portal_now() - make_interval(months => $1) AND (request, response, settled_text) <> ('', '', '')`, months)
	return all, domainError(err)
}

// PersonsBookings implements booking.Store.
func (s *Store) PersonsBookings(ctx context.Context, email, phone string) ([]booking.Booking, error) {
	return s.bookings(ctx, `WHERE `+samePerson+` ORDER BY b.created_at DESC, b.id DESC`, email, phone)
}

// samePerson are the bookings with the same address, or the same phone.
const samePerson = `(lower(b.email) = lower($1) AND $1 <> '' OR b.phone = $2 AND $2 <> '')`

// ErasePerson implements booking.Store.
func (s *Store) ErasePerson(ctx context.Context, email, phone string) (int64, error) {
	var all int64
	for {
		n, err := s.erase(ctx, true, erasable+` AND `+samePerson, email, phone)
		all += n
		if err != nil || n < eraseBatch {
			return all, err
		}
	}
}

// eraseStatements forget the travellers of the bookings with these ids.
var eraseStatements = []string{
	`DELETE FROM customers c WHERE EXISTS (
		SELECT FROM bookings b WHERE b.id = ANY ($1) AND b.agency_id = c.agency_id AND b.phone = c.phone AND b.plate = c.plate
		AND b.last_name = c.last_name AND b.first_name = c.first_name)
	 AND NOT EXISTS (
		SELECT FROM bookings b WHERE b.id <> ALL ($1) AND b.erased_at IS NULL AND b.agency_id = c.agency_id AND b.phone = c.phone
		AND b.plate = c.plate AND b.last_name = c.last_name AND b.first_name = c.first_name)`,
	`UPDATE statement_lines SET cells = '{}', plate = '' WHERE booking_id = ANY ($1)`,
	`UPDATE statement_lines l SET cells = '{}', plate = '' FROM bookings b WHERE b.id = ANY ($1) AND b.plate = l.plate AND l.plate <> ''`,
	`UPDATE booking_notes SET person = '', reference = '', body = '' WHERE booking_id = ANY ($1)`,
	`UPDATE attempts SET request = '', response = '', message = '', errors = '{}' WHERE booking_id = ANY ($1)`,
	`UPDATE unrecorded_answers SET request = '', response = '', message = '', errors = '{}', settled_text = '' WHERE booking_id = ANY ($1)`,
	`UPDATE unknown_bookings SET plate = '', proposed = CASE WHEN proposed IS NOT NULL THEN '{}'::jsonb END, person = '', reference = '', body = ''
	 FROM bookings b WHERE b.id = ANY ($1) AND (b.environment = unknown_bookings.environment AND b.supplier_id = unknown_bookings.supplier_id
		OR b.plate = unknown_bookings.plate AND b.plate <> '' AND unknown_bookings.ending <> '')`,
	`UPDATE bookings SET first_name = '', last_name = '', email = '', phone = '', country = '', make = '', model = '', color = '',
		plate = '', outbound = '', return_number = '', agency_ref = '', receipt = '', erased_at = portal_now()
	 WHERE id = ANY ($1)`,
}

// erase blanks what says who travelled, in the bookings, in what was written
// beside them, and in what the agency knows; ids, zone, times and amounts stay. What
// is not erased again by its age is noted outside the database.
func (s *Store) erase(ctx context.Context, kept bool, which string, args ...any) (n int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var ids []int64
		var refs []string
		var id int64
		var ref string
		rows, err := tx.Query(ctx, `SELECT b.id, b.ref FROM bookings b WHERE `+which+fmt.Sprintf(` ORDER BY b.id LIMIT %d FOR UPDATE`, eraseBatch), args...)
		if err == nil {
			_, err = pgx.ForEachRow(rows, []any{&id, &ref}, func() error {
				ids, refs = append(ids, id), append(refs, ref)
				return nil
			})
		}
		if err != nil || len(ids) == 0 {
			return err
		}
		n = int64(len(ids))
		if err := eraseIDs(ctx, tx, ids); err != nil || !kept {
			return err
		}
		return noteRemoval(ctx, tx, s.removed, restore.Removal{Kind: restore.Erased, Refs: refs})
	})
	return n, domainError(err)
}

func eraseIDs(ctx context.Context, tx pgx.Tx, ids []int64) error {
	for _, statement := range eraseStatements {
		if _, err := tx.Exec(ctx, statement, ids); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	return nil
}
