package booking

import (
	"context"
	"time"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// Task is work that follows a commit: a plain struct that holds ids only.
type Task interface{ Kind() string }

// Store keeps everything. Given to InTx, the same methods work inside that
// transaction. Lookups answer ErrNotFound for what is not in scope.
type Store interface {
	EvidenceStore
	ElsewhereStore

	// InTx runs f in one transaction. ErrUncertain: the connection was lost
	// at COMMIT. ErrAway: it was lost before. ErrBusy: a lock was not to be
	// had within 3 s.
	InTx(ctx context.Context, f func(Store) error) error
	// Now is the database's portal_now(), the clock of every guard.
	Now(ctx context.Context) (time.Time, error)
	// LastRestore returns the latest restore on record, CountUncompared what waits for
	// the comparison since.
	LastRestore(ctx context.Context) (restore.Event, error)
	CountUncompared(ctx context.Context) (Uncompared, error)
	// Frozen reports whether nothing may be created, paid, cancelled or expired.
	Frozen(ctx context.Context) (bool, error)
	SetFrozen(ctx context.Context, frozen bool, userID int64) error
	// Enqueue adds a job, in the transaction if there is one.
	Enqueue(ctx context.Context, t Task) error

	Zones(ctx context.Context, env Environment) (ZoneList, error)
	SaveZones(ctx context.Context, env Environment, zones []Zone) error
	// NoteZones notes that a refresh brought nothing usable. missing are the ids
	// that a list lacks which waits.
	NoteZones(ctx context.Context, env Environment, waiting bool, missing []string, failure string) error
	// LockZone returns a zone of the current list, locked.
	LockZone(ctx context.Context, env Environment, id string) (Zone, error)
	SetZoneTimezone(ctx context.Context, env Environment, id, timezone string) error

	// WriteHealth sums up the creates, payments and cancellations since window ago.
	WriteHealth(ctx context.Context, env Environment, window time.Duration) ([]Health, error)
	Backlog(ctx context.Context, env Environment) (Backlog, error)

	AddDraft(ctx context.Context, d *Draft) error
	Draft(ctx context.Context, scope account.Scope, id string) (Draft, error)
	LockDraft(ctx context.Context, scope account.Scope, id string) (Draft, error)
	// SaveDraft writes the draft and raises its version; ErrChanged when the
	// stored version is another one.
	SaveDraft(ctx context.Context, d *Draft) error
	DraftOfRetry(ctx context.Context, scope account.Scope, ref string) (Draft, error)
	RecentDrafts(ctx context.Context, agencyID, userID int64, limit int) ([]Draft, error)
	EraseDrafts(ctx context.Context, olderThan time.Duration) (int64, error)

	// EraseOld forgets who travelled in stays that ended so many months ago.
	EraseOld(ctx context.Context, months int) (int64, error)

	// PersonsBookings finds the bookings with an address or a phone; ErasePerson
	// forgets who travelled in those of them that are over.
	PersonsBookings(ctx context.Context, email, phone string) ([]Booking, error)
	ErasePerson(ctx context.Context, email, phone string) (int64, error)

	Agency(ctx context.Context, id int64) (account.Agency, error)

	// AddBooking inserts a booking in state Creating with its first event.
	// ErrChanged: the draft has one already, or the retried one a successor.
	//
	// What Lock… returns was read after the lock was had.
	AddBooking(ctx context.Context, b *Booking, first Entry) error
	Booking(ctx context.Context, scope account.Scope, ref string) (Booking, error)
	LockBooking(ctx context.Context, scope account.Scope, ref string) (Booking, error)
	LockBookingByID(ctx context.Context, id int64) (Booking, error)
	BookingOfDraft(ctx context.Context, scope account.Scope, draftID string) (Booking, error)
	LockBookingBySupplierID(ctx context.Context, env Environment, supplierID string) (Booking, error)
	// Move writes what may change of a booking, raises its version and appends
	// the event, all or nothing. ErrChanged: the stored version is another one.
	Move(ctx context.Context, b *Booking, e Entry) error
	ReleaseSupplierID(ctx context.Context, bookingID int64) error
	// LockSale holds what may become payable of a locked booking's sale until the
	// transaction ends, and returns the reference of another booking of the sale
	// that is payable, paid or being reserved, or "".
	LockSale(ctx context.Context, b Booking) (string, error)
	// LockHolds holds the agency's creates until the transaction ends and
	// returns how many of its bookings hold an unpaid place, or may.
	LockHolds(ctx context.Context, env Environment, agencyID int64) (int, error)
	// LockPlate holds the agency's car until the transaction ends and returns
	// the reference of another sale's live booking that overlaps, or "".
	LockPlate(ctx context.Context, env Environment, agencyID int64, plate string, from, to time.Time, saleID string) (string, error)

	StartAttempt(ctx context.Context, a *Attempt) error
	Attempt(ctx context.Context, id int64) (Attempt, error)
	// KeepAnswer keeps an answer apart that cannot be recorded; the first of a
	// call counts.
	KeepAnswer(ctx context.Context, u Unrecorded) error
	Unrecorded(ctx context.Context, bookingID int64) ([]Unrecorded, error)
	// UnknownCalls returns what was kept about calls that the database does not
	// know, and that nobody has settled.
	UnknownCalls(ctx context.Context, env Environment) ([]Unrecorded, error)
	SettleAnswer(ctx context.Context, id, userID int64, text string) error
	AttemptByCorrelation(ctx context.Context, correlation string) (Attempt, error)
	// FinishAttempt sets the outcome by compare-and-set; false when the
	// attempt's outcome is not `from` any more.
	FinishAttempt(ctx context.Context, id int64, from Outcome, a Answer) (bool, error)
	Attempts(ctx context.Context, bookingID int64) ([]Attempt, error)
	Entries(ctx context.Context, bookingID int64) ([]Entry, error)
	OpenCase(ctx context.Context, bookingID int64, why string, due time.Time) error
	// CloseCases ends open cases of a booking: those that were opened for a
	// reason of the list, all of them when it is nil. userID is 0 when nobody
	// did: what happened answered them.
	CloseCases(ctx context.Context, bookingID, userID int64, found Finding, whys []string) error
	TakeCase(ctx context.Context, id, userID int64) error
	Queue(ctx context.Context, env Environment, limit int) ([]QueueItem, error)
	// QueueCount says how much is in the queue, and how much of it is due.
	QueueCount(ctx context.Context, env Environment) (open, due int, err error)
	// Cases returns the open cases of a booking, the first due first.
	Cases(ctx context.Context, bookingID int64) ([]QueueItem, error)
	// AddNote keeps a note and sets its ID.
	AddNote(ctx context.Context, n *Note) error
	Notes(ctx context.Context, bookingID int64) ([]Note, error)
	// Proposal returns the open proposal to reverse a booking, or ErrNotFound.
	Proposal(ctx context.Context, bookingID int64) (Note, error)
	AnswerProposal(ctx context.Context, noteID int64) error
	// AddFinding keeps a finding for good; Findings lists a booking's, oldest first.
	AddFinding(ctx context.Context, f Found) error
	Findings(ctx context.Context, bookingID int64) ([]Found, error)

	// DueIDs lists up to limit bookings of an environment on which the clock
	// has something to say, in the order of their ids, beginning after one.
	DueIDs(ctx context.Context, env Environment, due Due, after int64, limit int) ([]int64, error)
	// LockDue locks one of them; ErrNotFound when another node holds it or it
	// is no longer due.
	LockDue(ctx context.Context, due Due, id int64) (Booking, error)

	// List returns one page, in the filter's order.
	List(ctx context.Context, scope account.Scope, f Filter) (Page, error)
	// Each gives every booking of a filter to a function, one by one and in its
	// order, until that returns an error. They hold what an export shows.
	Each(ctx context.Context, scope account.Scope, f Filter, do func(Booking) error) error
	// BySupplier returns the booking that has this id or reference there;
	// ErrNotFound when there is none, or more than one.
	BySupplier(ctx context.Context, scope account.Scope, name string) (Booking, error)
	Unpaid(ctx context.Context, scope account.Scope, env Environment) (Unpaid, error)

	SaveCustomer(ctx context.Context, c SavedCustomer) error
	SupplierIDs(ctx context.Context, agencyID int64, env Environment, c Customer, car Car) (contactID, carID string, err error)
	FindCustomers(ctx context.Context, agencyID int64, text string, limit int) ([]SavedCustomer, error)
}

// EvidenceStore keeps the supplier's lines, as far as they are evidence.
type EvidenceStore interface {
	// Candidates returns the bookings of an environment with one of the
	// supplier's ids or references, or one of the plates. Voided ones, and ids
	// that were issued again, are left out.
	Candidates(ctx context.Context, env Environment, ids, refs, plates []string) ([]Candidate, error)
	// ProofLines returns the lines of an environment's statements, except one,
	// that have one of these supplier ids, or no id and one of these references.
	ProofLines(ctx context.Context, env Environment, ids, refs []string, except int64) ([]ProofLine, error)
	// Unread reports that a statement which is not read yet names a supplier id.
	Unread(ctx context.Context, env Environment, supplierID string) (bool, error)
	// SettleLines writes what lines came to together; acted: they led to something.
	SettleLines(ctx context.Context, lines []ProofLine, bookingID int64, acted bool) error
}

// Due names what LockDue looks for.
type Due string

// What the clock has to say.
const (
	DueExpiry   Due = "expiry"       // held past the deadline
	DueLease    Due = "lease"        // in flight past the lease
	DueCreate   Due = "create_lapse" // unknown create past the fence
	DueDisproof Due = "disproved"    // unknown pay past the fence, all attempts refused or not sent
)

// Unpaid sums up what of a scope can be paid.
type Unpaid struct {
	Count int
	Ref   string    // of the next one due
	PayBy time.Time // of the next one due
}

// SavedCustomer is a customer of an agency with a car and the supplier's ids for both.
type SavedCustomer struct {
	Key         string // random, its address
	AgencyID    int64
	Customer    Customer
	Country     string
	Car         Car
	Environment Environment
	ContactID   string
	CarID       string
	LastBooked  time.Time
}
