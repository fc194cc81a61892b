package booking_test

import (
	"fmt"
	"testing"

	"guichet/internal/account"
)

// refuseAudit lets the database take no entry of an action.
func (c *env) refuseAudit(action account.Action) {
	c.t.Helper()
	_, err := c.pool.Exec(c.t.Context(), fmt.Sprintf(`
		CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no entry'; END $$;
		CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = '%s') EXECUTE FUNCTION refuse_audit()`, action))
	if err != nil {
		c.t.Fatal(err)
	}
}

// Nothing is done that the audit log does not know: when the entry cannot be
// written, the act is not.
func TestWhatCannotBeAuditedIsNotDone(t *testing.T) {
	t.Parallel()
	for action, k := range map[account.Action]struct {
		before string // by the owner
		act    func(*env, account.Actor) error
		state  string // what the act changes
	}{
		account.DidReopen: {
			`UPDATE portal_state SET frozen = true`,
			func(c *env, a account.Actor) error { return c.Unfreeze(c.t.Context(), a) },
			`SELECT frozen::text FROM portal_state`,
		},
		account.DidRefreshZones: {
			`UPDATE zones SET withdrawn = true WHERE code = 'CDG'`,
			func(c *env, a account.Actor) error { _, err := c.RefreshZonesNow(c.t.Context(), a); return err },
			`SELECT withdrawn::text FROM zones WHERE code = 'CDG'`,
		},
		account.DidAcceptZones: {
			`UPDATE zone_refreshes SET waiting = true`,
			func(c *env, a account.Actor) error { return c.AcceptZones(c.t.Context(), a, 0) },
			`SELECT waiting::text FROM zone_refreshes`,
		},
		account.DidSetTimezone: {
			`UPDATE zones SET timezone = '' WHERE code = 'CDG'`,
			func(c *env, a account.Actor) error {
				zones, err := c.Zones(c.t.Context())
				for _, z := range zones.Zones {
					if z.Code == "CDG" {
						err = c.SetTimezone(c.t.Context(), a, z.ID, "Europe/Paris")
					}
				}
				return err
			},
			`SELECT timezone FROM zones WHERE code = 'CDG'`,
		},
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			admin := account.Actor{UserID: c.desk.UserID, Role: account.Admin}
			look := func() (state string, entries int) {
				err := c.pool.QueryRow(t.Context(), `SELECT (`+k.state+`), (SELECT count(*) FROM audit WHERE action = $1)`, action).Scan(&state, &entries)
				if err != nil {
					t.Fatal(err)
				}
				return state, entries
			}
			if _, err := c.pool.Exec(t.Context(), k.before); err != nil {
				t.Fatal(err)
			}
			before, _ := look()
			c.refuseAudit(action)
			if err := k.act(c, admin); err == nil {
				t.Error("it was done")
			}
			if state, entries := look(); state != before || entries != 0 {
				t.Errorf("refused: %q, was %q, %d entries", state, before, entries)
			}
			if _, err := c.pool.Exec(t.Context(), `DROP TRIGGER refuse_audit ON audit`); err != nil {
				t.Fatal(err)
			}
			if err := k.act(c, admin); err != nil {
				t.Error(err)
			}
			if state, entries := look(); state == before || entries != 1 {
				t.Errorf("done: still %q, %d entries", state, entries)
			}
		})
	}
}
