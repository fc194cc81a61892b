package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
)

// formLife is how long a form waits for whoever typed it.
const formLife = 30 * time.Minute

// maxForm is how much of a form is kept, in bytes of JSON: what a form may send.
const maxForm = 64 << 10

// ErrFormTooBig is a form that is not kept.
var ErrFormTooBig = errors.New("auth: the form is too big to be kept")

// SavedForm is what somebody had typed when the portal had to ask first who is
// there.
type SavedForm struct {
	Action string              // where the form is sent
	Fields map[string][]string // without passwords, codes and keys
}

// SaveForm keeps a person's form, sealed, for half an hour; an earlier one is
// replaced. ErrFormTooBig: nothing is kept of more than 64 KiB.
func (s *Service) SaveForm(ctx context.Context, userID int64, f SavedForm) error {
	text, err := json.Marshal(f)
	if len(text) > maxForm {
		return ErrFormTooBig
	}
	if err == nil {
		err = s.store.SaveForm(ctx, userID, text, formLife)
	}
	if err != nil {
		return fmt.Errorf("keep a form: %w", err)
	}
	return nil
}

// SavedForm returns a person's form; ErrNotFound when none waits.
func (s *Service) SavedForm(ctx context.Context, userID int64) (f SavedForm, err error) {
	text, err := s.store.SavedForm(ctx, userID)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return SavedForm{}, fmt.Errorf("find a kept form: %w", err)
	}
	return f, nil
}

// DropForm forgets a person's form.
func (s *Service) DropForm(ctx context.Context, userID int64) error {
	if err := s.store.DropForm(ctx, userID); err != nil && !errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("forget a form: %w", err)
	}
	return nil
}
