package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"guichet/internal/locale"
)

// ErrTaken is an e-mail address or an agency's code that is in use.
var ErrTaken = errors.New("account: already in use")

// ErrChoice is a language or a theme that does not exist.
var ErrChoice = errors.New("account: no such choice")

// Service signs people in and keeps what they set.
type Service struct {
	store Store
}

// NewService returns a Service that works on store.
func NewService(store Store) *Service { return &Service{store: store} }

// SignIn returns who has this e-mail address and password. network is where
// the request comes from, and browser what RememberBrowser gave it, if
// anything; both are for the limits.
//
// Who has a second factor is not signed in before SignInCode or SignInRecovery.
//
// Errors: *LimitedError after too many tries; ErrSignIn for an unknown address
// and for a wrong password, at the same cost; ErrSuspended, only after a right
// password, and after the second factor of those who have one.
func (s *Service) SignIn(ctx context.Context, email, password, network, browser string) (Person, error) {
	email = NormalEmail(email)
	if err := s.allowSignIn(ctx, email, network, browser); err != nil {
		return Person{}, err
	}
	p, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Person{}, fmt.Errorf("sign in: %w", err)
	}
	match, err := matches(ctx, password, p.PasswordHash)
	switch {
	case err != nil:
		return Person{}, fmt.Errorf("sign in: %w", err)
	case !match:
		return Person{}, s.refuseSignIn(ctx, p.ID, network)
	}
	if err := s.store.Forget(ctx, signInsPerAccount.key(email)); err != nil {
		return Person{}, fmt.Errorf("sign in: %w", err)
	}
	if p.HasFactor() {
		return p, nil
	}
	if err := s.completeSignIn(ctx, p, network); err != nil {
		return Person{}, err
	}
	return p, nil
}

// SignInCode lets somebody in who has shown the password, by the code of the
// second factor. Errors: those of CheckCode; ErrSuspended after a right code.
func (s *Service) SignInCode(ctx context.Context, p Person, code, network string) error {
	if err := s.CheckCode(ctx, p, code, network); err != nil {
		return err
	}
	return s.completeSignIn(ctx, p, network)
}

// SignInRecovery is SignInCode with a recovery code.
func (s *Service) SignInRecovery(ctx context.Context, p Person, code, network string) error {
	if err := s.CheckRecovery(ctx, p, code, network); err != nil {
		return err
	}
	return s.completeSignIn(ctx, p, network)
}

func (s *Service) completeSignIn(ctx context.Context, p Person, network string) error {
	if p.Blocked() {
		return ErrSuspended
	}
	return s.audit(ctx, Entry{ActorID: p.ID, Action: DidSignIn, Network: network})
}

// refuseSignIn does the same for an unknown address as for a known one: the time
// it takes must not tell.
func (s *Service) refuseSignIn(ctx context.Context, userID int64, network string) error {
	if err := s.audit(ctx, Entry{SubjectID: userID, Action: DidFailSignIn, Network: network}); err != nil {
		return err
	}
	return ErrSignIn
}

// allowSignIn asks the narrow limits first: who is refused by one of them does
// not use up what all share.
func (s *Service) allowSignIn(ctx context.Context, email, network, browser string) error {
	known, err := s.knownBrowser(email, browser)
	if err != nil {
		return err
	}
	if known != "" {
		return s.Allow(ctx, signInsPerBrowser, known)
	}
	if err := s.Allow(ctx, signInsPerAddress, network); err != nil {
		return err
	}
	if err := s.Allow(ctx, signInsPerAccount, email); err != nil {
		return err
	}
	return s.Allow(ctx, signInsOverall, "")
}

// Person returns a person who may use the portal at this moment: ErrNotFound
// when there is nobody with that id, ErrSuspended when suspended meanwhile.
func (s *Service) Person(ctx context.Context, userID int64) (Person, error) {
	p, err := s.store.Person(ctx, userID)
	if err != nil {
		return Person{}, fmt.Errorf("load person %d: %w", userID, err)
	}
	if p.Blocked() {
		return Person{}, ErrSuspended
	}
	return p, nil
}

// SetLanguage keeps the language of a person: one of the portal, else ErrChoice.
func (s *Service) SetLanguage(ctx context.Context, userID int64, language string) error {
	if !locale.Lang(language).Valid() {
		return ErrChoice
	}
	return s.store.SetLanguage(ctx, userID, language)
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
	if err := s.store.SetPreferences(ctx, userID, p); err != nil {
		return fmt.Errorf("keep preferences: %w", err)
	}
	return nil
}

// NormalEmail is the form in which e-mail addresses are stored and compared.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
