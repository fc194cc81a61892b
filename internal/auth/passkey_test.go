package auth_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/invalid"
)

// newNamedOffice is an office under a name, in which an agent has a second factor, a
// session and a passkey.
func newNamedOffice(t *testing.T) (*office, *authenticator) {
	t.Helper()
	o := newOffice(t)
	if err := o.OfferPasskeys(portalOrigin); err != nil {
		t.Fatal(err)
	}
	o.enrol("agent ONE")
	o.begin("agent ONE", "here")
	d := newAuthenticator(t, o.persons["agent ONE"])
	if err := o.AddPasskey(t.Context(), o.actor("agent ONE"), " Phone ", d.makes(o.asked("agent ONE", "here")), "here"); err != nil {
		t.Fatal(err)
	}
	o.exec(`DELETE FROM river_job`)
	return o, d
}

// asked is what a browser gets to make a passkey.
func (o *office) asked(name, session string) []byte {
	o.t.Helper()
	options, err := o.BeginPasskey(o.t.Context(), o.persons[name], session)
	if err != nil {
		o.t.Fatal(err)
	}
	return options
}

// toShow is what a browser gets to show one.
func (o *office) toShow(name, session string) []byte {
	o.t.Helper()
	options, err := o.BeginCheck(o.t.Context(), o.persons[name], session)
	if err != nil {
		o.t.Fatal(err)
	}
	return options
}

func TestWhereAPasskeyWorks(t *testing.T) {
	t.Parallel()
	for origin, host := range map[string]string{
		"https://guichet.example": "guichet.example", "https://guichet.example:8443": "guichet.example:8443", "http://localhost:7331": "localhost:7331",
		"": "", "http://127.0.0.1:8080": "", "https://192.0.2.7": "", "https://[2001:db8::1]": "", "http://guichet.example": "", "guichet.example": "", "%": "",
	} {
		s := auth.NewService(nil, nil)
		err := s.OfferPasskeys(origin)
		if got := s.PasskeyHost(); got != host || errors.Is(err, auth.ErrNoPasskeys) != (host == "") {
			t.Errorf("%q: %q, %v", origin, got, err)
		}
	}
}

func TestAPasskeyIsAdded(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	ctx, a := t.Context(), o.actor("agent ONE")
	list, err := o.Passkeys(ctx, a.UserID)
	if err != nil || len(list) != 1 || list[0].Name != "Phone" || !list[0].UsedAt.IsZero() || list[0].CreatedAt.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'passkey_added' AND actor_id = $1`, a.UserID); n != 1 {
		t.Errorf("%d entries in the audit log", n)
	}
	bad := new(invalid.Error)
	for _, name := range []string{"", " ", strings.Repeat("é", 61), "a\nb"} {
		if err := o.AddPasskey(ctx, a, name, "{}", "here"); !errors.As(err, &bad) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := o.AddPasskey(ctx, a, "again", d.makes(o.asked("agent ONE", "here")), "here"); !errors.Is(err, auth.ErrPasskeyTaken) {
		t.Errorf("a second time: %v", err)
	}
	o.begin("agent ONE", "elsewhere")
	other := newAuthenticator(t, o.persons["agent ONE"])
	answer := other.makes(o.asked("agent ONE", "here"))
	if _, err := o.pool.Exec(ctx, `DELETE FROM passkey_challenges`); err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() string{
		"nothing was asked": func() string { return answer },
		"asked to show one": func() string { return other.makes(o.toShow("agent ONE", "here")) },
		"no answer at all":  func() string { o.asked("agent ONE", "here"); return "{" },
		"asked by another page": func() string {
			other.origin = "https://evil.example"
			defer func() { other.origin = portalOrigin }()
			return other.makes(o.asked("agent ONE", "here"))
		},
		"made for another portal": func() string {
			other.name = "evil.example"
			defer func() { other.name = portalName }()
			return other.makes(o.asked("agent ONE", "here"))
		},
		"what was asked before that": func() string {
			first := o.asked("agent ONE", "here")
			o.asked("agent ONE", "here")
			return other.makes(first)
		},
		"asked in another session": func() string { return other.makes(o.asked("agent ONE", "elsewhere")) },
		"five minutes ago": func() string {
			options := o.asked("agent ONE", "here")
			o.pass(6 * time.Minute)
			return other.makes(options)
		},
	} {
		if err := o.AddPasskey(ctx, a, "x", try(), "here"); !errors.Is(err, auth.ErrPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for range 9 {
		if err := o.AddPasskey(ctx, a, "x", newAuthenticator(t, o.persons["agent ONE"]).makes(o.asked("agent ONE", "here")), "here"); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.AddPasskey(ctx, a, "x", other.makes(o.asked("agent ONE", "here")), "here"); !errors.As(err, &bad) {
		t.Errorf("the eleventh: %v", err)
	}
	if _, err := o.BeginPasskey(ctx, o.persons["manager ONE"], "here"); !errors.Is(err, auth.ErrNoFactor) {
		t.Errorf("without a second factor: %v", err)
	}
}

func TestAPasskeyIsShownOnce(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	known, err := o.RememberBrowser(p.Email)
	if err != nil {
		t.Fatal(err)
	}
	answer := d.shows(o.toShow("agent ONE", "here"))
	if err := o.SignInPasskey(ctx, p, answer, "here", network, known); err != nil {
		t.Fatal(err)
	}
	if err := o.SignInPasskey(ctx, p, answer, "here", network, known); !errors.Is(err, auth.ErrPasskey) {
		t.Errorf("the same answer again: %v", err)
	}
	if list, err := o.Passkeys(ctx, p.ID); err != nil || list[0].UsedAt.IsZero() || list[0].Credential.Authenticator.SignCount != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'sign_in' AND actor_id = $1`, p.ID); n != 1 {
		t.Errorf("%d sign-ins in the audit log", n)
	}
	o.begin("agent ONE", "elsewhere")
	stranger := newAuthenticator(t, p)
	stranger.id = d.id
	for what, try := range map[string]func() string{
		"the same answer, asked": func() string { o.toShow("agent ONE", "here"); return answer },
		"asked to make one":      func() string { return d.shows(o.asked("agent ONE", "here")) },
		"no answer at all":       func() string { o.toShow("agent ONE", "here"); return "{" },
		"asked by another page": func() string {
			d.origin = "https://evil.example"
			defer func() { d.origin = portalOrigin }()
			return d.shows(o.toShow("agent ONE", "here"))
		},
		"asked in another session": func() string { return d.shows(o.toShow("agent ONE", "elsewhere")) },
		"another key":              func() string { return stranger.shows(o.toShow("agent ONE", "here")) },
		"six minutes ago": func() string {
			options := o.toShow("agent ONE", "here")
			o.pass(6 * time.Minute)
			return d.shows(options)
		},
	} {
		if err := o.CheckPasskey(ctx, p, try(), "here", network); !errors.Is(err, auth.ErrPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'code_refused' AND subject_id = $1`, p.ID); n != 8 {
		t.Errorf("%d refusals in the audit log", n)
	}
	o.exec(`UPDATE users SET suspended = true WHERE id = $1`, p.ID)
	if err := o.SignInPasskey(ctx, o.read(p.ID), d.shows(o.toShow("agent ONE", "here")), "here", network, known); !errors.Is(err, account.ErrSuspended) {
		t.Errorf("somebody suspended: %v", err)
	}
}

// Of a device that counts, a copy falls behind: it is not taken, nor is any longer
// what has been copied when it is behind itself.
func TestACopiedPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	twin := *d
	if err := o.CheckPasskey(ctx, p, d.shows(o.toShow("agent ONE", "here")), "here", network); err != nil {
		t.Fatal(err)
	}
	if err := o.CheckPasskey(ctx, p, twin.shows(o.toShow("agent ONE", "here")), "here", network); !errors.Is(err, auth.ErrPasskeyCloned) {
		t.Errorf("the copy: %v", err)
	}
	if err := o.CheckPasskey(ctx, p, d.shows(o.toShow("agent ONE", "here")), "here", network); err != nil {
		t.Errorf("the first one: %v", err)
	}
	d.count = 0 // those that are kept by several devices do not count
	o.exec(`UPDATE passkeys SET credential = jsonb_set(credential, '{authenticator,signCount}', '0')`)
	for range 2 {
		d.count--
		if err := o.CheckPasskey(ctx, p, d.shows(o.toShow("agent ONE", "here")), "here", network); err != nil {
			t.Errorf("one that does not count: %v", err)
		}
	}
}

// Of those who send one answer at the same moment one comes in, also with a device that
// does not count.
func TestOneAnswerOfAPasskeyLetsOneIn(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	o.exec(`UPDATE passkeys SET credential = jsonb_set(credential, '{authenticator,signCount}', '0')`)
	d.count = ^uint32(0) // it is 0 when it answers
	answer, in := d.shows(o.toShow("agent ONE", "here")), new(atomic.Int32)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o.CheckPasskey(context.WithoutCancel(t.Context()), o.persons["agent ONE"], answer, "here", network) == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d of eight come in", in.Load())
	}
}

func TestPasskeysAreLimitedAsCodesAre(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	ctx, p, limited := t.Context(), o.persons["agent ONE"], new(auth.LimitedError)
	for range 10 {
		if err := o.CheckPasskey(ctx, p, "{}", "here", network); !errors.Is(err, auth.ErrPasskey) {
			t.Fatal(err)
		}
	}
	if err := o.CheckPasskey(ctx, p, d.shows(o.toShow("agent ONE", "here")), "here", network); !errors.As(err, &limited) {
		t.Errorf("the eleventh: %v", err)
	}
}

func TestAPasskeyIsTakenAway(t *testing.T) {
	t.Parallel()
	o, d := newNamedOffice(t)
	ctx, p := t.Context(), o.persons["agent ONE"]
	o.begin("agent ONE", "elsewhere")
	list, err := o.Passkeys(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.RemovePasskey(ctx, o.actor("manager ONE"), list[0].Handle, ""); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("by somebody else: %v", err)
	}
	options := o.toShow("agent ONE", "here")
	if err := o.RemovePasskey(ctx, p.Actor(), list[0].Handle, "here"); err != nil || o.keys("agent ONE") != "[here]" {
		t.Fatalf("%v, sessions %s", err, o.keys("agent ONE"))
	}
	if err := o.CheckPasskey(ctx, p, d.shows(options), "here", network); !errors.Is(err, auth.ErrPasskey) {
		t.Errorf("shown afterwards: %v", err)
	}
	if _, err := o.BeginCheck(ctx, p, "here"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("asked for afterwards: %v", err)
	}
	if got := o.alerts("agent ONE"); !slices.Equal(got, []auth.Change{auth.PasskeyRemoved}) {
		t.Errorf("told: %q", got)
	}
	if err := o.AddPasskey(ctx, p.Actor(), "again", d.makes(o.asked("agent ONE", "here")), "here"); err != nil {
		t.Fatal(err)
	}
	if err := o.ResetFactor(ctx, o.actor("manager ONE"), p.Handle); err != nil {
		t.Fatal(err)
	}
	if list, err := o.Passkeys(ctx, p.ID); err != nil || len(list) != 0 {
		t.Errorf("%d are left by a reset, %v", len(list), err)
	}
}
