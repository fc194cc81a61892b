package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"guichet/internal/account"
)

// maxDevice is how much of a browser's description is kept, in bytes.
const maxDevice = 200

// Session is a browser in which a person is signed in.
type Session struct {
	Key     string // names the session without opening it
	UserID  int64
	Device  string // what the browser calls itself
	Network string // where it was begun: an IPv4 address, or the /64 of an IPv6 one
	BegunAt time.Time
	UsedAt  time.Time

	VerifiedAt time.Time // when the second factor was shown; zero when only the password was
	SureAt     time.Time // when a password or a code was last shown

	Now time.Time // by the same clock as all others, the database's, when it was read
}

// SessionKey is the name under which the session of a browser's token is kept.
func SessionKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// BeginSession writes down that a person is signed in from now on, verified when
// the second factor was shown.
func (s *Service) BeginSession(ctx context.Context, x Session, verified bool) error {
	for len(x.Device) > maxDevice || !utf8.ValidString(x.Device) {
		x.Device = x.Device[:min(maxDevice, len(x.Device)-1)]
	}
	if err := s.store.BeginSession(ctx, x, verified); err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	return nil
}

// Session returns who is signed in. ErrNotFound: the session was ended;
// ErrSuspended: the person or the agency was suspended meanwhile, which is told
// only to those who have shown the second factor, or have none.
func (s *Service) Session(ctx context.Context, key string) (account.Person, Session, error) {
	x, err := s.store.Session(ctx, key)
	if err != nil {
		return account.Person{}, Session{}, fmt.Errorf("load a session: %w", err)
	}
	p, err := s.store.Person(ctx, x.UserID)
	if err != nil {
		return account.Person{}, Session{}, fmt.Errorf("load person %d: %w", x.UserID, err)
	}
	if p.Blocked() && (!x.VerifiedAt.IsZero() || !p.HasFactor()) {
		return account.Person{}, Session{}, account.ErrSuspended
	}
	return p, x, nil
}

// UseSession writes down that a session is in use now.
func (s *Service) UseSession(ctx context.Context, key string) error {
	if err := s.store.UseSession(ctx, key); err != nil && !errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("use a session: %w", err)
	}
	return nil // a session that was ended this moment stays ended
}

// SealText seals a text that the session of a person keeps, such as an address
// with what was searched for.
func (s *Service) SealText(userID int64, text string) (string, error) {
	sealed, err := s.store.SealText(userID, text)
	if err != nil {
		return "", fmt.Errorf("seal a text: %w", err)
	}
	return sealed, nil
}

// OpenText returns what SealText sealed for that person; account.ErrNotFound for
// anything else.
func (s *Service) OpenText(userID int64, sealed string) (string, error) {
	text, err := s.store.OpenText(userID, sealed)
	if err != nil {
		return "", fmt.Errorf("open a text: %w", err)
	}
	return text, nil
}

// EndSession signs a browser out; one that is signed out already may be again.
func (s *Service) EndSession(ctx context.Context, userID int64, key string) error {
	err := s.store.InTx(ctx, func(tx Tx) error { return tx.EndSession(ctx, userID, key) })
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// EndOwnSessions signs a person out in the browser of a session, or everywhere but
// here when key is empty.
func (s *Service) EndOwnSessions(ctx context.Context, a account.Actor, key, here string) error {
	err := s.store.InTx(ctx, func(tx Tx) (err error) {
		if key != "" {
			err = tx.EndSession(ctx, a.UserID, key)
		} else {
			_, err = tx.EndOtherSessions(ctx, a.UserID, here)
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, a.AuditEntry(account.DidEndSession))
	})
	if err != nil {
		return fmt.Errorf("end own sessions: %w", err)
	}
	return nil
}

// SignOut ends all sessions of somebody. Errors: account.ErrNotFound, account.ErrSelf.
func (s *Service) SignOut(ctx context.Context, a account.Actor, handle string) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if _, err := tx.EndOtherSessions(ctx, p.ID, ""); err != nil {
			return err
		}
		return tx.Audit(ctx, entryOf(a, account.DidEndSession, p.ID))
	})
	if err != nil {
		return fmt.Errorf("sign somebody out: %w", err)
	}
	return nil
}

// Sessions lists where a person is signed in, the last used one first.
// longest is how long a session lives at most.
func (s *Service) Sessions(ctx context.Context, userID int64, longest time.Duration) ([]Session, error) {
	list, err := s.store.Sessions(ctx, userID, longest)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}
