// Package auth signs people in: passwords, second factors, links to choose a password,
// sessions, known browsers, the limits of trying, and the forms that wait while the
// portal asks who is there. It knows who people are from account.
//
// It must not know HTTP, SQL or bookings.
package auth

import (
	"context"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"guichet/internal/account"
)

// Service signs people in, and decides what they need for it.
type Service struct {
	store    Store
	people   *account.Service
	passkeys *webauthn.WebAuthn // nil: not offered
}

// NewService returns a Service that works on store. people knows who looks after
// whom.
func NewService(store Store, people *account.Service) *Service {
	return &Service{store: store, people: people}
}

// person returns a person who may use the portal at this moment: account.ErrNotFound
// when there is nobody with that id, or a shadow; account.ErrSuspended when suspended meanwhile.
func (s *Service) person(ctx context.Context, userID int64) (account.Person, error) {
	p, err := s.store.Person(ctx, userID)
	if err != nil {
		return account.Person{}, fmt.Errorf("load person %d: %w", userID, err)
	}
	if p.Shadow {
		return account.Person{}, account.ErrNotFound
	}
	if p.Blocked() {
		return account.Person{}, account.ErrSuspended
	}
	return p, nil
}

// other returns somebody whom the actor looks after; account.ErrSelf for oneself.
func (s *Service) other(ctx context.Context, a account.Actor, handle string) (account.Person, error) {
	p, err := s.people.ManagedPerson(ctx, a, handle)
	if err == nil && p.ID == a.UserID {
		err = account.ErrSelf
	}
	return p, err
}

// audit adds an entry about something that changes nothing, such as a refusal.
func (s *Service) audit(ctx context.Context, e account.AuditEntry) error {
	if err := s.store.InTx(ctx, func(tx Tx) error { return tx.Audit(ctx, e) }); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// entryOf is the entry of what an actor does to somebody, or to nobody (0).
func entryOf(a account.Actor, action account.Action, subjectID int64) account.AuditEntry {
	e := a.AuditEntry(action)
	e.SubjectID = subjectID
	return e
}
