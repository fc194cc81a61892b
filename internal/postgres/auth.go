package postgres

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guichet/internal/auth"
	"guichet/internal/restore"
)

// Auth is the auth.Store on PostgreSQL: it reads people as Accounts does, seals with
// the same vault, and notes what is taken away in the same place.
type Auth struct {
	*Accounts

	queue func() (*river.Client[pgx.Tx], error)
}

var _ auth.Store = (*Auth)(nil)

// NewAuth returns a store beside that of people.
func NewAuth(people *Accounts) *Auth {
	return &Auth{people, sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
		return river.NewClient(riverpgxv5.New(people.pool), &river.Config{})
	})}
}

// mailAttempts are tried within about an hour.
const mailAttempts = 7

// Enqueue implements auth.Store.
func (s *Auth) Enqueue(ctx context.Context, t auth.Task) error {
	queue, err := s.queue()
	if err == nil {
		_, err = queue.Insert(ctx, t, &river.InsertOpts{MaxAttempts: mailAttempts})
	}
	return accountError("enqueue "+t.Kind(), err)
}

// SetPassword implements auth.Store.
func (s *Auth) SetPassword(ctx context.Context, userID int64, hash, but string) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			WITH ended AS (DELETE FROM signed_in WHERE user_id = $1 AND token <> $3)
			UPDATE users SET password_hash = $2 WHERE id = $1`, userID, hash, but)
		if err := orNoRows(tag, err); err != nil {
			return err
		}
		return s.ofPerson(ctx, tx, restore.PasswordChanged, userID, "")
	})
	return accountError("set password", err)
}
