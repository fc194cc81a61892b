package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/auth"
	"guichet/internal/booking"
)

// OpenCase opens a case unless the same one is open already.
func (s *Tx) OpenCase(ctx context.Context, bookingID int64, why string, due time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO cases (booking_id, why, due, opened_at) VALUES ($1, $2, $3, portal_now())
		ON CONFLICT (booking_id, why) WHERE resolved_at IS NULL DO NOTHING`, bookingID, why, due)
	return domainError(err)
}

// CloseCases ends open cases of a booking: those of the list, or all.
func (s *Tx) CloseCases(ctx context.Context, bookingID, userID int64, found booking.Finding, whys []string) error {
	_, err := s.db.Exec(ctx, `
		UPDATE cases SET resolved_at = portal_now(), resolved_by = nullif($2::bigint, 0), finding = $3
		WHERE booking_id = $1 AND resolved_at IS NULL AND ($4::text[] IS NULL OR why = ANY ($4))`, bookingID, userID, found, whys)
	return domainError(err)
}

// TakeCase makes a person the holder of an open case; booking.ErrNotFound when
// there is none.
func (s *Tx) TakeCase(ctx context.Context, id, userID int64) error {
	tag, err := s.db.Exec(ctx, `UPDATE cases SET holder_id = $2, taken_at = portal_now() WHERE id = $1 AND resolved_at IS NULL`, id, userID)
	if err == nil && tag.RowsAffected() == 0 {
		return booking.ErrNotFound
	}
	return domainError(err)
}

// unknownCreates are the bookings b that may still turn out to be reserved.
const unknownCreates = `booking_states s JOIN bookings b ON b.id = s.id WHERE s.state = 'create_unknown' AND NOT b.uncompared AND b.unfit = '{}'`

// QueueCount counts what Queue lists, and the lines beside it. For all bookings that
// were over before a restore stands one line, since each is a fact of the same
// comparison.
func (s reads) QueueCount(ctx context.Context, env booking.Environment) (open, due int, err error) {
	err = s.db.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE due <= (SELECT portal_now())) FROM (
			SELECT c.due FROM cases c JOIN bookings b ON b.id = c.booking_id WHERE c.resolved_at IS NULL AND b.environment = $2
			UNION ALL SELECT b.fence FROM `+unknownCreates+` AND s.environment = $2
			UNION ALL SELECT opened_at FROM unknown_bookings WHERE ending = '' AND environment = $2
			UNION ALL SELECT portal_now() WHERE EXISTS (SELECT FROM bookings WHERE uncompared AND state = ANY ($3) AND environment = $2)
			UNION ALL SELECT at FROM unrecorded_answers WHERE booking_id IS NULL AND settled_at IS NULL AND environment = $2
			UNION ALL SELECT finalized_at FROM river_job WHERE state = 'discarded' AND kind = ANY ($1)) q`, auth.MailKinds(), env, asText(booking.FinalStates())).Scan(&open, &due)
	return open, due, domainError(err)
}

// Cases returns the open cases of a booking, the first due first.
func (s reads) Cases(ctx context.Context, bookingID int64) ([]booking.QueueItem, error) {
	rows, err := s.db.Query(ctx, `
		SELECT c.id, c.why, c.due, c.opened_at, coalesce(c.holder_id, 0), coalesce(u.name, '')
		FROM cases c LEFT JOIN users u ON u.id = c.holder_id WHERE c.booking_id = $1 AND c.resolved_at IS NULL ORDER BY c.due, c.id`, bookingID)
	if err != nil {
		return nil, domainError(err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (i booking.QueueItem, err error) {
		return i, row.Scan(&i.CaseID, &i.Why, &i.Due, &i.OpenedAt, &i.HolderID, &i.Holder)
	})
	return items, domainError(err)
}

// Queue lists open cases and unknown creates, what is due first.
func (s reads) Queue(ctx context.Context, env booking.Environment, limit int) ([]booking.QueueItem, error) {
	rows, err := s.db.Query(ctx, `
		SELECT c.id, c.why, c.due, c.opened_at, coalesce(c.holder_id, 0), coalesce(u.name, ''), c.booking_id, b.ref, b.state
		FROM cases c JOIN bookings b ON b.id = c.booking_id LEFT JOIN users u ON u.id = c.holder_id
		WHERE c.resolved_at IS NULL AND b.environment = $2
		UNION ALL
		SELECT 0, b.state, b.fence, b.changed_at, 0, '', b.id, b.ref, b.state FROM `+unknownCreates+` AND s.environment = $2
		ORDER BY 3, 7 LIMIT $1`, limit, env)
	if err != nil {
		return nil, domainError(err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (booking.QueueItem, error) {
		var i booking.QueueItem
		return i, row.Scan(&i.CaseID, &i.Why, &i.Due, &i.OpenedAt, &i.HolderID, &i.Holder, &i.Booking.ID, &i.Booking.Ref, &i.Booking.State)
	})
	if err != nil {
		return nil, domainError(err)
	}
	return items, s.fillQueue(ctx, items)
}

// fillQueue reads the bookings of the items: together, or one by one when one of
// them cannot be read. That one stays in the queue with its reference and state:
// it is there because of that.
func (s reads) fillQueue(ctx context.Context, items []booking.QueueItem) error {
	ids := make([]int64, len(items))
	for i := range items {
		ids[i] = items[i].Booking.ID
	}
	if list, err := s.bookings(ctx, `WHERE b.id = ANY($1)`, ids); err == nil {
		for i := range items {
			if at := slices.IndexFunc(list, func(b booking.Booking) bool { return b.ID == ids[i] }); at >= 0 {
				items[i].Booking = list[at]
			}
		}
		return nil
	}
	for i := range items {
		b, err := s.oneBooking(ctx, `WHERE b.id = $1`, items[i].Booking.ID)
		switch {
		case errors.Is(err, booking.ErrAway), ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case err == nil:
			items[i].Booking = b
		}
	}
	return nil
}

// AddNote keeps what a person wrote.
func (s *Tx) AddNote(ctx context.Context, n *booking.Note) error {
	e := n.Evidence
	err := s.db.QueryRow(ctx, `
		INSERT INTO booking_notes (booking_id, kind, finding, channel, person, reference, body, supplier_id, actor_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, portal_now()) RETURNING id`,
		n.BookingID, n.Kind, n.Finding, e.Channel, e.Person, e.Reference, e.Text, e.SupplierID, n.ActorID).Scan(&n.ID)
	if err != nil {
		return fmt.Errorf("add a note: %w", domainError(err))
	}
	return nil
}

func (s reads) notes(ctx context.Context, rest string, args ...any) ([]booking.Note, error) {
	rows, err := s.db.Query(ctx, `
		SELECT n.id, n.booking_id, n.kind, n.finding, n.channel, n.person, n.reference, n.body, n.supplier_id, n.actor_id, u.name, n.at
		FROM booking_notes n JOIN users u ON u.id = n.actor_id `+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (booking.Note, error) {
		var n booking.Note
		e := &n.Evidence
		err := row.Scan(&n.ID, &n.BookingID, &n.Kind, &n.Finding, &e.Channel, &e.Person, &e.Reference, &e.Text, &e.SupplierID, &n.ActorID, &n.ActorName, &n.At)
		return n, err
	})
	return list, domainError(err)
}

// Notes returns what people wrote about a booking, oldest first.
func (s reads) Notes(ctx context.Context, bookingID int64) ([]booking.Note, error) {
	return s.notes(ctx, `WHERE n.booking_id = $1 ORDER BY n.id`, bookingID)
}

// Proposal returns the open proposal to reverse a booking.
func (s reads) Proposal(ctx context.Context, bookingID int64) (booking.Note, error) {
	list, err := s.notes(ctx, `WHERE n.booking_id = $1 AND n.kind = 'proposal' AND n.answered_at IS NULL`, bookingID)
	if err != nil {
		return booking.Note{}, err
	}
	if len(list) != 1 {
		return booking.Note{}, booking.ErrNotFound
	}
	return list[0], nil
}

// AnswerProposal ends a proposal.
func (s *Tx) AnswerProposal(ctx context.Context, noteID int64) error {
	_, err := s.db.Exec(ctx, `UPDATE booking_notes SET answered_at = portal_now() WHERE id = $1`, noteID)
	return domainError(err)
}
