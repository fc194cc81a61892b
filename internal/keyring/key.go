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
	ErrSlotTaken   = errors.New("keyring: two supplier keys are live already")
	ErrKeyUntested = errors.New("keyring: the supplier has not accepted this key")
	ErrKeyActive   = errors.New("keyring: the active key cannot be retired")
)

// SupplierKey is a key of the supplier, without what it opens with. Two may be
// live: the active one, and one that takes over when the supplier refuses it.
type SupplierKey struct {
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

// keyBounds keep what is no key from being stored.
const minKey, maxKey = 8, 512

// KeyDigest tells keys apart without giving them away.
func KeyDigest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:8]
}

// SupplierKeys lists the live keys of an environment, the active one first.
func (s *Service) SupplierKeys(ctx context.Context, a account.Actor, environment string) ([]SupplierKey, error) {
	if a.Role != account.Admin {
		return nil, account.ErrForbidden
	}
	list, err := s.store.SupplierKeys(ctx, environment)
	if err != nil {
		return nil, fmt.Errorf("list supplier keys: %w", err)
	}
	return list, nil
}

// AddSupplierKey stores a key, sealed, as the next one. Errors: ErrForbidden,
// *invalid.Error, ErrSlotTaken.
func (s *Service) AddSupplierKey(ctx context.Context, a account.Actor, environment, key string) error {
	if a.Role != account.Admin {
		return account.ErrForbidden
	}
	key = strings.TrimSpace(key)
	strange := strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(key) < minKey || len(key) > maxKey || strange {
		return invalid.Field("key", "keys.bad")
	}
	k := SupplierKey{ID: strings.ToLower(rand.Text()), Environment: environment, Tail: key[len(key)-4:], Digest: KeyDigest(key)}
	if err := s.store.AddSupplierKey(ctx, k, key, keyEntry(a, account.DidAddKey, k)); err != nil {
		return fmt.Errorf("add a supplier key: %w", err)
	}
	return nil
}

// TestSupplierKey asks the supplier whether it takes a key, and writes down what
// it said. try is given the key.
func (s *Service) TestSupplierKey(ctx context.Context, a account.Actor, environment, id string, try func(context.Context, string) error) error {
	k, err := s.supplierKey(ctx, a, environment, id)
	if err != nil {
		return err
	}
	key, err := s.store.OpenSupplierKey(ctx, environment, id)
	if err != nil {
		return fmt.Errorf("test a supplier key: %w", err)
	}
	said := try(ctx, key)
	if err := s.store.KeyTested(ctx, k.ID, said == nil); err != nil {
		return fmt.Errorf("test a supplier key: %w", err)
	}
	return said
}

// ActivateSupplierKey makes a key the one that is used; the one before stays
// live. Errors: ErrForbidden, ErrNotFound, ErrKeyUntested.
func (s *Service) ActivateSupplierKey(ctx context.Context, a account.Actor, environment, id string) error {
	k, err := s.supplierKey(ctx, a, environment, id)
	if err != nil {
		return err
	}
	if !k.TestPassed {
		return ErrKeyUntested
	}
	if err := s.store.ActivateSupplierKey(ctx, k, keyEntry(a, account.DidActivateKey, k)); err != nil {
		return fmt.Errorf("activate a supplier key: %w", err)
	}
	return nil
}

// RetireSupplierKey forgets a key that is not the active one. Errors:
// ErrForbidden, ErrNotFound, ErrKeyActive.
func (s *Service) RetireSupplierKey(ctx context.Context, a account.Actor, environment, id string) error {
	k, err := s.supplierKey(ctx, a, environment, id)
	if err != nil {
		return err
	}
	if k.Active {
		return ErrKeyActive
	}
	if err := s.store.RetireSupplierKey(ctx, k, keyEntry(a, account.DidRetireKey, k)); err != nil {
		return fmt.Errorf("retire a supplier key: %w", err)
	}
	return nil
}

func (s *Service) supplierKey(ctx context.Context, a account.Actor, environment, id string) (SupplierKey, error) {
	list, err := s.SupplierKeys(ctx, a, environment)
	if err != nil {
		return SupplierKey{}, err
	}
	for _, k := range list {
		if k.ID == id {
			return k, nil
		}
	}
	return SupplierKey{}, account.ErrNotFound
}

func keyEntry(a account.Actor, action account.Action, k SupplierKey) account.Entry {
	return account.Entry{ActorID: a.UserID, Action: action, After: "…" + k.Tail + " " + k.Digest, Network: a.Network}
}
