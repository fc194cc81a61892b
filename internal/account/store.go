package account

import (
	"context"
	"time"

	"guichet/internal/restore"
)

// Store reads agencies, people and the audit log, and opens transactions: what is
// written is written in a Tx. Every method returns ErrNotFound for a person or an
// agency that does not exist.
type Store interface {
	// InTx runs f in one transaction; of one that returns an error nothing stays.
	InTx(ctx context.Context, f func(Tx) error) error

	// AgencyByCode finds an agency by the code that people use for it.
	AgencyByCode(ctx context.Context, code string) (Agency, error)

	// Agencies lists all agencies by name.
	Agencies(ctx context.Context) ([]Agency, error)

	// AgencyLoad counts what hangs on an agency.
	AgencyLoad(ctx context.Context, agencyID int64) (AgencyLoad, error)

	// Logo returns an agency's logo; nil without one.
	Logo(ctx context.Context, agencyID int64) ([]byte, error)

	// Person finds a person by id.
	Person(ctx context.Context, userID int64) (Person, error)

	// PersonByHandle finds a person of the scope by the name in addresses.
	PersonByHandle(ctx context.Context, scope Scope, handle string) (Person, error)

	// People lists the people of the scope, staff first, by agency and name.
	People(ctx context.Context, scope Scope) ([]Person, error)

	// Repeats returns what a restore had undone, and what became of it.
	Repeats(ctx context.Context, restoreID string) (restore.Repeats, error)

	// Fingerprint tells texts apart without giving them away.
	Fingerprint(ctx context.Context, text string) (string, error)

	// AuditLog returns entries, the latest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error)
}

// Tx is a transaction: the writes, and the reads that lock what they return. What it
// takes away from somebody is noted outside the database as its last step.
type Tx interface {
	// CreateAgency stores a new agency and returns it with its id; ErrTaken
	// when the code is in use.
	CreateAgency(ctx context.Context, a Agency) (Agency, error)

	// LockAgency returns an agency as it stands; SaveAgency stores all of it but
	// its code and its logo.
	LockAgency(ctx context.Context, id int64) (Agency, error)
	SaveAgency(ctx context.Context, before, after Agency) error

	// SetLogo stores an agency's logo, or none.
	SetLogo(ctx context.Context, agencyID int64, logo []byte) error

	// LockAdmins locks all admins, so that two who suspend each other wait for each
	// other, and returns how many can sign in. It comes before LockPerson.
	LockAdmins(ctx context.Context) (int, error)

	// LockPerson returns somebody's role and suspension; SavePerson stores them.
	LockPerson(ctx context.Context, id int64) (User, error)
	SavePerson(ctx context.Context, before, after User) error

	SetLanguage(ctx context.Context, userID int64, language string) error
	SetPreferences(ctx context.Context, userID int64, p Preferences) error

	// EndRemoval ends what waits for an admin since a restore; ErrNotFound: nothing
	// of that id does.
	EndRemoval(ctx context.Context, id string, ending restore.Ending, userID int64) error

	// Audit adds an entry to the log, which only grows.
	Audit(ctx context.Context, e AuditEntry) error
}

// Person is somebody who can sign in, with the agency; that is zero for staff.
type Person struct {
	User
	Agency Agency

	FactorSince time.Time // when the second factor was set up; zero without one
}

// HasFactor reports whether the person has set up a second factor.
func (p Person) HasFactor() bool { return !p.FactorSince.IsZero() }

// Actor returns the actor that the person is.
func (p Person) Actor() Actor { return ActorOf(p.User, p.Agency) }

// Blocked reports whether the person, or the whole agency, is suspended.
func (p Person) Blocked() bool { return p.Suspended || p.Agency.Suspended }
