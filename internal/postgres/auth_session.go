package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// BeginSession implements account.Store.
func (s *Accounts) BeginSession(ctx context.Context, x account.Session, verified bool) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO signed_in (token, user_id, device, begun_at, used_at, verified_at, sure_at)
		SELECT $1, $2, $3, now, now, CASE WHEN $4 THEN now END, now FROM portal_now() now`, x.Key, x.UserID, x.Device, verified)
	return accountError("store session", err)
}

// unset is null for the zero time.
func unset(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero is the zero time for null.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

const selectSession = `
	SELECT token, user_id, device, begun_at, used_at, verified_at, sure_at, portal_now() FROM signed_in `

func scanSession(row pgx.CollectableRow) (x account.Session, err error) {
	var verified *time.Time
	err = row.Scan(&x.Key, &x.UserID, &x.Device, &x.BegunAt, &x.UsedAt, &verified, &x.SureAt, &x.Now)
	x.VerifiedAt = orZero(verified)
	return x, err
}

// Session implements account.Store.
func (s *Accounts) Session(ctx context.Context, key string) (account.Session, error) {
	rows, err := s.pool.Query(ctx, selectSession+`WHERE token = $1`, key)
	if err != nil {
		return account.Session{}, accountError("read session", err)
	}
	x, err := pgx.CollectExactlyOneRow(rows, scanSession)
	return x, accountError("read session", err)
}

// UseSession implements account.Store.
func (s *Accounts) UseSession(ctx context.Context, key string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE signed_in SET used_at = portal_now() WHERE token = $1`, key)
	if err == nil && tag.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return accountError("update session", err)
}

// MakeSure implements account.Store.
func (s *Accounts) MakeSure(ctx context.Context, key string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE signed_in SET sure_at = portal_now() WHERE token = $1`, key)
	return accountError("update session", orNoRows(tag, err))
}

// EndSession implements account.Store.
func (s *Accounts) EndSession(ctx context.Context, userID int64, key string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM signed_in WHERE user_id = $1 AND token = $2`, userID, key)
	return accountError("delete session", err)
}

// EndOtherSessions implements account.Store.
func (s *Accounts) EndOtherSessions(ctx context.Context, userID int64, but string) (int, error) {
	tag, err := s.pool.Exec(ctx, `DELETE FROM signed_in WHERE user_id = $1 AND token <> $2`, userID, but)
	return int(tag.RowsAffected()), accountError("delete sessions", err)
}

// Sessions implements account.Store.
func (s *Accounts) Sessions(ctx context.Context, userID int64, longest time.Duration) ([]account.Session, error) {
	rows, err := s.pool.Query(ctx, selectSession+`
		WHERE user_id = $1 AND begun_at > (SELECT portal_now()) - $2::interval
		ORDER BY used_at DESC, token`, userID, longest)
	if err != nil {
		return nil, accountError("list sessions", err)
	}
	list, err := pgx.CollectRows(rows, scanSession)
	return list, accountError("list sessions", err)
}

// IssuePasswordToken implements account.Store.
func (s *Accounts) IssuePasswordToken(ctx context.Context, userID int64, kind account.TokenKind, hash []byte, life time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		WITH earlier AS (DELETE FROM tickets WHERE user_id = $1)
		INSERT INTO tickets (hash, user_id, kind, expires_at) VALUES ($2, $1, $3, portal_now() + $4::interval)`,
		userID, hash, kind, life)
	return accountError("store link", err)
}

const goodTicket = `hash = $1 AND used_at IS NULL AND expires_at > portal_now()`

// PasswordToken implements account.Store.
func (s *Accounts) PasswordToken(ctx context.Context, hash []byte) (int64, account.TokenKind, error) {
	var userID int64
	var kind account.TokenKind
	err := s.pool.QueryRow(ctx, `SELECT user_id, kind FROM tickets WHERE `+goodTicket, hash).Scan(&userID, &kind)
	return userID, kind, accountError("read link", err)
}

// Redeem implements account.Store. The three parts of the statement see the
// same rows; a second call at the same time waits for the row and finds it used.
func (s *Accounts) Redeem(ctx context.Context, hash []byte, passwordHash string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var userID int64
		err := tx.QueryRow(ctx, `
			WITH used AS (UPDATE tickets SET used_at = portal_now() WHERE `+goodTicket+` RETURNING user_id),
			     ended AS (DELETE FROM signed_in WHERE user_id IN (SELECT user_id FROM used))
			UPDATE users SET password_hash = $2 WHERE id IN (SELECT user_id FROM used) RETURNING id`, hash, passwordHash).Scan(&userID)
		if err != nil {
			return err
		}
		return s.ofPerson(ctx, tx, restore.PasswordChanged, userID, "")
	})
	return accountError("use link", err)
}

// SweepSessions deletes what a session or a link has left behind a day after
// its end, and returns how many rows.
func (s *Accounts) SweepSessions(ctx context.Context) (int64, error) {
	var deleted int64
	for _, query := range []string{
		`DELETE FROM signed_in WHERE begun_at < (SELECT portal_now()) - interval '36 hours'`,
		`DELETE FROM tickets WHERE expires_at < (SELECT portal_now()) - interval '1 day'`,
		`DELETE FROM kept_forms WHERE expires_at < (SELECT portal_now())`,
		`DELETE FROM sessions WHERE expiry < current_timestamp`,
	} {
		tag, err := s.pool.Exec(ctx, query)
		if err != nil {
			return deleted, accountError("sweep sessions", err)
		}
		deleted += tag.RowsAffected()
	}
	return deleted, nil
}
