package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"guichet/internal/account"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// Errors of passkeys.
var (
	ErrPasskey       = errors.New("auth: the passkey is not right")
	ErrPasskeyCloned = errors.New("auth: the passkey was used elsewhere: there may be two of it")
	ErrNoPasskeys    = errors.New("auth: passkeys are not offered at this address")
	ErrPasskeyTaken  = errors.New("auth: the passkey is registered already")
)

const (
	// passkeyLife is how long somebody may take to answer a challenge.
	passkeyLife = 5 * time.Minute

	maxPasskeys    = 10 // of one person
	maxPasskeyName = 60
)

// Ceremony is what a challenge is for.
type Ceremony string

// The two ceremonies: to add a passkey, and to show one.
const (
	Adding   Ceremony = "add"
	Checking Ceremony = "check"
)

// Passkey is a passkey of a person: what stays on a phone, a computer or a security
// key, and signs what the portal asks for.
type Passkey struct {
	Handle     string // names it in addresses
	Name       string
	Credential webauthn.Credential
	CreatedAt  time.Time
	UsedAt     time.Time // zero: never
}

// OfferPasskeys lets people use passkeys at the portal's public address, to which each
// passkey is bound. Browsers take a name over TLS, or localhost; ErrNoPasskeys for
// any other address: then the portal does without.
func (s *Service) OfferPasskeys(origin string) error {
	u, err := url.Parse(origin)
	if err != nil {
		return ErrNoPasskeys
	}
	host := u.Hostname()
	_, notAddress := netip.ParseAddr(host)
	if host == "" || notAddress == nil || u.Scheme != "https" && host != "localhost" {
		return ErrNoPasskeys
	}
	s.passkeys, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Guichet", RPOrigins: []string{origin},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred},
		// Password managers report what nobody has asked for; nothing reads it.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return fmt.Errorf("offer passkeys: %w", err)
	}
	return nil
}

// PasskeyHost is where passkeys work, with its port; empty when they are not offered.
func (s *Service) PasskeyHost() string {
	if s.passkeys == nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(s.passkeys.Config.RPOrigins[0], "https://"), "http://")
}

// keyOwner is a person as the library asks for one. The handle is random, and tells an
// authenticator nothing.
type keyOwner struct {
	person account.Person
	keys   []Passkey
}

func (o keyOwner) WebAuthnID() []byte          { return []byte(o.person.Handle) }
func (o keyOwner) WebAuthnName() string        { return o.person.Email }
func (o keyOwner) WebAuthnDisplayName() string { return o.person.Name }
func (o keyOwner) WebAuthnCredentials() (list []webauthn.Credential) {
	for _, k := range o.keys {
		list = append(list, k.Credential)
	}
	return list
}

// Passkeys lists a person's passkeys, the oldest first.
func (s *Service) Passkeys(ctx context.Context, userID int64) ([]Passkey, error) {
	list, err := s.store.Passkeys(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return list, nil
}

func (s *Service) owner(ctx context.Context, p account.Person) (keyOwner, error) {
	if s.passkeys == nil {
		return keyOwner{}, ErrNoPasskeys
	}
	list, err := s.Passkeys(ctx, p.ID)
	return keyOwner{p, list}, err
}

// BeginPasskey returns what a browser needs to make a passkey, as JSON, and notes in
// the session of that key what is to be signed. ErrNoFactor: somebody without a second
// factor has nothing to fall back on; ErrNoPasskeys.
func (s *Service) BeginPasskey(ctx context.Context, p account.Person, session string) ([]byte, error) {
	if !p.HasFactor() {
		return nil, ErrNoFactor
	}
	o, err := s.owner(ctx, p)
	if err != nil {
		return nil, err
	}
	options, data, err := s.passkeys.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return s.challenge(ctx, session, Adding, data, options)
}

// BeginCheck returns what a browser needs to show one of a person's passkeys.
// account.ErrNotFound: the person has none; ErrNoPasskeys.
func (s *Service) BeginCheck(ctx context.Context, p account.Person, session string) ([]byte, error) {
	o, err := s.owner(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(o.keys) == 0 {
		return nil, account.ErrNotFound
	}
	options, data, err := s.passkeys.BeginLogin(o)
	if err != nil {
		return nil, fmt.Errorf("begin to check a passkey: %w", err)
	}
	return s.challenge(ctx, session, Checking, data, options)
}

func (s *Service) challenge(ctx context.Context, session string, c Ceremony, data *webauthn.SessionData, options any) ([]byte, error) {
	text, err := json.Marshal(options)
	if err == nil {
		err = s.store.KeepChallenge(ctx, session, c, *data, passkeyLife)
	}
	if err != nil {
		return nil, fmt.Errorf("keep a challenge: %w", err)
	}
	return text, nil
}

// AddPasskey stores a passkey that a browser has made in answer to BeginPasskey, once.
// Errors: *invalid.Error (field name), ErrPasskey, ErrPasskeyTaken, ErrNoPasskeys.
func (s *Service) AddPasskey(ctx context.Context, a account.Actor, name, answer, session string) error {
	bad := &invalid.Error{}
	name = typed.Line(bad, "name", name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxPasskeyName || strings.ContainsAny(name, "\r\n") {
		bad.Add("name", "passkeys.name.bad")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	p, err := s.person(ctx, a.UserID)
	if err != nil {
		return err
	}
	o, err := s.owner(ctx, p)
	if err != nil {
		return err
	}
	if len(o.keys) >= maxPasskeys {
		bad.Add("name", "passkeys.full")
		return bad
	}
	data, err := s.takeChallenge(ctx, session, Adding)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return ErrPasskey
	}
	credential, err := s.passkeys.CreateCredential(o, data, parsed)
	if err != nil {
		return ErrPasskey
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.AddPasskey(ctx, p.ID, Passkey{Name: name, Credential: *credential}); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, p.ID, PasskeyAdded), tx.Audit(ctx, a.AuditEntry(account.DidAddPasskey)))
	})
	if err != nil {
		return fmt.Errorf("add a passkey: %w", err)
	}
	return nil
}

// RemovePasskey takes a passkey away from its owner, and ends the other sessions.
// account.ErrNotFound: there is none of that handle.
func (s *Service) RemovePasskey(ctx context.Context, a account.Actor, handle, here string) error {
	err := s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.RemovePasskey(ctx, a.UserID, handle); err != nil {
			return err
		}
		if _, err := tx.EndOtherSessions(ctx, a.UserID, here); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, a.UserID, PasskeyRemoved), tx.Audit(ctx, a.AuditEntry(account.DidRemovePasskey)))
	})
	if err != nil {
		return fmt.Errorf("remove a passkey: %w", err)
	}
	return nil
}

// CheckPasskey accepts one of a person's passkeys, in answer to BeginCheck in the same
// session, once. Errors: ErrPasskey, ErrPasskeyCloned, ErrNoPasskeys, *LimitedError.
func (s *Service) CheckPasskey(ctx context.Context, p account.Person, answer, session, network string) error {
	if err := s.Allow(ctx, passkeysPerSession, session); err != nil {
		return err
	}
	o, err := s.owner(ctx, p)
	if err != nil {
		return err
	}
	data, err := s.takeChallenge(ctx, session, Checking)
	if errors.Is(err, ErrPasskey) {
		return s.refuseCode(ctx, p.ID, network, err)
	}
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return s.refuseCode(ctx, p.ID, network, ErrPasskey)
	}
	used, err := s.passkeys.ValidateLogin(o, data, parsed)
	switch {
	case err != nil:
		return s.refuseCode(ctx, p.ID, network, ErrPasskey)
	case used.Authenticator.CloneWarning:
		return s.refuseCode(ctx, p.ID, network, ErrPasskeyCloned)
	}
	err = s.store.UsePasskey(ctx, p.ID, *used)
	if errors.Is(err, account.ErrNotFound) { // removed, or used by its copy, meanwhile
		return s.refuseCode(ctx, p.ID, network, ErrPasskey)
	}
	if err != nil {
		return fmt.Errorf("use a passkey: %w", err)
	}
	if err := s.store.Forget(ctx, passkeysPerSession.key(session)); err != nil {
		return fmt.Errorf("forget wrong passkeys: %w", err)
	}
	return nil
}

// takeChallenge takes out what a session was asked to sign: it is asked once. ErrPasskey
// when nothing waits.
func (s *Service) takeChallenge(ctx context.Context, session string, c Ceremony) (webauthn.SessionData, error) {
	data, err := s.store.TakeChallenge(ctx, session, c)
	if errors.Is(err, account.ErrNotFound) {
		return data, ErrPasskey
	}
	if err != nil {
		return data, fmt.Errorf("take a challenge: %w", err)
	}
	return data, nil
}

// SignInPasskey is SignInCode with a passkey. Errors: those of CheckPasskey;
// account.ErrSuspended after a right one.
func (s *Service) SignInPasskey(ctx context.Context, p account.Person, answer, session, network, browser string) error {
	if err := s.CheckPasskey(ctx, p, answer, session, network); err != nil {
		return err
	}
	return s.completeSignIn(ctx, p, network, browser)
}
