package account

import (
	"context"
	"fmt"

	"guichet/internal/restore"
)

// Repeats returns what was taken away before a restore and given back by it.
// ErrForbidden: only admins look.
func (s *Service) Repeats(ctx context.Context, a Actor, restoreID string) (restore.Repeats, error) {
	if a.Role != Admin {
		return restore.Repeats{}, ErrForbidden
	}
	r, err := s.store.Repeats(ctx, restoreID)
	if err != nil {
		return r, fmt.Errorf("list what a restore has undone: %w", err)
	}
	return r, nil
}

// EndRemoval ends what waits for an admin since a restore: it was taken away again
// where that is done, or is let be. ErrForbidden; ErrSelf: nobody lets oneself back in;
// ErrNotFound.
func (s *Service) EndRemoval(ctx context.Context, a Actor, restoreID, id string, ending restore.Ending) error {
	list, err := s.Repeats(ctx, a, restoreID)
	if err != nil {
		return err
	}
	if ending != restore.Redone && ending != restore.Dismissed {
		return ErrNotFound
	}
	p, err := s.store.Person(ctx, a.UserID)
	if err != nil {
		return fmt.Errorf("end what a restore has undone: %w", err)
	}
	for _, l := range list.Lost {
		if l.ID != id || l.Ending != restore.Open {
			continue
		}
		if l.Handle == p.Handle && (l.Kind == restore.Suspended || l.Kind == restore.RoleChanged) {
			return ErrSelf
		}
		e := a.AuditEntry(DidEndRemoval)
		e.Before, e.After = string(l.Kind), string(ending)
		err := s.store.InTx(ctx, func(tx Tx) error {
			if err := tx.EndRemoval(ctx, id, ending, a.UserID); err != nil {
				return err
			}
			return tx.Audit(ctx, e)
		})
		if err != nil {
			return fmt.Errorf("end what a restore has undone: %w", err)
		}
		return nil
	}
	return ErrNotFound
}
