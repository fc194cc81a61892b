package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/auth"
	"guichet/internal/restore"
)

// IssuePasswordToken implements auth.Store.
func (s *Auth) IssuePasswordToken(ctx context.Context, userID int64, kind auth.TokenKind, hash []byte, life time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		WITH earlier AS (DELETE FROM tickets WHERE user_id = $1)
		INSERT INTO tickets (hash, user_id, kind, expires_at) VALUES ($2, $1, $3, portal_now() + $4::interval)`,
		userID, hash, kind, life)
	return accountError("store link", err)
}

const goodLink = `hash = $1 AND used_at IS NULL AND expires_at > portal_now()`

// PasswordToken implements auth.Store.
func (s *Auth) PasswordToken(ctx context.Context, hash []byte) (int64, auth.TokenKind, error) {
	var userID int64
	var kind auth.TokenKind
	err := s.pool.QueryRow(ctx, `SELECT user_id, kind FROM tickets WHERE `+goodLink, hash).Scan(&userID, &kind)
	return userID, kind, accountError("read link", err)
}

// Redeem implements auth.Store. The three parts of the statement see the
// same rows; a second call at the same time waits for the row and finds it used.
func (s *Auth) Redeem(ctx context.Context, hash []byte, passwordHash string) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var userID int64
		err := tx.QueryRow(ctx, `
			WITH used AS (UPDATE tickets SET used_at = portal_now() WHERE `+goodLink+` RETURNING user_id),
			     ended AS (DELETE FROM signed_in WHERE user_id IN (SELECT user_id FROM used))
			UPDATE users SET password_hash = $2 WHERE id IN (SELECT user_id FROM used) RETURNING id`, hash, passwordHash).Scan(&userID)
		if err != nil {
			return err
		}
		return s.ofPerson(ctx, tx, restore.PasswordChanged, userID, "")
	})
	return accountError("use link", err)
}
