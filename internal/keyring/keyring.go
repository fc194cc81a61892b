// Package keyring keeps the supplier's keys: two may be live, so that one can take
// over without a pause. A key is stored sealed and never shown again; what is done
// with it is audited in the same transaction. Only admins do it.
//
// It must not know HTTP, SQL or how a key is sent to the supplier.
package keyring

import (
	"context"

	"guichet/internal/account"
)

// Store keeps keys. Its methods return account.ErrNotFound for a key that is not
// there; those that take an AuditEntry write it in the same transaction.
type Store interface {
	// List returns the live keys of an environment, the active one first.
	List(ctx context.Context, environment string) ([]Key, error)

	// Add stores a key, sealed; ErrSlotTaken when two are live.
	Add(ctx context.Context, k Key, secret string, e account.AuditEntry) error

	// Open returns what a live key opens with.
	Open(ctx context.Context, environment, id string) (string, error)

	// Tested notes what the supplier said of a key.
	Tested(ctx context.Context, id string, passed bool) error

	Activate(ctx context.Context, k Key, e account.AuditEntry) error
	Retire(ctx context.Context, k Key, e account.AuditEntry) error
}

// Service looks after the keys.
type Service struct{ store Store }

// NewService returns a Service that works on store.
func NewService(store Store) *Service { return &Service{store: store} }
