package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/statement"
)

const lineSelect = `SELECT l.number, l.cells, l.supplier_id, l.supplier_ref, l.plate, l.from_wall, l.to_wall, coalesce(l.cents, 0), l.currency,
	l.class, l.reason, coalesce(l.booking_id, 0), l.candidates, l.document, l.status, l.line_date, l.acted_at`

// lineTimes are the columns of a line that may be null.
type lineTimes struct{ from, to, date, acted *time.Time }

func (t lineTimes) fill(l *statement.Line) {
	l.From, l.To, l.Date, l.ActedAt = orZero(t.from), orZero(t.to), orZero(t.date), orZero(t.acted)
}

func lineFields(l *statement.Line, t *lineTimes) []any {
	return []any{
		&l.Number, &l.Cells, &l.SupplierID, &l.SupplierRef, &l.Plate, &t.from, &t.to, &l.Amount.Cents, &l.Amount.Currency,
		&l.Class, &l.Reason, &l.BookingID, &l.Candidates, &l.Document, &l.Status, &t.date, &t.acted,
	}
}

// LinesToCompare implements statement.Store.
func (s reads) LinesToCompare(ctx context.Context, id int64, after, limit int) ([]statement.Line, error) {
	rows, err := s.db.Query(ctx, lineSelect+`
		FROM statement_lines l WHERE l.statement_id = $1 AND l.number > $2 ORDER BY l.number LIMIT $3`, id, after, limit)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l statement.Line, err error) {
		var t lineTimes
		err = row.Scan(lineFields(&l, &t)...)
		t.fill(&l)
		return l, err
	})
	return list, domainError(err)
}

// StatementLines implements statement.Store.
func (s reads) StatementLines(ctx context.Context, id int64, class booking.LineClass, after, limit int) ([]statement.Line, error) {
	rows, err := s.db.Query(ctx, lineSelect+`, coalesce(b.ref, ''), coalesce(b.state, ''),
			coalesce(b.booked_cents, b.total_cents, 0), coalesce(b.booked_currency, b.currency, ''),
			ARRAY(SELECT c.ref FROM bookings c WHERE c.id = ANY (l.candidates) ORDER BY c.id)
		FROM (SELECT * FROM statement_lines l WHERE l.statement_id = $1 AND ($2::text = '' OR l.class = $2::text) AND l.number > $3
			ORDER BY l.number LIMIT $4) l LEFT JOIN bookings b ON b.id = l.booking_id ORDER BY l.number`, id, class, after, limit)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l statement.Line, err error) {
		var t lineTimes
		err = row.Scan(append(lineFields(&l, &t), &l.Ref, &l.State, &l.Here.Cents, &l.Here.Currency, &l.Refs)...)
		t.fill(&l)
		return l, err
	})
	return list, domainError(err)
}

func (s reads) sums(ctx context.Context, query string, args ...any) ([]statement.ClassSum, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c statement.ClassSum, err error) {
		return c, row.Scan(&c.Class, &c.Lines, &c.There.Cents, &c.There.Currency)
	})
	return list, domainError(err)
}

func (s reads) statementSums(ctx context.Context, id int64) ([]statement.ClassSum, error) {
	return s.sums(ctx, `
		SELECT class, count(*), coalesce(sum(cents), 0)::bigint, currency FROM statement_lines
		WHERE statement_id = $1 AND class <> '' GROUP BY class, currency ORDER BY class, currency`, id)
}

// notBilled are bookings of the states $5 that are paid here in a statement's period
// ($2 to $3), by the clocks of their zone, and that none of its lines ($1) may mean.
// NOT IN is hashed once; NOT EXISTS was a loop while the lines were fresh.
func notBilled(about statement.About) string {
	day := map[statement.About]string{
		statement.AboutPayments: `b.paid_at AT TIME ZONE b.timezone`, statement.AboutDropOffs: `b.from_wall`, statement.AboutReturns: `b.to_wall`,
	}[about]
	return `b.environment = $4 AND b.state = ANY ($5)
		AND (` + day + `) >= $2::date AND (` + day + `) < $3::date + 1
		AND b.id NOT IN (SELECT l.booking_id FROM statement_lines l WHERE l.statement_id = $1 AND l.booking_id IS NOT NULL)
		AND b.id NOT IN (SELECT unnest(l.candidates) FROM statement_lines l WHERE l.statement_id = $1 AND l.class IN ('ambiguous', 'not_found'))`
}

func (s reads) unbilled(ctx context.Context, st statement.Statement, after int64, limit int) ([]booking.Booking, error) {
	return s.bookings(ctx, `WHERE `+notBilled(st.About)+` AND b.id > $6 ORDER BY b.id LIMIT $7`,
		st.ID, st.From, st.To, st.Environment, asText(booking.ActiveStates()), after, limit)
}

func (s reads) unbilledSums(ctx context.Context, st statement.Statement) ([]statement.ClassSum, error) {
	return s.sums(ctx, `
		SELECT $6::text, count(*), coalesce(sum(coalesce(b.booked_cents, b.total_cents)), 0)::bigint, coalesce(b.booked_currency, b.currency)
		FROM bookings b WHERE `+notBilled(st.About)+` GROUP BY 4 ORDER BY 4`, st.ID, st.From, st.To, st.Environment, asText(booking.ActiveStates()), booking.NotBilled)
}

func (s reads) waiting(ctx context.Context, env booking.Environment) ([]int64, error) {
	rows, err := s.db.Query(ctx, `
		SELECT l.booking_id FROM statement_lines l JOIN statements s ON s.id = l.statement_id
		WHERE l.reason = 'unread' AND l.acted_at IS NULL AND l.booking_id IS NOT NULL AND s.environment = $1
		UNION SELECT b.id FROM bookings b WHERE b.uncompared AND b.state = ANY ($2) AND b.environment = $1
			AND EXISTS (SELECT FROM statement_lines l WHERE l.supplier_id = b.supplier_id AND l.supplier_id <> '')
		ORDER BY 1`, env, asText(booking.ProvableStates()))
	if err != nil {
		return nil, domainError(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return ids, domainError(err)
}
