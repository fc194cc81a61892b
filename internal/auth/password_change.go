package auth

import (
	"context"
	"errors"
	"fmt"

	"guichet/internal/account"
)

// ErrPasswordWrong is a current password that does not match.
var ErrPasswordWrong = errors.New("auth: the current password is not right")

// ChangePassword replaces a person's own password and ends all sessions but
// the one named here. Errors: ErrPasswordWrong, *LimitedError after too many
// tries, and those of CheckPassword.
func (s *Service) ChangePassword(ctx context.Context, a account.Actor, current, wanted, here string) error {
	p, err := s.person(ctx, a.UserID)
	if err != nil {
		return err
	}
	if err := s.checkPassword(ctx, p, current, here, a.Network); err != nil {
		return err
	}
	if err := CheckPassword(wanted, namesOf(p)...); err != nil {
		return err
	}
	hash, err := HashPassword(ctx, wanted)
	if err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		return setPassword(ctx, tx, p.ID, hash, here, a.AuditEntry(account.DidChangePassword))
	})
	if err != nil {
		return fmt.Errorf("change a password: %w", err)
	}
	return nil
}

// setPassword replaces a password, ends all sessions of the person but one, and has
// the person told.
func setPassword(ctx context.Context, tx Tx, userID int64, hash, but string, e account.AuditEntry) error {
	if err := tx.SetPassword(ctx, userID, hash); err != nil {
		return err
	}
	if _, err := tx.EndOtherSessions(ctx, userID, but); err != nil {
		return err
	}
	return errors.Join(tx.Alert(ctx, userID, PasswordSet), tx.Audit(ctx, e))
}

// checkPassword asks for the password of somebody who is signed in by a session.
// Errors: ErrPasswordWrong, *LimitedError.
func (s *Service) checkPassword(ctx context.Context, p account.Person, password, session, network string) error {
	if err := s.Allow(ctx, passwordsPerSession, session); err != nil {
		return err
	}
	match, err := matches(ctx, password, p.PasswordHash)
	if err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	if match {
		return nil
	}
	if err := s.audit(ctx, account.AuditEntry{ActorID: p.ID, Action: account.DidFailIdentity, Network: network}); err != nil {
		return err
	}
	return ErrPasswordWrong
}
