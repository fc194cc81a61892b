package postgres

import (
	"context"
	"time"

	"guichet/internal/auth"

	"github.com/jackc/pgx/v5"
)

// BeginSession implements auth.Store.
func (s *Auth) BeginSession(ctx context.Context, x auth.Session, verified bool) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO signed_in (token, user_id, device, network, begun_at, used_at, verified_at, sure_at)
		SELECT $1, $2, $3, $5, now, now, CASE WHEN $4 THEN now END, now FROM portal_now() now`, x.Key, x.UserID, x.Device, verified, x.Network)
	return accountError("store session", err)
}

const selectSession = `
	SELECT token, user_id, device, network, begun_at, used_at, verified_at, sure_at, portal_now() FROM signed_in `

func scanSession(row pgx.CollectableRow) (x auth.Session, err error) {
	var verified *time.Time
	err = row.Scan(&x.Key, &x.UserID, &x.Device, &x.Network, &x.BegunAt, &x.UsedAt, &verified, &x.SureAt, &x.Now)
	x.VerifiedAt = orZero(verified)
	return x, err
}

// Session implements auth.Store.
func (s *Auth) Session(ctx context.Context, key string) (auth.Session, error) {
	rows, err := s.pool.Query(ctx, selectSession+`WHERE token = $1`, key)
	if err != nil {
		return auth.Session{}, accountError("read session", err)
	}
	x, err := pgx.CollectExactlyOneRow(rows, scanSession)
	return x, accountError("read session", err)
}

// UseSession implements auth.Store.
func (s *Auth) UseSession(ctx context.Context, key string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE signed_in SET used_at = portal_now() WHERE token = $1`, key)
	if err == nil && tag.RowsAffected() == 0 {
		err = pgx.ErrNoRows
	}
	return accountError("update session", err)
}

// MakeSure implements auth.Store.
func (s *Auth) MakeSure(ctx context.Context, key, renewed string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE signed_in SET sure_at = portal_now(), token = $2 WHERE token = $1`, key, renewed)
	return accountError("update session", orNoRows(tag, err))
}

// EndSession implements auth.Tx.
func (s *peopleTx) EndSession(ctx context.Context, userID int64, key string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM signed_in WHERE user_id = $1 AND token = $2`, userID, key)
	return accountError("delete session", err)
}

// EndOtherSessions implements auth.Tx.
func (s *peopleTx) EndOtherSessions(ctx context.Context, userID int64, but string) (int, error) {
	tag, err := s.db.Exec(ctx, `DELETE FROM signed_in WHERE user_id = $1 AND token <> $2`, userID, but)
	return int(tag.RowsAffected()), accountError("delete sessions", err)
}

// Sessions implements auth.Store.
func (s *Auth) Sessions(ctx context.Context, userID int64, longest time.Duration) ([]auth.Session, error) {
	rows, err := s.pool.Query(ctx, selectSession+`
		WHERE user_id = $1 AND begun_at > (SELECT portal_now()) - $2::interval
		ORDER BY used_at DESC, token`, userID, longest)
	if err != nil {
		return nil, accountError("list sessions", err)
	}
	list, err := pgx.CollectRows(rows, scanSession)
	return list, accountError("list sessions", err)
}

// SweepSessions deletes what a session or a link has left behind a day after
// its end, and returns how many rows.
func (s *Auth) SweepSessions(ctx context.Context) (int64, error) {
	var deleted int64
	for _, query := range []string{
		`DELETE FROM signed_in WHERE begun_at < (SELECT portal_now()) - interval '36 hours'`,
		`DELETE FROM tickets WHERE expires_at < (SELECT portal_now()) - interval '1 day'`,
		`DELETE FROM alert_links WHERE expires_at < (SELECT portal_now())`,
		`DELETE FROM passkey_challenges WHERE expires_at < (SELECT portal_now())`,
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
