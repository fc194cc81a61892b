package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/restore"
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

// LockAdmins implements account.Tx.
func (s *peopleTx) LockAdmins(ctx context.Context) (n int, err error) {
	if _, err := s.db.Exec(ctx, `SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE`); err != nil {
		return 0, accountError("lock the admins", err)
	}
	const query = `SELECT count(*) FROM users WHERE role = 'admin' AND NOT suspended AND password_hash <> ''`
	return n, accountError("count the admins", s.db.QueryRow(ctx, query).Scan(&n))
}

// LockPerson implements account.Tx.
func (s *peopleTx) LockPerson(ctx context.Context, id int64) (account.User, error) {
	u := account.User{ID: id}
	err := s.db.QueryRow(ctx, `SELECT role, suspended FROM users WHERE id = $1 FOR UPDATE`, id).Scan(&u.Role, &u.Suspended)
	return u, accountError("lock person", err)
}

// SavePerson implements account.Tx.
func (s *peopleTx) SavePerson(ctx context.Context, before, after account.User) error {
	_, err := s.db.Exec(ctx, `UPDATE users SET role = $2, suspended = $3 WHERE id = $1`, after.ID, after.Role, after.Suspended)
	if err == nil && before.Suspended != after.Suspended {
		kind := restore.LetIn
		if after.Suspended {
			kind = restore.Suspended
		}
		err = s.takes(ctx, kind, after.ID, "")
	}
	if err == nil && before.Role != after.Role {
		err = s.takes(ctx, restore.RoleChanged, after.ID, string(after.Role))
	}
	return accountError("change person", err)
}

// AgencyLoad implements account.Store.
func (s *Accounts) AgencyLoad(ctx context.Context, agencyID int64) (account.AgencyLoad, error) {
	var l account.AgencyLoad
	err := s.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM users WHERE agency_id = $1 AND NOT suspended AND password_hash <> ''),
		       (SELECT count(*) FROM booking_states WHERE agency_id = $1 AND state = 'held')`, agencyID).Scan(&l.People, &l.ToPay)
	return l, accountError("count for an agency", err)
}

// LockAgency implements account.Tx.
func (s *peopleTx) LockAgency(ctx context.Context, id int64) (account.Agency, error) {
	a, err := scanAgency(s.db.QueryRow(ctx, selectAgency+`WHERE id = $1 FOR UPDATE`, id))
	return a, accountError("lock agency", err)
}

// SaveAgency implements account.Tx.
func (s *peopleTx) SaveAgency(ctx context.Context, before, after account.Agency) error {
	_, err := s.db.Exec(ctx, `
		UPDATE agencies SET name = $2, timezone = $3, payment_methods = $4, agents_may_cancel = $5, suspended = $6
		WHERE id = $1`, after.ID, after.Name, after.Timezone, after.PaymentMethods, after.AgentsMayCancel, after.Suspended)
	if err != nil {
		return accountError("change agency", err)
	}
	if before.Suspended != after.Suspended {
		kind := restore.AgencyLetIn
		if after.Suspended {
			kind = restore.AgencySuspended
		}
		s.taken = append(s.taken, restore.Removal{Kind: kind, Subject: after.Code})
	}
	if after.Less(before) {
		s.taken = append(s.taken, restore.Removal{Kind: restore.AgencyRights, Subject: after.Code})
	}
	return nil
}

// SetLogo implements account.Tx.
func (s *peopleTx) SetLogo(ctx context.Context, agencyID int64, logo []byte) error {
	tag, err := s.db.Exec(ctx, `UPDATE agencies SET logo = $2 WHERE id = $1`, agencyID, logo)
	return accountError("store logo", orNoRows(tag, err))
}

// Logo implements account.Store.
func (s *Accounts) Logo(ctx context.Context, agencyID int64) (logo []byte, err error) {
	err = s.pool.QueryRow(ctx, `SELECT logo FROM agencies WHERE id = $1`, agencyID).Scan(&logo)
	return logo, accountError("read logo", err)
}
