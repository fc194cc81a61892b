package account

import (
	"context"
	"time"
)

// Store keeps agencies, people and counters. Every method returns ErrNotFound
// for a person or an agency that does not exist.
type Store interface {
	// CreateAgency stores a new agency and returns it with its id; ErrTaken
	// when the code is in use.
	CreateAgency(ctx context.Context, a Agency) (Agency, error)

	// CreateUser stores a new person and returns it with its id; ErrTaken when
	// the address is in use. Email is in lower case.
	CreateUser(ctx context.Context, u User) (User, error)

	// AgencyByCode finds an agency by the code that people use for it.
	AgencyByCode(ctx context.Context, code string) (Agency, error)

	// PersonByEmail finds who signs in with an address, in lower case.
	PersonByEmail(ctx context.Context, email string) (Person, error)

	// PersonByHandle finds a person of the scope by the name in addresses.
	PersonByHandle(ctx context.Context, scope Scope, handle string) (Person, error)

	// People lists the people of the scope, staff first, by agency and name.
	People(ctx context.Context, scope Scope) ([]Person, error)

	// Agencies lists all agencies by name.
	Agencies(ctx context.Context) ([]Agency, error)

	// AgencyLoad counts what hangs on an agency.
	AgencyLoad(ctx context.Context, agencyID int64) (AgencyLoad, error)

	// ChangeAgency stores all of an agency but its code, and the entry that says so.
	ChangeAgency(ctx context.Context, a Agency, e Entry) error

	// ChangePerson stores role and suspension, and the entry that says so;
	// ErrLastAdmin when no admin would be left who can sign in.
	ChangePerson(ctx context.Context, u User, e Entry) error

	// Person finds a person by id.
	Person(ctx context.Context, userID int64) (Person, error)

	SetLanguage(ctx context.Context, userID int64, language string) error
	SetTheme(ctx context.Context, userID int64, theme string) error

	// SetPassword replaces a password and deletes all sessions of the person but one.
	SetPassword(ctx context.Context, userID int64, hash, but string) error

	// BeginSession stores a session; the row of an ended one is gone.
	BeginSession(ctx context.Context, x Session) error
	Session(ctx context.Context, key string) (Session, error)
	UseSession(ctx context.Context, key string, at time.Time) error

	// EndSession deletes a session of a person; none may be there.
	EndSession(ctx context.Context, userID int64, key string) error

	// EndOtherSessions deletes all sessions of a person but one, and counts them.
	EndOtherSessions(ctx context.Context, userID int64, but string) (int, error)

	// Sessions lists the sessions of a person that began within longest, the
	// last used one first.
	Sessions(ctx context.Context, userID int64, longest time.Duration) ([]Session, error)

	// IssueTicket stores a link and deletes the person's earlier ones.
	IssueTicket(ctx context.Context, userID int64, kind TicketKind, hash []byte, life time.Duration) error

	// Ticket finds a link that is still good.
	Ticket(ctx context.Context, hash []byte) (userID int64, kind TicketKind, err error)

	// Redeem uses up a link that is still good: in one transaction it sets the
	// password and deletes the person's sessions.
	Redeem(ctx context.Context, hash []byte, passwordHash string) error

	// Enqueue has a task done later, by whichever node is first.
	Enqueue(ctx context.Context, t Task) error

	// Audit adds an entry to the log, which only grows.
	Audit(ctx context.Context, e Entry) error

	// AuditLog returns entries, the latest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]Entry, error)

	// Hit counts one more use of key in a window that begins with its first
	// use, and returns how many there were and how long the window still lasts.
	// Nodes and parallel calls count together, each getting its own number.
	Hit(ctx context.Context, key string, window time.Duration) (hits int, left time.Duration, err error)

	// Forget sets the count of key to nothing.
	Forget(ctx context.Context, key string) error
}

// Person is somebody who can sign in, with the agency; that is zero for staff.
type Person struct {
	User
	Agency Agency
}

// Actor returns the actor that the person is.
func (p Person) Actor() Actor { return ActorOf(p.User, p.Agency) }

// Barred reports whether the person, or the whole agency, is suspended.
func (p Person) Barred() bool { return p.Suspended || p.Agency.Suspended }
