package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
)

// People implements account.Store.
func (s *Accounts) People(ctx context.Context, scope account.Scope) ([]account.Person, error) {
	rows, err := s.pool.Query(ctx, selectPerson+`
		WHERE $1 OR u.agency_id = $2
		ORDER BY a.name NULLS FIRST, u.name, u.id`, scope.All(), scope.Agency())
	if err != nil {
		return nil, accountError("list people", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (account.Person, error) { return scanPerson(row) })
	return list, accountError("list people", err)
}

// PersonByHandle implements account.Store.
func (s *Accounts) PersonByHandle(ctx context.Context, scope account.Scope, handle string) (account.Person, error) {
	p, err := scanPerson(s.pool.QueryRow(ctx, selectPerson+`
		WHERE u.handle = $1 AND ($2 OR u.agency_id = $3)`, handle, scope.All(), scope.Agency()))
	return p, accountError("read person", err)
}

// Agencies implements account.Store.
func (s *Accounts) Agencies(ctx context.Context) ([]account.Agency, error) {
	rows, err := s.pool.Query(ctx, selectAgency+`ORDER BY name, id`)
	if err != nil {
		return nil, accountError("list agencies", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (account.Agency, error) { return scanAgency(row) })
	return list, accountError("list agencies", err)
}

// ChangePerson implements account.Store. All admins are locked first: two who
// suspend each other at the same moment must not both succeed.
func (s *Accounts) ChangePerson(ctx context.Context, id int64, change func(*account.User) account.Entry) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE`); err != nil {
			return fmt.Errorf("lock the admins: %w", err)
		}
		before, err := countAdmins(ctx, tx)
		if err != nil {
			return err
		}
		u := account.User{ID: id}
		err = tx.QueryRow(ctx, `SELECT role, suspended FROM users WHERE id = $1 FOR UPDATE`, id).Scan(&u.Role, &u.Suspended)
		if err != nil {
			return err
		}
		was := u
		e := change(&u)
		if _, err := tx.Exec(ctx, `UPDATE users SET role = $2, suspended = $3 WHERE id = $1`, id, u.Role, u.Suspended); err != nil {
			return fmt.Errorf("update: %w", err)
		}
		after, err := countAdmins(ctx, tx)
		if err == nil && after == 0 && before > 0 {
			return account.ErrLastAdmin
		}
		if err == nil {
			err = addEntry(ctx, tx, e)
		}
		if err != nil {
			return err
		}
		return s.changedPerson(ctx, tx, was, u)
	})
	return accountError("change person", err)
}

// countAdmins counts the admins who can sign in.
func countAdmins(ctx context.Context, tx pgx.Tx) (n int, err error) {
	const query = `SELECT count(*) FROM users WHERE role = 'admin' AND NOT suspended AND password_hash <> ''`
	if err := tx.QueryRow(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the admins: %w", err)
	}
	return n, nil
}

// AgencyLoad implements account.Store.
func (s *Accounts) AgencyLoad(ctx context.Context, agencyID int64) (account.AgencyLoad, error) {
	var l account.AgencyLoad
	err := s.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM users WHERE agency_id = $1 AND NOT suspended AND password_hash <> ''),
		       (SELECT count(*) FROM booking_states WHERE agency_id = $1 AND state = 'held')`, agencyID).Scan(&l.People, &l.ToPay)
	return l, accountError("count for an agency", err)
}

// ChangeAgency implements account.Store.
func (s *Accounts) ChangeAgency(ctx context.Context, id int64, change func(*account.Agency) account.Entry) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		a, err := scanAgency(tx.QueryRow(ctx, selectAgency+`WHERE id = $1 FOR UPDATE`, id))
		if err != nil {
			return err
		}
		was := a
		was.PaymentMethods = slices.Clone(a.PaymentMethods)
		e := change(&a)
		_, err = tx.Exec(ctx, `
			UPDATE agencies SET name = $2, timezone = $3, payment_methods = $4, agents_may_cancel = $5, suspended = $6
			WHERE id = $1`, id, a.Name, a.Timezone, a.PaymentMethods, a.AgentsMayCancel, a.Suspended)
		if err != nil {
			return fmt.Errorf("update: %w", err)
		}
		if err := addEntry(ctx, tx, e); err != nil {
			return err
		}
		return s.changedAgency(ctx, tx, was, a)
	})
	return accountError("change agency", err)
}

// SetLogo implements account.Store.
func (s *Accounts) SetLogo(ctx context.Context, agencyID int64, logo []byte, e account.Entry) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE agencies SET logo = $2 WHERE id = $1`, agencyID, logo)
		if err := orNoRows(tag, err); err != nil {
			return err
		}
		return addEntry(ctx, tx, e)
	})
	return accountError("store logo", err)
}

// Logo implements account.Store.
func (s *Accounts) Logo(ctx context.Context, agencyID int64) (logo []byte, err error) {
	err = s.pool.QueryRow(ctx, `SELECT logo FROM agencies WHERE id = $1`, agencyID).Scan(&logo)
	return logo, accountError("read logo", err)
}
