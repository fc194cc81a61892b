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
type Auth struct{ *Accounts }

var _ auth.Store = (*Auth)(nil)

// NewAuth returns a store beside that of people.
func NewAuth(people *Accounts) *Auth { return &Auth{people} }

// InTx implements auth.Store.
func (s *Auth) InTx(ctx context.Context, f func(auth.Tx) error) error {
	return s.inTx(ctx, func(tx *peopleTx) error { return f(tx) })
}

// queue only adds tasks, in a transaction.
var queue = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{})
})

// mailAttempts are tried within about an hour.
const mailAttempts = 7

// Enqueue implements auth.Tx.
func (s *peopleTx) Enqueue(ctx context.Context, t auth.Task) error {
	q, err := queue()
	if err == nil {
		_, err = q.InsertTx(ctx, s.db, t, &river.InsertOpts{MaxAttempts: mailAttempts, Queue: t.Queue()})
	}
	return accountError("enqueue "+t.Kind(), err)
}

// SetPassword implements auth.Tx.
func (s *peopleTx) SetPassword(ctx context.Context, userID int64, hash string) error {
	tag, err := s.db.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, userID, hash)
	if err = orNoRows(tag, err); err == nil {
		err = s.takes(ctx, restore.PasswordChanged, userID, "")
	}
	return accountError("set password", err)
}
