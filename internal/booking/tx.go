package booking

import (
	"context"
	"time"

	"guichet/internal/account"
)

// Tx is a transaction: the writes, and the reads that lock what they return. Only
// Store.InTx has one, so that what must happen together does not compile apart, and
// none opens another. What Lock… returns was read after the lock was had.
type Tx interface {
	Reader
	DraftTx
	BookingTx
	CaseTx
	ElsewhereTx

	// SetFrozen freezes the portal or lets it go on; userID is 0 for the operator.
	SetFrozen(ctx context.Context, frozen bool, userID int64) error
	// Audit adds an entry to the audit log.
	Audit(ctx context.Context, e account.AuditEntry) error

	SaveZones(ctx context.Context, env Environment, zones []Zone) error
	// NoteZones notes that a refresh brought nothing usable. missing are the ids
	// that a list lacks which waits.
	NoteZones(ctx context.Context, env Environment, waiting bool, missing []string, failure string) error
	// LockZone returns a zone of the current list, locked.
	LockZone(ctx context.Context, env Environment, id string) (Zone, error)
	SetZoneTimezone(ctx context.Context, env Environment, id, timezone string) error

	// EraseOld forgets who travelled in some of the stays that ended so many months
	// ago, and returns in how many: 0 when none is left. EraseBookings does so in those
	// with the references that are over; it is the last step of its transaction, since
	// it is noted outside the database.
	EraseOld(ctx context.Context, months int) (int64, error)
	EraseBookings(ctx context.Context, refs []string) (int64, error)

	// Beside returns what EraseBookings would forget besides, of one booking.
	Beside(ctx context.Context, bookingID int64) (Beside, error)
}

// DraftTx writes quotes and customers.
type DraftTx interface {
	AddDraft(ctx context.Context, d *Draft) error
	LockDraft(ctx context.Context, scope account.Scope, id string) (Draft, error)
	// SaveDraft writes the draft and raises its version; ErrChanged when the
	// stored version is another one.
	SaveDraft(ctx context.Context, d *Draft) error
	// SetAside takes a draft out of the list of recent ones, until it is changed.
	SetAside(ctx context.Context, scope account.Scope, id string) error
	// KeepPayMethod writes that alone, and leaves the version.
	KeepPayMethod(ctx context.Context, scope account.Scope, id, method string) error
	EraseDrafts(ctx context.Context, olderThan time.Duration) (int64, error)
	SaveCustomer(ctx context.Context, c SavedCustomer) error
}

// BookingTx writes bookings and calls of the supplier.
type BookingTx interface {
	// AddBooking inserts a booking in state Creating with its first event.
	// ErrChanged: the draft has one already, or the retried one a successor.
	AddBooking(ctx context.Context, b *Booking, first HistoryEntry) error
	LockBooking(ctx context.Context, scope account.Scope, ref string) (Booking, error)
	LockBookingByID(ctx context.Context, id int64) (Booking, error)
	LockBookingBySupplierID(ctx context.Context, env Environment, supplierID string) (Booking, error)
	// LockDue locks a booking of DueIDs; ErrNotFound when another node holds it or
	// it is no longer due.
	LockDue(ctx context.Context, due Due, id int64) (Booking, error)
	// Move writes what may change of a booking, raises its version and appends
	// the event, all or nothing. ErrChanged: the stored version is another one.
	Move(ctx context.Context, b *Booking, e HistoryEntry) error
	ReleaseSupplierID(ctx context.Context, bookingID int64) error
	// LockSale is OtherOfSale; it holds what may become payable of a locked
	// booking's sale until the transaction ends.
	LockSale(ctx context.Context, b Booking) (string, error)
	// LockHolds holds the agency's creates until the transaction ends and
	// returns how many of its bookings hold an unpaid place, or may.
	LockHolds(ctx context.Context, env Environment, agencyID int64) (int, error)
	// LockPlate holds the agency's car until the transaction ends and returns
	// the reference of another sale's live booking that overlaps, but not of the one
	// called except, or "".
	LockPlate(ctx context.Context, env Environment, agencyID int64, plate string, from, to time.Time, saleID, except string) (string, error)

	StartAttempt(ctx context.Context, a *Attempt) error
	// FinishAttempt sets the outcome by compare-and-set; false when the
	// attempt's outcome is not `from` any more.
	FinishAttempt(ctx context.Context, id int64, from Outcome, a Answer) (bool, error)
	// KeepAnswer keeps an answer apart that cannot be recorded; the first of a
	// call counts.
	KeepAnswer(ctx context.Context, u Unrecorded) error
	SettleAnswer(ctx context.Context, id, userID int64, text string) error
}

// CaseTx writes cases and what people and lines say about them.
type CaseTx interface {
	OpenCase(ctx context.Context, bookingID int64, why string, due time.Time) error
	// CloseCases ends open cases of a booking: those that were opened for a
	// reason of the list, all of them when it is nil. userID is 0 when nobody
	// did: what happened answered them.
	CloseCases(ctx context.Context, bookingID, userID int64, found Finding, whys []string) error
	TakeCase(ctx context.Context, id, userID int64) error
	// HandOver makes a booking another person's to see to.
	HandOver(ctx context.Context, bookingID, to, by int64) error
	// AddNote keeps a note and sets its ID.
	AddNote(ctx context.Context, n *Note) error
	AnswerProposal(ctx context.Context, noteID int64) error
	// AddFinding keeps a finding for good.
	AddFinding(ctx context.Context, f Found) error
	// SettleLines writes what lines came to together; acted: they led to something.
	SettleLines(ctx context.Context, lines []ProofLine, bookingID int64, acted bool) error
}

// ElsewhereTx writes the supplier's bookings that are not known here.
type ElsewhereTx interface {
	// LockUnknown returns an open one, locked; ErrNotFound.
	LockUnknown(ctx context.Context, env Environment, handle string) (UnknownBooking, error)
	// LockUnnamed returns one of the lines that UnnamedLines lists, locked; ErrNotFound.
	LockUnnamed(ctx context.Context, env Environment, statement string, line int) (UnnamedLine, error)
	// AddUnknown adds the booking that the line bills under the supplier's id, ended
	// when it is known here, or adds to the one of that id what the line says.
	AddUnknown(ctx context.Context, env Environment, l UnnamedLine, supplierID string) (handle string, err error)
	// ProposeUnknown keeps the first person's word.
	ProposeUnknown(ctx context.Context, handle string, t TakeOverAs, userID int64) error
	// EndUnknown ends one, by a person with evidence.
	EndUnknown(ctx context.Context, handle, ending string, userID int64, e Evidence) error
	// KnowUnknown ends the one whose id has come to a booking here, if there is one.
	KnowUnknown(ctx context.Context, env Environment, supplierID string) error
	// AddTakenOver inserts a paid booking with its first event.
	AddTakenOver(ctx context.Context, b *Booking, first HistoryEntry) error
}
