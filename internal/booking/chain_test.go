package booking_test

import (
	"io/fs"
	"strings"
	"testing"

	"guichet/internal/booking"
	"guichet/migrations"
)

// problems verifies every booking.
func (c *env) problems() []string {
	c.t.Helper()
	var all []string
	seen := 0
	err := c.store.EachRecord(c.t.Context(), func(r booking.Record) error {
		seen++
		all = append(all, r.Problems()...)
		return nil
	})
	if err != nil || seen == 0 {
		c.t.Fatalf("%d records, %v", seen, err)
	}
	return all
}

// byHand changes rows as somebody with all rights over the database could.
func (c *env) byHand(sql string, args ...any) {
	c.t.Helper()
	tx, err := c.pool.Begin(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer tx.Rollback(c.t.Context()) //nolint:errcheck // after the commit it does nothing
	if _, err := tx.Exec(c.t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
		c.t.Fatal(err)
	}
	tag, err := tx.Exec(c.t.Context(), sql, args...)
	if err != nil || tag.RowsAffected() == 0 {
		c.t.Fatalf("%d rows, %v", tag.RowsAffected(), err)
	}
	if err := tx.Commit(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func TestVerifyFindsNothingWhereNobodyMeddled(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.held("AA-001-AA")
	c.cancelLost("AA-002-AA")
	c.payLost("AA-003-AA", "drop_after")
	c.paid("AA-004-AA")
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
	c.settle()
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("after a while: %q", bad)
	}
}

func TestVerifyFindsWhatWasDoneByHand(t *testing.T) {
	t.Parallel()
	const event = `UPDATE booking_events SET `
	for name, sql := range map[string]string{
		"reason":          event + `reason = 'x' WHERE booking_id = $1 AND seq = 2`,
		"actor":           event + `actor_id = NULL WHERE booking_id = $1 AND seq = 1`,
		"name":            event + `actor_name = actor_name || ' ' WHERE booking_id = $1 AND seq = 1`,
		"role":            event + `actor_role = 'admin' WHERE booking_id = $1 AND seq = 1`,
		"attempt":         event + `attempt_id = NULL WHERE booking_id = $1 AND seq = 2`,
		"time":            event + `at = at + interval '1 microsecond' WHERE booking_id = $1 AND seq = 3`,
		"event":           event + `event = 'late_held' WHERE booking_id = $1 AND seq = 2`,
		"states":          event + `before = 'expired' WHERE booking_id = $1 AND seq = 4`,
		"hash":            event + `hash = sha256('x') WHERE booking_id = $1 AND seq = 4`,
		"no hash":         event + `hash = NULL WHERE booking_id = $1 AND seq = 4`,
		"first removed":   `DELETE FROM booking_events WHERE booking_id = $1 AND seq = 1`,
		"middle removed":  `DELETE FROM booking_events WHERE booking_id = $1 AND seq = 2`,
		"last removed":    `DELETE FROM booking_events WHERE booking_id = $1 AND seq = 4`,
		"all removed":     `DELETE FROM booking_events WHERE booking_id = $1`,
		"one added":       `INSERT INTO booking_events (booking_id, seq, event, before, after, at, hash) SELECT $1, 5, 'late_notice', 'confirmed', 'confirmed', now(), sha256('x')`,
		"last, hidden":    `WITH gone AS (DELETE FROM booking_events WHERE booking_id = $1 AND seq = 4) UPDATE bookings SET version = 3 WHERE id = $1`,
		"one, hidden":     `WITH come AS (INSERT INTO booking_events (booking_id, seq, event, before, after, at, hash) SELECT $1, 5, 'cancel_ok', 'confirmed', 'cancelled', now(), sha256('x')) UPDATE bookings SET version = 5, state = 'cancelled' WHERE id = $1`,
		"state":           `UPDATE bookings SET state = 'cancelled' WHERE id = $1`,
		"version":         `UPDATE bookings SET version = 7 WHERE id = $1`,
		"attempt reopend": `UPDATE attempts SET outcome = 'open' WHERE booking_id = $1 AND operation = 'pay'`,
		"attempt made up": `INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at, ended_at) VALUES ($1, 'pay', 'ok', 'x', now(), now())`,
		"attempt unsaid":  `INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at, ended_at) VALUES ($1, 'cancel', 'refused', 'x', now(), now())`,
		"attempt removed": `DELETE FROM attempts WHERE booking_id = $1 AND operation = 'create'`,
		"paid by another": `UPDATE bookings SET paid_by = 'Somebody Else' WHERE id = $1`,
		"paid before":     `UPDATE bookings SET paid_at = paid_at - interval '1 minute' WHERE id = $1`,
		"attempt refused": `UPDATE attempts SET outcome = 'refused' WHERE booking_id = $1 AND operation = 'pay'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := c.paid("AA-001-AA", booking.CancellationInsurance)
			c.paid("AA-002-AA")
			c.byHand(sql, b.ID)
			bad := c.problems()
			if len(bad) == 0 {
				t.Fatal("nothing was found")
			}
			for _, text := range bad {
				if !strings.HasPrefix(text, b.Ref+": ") {
					t.Errorf("it blames another: %s", text)
				}
			}
		})
	}
}

// What a person moved needs the finding that says so.
func TestVerifyMissesNoFinding(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"removed":    `DELETE FROM findings WHERE booking_id = $1`,
		"changed":    `UPDATE findings SET finding = 'not_paid' WHERE booking_id = $1`,
		"no finding": `UPDATE findings SET act = 'withdrawn' WHERE booking_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b, err := c.resolve(c.desk, lostPay(c), booking.FoundPaid)
			if err != nil || len(c.problems()) > 0 {
				t.Fatal(err, c.problems())
			}
			c.byHand(sql, b.ID)
			if bad := c.problems(); len(bad) != 2 { // nobody paid, and an event without its finding
				t.Errorf("%q", bad)
			}
		})
	}
}

// The migration seals what was there before in the way that the portal does.
func TestMigrationSealsOldEvents(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.paid("AA-001-AA", booking.CancellationInsurance)
	c.cancelLost("AA-002-AA")
	c.byHand(`UPDATE booking_events SET hash = NULL, chain = 1`)
	if len(c.problems()) == 0 {
		t.Fatal("events without a hash go unnoticed")
	}
	text, err := fs.ReadFile(migrations.Files(), "0007_chain.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "-- +goose StatementBegin")
	block, _, _ = strings.Cut(block, "-- +goose StatementEnd")
	if _, err := c.pool.Exec(t.Context(), block); err != nil {
		t.Fatal(err)
	}
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}
