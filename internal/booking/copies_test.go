package booking_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/dbtest"
)

// What PostgreSQL copies of a booking follows each change, also one of the owner's
// by hand that no trigger of the state machine sees.
func TestCopiesFollow(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b, other := c.paid("AA-101-AA", booking.CancellationInsurance), c.held("AA-102-AA")
	c.reconcile()
	for _, change := range []string{
		`UPDATE bookings SET state = 'voided' WHERE id = $1`,
		`UPDATE bookings SET state = 'confirmed' WHERE id = $1`,
		`UPDATE bookings SET id_reissued = true WHERE id = $1`,
		`UPDATE bookings SET supplier_id = NULL, state = 'expired' WHERE id = $1`,
		`UPDATE bookings SET supplier_ref = '' WHERE id = $1`,
		`UPDATE bookings SET supplier_id = 'another', supplier_ref = 'EC-1' WHERE id = $1`,
		`UPDATE bookings SET uncompared = true WHERE id = $1`,
		`UPDATE bookings SET environment = 'sandbox', sale_id = 'another' WHERE id = $1`,
		`UPDATE bookings SET booked_cents = 1, booked_currency = 'CHF' WHERE id = $1`,
		`UPDATE bookings SET booked_cents = NULL, booked_currency = NULL, total_cents = 2, currency = 'GBP' WHERE id = $1`,
		`UPDATE bookings SET insured = NOT insured, zone_code = 'ORY', pay_by = pay_by - interval '1 s' WHERE id = $1`,
		`UPDATE bookings SET from_wall = from_wall + interval '1 day', to_wall = to_wall + interval '1 day', created_at = created_at - interval '1 s' WHERE id = $1`,
		`DELETE FROM bookings WHERE id = $1`,
	} {
		c.byHand(change, b.ID)
		var differ int
		if err := c.pool.QueryRow(t.Context(), copies).Scan(&differ); err != nil || differ != 0 {
			t.Errorf("%s: %d copies differ, %v", change, differ, err)
		}
	}
	c.byHand(`UPDATE booking_states SET state = 'dropped' WHERE id = $1`, other.ID)
	if said := strings.Join(c.problems(), "; "); !strings.Contains(said, `it is "held", but is listed as "dropped"`) {
		t.Errorf("a wrong copy is not found: %q", said)
	}
}

// The application reads the copies and has no way to write them, nor to let the
// owner's function do it on a table of its own.
func TestOnlyPostgreSQLWritesCopies(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-103-AA")
	conn, err := pgx.Connect(t.Context(), dbtest.AsApplication(c.pool.Config().ConnString()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // nothing hangs on it
	if _, err := conn.Exec(t.Context(), `CREATE TEMPORARY TABLE mine AS SELECT * FROM bookings`); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE booking_states SET state = 'expired'`, `DELETE FROM booking_states`, `INSERT INTO booking_states SELECT * FROM booking_states`,
		`UPDATE booking_supplier_ids SET claims = false`, `DELETE FROM booking_supplier_ids`,
		`CREATE TRIGGER mine AFTER UPDATE ON mine FOR EACH ROW EXECUTE FUNCTION bookings_copy()`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	c.reconcile()
	if now := c.now(b.Ref); now.State != booking.Held {
		t.Errorf("it is %s", now.State)
	}
}

// No index of bookings names what a change of state writes: the row is changed in
// place (HOT). It counts within the transaction.
func TestChangesOfStateAreInPlace(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-104-AA", booking.CancellationInsurance)
	if _, err := c.pool.Exec(t.Context(), `VACUUM bookings`); err != nil { // room on its page
		t.Fatal(err)
	}
	err := pgx.BeginFunc(t.Context(), c.pool, func(tx pgx.Tx) error {
		for _, change := range []string{
			`state = 'paying', version = version + 1, lease_ends = now(), changed_at = now(), pay_method = 'cash', receipt = '7'`,
			`state = 'confirmed', version = version + 1, lease_ends = NULL, changed_at = now(), paid_at = now(), paid_by = 'Agent'`,
			`state = 'cancelling', version = version + 1, lease_ends = now(), changed_at = now(), fence = fence + interval '1 hour', reason = 'plans', supplier_id = 'another', supplier_ref = 'EC-1', unfit = '{status}', id_reissued = true`,
		} {
			if _, err := tx.Exec(t.Context(), `UPDATE bookings SET `+change+` WHERE id = $1`, b.ID); err != nil {
				return err
			}
		}
		var updated, inPlace int
		const look = `SELECT pg_stat_get_xact_tuples_updated(c.oid), pg_stat_get_xact_tuples_hot_updated(c.oid) FROM pg_class c WHERE c.relname = 'bookings'`
		if err := tx.QueryRow(t.Context(), look).Scan(&updated, &inPlace); err != nil {
			return err
		}
		if updated != 3 || inPlace != updated {
			t.Errorf("%d of %d changes were made in place", inPlace, updated)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
