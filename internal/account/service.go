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

// ErrChoice is a language, a theme or a density that does not exist.
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

// The densities of pages.
const (
	Compact     = "compact"
	Comfortable = "comfortable"
)

// Densities lists the densities that a person can choose.
func Densities() []string { return []string{Compact, Comfortable} }

// UsualDensity is the density for those of a role who have chosen none: who sells sees
// many lines at once.
func UsualDensity(r Role) string {
	if r.Staff() {
		return Comfortable
	}
	return Compact
}

// Preferences are what a person sets for oneself.
type Preferences struct {
	Language, Theme string
	Density         string // one of Densities, or empty for the role's
	DefaultZone     string // a zone's key, or empty
	ShortcutsOff    bool
}

// SetPreferences keeps what a person likes; ErrChoice for a language, a theme or a
// density that does not exist.
func (s *Service) SetPreferences(ctx context.Context, userID int64, p Preferences) error {
	if !locale.Lang(p.Language).Valid() || !slices.Contains(Themes(), p.Theme) || p.Density != "" && !slices.Contains(Densities(), p.Density) {
		return ErrChoice
	}
	if err := s.store.InTx(ctx, func(tx Tx) error { return tx.SetPreferences(ctx, userID, p) }); err != nil {
		return fmt.Errorf("keep preferences: %w", err)
	}
	return nil
}
