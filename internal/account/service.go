package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"guichet/internal/locale"
)

// ErrTaken is an e-mail address or an agency's code that is in use.
var ErrTaken = errors.New("account: already in use")

// ErrChoice is a language or a theme that does not exist.
var ErrChoice = errors.New("account: no such choice")

// Service looks after agencies and people, and keeps what they set.
type Service struct {
	store Store
}

// NewService returns a Service that works on store.
func NewService(store Store) *Service { return &Service{store: store} }

// SetLanguage keeps the language of a person: one of the portal, else ErrChoice.
func (s *Service) SetLanguage(ctx context.Context, userID int64, language string) error {
	if !locale.Lang(language).Valid() {
		return ErrChoice
	}
	err := s.store.InTx(ctx, func(tx Tx) error { return tx.SetLanguage(ctx, userID, language) })
	if err != nil {
		return fmt.Errorf("keep a language: %w", err)
	}
	return nil
}

// Themes lists the colours that a person can choose.
func Themes() []string { return []string{"auto", "light", "dark"} }

// Preferences are what a person sets for oneself.
type Preferences struct {
	Language, Theme string
	DefaultZone     string // a zone's key, or empty
	ShortcutsOff    bool
}

// SetPreferences keeps what a person likes; ErrChoice for a language or a theme
// that does not exist.
func (s *Service) SetPreferences(ctx context.Context, userID int64, p Preferences) error {
	if !locale.Lang(p.Language).Valid() || !slices.Contains(Themes(), p.Theme) {
		return ErrChoice
	}
	if err := s.store.InTx(ctx, func(tx Tx) error { return tx.SetPreferences(ctx, userID, p) }); err != nil {
		return fmt.Errorf("keep preferences: %w", err)
	}
	return nil
}
