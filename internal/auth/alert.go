package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
)

// Change is something about a person's account that the person is told by mail:
// somebody else may have done it.
type Change string

// What is told.
const (
	PasswordSet    Change = "password"
	FactorSet      Change = "factor"
	FactorReset    Change = "factor_reset" // by somebody who looks after the person
	RecoveryNew    Change = "recovery"
	RecoveryUsed   Change = "recovery_used"
	NewBrowser     Change = "browser" // signed in from it
	PasskeyAdded   Change = "passkey_added"
	PasskeyRemoved Change = "passkey_removed"
)

// Changes lists all of them.
func Changes() []Change {
	return []Change{PasswordSet, FactorSet, FactorReset, RecoveryNew, RecoveryUsed, NewBrowser, PasskeyAdded, PasskeyRemoved}
}

// endingsPerLink bounds how much a link that somebody else got hold of writes into the
// audit log, and how often its owner is signed out by it.
var endingsPerLink = Limit{Name: "alert/link", Max: 10, Per: time.Hour}

// alertLife is how long the link in such a mail is good.
const alertLife = 7 * 24 * time.Hour

// SendAlert is the task to tell somebody of a change. The link in the mail is made
// when it is sent: no queue holds it.
type SendAlert struct {
	UserID int64     `json:"user_id"`
	Change Change    `json:"change"`
	At     time.Time `json:"at"` // by the database's clock
}

// Kind names the task in the queue.
func (SendAlert) Kind() string { return "send_alert" }

// AlertQueue is worked by nodes that know SendAlert. One of an earlier release takes
// what it does not know from the common queue, fails, and uses up the attempts.
const AlertQueue = "alerts"

// Queue names the queue of these tasks.
func (SendAlert) Queue() string { return AlertQueue }

// MailKinds lists the kinds of tasks that send a mail.
func MailKinds() []string { return []string{SendLink{}.Kind(), SendAlert{}.Kind()} }

// Alert is what the link in a mail is about.
type Alert struct {
	Person account.Person
	Change Change
	At     time.Time
}

// AlertLink makes the link of a mail about a change, for whom it is: by it all
// sessions of that person can be ended, and nothing else. account.ErrNotFound or
// account.ErrSuspended: there is nobody to send it to.
func (s *Service) AlertLink(ctx context.Context, t SendAlert) (p account.Person, token string, err error) {
	if p, err = s.person(ctx, t.UserID); err != nil {
		return account.Person{}, "", err
	}
	token = newToken()
	if err := s.store.IssueAlertLink(ctx, t, tokenHash(token), alertLife); err != nil {
		return account.Person{}, "", fmt.Errorf("make a link: %w", err)
	}
	return p, token, nil
}

// Alert returns what a link is about; ErrToken when it is not good any more, or the
// person may not sign in.
func (s *Service) Alert(ctx context.Context, token string) (Alert, error) {
	t, err := s.store.AlertLink(ctx, tokenHash(token))
	if errors.Is(err, account.ErrNotFound) {
		return Alert{}, ErrToken
	}
	if err != nil {
		return Alert{}, fmt.Errorf("read a link: %w", err)
	}
	p, err := s.person(ctx, t.UserID)
	if errors.Is(err, account.ErrSuspended) {
		return Alert{}, ErrToken
	}
	return Alert{Person: p, Change: t.Change, At: t.At}, err
}

// EndAllSessions signs the person of a link out everywhere, as often as it is asked.
// Errors: those of Alert, *LimitedError.
func (s *Service) EndAllSessions(ctx context.Context, token, network string) error {
	a, err := s.Alert(ctx, token)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, endingsPerLink, token); err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if _, err := tx.EndOtherSessions(ctx, a.Person.ID, ""); err != nil {
			return err
		}
		return tx.Audit(ctx, account.AuditEntry{SubjectID: a.Person.ID, Action: account.DidEndSession, Network: network})
	})
	if err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return nil
}
