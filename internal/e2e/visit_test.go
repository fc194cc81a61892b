package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
)

// visit is somebody going through the pages of a shop, one after the other.
type visit struct {
	*shop
	*tab
	t     *testing.T
	agent *clerk
	desks map[string]*clerk // who is signed in, by address
	who   string
}

// eachPage goes to all pages in one language and calls look on each.
func eachPage(t *testing.T, lang locale.Lang, look func(v *visit, p sight)) {
	t.Helper()
	v := &visit{shop: openShop(t, lang), tab: newTab(t), t: t}
	v.signIn()
	for _, p := range pages {
		v.visit(p)
		look(v, p)
	}
}

// signIn lets the agent sign in; everybody else does so anew when it is their
// turn.
func (v *visit) signIn() {
	v.t.Helper()
	v.agent = v.clerk(agent)
	v.desks = map[string]*clerk{nobody: nil, agent: v.agent}
	v.lend(v.shop, v.desks[v.who])
}

func (v *visit) visit(p sight) {
	v.t.Helper()
	if v.who != p.who {
		if _, known := v.desks[p.who]; !known {
			v.desks[p.who] = v.clerk(p.who)
		}
		v.who = p.who
		v.lend(v.shop, v.desks[p.who])
	}
	p.reach(v)
}

// open goes to an address of the portal.
func (v *visit) open(path string) {
	v.t.Helper()
	v.do(chromedp.Navigate(v.url + path))
}

// submit fills in the form with the test id and sends it; what it does not name
// stays as it is.
func (v *visit) submit(testID string, fields url.Values) {
	v.t.Helper()
	values, err := json.Marshal(fields)
	if err != nil {
		v.t.Fatal(err)
	}
	v.leave(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const form = document.querySelector('form[data-testid=%q]');
		for (const [name, [value]] of Object.entries(%s ?? {}))
			for (const e of form.querySelectorAll('[name="' + name + '"]'))
				if (e.type === "radio" || e.type === "checkbox") e.checked = e.value === value; else e.value = value;
		form.requestSubmit();
	})()`, testID, values)))
}

// endless is fault, until it is cleared.
func (v *visit) endless(f simulator.Fault) {
	v.t.Helper()
	if err := v.sim.SetFault(f); err != nil {
		v.t.Fatal(err)
	}
}

// invited makes a link by which a stranger chooses a password.
func (v *visit) invited() string {
	v.t.Helper()
	p, err := v.portal.People.PersonByEmail(v.t.Context(), stranger)
	if err != nil {
		v.t.Fatal(err)
	}
	token, err := v.portal.Auth.InvitationLink(v.t.Context(), p.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	return "/welcome/" + token
}

// alerted makes a link of a mail that tells a stranger of a change.
func (v *visit) alerted() string {
	v.t.Helper()
	p, err := v.portal.People.PersonByEmail(v.t.Context(), stranger)
	if err != nil {
		v.t.Fatal(err)
	}
	_, token, err := v.portal.Auth.AlertLink(v.t.Context(), auth.SendAlert{UserID: p.ID, Change: auth.NewBrowser, At: time.Now()})
	if err != nil {
		v.t.Fatal(err)
	}
	return "/alerts/" + token
}

// somebody is the address of a person's page.
func (v *visit) somebody(list, email string) string {
	v.t.Helper()
	p, err := v.portal.People.PersonByEmail(v.t.Context(), email)
	if err != nil {
		v.t.Fatal(err)
	}
	return list + "/" + p.Handle
}

// enrol gives somebody a second factor, and leaves the sessions as if each had
// shown it.
func (v *visit) enrol(email string) {
	v.t.Helper()
	people, ctx, id := postgres.NewAuth(v.portal.People), v.t.Context(), v.ids[email]
	v.sql(`CREATE TABLE sessions_before AS SELECT * FROM signed_in`)
	err := people.BeginFactor(ctx, id, "GEZDGNBVGY3TQOJQ", "here")
	if err == nil {
		hashes := [][]byte{{1}, {2}, {3}}
		codes := "0000-1111-2222-3333-4444-5555\n6666-7777-8888-9999-AAAA-BBBB\nCCCC-DDDD-EEEE-FFFF-GGGG-HHHH"
		err = people.InTx(ctx, func(tx auth.Tx) error {
			return tx.ConfirmFactor(ctx, id, "GEZDGNBVGY3TQOJQ", 1, codes, hashes)
		})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	v.sql(`INSERT INTO signed_in (token, user_id, device, begun_at, used_at, verified_at, sure_at)
		SELECT token, user_id, device, begun_at, used_at, used_at, sure_at FROM sessions_before WHERE token NOT IN (SELECT token FROM signed_in);
		DROP TABLE sessions_before`)
}
