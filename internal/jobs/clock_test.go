package jobs_test

import (
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/postgres"
)

// A node whose clock is wrong sweeps, works the queue and mails like any other.
func TestANodeWhoseClockIsWrongSweeps(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"10 minutes ahead": 10 * time.Minute, "10 minutes behind": -10 * time.Minute, "2 days ahead": 48 * time.Hour, "2 days behind": -48 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newEnv(t, 1)
			o.clock = func() time.Time { return time.Now().Add(off) }
			if err := o.nodes[0].RefreshZones(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			held := o.held("AA-001-AA")
			service := o.auth()
			if err := service.Forgot(t.Context(), "agent@example.test", "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			o.pass(time.Hour)
			o.run()
			o.await(`SELECT state = 'expired' FROM bookings WHERE ref = $1`, held.Ref)
			o.done()
			if n := len(o.caught.Messages()); n != 1 {
				t.Errorf("%d mails", n)
			}
			// What it said of its clock, and when the queue will do what comes next.
			o.await(`SELECT count(*) = 1 FROM nodes WHERE abs(extract(epoch FROM ahead) - $1) < 2`, off.Seconds())
			o.await(`SELECT count(*) = 0 FROM river_job WHERE scheduled_at > now() + interval '7 hours' OR scheduled_at < now() - interval '1 hour'`)
		})
	}
}

// Far more is due than a run moves: each run is bounded, the next follows at once,
// and a lease waits for none of them.
func TestManyExpireInBoundedRuns(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	if err := o.nodes[0].RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	first := o.held("AA-001-AA")
	const more = 2 * booking.SweepMost
	_, err := o.pool.Exec(t.Context(), `
		WITH drafts AS (SELECT 'copy-' || n AS draft, 'GU-' || lpad(n::text, 4, '0') || '-COPY' AS ref FROM generate_series(1, $2) n)
		INSERT INTO bookings (ref, state, version, agency_id, user_id, environment, draft_id, sale_id, zone_id, zone_code, zone_name, zone_kind,
			city, timezone, from_wall, to_wall, from_at, to_at, quote, services, total_cents, currency, first_name, last_name, email, phone,
			country, language, make, model, color, plate, t0, pay_by, deadline, fence, lease_ends, created_at, changed_at)
		SELECT d.ref, 'creating', 1, agency_id, user_id, environment, d.draft, d.draft, zone_id, zone_code, zone_name, zone_kind,
			city, timezone, from_wall, to_wall, from_at, to_at, quote, services, total_cents, currency, first_name, last_name, email, phone,
			country, language, make, model, color, plate, t0, pay_by, deadline, fence, deadline, created_at, changed_at
		FROM bookings, drafts d WHERE id = $1`, first.ID, more)
	if err == nil {
		_, err = o.pool.Exec(t.Context(), `
			UPDATE bookings SET state = 'held', version = 2, lease_ends = NULL, supplier_id = draft_id WHERE state = 'creating'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.pass(time.Hour)
	n, err := o.nodes[0].Expire(t.Context())
	if err != nil || n < booking.SweepMost || n >= 2*booking.SweepMost {
		t.Errorf("one run moved %d, %v", n, err)
	}
	o.run()
	o.await(`SELECT count(*) = 0 FROM bookings WHERE state = 'held'`)
}

// What the queue's library would do by the clock of its node, the node does by the
// database's: no job is lost, and none is tried again while it runs.
func TestUpkeepGoesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	o := newEnv(t, 1)
	node := postgres.NewNode(o.pool, "test", "", func() time.Time { return time.Now().Add(48 * time.Hour) })
	if err := node.Measure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(node.Now()).Abs(); off > time.Minute {
		t.Errorf("the node takes the database's time to be %s off", off)
	}
	_, err := o.pool.Exec(t.Context(), `
		INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, finalized_at, scheduled_at) VALUES
			('runs', '{}', 'running', 1, 7, now() - interval '1 min', NULL, now()),
			('stuck', '{}', 'running', 1, 7, now() - interval '3 min', NULL, now()),
			('last', '{}', 'running', 7, 7, now() - interval '3 min', NULL, now()),
			('fresh', '{}', 'completed', 1, 1, now(), now() - interval '50 min', now()),
			('old', '{}', 'completed', 1, 1, now(), now() - interval '70 min', now()),
			('dead', '{}', 'discarded', 1, 1, now(), now() - interval '6 days', now()),
			('buried', '{}', 'discarded', 1, 1, now(), now() - interval '8 days', now());
		INSERT INTO river_queue (name, updated_at) VALUES ('default', now() - interval '10 min'), ('gone', now() - interval '2 days')`)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := node.Upkeep(t.Context(), 2*time.Minute, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	var jobs, queues string
	err = o.pool.QueryRow(t.Context(), `SELECT string_agg(kind || ' ' || state, ', ' ORDER BY kind) FROM river_job`).Scan(&jobs)
	if want := "dead discarded, fresh completed, last discarded, runs running, stuck available"; err != nil || jobs != want {
		t.Errorf("jobs: %s, want %s; %v", jobs, want, err)
	}
	// So asks a node whose clock is two days ahead.
	err = o.pool.QueryRow(t.Context(), `
		WITH d AS (DELETE FROM river_queue WHERE updated_at < now() + interval '2 days' - interval '1 day' RETURNING name)
		SELECT string_agg(name, ' ') FROM d`).Scan(&queues)
	if err != nil || queues != "gone" {
		t.Errorf("deleted queues: %s, %v", queues, err)
	}
}
