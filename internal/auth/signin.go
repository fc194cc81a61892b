package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"guichet/internal/account"
)

// ErrSignIn is a wrong password, or an address that nobody has: nobody is told which.
var ErrSignIn = errors.New("auth: e-mail address or password is not right")

// SignIn returns who has this e-mail address and password. network is where
// the request comes from, and browser what RememberBrowser gave it, if
// anything; both are for the limits.
//
// Who has a second factor is not signed in before SignInCode or SignInRecovery.
//
// Errors: *LimitedError after too many tries; ErrSignIn for an unknown address
// and for a wrong password, at the same cost; ErrSuspended, only after a right
// password, and after the second factor of those who have one.
func (s *Service) SignIn(ctx context.Context, email, password, network, browser string) (account.Person, error) {
	email = account.NormalEmail(email)
	known, err := s.allowSignIn(ctx, email, network, browser)
	if err != nil {
		return account.Person{}, err
	}
	p, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return account.Person{}, fmt.Errorf("sign in: %w", err)
	}
	match, err := matches(ctx, password, p.PasswordHash)
	switch {
	case err != nil:
		return account.Person{}, fmt.Errorf("sign in: %w", err)
	case !match:
		return account.Person{}, s.refuseSignIn(ctx, p.ID, network)
	}
	if err := s.returnSignIn(ctx, email, network, known); err != nil {
		return account.Person{}, fmt.Errorf("sign in: %w", err)
	}
	if p.HasFactor() {
		return p, s.audit(ctx, account.AuditEntry{ActorID: p.ID, Action: account.DidShowPassword, Network: network})
	}
	if err := s.completeSignIn(ctx, p, network, browser); err != nil {
		return account.Person{}, err
	}
	return p, nil
}

// SignInCode lets somebody in who has shown the password, by the code of the
// second factor. Errors: those of CheckCode; ErrSuspended after a right code.
func (s *Service) SignInCode(ctx context.Context, p account.Person, code, network, browser string) error {
	by, err := s.knownBrowser(p.Email, browser)
	if err != nil {
		return err
	}
	if err := s.CheckCode(ctx, p, code, cmp.Or(by, fmt.Sprint(p.ID)), network); err != nil {
		return err
	}
	return s.completeSignIn(ctx, p, network, browser)
}

// SignInRecovery is SignInCode with a recovery code.
func (s *Service) SignInRecovery(ctx context.Context, p account.Person, code, network, browser string) error {
	if err := s.CheckRecovery(ctx, p, code, network); err != nil {
		return err
	}
	return s.completeSignIn(ctx, p, network, browser)
}

// completeSignIn has a person told who signs in from a browser that is not known.
func (s *Service) completeSignIn(ctx context.Context, p account.Person, network, browser string) error {
	if p.Blocked() {
		return account.ErrSuspended
	}
	known, err := s.knownBrowser(p.Email, browser)
	if err != nil {
		return err
	}
	tell := known == ""
	if tell {
		limited := new(LimitedError)
		switch err := s.Allow(ctx, browserMails, fmt.Sprint(p.ID)); {
		case errors.As(err, &limited): // told often enough
			tell = false
		case err != nil:
			return err
		}
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if tell {
			if err := tx.Alert(ctx, p.ID, NewBrowser); err != nil {
				return err
			}
		}
		return tx.Audit(ctx, account.AuditEntry{ActorID: p.ID, Action: account.DidSignIn, Network: network})
	})
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// refuseSignIn does the same for an unknown address as for a known one: the time
// it takes must not tell.
func (s *Service) refuseSignIn(ctx context.Context, userID int64, network string) error {
	if err := s.audit(ctx, account.AuditEntry{SubjectID: userID, Action: account.DidFailSignIn, Network: network}); err != nil {
		return err
	}
	return ErrSignIn
}

// allowSignIn asks the narrow limits first: who is refused by one of them does
// not use up what all share. It returns what a known browser's tries are counted by.
func (s *Service) allowSignIn(ctx context.Context, email, network, browser string) (known string, err error) {
	known, err = s.knownBrowser(email, browser)
	if err != nil {
		return "", err
	}
	if known != "" {
		return known, s.Allow(ctx, signInsPerBrowser, known)
	}
	if err := s.Allow(ctx, signInsPerAddress, network); err != nil {
		return "", err
	}
	if err := s.Allow(ctx, signInsPerAccount, email); err != nil {
		return "", err
	}
	return "", s.Allow(ctx, signInsOverall, "")
}

// returnSignIn takes back what a right password was counted by: a whole agency may come
// from one address, and only what is wrong counts.
func (s *Service) returnSignIn(ctx context.Context, email, network, known string) error {
	if known != "" {
		return s.store.Forget(ctx, signInsPerBrowser.key(known))
	}
	return errors.Join(s.store.Forget(ctx, signInsPerAccount.key(email)), s.Return(ctx, signInsPerAddress, network), s.Return(ctx, signInsOverall, ""))
}
