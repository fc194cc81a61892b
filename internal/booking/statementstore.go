package booking

import "context"

// StatementStore keeps statements. Lookups answer ErrNotFound.
type StatementStore interface {
	// AddStatement keeps a statement and its lines, all or nothing. A file that
	// is here already is not kept again: ErrChanged.
	AddStatement(ctx context.Context, st *Statement, lines []RawLine) error
	Statement(ctx context.Context, handle string) (Statement, error)
	StatementOfFile(ctx context.Context, env Environment, digest []byte) (Statement, error)
	// Statements lists the latest, the newest first.
	Statements(ctx context.Context, limit int) ([]Statement, error)
	// ColumnsOf returns the columns last used for the same header.
	ColumnsOf(ctx context.Context, header []string) (Columns, error)

	// StatementLines lists lines that come after a number in the file's order,
	// with what stands here; the class is empty for all.
	StatementLines(ctx context.Context, id int64, class LineClass, after, limit int) ([]StatementLine, error)
	// LinesToCompare is the same, without what stands here.
	LinesToCompare(ctx context.Context, id int64, after, limit int) ([]StatementLine, error)
	// Candidates returns the bookings of an environment with one of the
	// supplier's ids or references, or one of the plates. Voided ones, and ids
	// that were issued again, are left out.
	Candidates(ctx context.Context, env Environment, ids, refs, plates []string) ([]Candidate, error)
	// SaveLines writes what lines came to, except those that have led to something.
	SaveLines(ctx context.Context, id int64, lines []StatementLine) error
	// ActedOn writes a line that leads to something in this transaction; false
	// when it has done so already.
	ActedOn(ctx context.Context, id int64, l StatementLine) (bool, error)
	// ReadingStatement notes the columns; lines that were read with others are
	// no evidence until StatementRead.
	ReadingStatement(ctx context.Context, id int64, c Columns) error
	StatementRead(ctx context.Context, id int64, c Columns) error
	// ProofLines returns the lines of an environment's statements, except one,
	// that have one of these supplier ids, or no id and one of these references.
	ProofLines(ctx context.Context, env Environment, ids, refs []string, except int64) ([]ProofLine, error)
	// SettleLines writes what lines came to together; acted: they led to something.
	SettleLines(ctx context.Context, lines []ProofLine, bookingID int64, acted bool) error
	// Unread reports that a statement which is not read yet names a supplier id.
	Unread(ctx context.Context, env Environment, supplierID string) (bool, error)
	// Waiting lists the bookings whose lines wait for another statement.
	Waiting(ctx context.Context, env Environment) ([]int64, error)
	// StatementCompared ends a comparison.
	StatementCompared(ctx context.Context, id int64, c Columns, userID int64) error

	StatementSums(ctx context.Context, id int64) ([]ClassSum, error)
	// Unbilled lists bookings that are paid here in the period of a statement
	// and in none of its lines, in the order of their ids, beginning after one.
	Unbilled(ctx context.Context, st Statement, after int64, limit int) ([]Booking, error)
	UnbilledSums(ctx context.Context, st Statement) ([]ClassSum, error)

	// EraseStatements forgets the cells of statements whose period ended so many
	// months ago; it returns how many statements.
	EraseStatements(ctx context.Context, months int) (int64, error)
}
