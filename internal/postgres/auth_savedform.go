package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
	"guichet/internal/vault"
)

// formRow binds a form to whose it is.
func formRow(userID int64) string { return fmt.Sprintf("kept_forms/%d", userID) }

// SaveForm implements auth.Store.
func (s *Auth) SaveForm(ctx context.Context, userID int64, form []byte, life time.Duration) error {
	sealed, err := s.Vault.Seal(formRow(userID), form)
	if err == nil {
		_, err = s.pool.Exec(ctx, `
			INSERT INTO kept_forms (user_id, form, expires_at) VALUES ($1, $2, portal_now() + $3::interval)
			ON CONFLICT (user_id) DO UPDATE SET form = excluded.form, expires_at = excluded.expires_at`, userID, sealed, life)
	}
	return accountError("keep form", err)
}

// SavedForm implements auth.Store. A form that a release with other keys has kept is
// none: it would stand in the way of every sign-in until its time is over.
func (s *Auth) SavedForm(ctx context.Context, userID int64) ([]byte, error) {
	var sealed []byte
	const look = `SELECT form FROM kept_forms WHERE user_id = $1 AND expires_at > portal_now()`
	if err := s.pool.QueryRow(ctx, look, userID).Scan(&sealed); err != nil {
		return nil, accountError("read form", err)
	}
	form, err := s.Vault.Open(formRow(userID), sealed)
	if errors.Is(err, vault.ErrSealed) {
		return nil, errors.Join(account.ErrNotFound, s.DropForm(ctx, userID))
	}
	return form, accountError("open form", err)
}

// DropForm implements auth.Store.
func (s *Auth) DropForm(ctx context.Context, userID int64) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM kept_forms WHERE user_id = $1`, userID)
	return accountError("drop form", err)
}
