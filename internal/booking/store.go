package booking

import (
	"context"
	"time"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// Reader is what is read outside of transactions, and inside them under the locks
// that they took. Lookups answer ErrNotFound for what is not in scope.
type Reader interface {
	// Now is the database's portal_now(), the clock of every guard.
	Now(ctx context.Context) (time.Time, error)
	Zones(ctx context.Context, env Environment) (ZoneList, error)
	AgencyByCode(ctx context.Context, code string) (account.Agency, error)

	DraftOfRetry(ctx context.Context, scope account.Scope, ref string) (Draft, error)
	BookingOfDraft(ctx context.Context, scope account.Scope, draftID string) (Booking, error)
	// OtherOfSale returns the reference of another booking of the sale that is
	// payable, paid or being reserved, or "".
	OtherOfSale(ctx context.Context, b Booking) (string, error)
	// PersonsBookings finds the bookings with an address or a phone.
	PersonsBookings(ctx context.Context, email, phone string) ([]Booking, error)
	Attempts(ctx context.Context, bookingID int64) ([]Attempt, error)
	AttemptByCorrelation(ctx context.Context, correlation string) (Attempt, error)
	// Cases returns the open cases of a booking, the first due first.
	Cases(ctx context.Context, bookingID int64) ([]QueueItem, error)
	// Proposal returns the open proposal to reverse a booking, or ErrNotFound.
	Proposal(ctx context.Context, bookingID int64) (Note, error)
	// Findings lists what was found out about a booking, oldest first.
	Findings(ctx context.Context, bookingID int64) ([]Found, error)
	SupplierIDs(ctx context.Context, agencyID int64, env Environment, c Customer, car Car) (contactID, carID string, err error)

	// Candidates returns the bookings of an environment with one of the
	// supplier's ids or references, or one of the plates. Voided ones, and ids
	// that were issued again, are left out.
	Candidates(ctx context.Context, env Environment, ids, refs, plates []string) ([]Candidate, error)
	// ProofLines returns the lines of an environment's statements, except one,
	// that have one of these supplier ids, or no id and one of these references.
	ProofLines(ctx context.Context, env Environment, ids, refs []string, except int64) ([]ProofLine, error)
	// Unread reports that a statement which is not read yet names a supplier id.
	Unread(ctx context.Context, env Environment, supplierID string) (bool, error)
	// UnknownOfCar returns the supplier's name of an open unknown booking of the
	// same car whose stay may overlap, by the clocks of its place, or "".
	UnknownOfCar(ctx context.Context, env Environment, plate string, from, to time.Time) (string, error)
}

// Store reads, and opens transactions: what is written is written in a Tx.
type Store interface {
	Reader

	// InTx runs f in one transaction. ErrUncertain: the connection was lost
	// at COMMIT. ErrAway: it was lost before. ErrBusy: a lock was not to be
	// had within 3 s.
	InTx(ctx context.Context, f func(Tx) error) error

	// LastRestore returns the latest restore on record, CountUncompared what waits for
	// the comparison since.
	LastRestore(ctx context.Context) (restore.Event, error)
	CountUncompared(ctx context.Context, env Environment) (Uncompared, error)
	// Frozen reports whether nothing may be created, paid, cancelled or expired.
	Frozen(ctx context.Context) (bool, error)

	// WriteHealth sums up the creates, payments and cancellations since window ago.
	WriteHealth(ctx context.Context, env Environment, window time.Duration) ([]Health, error)
	Backlog(ctx context.Context, env Environment) (Backlog, error)

	Agency(ctx context.Context, id int64) (account.Agency, error)
	FindCustomers(ctx context.Context, agencyID int64, text string, limit int) ([]SavedCustomer, error)
	Draft(ctx context.Context, scope account.Scope, id string) (Draft, error)
	RecentDrafts(ctx context.Context, agencyID, userID int64, limit int) ([]Draft, error)

	Booking(ctx context.Context, scope account.Scope, ref string) (Booking, error)
	// BySupplier returns the booking that has this id or reference there;
	// ErrNotFound when there is none, or more than one.
	BySupplier(ctx context.Context, scope account.Scope, name string) (Booking, error)
	// List returns one page, in the filter's order.
	List(ctx context.Context, scope account.Scope, f Filter) (Page, error)
	// Each gives every booking of a filter to a function, one by one and in its
	// order, until that returns an error. They hold what an export shows.
	Each(ctx context.Context, scope account.Scope, f Filter, do func(Booking) error) error
	Unpaid(ctx context.Context, scope account.Scope, env Environment) (Unpaid, error)
	// DueIDs lists up to limit bookings of an environment on which the clock
	// has something to say, in the order of their ids, beginning after one.
	DueIDs(ctx context.Context, env Environment, due Due, after int64, limit int) ([]int64, error)

	Attempt(ctx context.Context, id int64) (Attempt, error)
	Entries(ctx context.Context, bookingID int64) ([]HistoryEntry, error)
	Notes(ctx context.Context, bookingID int64) ([]Note, error)

	// Handovers are those of the bookings with these ids that have one.
	Handovers(ctx context.Context, ids []int64) (map[int64]Handover, error)
	Queue(ctx context.Context, env Environment, limit int) ([]QueueItem, error)
	// QueueCount says how much is in the queue, and how much of it is due.
	QueueCount(ctx context.Context, env Environment) (open, due int, err error)
	Unrecorded(ctx context.Context, bookingID int64) ([]Unrecorded, error)
	// UnknownCalls returns what was kept about calls that the database does not
	// know, and that nobody has settled.
	UnknownCalls(ctx context.Context, env Environment) ([]Unrecorded, error)

	// OpenUnknown lists the supplier's bookings that are not known here and that
	// nobody has looked into to the end, the oldest first.
	OpenUnknown(ctx context.Context, env Environment, limit int) ([]UnknownBooking, error)
	// UnnamedLines lists the lines that bill what is not known here without the
	// supplier's id, each booking once.
	UnnamedLines(ctx context.Context, env Environment, limit int) ([]UnnamedLine, error)
	// UnknownBooking returns one, open or ended; ErrNotFound.
	UnknownBooking(ctx context.Context, env Environment, handle string) (UnknownBooking, error)
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
