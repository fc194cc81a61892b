package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/statement"
)

// Statements implements statement.Store on a Store.
type Statements struct{ *Store }

var (
	_ statement.Store = Statements{}
	_ statement.Tx    = (*Tx)(nil)
)

// InTx implements statement.Store.
func (s Statements) InTx(ctx context.Context, f func(statement.Tx) error) error {
	return s.transact(ctx, func(tx *Tx) error {
		if err := allowLong(ctx, tx.tx, s.long); err != nil {
			return domainError(err)
		}
		return f(tx)
	})
}

// slowly asks what may take longer than a page waits.
func slowly[T any](ctx context.Context, s Statements, ask func(reads) (T, error)) (answer T, err error) {
	err = s.patiently(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		answer, err = ask(reads{tx})
		return err
	})
	return answer, domainError(err)
}

// Candidates implements statement.Store.
func (s Statements) Candidates(ctx context.Context, env booking.Environment, ids, refs, plates []string) ([]booking.Candidate, error) {
	return slowly(ctx, s, func(r reads) ([]booking.Candidate, error) { return r.Candidates(ctx, env, ids, refs, plates) })
}

// ProofLines implements statement.Store.
func (s Statements) ProofLines(ctx context.Context, env booking.Environment, ids, refs []string, except int64) ([]booking.ProofLine, error) {
	return slowly(ctx, s, func(r reads) ([]booking.ProofLine, error) { return r.ProofLines(ctx, env, ids, refs, except) })
}

// Waiting implements statement.Store.
func (s Statements) Waiting(ctx context.Context, env booking.Environment) ([]int64, error) {
	return slowly(ctx, s, func(r reads) ([]int64, error) { return r.waiting(ctx, env) })
}

// StatementSums implements statement.Store.
func (s Statements) StatementSums(ctx context.Context, id int64) ([]statement.ClassSum, error) {
	return slowly(ctx, s, func(r reads) ([]statement.ClassSum, error) { return r.statementSums(ctx, id) })
}

// Unbilled implements statement.Store.
func (s Statements) Unbilled(ctx context.Context, st statement.Statement, after int64, limit int) ([]booking.Booking, error) {
	return slowly(ctx, s, func(r reads) ([]booking.Booking, error) { return r.unbilled(ctx, st, after, limit) })
}

// UnbilledSums implements statement.Store.
func (s Statements) UnbilledSums(ctx context.Context, st statement.Statement) ([]statement.ClassSum, error) {
	return slowly(ctx, s, func(r reads) ([]statement.ClassSum, error) { return r.unbilledSums(ctx, st) })
}

// AddStatement implements statement.Tx.
func (s *Tx) AddStatement(ctx context.Context, st *statement.Statement, next func() (statement.RawLine, error)) error {
	err := s.tx.QueryRow(ctx, `
		INSERT INTO statements (handle, environment, file_name, digest, user_id, at, period_from, period_to, about, header, lines)
		VALUES ($1, $2, $3, $4, $5, portal_now(), $6, $7, $8, $9, $10) RETURNING id, at`,
		st.Handle, st.Environment, st.FileName, st.Digest, st.UserID, st.From, st.To, st.About, st.Header, st.Lines).Scan(&st.ID, &st.At)
	if err != nil {
		return domainError(err)
	}
	rows := pgx.CopyFromFunc(func() ([]any, error) {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return []any{st.ID, line.Number, line.Cells}, err
	})
	_, err = s.tx.CopyFrom(ctx, pgx.Identifier{"statement_lines"}, []string{"statement_id", "number", "cells"}, rows)
	return domainError(err)
}

func (s reads) statements(ctx context.Context, rest string, args ...any) ([]statement.Statement, error) {
	rows, err := s.db.Query(ctx, `
		SELECT s.id, s.handle, s.environment, s.file_name, s.digest, s.user_id, u.name, s.at, s.period_from, s.period_to, s.about,
			s.header, s.lines, s.mapping, s.compared_at, s.erased_at
		FROM statements s JOIN users u ON u.id = s.user_id `+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (st statement.Statement, err error) {
		var compared, erased *time.Time
		err = row.Scan(&st.ID, &st.Handle, &st.Environment, &st.FileName, &st.Digest, &st.UserID, &st.UserName, &st.At, &st.From, &st.To,
			&st.About, &st.Header, &st.Lines, &st.Columns, &compared, &erased)
		st.ComparedAt, st.ErasedAt = orZero(compared), orZero(erased)
		return st, err
	})
	return list, domainError(err)
}

func (s reads) oneStatement(ctx context.Context, rest string, args ...any) (statement.Statement, error) {
	list, err := s.statements(ctx, rest, args...)
	if err == nil && len(list) == 0 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return statement.Statement{}, err
	}
	return list[0], nil
}

// Statement implements statement.Store.
func (s reads) Statement(ctx context.Context, handle string) (statement.Statement, error) {
	return s.oneStatement(ctx, `WHERE s.handle = $1`, handle)
}

// StatementOfFile implements statement.Store.
func (s reads) StatementOfFile(ctx context.Context, env booking.Environment, digest []byte) (statement.Statement, error) {
	return s.oneStatement(ctx, `WHERE s.environment = $1 AND s.digest = $2 AND s.erased_at IS NULL`, env, digest)
}

// Statements implements statement.Store.
func (s reads) Statements(ctx context.Context, limit int) ([]statement.Statement, error) {
	return s.statements(ctx, `ORDER BY s.id DESC LIMIT $1`, limit)
}

// ColumnsOf implements statement.Store.
func (s reads) ColumnsOf(ctx context.Context, header []string) (statement.Columns, error) {
	var c statement.Columns
	err := s.db.QueryRow(ctx, `
		SELECT mapping FROM statements WHERE header = $1 AND compared_at IS NOT NULL ORDER BY compared_at DESC LIMIT 1`, header).Scan(&c)
	return c, domainError(err)
}

// saveLine finds its line by the key whatever the table's statistics say: an
// UPDATE that joins a batch of fresh lines was planned as a loop over all of them.
const saveLine = `
	UPDATE statement_lines SET supplier_id = $3, supplier_ref = $4, plate = $5, from_wall = $6, to_wall = $7,
		cents = CASE WHEN $9::text = '' THEN NULL ELSE $8::bigint END, currency = $9::text, class = $10, reason = $11,
		booking_id = nullif($12::bigint, 0), candidates = $13, acted_at = CASE WHEN $14 THEN portal_now() END,
		document = $15, line_date = $16, status = $17
	WHERE statement_id = $1 AND number = $2 AND acted_at IS NULL AND cells <> '{}'`

func lineValues(id int64, l statement.Line, acted bool) []any {
	return []any{
		id, l.Number, l.SupplierID, l.SupplierRef, l.Plate, unset(l.From), unset(l.To), l.Amount.Cents, l.Amount.Currency,
		l.Class, l.Reason, l.BookingID, orEmpty(l.Candidates), acted, l.Document, unset(l.Date), l.Status,
	}
}

// SaveLines implements statement.Tx.
func (s *Tx) SaveLines(ctx context.Context, id int64, lines []statement.Line) error {
	var batch pgx.Batch
	for _, l := range lines {
		batch.Queue(saveLine, lineValues(id, l, false)...)
	}
	if err := s.tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("write lines of a statement: %w", domainError(err))
	}
	return nil
}

// ActedOn implements statement.Tx.
func (s *Tx) ActedOn(ctx context.Context, id int64, l statement.Line) (bool, error) {
	tag, err := s.db.Exec(ctx, saveLine, lineValues(id, l, true)...)
	if err != nil {
		return false, fmt.Errorf("write a line of a statement: %w", domainError(err))
	}
	return tag.RowsAffected() == 1, nil
}

// StatementCompared implements statement.Tx.
func (s *Tx) StatementCompared(ctx context.Context, id int64, c statement.Columns, userID int64) error {
	_, err := s.db.Exec(ctx, `
		UPDATE statements SET state = 'compared', mapping = $2, compared_at = portal_now(), compared_by = $3 WHERE id = $1`, id, c, userID)
	if err == nil {
		_, err = s.db.Exec(ctx, findUnknown, id)
	}
	return domainError(err)
}

// ReadingStatement implements statement.Tx.
func (s *Tx) ReadingStatement(ctx context.Context, id int64, c statement.Columns) error {
	_, err := s.db.Exec(ctx, `UPDATE statements SET mapping = $2, read_at = CASE WHEN mapping = $2 THEN read_at END WHERE id = $1`, id, c)
	return domainError(err)
}

// StillReading implements statement.Tx.
func (s *Tx) StillReading(ctx context.Context, id int64, c statement.Columns) error {
	err := s.db.QueryRow(ctx, `SELECT FROM statements WHERE id = $1 AND mapping = $2 FOR NO KEY UPDATE`, id, c).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return booking.ErrChanged
	}
	return domainError(err)
}

// StatementRead implements statement.Tx.
func (s *Tx) StatementRead(ctx context.Context, id int64, c statement.Columns) error {
	_, err := s.db.Exec(ctx, `UPDATE statements SET read_at = coalesce(read_at, portal_now()) WHERE id = $1 AND mapping = $2`, id, c)
	return domainError(err)
}

// eraseStatement forgets the cells and plates of one statement at a time.
var eraseStatement = `WITH old AS (
		UPDATE statements SET erased_at = portal_now(), header = array_fill('***'::text, ARRAY[cardinality(header)]), file_name = '***' || coalesce(substring(file_name FROM '\.[[:alnum:]]{1,5}$'), '') WHERE id = (
			SELECT id FROM statements WHERE erased_at IS NULL AND period_to < portal_now() - make_interval(months => $1)
			ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id),
	lines AS (UPDATE statement_lines SET cells = '{}', plate = '' WHERE statement_id = (SELECT id FROM old)),
	unknown AS (UPDATE unknown_bookings SET plate = '', proposed = CASE WHEN proposed IS NOT NULL THEN '{}'::jsonb END, person = '', reference = '', body = ''
		WHERE statement_id = (SELECT id FROM old))
	SELECT id FROM old`

// EraseStatement implements statement.Tx.
func (s *Tx) EraseStatement(ctx context.Context, months int) (bool, error) {
	var id int64
	err := s.db.QueryRow(ctx, eraseStatement, months).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, domainError(err)
}
