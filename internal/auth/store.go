package auth

import (
	"context"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"guichet/internal/account"
)

// Store keeps what people sign in with. What must happen together, and all that is
// audited, is written in a Tx; Alone is written by itself. Every method returns
// account.ErrNotFound for a person, or a thing of a person, that does not exist.
type Store interface {
	Alone

	// InTx runs f in one transaction; of one that returns an error nothing stays.
	InTx(ctx context.Context, f func(Tx) error) error

	// Person finds a person by id.
	Person(ctx context.Context, userID int64) (account.Person, error)

	// PersonByEmail finds who signs in with an address, in lower case.
	PersonByEmail(ctx context.Context, email string) (account.Person, error)

	// AgencyByCode finds an agency by the code that people use for it.
	AgencyByCode(ctx context.Context, code string) (account.Agency, error)

	// Session finds a session by its key.
	Session(ctx context.Context, key string) (Session, error)

	// Sessions lists the sessions of a person that began within longest, the
	// last used one first.
	Sessions(ctx context.Context, userID int64, longest time.Duration) ([]Session, error)

	// PasswordToken finds a link that is still good.
	PasswordToken(ctx context.Context, hash []byte) (userID int64, kind TokenKind, err error)

	// Factor reads a second factor, with the clock that codes are checked by.
	Factor(ctx context.Context, userID int64) (Factor, error)

	// AlertLink reads what a link about a change is about, while it is good.
	AlertLink(ctx context.Context, hash []byte) (SendAlert, error)

	// Passkeys lists a person's passkeys, the oldest first.
	Passkeys(ctx context.Context, userID int64) ([]Passkey, error)

	// SavedForm returns a person's form that still waits.
	SavedForm(ctx context.Context, userID int64) ([]byte, error)

	// DeadMail lists mails that were given up.
	DeadMail(ctx context.Context, limit int) ([]DeadMail, error)

	// MarkBrowser marks what names a known browser: nothing else has such a mark.
	MarkBrowser(text string) (mark string, err error)

	// IsBrowser reports whether a mark is one of MarkBrowser for the text.
	IsBrowser(text, mark string) (bool, error)

	// SealText seals what is kept for a person, and OpenText opens it;
	// account.ErrNotFound for what was not sealed for that person.
	SealText(userID int64, text string) (string, error)
	OpenText(userID int64, sealed string) (string, error)
}

// Alone are writes of one statement each, with which nothing else must happen and of
// which the audit log knows nothing. A try is counted whatever becomes of it.
type Alone interface {
	// BeginSession stores a session that begins now; the row of an ended one is gone.
	BeginSession(ctx context.Context, x Session, verified bool) error

	// UseSession notes that a session is in use now.
	UseSession(ctx context.Context, key string) error

	// MakeSure notes that the person of a session was asked again, and gives the
	// session another key.
	MakeSure(ctx context.Context, key, renewed string) error

	// IssuePasswordToken stores a link and deletes the person's earlier ones.
	IssuePasswordToken(ctx context.Context, userID int64, kind TokenKind, hash []byte, life time.Duration) error

	// IssueAlertLink stores a link about a change; others stay.
	IssueAlertLink(ctx context.Context, t SendAlert, hash []byte, life time.Duration) error

	// BeginFactor stores the secret of an application that a session sets up.
	BeginFactor(ctx context.Context, userID int64, candidate, session string) error

	// UseStep takes the code of a step; ErrNotFound when it, or a later one, was taken.
	UseStep(ctx context.Context, userID int64, step int64) error

	// KeepChallenge notes what a session is asked to sign, instead of an earlier one;
	// TakeChallenge takes it out, once, while its time lasts.
	KeepChallenge(ctx context.Context, session string, c Ceremony, data webauthn.SessionData, life time.Duration) error
	TakeChallenge(ctx context.Context, session string, c Ceremony) (webauthn.SessionData, error)

	// UsePasskey stores a passkey as it is after a use; ErrNotFound when it is gone,
	// or has been used as often elsewhere.
	UsePasskey(ctx context.Context, userID int64, used webauthn.Credential) error

	// KeepRecovery forgets how the recovery codes of a person read.
	KeepRecovery(ctx context.Context, userID int64) error

	// SaveForm stores a person's form, sealed, instead of an earlier one.
	SaveForm(ctx context.Context, userID int64, form []byte, life time.Duration) error
	DropForm(ctx context.Context, userID int64) error

	// SendMailAgain puts a mail that was given up back into the queue; ErrNotFound
	// when there is none of that number.
	SendMailAgain(ctx context.Context, id int64) error

	// Hit counts one more use of key in a window that begins with its first
	// use, and returns how many there were and how long the window still lasts.
	// Nodes and parallel calls count together, each getting its own number.
	Hit(ctx context.Context, key string, window time.Duration) (hits int, left time.Duration, err error)

	// Unhit takes back one use of key, unless its window is over.
	Unhit(ctx context.Context, key string) error

	// Forget sets the count of key to nothing.
	Forget(ctx context.Context, key string) error
}

// Tx is a transaction: what it takes away from somebody is noted outside the database
// as its last step.
type Tx interface {
	// CreateUser stores a new person and returns it with its id; account.ErrTaken
	// when the address is in use. Email is in lower case.
	CreateUser(ctx context.Context, u account.User) (account.User, error)

	// Shadow stores who only looks like a person of an agency who was invited: the
	// address is somebody else's. A second time it returns the same one.
	Shadow(ctx context.Context, u account.User) (id int64, err error)

	// SetPassword replaces a password.
	SetPassword(ctx context.Context, userID int64, hash string) error

	// UsePasswordToken uses up a link that is still good, and returns whose it is.
	UsePasswordToken(ctx context.Context, hash []byte) (userID int64, err error)

	// EndSession deletes a session of a person; none may be there.
	EndSession(ctx context.Context, userID int64, key string) error

	// EndOtherSessions deletes all sessions of a person but one, and counts them.
	EndOtherSessions(ctx context.Context, userID int64, but string) (int, error)

	// ConfirmFactor makes the candidate the person's second factor, whose step is
	// used, and replaces the recovery codes; ErrNotFound when another candidate, or
	// none, is being set up.
	ConfirmFactor(ctx context.Context, userID int64, candidate string, step int64, codes string, hashes [][]byte) error

	// UseRecovery takes a recovery code; ErrNotFound when there is none, or it was taken.
	UseRecovery(ctx context.Context, userID int64, hash []byte) error

	// RenewRecovery replaces the recovery codes; ErrNotFound without a second factor.
	RenewRecovery(ctx context.Context, userID int64, codes string, hashes [][]byte) error

	// AddPasskey stores a passkey; ErrPasskeyTaken when it is there already.
	AddPasskey(ctx context.Context, userID int64, k Passkey) error

	// RemovePasskey deletes a passkey of a person.
	RemovePasskey(ctx context.Context, userID int64, handle string) error

	// ResetFactor deletes a second factor, its recovery codes and all passkeys.
	ResetFactor(ctx context.Context, userID int64) error

	// Enqueue has a task done later, by whichever node is first.
	Enqueue(ctx context.Context, t Task) error

	// Alert has a person told by mail of a change that happens now.
	Alert(ctx context.Context, userID int64, change Change) error

	// Audit adds an entry to the log, which only grows.
	Audit(ctx context.Context, e account.AuditEntry) error
}
