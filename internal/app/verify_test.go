package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

// books is a portal with a history that somebody may meddle with.
type books struct {
	t       *testing.T
	c       config.Config
	portal  *app.Portal
	history *postgres.History
	agent   account.Actor
	owner   *pgxpool.Pool // with all rights
	app     *pgxpool.Pool // as the portal itself
	sold    int
}

func newBooks(t *testing.T) *books {
	t.Helper()
	_, there := newSimulator(t)
	x := &books{t: t, owner: dbtest.New(t)}
	x.app = dbtest.Application(t, x.owner)
	x.c = settings(x.owner.Config().ConnString(), there)
	x.agent = newAgent(t, x.owner.Config().ConnString())
	x.open()
	return x
}

// open starts the portal with its settings.
func (x *books) open() {
	x.t.Helper()
	sealing, err := vault.New(x.c.SecretKey)
	if err != nil {
		x.t.Fatal(err)
	}
	x.history = postgres.NewHistory(x.app, postgres.NewKeys(sealing))
	if x.portal, err = app.Open(x.t.Context(), x.c, time.Now, quiet); err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(x.portal.Close)
}

// sell sells n places, whose ids it returns, with an audit entry for each.
func (x *books) sell(n int) (ids []int64) {
	x.t.Helper()
	for range n {
		x.sold++
		from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
		d, err := x.portal.Bookings.Quote(x.t.Context(), x.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
		if err != nil {
			x.t.Fatal(err)
		}
		d, err = x.portal.Bookings.SaveCustomer(x.t.Context(), x.agent, d.ID, booking.CustomerForm{
			FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34",
			Make: "Renault", Model: "Clio", Color: "bleue", Plate: fmt.Sprintf("AA-%03d-AA", x.sold), Language: "fr",
		})
		if err != nil {
			x.t.Fatal(err)
		}
		b, err := x.portal.Bookings.Book(x.t.Context(), x.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
		if err != nil || b.State != booking.Held {
			x.t.Fatal(b.State, err)
		}
		if b, err = x.portal.Bookings.Drop(x.t.Context(), x.agent, b.Ref, b.Version); err != nil {
			x.t.Fatal(err)
		}
		if err := x.portal.Accounts.AuditBooking(x.t.Context(), x.agent, account.DidView, b.Ref, x.agent.AgencyID); err != nil {
			x.t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	return ids
}

// seal does what a node does once a minute.
func (x *books) seal() {
	x.t.Helper()
	for more := true; more; {
		var err error
		if more, err = x.history.Seal(x.t.Context()); err != nil {
			x.t.Fatal(err)
		}
	}
}

// verify returns what `portal verify` says, and whether all is well.
func (x *books) verify(heads app.Heads) (said string, well bool) {
	x.t.Helper()
	var out strings.Builder
	err := app.Verify(x.t.Context(), x.c, heads, &out)
	if err != nil && !strings.Contains(err.Error(), "do not agree") {
		x.t.Fatal(err)
	}
	return out.String(), err == nil
}

func (x *books) well() {
	x.t.Helper()
	if said, well := x.verify(app.Heads{}); !well {
		x.t.Fatal(said)
	}
}

// byHand runs statements as somebody with all rights, whom no trigger stops.
func (x *books) byHand(sql string, args ...any) {
	x.t.Helper()
	tx, err := x.owner.Begin(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	defer tx.Rollback(x.t.Context()) //nolint:errcheck // after the commit it does nothing
	if _, err := tx.Exec(x.t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
		x.t.Fatal(err)
	}
	tag, err := tx.Exec(x.t.Context(), sql, args...)
	if err != nil || tag.RowsAffected() == 0 {
		x.t.Fatalf("%s: %d rows, %v", sql, tag.RowsAffected(), err)
	}
	if err := tx.Commit(x.t.Context()); err != nil {
		x.t.Fatal(err)
	}
}

// An event in another's name, appended as the application's role with everything that
// stands in the database: the key does not.
func TestVerifyFindsAForgedEvent(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		chain int
		ago   time.Duration
		early bool // among events of the release before
	}{
		"like those of today":               {booking.ChainMAC, 0, false},
		"like those of before":              {booking.ChainHash, 0, false},
		"like those of before, backdated":   {booking.ChainHash, 48 * time.Hour, false},
		"among those of before, backdated":  {booking.ChainHash, 48 * time.Hour, true},
		"among those of before, as of now":  {booking.ChainHash, 0, true},
		"like those of today, among others": {booking.ChainMAC, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newBooks(t)
			ids := x.sell(2)
			if k.early {
				x.likeBefore()
			}
			x.seal()
			x.well()
			x.forge(ids[1], k.chain, k.ago)
			said, well := x.verify(app.Heads{})
			if well || strings.Contains(said, "stands where") || strings.Contains(said, "but") {
				t.Errorf("%v, or found by something else:\n%s", well, said)
			}
		})
	}
}

// forge appends a well-formed event to a booking as the application's role.
func (x *books) forge(id int64, chain int, ago time.Duration) {
	x.t.Helper()
	ctx := x.t.Context()
	var previous []byte
	e := booking.HistoryEntry{Event: booking.CaseAnswered, ActorName: "Somebody Else", ActorRole: "job", At: time.Now().Add(-ago).Truncate(time.Microsecond)}
	const look = `SELECT seq + 1, after, hash FROM booking_events WHERE booking_id = $1 ORDER BY seq DESC LIMIT 1`
	if err := x.app.QueryRow(ctx, look, id).Scan(&e.Seq, &e.Before, &previous); err != nil {
		x.t.Fatal(err)
	}
	e.After = e.Before
	hash := booking.Seal(previous, id, e)
	if chain == booking.ChainMAC {
		hash = booking.SealWith(nil, previous, id, e)
	}
	tx, err := x.app.Begin(ctx)
	if err != nil {
		x.t.Fatal(err)
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after the commit it does nothing
	if _, err := tx.Exec(ctx, `UPDATE bookings SET version = version + 1 WHERE id = $1`, id); err != nil {
		x.t.Fatal(err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO booking_events (booking_id, seq, event, before, after, actor_name, actor_role, reason, at, hash, chain)
		VALUES ($1, $2, $3, $4, $4, $5, $6, '', $7, $8, $9)`, id, e.Seq, e.Event, e.Before, e.ActorName, e.ActorRole, e.At, hash, chain)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := tx.Commit(ctx); err != nil {
		x.t.Fatal(err)
	}
}

// likeBefore chains all events as the release before did.
func (x *books) likeBefore() {
	x.t.Helper()
	rows, err := x.owner.Query(x.t.Context(), `
		SELECT booking_id, seq, event, before, after, coalesce(actor_id, 0), actor_name, actor_role, reason, coalesce(attempt_id, 0), at
		FROM booking_events ORDER BY booking_id, seq`)
	if err != nil {
		x.t.Fatal(err)
	}
	var id int64
	var e booking.HistoryEntry
	var hash []byte
	hashes := map[[2]int64][]byte{}
	for rows.Next() {
		if err := rows.Scan(&id, &e.Seq, &e.Event, &e.Before, &e.After, &e.ActorID, &e.ActorName, &e.ActorRole, &e.Reason, &e.AttemptID, &e.At); err != nil {
			x.t.Fatal(err)
		}
		if e.Seq == 1 {
			hash = nil
		}
		hash = booking.Seal(hash, id, e)
		hashes[[2]int64{id, int64(e.Seq)}] = hash
	}
	if err := rows.Err(); err != nil {
		x.t.Fatal(err)
	}
	for of, hash := range hashes {
		x.byHand(`UPDATE booking_events SET chain = 1, hash = $3 WHERE booking_id = $1 AND seq = $2`, of[0], of[1], hash)
	}
}

// Events of the release before are sealed once it runs nowhere any more.
func TestEarlyEventsAreSealedWhenTheReleaseBeforeIsGone(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(2)
	x.likeBefore()
	if _, err := x.owner.Exec(t.Context(), `INSERT INTO nodes (name, build, ahead) VALUES ('old', '', '0')`); err != nil {
		t.Fatal(err)
	}
	x.seal()
	if said, well := x.verify(app.Heads{}); !well || !strings.Contains(said, "6 events of an earlier release are not sealed yet") {
		t.Errorf("%v: %s", well, said)
	}
	x.byHand(`UPDATE sealed_keys SET made_at = made_at - interval '25 hours'`)
	if said, well := x.verify(app.Heads{}); well || !strings.Contains(said, "still not sealed") {
		t.Errorf("after a day: %v: %s", well, said)
	}
	x.byHand(`DELETE FROM nodes WHERE name = 'old'`)
	x.seal()
	x.sell(1)
	if said, well := x.verify(app.Heads{}); !well || strings.Contains(said, "sealed yet") {
		t.Errorf("%v: %s", well, said)
	}
	x.byHand(`DELETE FROM history_seals WHERE kind = 'events' AND number = 1`)
	if said, well := x.verify(app.Heads{}); well {
		t.Errorf("a seal is gone: %s", said)
	}
}

// A node seals what is written, by itself.
func TestANodeSealsWhatIsWritten(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(2)
	listener, err := app.Listen(t.Context(), "GUICHET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- x.portal.Run(ctx, listener) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for sealed := 0; sealed < 2; <-tick.C {
		if err := x.owner.QueryRow(patience, `SELECT coalesce(sum(rows), 0) FROM history_seals WHERE kind = 'audit'`).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ran:
			t.Fatalf("it stopped: %v", err)
		default:
		}
	}
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	x.well()
}

// What the portal writes is chained under the key.
func TestThePortalChainsWithTheKey(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	x.sell(1)
	var events, chained int
	if err := x.owner.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE chain = 2) FROM booking_events`).Scan(&events, &chained); err != nil || events == 0 || events != chained {
		t.Errorf("%d of %d, %v", chained, events, err)
	}
}
