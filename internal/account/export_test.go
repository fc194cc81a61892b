package account

import "context"

// SignInsPerAddress lets a test use up the limit without hashing sixty times.
var SignInsPerAddress = signInsPerAddress

// CreateUser stores a new person with a password. It returns the errors of
// CheckPassword, and ErrTaken. agencyName is empty for staff.
func (s *Service) CreateUser(ctx context.Context, u User, agencyName, password string) (User, error) {
	u.Email = NormalEmail(u.Email)
	if err := CheckPassword(password, agencyName, u.Name); err != nil {
		return User{}, err
	}
	hash, err := HashPassword(ctx, password)
	if err != nil {
		return User{}, err
	}
	u.PasswordHash = hash
	return s.store.CreateUser(ctx, u)
}
