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
	// Each way to a booking has an index; the array is read before them all.
	rows, err := s.q().Query(ctx, `
		SELECT b.id, b.state, coalesce(b.supplier_id, ''), b.supplier_ref, b.plate, b.from_wall, b.to_wall,
			coalesce(b.booked_cents, b.total_cents), coalesce(b.booked_currency, b.currency), b.uncompared, CASE WHEN NOT b.taken_over THEN b.created_at END
		FROM bookings b WHERE b.environment = $1 AND b.state <> 'voided' AND NOT b.id_reissued AND b.id = ANY (ARRAY(
			SELECT i.id FROM booking_supplier_ids i WHERE i.supplier_id = ANY ($2)
			UNION SELECT i.id FROM booking_supplier_ids i
				WHERE i.supplier_ref <> '' AND lower(i.supplier_ref) = ANY (ARRAY(SELECT lower(unnest($3::text[])))) AND i.supplier_ref = ANY ($3)
			UNION SELECT p.id FROM bookings p WHERE p.plate <> '' AND p.plate = ANY ($4)))
		ORDER BY b.id`, env, orEmpty(ids), orEmpty(refs), orEmpty(plates))
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c booking.Candidate, err error) {
		var created *time.Time
		err = row.Scan(&c.ID, &c.State, &c.SupplierID, &c.SupplierRef, &c.Plate, &c.From, &c.To, &c.Due.Cents, &c.Due.Currency, &c.Uncompared, &created)
		c.Created = orZero(created)
		return c, err
	})
	return list, domainError(err)
}

// saveLine finds its line by the key whatever the table's statistics say: an
// UPDATE that joins a batch of fresh lines was planned as a loop over all of them.
const saveLine = `
	UPDATE statement_lines SET supplier_id = $3, supplier_ref = $4, plate = $5, from_wall = $6, to_wall = $7,
		cents = CASE WHEN $9::text = '' THEN NULL ELSE $8::bigint END, currency = $9::text, class = $10, reason = $11,
		booking_id = nullif($12::bigint, 0), candidates = $13, acted_at = CASE WHEN $14 THEN portal_now() END,
		document = $15, line_date = $16, status = $17
	WHERE statement_id = $1 AND number = $2 AND acted_at IS NULL AND cells <> '{}'`

func lineValues(id int64, l booking.StatementLine, acted bool) []any {
	return []any{
		id, l.Number, l.SupplierID, l.SupplierRef, l.Plate, unset(l.From), unset(l.To), l.Amount.Cents, l.Amount.Currency,
		l.Class, l.Reason, l.BookingID, orEmpty(l.Candidates), acted, l.Document, unset(l.Date), l.Status,
	}
}

// SaveLines implements booking.StatementStore.
func (s *Store) SaveLines(ctx context.Context, id int64, lines []booking.StatementLine) error {
	var batch pgx.Batch
	for _, l := range lines {
		batch.Queue(saveLine, lineValues(id, l, false)...)
	}
	send := s.pool.SendBatch
	if s.tx != nil {
		send = s.tx.SendBatch
	}
	if err := send(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("write lines of a statement: %w", domainError(err))
	}
	return nil
}

// ActedOn implements booking.StatementStore.
func (s *Store) ActedOn(ctx context.Context, id int64, l booking.StatementLine) (bool, error) {
	tag, err := s.q().Exec(ctx, saveLine, lineValues(id, l, true)...)
	if err != nil {
		return false, fmt.Errorf("write a line of a statement: %w", domainError(err))
	}
	return tag.RowsAffected() == 1, nil
}

// StatementCompared implements booking.StatementStore.
func (s *Store) StatementCompared(ctx context.Context, id int64, c booking.Columns, userID int64) error {
	_, err := s.q().Exec(ctx, `
		UPDATE statements SET state = 'compared', mapping = $2, compared_at = portal_now(), compared_by = $3 WHERE id = $1`, id, c, userID)
	if err == nil {
		_, err = s.q().Exec(ctx, findUnknown, id)
	}
	return domainError(err)
}

// ReadingStatement implements booking.StatementStore.
func (s *Store) ReadingStatement(ctx context.Context, id int64, c booking.Columns) error {
	_, err := s.q().Exec(ctx, `UPDATE statements SET mapping = $2, read_at = CASE WHEN mapping = $2 THEN read_at END WHERE id = $1`, id, c)
	return domainError(err)
}

// StatementRead implements booking.StatementStore.
func (s *Store) StatementRead(ctx context.Context, id int64, c booking.Columns) error {
	_, err := s.q().Exec(ctx, `UPDATE statements SET read_at = coalesce(read_at, portal_now()) WHERE id = $1 AND mapping = $2`, id, c)
	return domainError(err)
}

// eraseStatement forgets the cells and plates of one statement at a time.
var eraseStatement = `WITH old AS (
		UPDATE statements SET erased_at = portal_now() WHERE id = (
			SELECT id FROM statements WHERE erased_at IS NULL AND period_to < portal_now() - make_interval(months => $1)
			ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id),
	lines AS (UPDATE statement_lines SET cells = '{}', plate = '' WHERE statement_id = (SELECT id FROM old)),
	unknown AS (UPDATE unknown_bookings SET plate = '', proposed = CASE WHEN proposed IS NOT NULL THEN '{}'::jsonb END, person = '', reference = '', body = ''
		WHERE statement_id = (SELECT id FROM old))
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
