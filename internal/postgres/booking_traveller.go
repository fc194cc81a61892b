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
// or there will be none. $3 are the final states.
const erasable = `b.erased_at IS NULL AND (b.state = ANY ($3)
	OR b.state = 'confirmed' AND b.to_at < portal_now())`

// EraseOld implements booking.Tx. With the last bookings go the answers to calls
// that the database does not know.
func (s *Tx) EraseOld(ctx context.Context, months int) (int64, error) {
	ids, _, err := s.toErase(ctx, erasable+` AND b.to_at < portal_now() - make_interval(months => $1) ORDER BY b.id LIMIT $2 FOR UPDATE`,
		months, eraseBatch, asText(booking.FinalStates()))
	if err != nil {
		return 0, err
	}
	if len(ids) > 0 {
		return int64(len(ids)), s.erase(ctx, ids)
	}
	_, err = s.db.Exec(ctx, `
		UPDATE unrecorded_answers SET request = '', response = '', message = '', errors = '{}', settled_text = ''
		WHERE booking_id IS NULL AND at < portal_now() - make_interval(months => $1) AND (request, response, settled_text) <> ('', '', '')`, months)
	return 0, domainError(err)
}

// PersonsBookings implements booking.Store.
func (s reads) PersonsBookings(ctx context.Context, email, phone string) ([]booking.Booking, error) {
	return s.bookings(ctx, `WHERE `+samePerson+` ORDER BY b.created_at DESC, b.id DESC`, email, phone)
}

// samePerson are the bookings with the same address, or the same phone.
const samePerson = `(lower(b.email) = lower($1) AND $1 <> '' OR b.phone = $2 AND $2 <> '')`

// ErasePerson implements booking.Tx.
func (s *Tx) ErasePerson(ctx context.Context, email, phone string) (int64, error) {
	ids, refs, err := s.toErase(ctx, erasable+` AND `+samePerson+` ORDER BY b.id FOR UPDATE`, email, phone, asText(booking.FinalStates()))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := s.erase(ctx, ids); err != nil {
		return 0, err
	}
	err = noteRemoval(ctx, s.tx, s.removed, restore.Removal{Kind: restore.Erased, Refs: refs}) // it is not erased again by its age
	return int64(len(ids)), domainError(err)
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

// toErase locks bookings and returns their ids and references.
func (s *Tx) toErase(ctx context.Context, which string, args ...any) (ids []int64, refs []string, err error) {
	rows, err := s.db.Query(ctx, `SELECT b.id, b.ref FROM bookings b WHERE `+which, args...)
	if err != nil {
		return nil, nil, domainError(err)
	}
	var id int64
	var ref string
	_, err = pgx.ForEachRow(rows, []any{&id, &ref}, func() error {
		ids, refs = append(ids, id), append(refs, ref)
		return nil
	})
	return ids, refs, domainError(err)
}

// erase blanks what says who travelled, in the bookings, in what was written
// beside them, and in what the agency knows; ids, zone, times and amounts stay.
func (s *Tx) erase(ctx context.Context, ids []int64) error {
	return domainError(eraseIDs(ctx, s.tx, ids))
}

func eraseIDs(ctx context.Context, tx pgx.Tx, ids []int64) error {
	for _, statement := range eraseStatements {
		if _, err := tx.Exec(ctx, statement, ids); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	return nil
}
