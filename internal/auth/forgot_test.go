package auth_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
)

// The same is done for an address that nobody has: a task for nobody.
func TestAForgottenPassword(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.exec(`UPDATE users SET password_hash = 'x'`) // who was invited and has none yet gets no second link
	o.exec(`UPDATE users SET suspended = true WHERE email = 'agenttwo@example.test'`)
	for _, k := range []struct {
		email string
		id    int64
	}{
		{" AgentONE@example.test ", o.persons["agent ONE"].ID}, {"nobody@example.test", 0}, {"agenttwo@example.test", 0},
	} {
		o.exec(`DELETE FROM river_job`)
		if err := o.Forgot(ctx, k.email, network); err != nil {
			t.Fatal(err)
		}
		if n := o.count(`SELECT (args->>'user_id')::bigint FROM river_job WHERE args->>'reason' = 'reset'`); int64(n) != k.id {
			t.Errorf("%s: a link for %d", k.email, n)
		}
	}
}

func TestForgettingIsLimited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, limited := t.Context(), new(auth.LimitedError)
	for range 3 {
		if err := o.Forgot(ctx, "nobody@example.test", network); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Forgot(ctx, "nobody@example.test", "192.0.2.2"); !errors.As(err, &limited) || limited.Limit != "link/account" {
		t.Errorf("the fourth for an address: %v", err)
	}
	for i := range 17 {
		if err := o.Forgot(ctx, fmt.Sprint(i, "@example.test"), network); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Forgot(ctx, "agentone@example.test", network); !errors.As(err, &limited) || limited.Limit != "link/address" {
		t.Errorf("the twenty-first of a network: %v", err)
	}
	o.pass(16 * time.Minute)
	if err := o.Forgot(ctx, "nobody@example.test", network); err != nil {
		t.Errorf("a quarter of an hour later: %v", err)
	}
}

func TestAMailThatWasGivenUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, desk := t.Context(), o.actor("desk")
	o.exec(`UPDATE users SET password_hash = 'x'`)
	if err := o.Forgot(ctx, "agentone@example.test", network); err != nil {
		t.Fatal(err)
	}
	if list, err := o.DeadMail(ctx, desk); err != nil || len(list) != 0 {
		t.Errorf("one that still is tried: %v, %v", list, err)
	}
	o.exec(`UPDATE river_job SET state = 'discarded', attempt = max_attempts, finalized_at = now()`)
	list, err := o.DeadMail(ctx, o.actor("admin"))
	if err != nil || len(list) != 1 || list[0].Name != "agent" || list[0].Reason != string(auth.Reset) {
		t.Fatal(list, err)
	}
	if _, err := o.DeadMail(ctx, o.actor("manager ONE")); !errors.Is(err, account.ErrForbidden) {
		t.Errorf("an agency looks: %v", err)
	}
	for who, want := range map[string]error{"admin": account.ErrForbidden, "agent ONE": account.ErrForbidden} {
		if err := o.SendMailAgain(ctx, o.actor(who), list[0].ID); !errors.Is(err, want) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := o.SendMailAgain(ctx, desk, list[0].ID+1); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("no such mail: %v", err)
	}
	if err := o.SendMailAgain(ctx, desk, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if n := o.count(`SELECT count(*) FROM river_job WHERE state = 'available' AND max_attempts > attempt`); n != 1 {
		t.Errorf("%d are tried again", n)
	}
	if err := o.SendMailAgain(ctx, desk, list[0].ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

// Who reads the audit log has a text of choice marked there, and no token by that.
func TestASearchMakesNoKnownBrowser(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("agent ONE", password)
	email := o.persons["agent ONE"].Email
	if err := o.accounts.AuditSearch(ctx, o.persons["admin"].Actor(), "text", "known browser/"+email+"/abcd"); err != nil {
		t.Fatal(err)
	}
	var mark string
	if err := o.pool.QueryRow(ctx, `SELECT split_part(after, ' ', 2) FROM audit WHERE action = 'searched'`).Scan(&mark); err != nil || len(mark) != 16 {
		t.Fatal(mark, err)
	}
	for range 10 {
		fails(t, o.Service, email)
	}
	limited := new(auth.LimitedError)
	if _, err := o.SignIn(ctx, email, password, network, "abcd."+mark); !errors.As(err, &limited) {
		t.Errorf("the mark of a search opens a browser's own count: %v", err)
	}
}

// A browser from which somebody has signed in is counted apart: strangers who guess
// do not keep the owner out.
func TestAKnownBrowserIsCountedApart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("agent ONE", password)
	email := o.persons["agent ONE"].Email
	token, err := o.RememberBrowser(email)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		fails(t, o.Service, email)
	}
	limited := new(auth.LimitedError)
	foreign, err := o.RememberBrowser("agenttwo@example.test")
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"no browser": "", "another person's": foreign, "a forged one": "abc.def", "half of one": token[:26]} {
		if _, err := o.SignIn(ctx, email, password, network, token); !errors.As(err, &limited) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.SignIn(ctx, " "+email, password, network, token); err != nil {
		t.Errorf("from the known browser: %v", err)
	}
	for range 10 { // what was right is not counted
		_, _ = o.SignIn(ctx, email, "wrong", network, token)
	}
	if _, err := o.SignIn(ctx, email, password, network, token); !errors.As(err, &limited) || limited.Limit != "sign-in/browser" {
		t.Errorf("a known browser that guesses: %v", err)
	}
}

func TestASavedForm(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, id := t.Context(), o.persons["agent ONE"].ID
	form := auth.SavedForm{Action: "/quotes", Fields: map[string][]string{"zone": {"CDG"}}}
	if _, err := o.SavedForm(ctx, id); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("none was saved: %v", err)
	}
	for _, zone := range []string{"ORY", "CDG"} { // the later one replaces
		form.Fields["zone"][0] = zone
		if err := o.SaveForm(ctx, id, form); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := o.SavedForm(ctx, id); err != nil || got.Action != "/quotes" || got.Fields["zone"][0] != "CDG" {
		t.Errorf("%+v, %v", got, err)
	}
	if n := o.count(`SELECT count(*) FROM kept_forms WHERE encode(form, 'escape') LIKE '%CDG%'`); n != 0 {
		t.Error("the form is not sealed")
	}
	if _, err := o.SavedForm(ctx, o.persons["manager ONE"].ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	o.pass(31 * time.Minute)
	if _, err := o.SavedForm(ctx, id); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("half an hour later: %v", err)
	}
	o.pass(0)
	if _, err := o.pool.Exec(ctx, `UPDATE kept_forms SET form = 'by another release'`); err != nil {
		t.Fatal(err)
	}
	if _, err := o.SavedForm(ctx, id); !errors.Is(err, account.ErrNotFound) || o.count(`SELECT count(*) FROM kept_forms`) != 0 {
		t.Errorf("one that no key opens: %v", err)
	}
	for range 2 {
		if err := o.DropForm(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := o.SavedForm(ctx, id); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("dropped: %v", err)
	}
}

func TestAUseIsTakenBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, limit := t.Context(), auth.Limit{Name: "test", Max: 2, Per: time.Minute}
	for range 2 {
		if err := o.Allow(ctx, limit, "a"); err != nil {
			t.Fatal(err)
		}
	}
	limited := new(auth.LimitedError)
	if err := o.Allow(ctx, limit, "a"); !errors.As(err, &limited) || limited.Wait <= 0 || limited.Wait > time.Minute {
		t.Errorf("the third: %v", err)
	}
	if err := errors.Join(o.Allow(ctx, limit, "b"), o.Return(ctx, limit, "a"), o.Return(ctx, limit, "a")); err != nil {
		t.Fatal(err)
	}
	if err := o.Allow(ctx, limit, "a"); err != nil {
		t.Errorf("after two were taken back: %v", err)
	}
	o.pass(2 * time.Minute)
	if err := errors.Join(o.Return(ctx, limit, "a"), o.Allow(ctx, limit, "a"), o.Allow(ctx, limit, "a")); err != nil {
		t.Errorf("in a new window: %v", err)
	}
}
