package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/restore"
)

// peopleTx is a transaction of Accounts and of Auth.
type peopleTx struct {
	people *Accounts
	db     pgx.Tx

	taken []restore.Removal // what it takes away, noted at its end
}

var (
	_ account.Tx = (*peopleTx)(nil)
	_ auth.Tx    = (*peopleTx)(nil)
)

// InTx implements account.Store.
func (s *Accounts) InTx(ctx context.Context, f func(account.Tx) error) error {
	return s.inTx(ctx, func(tx *peopleTx) error { return f(tx) })
}

// inTx notes what f took away as the last step, after all that may refuse.
func (s *Accounts) inTx(ctx context.Context, f func(*peopleTx) error) error {
	db, err := s.pool.Begin(ctx)
	if err != nil {
		return accountError("begin", err)
	}
	defer rollback(ctx, db)
	tx := &peopleTx{people: s, db: db}
	if err := f(tx); err != nil {
		return err
	}
	for _, r := range tx.taken {
		if err := noteRemoval(ctx, db, s.Removed, r); err != nil {
			return accountError("note what is taken away", err)
		}
	}
	return commitError(db.Commit(ctx))
}

// Audit implements account.Tx and auth.Tx.
func (s *peopleTx) Audit(ctx context.Context, e account.AuditEntry) error {
	return accountError("write audit", addEntry(ctx, s.db, e))
}

// takes notes that something is taken away from a person.
func (s *peopleTx) takes(ctx context.Context, kind restore.Removed, userID int64, value string) error {
	r := restore.Removal{Kind: kind, Value: value}
	if err := s.db.QueryRow(ctx, `SELECT handle FROM users WHERE id = $1`, userID).Scan(&r.Subject); err != nil {
		return fmt.Errorf("read a handle: %w", err)
	}
	s.taken = append(s.taken, r)
	return nil
}
