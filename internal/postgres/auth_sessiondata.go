package postgres

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
)

// SessionData keeps what scs sessions hold. It implements scs.CtxStore, with the
// errors of the domain, and lets rows end by the database's clock.
type SessionData struct{ pool *pgxpool.Pool }

// NewSessionData returns a SessionData on the pool.
func NewSessionData(pool *pgxpool.Pool) *SessionData { return &SessionData{pool: pool} }

// FindCtx returns the data of a session; false when there is none, or it is over.
func (s *SessionData) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT data FROM sessions WHERE token = $1 AND expiry > current_timestamp`, token).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, domainError(err)
}

// CommitCtx stores a session. It ends when it was to end at first: expiry is a
// time of this node's clock, so only what is left until then is taken from it.
func (s *SessionData) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	left := time.Until(expiry) //nolint:forbidigo // the clock that scs took expiry from
	_, err := s.pool.Exec(ctx, `
		INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, current_timestamp + $3::interval)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data`, token, data, left)
	return domainError(err)
}

// DeleteCtx removes a session.
func (s *SessionData) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE token = $1`, token)
	return domainError(err)
}

// errNoContext answers the methods of scs.Store that have no context; scs calls
// none of them where the others exist.
var errNoContext = errors.New("postgres: a session without a context")

// Find implements scs.Store.
func (*SessionData) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit implements scs.Store.
func (*SessionData) Commit(string, []byte, time.Time) error { return errNoContext }

// Delete implements scs.Store.
func (*SessionData) Delete(string) error { return errNoContext }

// textRow binds a text that a session keeps to whose it is.
func textRow(userID int64) string { return fmt.Sprintf("sessions/%d/text", userID) }

// SealText implements auth.Store.
func (s *Auth) SealText(userID int64, text string) (string, error) {
	sealed, err := s.Vault.Seal(textRow(userID), []byte(text))
	return base64.RawStdEncoding.EncodeToString(sealed), err
}

// OpenText implements auth.Store.
func (s *Auth) OpenText(userID int64, sealed string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", account.ErrNotFound
	}
	text, err := s.Vault.Open(textRow(userID), raw)
	if err != nil {
		return "", account.ErrNotFound
	}
	return string(text), nil
}
