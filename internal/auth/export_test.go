package auth

import (
	"context"

	"guichet/internal/account"
)

// SignInsPerAddress lets a test use up the limit without hashing sixty times.
var SignInsPerAddress = signInsPerAddress

// CreateUser stores a new person with a password. It returns the errors of
// CheckPassword, and account.ErrTaken. agencyName is empty for staff.
func (s *Service) CreateUser(ctx context.Context, u account.User, agencyName, password string) (account.User, error) {
	u.Email = account.NormalEmail(u.Email)
	if err := CheckPassword(password, agencyName, u.Name); err != nil {
		return account.User{}, err
	}
	hash, err := HashPassword(ctx, password)
	if err != nil {
		return account.User{}, err
	}
	u.PasswordHash = hash
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		u, err = tx.CreateUser(ctx, u)
		return err
	})
	return u, err
}
