package keyring

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/invalid"
)

// Errors of the supplier's keys.
var (
	ErrSlotTaken = errors.New("keyring: two keys are live already")
	ErrUntested  = errors.New("keyring: the supplier has not accepted this key")
	ErrActive    = errors.New("keyring: the active key cannot be retired")
)

// Key is a key of the supplier, without what it opens with. Two may be
// live: the active one, and one that takes over when the supplier refuses it.
type Key struct {
	ID          string
	Environment string
	Active      bool
	Tail        string // the last four characters
	Digest      string // the first eight digits of the SHA-256
	AddedBy     string // a name
	AddedAt     time.Time
	TestedAt    time.Time // zero: never
	TestPassed  bool
	ActivatedAt time.Time
	RefusedAt   time.Time // when the supplier last answered 401 to it; zero: never since its last good test
}

// How long a key may be; the bounds keep what is no key from being stored.
const minKey, maxKey = 8, 512

// Digest tells keys apart without giving them away.
func Digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:8]
}

// List returns the live keys of an environment, the active one first.
func (s *Service) List(ctx context.Context, a account.Actor, environment string) ([]Key, error) {
	if a.Role != account.Admin {
		return nil, account.ErrForbidden
	}
	list, err := s.store.List(ctx, environment)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return list, nil
}

// Add stores a key, sealed, as the next one. Errors: account.ErrForbidden,
// *invalid.Error, ErrSlotTaken.
func (s *Service) Add(ctx context.Context, a account.Actor, environment, key string) error {
	if a.Role != account.Admin {
		return account.ErrForbidden
	}
	key = strings.TrimSpace(key)
	strange := strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(key) < minKey || len(key) > maxKey || strange {
		return invalid.Field("key", "keys.bad")
	}
	k := Key{ID: strings.ToLower(rand.Text()), Environment: environment, Tail: key[len(key)-4:], Digest: Digest(key)}
	if err := s.store.Add(ctx, k, key, keyEntry(a, account.DidAddKey, k)); err != nil {
		return fmt.Errorf("add a key: %w", err)
	}
	return nil
}

// Test asks the supplier whether it takes a key, and writes down what
// it said. try is given the key.
func (s *Service) Test(ctx context.Context, a account.Actor, environment, id string, try func(context.Context, string) error) error {
	k, err := s.key(ctx, a, environment, id)
	if err != nil {
		return err
	}
	key, err := s.store.Open(ctx, environment, id)
	if err != nil {
		return fmt.Errorf("test a key: %w", err)
	}
	said := try(ctx, key)
	if err := s.store.Tested(ctx, k.ID, said == nil); err != nil {
		return fmt.Errorf("test a key: %w", err)
	}
	return said
}

// Activate makes a key the one that is used; the one before stays
// live. Errors: account.ErrForbidden, account.ErrNotFound, ErrUntested.
func (s *Service) Activate(ctx context.Context, a account.Actor, environment, id string) error {
	k, err := s.key(ctx, a, environment, id)
	if err != nil {
		return err
	}
	if !k.TestPassed {
		return ErrUntested
	}
	if err := s.store.Activate(ctx, k, keyEntry(a, account.DidActivateKey, k)); err != nil {
		return fmt.Errorf("activate a key: %w", err)
	}
	return nil
}

// Retire forgets a key that is not the active one. Errors:
// ErrForbidden, ErrNotFound, ErrActive.
func (s *Service) Retire(ctx context.Context, a account.Actor, environment, id string) error {
	k, err := s.key(ctx, a, environment, id)
	if err != nil {
		return err
	}
	if k.Active {
		return ErrActive
	}
	if err := s.store.Retire(ctx, k, keyEntry(a, account.DidRetireKey, k)); err != nil {
		return fmt.Errorf("retire a key: %w", err)
	}
	return nil
}

func (s *Service) key(ctx context.Context, a account.Actor, environment, id string) (Key, error) {
	list, err := s.List(ctx, a, environment)
	if err != nil {
		return Key{}, err
	}
	for _, k := range list {
		if k.ID == id {
			return k, nil
		}
	}
	return Key{}, account.ErrNotFound
}

func keyEntry(a account.Actor, action account.Action, k Key) account.AuditEntry {
	return account.AuditEntry{ActorID: a.UserID, Action: action, After: "…" + k.Tail + " " + k.Digest, Network: a.Network}
}
