package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// findUnknown keeps the lines of a statement that bill what is not known here,
// once for each of the supplier's ids: only where a restore may have lost them.
// Payments can be lost that were made before one was noticed, on a day that may
// be the next one elsewhere; stays at any time after it.
const findUnknown = `
	INSERT INTO unknown_bookings (environment, supplier_id, supplier_ref, plate, from_wall, to_wall, cents, currency, statement_id, line)
	SELECT DISTINCT ON (l.supplier_id) s.environment, l.supplier_id, l.supplier_ref, l.plate, l.from_wall, l.to_wall, l.cents, l.currency, s.id, l.number
	FROM statement_lines l JOIN statements s ON s.id = l.statement_id
	WHERE s.id = $1 AND l.class = 'not_found' AND l.supplier_id <> '' AND l.cents > 0
		AND EXISTS (SELECT FROM restores r WHERE s.about <> 'payments' OR r.at + interval '1 day' >= s.period_from)
		AND NOT EXISTS (SELECT FROM booking_supplier_ids i WHERE i.environment = s.environment AND i.supplier_id = l.supplier_id)
	ORDER BY l.supplier_id, l.number
	ON CONFLICT ON CONSTRAINT unknown_bookings_once DO NOTHING`

const unknownSelect = `
	SELECT u.handle, u.supplier_id, u.supplier_ref, u.plate, u.from_wall, u.to_wall, u.cents, u.currency, u.statement_id, s.handle, u.line,
		u.opened_at, coalesce(CASE WHEN l.line_date <= s.at THEN l.line_date::timestamptz END, s.at), u.proposed, coalesce(u.proposed_by, 0), coalesce(p.name, ''),
		u.version, u.ending, u.ended_at, coalesce(e.name, ''),
		coalesce((SELECT b.ref FROM booking_supplier_ids i JOIN bookings b ON b.id = i.id
			WHERE i.environment = u.environment AND i.supplier_id = u.supplier_id AND b.state <> 'voided' LIMIT 1), '')
	FROM unknown_bookings u JOIN statements s ON s.id = u.statement_id
	JOIN statement_lines l ON l.statement_id = u.statement_id AND l.number = u.line LEFT JOIN users p ON p.id = u.proposed_by
	LEFT JOIN users e ON e.id = u.ended_by `

func scanUnknown(row pgx.CollectableRow) (u booking.UnknownBooking, err error) {
	var from, to, ended *time.Time
	err = row.Scan(&u.Handle, &u.SupplierID, &u.SupplierRef, &u.Plate, &from, &to, &u.Amount.Cents, &u.Amount.Currency, &u.StatementID, &u.Statement, &u.Line,
		&u.OpenedAt, &u.PaidAt, &u.Proposed, &u.ProposedBy, &u.Proposer, &u.Version, &u.Ending, &ended, &u.EndedBy, &u.Ref)
	u.From, u.To, u.EndedAt = orZero(from), orZero(to), orZero(ended)
	return u, err
}

func (s reads) unknown(ctx context.Context, rest string, args ...any) ([]booking.UnknownBooking, error) {
	rows, err := s.db.Query(ctx, unknownSelect+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanUnknown)
	return list, domainError(err)
}

// OpenUnknown implements booking.ElsewhereStore.
func (s reads) OpenUnknown(ctx context.Context, env booking.Environment, limit int) ([]booking.UnknownBooking, error) {
	return s.unknown(ctx, `WHERE u.environment = $1 AND u.ending = '' ORDER BY u.id LIMIT $2`, env, limit)
}

// LockUnknown implements booking.ElsewhereStore.
func (s *Tx) LockUnknown(ctx context.Context, env booking.Environment, handle string) (booking.UnknownBooking, error) {
	_, err := s.db.Exec(ctx, `SELECT 1 FROM unknown_bookings WHERE handle = $1 FOR UPDATE`, handle)
	if err != nil {
		return booking.UnknownBooking{}, domainError(err)
	}
	u, err := s.UnknownBooking(ctx, env, handle)
	if err == nil && u.Ending != "" {
		err = booking.ErrNotFound
	}
	return u, err
}

// UnknownBooking implements booking.ElsewhereStore.
func (s reads) UnknownBooking(ctx context.Context, env booking.Environment, handle string) (booking.UnknownBooking, error) {
	list, err := s.unknown(ctx, `WHERE u.environment = $1 AND u.handle = $2`, env, handle)
	if err == nil && len(list) != 1 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return booking.UnknownBooking{}, err
	}
	return list[0], nil
}

// ProposeUnknown implements booking.ElsewhereStore.
func (s *Tx) ProposeUnknown(ctx context.Context, handle string, t booking.TakeOverAs, userID int64) error {
	_, err := s.db.Exec(ctx, `UPDATE unknown_bookings SET proposed = $2, proposed_by = $3, proposed_at = portal_now(), version = version + 1 WHERE handle = $1`, handle, t, userID)
	return domainError(err)
}

// EndUnknown implements booking.ElsewhereStore. Who travels is then known from the
// booking alone.
func (s *Tx) EndUnknown(ctx context.Context, handle, ending string, userID int64, e booking.Evidence) error {
	_, err := s.db.Exec(ctx, `
		UPDATE unknown_bookings SET ending = $2, ended_at = portal_now(), ended_by = $3, channel = $4, person = $5, reference = $6, body = $7,
			proposed = CASE WHEN proposed IS NOT NULL THEN '{}'::jsonb END
		WHERE handle = $1 AND ending = ''`, handle, ending, userID, e.Channel, e.Person, e.Reference, e.Text)
	return domainError(err)
}

// KnowUnknown implements booking.ElsewhereStore.
func (s *Tx) KnowUnknown(ctx context.Context, env booking.Environment, supplierID string) error {
	_, err := s.db.Exec(ctx, `
		UPDATE unknown_bookings SET ending = 'known', ended_at = portal_now() WHERE environment = $1 AND supplier_id = $2 AND ending = ''`, env, supplierID)
	return domainError(err)
}

// unnamedLines are lines l of statements s that bill what is not known here, as those of
// findUnknown, and do not say the supplier's id: nothing can be taken over by them. They
// are over when a line with the id came, or the booking.
const unnamedLines = `l.class = 'not_found' AND l.supplier_id = '' AND l.cents > 0 AND l.candidates = '{}'
	AND EXISTS (SELECT FROM restores r WHERE s.about <> 'payments' OR r.at + interval '1 day' >= s.period_from)
	AND NOT EXISTS (SELECT FROM booking_supplier_ids i
		WHERE i.environment = s.environment AND i.supplier_ref <> '' AND lower(i.supplier_ref) = lower(l.supplier_ref))
	AND NOT EXISTS (SELECT FROM unknown_bookings u WHERE u.environment = s.environment AND (l.supplier_ref <> '' AND lower(u.supplier_ref) = lower(l.supplier_ref)
		OR u.statement_id = l.statement_id AND u.line = l.number
		OR l.plate <> '' AND u.plate = l.plate AND u.from_wall BETWEEN l.from_wall - interval '1 day' AND l.from_wall + interval '1 day'))
	AND NOT EXISTS (SELECT FROM bookings b WHERE b.environment = s.environment AND b.taken_over AND l.plate <> '' AND b.plate = l.plate
		AND b.from_wall BETWEEN l.from_wall - interval '1 day' AND l.from_wall + interval '1 day')`

// unnamed counts them, of the statements that came since the latest restore.
const unnamed = `SELECT count(DISTINCT (l.supplier_ref, l.plate, l.from_wall)) FROM statements s JOIN statement_lines l ON l.statement_id = s.id
	WHERE s.environment = $1 AND s.at >= (SELECT max(at) FROM restores) AND ` + unnamedLines

const unnamedSelect = `SELECT s.handle, l.number, l.supplier_ref, l.plate, l.from_wall, l.to_wall, l.cents, l.currency
	FROM statements s JOIN statement_lines l ON l.statement_id = s.id WHERE s.environment = $1 AND `

func scanUnnamed(row pgx.CollectableRow) (l booking.UnnamedLine, err error) {
	var from, to *time.Time
	err = row.Scan(&l.Statement, &l.Line, &l.SupplierRef, &l.Plate, &from, &to, &l.Amount.Cents, &l.Amount.Currency)
	l.From, l.To = orZero(from), orZero(to)
	return l, err
}

// UnnamedLines implements booking.Reader.
func (s reads) UnnamedLines(ctx context.Context, env booking.Environment, limit int) ([]booking.UnnamedLine, error) {
	rows, err := s.db.Query(ctx, unnamedSelect+`s.at >= (SELECT max(at) FROM restores) AND (s.id, l.number) IN (
		SELECT DISTINCT ON (l.supplier_ref, l.plate, l.from_wall) l.statement_id, l.number FROM statements s JOIN statement_lines l ON l.statement_id = s.id
		WHERE s.environment = $1 AND s.at >= (SELECT max(at) FROM restores) AND `+unnamedLines+`
		ORDER BY l.supplier_ref, l.plate, l.from_wall, l.statement_id, l.number) ORDER BY s.id, l.number LIMIT $2`, env, limit)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanUnnamed)
	return list, domainError(err)
}

// LockUnnamed implements booking.ElsewhereTx.
func (s *Tx) LockUnnamed(ctx context.Context, env booking.Environment, statement string, line int) (booking.UnnamedLine, error) {
	if _, err := s.db.Exec(ctx, `
		SELECT FROM statement_lines l JOIN statements s ON s.id = l.statement_id WHERE s.handle = $1 AND l.number = $2 FOR UPDATE OF l`, statement, line); err != nil {
		return booking.UnnamedLine{}, domainError(err)
	}
	rows, err := s.db.Query(ctx, unnamedSelect+`s.handle = $2 AND l.number = $3 AND `+unnamedLines, env, statement, line)
	if err != nil {
		return booking.UnnamedLine{}, domainError(err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, scanUnnamed)
	return l, domainError(err)
}

// AddUnknown implements booking.ElsewhereTx.
func (s *Tx) AddUnknown(ctx context.Context, env booking.Environment, l booking.UnnamedLine, supplierID string) (handle string, err error) {
	err = s.db.QueryRow(ctx, `
		INSERT INTO unknown_bookings AS u (environment, supplier_id, supplier_ref, plate, from_wall, to_wall, cents, currency, statement_id, line, ending, ended_at)
		SELECT $1, $4, l.supplier_ref, l.plate, l.from_wall, l.to_wall, l.cents, l.currency, l.statement_id, l.number,
			CASE WHEN known THEN 'known' ELSE '' END, CASE WHEN known THEN portal_now() END
		FROM statement_lines l JOIN statements s ON s.id = l.statement_id,
			(SELECT EXISTS (SELECT FROM booking_supplier_ids i WHERE i.environment = $1 AND i.supplier_id = $4) AS known) i
		WHERE s.handle = $2 AND l.number = $3
		ON CONFLICT ON CONSTRAINT unknown_bookings_once DO UPDATE SET
			supplier_ref = coalesce(nullif(u.supplier_ref, ''), excluded.supplier_ref), plate = coalesce(nullif(u.plate, ''), excluded.plate),
			from_wall = coalesce(u.from_wall, excluded.from_wall), to_wall = coalesce(u.to_wall, excluded.to_wall)
		RETURNING handle`, env, l.Statement, l.Line, supplierID).Scan(&handle)
	return handle, domainError(err)
}

// mayOverlap is whether a stay may, by the clocks of its place. What a line does not
// say may be any time; a day without a time is all of it.
const mayOverlap = `coalesce(from_wall, '-infinity') < $4
	AND coalesce(to_wall + CASE WHEN to_wall = date_trunc('day', to_wall) THEN interval '1 day' ELSE '0' END, 'infinity') > $3`

// UnknownOfCar implements booking.Reader.
func (s reads) UnknownOfCar(ctx context.Context, env booking.Environment, plate string, from, to time.Time) (name string, err error) {
	err = s.db.QueryRow(ctx, `
		(SELECT coalesce(nullif(supplier_ref, ''), supplier_id) FROM unknown_bookings
		WHERE environment = $1 AND plate = $2 AND ending = '' AND `+mayOverlap+` ORDER BY id LIMIT 1)
		UNION ALL
		(SELECT coalesce(nullif(l.supplier_ref, ''), l.plate) FROM statement_lines l JOIN statements s ON s.id = l.statement_id
		WHERE s.environment = $1 AND l.plate = $2 AND l.plate <> '' AND `+mayOverlap+` AND `+unnamedLines+` ORDER BY s.id, l.number LIMIT 1)
		LIMIT 1`, env, plate, from, to).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return name, domainError(err)
}

// AddTakenOver implements booking.ElsewhereStore.
func (s *Tx) AddTakenOver(ctx context.Context, b *booking.Booking, first booking.HistoryEntry) error {
	err := s.db.QueryRow(ctx, `
		INSERT INTO bookings (ref, state, version, agency_id, user_id, environment, draft_id, sale_id, taken_over,
			zone_id, zone_code, zone_name, zone_kind, city, timezone, from_wall, to_wall, from_at, to_at,
			quote, services, total_cents, currency, first_name, last_name, email, phone, country, language, make, model, color, plate, plate_written,
			supplier_id, supplier_ref, booked_cents, booked_currency, booked_services, t0, pay_by, deadline, fence, created_at, changed_at, paid_at)
		VALUES (@ref, @state, @version, @agency, @user, @environment, @draft, @sale, true,
			@zone_id, @zone_code, @zone_name, @zone_kind, @city, @timezone, @from_wall, @to_wall, @from_at, @to_at,
			@quote, '{}', @total, @currency, @first_name, @last_name, '', '', '', @language, '', '', '', @plate, @plate_written,
			@supplier_id, @supplier_ref, @total, @currency, '{}', @t0, @pay_by, @deadline, @fence, @created_at, @created_at, @paid_at) RETURNING id`,
		newBooking(b, pgx.NamedArgs{"supplier_id": b.SupplierID, "supplier_ref": b.SupplierRef, "paid_at": b.PaidAt})).Scan(&b.ID)
	if err != nil {
		return fmt.Errorf("take a booking over: %w", domainError(err))
	}
	return s.addEntry(ctx, b, first)
}

// AgencyByCode implements booking.ElsewhereStore.
func (s reads) AgencyByCode(ctx context.Context, code string) (account.Agency, error) {
	a, err := scanAgency(s.db.QueryRow(ctx, selectAgency+`WHERE code = $1`, code))
	return a, domainError(err)
}
