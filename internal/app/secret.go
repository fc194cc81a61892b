package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/config"
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

// Reseal seals anew, under the first key of GUICHET_SECRET_KEY, all that is under the
// second, and prints how much that was. Nodes that have both may serve meanwhile.
func Reseal(ctx context.Context, c config.Config, out io.Writer) error {
	sealing, err := vault.New(c.SecretKey)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, c.DatabaseURL)
	if err != nil {
		return errDatabaseURL
	}
	defer pool.Close()
	accounts := postgres.NewAccounts(pool)
	accounts.Vault = sealing
	list, err := accounts.Reseal(ctx)
	var lost []string
	for _, r := range list {
		if _, err := fmt.Fprintf(out, "%s.%s: %d sealed anew, %d were already\n", r.Table, r.Column, r.Wrapped, r.Already); err != nil {
			return err
		}
		lost = append(lost, r.Lost...)
	}
	switch {
	case err != nil:
		return wrongKey(err)
	case len(lost) > 0:
		return fmt.Errorf("no key of GUICHET_SECRET_KEY opens %s: they were lost with an earlier key; all else is sealed anew", strings.Join(lost, ", "))
	}
	_, err = fmt.Fprintln(out, "The first key of GUICHET_SECRET_KEY opens everything. Once all nodes seal with it, the other one is needed by nothing but backups of before.")
	return err
}
