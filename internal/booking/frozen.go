package booking

import (
	"context"

	"guichet/internal/account"
)

// Frozen reports whether the portal is frozen: nothing is created, paid,
// cancelled or expired. The database refuses it, too, whoever asks.
func (s *Service) Frozen(ctx context.Context) (bool, error) { return s.store.Frozen(ctx) }

// Freeze stops all sales, as after a restore from a backup.
func (s *Service) Freeze(ctx context.Context) error {
	return s.store.InTx(ctx, func(tx Tx) error { return tx.SetFrozen(ctx, true, 0) })
}

// Unfreeze lets sales go on, and is in the audit log. ErrForbidden: only an admin may.
func (s *Service) Unfreeze(ctx context.Context, actor account.Actor) error {
	if actor.Role != account.Admin {
		return ErrForbidden
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.SetFrozen(ctx, false, actor.UserID); err != nil {
			return err
		}
		return tx.Audit(ctx, actor.AuditEntry(account.DidReopen))
	})
}
