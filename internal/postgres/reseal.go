package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/vault"
)

// resealBatch is how many rows are read at a time.
const resealBatch = 200

// sealedValues are what the vault has sealed: table and column, what tells rows apart,
// and the row that a value is bound to. The keys of the history come last: when they
// are under the first key, so is all else, and a start looks at them.
var sealedValues = []struct{ table, column, key, row string }{
	{"second_factors", "secret", "user_id::text", "'second_factors/' || user_id || '/secret'"},
	{"second_factors", "candidate", "user_id::text", "'second_factors/' || user_id || '/secret'"},
	{"second_factors", "codes", "user_id::text", "'second_factors/' || user_id || '/codes'"},
	{"supplier_keys", "sealed", "id", "'supplier_keys/' || environment || '/' || id"},
	{"kept_forms", "form", "user_id::text", "'kept_forms/' || user_id"},
	{"sealed_keys", "sealed", "purpose", "'sealed_keys/' || purpose"},
}

// Resealed is what became of the values of one column.
type Resealed struct {
	Table, Column    string
	Wrapped, Already int
	Lost             []string // rows whose value no key opens
}

// Reseal seals anew, under the vault's first key, all that is under another. It goes
// on where an earlier run ended; nodes that have both keys may serve meanwhile: what
// they change is not overwritten. vault.ErrSealed when no key is the database's.
func (s *Accounts) Reseal(ctx context.Context) (list []Resealed, err error) {
	if err := s.TryVault(ctx); err != nil {
		return nil, err
	}
	for _, of := range sealedValues {
		r := Resealed{Table: of.table, Column: of.column}
		read := fmt.Sprintf(`SELECT %[3]s, %[4]s, %[2]s FROM %[1]s WHERE %[2]s IS NOT NULL AND %[3]s > $1 ORDER BY 1 LIMIT %[5]d`,
			of.table, of.column, of.key, of.row, resealBatch)
		write := fmt.Sprintf(`UPDATE %[1]s SET %[2]s = $3 WHERE %[3]s = $1 AND %[2]s = $2`, of.table, of.column, of.key)
		for after, more := "", true; more; {
			if after, more, err = s.resealAfter(ctx, &r, read, write, after); err != nil {
				return nil, fmt.Errorf("seal %s anew: %w", of.table, domainError(err))
			}
		}
		list = append(list, r)
	}
	return list, nil
}

func (s *Accounts) resealAfter(ctx context.Context, r *Resealed, read, write, after string) (last string, more bool, err error) {
	rows, err := s.pool.Query(ctx, read, after)
	if err != nil {
		return "", false, err
	}
	type value struct {
		key, row string
		sealed   []byte
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v value, err error) {
		return v, row.Scan(&v.key, &v.row, &v.sealed)
	})
	if err != nil {
		return "", false, err
	}
	for _, v := range list {
		last = v.key
		again, changed, err := s.Vault.Reseal(v.row, v.sealed)
		switch {
		case errors.Is(err, vault.ErrSealed):
			r.Lost = append(r.Lost, v.row)
			continue
		case err != nil:
			return "", false, err
		case !changed:
			r.Already++
			continue
		}
		tag, err := s.pool.Exec(ctx, write, v.key, v.sealed, again)
		if err != nil {
			return "", false, err
		}
		if tag.RowsAffected() == 1 {
			r.Wrapped++
		}
	}
	return last, len(list) == resealBatch, nil
}
