package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// AddStatement implements booking.StatementStore.
func (s *Store) AddStatement(ctx context.Context, st *booking.Statement, lines []booking.RawLine) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO statements (handle, environment, file_name, digest, user_id, at, period_from, period_to, about, header, lines)
			VALUES ($1, $2, $3, $4, $5, portal_now(), $6, $7, $8, $9, $10) RETURNING id, at`,
			st.Handle, st.Environment, st.FileName, st.Digest, st.UserID, st.From, st.To, st.About, st.Header, len(lines)).Scan(&st.ID, &st.At)
		if err != nil {
			return err
		}
		rows := pgx.CopyFromSlice(len(lines), func(i int) ([]any, error) {
			return []any{st.ID, lines[i].Number, lines[i].Cells}, nil
		})
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"statement_lines"}, []string{"statement_id", "number", "cells"}, rows)
		return err
	})
	return domainError(err)
}

func (s *Store) statements(ctx context.Context, rest string, args ...any) ([]booking.Statement, error) {
	rows, err := s.q().Query(ctx, `
		SELECT s.id, s.handle, s.environment, s.file_name, s.digest, s.user_id, u.name, s.at, s.period_from, s.period_to, s.about,
			s.header, s.lines, s.mapping, s.compared_at, s.erased_at
		FROM statements s JOIN users u ON u.id = s.user_id `+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (st booking.Statement, err error) {
		var compared, erased *time.Time
		err = row.Scan(&st.ID, &st.Handle, &st.Environment, &st.FileName, &st.Digest, &st.UserID, &st.UserName, &st.At, &st.From, &st.To,
			&st.About, &st.Header, &st.Lines, &st.Columns, &compared, &erased)
		st.ComparedAt, st.ErasedAt = orZero(compared), orZero(erased)
		return st, err
	})
	return list, domainError(err)
}

func (s *Store) oneStatement(ctx context.Context, rest string, args ...any) (booking.Statement, error) {
	list, err := s.statements(ctx, rest, args...)
	if err == nil && len(list) == 0 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return booking.Statement{}, err
	}
	return list[0], nil
}

// Statement implements booking.StatementStore.
func (s *Store) Statement(ctx context.Context, handle string) (booking.Statement, error) {
	return s.oneStatement(ctx, `WHERE s.handle = $1`, handle)
}

// StatementOfFile implements booking.StatementStore.
func (s *Store) StatementOfFile(ctx context.Context, env booking.Environment, digest []byte) (booking.Statement, error) {
	return s.oneStatement(ctx, `WHERE s.environment = $1 AND s.digest = $2 AND s.erased_at IS NULL`, env, digest)
}

// Statements implements booking.StatementStore.
func (s *Store) Statements(ctx context.Context, limit int) ([]booking.Statement, error) {
	return s.statements(ctx, `ORDER BY s.id DESC LIMIT $1`, limit)
}

// ColumnsOf implements booking.StatementStore.
func (s *Store) ColumnsOf(ctx context.Context, header []string) (booking.Columns, error) {
	var c booking.Columns
	err := s.q().QueryRow(ctx, `
		SELECT mapping FROM statements WHERE header = $1 AND compared_at IS NOT NULL ORDER BY compared_at DESC LIMIT 1`, header).Scan(&c)
	return c, domainError(err)
}

// Candidates implements booking.StatementStore.
func (s *Store) Candidates(ctx context.Context, env booking.Environment, ids, refs, plates []string) ([]booking.Candidate, error) {
	const of = `SELECT b.id, b.state, coalesce(b.supplier_id, ''), b.supplier_ref, b.plate, b.from_wall, b.to_wall,
			coalesce(b.booked_cents, b.total_cents), coalesce(b.booked_currency, b.currency)
		FROM bookings b WHERE b.environment = $1 AND b.state <> 'voided' AND NOT b.id_reissued AND `
	// UNION, so that each part has its index and a booking comes once.
	rows, err := s.q().Query(ctx, of+`b.supplier_id = ANY ($2) UNION `+of+`b.supplier_ref <> '' AND b.supplier_ref = ANY ($3) UNION `+
		of+`b.plate <> '' AND b.plate = ANY ($4) ORDER BY 1`, env, orEmpty(ids), orEmpty(refs), orEmpty(plates))
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c booking.Candidate, err error) {
		return c, row.Scan(&c.ID, &c.State, &c.SupplierID, &c.SupplierRef, &c.Plate, &c.From, &c.To, &c.Due.Cents, &c.Due.Currency)
	})
	return list, domainError(err)
}

// SaveLines implements booking.StatementStore.
func (s *Store) SaveLines(ctx context.Context, id int64, lines []booking.StatementLine) error {
	_, err := s.saveLines(ctx, id, lines, false)
	return err
}

// ActedOn implements booking.StatementStore.
func (s *Store) ActedOn(ctx context.Context, id int64, l booking.StatementLine) (bool, error) {
	n, err := s.saveLines(ctx, id, []booking.StatementLine{l}, true)
	return n == 1, err
}

func (s *Store) saveLines(ctx context.Context, id int64, lines []booking.StatementLine, acted bool) (int64, error) {
	var numbers []int
	var ids, refs, plates, currencies, classes, reasons, among []string
	var from, to []*time.Time
	var cents, bookings []*int64
	for _, l := range lines {
		numbers = append(numbers, l.Number)
		ids, refs, plates = append(ids, l.SupplierID), append(refs, l.SupplierRef), append(plates, l.Plate)
		from, to = append(from, unset(l.From)), append(to, unset(l.To))
		amount, of := &l.Amount.Cents, &l.BookingID
		if l.Amount.Currency == "" {
			amount = nil
		}
		if l.BookingID == 0 {
			of = nil
		}
		cents, bookings = append(cents, amount), append(bookings, of)
		currencies, classes = append(currencies, l.Amount.Currency), append(classes, string(l.Class))
		reasons, among = append(reasons, l.Reason), append(among, arrayText(l.Candidates))
	}
	tag, err := s.q().Exec(ctx, `
		UPDATE statement_lines l SET supplier_id = n.supplier_id, supplier_ref = n.supplier_ref, plate = n.plate, from_wall = n.from_wall,
			to_wall = n.to_wall, cents = n.cents, currency = n.currency, class = n.class, reason = n.reason, booking_id = n.booking_id,
			candidates = n.candidates::bigint[], acted_at = CASE WHEN $14 THEN portal_now() END
		FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::timestamp[], $7::timestamp[], $8::bigint[], $9::text[], $10::text[],
			$11::text[], $12::bigint[], $13::text[])
			AS n (number, supplier_id, supplier_ref, plate, from_wall, to_wall, cents, currency, class, reason, booking_id, candidates)
		WHERE l.statement_id = $1 AND l.number = n.number AND l.acted_at IS NULL AND l.cells <> '{}'`,
		id, numbers, ids, refs, plates, from, to, cents, currencies, classes, reasons, bookings, among, acted)
	if err != nil {
		return 0, fmt.Errorf("write lines of a statement: %w", domainError(err))
	}
	return tag.RowsAffected(), nil
}

// arrayText is an array of numbers as PostgreSQL reads it: unnest takes no
// arrays of arrays of different lengths.
func arrayText(list []int64) string {
	out := []byte{'{'}
	for i, n := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Append(out, n)
	}
	return string(append(out, '}'))
}

// StatementCompared implements booking.StatementStore.
func (s *Store) StatementCompared(ctx context.Context, id int64, c booking.Columns, userID int64) error {
	_, err := s.q().Exec(ctx, `
		UPDATE statements SET state = 'compared', mapping = $2, compared_at = portal_now(), compared_by = $3 WHERE id = $1`, id, c, userID)
	return domainError(err)
}

// eraseStatement forgets the cells and plates of one statement at a time.
var eraseStatement = `WITH old AS (
		UPDATE statements SET erased_at = portal_now() WHERE id = (
			SELECT id FROM statements WHERE erased_at IS NULL AND period_to < portal_now() - make_interval(months => $1)
			ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id),
	lines AS (UPDATE statement_lines SET cells = '{}', plate = '' WHERE statement_id = (SELECT id FROM old))
	SELECT id FROM old`

// EraseStatements implements booking.StatementStore.
func (s *Store) EraseStatements(ctx context.Context, months int) (n int64, err error) {
	for {
		var id int64
		err := s.q().QueryRow(ctx, eraseStatement, months).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return n, nil
		}
		if err != nil {
			return n, domainError(err)
		}
		n++
	}
}
