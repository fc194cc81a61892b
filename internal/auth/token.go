package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
)

// TokenKind is what a link to choose a password is for.
type TokenKind string

// The two kinds, and how long each is good for.
const (
	Invitation TokenKind = "invitation"
	Reset      TokenKind = "reset"

	invitationLife = 48 * time.Hour
	resetLife      = 30 * time.Minute
)

// ErrToken is a link that was used, is too old, was replaced by a newer one,
// or never existed: nobody is told which.
var ErrToken = errors.New("auth: the link is not good any more")

// tokenBytes is the random part of a link: 128 bits.
const tokenBytes = 16

func newToken() string {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // it ends the process instead of failing
	return base64.RawURLEncoding.EncodeToString(random)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// InvitationLink makes a link by which somebody new chooses a password. It replaces
// earlier ones. The token is known to nobody but the one who gets the link.
func (s *Service) InvitationLink(ctx context.Context, userID int64) (token string, err error) {
	return s.issue(ctx, userID, Invitation, invitationLife)
}

func (s *Service) issue(ctx context.Context, userID int64, kind TokenKind, life time.Duration) (string, error) {
	token := newToken()
	if err := s.store.IssuePasswordToken(ctx, userID, kind, tokenHash(token), life); err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return token, nil
}

// PasswordToken returns whose link this is, and what for; ErrToken when it is not
// good any more, or the person may not sign in.
func (s *Service) PasswordToken(ctx context.Context, token string) (account.Person, TokenKind, error) {
	userID, kind, err := s.store.PasswordToken(ctx, tokenHash(token))
	if errors.Is(err, account.ErrNotFound) {
		return account.Person{}, "", ErrToken
	}
	if err != nil {
		return account.Person{}, "", fmt.Errorf("read a link: %w", err)
	}
	p, err := s.person(ctx, userID)
	if errors.Is(err, account.ErrSuspended) {
		return account.Person{}, "", ErrToken
	}
	return p, kind, err
}

// Redeem sets the password of the person whose link this is, once, and ends
// all sessions of that person. Errors: ErrToken, and those of CheckPassword.
// network is where the request comes from.
func (s *Service) Redeem(ctx context.Context, token, password, network string) (account.Person, error) {
	p, _, err := s.PasswordToken(ctx, token)
	if err != nil {
		return account.Person{}, err
	}
	if err := CheckPassword(password, namesOf(p)...); err != nil {
		return account.Person{}, err
	}
	hash, err := HashPassword(ctx, password)
	if err != nil {
		return account.Person{}, err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		userID, err := tx.UsePasswordToken(ctx, tokenHash(token))
		if err != nil {
			return err
		}
		return setPassword(ctx, tx, userID, hash, "", account.AuditEntry{SubjectID: userID, Action: account.DidChoosePassword, Network: network})
	})
	if errors.Is(err, account.ErrNotFound) { // used in another tab meanwhile
		return account.Person{}, ErrToken
	}
	if err != nil {
		return account.Person{}, fmt.Errorf("set a password: %w", err)
	}
	return p, nil
}
