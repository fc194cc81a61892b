package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
)

// Task is work for later: a plain value that a queue can keep. It holds ids only.
type Task interface {
	Kind() string
	Queue() string // whose nodes know the kind
}

// SendLink is the task to mail somebody a link to choose a password. The link
// is made when it is sent: no queue holds it.
type SendLink struct {
	UserID int64     `json:"user_id"` // 0 for nobody
	Reason TokenKind `json:"reason"`
}

// Kind names the task in the queue.
func (SendLink) Kind() string { return "send_link" }

// Queue names the queue that every node works.
func (SendLink) Queue() string { return "default" }

// The limits of asking for a link.
var (
	linksPerAccount = Limit{Name: "link/account", Max: 3, Per: 15 * time.Minute}
	linksPerAddress = Limit{Name: "link/address", Max: 20, Per: 15 * time.Minute}
)

// Forgot has a link sent to whoever has this e-mail address. It does the same
// work, and answers the same, when nobody has it, the person is suspended, or was
// invited and has no password yet: the invitation stays.
// Errors: *LimitedError.
func (s *Service) Forgot(ctx context.Context, email, network string) error {
	email = account.NormalEmail(email)
	if err := s.Allow(ctx, linksPerAddress, network); err != nil {
		return err
	}
	if err := s.Allow(ctx, linksPerAccount, email); err != nil {
		return err
	}
	p, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("forgot the password: %w", err)
	}
	if p.Blocked() || p.PasswordHash == "" { // who is invited has a link that lasts longer
		p.ID = 0
	}
	t := SendLink{UserID: p.ID, Reason: Reset}
	if err := s.store.InTx(ctx, func(tx Tx) error { return tx.Enqueue(ctx, t) }); err != nil {
		return fmt.Errorf("forgot the password: %w", err)
	}
	return nil
}

// Link makes the link of a task, for whom it is. account.ErrNotFound or
// account.ErrSuspended: there is nobody to send it to.
func (s *Service) Link(ctx context.Context, t SendLink) (p account.Person, token string, err error) {
	if p, err = s.person(ctx, t.UserID); err != nil {
		return account.Person{}, "", err
	}
	life := resetLife
	if t.Reason == Invitation {
		life = invitationLife
	}
	token, err = s.issue(ctx, p.ID, t.Reason, life)
	return p, token, err
}
