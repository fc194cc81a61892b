package postgres

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/jackc/pgx/v5"

	"guichet/internal/auth"
	"guichet/internal/restore"
)

// Passkeys implements auth.Store.
func (s *Auth) Passkeys(ctx context.Context, userID int64) ([]auth.Passkey, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT handle, name, credential, created_at, used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, handle`, userID)
	if err != nil {
		return nil, accountError("list passkeys", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k auth.Passkey, err error) {
		var used *time.Time
		err = row.Scan(&k.Handle, &k.Name, &k.Credential, &k.CreatedAt, &used)
		k.UsedAt = orZero(used)
		return k, err
	})
	return list, accountError("list passkeys", err)
}

// KeepChallenge implements auth.Store.
func (s *Auth) KeepChallenge(ctx context.Context, session string, c auth.Ceremony, data webauthn.SessionData, life time.Duration) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO passkey_challenges (session, ceremony, challenge, expires_at) VALUES ($1, $2, $3, portal_now() + $4::interval)
		ON CONFLICT (session) DO UPDATE SET ceremony = excluded.ceremony, challenge = excluded.challenge, expires_at = excluded.expires_at`,
		session, c, data, life)
	return accountError("keep challenge", err)
}

// TakeChallenge implements auth.Store. Of two who answer at the same moment one finds
// nothing.
func (s *Auth) TakeChallenge(ctx context.Context, session string, c auth.Ceremony) (data webauthn.SessionData, err error) {
	var good bool
	err = s.pool.QueryRow(ctx, `
		DELETE FROM passkey_challenges WHERE session = $1 RETURNING challenge, ceremony = $2 AND expires_at > portal_now()`, session, c).Scan(&data, &good)
	if err == nil && !good {
		err = pgx.ErrNoRows
	}
	return data, accountError("take challenge", err)
}

// UsePasskey implements auth.Store. The counter of one that counts goes up only.
func (s *Auth) UsePasskey(ctx context.Context, userID int64, used webauthn.Credential) error {
	tag, err := s.pool.Exec(ctx, `
		UPDATE passkeys SET credential = $3, used_at = portal_now()
		WHERE user_id = $1 AND credential_id = $2
		  AND ($4 = 0 OR coalesce((credential->'authenticator'->>'signCount')::bigint, 0) < $4)`,
		userID, used.ID, used, int64(used.Authenticator.SignCount))
	return accountError("use passkey", orNoRows(tag, err))
}

// AddPasskey implements auth.Tx.
func (s *peopleTx) AddPasskey(ctx context.Context, userID int64, k auth.Passkey) error {
	_, err := s.db.Exec(ctx, `INSERT INTO passkeys (user_id, credential_id, credential, name) VALUES ($1, $2, $3, $4)`,
		userID, k.Credential.ID, k.Credential, k.Name)
	return accountError("add passkey", err)
}

// RemovePasskey implements auth.Tx.
func (s *peopleTx) RemovePasskey(ctx context.Context, userID int64, handle string) error {
	var id []byte
	err := s.db.QueryRow(ctx, `DELETE FROM passkeys WHERE user_id = $1 AND handle = $2 RETURNING credential_id`, userID, handle).Scan(&id)
	if err == nil {
		err = s.takes(ctx, restore.PasskeyRemoved, userID, hex.EncodeToString(id))
	}
	return accountError("remove passkey", err)
}
