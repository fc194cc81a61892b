package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// supplierIDTries is how often a booking is looked for again that lost its
// supplier id while its lock was waited for.
const supplierIDTries = 3

// lockedBooking locks a booking and then reads it.
//
// A statement that waits for a row lock goes on with that row's newest version
// and with everything else as it stood before the wait: the successor, which is
// another row, would be missing. So the read is a statement of its own, after
// the lock. lock names the row by columns of bookings b that never change, and
// may end in SKIP LOCKED; read holds for what is returned, of arguments of its own.
func (s *Tx) lockedBooking(ctx context.Context, lock rows, read rows) (booking.Booking, error) {
	var id int64
	if err := s.db.QueryRow(ctx, `SELECT b.id FROM bookings b WHERE `+lock.where, lock.args...).Scan(&id); err != nil {
		return booking.Booking{}, domainError(err)
	}
	return s.oneBooking(ctx, `WHERE b.id = $1 AND (`+read.where+`)`, append([]any{id}, read.args...)...)
}

// rows is a condition and its arguments.
type rows struct {
	where string
	args  []any
}

var anyRow = rows{where: `true`}

// LockBooking is Booking, held until the transaction ends.
func (s *Tx) LockBooking(ctx context.Context, scope account.Scope, ref string) (booking.Booking, error) {
	return s.lockedBooking(ctx, rows{`b.ref = $1 AND ($2 OR b.agency_id = $3) FOR UPDATE`, []any{ref, scope.All(), scope.Agency()}}, anyRow)
}

// LockBookingByID locks a booking by its row, for the portal itself.
func (s *Tx) LockBookingByID(ctx context.Context, id int64) (booking.Booking, error) {
	return s.lockedBooking(ctx, rows{`b.id = $1 FOR UPDATE`, []any{id}}, anyRow)
}

// LockBookingBySupplierID locks the booking that carries the supplier's id now.
// When the one that carried it has lost it by the time it is locked, another one
// may have it.
func (s *Tx) LockBookingBySupplierID(ctx context.Context, env booking.Environment, supplierID string) (booking.Booking, error) {
	for range supplierIDTries {
		var id int64
		err := s.db.QueryRow(ctx, `SELECT id FROM booking_supplier_ids WHERE environment = $1 AND supplier_id = $2 AND claims`, env, supplierID).Scan(&id)
		if err != nil {
			return booking.Booking{}, domainError(err)
		}
		b, err := s.lockedBooking(ctx, rows{`b.id = $1 FOR UPDATE`, []any{id}},
			rows{`b.supplier_id = $2 AND b.state <> 'voided' AND NOT b.id_reissued`, []any{supplierID}})
		if !errors.Is(err, booking.ErrNotFound) {
			return b, err
		}
	}
	return booking.Booking{}, booking.ErrBusy
}

// LockDue locks a booking that is due, unless another node holds it. Whether it
// is due is asked under the lock: it may have been moved since it was listed.
func (s *Tx) LockDue(ctx context.Context, d booking.Due, id int64) (booking.Booking, error) {
	return s.lockedBooking(ctx, rows{`b.id = $1 FOR UPDATE SKIP LOCKED`, []any{id}}, rows{where: due[d]})
}

// LockSale serialises what makes a booking of a sale payable. Callers hold the row
// of their own booking, and lock no row of the sale after it.
func (s *Tx) LockSale(ctx context.Context, b booking.Booking) (string, error) {
	_, err := s.db.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('sale ' || $1::text, 0))`, b.SaleID)
	if err != nil {
		return "", domainError(err)
	}
	return s.OtherOfSale(ctx, b)
}

// OtherOfSale returns the reference of another booking of a sale that is payable,
// paid, being reserved or, since the supplier answered something else than was
// ordered, any of these; or "".
func (s reads) OtherOfSale(ctx context.Context, b booking.Booking) (string, error) {
	var ref string
	err := s.db.QueryRow(ctx, `
		SELECT ref FROM bookings WHERE sale_id = $1 AND id <> $2
			AND (state = ANY ($3)
				OR state = 'create_unknown' AND unfit <> '{}')
		UNION ALL SELECT ref FROM bookings WHERE sale_id = $1 AND id <> $2 AND retry_of IS NOT NULL AND state = 'creating'
		LIMIT 1`, b.SaleID, b.ID, asText(booking.PayableStates())).Scan(&ref)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return ref, domainError(err)
}
