package postgres

import (
	"context"
	"time"

	"guichet/internal/auth"
)

// Alert implements auth.Tx.
func (s *peopleTx) Alert(ctx context.Context, userID int64, change auth.Change) error {
	t := auth.SendAlert{UserID: userID, Change: change}
	if err := s.db.QueryRow(ctx, `SELECT portal_now()`).Scan(&t.At); err != nil {
		return accountError("read the clock", err)
	}
	return s.Enqueue(ctx, t)
}

// IssueAlertLink implements auth.Store.
func (s *Auth) IssueAlertLink(ctx context.Context, t auth.SendAlert, hash []byte, life time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO alert_links (hash, user_id, change, changed_at, expires_at) VALUES ($1, $2, $3, $4, portal_now() + $5::interval)`,
		hash, t.UserID, t.Change, t.At, life)
	return accountError("store link", err)
}

// AlertLink implements auth.Store.
func (s *Auth) AlertLink(ctx context.Context, hash []byte) (t auth.SendAlert, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT user_id, change, changed_at FROM alert_links WHERE hash = $1 AND expires_at > portal_now()`, hash).Scan(&t.UserID, &t.Change, &t.At)
	return t, accountError("read link", err)
}
