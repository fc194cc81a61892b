package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"guichet/internal/vault"
)

// The purposes of the sealed keys.
const (
	historyKey = "history"  // chains events and seals, and signs heads
	searchKey  = "searches" // marks what was searched for, in the audit log
)

// Keys are the random keys of the portal. They stand in the database, sealed; whoever
// needs one first makes it. Which one counts is read each time: after a restore it may
// be another.
type Keys struct {
	vault *vault.Vault

	mu     sync.Mutex
	opened map[string]openedKey // the last of each purpose
}

type openedKey struct{ sealed, plain []byte }

// NewKeys returns the keys that a vault opens.
func NewKeys(v *vault.Vault) *Keys { return &Keys{vault: v, opened: map[string]openedKey{}} }

// sealedKeyRow binds a key to its row.
func sealedKeyRow(purpose string) string { return "sealed_keys/" + purpose }

// key returns the key of a purpose, and makes it at the first need.
func (k *Keys) key(ctx context.Context, q querier, purpose string) ([]byte, error) {
	plain, err := k.find(ctx, q, purpose)
	if err != nil || plain != nil {
		return plain, err
	}
	return k.openOrMake(ctx, q, purpose, nil)
}

// find returns the key of a purpose; nil when there is none, or nothing to open it.
func (k *Keys) find(ctx context.Context, q querier, purpose string) ([]byte, error) {
	if k == nil {
		return nil, nil
	}
	var sealed []byte
	err := q.QueryRow(ctx, `SELECT sealed FROM sealed_keys WHERE purpose = $1`, purpose).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of the %s: %w", purpose, domainError(err))
	}
	return k.openOrMake(ctx, q, purpose, sealed)
}

// openOrMake opens a sealed key, or makes it when there is none. Of several who make
// one at once the first wins, and the others wait for its transaction.
func (k *Keys) openOrMake(ctx context.Context, q querier, purpose string, sealed []byte) ([]byte, error) {
	if sealed != nil {
		return k.open(purpose, sealed)
	}
	fresh, err := k.fresh(ctx, q, purpose)
	if err != nil {
		return nil, err
	}
	if sealed, err = k.vault.Seal(sealedKeyRow(purpose), fresh); err != nil {
		return nil, fmt.Errorf("seal the key of the %s: %w", purpose, err)
	}
	if _, err := q.Exec(ctx, `INSERT INTO sealed_keys (purpose, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING`, purpose, sealed); err != nil {
		return nil, fmt.Errorf("store the key of the %s: %w", purpose, domainError(err))
	}
	if err := q.QueryRow(ctx, `SELECT sealed FROM sealed_keys WHERE purpose = $1`, purpose).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("read the key of the %s: %w", purpose, domainError(err))
	}
	return k.open(purpose, sealed)
}

// fresh is a random key; where searches are marked already, the key that they were
// marked with, so that the same text keeps its mark.
func (k *Keys) fresh(ctx context.Context, q querier, purpose string) ([]byte, error) {
	if purpose == searchKey {
		var searched bool
		if err := q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit WHERE action = 'searched')`).Scan(&searched); err != nil {
			return nil, fmt.Errorf("look for early searches: %w", domainError(err))
		}
		if searched {
			return k.vault.Oldest(vault.EarlySearches)
		}
	}
	fresh := make([]byte, 32)
	_, err := rand.Read(fresh)
	return fresh, err
}

// open opens a key once for as long as it is sealed in the same way.
func (k *Keys) open(purpose string, sealed []byte) ([]byte, error) {
	k.mu.Lock()
	last := k.opened[purpose]
	k.mu.Unlock()
	if bytes.Equal(last.sealed, sealed) {
		return last.plain, nil
	}
	plain, err := k.vault.Open(sealedKeyRow(purpose), sealed)
	if err != nil {
		return nil, fmt.Errorf("open the key of the %s: %w", purpose, err)
	}
	k.mu.Lock()
	k.opened[purpose] = openedKey{bytes.Clone(sealed), plain}
	k.mu.Unlock()
	return plain, nil
}

// TryVault opens what tells whether the vault has the key of the database:
// vault.ErrSealed when it has not. The random keys decide; before there are any, one
// of the other values that opens is enough, since a single one may have been lost with
// an earlier key.
func (s *Accounts) TryVault(ctx context.Context) error {
	var last error
	for i, look := range []string{
		`SELECT 'sealed_keys/' || purpose, sealed FROM sealed_keys ORDER BY made_at DESC LIMIT 1`,
		`SELECT 'supplier_keys/' || environment || '/' || id, sealed FROM supplier_keys WHERE sealed IS NOT NULL ORDER BY added_at DESC LIMIT 1`,
		`SELECT 'second_factors/' || user_id || '/secret', secret FROM second_factors WHERE secret IS NOT NULL ORDER BY confirmed_at DESC LIMIT 1`,
	} {
		var row string
		var sealed []byte
		err := s.pool.QueryRow(ctx, look).Scan(&row, &sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read what is sealed: %w", domainError(err))
		}
		_, err = s.Vault.Open(row, sealed)
		if err == nil {
			return nil
		}
		if last = fmt.Errorf("%s: %w", row, err); i == 0 {
			return last
		}
	}
	return last
}
