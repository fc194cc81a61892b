package auth_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
)

// alerts lists what somebody is to be told, in the order in which it happened.
func (o *office) alerts(name string) (list []auth.Change) {
	o.t.Helper()
	rows, err := o.pool.Query(o.t.Context(), `SELECT args->>'change' FROM river_job WHERE kind = 'send_alert' AND (args->>'user_id')::bigint = $1 ORDER BY id`, o.persons[name].ID)
	if err != nil {
		o.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c auth.Change
		if err := rows.Scan(&c); err != nil {
			o.t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// Each change is told, with the change and never without it.
func TestEachChangeIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("agent ONE", password)
	p := o.persons["agent ONE"]
	known, err := o.RememberBrowser(p.Email)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.ChangePassword(ctx, p.Actor(), "wrong", another, "here"); !errors.Is(err, auth.ErrPasswordWrong) {
		t.Fatal(err)
	}
	told := func(what string, err error, want ...auth.Change) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := o.alerts("agent ONE"); !slices.Equal(got, want) {
			t.Errorf("%s: %q are told, want %q", what, got, want)
		}
		o.exec(`DELETE FROM river_job`)
	}
	told("a link", nil, auth.PasswordSet)
	told("a new password", o.ChangePassword(ctx, p.Actor(), password, another, "here"), auth.PasswordSet)
	_, err = o.SignIn(ctx, p.Email, another, network, "")
	told("a browser that is new", err, auth.NewBrowser)
	_, err = o.SignIn(ctx, p.Email, another, network, known)
	told("a browser that is known", err)
	_, err = o.SignIn(ctx, o.persons["desk"].Email, another, network, known)
	if !errors.Is(err, auth.ErrSignIn) || len(o.alerts("desk")) != 0 {
		t.Errorf("a wrong password is told: %v", err)
	}
	o.enrol("agent ONE")
	p = o.persons["agent ONE"]
	told("a second factor", nil, auth.FactorSet)
	_, err = o.SignIn(ctx, p.Email, another, network, "")
	told("a password that waits for its code", err)
	told("a code in a browser that is new", o.SignInCode(ctx, p, o.code("agent ONE", 0), network, "x.y"), auth.NewBrowser)
	told("a code in a browser that is known", o.SignInCode(ctx, p, o.code("agent ONE", 1), network, known))
	told("new recovery codes", o.RenewRecovery(ctx, p.Actor()), auth.RecoveryNew)
	f, err := o.Factor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	told("a recovery code", o.SignInRecovery(ctx, p, f.Codes[:29], network, known), auth.RecoveryUsed)
	told("a reset of the second factor", o.ResetFactor(ctx, o.actor("manager ONE"), p.Handle), auth.FactorReset)
}

// The link in a mail ends all sessions of its person, as often as it is asked within
// a week, and nobody else's; what is only read changes nothing.
func TestALinkInAMailEndsAllSessions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	task := auth.SendAlert{UserID: o.persons["agent ONE"].ID, Change: auth.NewBrowser, At: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	p, token, err := o.AlertLink(ctx, task)
	if err != nil || p.ID != task.UserID || len(token) != 22 {
		t.Fatalf("%+v, %q, %v", p, token, err)
	}
	if n := o.count(`SELECT count(*) FROM alert_links WHERE length(hash) = 32 AND position(convert_to($1, 'UTF8') IN hash) = 0`, token); n != 1 {
		t.Errorf("%d links are stored as a hash", n)
	}
	o.begin("manager ONE", "other")
	for range 2 {
		o.begin("agent ONE", "a")
		o.begin("agent ONE", "b")
		a, err := o.Alert(ctx, token)
		if err != nil || a.Person.ID != task.UserID || a.Change != task.Change || !a.At.Equal(task.At) || o.keys("agent ONE") == "[]" {
			t.Errorf("read: %+v, %v, sessions %s", a, err, o.keys("agent ONE"))
		}
		if err := o.EndAllSessions(ctx, token, network); err != nil || o.keys("agent ONE") != "[]" || o.keys("manager ONE") != "[other]" {
			t.Errorf("%v, sessions %s, a colleague's %s", err, o.keys("agent ONE"), o.keys("manager ONE"))
		}
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'session_ended' AND subject_id = $1 AND actor_id IS NULL AND network = $2`, task.UserID, network); n != 2 {
		t.Errorf("%d entries in the audit log", n)
	}
	o.begin("agent ONE", "a")
	if _, err := o.Alert(ctx, "AAAAAAAAAAAAAAAAAAAAAA"); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a link that never was: %v", err)
	}
	if _, _, err := o.PasswordToken(ctx, token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("it chooses a password: %v", err)
	}
	o.pass(7*24*time.Hour - time.Minute)
	if _, err := o.Alert(ctx, token); err != nil {
		t.Errorf("before the end: %v", err)
	}
	o.pass(7*24*time.Hour + time.Minute)
	if err := o.EndAllSessions(ctx, token, network); !errors.Is(err, auth.ErrToken) {
		t.Errorf("after a week: %v", err)
	}
	for _, id := range []int64{0, 4711} {
		if _, _, err := o.AlertLink(ctx, auth.SendAlert{UserID: id}); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("for nobody: %v", err)
		}
	}
}
