package app

import (
	"context"
	"errors"
	"fmt"

	"guichet/internal/postgres"
	"guichet/internal/vault"
)

var errWrongKey = errors.New("GUICHET_SECRET_KEY is not the key that this database was sealed with: give the one that it had, " +
	"or NEW,OLD while a new one takes over")

// wrongKey says it for what does not open.
func wrongKey(err error) error {
	if errors.Is(err, vault.ErrSealed) {
		return fmt.Errorf("%w (%w)", errWrongKey, err)
	}
	return err
}

// openKeys refuses a key that does not open what is sealed, and makes the random keys
// that are not there yet.
func (p *Portal) openKeys(ctx context.Context, accounts *postgres.Accounts) error {
	if err := accounts.TryVault(ctx); err != nil {
		return wrongKey(err)
	}
	p.keys = postgres.NewKeys(accounts.Vault)
	return wrongKey(postgres.NewHistory(p.pool, p.keys).MakeKeys(ctx))
}
