package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/dbtest"
	"guichet/internal/history"
)

// What was done to entries of the audit log that are sealed is found, and to those
// that are not sealed yet, as far as their times tell.
func TestVerifyFindsWhatWasDoneToTheAuditLog(t *testing.T) {
	t.Parallel()
	const add = `INSERT INTO audit (id, at, action, before, after, network) OVERRIDING SYSTEM VALUE VALUES `
	for name, k := range map[string]struct{ sql, says string }{
		"changed":             {`UPDATE audit SET after = 'GU-0000-0000' WHERE id = 2`, "audit entries 1 to 3 are not those that were sealed"},
		"backdated by hand":   {`UPDATE audit SET at = at - interval '1 day' WHERE id = 2`, "audit entries 1 to 3 are not those that were sealed"},
		"in another's name":   {`UPDATE audit SET actor_id = NULL WHERE id = 5`, "audit entries 4 to 6 are not those that were sealed"},
		"removed":             {`DELETE FROM audit WHERE id = 2`, "audit entries 1 to 3: 2 are there, 3 were sealed"},
		"exchanged":           {`DELETE FROM audit WHERE id = 2; ` + add + `(2, now(), 'sign_in', '', '', '')`, "audit entries 1 to 3 are not those that were sealed"},
		"slipped in":          {add + `(0, now(), 'sign_in', '', '', '')`, "audit entries 1 to 3: 4 are there, 3 were sealed"},
		"backdated, at last":  {add + `(1000, now() - interval '1 day', 'sign_in', '', '', '')`, "audit entry 1000 is dated"},
		"a seal removed":      {`DELETE FROM history_seals WHERE kind = 'audit' AND number = 1`, "the seals before them are missing"},
		"a seal exchanged":    {`UPDATE history_seals SET mac = sha256('x') WHERE kind = 'audit' AND number = 1`, "audit entries 1 to 3 are not those that were sealed"},
		"a seal made up":      {`INSERT INTO history_seals VALUES ('audit', 3, 6, 9, 0, now(), '0', sha256('x'))`, "audit entries 7 to 9 are not those that were sealed"},
		"the rest, and seals": {`WITH x AS (DELETE FROM history_seals WHERE kind = 'audit' AND number = 2) DELETE FROM audit WHERE id > 3`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newBooks(t)
			x.sell(3)
			x.seal()
			x.sell(3)
			x.seal()
			x.well()
			kept, _ := x.verify(app.Heads{Print: true})
			x.byHand(k.sql)
			if said, well := x.verify(app.Heads{}); well != (k.says == "") || !strings.Contains(said, k.says) {
				t.Errorf("%v, without %q:\n%s", well, k.says, said)
			}
			if k.says == "" { // only what was kept elsewhere tells
				if said, well := x.verify(app.Heads{Kept: kept}); well || !strings.Contains(said, "3 of 6 audit entries that were sealed are missing") {
					t.Errorf("%v:\n%s", well, said)
				}
			}
		})
	}
}

// Entries that no node seals, although one runs, are a problem; when none does they
// only wait.
func TestEntriesThatAreNotSealed(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(1)
	x.seal()
	x.sell(2)
	x.well()
	x.byHand(`DELETE FROM nodes`)
	dbtest.MoveClock(t, x.owner, 11*time.Minute)
	if said, well := x.verify(app.Heads{}); !well || !strings.Contains(said, "2 audit entries are not sealed yet") {
		t.Errorf("%v:\n%s", well, said)
	}
	x.byHand(`INSERT INTO nodes (name, build, ahead, chain, began_at) VALUES ('idle', '', '0', 2, clock_timestamp() - interval '11 minutes')`)
	if said, well := x.verify(app.Heads{}); well || !strings.Contains(said, "2 audit entries are older than 10 minutes and are not sealed") {
		t.Errorf("%v:\n%s", well, said)
	}
	x.seal()
	x.well()
}

// An entry whose transaction is long under way has a low id: it is sealed too, and
// not taken for one that was slipped in.
func TestASealWaitsForWhoIsWriting(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(1)
	tx, err := x.app.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context()) //nolint:errcheck // after the commit it does nothing
	if _, err := tx.Exec(t.Context(), `INSERT INTO audit (action, before, after, network) VALUES ('sign_in', '', 'slow', '')`); err != nil {
		t.Fatal(err)
	}
	x.sell(1)
	sealed := make(chan error, 1)
	go func() { _, err := x.history.Seal(t.Context()); sealed <- err }()
	for waits := false; !waits; {
		select {
		case err := <-sealed:
			t.Fatalf("it did not wait: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		const look = `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT EXISTS (SELECT FROM pg_locks%')`
		if err := x.owner.QueryRow(t.Context(), look).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tx.Commit(t.Context()), <-sealed); err != nil {
		t.Fatal(err)
	}
	x.well()
	var rows int
	if err := x.owner.QueryRow(t.Context(), `SELECT rows FROM history_seals WHERE kind = 'audit'`).Scan(&rows); err != nil || rows != 3 {
		t.Errorf("%d entries are sealed, %v", rows, err)
	}
}

// Several nodes seal at once: each entry is sealed once.
func TestSeveralNodesSeal(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	const many = `INSERT INTO audit (action, before, after, network) SELECT 'sign_in', '', n::text, '' FROM generate_series(1, 12000) n`
	if _, err := x.app.Exec(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 4 {
		go func() {
			for more := true; more; {
				var err error
				if more, err = x.history.Seal(t.Context()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	if err := errors.Join(<-done, <-done, <-done, <-done); err != nil {
		t.Fatal(err)
	}
	x.seal()
	x.well()
	var rows, seals int
	if err := x.owner.QueryRow(t.Context(), `SELECT sum(rows), count(*) FROM history_seals WHERE kind = 'audit'`).Scan(&rows, &seals); err != nil || rows != 12000 || seals != 3 {
		t.Errorf("%d entries in %d seals, %v", rows, seals, err)
	}
}

// The same text has the same mark after the release before as in it.
func TestEarlySearchesAreStillFound(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	desk := account.Actor{UserID: x.agent.UserID, Role: account.CustomerService}
	search := func() (mark string) {
		t.Helper()
		if err := x.portal.Accounts.AuditSearch(t.Context(), desk, "text", "Lévy"); err != nil {
			t.Fatal(err)
		}
		if err := x.owner.QueryRow(t.Context(), `SELECT after FROM audit WHERE action = 'searched' ORDER BY id DESC LIMIT 1`).Scan(&mark); err != nil {
			t.Fatal(err)
		}
		return mark
	}
	fresh := search()
	if early := "text ec16deb94e85c46e"; fresh == early {
		t.Errorf("a new portal marks with a key that follows from GUICHET_SECRET_KEY: %s", fresh)
	}
	x.byHand(`DELETE FROM audit`)
	x.byHand(`DELETE FROM sealed_keys`)
	x.byHand(`INSERT INTO audit (action, before, after, network) VALUES ('searched', '', 'text ec16deb94e85c46e', '')`)
	if mark := search(); mark != "text ec16deb94e85c46e" {
		t.Errorf("%s", mark)
	}
}

// A head that was kept elsewhere tells of whole rows that are gone.
func TestAHeadTellsWhatIsGone(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(1)
	if kept, well := x.verify(app.Heads{Print: true}); !well { // before anything is old, or sealed
		t.Fatal(kept)
	} else if said, well := x.verify(app.Heads{Kept: kept}); !well {
		t.Error(said)
	}
	x.sell(21)
	x.seal()
	dbtest.MoveClock(t, x.owner, 10*time.Minute)
	kept, well := x.verify(app.Heads{Print: true})
	if !well {
		t.Fatal(kept)
	}
	x.sell(2)
	x.seal()
	if said, well := x.verify(app.Heads{Kept: kept}); !well || !strings.Contains(said, "all that the head of") || !strings.Contains(said, "22 bookings, 66 events, 22 audit entries") {
		t.Fatalf("%v:\n%s", well, said)
	}
	for name, k := range map[string]struct{ sql, says string }{
		"bookings": {`
			WITH gone AS MATERIALIZED (SELECT id FROM bookings ORDER BY id LIMIT 20),
				e AS (DELETE FROM booking_events WHERE booking_id IN (SELECT id FROM gone)),
				a AS (DELETE FROM attempts WHERE booking_id IN (SELECT id FROM gone)),
				s AS (DELETE FROM booking_states WHERE id IN (SELECT id FROM gone))
			DELETE FROM bookings WHERE id IN (SELECT id FROM gone)`, "20 of 22 bookings are missing"},
		"the last event of one": {`
			WITH e AS (DELETE FROM booking_events WHERE booking_id = 21 AND seq = 3), s AS (UPDATE booking_states SET state = 'held' WHERE id = 21)
			UPDATE bookings SET version = 2, state = 'held' WHERE id = 21`, "of 66 events are missing"},
	} {
		x.byHand(k.sql)
		if said, well := x.verify(app.Heads{}); !well {
			t.Errorf("%s: found without the head:\n%s", name, said)
		}
		if said, well := x.verify(app.Heads{Kept: kept}); well || !strings.Contains(said, k.says) {
			t.Errorf("%s: %v:\n%s", name, well, said)
		}
	}
	x.byHand(`INSERT INTO restores (id, at, restored_to, signs, system_id, timeline, database_oid, bookings_oid, bookings, drafts, sessions, mails)
		VALUES ('r1', portal_now(), now() - interval '1 hour', '{}', 1, 1, 1, 1, 0, 0, 0, 0)`)
	if said, _ := x.verify(app.Heads{Kept: kept}); !strings.Contains(said, "a restore of a backup is on record") || !strings.Contains(said, "what was done since") {
		t.Errorf("no word of the restore:\n%s", said)
	}
	for name, k := range map[string]struct {
		line string
		want error
	}{
		"changed":     {strings.Replace(kept, "bookings 22 ", "bookings 2 ", 1), history.ErrOtherHead},
		"no head":     {"nothing", history.ErrNoHead},
		"half of one": {kept[:len(kept)-70], history.ErrNoHead},
	} {
		if err := app.Verify(t.Context(), x.c, app.Heads{Kept: k.line}, &strings.Builder{}); !errors.Is(err, k.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
