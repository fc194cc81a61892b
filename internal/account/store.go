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

	// PersonByEmail finds who signs in with an address, in lower case.
	PersonByEmail(ctx context.Context, email string) (Person, error)

	// Person finds a person by id.
	Person(ctx context.Context, userID int64) (Person, error)

	SetLanguage(ctx context.Context, userID int64, language string) error
	SetTheme(ctx context.Context, userID int64, theme string) error

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
