package booking_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// asked is what the supplier itself answers to a cancellation, whatever the
// portal thinks of it.
func (c *env) asked(supplierID string) (obeyed bool) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+"/v3/bookings/"+supplierID+"/cancel", strings.NewReader("{}"))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-ECTOR-AUTHENTICATION", "test-key")
	req.Header.Set("X-ECTOR-ENVIRONMENT", "production")
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode == http.StatusOK
}

// lives makes a booking of each state. While a call is open, or its outcome
// unknown, the supplier may have obeyed: there says so.
var lives = map[booking.State]struct {
	make  func(c *env, services ...string) booking.Booking
	there bool // it is paid there, although not here
}{
	booking.Creating: {func(c *env, s ...string) booking.Booking {
		return c.as(c.held("AA-001-AA", s...), booking.Creating)
	}, false},
	booking.CreateUnknown: {func(c *env, s ...string) booking.Booking {
		return c.as(c.held("AA-001-AA", s...), booking.CreateUnknown)
	}, false},
	booking.Held:   {func(c *env, s ...string) booking.Booking { return c.held("AA-001-AA", s...) }, false},
	booking.Paying: {func(c *env, s ...string) booking.Booking { return c.as(c.paid("AA-001-AA", s...), booking.Paying) }, true},
	booking.PayUnknown: {func(c *env, s ...string) booking.Booking {
		return c.as(c.paid("AA-001-AA", s...), booking.PayUnknown)
	}, true},
	booking.Confirmed: {func(c *env, s ...string) booking.Booking { return c.paid("AA-001-AA", s...) }, true},
	booking.Cancelling: {func(c *env, s ...string) booking.Booking {
		return c.as(c.paid("AA-001-AA", s...), booking.Cancelling)
	}, true},
	booking.CancelUnknown: {func(c *env, s ...string) booking.Booking {
		return c.as(c.paid("AA-001-AA", s...), booking.CancelUnknown)
	}, true},
	booking.Refused: {func(c *env, s ...string) booking.Booking { return c.as(c.held("AA-001-AA", s...), booking.Refused) }, false},
	booking.Dropped: {func(c *env, s ...string) booking.Booking {
		b := c.held("AA-001-AA", s...)
		b, err := c.Drop(c.t.Context(), c.desk, b.Ref, b.Version)
		return must(c.t, b, err)
	}, false},
	booking.Expired: {func(c *env, s ...string) booking.Booking {
		b := c.held("AA-001-AA", s...)
		c.settle()
		return c.now(b.Ref)
	}, false},
	booking.Cancelled: {func(c *env, s ...string) booking.Booking {
		b := c.paid("AA-001-AA", s...)
		c.asked(b.SupplierID)
		return c.as(b, booking.Cancelled)
	}, false},
	booking.Voided: {func(c *env, s ...string) booking.Booking {
		b := c.paid("AA-001-AA", s...)
		c.sim.Erase()
		return c.as(b, booking.Voided)
	}, false},
}

// as puts a booking into a state by hand, past every guard.
func (c *env) as(b booking.Booking, s booking.State) booking.Booking {
	c.t.Helper()
	tx, err := c.pool.Begin(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := tx.Exec(c.t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
		c.t.Fatal(err)
	}
	lease := any(nil)
	if s.InFlight() {
		lease = time.Now().Add(time.Minute)
	}
	if _, err := tx.Exec(c.t.Context(), `UPDATE bookings SET state = $2, lease_ends = $3 WHERE ref = $1`, b.Ref, s, lease); err != nil {
		c.t.Fatal(err)
	}
	if err := tx.Commit(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return c.now(b.Ref)
}

// The check of every insured and uninsured booking in every state, for every
// role, is the supplier's own answer; where it is not, it says why.
func TestCancelCheckPredictsTheSuppliersAnswer(t *testing.T) {
	t.Parallel()
	for state, life := range lives {
		for name, services := range map[string][]string{"insured": {booking.CancellationInsurance}, "uninsured": nil} {
			t.Run(string(state)+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := newEnv(t)
				if err := c.sim.SetProfile(simulator.ProfileDocumented); err != nil {
					t.Fatal(err)
				}
				b := life.make(c, services...)
				if b.State != state {
					t.Fatalf("it is %s", b.State)
				}
				c.judge(b, c.asked, life.there)
			})
		}
	}
	if len(lives) != len(booking.States()) {
		t.Errorf("%d states of %d", len(lives), len(booking.States()))
	}
}

// judge compares the checks of all roles with what the supplier answers.
func (c *env) judge(b booking.Booking, ask func(string) bool, paidThere bool) {
	c.t.Helper()
	bound, manager, admin := c.agent, c.agent, c.desk
	bound.MayCancel, manager.Role, admin.Role = false, account.Manager, account.Admin
	checks := map[string]booking.CancelCheck{}
	for who, actor := range map[string]account.Actor{"agent": c.agent, "bound": bound, "manager": manager, "desk": c.desk, "admin": admin} {
		v, err := c.CheckCancel(c.t.Context(), actor, b)
		if err != nil {
			c.t.Fatal(err)
		}
		if quick := booking.CancelBlocker(actor, b, c.Environment()) == ""; quick != v.Allowed() {
			c.t.Errorf("%s: the list says %v, the check %v", who, quick, v.Allowed())
		}
		checks[who] = v
	}
	obeyed := ask(b.SupplierID)
	if want := paidThere && b.Insured; obeyed != want {
		c.t.Fatalf("the supplier obeys: %v; is the test right?", obeyed)
	}
	for who, v := range checks {
		why := explained(v)
		switch {
		case v.Allowed() && !obeyed:
			c.t.Errorf("%s: forecast to be cancelled, and the supplier refuses", who)
		case !v.Allowed() && obeyed && !why[booking.RuleAllowed] && !why[booking.RulePaid]:
			c.t.Errorf("%s: the supplier would cancel it, and nothing explains why we do not: %+v", who, v)
		case !v.Allowed() && len(why) == 0:
			c.t.Errorf("%s: no, without a reason", who)
		}
		for _, l := range locale.Langs() {
			if why[booking.RulePaid] && !locale.Has(l, "cancel.unpaid."+string(b.State)) {
				c.t.Errorf("%s: nothing explains %s", l, b.State)
			}
		}
	}
	if mayNow := b.State == booking.Confirmed && b.Insured; mayNow != checks["agent"].Allowed() || checks["bound"].Allowed() || checks["admin"].Allowed() {
		c.t.Errorf("agent %v, bound %v, admin %v", checks["agent"].Allowed(), checks["bound"].Allowed(), checks["admin"].Allowed())
	}
}

func explained(v booking.CancelCheck) map[booking.Rule]bool {
	why := map[booking.Rule]bool{}
	for _, r := range v.Rules {
		if !r.Met {
			why[r.Rule] = true
		}
	}
	return why
}
