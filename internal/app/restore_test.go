package app_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/simulator"
)

// The operator stops all sales, or says that a backup was restored, with the
// database alone; an admin reopens.
func TestFreezeAndRestoredByHand(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	url := dbtest.URL(t)
	portal, err := app.Open(t.Context(), settings(url, there), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	agent := newAgent(t, url)
	d := draft(t, portal.Bookings, agent)
	for name, database := range map[string]string{"as the portal": dbtest.AsApplication(url), "as the owner": url} {
		if err := portal.Bookings.Unfreeze(t.Context(), account.Actor{UserID: agent.UserID, Role: account.Admin}); err != nil {
			t.Fatal(err)
		}
		for command, do := range map[string]func(*strings.Builder) error{
			"freeze":   func(out *strings.Builder) error { return app.Freeze(t.Context(), database, out) },
			"restored": func(out *strings.Builder) error { return app.Restored(t.Context(), database, time.Now(), out) },
		} {
			var said strings.Builder
			if err := do(&said); err != nil || !strings.Contains(said.String(), "/admin/frozen") {
				t.Errorf("%s %s: %q, %v", command, name, said.String(), err)
			}
			if frozen, err := portal.Bookings.Frozen(t.Context()); err != nil || !frozen {
				t.Errorf("%s %s: frozen %v, %v", command, name, frozen, err)
			}
		}
	}
	e, left, err := portal.Bookings.Restored(t.Context(), account.Actor{Role: account.Admin})
	if err != nil || e.SaidBy != "operator" || e.RestoredTo.IsZero() || left.Drafts != 1 {
		t.Errorf("%+v, %+v, %v", e, left, err)
	}
	if d, err = portal.Bookings.Draft(t.Context(), agent.Scope(), d.ID); err != nil || !d.Uncompared {
		t.Errorf("the quote is not marked: %v", err)
	}
}

// Sessions, links and mails that a restore brings back end, or wait for a person.
func TestWhatARestoreEnds(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	url := dbtest.URL(t)
	portal, err := app.Open(t.Context(), settings(url, there), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	agent := newAgent(t, url)
	session := auth.Session{Key: "k", UserID: agent.UserID, Device: "d"}
	if err := portal.Auth.BeginSession(t.Context(), session, true); err != nil {
		t.Fatal(err)
	}
	if _, err := portal.Auth.InvitationLink(t.Context(), agent.UserID); err != nil {
		t.Fatal(err)
	}
	if err := portal.Auth.Forgot(t.Context(), "agent@example.test", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if err := app.Restored(t.Context(), dbtest.AsApplication(url), time.Time{}, new(strings.Builder)); err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var left int
	err = pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM signed_in) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM tickets) +
		(SELECT count(*) FROM river_job WHERE kind = 'send_link' AND state <> 'discarded')`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d of them live on, %v", left, err)
	}
	mails, err := portal.Auth.DeadMail(t.Context(), account.Actor{Role: account.CustomerService})
	if err != nil || len(mails) != 1 {
		t.Errorf("%d mails wait for a person, %v", len(mails), err)
	}
}

// A node that starts on a database from which its last claim is gone freezes
// before it serves; one that starts again on the same database does not.
func TestARestoreDuringAStopIsNoticed(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	url := dbtest.URL(t)
	c := settings(url, there)
	c.StateDir = t.TempDir()
	start := func() *app.Portal {
		t.Helper()
		portal, err := app.Open(t.Context(), c, time.Now, quiet)
		if err != nil {
			t.Fatal(err)
		}
		return portal
	}
	frozen := func(p *app.Portal) bool {
		t.Helper()
		f, err := p.Bookings.Frozen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	portal := start()
	agent := newAgent(t, url)
	d := draft(t, portal.Bookings, agent)
	b, err := portal.Bookings.Book(t.Context(), agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
	if err != nil || b.State != booking.Held {
		t.Fatalf("%s, %v", b.State, err)
	}
	portal.Close()
	portal = start()
	if frozen(portal) {
		t.Error("a restart is taken for a restore")
	}
	portal.Close()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	// As a snapshot of a minute ago: no sign differs, the claim alone is gone.
	const gone = `SET session_replication_role = replica; DELETE FROM booking_events; DELETE FROM attempts; DELETE FROM bookings; RESET session_replication_role`
	if _, err := pool.Exec(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	portal = start()
	defer portal.Close()
	e, _, err := portal.Bookings.Restored(t.Context(), account.Actor{Role: account.Admin})
	if err != nil || !frozen(portal) || len(e.Signs) != 1 || e.Signs[0] != "claim" {
		t.Errorf("frozen %v, %+v, %v", frozen(portal), e, err)
	}
}

// While a backup is being restored under a running portal, its tables or what
// guards their rows are missing: the database is away, and pages say so.
func TestADatabaseThatIsBeingRestoredIsAway(t *testing.T) {
	t.Parallel()
	for what, half := range map[string]string{
		"without a table":         `ALTER TABLE portal_witness RENAME TO not_yet`,
		"without what comes last": `ALTER TABLE users DROP CONSTRAINT users_agency_id_fkey`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, there := newSimulator(t)
			url := dbtest.URL(t)
			portal, err := app.Open(t.Context(), settings(url, there), time.Now, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer portal.Close()
			pool, err := pgxpool.New(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			half += `; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
			if _, err := pool.Exec(t.Context(), half); err != nil {
				t.Fatal(err)
			}
			for range 5 { // the first ones may meet the connections that were cut
				_, err = portal.Bookings.Booking(t.Context(), account.Everything(), "GU-0000-0000")
			}
			if !errors.Is(err, booking.ErrAway) {
				t.Errorf("half a database: %v", err)
			}
		})
	}
}

// A restore in place drops what guards the rows before it drops the rows, on
// connections that stand: nothing is sold in between.
func TestNothingIsSoldWhileGuardsAreMissing(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := newDrill(t, simulator.ProfileDocumented, url)
	draft := d.quote("AA-002-AA")
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), `ALTER TABLE users DROP CONSTRAINT users_agency_id_fkey`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.book(draft); !errors.Is(err, booking.ErrAway) {
		t.Errorf("book: %v", err)
	}
	if n := len(d.sim.Ledger()); n != 0 {
		t.Errorf("%d bookings at the supplier's", n)
	}
}

// Nodes look for what a restore makes last: nothing of the domain may come after it.
func TestWhatARestoreMakesLast(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	d := newDrill(t, simulator.ProfileDocumented, url)
	dump := filepath.Join(t.TempDir(), "dump")
	d.tool(url, "pg_dump", "-Fc", "-f", dump, url)
	var last string
	for line := range strings.Lines(d.says(url, "pg_restore", "-l", dump)) {
		kind, name, _ := strings.Cut(line, " public ")
		if after := strings.Fields(name); len(after) > 1 && !strings.HasSuffix(kind, " ACL") {
			last = after[1]
		}
	}
	if last != "users_agency_id_fkey" {
		t.Errorf("%q is made last", last)
	}
}
