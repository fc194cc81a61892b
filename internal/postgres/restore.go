package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/restore"
)

const (
	// eventBudget bounds the marking of what a restore brought back.
	eventBudget = 10 * time.Minute

	// restoreLock is the advisory lock under which a restore is put on record.
	restoreLock = 0x677565737465

	// recentClaims are read from the database at each look.
	recentClaims = 8

	// markedQuotes are listed of those that can no longer be booked.
	markedQuotes = 50
)

// ErrStandby is a server that follows another one: it changes nothing, and what
// it lacks may still come.
var ErrStandby = fmt.Errorf("the database's server is in recovery: %w", booking.ErrAway)

// ErrIncomplete is a database that a backup is being restored into: what guards its
// rows may be missing still.
var ErrIncomplete = fmt.Errorf("the database lacks constraints, a backup is being restored: %w", booking.ErrAway)

// lastRestored is what pg_restore makes last, once data, indexes and triggers are
// there, and what it drops first when it clears the database that is in use.
const lastRestored = "users_agency_id_fkey"

// Witnessed is one connection as restore.Database.
type Witnessed struct{ Conn *pgx.Conn }

// Look implements restore.Database.
func (c Witnessed) Look(ctx context.Context, claims []string) (restore.Found, error) {
	f, err := look(ctx, c.Conn, claims)
	if err != nil {
		return f, fmt.Errorf("compare the database with what is remembered: %w", domainError(err))
	}
	return f, nil
}

// Record implements restore.Database. It does not end with the visitor who
// happened to need the connection.
func (c Witnessed) Record(ctx context.Context, e restore.Event, claims []string, judge func(restore.Found) []restore.Sign) (restore.Found, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eventBudget)
	defer cancel()
	var f restore.Found
	err := pgx.BeginFunc(ctx, c.Conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, restoreLock); err != nil {
			return err
		}
		var err error
		if f, err = look(ctx, tx, claims); err != nil {
			return err
		}
		if e.Signs = judge(f); len(e.Signs) == 0 {
			return nil
		}
		if err := recordRestore(ctx, tx, &e, f.Signs); err != nil {
			return err
		}
		f.Latest, f.Own = e, true
		return nil
	})
	if err != nil {
		return f, fmt.Errorf("put a restore on record: %w", domainError(err))
	}
	return f, nil
}

const lookSigns = `
	SELECT portal_now(), w.portal, s.system_identifier, c.timeline_id, d.oid, 'bookings'::regclass::oid, pg_is_in_recovery(),
		coalesce((SELECT r.xmin::text::bigint = r.xid::text::numeric % 4294967296 FROM restores r ORDER BY r.at DESC LIMIT 1),
			w.xmin::text::bigint = w.xid::text::numeric % 4294967296),
		EXISTS (SELECT FROM bookings) OR EXISTS (SELECT FROM restores),
		EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'users'::regclass AND conname = '` + lastRestored + `')
	FROM portal_witness w, pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()`

func look(ctx context.Context, q querier, claims []string) (restore.Found, error) {
	var f restore.Found
	var standby, complete bool
	err := q.QueryRow(ctx, lookSigns).Scan(&f.Now, &f.Portal, &f.Signs.System, &f.Signs.Timeline, &f.Signs.Database, &f.Signs.Bookings, &standby, &f.Own, &f.Sold, &complete)
	if err != nil {
		return f, err
	}
	switch {
	case standby:
		return f, ErrStandby
	case !complete:
		return f, ErrIncomplete
	}
	rows, err := q.Query(ctx, `SELECT c FROM unnest($1::text[]) c WHERE NOT EXISTS (SELECT FROM attempts a WHERE a.correlation = c)`, claims)
	if err != nil {
		return f, err
	}
	if f.Missing, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return f, err
	}
	if rows, err = q.Query(ctx, `SELECT correlation, started_at FROM (SELECT * FROM attempts ORDER BY id DESC LIMIT $1) a ORDER BY id`, recentClaims); err != nil {
		return f, err
	}
	if f.Recent, err = pgx.CollectRows(rows, pgx.RowToStructByPos[restore.Claim]); err != nil {
		return f, err
	}
	list, err := restores(ctx, q, 1)
	if len(list) > 0 {
		f.Latest = list[0]
	}
	return f, err
}

func restores(ctx context.Context, q querier, limit int) ([]restore.Event, error) {
	rows, err := q.Query(ctx, `
		SELECT id, at, signs, restored_to, said_by, system_id, timeline, database_oid, bookings_oid, bookings, drafts, sessions, mails
		FROM restores ORDER BY at DESC LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e restore.Event, err error) {
		var to *time.Time
		var table, database int64
		err = row.Scan(&e.ID, &e.NoticedAt, &e.Signs, &to, &e.SaidBy, &e.Found.System, &e.Found.Timeline, &database, &table,
			&e.Bookings, &e.Drafts, &e.Sessions, &e.Mails)
		e.RestoredTo, e.Found.Database, e.Found.Bookings = orZero(to), uint32(database), uint32(table) //nolint:gosec // they were unsigned
		return e, err
	})
}

// whatFollows marks and ends what a restore brought back, and counts it. A paid
// booking stays paid. Of what is over here, only that is marked whose stay is not:
// it alone could still be sold twice. Open cases are left to those who hold them.
var whatFollows = []struct {
	count func(*restore.Event) *int
	sql   string
	args  []any
}{
	{
		count: func(e *restore.Event) *int { return &e.Bookings }, sql: `
		UPDATE bookings SET uncompared = true WHERE NOT uncompared AND state <> 'confirmed' AND (state = ANY ($1) OR to_at > (SELECT portal_now()))`,
		args: []any{asText(booking.LiveStates())},
	},
	{count: func(e *restore.Event) *int { return &e.Drafts }, sql: `
		UPDATE drafts d SET uncompared = true WHERE NOT uncompared AND NOT EXISTS (SELECT FROM bookings b WHERE b.draft_id = d.id)`},
	{sql: `
		INSERT INTO cases (booking_id, why, due, opened_at) SELECT id, 'uncompared', portal_now(), portal_now() FROM bookings
		WHERE uncompared AND state = ANY ($1)
		ON CONFLICT (booking_id, why) WHERE resolved_at IS NULL DO NOTHING`, args: []any{asText(booking.LiveStates())}},
	{count: func(e *restore.Event) *int { return &e.Sessions }, sql: `DELETE FROM signed_in`},
	{sql: `DELETE FROM sessions`},
	{sql: `DELETE FROM tickets`},
	{sql: `DELETE FROM alert_links`},
	{sql: `DELETE FROM kept_forms`},
	{count: func(e *restore.Event) *int { return &e.Mails }, sql: `
		UPDATE river_job SET state = 'discarded', finalized_at = now()
		WHERE kind = ANY ($1) AND finalized_at IS NULL`, args: []any{auth.MailKinds()}},
	{sql: `UPDATE portal_state SET frozen = true, changed_at = portal_now(), changed_by = NULL WHERE NOT frozen`},
}

// recordRestore does all that follows from a restore; the caller holds its lock.
func recordRestore(ctx context.Context, tx pgx.Tx, e *restore.Event, found restore.Signs) error {
	e.ID, e.Found = strings.ToLower(rand.Text()), found
	for _, step := range whatFollows {
		tag, err := tx.Exec(ctx, step.sql, step.args...)
		if err != nil {
			return err
		}
		if step.count != nil {
			*step.count(e) = int(tag.RowsAffected())
		}
	}
	// The clock of the server that a backup was restored to may be behind: the latest
	// one is the latest all the same, else its row would be found again and again.
	err := tx.QueryRow(ctx, `
		INSERT INTO restores (id, at, signs, restored_to, said_by, system_id, timeline, database_oid, bookings_oid, bookings, drafts, sessions, mails)
		VALUES ($1, greatest(portal_now(), (SELECT max(at) + interval '1 microsecond' FROM restores)), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		RETURNING at`,
		e.ID, e.Signs, orNull(e.RestoredTo), e.SaidBy, found.System, found.Timeline, int64(found.Database), int64(found.Bookings),
		e.Bookings, e.Drafts, e.Sessions, e.Mails).Scan(&e.NoticedAt)
	if err == nil {
		_, err = tx.Exec(ctx, logsToRead, e.ID)
	}
	return err
}

// logsToRead are those of the nodes that ran when the backup was made.
const logsToRead = `
	INSERT INTO removal_logs (restore_id, log, since, read)
	SELECT $1, log, min(began_at), false FROM nodes
	WHERE log <> '' AND seen_at > (SELECT max(seen_at) FROM nodes) - interval '10 minutes' GROUP BY log`

// Freeze stops all sales, for somebody who has no more than the database.
func Freeze(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `UPDATE portal_state SET frozen = true, changed_at = portal_now(), changed_by = NULL WHERE NOT frozen`)
	return domainError(err)
}

// LastRestore returns the latest restore on record; booking.ErrNotFound without one.
func (s reads) LastRestore(ctx context.Context) (restore.Event, error) {
	list, err := restores(ctx, s.db, 1)
	if err == nil && len(list) == 0 {
		err = booking.ErrNotFound
	}
	if err != nil {
		return restore.Event{}, domainError(err)
	}
	return list[0], nil
}

// CountUncompared counts what of an environment waits for the comparison with the
// supplier.
func (s reads) CountUncompared(ctx context.Context, env booking.Environment) (booking.Uncompared, error) {
	u := booking.Uncompared{States: map[booking.State]int{}}
	rows, err := s.db.Query(ctx, `SELECT state, count(*) FROM bookings WHERE uncompared AND environment = $1 GROUP BY state`, env)
	if err != nil {
		return u, domainError(err)
	}
	var state booking.State
	var n int
	if _, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		u.States[state] = n
		return nil
	}); err != nil {
		return u, domainError(err)
	}
	err = s.db.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM drafts WHERE uncompared AND environment = $1),
			(SELECT count(*) FROM unknown_bookings WHERE ending = '' AND environment = $1), (`+unnamed+`)`, env).Scan(&u.Drafts, &u.Elsewhere, &u.Unnamed)
	if err != nil {
		return u, domainError(err)
	}
	rows, err = s.db.Query(ctx, `
		SELECT u.name, a.name, d.updated_at FROM drafts d JOIN users u ON u.id = d.user_id JOIN agencies a ON a.id = d.agency_id
		WHERE d.uncompared AND d.environment = $2 ORDER BY d.updated_at DESC, d.id LIMIT $1`, markedQuotes, env)
	if err == nil {
		u.Quotes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[booking.MarkedQuote])
	}
	return u, domainError(err)
}
