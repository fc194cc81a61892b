package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// proofLines looks every name up by its index, whatever the statistics of fresh
// lines say.
const proofLines = `
	FROM unnest($2::text[]) n (name) CROSS JOIN LATERAL (
		SELECT l.* FROM statement_lines l WHERE l.supplier_id = n.name AND l.supplier_id <> '' OFFSET 0) l
	JOIN statements s ON s.id = l.statement_id AND s.environment = $1 AND s.read_at IS NOT NULL AND s.id <> $4
	UNION ALL ` + proofSelect + `
	FROM unnest($3::text[]) n (name) CROSS JOIN LATERAL (
		SELECT l.* FROM statement_lines l WHERE l.supplier_ref = n.name AND l.supplier_ref <> '' AND l.supplier_id = '' OFFSET 0) l
	JOIN statements s ON s.id = l.statement_id AND s.environment = $1 AND s.read_at IS NOT NULL AND s.id <> $4
	ORDER BY statement_id, number`

const proofSelect = `SELECT l.number, l.supplier_id, l.supplier_ref, coalesce(l.cents, 0), l.currency, l.class, l.reason, l.document, l.status,
	l.line_date, l.plate, l.from_wall, l.to_wall, l.acted_at, s.id AS statement_id, s.handle, s.file_name, s.period_from, s.period_to, s.about`

// ProofLines implements booking.EvidenceStore.
func (s reads) ProofLines(ctx context.Context, env booking.Environment, ids, refs []string, except int64) ([]booking.ProofLine, error) {
	rows, err := s.db.Query(ctx, proofSelect+proofLines, env, orEmpty(ids), orEmpty(refs), except)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l booking.ProofLine, err error) {
		var date, from, to, acted *time.Time
		err = row.Scan(&l.Number, &l.SupplierID, &l.SupplierRef, &l.Amount.Cents, &l.Amount.Currency, &l.Class, &l.Reason, &l.Document, &l.Status,
			&date, &l.Plate, &from, &to, &acted, &l.StatementID, &l.Statement, &l.File, &l.First, &l.Last, &l.About)
		l.Date, l.From, l.To, l.ActedAt = orZero(date), orZero(from), orZero(to), orZero(acted)
		return l, err
	})
	return list, domainError(err)
}

// SettleLines implements booking.EvidenceStore.
func (s *Tx) SettleLines(ctx context.Context, lines []booking.ProofLine, bookingID int64, acted bool) error {
	for _, l := range lines {
		_, err := s.db.Exec(ctx, `
			UPDATE statement_lines SET class = $3, reason = $4, booking_id = $5, candidates = '{}',
				acted_at = CASE WHEN $6 THEN coalesce(acted_at, portal_now()) ELSE acted_at END
			WHERE statement_id = $1 AND number = $2`, l.StatementID, l.Number, l.Class, l.Reason, bookingID, acted)
		if err != nil {
			return fmt.Errorf("settle a line of a statement: %w", domainError(err))
		}
	}
	return nil
}

// Unread implements booking.EvidenceStore.
func (s reads) Unread(ctx context.Context, env booking.Environment, supplierID string) (is bool, err error) {
	err = s.db.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM statements s JOIN statement_lines l ON l.statement_id = s.id
			WHERE s.environment = $1 AND s.read_at IS NULL AND s.erased_at IS NULL AND $2 = ANY (l.cells))`, env, supplierID).Scan(&is)
	return is, domainError(err)
}

// Candidates implements booking.EvidenceStore.
func (s reads) Candidates(ctx context.Context, env booking.Environment, ids, refs, plates []string) ([]booking.Candidate, error) {
	// Each way to a booking has an index; the array is read before them all.
	rows, err := s.db.Query(ctx, `
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
