package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Limit is how often something may happen within a window that begins with its
// first use. When it is over, everything may happen again: nobody stays locked
// out.
type Limit struct {
	Name string // part of the counter's key
	Max  int
	Per  time.Duration
}

// The limits of signing in. A person who mistypes is slowed down after ten
// tries; an address may be a whole agency behind one router.
var (
	signInsPerAccount = Limit{Name: "sign-in/account", Max: 10, Per: 5 * time.Minute}
	signInsPerAddress = Limit{Name: "sign-in/address", Max: 60, Per: 5 * time.Minute}
	signInsOverall    = Limit{Name: "sign-in/all", Max: 600, Per: time.Minute}

	// browserMails are told of a sign-in from a new browser; more of them say no more.
	browserMails = Limit{Name: "mail/browser", Max: 5, Per: time.Hour}

	// Of one who is signed in: what strangers guess at the account must not keep the
	// owner from changing the password.
	passwordsPerSession = Limit{Name: "password/session", Max: 10, Per: 5 * time.Minute}
)

// The limits of what one agency may do; the subject is the agency's code.
var (
	QuotesPerAgency   = Limit{Name: "quotes", Max: 60, Per: time.Minute}
	BookingsPerAgency = Limit{Name: "bookings", Max: 10, Per: time.Minute}
	ExportsPerAgency  = Limit{Name: "exports", Max: 5, Per: time.Hour} // of staff: per person
)

// LimitedError says that something happened too often, and how long to wait.
type LimitedError struct {
	Limit string // name of the limit
	Wait  time.Duration
}

func (e *LimitedError) Error() string {
	return fmt.Sprintf("auth: too often (%s), wait %s", e.Limit, e.Wait.Round(time.Second))
}

// key names the counter of one subject. The subject is hashed: a counter need
// not tell whose it is.
func (l Limit) key(subject string) string {
	sum := sha256.Sum256([]byte(subject))
	return l.Name + "/" + hex.EncodeToString(sum[:16])
}

// Allow counts one use of limit by a subject, such as an agency's code or a
// network address. It returns *LimitedError when the subject has to wait.
func (s *Service) Allow(ctx context.Context, l Limit, subject string) error {
	hits, left, err := s.store.Hit(ctx, l.key(subject), l.Per)
	if err != nil {
		return fmt.Errorf("count %s: %w", l.Name, err)
	}
	if hits > l.Max {
		return &LimitedError{Limit: l.Name, Wait: left}
	}
	return nil
}

// Return takes back a use of limit that came to nothing through no fault of the
// subject's.
func (s *Service) Return(ctx context.Context, l Limit, subject string) error {
	if err := s.store.Unhit(ctx, l.key(subject)); err != nil {
		return fmt.Errorf("take back %s: %w", l.Name, err)
	}
	return nil
}
