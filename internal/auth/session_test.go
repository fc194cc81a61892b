package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
)

func TestASessionKnowsItsPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	long := strings.Repeat("é", 150)
	if err := o.BeginSession(ctx, auth.Session{Key: "k", UserID: p.ID, Device: long}, true); err != nil {
		t.Fatal(err)
	}
	got, x, err := o.Session(ctx, "k")
	if err != nil || got.ID != p.ID || x.Device != long[:200] || x.VerifiedAt.IsZero() || !x.VerifiedAt.Equal(x.BegunAt) || x.Now.Before(x.BegunAt) {
		t.Errorf("%+v, %v", x, err)
	}
	if err := o.BeginSession(ctx, auth.Session{Key: "x", UserID: p.ID, Device: "a" + long}, false); err != nil {
		t.Fatal(err)
	}
	if _, x, err := o.Session(ctx, "x"); err != nil || x.Device != "a"+long[:198] || !x.VerifiedAt.IsZero() {
		t.Errorf("cut inside a letter: %d bytes, %v", len(x.Device), err)
	}
	if _, _, err := o.Session(ctx, "none"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("no session: %v", err)
	}
	if err := o.UseSession(ctx, "none"); err != nil {
		t.Errorf("one that was ended this moment: %v", err)
	}
	o.pass(time.Hour)
	if err := o.UseSession(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if _, x, err := o.Session(ctx, "k"); err != nil || x.UsedAt.Sub(x.BegunAt) < time.Hour {
		t.Errorf("used %s after it began, %v", x.UsedAt.Sub(x.BegunAt), err)
	}
	if a, b := auth.SessionKey("a"), auth.SessionKey("b"); a == b || len(a) != 64 || strings.Contains(a, "a token") {
		t.Errorf("keys %s, %s", a, b)
	}
}

// Who is suspended is told so only after the second factor, if there is one.
func TestASessionOfSomebodySuspended(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.enrol("manager ONE")
	for key, who := range map[string]string{"agent": "agent ONE", "half": "manager ONE", "whole": "manager ONE"} {
		if err := o.BeginSession(ctx, auth.Session{Key: key, UserID: o.persons[who].ID}, key == "whole"); err != nil {
			t.Fatal(err)
		}
	}
	o.exec(`UPDATE agencies SET suspended = true`)
	for key, want := range map[string]error{"agent": account.ErrSuspended, "half": nil, "whole": account.ErrSuspended} {
		if _, _, err := o.Session(ctx, key); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.begin("agent ONE", "old")
	o.pass(13 * time.Hour)
	for _, key := range []string{"a", "b", "c"} {
		o.begin("agent ONE", key)
	}
	o.begin("manager ONE", "m")
	o.pass(13*time.Hour + time.Minute)
	if err := o.UseSession(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	if got := o.keys("agent ONE"); !strings.HasPrefix(got, "[b ") || strings.Contains(got, "old") || len(got) != len("[b a c]") {
		t.Errorf("sessions: %s", got)
	}
	agent := o.actor("agent ONE")
	for i, k := range []struct {
		act  func() error
		left string
	}{
		{func() error { return o.EndOwnSessions(ctx, agent, "m", "b") }, "3 1"}, // somebody else's
		{func() error { return o.EndSession(ctx, agent.UserID, "m") }, "3 1"},
		{func() error { return o.EndOwnSessions(ctx, agent, "a", "b") }, "2 1"},
		{func() error { return o.EndOwnSessions(ctx, agent, "a", "b") }, "2 1"}, // it was ended already
		{func() error { return o.EndOwnSessions(ctx, agent, "", "b") }, "1 1"},
		{func() error { return o.EndSession(ctx, agent.UserID, "b") }, "0 1"},
	} {
		if err := k.act(); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
		left := fmt.Sprint(o.count(`SELECT count(*) FROM signed_in WHERE user_id = $1 AND token <> 'old'`, agent.UserID), o.count(`SELECT count(*) FROM signed_in WHERE token = 'm'`))
		if left != k.left {
			t.Errorf("step %d: %s are left, want %s", i, left, k.left)
		}
	}
}

func TestSomebodyIsSignedOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.begin("agent ONE", "a")
	o.begin("manager ONE", "m")
	for who, want := range map[string]error{"agent ONE": account.ErrForbidden, "manager TWO": account.ErrNotFound} {
		if err := o.SignOut(ctx, o.actor(who), o.persons["agent ONE"].Handle); !errors.Is(err, want) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := o.SignOut(ctx, o.actor("manager ONE"), o.persons["manager ONE"].Handle); !errors.Is(err, account.ErrSelf) {
		t.Errorf("oneself: %v", err)
	}
	if err := o.SignOut(ctx, o.actor("admin"), o.persons["agent ONE"].Handle); err != nil || o.keys("agent ONE") != "[]" || o.keys("manager ONE") != "[m]" {
		t.Errorf("%v, %s, %s", err, o.keys("agent ONE"), o.keys("manager ONE"))
	}
}
