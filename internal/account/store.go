package account

import (
	"context"
	"time"

	"guichet/internal/restore"
)

// Store keeps agencies, people and the audit log. Every method returns ErrNotFound
// for a person or an agency that does not exist.
type Store interface {
	// CreateAgency stores a new agency and returns it with its id; ErrTaken
	// when the code is in use.
	CreateAgency(ctx context.Context, a Agency) (Agency, error)

	// AgencyByCode finds an agency by the code that people use for it.
	AgencyByCode(ctx context.Context, code string) (Agency, error)

	// PersonByHandle finds a person of the scope by the name in addresses.
	PersonByHandle(ctx context.Context, scope Scope, handle string) (Person, error)

	// People lists the people of the scope, staff first, by agency and name.
	People(ctx context.Context, scope Scope) ([]Person, error)

	// Agencies lists all agencies by name.
	Agencies(ctx context.Context) ([]Agency, error)

	// SetLogo stores an agency's logo, or none, and the entry that says so.
	SetLogo(ctx context.Context, agencyID int64, logo []byte, e Entry) error
	Logo(ctx context.Context, agencyID int64) ([]byte, error)

	// AgencyLoad counts what hangs on an agency.
	AgencyLoad(ctx context.Context, agencyID int64) (AgencyLoad, error)

	// ChangeAgency locks an agency, lets change alter it as it stands then, and
	// stores all of it but its code, and the entry that says so.
	ChangeAgency(ctx context.Context, id int64, change func(*Agency) Entry) error

	// ChangePerson does the same with somebody's role and suspension;
	// ErrLastAdmin when no admin would be left who can sign in.
	ChangePerson(ctx context.Context, id int64, change func(*User) Entry) error

	// Person finds a person by id.
	Person(ctx context.Context, userID int64) (Person, error)

	SetLanguage(ctx context.Context, userID int64, language string) error
	SetPreferences(ctx context.Context, userID int64, p Preferences) error

	// Repeats returns what a restore had undone, and what became of it.
	Repeats(ctx context.Context, restoreID string) (restore.Repeats, error)

	// EndRemoval ends one that waits for an admin; ErrNotFound: none does.
	EndRemoval(ctx context.Context, id string, ending restore.Ending, e Entry) error

	// Fingerprint tells texts apart without giving them away.
	Fingerprint(text string) (string, error)

	// Audit adds an entry to the log, which only grows.
	Audit(ctx context.Context, e Entry) error

	// AuditLog returns entries, the latest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]Entry, error)
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
