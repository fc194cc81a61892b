package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// AddFinding keeps what was found out; nothing changes it any more.
func (s *Tx) AddFinding(ctx context.Context, f booking.Found) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO findings (booking_id, event_seq, act, operation, finding, attempt_id, source, channel, supplier_id, statement_id, line,
			note_id, actor_id, actor_role, second_id, second_note_id, at)
		VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7, $8, $9, nullif($10, 0), nullif($11, 0), nullif($12, 0), nullif($13, 0), $14,
			nullif($15, 0), nullif($16, 0), $17)`,
		f.BookingID, f.EventSeq, f.Act, f.Operation, f.Finding, f.AttemptID, f.Source, f.Evidence.Channel, f.Evidence.SupplierID,
		f.StatementID, f.Line, f.NoteID, f.ActorID, f.ActorRole, f.SecondID, f.SecondNoteID, f.At)
	return domainError(err)
}

// Findings returns what was found out about a booking, oldest first.
func (s reads) Findings(ctx context.Context, bookingID int64) ([]booking.Found, error) {
	rows, err := s.db.Query(ctx, `
		SELECT f.id, f.booking_id, f.event_seq, f.act, f.operation, f.finding, coalesce(f.attempt_id, 0), f.source,
			f.channel, coalesce(n.person, ''), coalesce(n.reference, ''), coalesce(n.body, ''), f.supplier_id,
			coalesce(f.statement_id, 0), coalesce(s.handle, ''), coalesce(f.line, 0),
			coalesce(f.actor_id, 0), coalesce(u.name, ''), f.actor_role, coalesce(f.second_id, 0), coalesce(v.name, ''), coalesce(m.body, ''),
			coalesce(f.note_id, 0), coalesce(f.second_note_id, 0), f.at
		FROM findings f LEFT JOIN users u ON u.id = f.actor_id LEFT JOIN users v ON v.id = f.second_id
			LEFT JOIN booking_notes n ON n.id = f.note_id LEFT JOIN booking_notes m ON m.id = f.second_note_id
			LEFT JOIN statements s ON s.id = f.statement_id
		WHERE f.booking_id = $1 ORDER BY f.id`, bookingID)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f booking.Found, err error) {
		e := &f.Evidence
		return f, row.Scan(&f.ID, &f.BookingID, &f.EventSeq, &f.Act, &f.Operation, &f.Finding, &f.AttemptID, &f.Source,
			&e.Channel, &e.Person, &e.Reference, &e.Text, &e.SupplierID, &f.StatementID, &f.Statement, &f.Line,
			&f.ActorID, &f.ActorName, &f.ActorRole, &f.SecondID, &f.SecondName, &f.SecondText, &f.NoteID, &f.SecondNoteID, &f.At)
	})
	return list, domainError(err)
}
