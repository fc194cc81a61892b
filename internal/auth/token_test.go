package auth_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
)

func TestALinkIsGoodForItsTime(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		reason auth.TokenKind
		life   time.Duration
	}{"invitation": {auth.Invitation, 48 * time.Hour}, "reset": {auth.Reset, 30 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			p, token, err := o.Link(t.Context(), auth.SendLink{UserID: o.persons["agent ONE"].ID, Reason: k.reason})
			if err != nil || p.ID != o.persons["agent ONE"].ID {
				t.Fatal(p.ID, err)
			}
			o.pass(k.life - time.Minute)
			if p, kind, err := o.PasswordToken(t.Context(), token); err != nil || kind != k.reason || p.ID != o.persons["agent ONE"].ID {
				t.Errorf("a minute before its end: %s, %v", kind, err)
			}
			o.pass(k.life + time.Minute)
			if _, _, err := o.PasswordToken(t.Context(), token); !errors.Is(err, auth.ErrToken) {
				t.Errorf("a minute after its end: %v", err)
			}
			if _, err := o.Redeem(t.Context(), token, password, network); !errors.Is(err, auth.ErrToken) {
				t.Errorf("redeemed after its end: %v", err)
			}
		})
	}
}

func TestALinkIsReplacedOrRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	first, err := o.InvitationLink(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.InvitationLink(ctx, p.ID)
	if err != nil || first == second {
		t.Fatal(first, second, err)
	}
	for name, token := range map[string]string{"the one before": first, "an invented one": "AAAAAAAAAAAAAAAAAAAAAA", "none": ""} {
		if _, _, err := o.PasswordToken(ctx, token); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.exec(`UPDATE users SET suspended = true WHERE id = $1`, p.ID)
	if _, _, err := o.PasswordToken(ctx, second); !errors.Is(err, auth.ErrToken) {
		t.Errorf("of somebody suspended: %v", err)
	}
	if _, _, err := o.Link(ctx, auth.SendLink{UserID: p.ID, Reason: auth.Reset}); !errors.Is(err, account.ErrSuspended) {
		t.Errorf("a link for somebody suspended: %v", err)
	}
	if _, _, err := o.Link(ctx, auth.SendLink{}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a link for nobody: %v", err)
	}
	o.exec(`UPDATE users SET suspended = false`)
	if _, err := o.Redeem(ctx, second, "court", network); !errors.Is(err, auth.ErrPasswordShort) {
		t.Errorf("a short password: %v", err)
	}
	if _, err := o.Redeem(ctx, second, "chez Agence ONE toujours", network); !errors.Is(err, auth.ErrPasswordNamed) {
		t.Errorf("the agency's name: %v", err)
	}
	o.begin("agent ONE", "a")
	if _, err := o.Redeem(ctx, second, password, network); err != nil {
		t.Fatal(err)
	}
	if o.keys("agent ONE") != "[]" {
		t.Errorf("sessions go on: %s", o.keys("agent ONE"))
	}
	if _, err := o.Redeem(ctx, second, another, network); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := o.SignIn(ctx, p.Email, password, network, ""); err != nil {
		t.Errorf("by the password: %v", err)
	}
}

// Two tabs use a link at the same moment: one of them does.
func TestALinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	token, err := o.InvitationLink(t.Context(), o.persons["agent ONE"].ID)
	if err != nil {
		t.Fatal(err)
	}
	var done, refused atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			switch _, err := o.Redeem(t.Context(), token, password, network); {
			case err == nil:
				done.Add(1)
			case errors.Is(err, auth.ErrToken):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 || refused.Load() != 3 {
		t.Errorf("%d used it, %d were refused", done.Load(), refused.Load())
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'password_chosen'`); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestAPasswordIsChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("agent ONE", password)
	a := o.actor("agent ONE")
	o.begin("agent ONE", "here")
	o.begin("agent ONE", "there")
	for _, k := range []struct {
		current, wanted string
		want            error
	}{
		{"wrong", another, auth.ErrPasswordWrong},
		{password, "court", auth.ErrPasswordShort},
		{password, "passwordpassword", auth.ErrPasswordCommon},
	} {
		if err := o.ChangePassword(ctx, a, k.current, k.wanted, "here"); !errors.Is(err, k.want) {
			t.Errorf("%q to %q: %v", k.current, k.wanted, err)
		}
	}
	if err := o.ChangePassword(ctx, a, password, another, "here"); err != nil {
		t.Fatal(err)
	}
	if o.keys("agent ONE") != "[here]" {
		t.Errorf("sessions: %s", o.keys("agent ONE"))
	}
	if _, err := o.SignIn(ctx, o.persons["agent ONE"].Email, password, network, ""); !errors.Is(err, auth.ErrSignIn) {
		t.Errorf("by the one before: %v", err)
	}
	for range 9 {
		_ = o.ChangePassword(ctx, a, "wrong", another, "here")
	}
	if limited := new(auth.LimitedError); !errors.As(o.ChangePassword(ctx, a, another, password, "here"), &limited) {
		t.Error("guessing is not limited")
	}
	o.exec(`UPDATE users SET suspended = true WHERE id = $1`, a.UserID)
	if err := o.ChangePassword(ctx, a, another, password, "here"); !errors.Is(err, account.ErrSuspended) {
		t.Errorf("suspended meanwhile: %v", err)
	}
}

// A stranger who asks for a link leaves the owner's; the first one that is used ends
// them all.
func TestAStrangerLeavesTheOwnersLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	task := auth.SendLink{UserID: o.persons["agent ONE"].ID, Reason: auth.Reset}
	_, owners, err := o.Link(ctx, task)
	if err != nil {
		t.Fatal(err)
	}
	_, strangers, err := o.Link(ctx, task)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.PasswordToken(ctx, owners); err != nil {
		t.Errorf("the owner's: %v", err)
	}
	if _, err := o.Redeem(ctx, owners, password, network); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.PasswordToken(ctx, strangers); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the other one: %v", err)
	}
}
