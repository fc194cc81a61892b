package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"guichet/internal/account"
	"guichet/internal/keyring"
	"guichet/internal/restore"
)

// Keyring is the keyring.Store on PostgreSQL.
type Keyring struct{ people *Accounts }

var _ keyring.Store = (*Keyring)(nil)

// NewKeyring returns a store of keys beside that of people: it seals with the same
// vault, and notes what is taken away in the same place.
func NewKeyring(people *Accounts) *Keyring { return &Keyring{people} }

// keyRow binds a supplier's key to its row.
func keyRow(environment, id string) string { return "supplier_keys/" + environment + "/" + id }

// List implements keyring.Store.
func (s *Keyring) List(ctx context.Context, environment string) ([]keyring.Key, error) {
	rows, err := s.people.pool.Query(ctx, `
		SELECT k.id, k.environment, k.active, k.tail, k.digest, u.name, k.added_at,
		       k.tested_at, k.test_passed, k.activated_at, k.refused_at
		FROM supplier_keys k JOIN users u ON u.id = k.added_by
		WHERE k.environment = $1 AND k.sealed IS NOT NULL
		ORDER BY k.active DESC, k.added_at DESC`, environment)
	if err != nil {
		return nil, accountError("list supplier keys", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k keyring.Key, err error) {
		var tested, activated, refused *time.Time
		err = row.Scan(&k.ID, &k.Environment, &k.Active, &k.Tail, &k.Digest, &k.AddedBy, &k.AddedAt,
			&tested, &k.TestPassed, &activated, &refused)
		k.TestedAt, k.ActivatedAt, k.RefusedAt = orZero(tested), orZero(activated), orZero(refused)
		return k, err
	})
	return list, accountError("list supplier keys", err)
}

// Add implements keyring.Store.
func (s *Keyring) Add(ctx context.Context, k keyring.Key, secret string, e account.AuditEntry) error {
	sealed, err := s.people.Vault.Seal(keyRow(k.Environment, k.ID), []byte(secret))
	if err != nil {
		return accountError("seal supplier key", err)
	}
	err = begin(ctx, s.people.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO supplier_keys (id, environment, slot, sealed, tail, digest, added_by)
			SELECT $1, $2, free, $3, $4, $5, $6 FROM generate_series(1, 2) free
			WHERE NOT EXISTS (SELECT FROM supplier_keys WHERE environment = $2 AND slot = free AND sealed IS NOT NULL)
			ORDER BY free LIMIT 1`, k.ID, k.Environment, sealed, k.Tail, k.Digest, e.ActorID)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.ConstraintName == "supplier_keys_slot" || err == nil && tag.RowsAffected() == 0 {
			return keyring.ErrSlotTaken
		}
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		return addEntry(ctx, tx, e)
	})
	return accountError("add supplier key", err)
}

// Open implements keyring.Store.
func (s *Keyring) Open(ctx context.Context, environment, id string) (string, error) {
	var sealed []byte
	const look = `SELECT sealed FROM supplier_keys WHERE environment = $1 AND id = $2 AND sealed IS NOT NULL`
	if err := s.people.pool.QueryRow(ctx, look, environment, id).Scan(&sealed); err != nil {
		return "", accountError("read supplier key", err)
	}
	key, err := s.people.Vault.Open(keyRow(environment, id), sealed)
	return string(key), accountError("open supplier key", err)
}

// Live returns the keys that may be used now: the active one first, then the
// other; one that the supplier has refused comes after one that it has not. None
// while no key is active.
func (s *Keyring) Live(ctx context.Context, environment string) ([]string, error) {
	rows, err := s.people.pool.Query(ctx, `
		SELECT id FROM supplier_keys
		WHERE environment = $1 AND sealed IS NOT NULL AND (active OR test_passed)
		  AND EXISTS (SELECT FROM supplier_keys WHERE environment = $1 AND active)
		ORDER BY refused_at IS NOT NULL, active DESC`, environment)
	if err != nil {
		return nil, accountError("list live keys", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, accountError("list live keys", err)
	}
	var keys []string
	for _, id := range ids {
		key, err := s.Open(ctx, environment, id)
		if errors.Is(err, account.ErrNotFound) {
			continue // retired this moment
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Tested implements keyring.Store.
func (s *Keyring) Tested(ctx context.Context, id string, passed bool) error {
	tag, err := s.people.pool.Exec(ctx, `
		UPDATE supplier_keys SET tested_at = portal_now(), test_passed = $2,
		       refused_at = CASE WHEN $2 THEN NULL ELSE refused_at END
		WHERE id = $1`, id, passed)
	return accountError("note key's test", orNoRows(tag, err))
}

// Refused notes that the supplier answered 401 to a key. It may be one
// that is not kept here.
func (s *Keyring) Refused(ctx context.Context, environment, digest string) error {
	_, err := s.people.pool.Exec(ctx, `
		UPDATE supplier_keys SET refused_at = portal_now()
		WHERE environment = $1 AND digest = $2 AND sealed IS NOT NULL AND refused_at IS NULL`, environment, digest)
	return accountError("note refused key", err)
}

// Activate implements keyring.Store.
func (s *Keyring) Activate(ctx context.Context, k keyring.Key, e account.AuditEntry) error {
	return s.change(ctx, restore.KeyActivated, e,
		`UPDATE supplier_keys SET active = false WHERE environment = $1 AND active AND id <> $2`,
		`UPDATE supplier_keys SET active = true, activated_at = portal_now(), refused_at = NULL
		 WHERE environment = $1 AND id = $2 AND sealed IS NOT NULL`, k)
}

// Retire implements keyring.Store.
func (s *Keyring) Retire(ctx context.Context, k keyring.Key, e account.AuditEntry) error {
	return s.change(ctx, restore.KeyRetired, e, "",
		`UPDATE supplier_keys SET sealed = NULL, retired_at = portal_now()
		 WHERE environment = $1 AND id = $2 AND NOT active AND sealed IS NOT NULL`, k)
}

// change runs one or two statements, the second of which must change a row.
func (s *Keyring) change(ctx context.Context, kind restore.Removed, e account.AuditEntry, first, second string, k keyring.Key) error {
	err := begin(ctx, s.people.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if first != "" {
			if _, err := tx.Exec(ctx, first, k.Environment, k.ID); err != nil {
				return fmt.Errorf("update: %w", err)
			}
		}
		tag, err := tx.Exec(ctx, second, k.Environment, k.ID)
		if err := orNoRows(tag, err); err != nil {
			return err
		}
		if err := addEntry(ctx, tx, e); err != nil {
			return err
		}
		return noteRemoval(ctx, tx, s.people.Removed, restore.Removal{Kind: kind, Subject: k.ID, Value: k.Environment})
	})
	return accountError("change supplier key", err)
}
