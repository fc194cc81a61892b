package auth_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/invalid"
)

func TestWhoMayBeInvited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, k := range map[string]struct {
		by     string
		n      auth.Invitee
		fields string // that cannot be accepted; "-" when none is looked at
	}{
		"an agent":                {"manager ONE", auth.Invitee{Email: " New1@Example.test ", Name: " New ", Role: account.Agent}, ""},
		"by an admin":             {"admin", auth.Invitee{Email: "new2@example.test", Name: "New", Role: account.Manager, AgencyCode: "TWO"}, ""},
		"staff":                   {"admin", auth.Invitee{Email: "new3@example.test", Name: "New", Role: account.CustomerService}, ""},
		"by an agent":             {"agent ONE", auth.Invitee{Email: "new4@example.test", Name: "New", Role: account.Agent}, "-"},
		"staff by a manager":      {"manager ONE", auth.Invitee{Email: "new5@example.test", Name: "New", Role: account.Admin}, "role"},
		"no role":                 {"manager ONE", auth.Invitee{Email: "new6@example.test", Name: "New"}, "role"},
		"an unknown role":         {"admin", auth.Invitee{Email: "new7@example.test", Name: "New", Role: "king", AgencyCode: "ONE"}, "role"},
		"an unknown agency":       {"admin", auth.Invitee{Email: "new8@example.test", Name: "New", Role: account.Agent, AgencyCode: "NONE"}, "agency"},
		"nothing":                 {"manager ONE", auth.Invitee{Role: account.Agent}, "email,name"},
		"an address of one half":  {"manager ONE", auth.Invitee{Email: "@example.test", Name: "New", Role: account.Agent}, "email"},
		"two addresses":           {"manager ONE", auth.Invitee{Email: "a@b.test,c@d.test", Name: "New", Role: account.Agent}, "email"},
		"a long name":             {"manager ONE", auth.Invitee{Email: "new9@example.test", Name: strings.Repeat("é", 61), Role: account.Agent}, "name"},
		"a name of two lines":     {"manager ONE", auth.Invitee{Email: "new10@example.test", Name: "a\nb", Role: account.Agent}, "name"},
		"a name as long as it is": {"manager ONE", auth.Invitee{Email: "new11@example.test", Name: strings.Repeat("é", 60), Role: account.Agent}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := o.Invite(t.Context(), o.actor(k.by), k.n)
			bad, fields := new(invalid.Error), ""
			if errors.As(err, &bad) {
				fields, err = strings.Join(slices.Sorted(maps.Keys(bad.Fields)), ","), nil
			}
			if k.fields == "-" {
				if !errors.Is(err, account.ErrForbidden) {
					t.Errorf("%v", err)
				}
				return
			}
			if fields != k.fields || err != nil {
				t.Errorf("wrong is %q, want %q; %v", fields, k.fields, err)
			}
			p, err := o.people.PersonByEmail(t.Context(), account.NormalEmail(k.n.Email))
			if made := err == nil; made != (k.fields == "") {
				t.Errorf("stored: %v, %v", made, err)
			}
			if err == nil && (p.Role != k.n.Role || p.PasswordHash != "" || k.by == "manager ONE" && p.AgencyID != o.agency.ID) {
				t.Errorf("stored %+v", p)
			}
		})
	}
}

// The answer does not tell whether somebody has the address. The link is sent again
// only to whom this side has invited, and who has no password yet.
func TestAnAddressThatIsKnownIsInvitedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.choose("agent TWO", password)
	sent := func() int {
		return o.count(`SELECT count(*) FROM river_job WHERE kind = 'send_link' AND (args->>'user_id')::bigint IN (SELECT id FROM users WHERE invited_as IS NULL)`)
	}
	for _, k := range []struct {
		by, email string
		links     int
	}{
		{"manager ONE", "agentone@example.test", 1},
		{"manager TWO", "agentone@example.test", 0}, // of another agency
		{"manager TWO", "agenttwo@example.test", 0}, // has a password
		{"manager ONE", "admin@example.test", 0},
	} {
		before := sent()
		if err := o.Invite(t.Context(), o.actor(k.by), auth.Invitee{Email: k.email, Name: "New", Role: account.Agent}); err != nil {
			t.Errorf("%s by %s: %v", k.email, k.by, err)
		}
		if got := sent() - before; got != k.links {
			t.Errorf("%s by %s: %d links", k.email, k.by, got)
		}
	}
}

// Whoever invites sees the same list, and can do the same, whether or not somebody
// elsewhere has the address; that person hears nothing, and signs in as before.
func TestTheListDoesNotTellWhoIsKnownElsewhere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.choose("agent TWO", password)
	ctx, m := t.Context(), o.actor("manager ONE")
	list := func() (rows []string) {
		t.Helper()
		people, err := o.accounts.People(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range people {
			if p.Name == "New" {
				rows = append(rows, fmt.Sprint(p.Email, p.Role, p.Language, p.PasswordHash, p.Suspended, p.Agency.Code, p.HasFactor()))
			}
		}
		return rows
	}
	for range 2 {
		for _, email := range []string{"agenttwo@example.test", "desk@example.test", "nobody@example.test"} {
			if err := o.Invite(ctx, m, auth.Invitee{Email: email, Name: "New", Role: account.Agent, Language: "fr"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var want []string
	for _, email := range []string{"agenttwo@example.test", "desk@example.test", "nobody@example.test"} {
		want = append(want, fmt.Sprint(email, account.Agent, "fr", "", false, "ONE", false))
	}
	if got := list(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("the list: %q", got)
	}
	shadows := 0
	people, err := o.accounts.People(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if !p.Shadow {
			continue
		}
		shadows++
		if err := o.SendLinkAgain(ctx, m, p.Handle); err != nil {
			t.Errorf("the link again: %v", err)
		}
		if _, _, err := o.Link(ctx, auth.SendLink{UserID: p.ID, Reason: auth.Invitation}); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s is mailed: %v", p.Email, err)
		}
	}
	if shadows != 2 {
		t.Errorf("%d shadows", shadows)
	}
	if p, err := o.SignIn(ctx, "agenttwo@example.test", password, network, ""); err != nil || p.Agency.Code != "TWO" {
		t.Errorf("who has the address signs in: %+v, %v", p, err)
	}
}

func TestALinkIsSentAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	o.choose("manager ONE", password)
	for who, reason := range map[string]string{"agent ONE": "invitation", "manager ONE": "reset"} {
		if err := o.SendLinkAgain(ctx, o.actor("admin"), o.persons[who].Handle); err != nil {
			t.Fatal(err)
		}
		if n := o.count(`SELECT count(*) FROM river_job WHERE kind = 'send_link' AND args->>'reason' = $1 AND (args->>'user_id')::bigint = $2`, reason, o.persons[who].ID); n != 1 {
			t.Errorf("%d links of kind %s for %s", n, reason, who)
		}
	}
	if err := o.SendLinkAgain(ctx, o.actor("manager TWO"), o.persons["agent ONE"].Handle); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("of another agency: %v", err)
	}
	limited := new(auth.LimitedError)
	for range 28 {
		if err := o.SendLinkAgain(ctx, o.actor("admin"), o.persons["agent ONE"].Handle); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.SendLinkAgain(ctx, o.actor("admin"), o.persons["agent ONE"].Handle); !errors.As(err, &limited) {
		t.Errorf("the thirty-first: %v", err)
	}
	if err := o.Invite(ctx, o.actor("admin"), auth.Invitee{Email: "n@example.test", Name: "N", Role: account.Admin}); !errors.As(err, &limited) {
		t.Errorf("an invitation beside them: %v", err)
	}
	o.pass(61 * time.Minute)
	if err := o.SendLinkAgain(ctx, o.actor("admin"), o.persons["agent ONE"].Handle); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}
