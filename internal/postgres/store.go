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

// reads asks questions, of the pool or inside a transaction.
type reads struct{ db querier }

// Store implements booking.Store: it reads, and opens transactions.
type Store struct {
	reads
	pool *pgxpool.Pool
	long time.Duration // what one statement of an export or a report may take

	known    func() (bookings uint32, claim string) // nil: any database will do
	restored func(context.Context) error
	removed  func(context.Context, restore.Removal) // nil: nobody writes it down
	keys     *Keys                                  // nil: events are chained without a key
}

// Tx is a transaction of a Store: what is written, and what is read under a lock.
type Tx struct {
	reads
	tx pgx.Tx

	removed func(context.Context, restore.Removal)
	keys    *Keys
	long    time.Duration // what a statement may take that forgets travellers
}

// errAnother is a database that is not the one that is remembered.
var errAnother = fmt.Errorf("postgres: the database is another one: %w", booking.ErrAway)

var (
	_ booking.Store = (*Store)(nil)
	_ booking.Tx    = (*Tx)(nil)
)

// NewStore returns a Store on the pool. What AllowLong is about has the time of
// DefaultTimeouts.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{reads: reads{pool}, pool: pool, long: DefaultTimeouts().Long}
}

// AllowLong says how long a statement of an export, a report, the comparison of a
// statement or the erasure of travellers may take.
func (s *Store) AllowLong(t Timeouts) { s.long = t.complete().Long }

// Expect lets every transaction find out first whether the database still is the
// one that is remembered, by the object that its bookings are and by the last claim.
// A backup that is restored under a portal that runs need not break a connection.
// Before anything is done in another database, restored puts that on record.
func (s *Store) Expect(known func() (bookings uint32, claim string), restored func(context.Context) error) {
	s.known, s.restored = known, restored
}

// OnRemoval names who writes down outside the database what is taken away.
func (s *Store) OnRemoval(keep func(context.Context, restore.Removal)) { s.removed = keep }

// ChainWith lets events be chained under the key of the history. Without it they are
// chained as the release before did.
func (s *Store) ChainWith(keys *Keys) { s.keys = keys }

// InTx runs f in one transaction with a lock timeout of 3 s. See booking.Store for
// the errors.
func (s *Store) InTx(ctx context.Context, f func(booking.Tx) error) error {
	return s.transact(ctx, func(tx *Tx) error { return f(tx) })
}

func (s *Store) transact(ctx context.Context, f func(*Tx) error) error {
	err := s.once(ctx, f)
	if !errors.Is(err, errAnother) {
		return err
	}
	if err := s.restored(ctx); err != nil {
		return err
	}
	return s.once(ctx, f) // f has not run yet
}

func (s *Store) once(ctx context.Context, f func(*Tx) error) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", domainError(err))
	}
	defer rollback(ctx, tx)
	if err := s.prepare(ctx, tx); err != nil {
		return err
	}
	if err := f(&Tx{reads: reads{tx}, tx: tx, removed: s.removed, keys: s.keys, long: s.long}); err != nil {
		return err
	}
	return commitError(tx.Commit(ctx))
}

// rollback is deferred where a transaction begins: so it covers a panic, and after
// a commit it does nothing. It does not depend on the visitor.
func rollback(ctx context.Context, tx pgx.Tx) {
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackBudget)
	defer cancel()
	_ = tx.Rollback(over)
}

// begin runs f in a transaction of its own, of a store that has no Tx.
func begin(ctx context.Context, pool *pgxpool.Pool, options pgx.TxOptions, f func(pgx.Tx) error) error {
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// patiently runs f in a transaction of its own, whose statements may take long.
func (s *Store) patiently(ctx context.Context, options pgx.TxOptions, f func(pgx.Tx) error) error {
	return begin(ctx, s.pool, options, func(tx pgx.Tx) error {
		if err := allowLong(ctx, tx, s.long); err != nil {
			return err
		}
		return f(tx)
	})
}

// allowLong gives the statements of a transaction more time than those of a page.
func allowLong(ctx context.Context, tx pgx.Tx, limit time.Duration) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL statement_timeout = %d`, limit.Milliseconds()))
	return err
}

// prepare sets what holds for the transaction, and looks whose database it is, on
// one way there and back.
func (s *Store) prepare(ctx context.Context, tx pgx.Tx) error {
	var table uint32
	var claim string
	if s.known != nil {
		table, claim = s.known()
	}
	var same, complete bool
	err := tx.QueryRow(ctx, `
		SELECT set_config('lock_timeout', '3s', true) <> '' AND set_config('synchronous_commit', 'on', true) <> ''
			AND ($1::bigint = 0 OR to_regclass('bookings')::oid::bigint IS NOT DISTINCT FROM $1)
			AND ($2::text = '' OR EXISTS (SELECT FROM attempts WHERE correlation = $2)),
			EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass('users') AND conname = $3)`, int64(table), claim, lastRestored).
		Scan(&same, &complete)
	switch {
	case err != nil:
		return fmt.Errorf("begin: %w", domainError(err))
	case !complete:
		return ErrIncomplete
	case !same:
		return errAnother
	}
	return nil
}

// Now returns portal_now().
func (s reads) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.db.QueryRow(ctx, `SELECT portal_now()`).Scan(&now)
	return now, domainError(err)
}

// Agency returns an agency by id.
func (s reads) Agency(ctx context.Context, id int64) (account.Agency, error) {
	a, err := scanAgency(s.db.QueryRow(ctx, selectAgency+`WHERE id = $1`, id))
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
