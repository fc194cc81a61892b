package statement

import (
	"context"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// Store keeps statements. Lookups answer booking.ErrNotFound.
type Store interface {
	// InTx runs f in one transaction; its errors are those of booking.Store.
	InTx(ctx context.Context, f func(Tx) error) error
	// Now is the database's portal_now().
	Now(ctx context.Context) (time.Time, error)

	Statement(ctx context.Context, handle string) (Statement, error)
	StatementOfFile(ctx context.Context, env booking.Environment, digest []byte) (Statement, error)
	// Statements lists the latest, the newest first.
	Statements(ctx context.Context, limit int) ([]Statement, error)
	// ColumnsOf returns the columns last used for the same header.
	ColumnsOf(ctx context.Context, header []string) (Columns, error)

	// StatementLines lists lines that come after a number in the file's order,
	// with what stands here; the class is empty for all.
	StatementLines(ctx context.Context, id int64, class booking.LineClass, after, limit int) ([]Line, error)
	// LinesToCompare is the same, without what stands here.
	LinesToCompare(ctx context.Context, id int64, after, limit int) ([]Line, error)
	// Candidates and ProofLines are those of booking.EvidenceStore.
	Candidates(ctx context.Context, env booking.Environment, ids, refs, plates []string) ([]booking.Candidate, error)
	ProofLines(ctx context.Context, env booking.Environment, ids, refs []string, except int64) ([]booking.ProofLine, error)
	// Waiting lists the bookings whose lines wait for another statement.
	Waiting(ctx context.Context, env booking.Environment) ([]int64, error)

	StatementSums(ctx context.Context, id int64) ([]ClassSum, error)
	// Unbilled lists bookings that are paid here in the period of a statement
	// and in none of its lines, in the order of their ids, beginning after one.
	Unbilled(ctx context.Context, st Statement, after int64, limit int) ([]booking.Booking, error)
	UnbilledSums(ctx context.Context, st Statement) ([]ClassSum, error)
}

// Tx is a transaction about statements.
type Tx interface {
	Now(ctx context.Context) (time.Time, error)

	// AddStatement keeps a statement and its lines, until next is at its end
	// (io.EOF). A file that is here already is not kept again: booking.ErrChanged.
	AddStatement(ctx context.Context, st *Statement, next func() (RawLine, error)) error
	// ReadingStatement notes the columns; lines that were read with others are
	// no evidence until StatementRead.
	ReadingStatement(ctx context.Context, id int64, c Columns) error
	StatementRead(ctx context.Context, id int64, c Columns) error
	// StillReading keeps the columns as they are until the transaction ends;
	// booking.ErrChanged: somebody else reads the lines with others by now.
	StillReading(ctx context.Context, id int64, c Columns) error
	// SaveLines writes what lines came to, except those that have led to something.
	SaveLines(ctx context.Context, id int64, lines []Line) error
	// ActedOn writes a line that leads to something in this transaction; false
	// when it has done so already.
	ActedOn(ctx context.Context, id int64, l Line) (bool, error)
	// StatementCompared ends a comparison.
	StatementCompared(ctx context.Context, id int64, c Columns, userID int64) error
	// EraseStatement forgets the cells of one statement whose period ended so many
	// months ago; false when there is none.
	EraseStatement(ctx context.Context, months int) (bool, error)

	LockBookingByID(ctx context.Context, id int64) (booking.Booking, error)
	OpenCase(ctx context.Context, bookingID int64, why string, due time.Time) error
	// Audit adds an entry to the audit log.
	Audit(ctx context.Context, e account.AuditEntry) error
}
