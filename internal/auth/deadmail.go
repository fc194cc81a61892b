package auth

import (
	"context"
	"fmt"
	"time"

	"guichet/internal/account"
)

// DeadMail is a mail that could not be sent, however often it was tried.
type DeadMail struct {
	ID        int64
	Name      string // to whom; empty when the person is gone
	Reason    string // a TokenKind, or "alert" of a change
	GivenUpAt time.Time
}

// shownDeadMail is how many a page shows, the latest first.
const shownDeadMail = 50

// DeadMail lists the mails that were given up. ErrForbidden: only staff look.
func (s *Service) DeadMail(ctx context.Context, a account.Actor) ([]DeadMail, error) {
	if !a.Role.Staff() {
		return nil, account.ErrForbidden
	}
	list, err := s.store.DeadMail(ctx, shownDeadMail)
	if err != nil {
		return nil, fmt.Errorf("list dead mail: %w", err)
	}
	return list, nil
}

// SendMailAgain lets a mail that was given up be tried again; the link in it is
// made when it is sent. ErrForbidden: only customer service; ErrNotFound.
func (s *Service) SendMailAgain(ctx context.Context, a account.Actor, id int64) error {
	if a.Role != account.CustomerService {
		return account.ErrForbidden
	}
	if err := s.store.SendMailAgain(ctx, id); err != nil {
		return fmt.Errorf("send a mail again: %w", err)
	}
	return nil
}
