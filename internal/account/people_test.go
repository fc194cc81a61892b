package account_test

import (
	"errors"
	"slices"
	"testing"

	"guichet/internal/account"
)

func names(list []account.Person) (names []string) {
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}

func TestWhoLooksAfterWhom(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	for who, want := range map[string][]string{
		"admin":       {"admin", "desk", "agent ONE", "manager ONE", "agent TWO", "manager TWO"},
		"manager ONE": {"agent ONE", "manager ONE"},
	} {
		if list, err := o.People(ctx, o.actor(who)); err != nil || !slices.Equal(names(list), want) {
			t.Errorf("%s: %v, %v", who, names(list), err)
		}
	}
	for _, who := range []string{"agent ONE", "desk"} {
		_, listed := o.People(ctx, o.actor(who))
		_, found := o.ManagedPerson(ctx, o.actor(who), o.persons["agent ONE"].Handle)
		for act, err := range map[string]error{
			"list": listed, "find": found, "suspend": o.Suspend(ctx, o.actor(who), o.persons["agent ONE"].Handle, true),
			"role": o.ChangeRole(ctx, o.actor(who), o.persons["agent ONE"].Handle, account.Manager),
		} {
			if !errors.Is(err, account.ErrForbidden) {
				t.Errorf("%s, %s: %v", who, act, err)
			}
		}
	}
	if p, err := o.ManagedPerson(ctx, o.actor("manager ONE"), o.persons["agent ONE"].Handle); err != nil || p.Name != "agent ONE" || p.Agency.Code != "ONE" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, name := range []string{"agent TWO", "admin"} {
		if _, err := o.ManagedPerson(ctx, o.actor("manager ONE"), o.persons[name].Handle); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("a manager finds %s: %v", name, err)
		}
	}
}

func TestColleagues(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.add("second", 0, account.CustomerService)
	o.add("away", 0, account.CustomerService)
	o.exec(`UPDATE users SET suspended = true WHERE name = 'away'`)
	for _, who := range []string{"desk", "admin"} {
		if list, err := o.Colleagues(ctx, o.actor(who)); err != nil || !slices.Equal(names(list), []string{"desk", "second"}) {
			t.Errorf("%s: %v, %v", who, names(list), err)
		}
	}
	if list, err := o.Colleagues(ctx, o.actor("manager ONE")); err != nil || !slices.Equal(names(list), []string{"agent ONE", "manager ONE"}) {
		t.Errorf("an agency: %v, %v", names(list), err)
	}
}

func TestSomebodyIsSuspended(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, manager := t.Context(), o.actor("manager ONE")
	agent := o.persons["agent ONE"]
	for handle, want := range map[string]error{
		o.persons["manager ONE"].Handle: account.ErrSelf, o.persons["agent TWO"].Handle: account.ErrNotFound, "nobody": account.ErrNotFound,
	} {
		if err := o.Suspend(ctx, manager, handle, true); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	for _, suspended := range []bool{true, true, false} {
		if err := o.Suspend(ctx, manager, agent.Handle, suspended); err != nil || o.read(agent.ID).Suspended != suspended {
			t.Errorf("suspended %v: %v", !suspended, err)
		}
	}
	if kinds := o.text(`SELECT string_agg(kind, ',' ORDER BY at) FROM removals WHERE subject = $1`, agent.Handle); kinds != "person_suspended,person_let_in" {
		t.Errorf("noted for a restore: %s", kinds)
	}
}

func TestARoleIsChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	for _, k := range []struct {
		who, whom string
		role      account.Role
		field     string
		err       error
	}{
		{"manager ONE", "agent ONE", account.Admin, "role", nil},
		{"manager ONE", "agent ONE", "king", "role", nil},
		{"admin", "agent ONE", account.CustomerService, "role", nil}, // of the other side
		{"admin", "admin", account.CustomerService, "", account.ErrSelf},
		{"manager TWO", "agent ONE", account.Manager, "", account.ErrNotFound},
	} {
		err := o.ChangeRole(ctx, o.actor(k.who), o.persons[k.whom].Handle, k.role)
		if wrong(err) != k.field || k.field == "" && !errors.Is(err, k.err) {
			t.Errorf("%s makes %s %s: %v", k.who, k.whom, k.role, err)
		}
		if got := o.read(o.persons[k.whom].ID).Role; got != o.persons[k.whom].Role {
			t.Errorf("%s is %s", k.whom, got)
		}
	}
	if err := o.ChangeRole(ctx, o.actor("manager ONE"), o.persons["agent ONE"].Handle, account.Manager); err != nil || o.read(o.persons["agent ONE"].ID).Role != account.Manager {
		t.Errorf("%v", err)
	}
	if entry := o.text(`SELECT before || ' ' || after FROM audit WHERE action = 'role_changed'`); entry != "agent manager" {
		t.Errorf("the entry: %s", entry)
	}
}

// Two admins who end each other at the same moment do not both succeed. Somebody who
// never chose a password is no admin who remains.
func TestAnAdminRemains(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(o *office, by account.Actor, handle string) error{
		"suspended": func(o *office, by account.Actor, handle string) error {
			return o.Suspend(o.t.Context(), by, handle, true)
		},
		"another role": func(o *office, by account.Actor, handle string) error {
			return o.ChangeRole(o.t.Context(), by, handle, account.CustomerService)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.add("second", 0, account.Admin)
			o.add("new", 0, account.Admin)
			o.exec(`UPDATE users SET password_hash = '' WHERE name = 'new'`)
			first, second := o.persons["admin"], o.persons["second"]
			done := make(chan error, 2)
			go func() { done <- end(o, first.Actor(), second.Handle) }()
			go func() { done <- end(o, second.Actor(), first.Handle) }()
			a, b := <-done, <-done
			if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), account.ErrLastAdmin) {
				t.Errorf("%v and %v", a, b)
			}
			left := o.text(`SELECT count(*)::text FROM users WHERE role = 'admin' AND NOT suspended AND password_hash <> ''`)
			if left != "1" {
				t.Errorf("%s admins are left", left)
			}
		})
	}
}

func TestSettingsOfNobody(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if err := o.SetLanguage(t.Context(), 4711, "fr"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a language: %v", err)
	}
	if err := o.SetPreferences(t.Context(), 4711, account.Preferences{Language: "fr", Theme: "dark"}); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("preferences: %v", err)
	}
}
