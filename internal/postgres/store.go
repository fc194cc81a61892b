// Package postgres holds all SQL. It turns rows and constraint errors into
// values and errors of the domain and keeps nothing else.
//
// It must not decide: rules live in booking and account, and once more in the
// database's own constraints and triggers.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/restore"
)

// rollbackBudget bounds a rollback, which does not depend on the visitor.
const rollbackBudget = 5 * time.Second

// querier is what a pool and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Store implements booking.Store.
type Store struct {
	pool  *pgxpool.Pool
	tx    pgx.Tx // nil outside a transaction
	queue *river.Client[pgx.Tx]

	known    func() (bookings uint32, claim string) // nil: any database will do
	restored func(context.Context) error
	removed  func(context.Context, restore.Removal) // nil: nobody writes it down
}

// errAnother is a database that is not the one that is remembered.
var errAnother = fmt.Errorf("postgres: the database is another one: %w", booking.ErrAway)

var _ booking.Store = (*Store)(nil)

// NewStore returns a Store on the pool; its queue only inserts jobs.
func NewStore(pool *pgxpool.Pool) (*Store, error) {
	queue, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Store{pool: pool, queue: queue}, nil
}

func (s *Store) q() querier {
	if s.tx != nil {
		return s.tx
	}
	return s.pool
}

// Expect lets every transaction find out first whether the database still is the
// one that is remembered, by the object that its bookings are and by the last claim.
// A backup that is restored under a portal that runs need not break a connection.
// Before anything is done in another database, restored puts that on record.
func (s *Store) Expect(known func() (bookings uint32, claim string), restored func(context.Context) error) {
	s.known, s.restored = known, restored
}

// OnRemoval names who writes down outside the database what is taken away.
func (s *Store) OnRemoval(keep func(context.Context, restore.Removal)) { s.removed = keep }

// InTx runs f in one transaction with a lock timeout of 3 s. A nested call is
// an error. See booking.Store for the errors.
func (s *Store) InTx(ctx context.Context, f func(booking.Store) error) error {
	return s.transact(ctx, func(tx *Store) error { return f(tx) })
}

func (s *Store) transact(ctx context.Context, f func(*Store) error) error {
	if s.tx != nil {
		return errors.New("postgres: a transaction inside a transaction")
	}
	err := s.once(ctx, f)
	if !errors.Is(err, errAnother) {
		return err
	}
	if err := s.restored(ctx); err != nil {
		return err
	}
	return s.once(ctx, f) // f has not run yet
}

func (s *Store) once(ctx context.Context, f func(*Store) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", domainError(err))
	}
	defer func() {
		// After a commit this does nothing; it also covers a panic in f.
		over, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackBudget)
		defer cancel()
		_ = tx.Rollback(over)
	}()
	if err := s.prepare(ctx, tx); err != nil {
		return err
	}
	if err := f(&Store{pool: s.pool, tx: tx, queue: s.queue}); err != nil {
		return err
	}
	return commitError(tx.Commit(ctx))
}

// prepare sets what holds for the transaction, and looks whose database it is, on
// one way there and back.
func (s *Store) prepare(ctx context.Context, tx pgx.Tx) error {
	var table uint32
	var claim string
	if s.known != nil {
		table, claim = s.known()
	}
	var same bool
	err := tx.QueryRow(ctx, `
		SELECT set_config('lock_timeout', '3s', true) <> '' AND set_config('synchronous_commit', 'on', true) <> ''
			AND ($1::bigint = 0 OR to_regclass('bookings')::oid::bigint IS NOT DISTINCT FROM $1)
			AND ($2::text = '' OR EXISTS (SELECT FROM attempts WHERE correlation = $2))`, int64(table), claim).Scan(&same)
	switch {
	case err != nil:
		return fmt.Errorf("begin: %w", domainError(err))
	case !same:
		return errAnother
	}
	return nil
}

// Now returns portal_now().
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.q().QueryRow(ctx, `SELECT portal_now()`).Scan(&now)
	return now, domainError(err)
}

// Enqueue inserts a job, in the transaction if there is one.
func (s *Store) Enqueue(ctx context.Context, t booking.Task) error {
	var err error
	if s.tx != nil {
		_, err = s.queue.InsertTx(ctx, s.tx, t, nil)
	} else {
		_, err = s.queue.Insert(ctx, t, nil)
	}
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", t.Kind(), domainError(err))
	}
	return nil
}

// Agency returns an agency by id.
func (s *Store) Agency(ctx context.Context, id int64) (account.Agency, error) {
	a, err := scanAgency(s.q().QueryRow(ctx, selectAgency+`WHERE id = $1`, id))
	return a, domainError(err)
}

// constraints names the errors of the domain that a broken constraint means.
var constraints = map[string]error{
	"bookings_draft":                booking.ErrChanged,
	"bookings_retry":                booking.ErrChanged,
	"drafts_one_per_retry":          booking.ErrChanged,
	"attempts_one_open":             booking.ErrBusy,
	"bookings_one_payable_per_sale": booking.ErrTransition,
	"bookings_transition":           booking.ErrTransition,
	"bookings_guard":                booking.ErrTransition,
	"statements_file":               booking.ErrChanged,
	"bookings_frozen":               booking.ErrFrozen,
	"bookings_uncompared":           booking.ErrUncompared,
	"bookings_uncompared_guard":     booking.ErrUncompared,
	"bookings_taken_over_guard":     booking.ErrForbidden,
	"unknown_bookings_two":          booking.ErrForbidden,
	"bookings_supplier_id":          booking.ErrSupplierIDDup,
	"attempts_immutable":            booking.ErrChanged,
	"bookings_unfit_guard":          booking.ErrTransition,
}
