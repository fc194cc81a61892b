package postgres

import (
	"context"
	"time"

	"guichet/internal/auth"
)

// IssuePasswordToken implements auth.Store. A reset that a stranger asks for leaves the
// one that its owner asked for: the first one that is used ends them all.
func (s *Auth) IssuePasswordToken(ctx context.Context, userID int64, kind auth.TokenKind, hash []byte, life time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		WITH earlier AS (DELETE FROM tickets WHERE user_id = $1 AND NOT (kind = $3 AND kind = 'reset' AND expires_at > portal_now()))
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

// UsePasswordToken implements auth.Tx. A second call at the same time waits for the
// row and finds it used. With it all other links of the person are used up.
func (s *peopleTx) UsePasswordToken(ctx context.Context, hash []byte) (userID int64, err error) {
	err = s.db.QueryRow(ctx, `UPDATE tickets SET used_at = portal_now() WHERE `+goodLink+` RETURNING user_id`, hash).Scan(&userID)
	if err == nil {
		_, err = s.db.Exec(ctx, `UPDATE tickets SET used_at = portal_now() WHERE user_id = $1 AND used_at IS NULL`, userID)
	}
	return userID, accountError("use link", err)
}
