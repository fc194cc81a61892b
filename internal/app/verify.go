package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/history"
	"guichet/internal/postgres"
	"guichet/internal/vault"
)

const (
	// headMargin is how old events are at least that a head counts: transactions that
	// began before may still be going on.
	headMargin = 5 * time.Minute

	// earlyPatience is how long early events may wait for their seal: as long as a
	// release is rolled out.
	earlyPatience = 24 * time.Hour
)

// Heads are what Verify does besides.
type Heads struct {
	Print bool   // a line that is to be kept elsewhere
	Kept  string // such a line, or a text that ends with one; empty: none
}

// verification is one run of Verify.
type verification struct {
	postgres.Standing
	history  *postgres.History
	out      io.Writer
	err      error // of out
	problems int
	bookings int
	entries  int64

	early  *postgres.EarlyEvents
	late   int // events without a key that are younger than the seal of the early ones
	head   history.Head
	digest *history.Digest
}

func (v *verification) say(format string, args ...any) {
	if _, err := fmt.Fprintf(v.out, format+"\n", args...); err != nil && v.err == nil {
		v.err = err
	}
}

func (v *verification) problem(format string, args ...any) {
	v.problems++
	v.say(format, args...)
}

// Verify checks every booking's chain of events, its version, its state and its
// attempts, and the seals of the audit log, and prints what does not agree. It fails
// when something does not. It changes nothing.
func Verify(ctx context.Context, c config.Config, heads Heads, stdout io.Writer) error {
	sealing, err := vault.New(c.SecretKey)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, c.DatabaseURL)
	if err != nil {
		return errDatabaseURL
	}
	defer pool.Close()
	keys := postgres.NewKeys(sealing)
	store := postgres.NewStore(pool)
	store.ChainWith(keys)
	v := &verification{history: postgres.NewHistory(pool, keys), out: stdout, early: postgres.NewEarlyEvents(), digest: history.NewDigest()}
	if v.Standing, err = v.history.Standing(ctx); err != nil {
		return fmt.Errorf("verify: %w", wrongKey(err))
	}
	v.head.At, v.head.Log = v.Now.Add(-headMargin), make([]byte, sha256.Size)
	var kept history.Head
	if heads.Kept != "" {
		if kept, err = history.ReadHead(v.Key, heads.Kept); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		v.head.At = kept.At
	}
	if err := store.EachRecord(ctx, v.booking); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	v.earlyEvents()
	if err := v.audit(ctx, kept); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	v.head.History = v.digest.Sum()
	if heads.Kept != "" {
		v.compare(kept)
	}
	v.say("%d bookings, %d audit entries, %d problems", v.bookings, v.entries, v.problems)
	if v.problems > 0 {
		return fmt.Errorf("the records of %d bookings and %d audit entries do not agree in %d places", v.bookings, v.entries, v.problems)
	}
	if heads.Print {
		if v.Key == nil {
			return fmt.Errorf("there is no key of the history yet: start the portal once")
		}
		v.say("%s", v.head.Line(v.Key))
	}
	return v.err
}

// booking checks one booking's record, and counts it for the head.
func (v *verification) booking(r booking.Record) error {
	v.bookings++
	for _, problem := range r.Problems() {
		v.problem("%s", problem)
	}
	whole, isSealed := v.Events[0]
	events, last := 0, []byte(nil)
	for _, e := range r.Events {
		if e.Chain == booking.ChainHash {
			v.early.Add(r.BookingID, e)
			if isSealed && whole.Offset == v.Offset && e.At.After(whole.At) {
				v.late++
				v.problem("%s: event %d (%s) was written without the key of the history", r.Ref, e.Seq, e.Event)
			}
		}
		if !e.At.After(v.head.At) {
			events, last = events+1, e.Hash
		}
	}
	if events > 0 {
		v.head.Bookings++
		v.head.Events += int64(events)
		v.digest.Add(strconv.FormatInt(r.BookingID, 10), strconv.Itoa(events), hex.EncodeToString(last))
	}
	return v.err
}

// earlyEvents checks the events that were chained without a key against their seals.
func (v *verification) earlyEvents() {
	whole, isSealed := v.Events[0]
	total := v.early.Rows(0)
	if !isSealed {
		switch {
		case total == 0:
		case v.Key != nil && v.KeyMade > earlyPatience:
			v.problem("%d events were written without the key of the history, and are still not sealed: see that no node of an earlier release runs", total)
		default:
			v.say("%d events of an earlier release are not sealed yet; a portal that runs does so within minutes", total)
		}
		return
	}
	if v.late == 0 && total != whole.Rows {
		v.problem("%d events stand without the key of the history, %d did when they were sealed", total, whole.Rows)
	}
	seen := map[int64]bool{}
	for _, now := range v.early.Seals(whole.At, whole.Offset) {
		seen[now.Number] = true
		s, ok := v.Events[now.Number]
		if ok && s.IsOver(v.Key, nil, v.early.Digest(s.Number)) && v.early.Rows(s.Number) == s.Rows {
			continue
		}
		if now.Number > 0 {
			v.problem("bookings with ids %d to %d: events without the key of the history are not those that were sealed", now.After+1, now.Last)
		} else if !ok || v.late == 0 && total == whole.Rows {
			v.problem("the seal of the early events is not the one that was written")
		}
	}
	for n, s := range v.Events {
		if !seen[n] {
			v.problem("bookings with ids %d to %d: %d events that were sealed are missing", s.After+1, s.Last, s.Rows)
		}
	}
}

// audit checks the entries of the audit log against their seals, and those that have
// none yet. Of the seals it counts for the head those up to that of a kept one.
func (v *verification) audit(ctx context.Context, kept history.Head) error {
	var last history.Seal
	for i, s := range v.Audit {
		digest := history.NewDigest()
		whole := s.At.After(last.At) // else it was sealed with others of the same moment
		err := v.history.Entries(ctx, beginning(last), s.Last, func(id int64, at time.Time, fields []string) {
			digest.Add(fields...)
			if i > 0 && s.Offset == last.Offset && (last.Backdated(at, s.Offset) || whole && at.After(s.At.Add(history.Tolerance))) {
				v.problem("audit entry %d is dated %s, which is not when it was written", id, at.UTC().Format(time.RFC3339))
			}
		})
		if err != nil {
			return err
		}
		v.entries += digest.Rows
		switch {
		case s.Number != last.Number+1 || s.After != last.Last:
			v.problem("audit entries %d to %d: the seals before them are missing", s.After+1, s.Last)
		case digest.Rows != s.Rows:
			v.problem("audit entries %d to %d: %d are there, %d were sealed", s.After+1, s.Last, digest.Rows, s.Rows)
		case !s.IsOver(v.Key, last.MAC, digest.Sum()):
			v.problem("audit entries %d to %d are not those that were sealed", s.After+1, s.Last)
		}
		if last = s; kept.At.IsZero() || s.Number <= kept.Seals {
			v.head.Seals, v.head.Log = s.Number, s.MAC
			v.head.Entries += s.Rows
		}
	}
	return v.unsealed(ctx, last)
}

// beginning is above which id entries come after a seal; without one, any.
func beginning(last history.Seal) int64 {
	if last.Number == 0 {
		return math.MinInt64
	}
	return last.Last
}

func (v *verification) unsealed(ctx context.Context, last history.Seal) error {
	waiting := 0
	err := v.history.Entries(ctx, beginning(last), 0, func(id int64, at time.Time, _ []string) {
		v.entries++
		switch {
		case last.Number > 0 && last.Backdated(at, v.Offset):
			v.problem("audit entry %d is dated %s, which is not when it was written", id, at.UTC().Format(time.RFC3339))
		case v.Now.Sub(at) > postgres.SealingTakes:
			waiting++
		}
	})
	switch {
	case err != nil || waiting == 0:
	case v.Running:
		v.problem("%d audit entries are older than %.0f minutes and are not sealed", waiting, postgres.SealingTakes.Minutes())
	default:
		v.say("%d audit entries are not sealed yet; a portal that runs does so within minutes", waiting)
	}
	return err
}

// compare says what of a kept head is gone, and what restores are on record since.
func (v *verification) compare(kept history.Head) {
	missing := kept.Missing(v.head)
	for _, text := range missing {
		v.problem("%s", text)
	}
	if len(missing) == 0 {
		v.say("all that the head of %s counts is there, and the same: %d bookings, %d events, %d audit entries",
			kept.At.UTC().Format(time.RFC3339), kept.Bookings, kept.Events, kept.Entries)
		return
	}
	if v.LastEvent.Before(kept.At) {
		v.say("the last event that is here is of %s", v.LastEvent.UTC().Format(time.RFC3339))
	}
	for _, r := range v.Restores {
		switch {
		case r.At.Before(kept.At):
		case r.To.IsZero():
			v.say("a restore of a backup is on record, noticed at %s: what was done after that backup is lost with it", r.At.UTC().Format(time.RFC3339))
		default:
			v.say("a restore of a backup is on record, noticed at %s: what was done since %s is lost with it",
				r.At.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339))
		}
	}
	v.say("whether what is left is the same as then, this head cannot tell; that it agrees in itself, the other lines do")
}
