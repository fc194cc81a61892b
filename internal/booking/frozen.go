package booking

import (
	"context"

	"guichet/internal/account"
)

// Frozen reports whether the portal is frozen: nothing is created, paid,
// cancelled or expired. The database refuses it, too, whoever asks.
func (s *Service) Frozen(ctx context.Context) (bool, error) { return s.store.Frozen(ctx) }

// Freeze stops all sales, as after a restore from a backup.
func (s *Service) Freeze(ctx context.Context) error { return s.store.SetFrozen(ctx, true, 0) }

// Unfreeze lets sales go on. ErrForbidden: only an admin may.
func (s *Service) Unfreeze(ctx context.Context, actor account.Actor) error {
	if actor.Role != account.Admin {
		return ErrForbidden
	}
	return s.store.SetFrozen(ctx, false, actor.UserID)
}
