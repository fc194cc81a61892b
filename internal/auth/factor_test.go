package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/postgres"
)

func TestASecondFactorIsSetUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	o.begin("agent ONE", "before")
	if err := o.ConfirmFactor(ctx, p, "123456", "here", network); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("confirmed before it was begun: %v", err)
	}
	if err := o.RenewRecovery(ctx, p.Actor()); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("recovery codes without a second factor: %v", err)
	}
	if err := o.BeginFactor(ctx, p, "here"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "12345", "1234567", o.code("agent ONE", 3), o.code("agent ONE", -3)} {
		if err := o.ConfirmFactor(ctx, p, wrong, "here", network); !errors.Is(err, auth.ErrCode) {
			t.Errorf("confirmed by %q: %v", wrong, err)
		}
	}
	if o.read(p.ID).HasFactor() || o.keys("agent ONE") != "[before]" {
		t.Error("a wrong code has changed something")
	}
	code := o.code("agent ONE", 0)
	if err := o.ConfirmFactor(ctx, p, " "+code[:3]+" "+code[3:]+" ", "here", network); err != nil {
		t.Fatal(err)
	}
	f, err := o.Factor(ctx, p.ID)
	if err != nil || f.Candidate != "" || f.Secret == "" || f.CodesLeft != 10 || len(strings.Split(f.Codes, "\n")) != 10 {
		t.Errorf("%d codes left, %q, %v", f.CodesLeft, f.Codes, err)
	}
	if !o.read(p.ID).HasFactor() || o.keys("agent ONE") != "[]" {
		t.Errorf("sessions: %s", o.keys("agent ONE"))
	}
	if err := o.ConfirmFactor(ctx, p, code, "here", network); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("confirmed in another tab: %v", err)
	}
	if err := o.KeepRecovery(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if f, err := o.Factor(ctx, p.ID); err != nil || f.Codes != "" || f.CodesLeft != 10 {
		t.Errorf("kept: %q, %d left, %v", f.Codes, f.CodesLeft, err)
	}
}

// What somebody began to set up and left is nobody's any more ten minutes later,
// by the database's clock.
func TestASecondFactorThatWasLeftIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	if err := o.BeginFactor(ctx, p, "here"); err != nil {
		t.Fatal(err)
	}
	o.pass(9 * time.Minute)
	f, err := o.Factor(ctx, p.ID)
	if err != nil || f.Candidate == "" {
		t.Fatalf("after nine minutes: %q, %v", f.Candidate, err)
	}
	o.pass(11 * time.Minute)
	if left, err := o.Factor(ctx, p.ID); err != nil || left.Candidate != "" {
		t.Errorf("after eleven minutes: %q, %v", left.Candidate, err)
	}
	if err := o.ConfirmFactor(ctx, p, "000000", "here", network); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("confirmed: %v", err)
	}
	store := postgres.NewAuth(o.people)
	err = store.InTx(ctx, func(tx auth.Tx) error { return tx.ConfirmFactor(ctx, p.ID, f.Candidate, 1, "", nil) })
	if !errors.Is(err, account.ErrNotFound) || o.read(p.ID).HasFactor() {
		t.Errorf("confirmed while it ran out: %v", err)
	}
	if err := o.BeginFactor(ctx, p, "here"); err != nil {
		t.Fatal(err)
	}
	if f, err := o.Factor(ctx, p.ID); err != nil || f.Candidate == "" {
		t.Errorf("begun anew: %q, %v", f.Candidate, err)
	}
}

func TestACodeCountsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.enrol("agent ONE") // by the code of the step before
	p := o.persons["agent ONE"]
	code := o.code("agent ONE", 0)
	if err := o.CheckCode(ctx, p, o.code("agent ONE", -1), "here", network); !errors.Is(err, auth.ErrCodeUsed) {
		t.Errorf("the code that confirmed it: %v", err)
	}
	if err := o.SignInCode(ctx, p, code, network, ""); err != nil {
		t.Fatal(err)
	}
	if err := o.CheckCode(ctx, p, code, "here", network); !errors.Is(err, auth.ErrCodeUsed) {
		t.Errorf("a second time: %v", err)
	}
	if err := o.CheckCode(ctx, p, o.code("agent ONE", 3), "here", network); !errors.Is(err, auth.ErrCode) {
		t.Errorf("of the future: %v", err)
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'code_refused' AND subject_id = $1`, p.ID); n != 3 {
		t.Errorf("%d refusals in the audit log", n)
	}
	if err := o.CheckCode(ctx, o.persons["manager ONE"], code, "here", network); !errors.Is(err, auth.ErrCode) {
		t.Errorf("by somebody without a second factor: %v", err)
	}
}

func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.enrol("agent ONE")
	p, limited := o.persons["agent ONE"], new(auth.LimitedError)
	for range 10 {
		if err := o.CheckCode(ctx, p, "12", "here", network); !errors.Is(err, auth.ErrCode) {
			t.Fatal(err)
		}
		if err := o.CheckRecovery(ctx, p, "none", network); !errors.Is(err, auth.ErrCode) {
			t.Fatal(err)
		}
	}
	if err := o.CheckCode(ctx, p, o.code("agent ONE", 0), "here", network); !errors.As(err, &limited) || limited.Limit != "code" {
		t.Errorf("the eleventh code: %v", err)
	}
	if err := o.CheckRecovery(ctx, p, "none", network); !errors.As(err, &limited) || limited.Limit != "recovery/network" {
		t.Errorf("the eleventh recovery code: %v", err)
	}
	if err := o.CheckRecovery(ctx, p, "none", "198.51.100.9"); !errors.Is(err, auth.ErrCode) {
		t.Errorf("a recovery code from elsewhere: %v", err)
	}
	o.pass(6 * time.Minute)
	if err := o.CheckCode(ctx, p, o.code("agent ONE", 0), "here", network); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

func TestARecoveryCodeCountsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, code := t.Context(), enrolled(o)
	p := o.persons["agent ONE"]
	if err := o.CheckRecovery(ctx, o.persons["manager ONE"], code, network); !errors.Is(err, auth.ErrCode) {
		t.Errorf("somebody else's: %v", err)
	}
	typed := strings.ToLower(strings.NewReplacer("0", "O", "1", "l", "-", " ").Replace(code))
	if err := o.SignInRecovery(ctx, p, typed, network, ""); err != nil {
		t.Fatalf("%q as %q: %v", code, typed, err)
	}
	if err := o.CheckRecovery(ctx, p, code, network); !errors.Is(err, auth.ErrCode) {
		t.Errorf("a second time: %v", err)
	}
	f, err := o.Factor(ctx, p.ID)
	if err != nil || f.CodesLeft != 9 {
		t.Errorf("%d left, %v", f.CodesLeft, err)
	}
	other := strings.Split(f.Codes, "\n")[1]
	if err := o.RenewRecovery(ctx, p.Actor()); err != nil {
		t.Fatal(err)
	}
	if err := o.CheckRecovery(ctx, p, other, network); !errors.Is(err, auth.ErrCode) {
		t.Errorf("one that was replaced: %v", err)
	}
}

func TestASecondFactorIsResetByWhoLooksAfterSomebody(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.enrol("agent ONE")
	o.enrol("manager ONE")
	o.begin("agent ONE", "a")
	agent := o.persons["agent ONE"]
	for who, want := range map[string]error{
		"agent ONE": account.ErrForbidden, "desk": account.ErrForbidden, "manager TWO": account.ErrNotFound,
	} {
		if err := o.ResetFactor(ctx, o.actor(who), agent.Handle); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", who, err, want)
		}
	}
	if err := o.ResetFactor(ctx, o.actor("manager ONE"), o.persons["manager ONE"].Handle); !errors.Is(err, account.ErrSelf) {
		t.Errorf("one's own: %v", err)
	}
	if err := o.ResetFactor(ctx, o.actor("manager ONE"), agent.Handle); err != nil {
		t.Fatal(err)
	}
	if o.read(agent.ID).HasFactor() || o.keys("agent ONE") != "[]" || !o.read(o.persons["manager ONE"].ID).HasFactor() {
		t.Error("the wrong second factor is gone, or a session goes on")
	}
}

func TestWhoIsThereIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("agent ONE", password)
	o.enrol("manager ONE")
	o.begin("agent ONE", "a")
	o.begin("manager ONE", "m")
	o.pass(20 * time.Minute)
	asked := func(key string) time.Time {
		t.Helper()
		_, x, err := o.Session(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		return x.SureAt
	}
	before := asked("a")
	for name, k := range map[string]struct {
		who, key, answer string
		want             error
	}{
		"a wrong password":             {"agent ONE", "a", "wrong", auth.ErrPasswordWrong},
		"a wrong code":                 {"manager ONE", "m", "000", auth.ErrCode},
		"a password instead of a code": {"manager ONE", "m", password, auth.ErrCode},
		"the password":                 {"agent ONE", "a", password, nil},
		"a code":                       {"manager ONE", "m", o.code("manager ONE", 0), nil},
	} {
		if err := o.CheckIdentity(ctx, o.persons[k.who], k.answer, k.key, network); !errors.Is(err, k.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !asked("a").Equal(before) {
		t.Error("an answer alone counts")
	}
	if err := o.MakeSure(ctx, "none", "other"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a session that is over: %v", err)
	}
	if err := o.MakeSure(ctx, "a", "renewed"); err != nil || !asked("renewed").After(before) || o.keys("agent ONE") != "[renewed]" {
		t.Errorf("%v, sessions %s", err, o.keys("agent ONE"))
	}
}

// Whoever has the password and guesses codes keeps the owner neither out of a browser
// that is known nor from confirming who is there.
func TestGuessedCodesKeepNoOwnerOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.enrol("agent ONE")
	p, limited := o.read(o.persons["agent ONE"].ID), new(auth.LimitedError)
	known, err := o.RememberBrowser(p.Email)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := o.SignInCode(ctx, p, "000 000", network, ""); !errors.Is(err, auth.ErrCode) {
			t.Fatal(err)
		}
	}
	if err := o.SignInCode(ctx, p, o.code("agent ONE", 0), network, ""); !errors.As(err, &limited) {
		t.Errorf("the eleventh from a browser that is new: %v", err)
	}
	if err := o.CheckIdentity(ctx, p, o.code("agent ONE", 0), "a session", network); err != nil {
		t.Errorf("who is signed in: %v", err)
	}
	if err := o.SignInCode(ctx, p, o.code("agent ONE", 1), network, known); err != nil {
		t.Errorf("from a browser that is known: %v", err)
	}
}

// The secret of an application that is being set up is shown to the session that sets
// it up, and to no other one.
func TestACandidateBelongsToItsSession(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	if err := o.BeginFactor(ctx, p, "here"); err != nil {
		t.Fatal(err)
	}
	if secret, err := o.Candidate(ctx, p.ID, "here"); err != nil || secret == "" {
		t.Errorf("its own: %q, %v", secret, err)
	}
	if secret, err := o.Candidate(ctx, p.ID, "elsewhere"); !errors.Is(err, auth.ErrNoFactor) || secret != "" {
		t.Errorf("another one: %q, %v", secret, err)
	}
	if err := o.ConfirmFactor(ctx, p, o.code("agent ONE", 0), "elsewhere", network); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("confirmed by another one: %v", err)
	}
	if err := o.ConfirmFactor(ctx, p, o.code("agent ONE", 0), "here", network); err != nil {
		t.Errorf("confirmed by its own: %v", err)
	}
}
