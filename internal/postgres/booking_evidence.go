package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// proofLines looks every name up by its index, whatever the statistics of fresh
// lines say.
const proofLines = `
	FROM unnest($2::text[]) n (name) CROSS JOIN LATERAL (
		SELECT l.* FROM statement_lines l WHERE l.supplier_id = n.name AND l.supplier_id <> '' OFFSET 0) l
	JOIN statements s ON s.id = l.statement_id AND s.environment = $1 AND s.read_at IS NOT NULL AND s.id <> $4
	UNION ALL ` + lineSelect + proofOf + `
	FROM unnest($3::text[]) n (name) CROSS JOIN LATERAL (
		SELECT l.* FROM statement_lines l WHERE l.supplier_ref = n.name AND l.supplier_ref <> '' AND l.supplier_id = '' OFFSET 0) l
	JOIN statements s ON s.id = l.statement_id AND s.environment = $1 AND s.read_at IS NOT NULL AND s.id <> $4
	ORDER BY statement_id, number`

const proofOf = `, s.id AS statement_id, s.handle, s.file_name, s.period_from, s.period_to`

// ProofLines implements booking.StatementStore.
func (s *Store) ProofLines(ctx context.Context, env booking.Environment, ids, refs []string, except int64) ([]booking.ProofLine, error) {
	rows, err := s.q().Query(ctx, lineSelect+proofOf+proofLines, env, orEmpty(ids), orEmpty(refs), except)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l booking.ProofLine, err error) {
		var t lineTimes
		err = row.Scan(append(lineFields(&l.StatementLine, &t), &l.StatementID, &l.Statement, &l.File, &l.First, &l.Last)...)
		t.fill(&l.StatementLine)
		return l, err
	})
	return list, domainError(err)
}

// SettleLines implements booking.StatementStore.
func (s *Store) SettleLines(ctx context.Context, lines []booking.ProofLine, bookingID int64, acted bool) error {
	for _, l := range lines {
		_, err := s.q().Exec(ctx, `
			UPDATE statement_lines SET class = $3, reason = $4, booking_id = $5, candidates = '{}',
				acted_at = CASE WHEN $6 THEN coalesce(acted_at, portal_now()) ELSE acted_at END
			WHERE statement_id = $1 AND number = $2`, l.StatementID, l.Number, l.Class, l.Reason, bookingID, acted)
		if err != nil {
			return fmt.Errorf("settle a line of a statement: %w", domainError(err))
		}
	}
	return nil
}

// Unread implements booking.StatementStore.
func (s *Store) Unread(ctx context.Context, env booking.Environment, supplierID string) (is bool, err error) {
	err = s.q().QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM statements s JOIN statement_lines l ON l.statement_id = s.id
			WHERE s.environment = $1 AND s.read_at IS NULL AND s.erased_at IS NULL AND $2 = ANY (l.cells))`, env, supplierID).Scan(&is)
	return is, domainError(err)
}

// Waiting implements booking.StatementStore.
func (s *Store) Waiting(ctx context.Context, env booking.Environment) ([]int64, error) {
	rows, err := s.q().Query(ctx, `
		SELECT l.booking_id FROM statement_lines l JOIN statements s ON s.id = l.statement_id
		WHERE l.reason = 'unread' AND l.acted_at IS NULL AND l.booking_id IS NOT NULL AND s.environment = $1
		UNION SELECT b.id FROM bookings b WHERE b.uncompared AND b.state IN ('create_unknown', 'held', 'pay_unknown') AND b.environment = $1
			AND EXISTS (SELECT FROM statement_lines l WHERE l.supplier_id = b.supplier_id AND l.supplier_id <> '')
		ORDER BY 1`, env)
	if err != nil {
		return nil, domainError(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return ids, domainError(err)
}
