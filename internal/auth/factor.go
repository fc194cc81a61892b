package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"guichet/internal/account"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Errors of second factors.
var (
	ErrCode     = errors.New("auth: the code is not right")
	ErrCodeUsed = errors.New("auth: the code was used")
	ErrNoFactor = errors.New("auth: no second factor is being set up")
)

const (
	// A code counts for 30 seconds (RFC 6238), and for one such step before and
	// after: clocks differ, and typing takes time.
	codePeriod = 30
	codeSkew   = 1

	// CandidateLife is how long an application that is being set up waits for its
	// first code: what somebody begins and leaves is no door for whoever comes next.
	CandidateLife = 10 * time.Minute

	recoveryCodes = 10
	recoveryBytes = 15 // 120 bits, 24 letters
)

// The limits of guessing codes: three of a million are right at any moment. They come
// after the right password, and are counted by account only where nothing better tells
// who tries: a session that has shown the factor and a browser that is known are counted
// apart, so that whoever has the password keeps the owner out of neither.
var (
	codesInARow = Limit{Name: "code", Max: 10, Per: 5 * time.Minute}
	codesPerDay = Limit{Name: "code/day", Max: 100, Per: 24 * time.Hour}

	// Recovery codes and passkeys cannot be guessed; this bounds what trying writes.
	recoveryPerNetwork = Limit{Name: "recovery/network", Max: 10, Per: 5 * time.Minute}
	passkeysPerSession = Limit{Name: "passkey/session", Max: 10, Per: 5 * time.Minute}
)

// Factor is a person's second factor as it is stored.
type Factor struct {
	UserID      int64
	Secret      string // base32; empty until it was confirmed
	Candidate   string // base32: of an application that is being set up; empty when it was left for CandidateLife
	CandidateOf string // the session that sets it up: no other one is shown it
	Codes       string // recovery codes that the person has not kept yet
	LastStep    int64
	ConfirmedAt time.Time
	CodesLeft   int
	Now         time.Time // the store's clock
}

// BeginFactor begins to set up an application that shows codes, in the session with this
// key. The one before counts until the new one is confirmed.
func (s *Service) BeginFactor(ctx context.Context, p account.Person, session string) error {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Guichet", AccountName: p.Email})
	if err != nil {
		return fmt.Errorf("begin a second factor: %w", err)
	}
	if err := s.store.BeginFactor(ctx, p.ID, key.Secret(), session); err != nil {
		return fmt.Errorf("begin a second factor: %w", err)
	}
	return nil
}

// Candidate returns the secret of the application that a session sets up; ErrNoFactor
// when it sets none up.
func (s *Service) Candidate(ctx context.Context, userID int64, session string) (string, error) {
	f, err := s.Factor(ctx, userID)
	if err != nil {
		return "", err
	}
	if f.Candidate == "" || f.CandidateOf != session {
		return "", ErrNoFactor
	}
	return f.Candidate, nil
}

// Factor returns a person's second factor; a zero one when there is none.
func (s *Service) Factor(ctx context.Context, userID int64) (Factor, error) {
	f, err := s.store.Factor(ctx, userID)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return Factor{}, fmt.Errorf("load a second factor: %w", err)
	}
	return f, nil
}

// ConfirmFactor sets the new application of a session up when it shows the right code,
// makes new recovery codes and ends all sessions of the person. Errors: ErrNoFactor,
// ErrCode, *LimitedError.
func (s *Service) ConfirmFactor(ctx context.Context, p account.Person, code, session, network string) error {
	f, err := s.Factor(ctx, p.ID)
	if err != nil {
		return err
	}
	if f.Candidate == "" || f.CandidateOf != session {
		return ErrNoFactor
	}
	if err := s.allowCode(ctx, session); err != nil {
		return err
	}
	step, ok := matchCode(f.Candidate, code, f.Now)
	if !ok {
		return ErrCode
	}
	codes, hashes := newRecoveryCodes()
	e := account.AuditEntry{ActorID: p.ID, Action: account.DidSetFactor, Network: network}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.ConfirmFactor(ctx, p.ID, f.Candidate, step, codes, hashes); err != nil {
			return err
		}
		if _, err := tx.EndOtherSessions(ctx, p.ID, ""); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, p.ID, FactorSet), tx.Audit(ctx, e))
	})
	if errors.Is(err, account.ErrNotFound) { // set up in another tab meanwhile
		return ErrNoFactor
	}
	if err != nil {
		return fmt.Errorf("confirm a second factor: %w", err)
	}
	return s.forgetCodes(ctx, session)
}

// CheckCode accepts the code that a person's application shows, once. Tries are counted
// by a subject: a session, a known browser or the account. Errors: ErrCode, ErrCodeUsed,
// *LimitedError.
func (s *Service) CheckCode(ctx context.Context, p account.Person, code, by, network string) error {
	if err := s.allowCode(ctx, by); err != nil {
		return err
	}
	f, err := s.Factor(ctx, p.ID)
	if err != nil {
		return err
	}
	step, ok := matchCode(f.Secret, code, f.Now)
	if !ok {
		return s.refuseCode(ctx, p.ID, network, ErrCode)
	}
	err = s.store.UseStep(ctx, p.ID, step)
	if errors.Is(err, account.ErrNotFound) {
		return s.refuseCode(ctx, p.ID, network, ErrCodeUsed)
	}
	if err != nil {
		return fmt.Errorf("use a code: %w", err)
	}
	return s.forgetCodes(ctx, by)
}

// CheckRecovery accepts one of a person's recovery codes, once. Errors: ErrCode,
// *LimitedError.
func (s *Service) CheckRecovery(ctx context.Context, p account.Person, code, network string) error {
	if err := s.Allow(ctx, recoveryPerNetwork, fmt.Sprint(p.ID)+"/"+network); err != nil {
		return err
	}
	e := account.AuditEntry{ActorID: p.ID, Action: account.DidUseRecovery, Network: network}
	err := s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.UseRecovery(ctx, p.ID, recoveryHash(code)); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, p.ID, RecoveryUsed), tx.Audit(ctx, e))
	})
	if errors.Is(err, account.ErrNotFound) {
		return s.refuseCode(ctx, p.ID, network, ErrCode)
	}
	if err != nil {
		return fmt.Errorf("use a recovery code: %w", err)
	}
	return nil
}

// RenewRecovery replaces a person's recovery codes. ErrNoFactor: there is no
// second factor that they could stand in for.
func (s *Service) RenewRecovery(ctx context.Context, a account.Actor) error {
	codes, hashes := newRecoveryCodes()
	err := s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.RenewRecovery(ctx, a.UserID, codes, hashes); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, a.UserID, RecoveryNew), tx.Audit(ctx, a.AuditEntry(account.DidRenewRecovery)))
	})
	if errors.Is(err, account.ErrNotFound) {
		return ErrNoFactor
	}
	if err != nil {
		return fmt.Errorf("renew recovery codes: %w", err)
	}
	return nil
}

// KeepRecovery forgets how new recovery codes read: the person has kept them.
func (s *Service) KeepRecovery(ctx context.Context, userID int64) error {
	if err := s.store.KeepRecovery(ctx, userID); err != nil {
		return fmt.Errorf("keep recovery codes: %w", err)
	}
	return nil
}

// ResetFactor takes the second factor away from somebody who has lost it, and
// ends all sessions; the next sign-in sets up another. Errors: ErrNotFound,
// ErrSelf.
func (s *Service) ResetFactor(ctx context.Context, a account.Actor, handle string) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.ResetFactor(ctx, p.ID); err != nil {
			return err
		}
		if _, err := tx.EndOtherSessions(ctx, p.ID, ""); err != nil {
			return err
		}
		return errors.Join(tx.Alert(ctx, p.ID, FactorReset), tx.Audit(ctx, entryOf(a, account.DidResetFactor, p.ID)))
	})
	if err != nil {
		return fmt.Errorf("reset a second factor: %w", err)
	}
	return nil
}

// CheckIdentity checks that the person at the screen is the one who signed in, by a
// code, or by the password of somebody without a second factor; MakeSure follows.
// Errors: ErrPasswordWrong, ErrCode, ErrCodeUsed, *LimitedError.
func (s *Service) CheckIdentity(ctx context.Context, p account.Person, answer, key, network string) error {
	if p.HasFactor() {
		return s.CheckCode(ctx, p, answer, key, network)
	}
	return s.checkPassword(ctx, p, answer, key, network)
}

// MakeSure notes that the person of a session has just shown who is there, and
// lets the session go on under another key: the one before opens nothing more.
func (s *Service) MakeSure(ctx context.Context, key, renewed string) error {
	if err := s.store.MakeSure(ctx, key, renewed); err != nil {
		return fmt.Errorf("be sure of a person: %w", err)
	}
	return nil
}

func (s *Service) allowCode(ctx context.Context, by string) error {
	if err := s.Allow(ctx, codesInARow, by); err != nil {
		return err
	}
	return s.Allow(ctx, codesPerDay, by)
}

func (s *Service) forgetCodes(ctx context.Context, by string) error {
	for _, l := range []Limit{codesInARow, codesPerDay} {
		if err := s.store.Forget(ctx, l.key(by)); err != nil {
			return fmt.Errorf("forget wrong codes: %w", err)
		}
	}
	return nil
}

func (s *Service) refuseCode(ctx context.Context, userID int64, network string, why error) error {
	if err := s.audit(ctx, account.AuditEntry{SubjectID: userID, Action: account.DidFailCode, Network: network}); err != nil {
		return err
	}
	return why
}

// matchCode finds the step whose code was typed. Everything but digits is left
// out: people paste "Your code is 123 456".
func matchCode(secret, typed string, now time.Time) (step int64, ok bool) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	if secret == "" || len(digits) != otp.DigitsSix.Length() {
		return 0, false
	}
	for step := now.Unix()/codePeriod - codeSkew; step <= now.Unix()/codePeriod+codeSkew; step++ {
		want, err := hotp.GenerateCode(secret, uint64(step)) //nolint:gosec // the clock is not before 1970
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(digits)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// letters32 are Crockford's, without those that look like another.
const letters32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newRecoveryCodes returns ten codes, one a line, and their hashes.
func newRecoveryCodes() (codes string, hashes [][]byte) {
	var lines []string
	for range recoveryCodes {
		random := make([]byte, recoveryBytes*8/5)
		_, _ = rand.Read(random) // it ends the process instead of failing
		var code strings.Builder
		for i, b := range random {
			if i > 0 && i%4 == 0 {
				code.WriteByte('-')
			}
			code.WriteByte(letters32[b%32])
		}
		lines = append(lines, code.String())
		hashes = append(hashes, recoveryHash(code.String()))
	}
	return strings.Join(lines, "\n"), hashes
}

// recoveryHash reads a code as it is typed from paper.
func recoveryHash(typed string) []byte {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		if strings.ContainsRune(letters32, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	sum := sha256.Sum256([]byte(plain))
	return sum[:]
}
