package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/history"
)

const (
	// sealedAtOnce is how many entries of the audit log one seal is over, at most.
	sealedAtOnce = 5000

	// sealedBookings is how many ids of bookings one seal over early events is over.
	sealedBookings = 1000

	// writersLimit is how long is waited for transactions that write audit entries.
	writersLimit = 20 * time.Second

	// earlyLimit bounds the sealing of all early events, in PostgreSQL's words.
	earlyLimit = "9min"

	// earlyLock is the advisory lock of who seals them.
	earlyLock = 0x677565617266
)

// History seals what was written down, after the transactions that wrote it.
type History struct {
	pool *pgxpool.Pool
	keys *Keys
}

// NewHistory returns the History of a database.
func NewHistory(pool *pgxpool.Pool, keys *Keys) *History { return &History{pool, keys} }

// MakeKeys makes the keys that are not there yet, and opens those that are.
func (h *History) MakeKeys(ctx context.Context) error {
	for _, purpose := range []string{historyKey, searchKey} {
		if _, err := h.keys.key(ctx, h.pool, purpose); err != nil {
			return err
		}
	}
	return nil
}

// Seal seals the events from before they were chained with a key, once, and then the
// next entries of the audit log; more: there are others.
func (h *History) Seal(ctx context.Context) (more bool, err error) {
	key, err := h.keys.key(ctx, h.pool, historyKey)
	if err != nil {
		return false, err
	}
	if err := h.sealEarly(ctx, key); err != nil {
		return false, fmt.Errorf("seal early events: %w", err)
	}
	more, err = h.sealAudit(ctx, key)
	if err != nil {
		return false, fmt.Errorf("seal the audit log: %w", err)
	}
	return more, nil
}

// sealEarly waits until no node of the release before writes events. Each statement has
// a snapshot of its own: what is due is read after the lock, so that it sees what the
// node that held the lock has sealed.
func (h *History) sealEarly(ctx context.Context, key []byte) error {
	return begin(ctx, h.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var mine, due bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(earlyLock)).Scan(&mine); err != nil || !mine {
			return domainError(err)
		}
		err := tx.QueryRow(ctx, `
			SELECT NOT EXISTS (SELECT FROM history_seals WHERE kind = $1 AND number = 0)
				AND NOT EXISTS (SELECT FROM nodes WHERE chain < $2 AND seen_at > clock_timestamp() - $3::interval)`,
			history.Events, booking.ChainMAC, nodeFresh).Scan(&due)
		if err != nil || !due {
			return domainError(err)
		}
		if _, err := tx.Exec(ctx, `SELECT set_config('statement_timeout', $1, true)`, earlyLimit); err != nil {
			return domainError(err)
		}
		return addEarlySeals(ctx, tx, key)
	})
}

func addEarlySeals(ctx context.Context, tx pgx.Tx, key []byte) error {
	at, offset, err := clockOf(ctx, tx)
	if err != nil {
		return err
	}
	early := NewEarlyEvents()
	var id int64
	var e booking.Sealed
	rows, err := tx.Query(ctx, `SELECT booking_id, seq, hash FROM booking_events WHERE chain = $1 ORDER BY booking_id, seq`, booking.ChainHash)
	if err != nil {
		return domainError(err)
	}
	if _, err = pgx.ForEachRow(rows, []any{&id, &e.Seq, &e.Hash}, func() error { early.Add(id, e); return nil }); err != nil {
		return domainError(err)
	}
	for _, s := range early.Seals(at, offset) {
		s.MAC = s.Sign(key, nil, early.Digest(s.Number))
		if _, err := addSeal(ctx, tx, s); err != nil {
			return err
		}
	}
	return nil
}

// EarlyEvents are events that were chained without a key, by ranges of bookings.
type EarlyEvents struct {
	digests map[int64][]byte // by number
	rows    map[int64]int64
	numbers []int64

	number int64
	open   *history.Digest
}

// NewEarlyEvents returns none.
func NewEarlyEvents() *EarlyEvents {
	return &EarlyEvents{digests: map[int64][]byte{}, rows: map[int64]int64{}}
}

// Add adds an event; they come by booking and number.
func (o *EarlyEvents) Add(bookingID int64, e booking.Sealed) {
	if n := (bookingID-1)/sealedBookings + 1; n != o.number {
		o.close()
		o.number, o.open = n, history.NewDigest()
	}
	o.open.Add(strconv.FormatInt(bookingID, 10), strconv.Itoa(e.Seq), hex.EncodeToString(e.Hash))
}

func (o *EarlyEvents) close() {
	if o.open != nil {
		o.digests[o.number], o.rows[o.number] = o.open.Sum(), o.open.Rows
		o.numbers = append(o.numbers, o.number)
		o.open = nil
	}
}

// Seals returns what they are sealed with, without MACs: one for each range, and the
// last one, of number 0, over how many there are.
func (o *EarlyEvents) Seals(at time.Time, offset time.Duration) (list []history.Seal) {
	o.close()
	whole := history.Seal{Kind: history.Events, Last: int64(len(o.numbers)), At: at, Offset: offset}
	for _, n := range o.numbers {
		whole.Rows += o.rows[n]
		list = append(list, history.Seal{
			Kind: history.Events, Number: n, After: (n - 1) * sealedBookings, Last: n * sealedBookings, Rows: o.rows[n], At: at, Offset: offset,
		})
	}
	return append(list, whole)
}

// Digest is that of a range; of number 0, and of a range without events, that of none.
func (o *EarlyEvents) Digest(number int64) []byte {
	o.close()
	if d := o.digests[number]; d != nil {
		return d
	}
	return history.NewDigest().Sum()
}

// Rows counts the events of a range; of number 0 all of them.
func (o *EarlyEvents) Rows(number int64) (n int64) {
	o.close()
	if number > 0 {
		return o.rows[number]
	}
	for _, rows := range o.rows {
		n += rows
	}
	return n
}

// sealAudit seals entries that nobody is writing any more. Ids are handed out before
// a transaction commits: so the last one is read first, and then is waited for
// everybody who was writing at that moment.
func (h *History) sealAudit(ctx context.Context, key []byte) (more bool, err error) {
	s := history.Seal{Kind: history.Audit}
	if s.At, s.Offset, err = clockOf(ctx, h.pool); err != nil {
		return false, err
	}
	if err := h.pool.QueryRow(ctx, `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_id_seq`).Scan(&s.Last); err != nil {
		return false, domainError(err)
	}
	over, err := h.writersEnd(ctx)
	if err != nil || !over {
		return false, err
	}
	err = begin(ctx, h.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		previous, err := lastSeal(ctx, tx)
		if err != nil {
			return err
		}
		digest := history.NewDigest()
		s.Number, s.After = previous.Number+1, previous.Last
		var last int64
		err = eachEntry(ctx, tx, s.After, s.Last, sealedAtOnce, func(e auditRow) {
			digest.Add(e.fields...)
			last = e.id
		})
		if err != nil || digest.Rows == 0 {
			return err
		}
		if more = digest.Rows == sealedAtOnce && last < s.Last; more {
			s.Last, s.At, s.Offset = last, previous.At, previous.Offset // older ones may come
		}
		s.Rows = digest.Rows
		s.MAC = s.Sign(key, previous.MAC, digest.Sum())
		added, err := addSeal(ctx, tx, s)
		more = more && added
		return err
	})
	return more, err
}

// writersEnd waits until all have ended who write entries of the audit log now, and
// reports whether they did. Whoever took an id holds this lock.
func (h *History) writersEnd(ctx context.Context) (bool, error) {
	const writers = `FROM pg_locks WHERE locktype = 'relation' AND relation = 'audit'::regclass AND mode = 'RowExclusiveLock'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	var now []string
	if err := h.pool.QueryRow(ctx, `SELECT coalesce(array_agg(virtualtransaction), '{}') `+writers).Scan(&now); err != nil {
		return false, domainError(err)
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	ctx, cancel := context.WithTimeout(ctx, writersLimit)
	defer cancel()
	for len(now) > 0 {
		var still bool
		err := h.pool.QueryRow(ctx, `SELECT EXISTS (SELECT `+writers+` AND virtualtransaction = ANY ($1))`, now).Scan(&still)
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return false, nil // the next run tries again
		case err != nil:
			return false, domainError(err)
		case !still:
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-tick.C:
		}
	}
	return true, nil
}

// clockOf reads the portal's clock, and how far it is moved.
func clockOf(ctx context.Context, q querier) (at time.Time, offset time.Duration, err error) {
	err = q.QueryRow(ctx, `SELECT portal_now(), clock_offset FROM portal_clock`).Scan(&at, &offset)
	return at, offset, domainError(err)
}

// addSeal reports whether it was added: another node may have been faster.
func addSeal(ctx context.Context, tx pgx.Tx, s history.Seal) (bool, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO history_seals (kind, number, after_id, last_id, rows, at, clock_offset, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		s.Kind, s.Number, s.After, s.Last, s.Rows, s.At, s.Offset, s.MAC)
	return tag.RowsAffected() == 1, domainError(err)
}

// lastSeal is the last one of the audit log; before there is one, number 0.
func lastSeal(ctx context.Context, q querier) (history.Seal, error) {
	list, err := seals(ctx, q, `WHERE kind = 'audit' ORDER BY number DESC LIMIT 1`)
	if err != nil || len(list) == 0 {
		return history.Seal{At: time.Unix(0, 0)}, err
	}
	return list[0], nil
}

func seals(ctx context.Context, q querier, rest string, args ...any) ([]history.Seal, error) {
	rows, err := q.Query(ctx, `SELECT kind, number, after_id, last_id, rows, at, clock_offset, mac FROM history_seals `+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s history.Seal, err error) {
		return s, row.Scan(&s.Kind, &s.Number, &s.After, &s.Last, &s.Rows, &s.At, &s.Offset, &s.MAC)
	})
	return list, domainError(err)
}

// auditRow is an entry of the audit log as it is sealed.
type auditRow struct {
	id     int64
	at     time.Time
	fields []string
}

// eachEntry calls f with entries above after, up to last, by id.
func eachEntry(ctx context.Context, q querier, after, last int64, limit int, f func(auditRow)) error {
	rows, err := q.Query(ctx, `
		SELECT id, at, coalesce(actor_id::text, ''), coalesce(subject_id::text, ''), coalesce(agency_id::text, ''), action, before, after, network
		FROM audit WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`, after, last, limit)
	if err != nil {
		return domainError(err)
	}
	var e auditRow
	var actor, subject, agency, action, was, is, network string
	_, err = pgx.ForEachRow(rows, []any{&e.id, &e.at, &actor, &subject, &agency, &action, &was, &is, &network}, func() error {
		e.fields = []string{strconv.FormatInt(e.id, 10), strconv.FormatInt(e.at.UnixMicro(), 10), actor, subject, agency, action, was, is, network}
		f(e)
		return nil
	})
	return domainError(err)
}
