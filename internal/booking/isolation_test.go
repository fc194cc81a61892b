package booking_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/statement"
	"guichet/internal/supplier"
)

// fewestInterleavings of one situation are less than there are, and more than a
// test that tests nothing would find.
const fewestInterleavings = 20

// Each pair of operations of one sale, in each situation in which both do
// something: one is stopped before each of its statements, COMMIT included, while
// the other runs whole. What comes out is what one after the other gives, in one
// of the two orders.
func TestOperationsOfOneSaleAreIsolated(t *testing.T) {
	t.Parallel()
	var stages, pairs, runs, waited atomic.Int64
	var done sync.Map // names of operations
	t.Run("situations", func(t *testing.T) {
		for _, s := range situations {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				stages.Add(1)
				n, blocked := newStage(t, s).play(&pairs, &done)
				if n < fewestInterleavings || blocked == 0 {
					t.Errorf("only %d interleavings, %d of them with a wait", n, blocked)
				}
				runs.Add(n)
				waited.Add(blocked)
			})
		}
	})
	t.Logf("%d pairs, %d interleavings, in %d of which the second one waited for the first", pairs.Load(), runs.Load(), waited.Load())
	for _, op := range operations {
		if _, ok := done.Load(op.name); !ok && stages.Load() == int64(len(situations)) { // all were asked for
			t.Errorf("%s does something nowhere", op.name)
		}
	}
}

// play interleaves every pair, either way, and returns how often, and in how many
// of these one waited for the other.
func (st *stage) play(pairs *atomic.Int64, done *sync.Map) (runs, waited int64) {
	st.t.Helper()
	for i, a := range st.ops {
		done.Store(a.name, true)
		for _, b := range st.ops[i:] { // itself included: from two tabs, or on two nodes
			pairs.Add(1)
			expected := []string{st.serial(a, b), st.serial(b, a)}
			n, blocked := st.interleave(a, b, expected)
			runs, waited = runs+n, waited+blocked
			if a.name != b.name {
				n, blocked = st.interleave(b, a, expected)
				runs, waited = runs+n, waited+blocked
			}
		}
	}
	return runs, waited
}

// stage is a situation that can be brought back as often as needed: a database
// with a copy of its own rows, and the ledger of the supplier in a file.
type stage struct {
	t      *testing.T
	c      *env
	scene  *scene
	ops    []operation
	ledger string // file
	sim    atomic.Pointer[simulator.Simulator]

	first, second side
}

// side is a portal of its own on the stage's database.
type side struct {
	*booking.Service
	statements *statement.Service
	gate       *gate
}

func newStage(t *testing.T, s situation) *stage {
	t.Helper()
	c := newEnv(t)
	if err := c.sim.SetProfile(simulator.ProfileHostile); err != nil { // it charges twice when it is told twice
		t.Fatal(err)
	}
	st := &stage{t: t, c: c, scene: s.set(c), ledger: filepath.Join(t.TempDir(), "ledger.json")}
	if err := c.sim.KeepIn(st.ledger); err != nil {
		t.Fatal(err)
	}
	st.keepRows()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { st.sim.Load().Handler().ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	st.first, st.second = st.side(front.URL), st.side(front.URL)
	before := st.serial()
	for _, op := range operations {
		if st.scene.lacks(op) {
			continue
		}
		if after := st.serial(op); after != before { // it does something here
			st.ops = append(st.ops, op)
		}
	}
	for _, name := range s.busy {
		if !slices.ContainsFunc(st.ops, func(o operation) bool { return o.name == name }) {
			t.Errorf("%s does nothing here", name)
		}
	}
	return st
}

func (st *stage) side(address string) side {
	st.t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.AsApplication(st.c.pool.Config().ConnString()))
	if err != nil {
		st.t.Fatal(err)
	}
	g := &gate{}
	config.ConnConfig.Tracer, config.MaxConns = g, 3
	pool, err := pgxpool.NewWithConfig(st.t.Context(), config)
	if err != nil {
		st.t.Fatal(err)
	}
	st.t.Cleanup(pool.Close)
	store := postgres.NewStore(pool)
	log := slog.New(slog.NewTextHandler(st.t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	client, err := supplier.New(supplier.Options{BaseURL: address, Keys: func() []string { return st.c.keys }, Now: time.Now, Log: log})
	if err != nil {
		st.t.Fatal(err)
	}
	service := booking.NewService(st.t.Context(), store, client, time.Now, log)
	return side{service, statement.NewService(postgres.Statements{Store: store}, service), g}
}

// keepRows copies every table's rows and makes a function that brings them back.
func (st *stage) keepRows() {
	st.t.Helper()
	ctx := st.t.Context()
	rows, err := st.c.pool.Query(ctx, `
		SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('goose_db_version', 'portal_clock')
		GROUP BY c.relname`)
	if err != nil {
		st.t.Fatal(err)
	}
	var keep, reset strings.Builder
	keep.WriteString("CREATE SCHEMA kept;")
	var table, columns string
	_, err = pgx.ForEachRow(rows, []any{&table, &columns}, func() error {
		name := pgx.Identifier{table}.Sanitize()
		fmt.Fprintf(&keep, "CREATE TABLE kept.%s AS SELECT %s FROM public.%[1]s;", name, columns)
		fmt.Fprintf(&reset, "DELETE FROM public.%[1]s; INSERT INTO public.%[1]s (%[2]s) OVERRIDING SYSTEM VALUE SELECT %[2]s FROM kept.%[1]s;", name, columns)
		return nil
	})
	if err == nil { // a function keeps its plans
		fmt.Fprintf(&keep, "CREATE FUNCTION kept.bring_back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$ BEGIN %s END $$", reset.String())
		_, err = st.c.pool.Exec(ctx, keep.String())
	}
	if err != nil {
		st.t.Fatal(err)
	}
}

// bringBack makes everything as it was when the stage was set.
func (st *stage) bringBack() {
	st.t.Helper()
	if _, err := st.c.pool.Exec(st.t.Context(), `SELECT kept.bring_back()`); err != nil {
		st.t.Fatal(err)
	}
	text, err := os.ReadFile(st.ledger)
	file := st.ledger + ".now"
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		st.t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Options{Now: time.Now, Keys: st.c.keys, File: file})
	if err != nil {
		st.t.Fatal(err)
	}
	st.sim.Store(sim)
}

// serial runs operations one after the other and says what came out.
func (st *stage) serial(ops ...operation) string {
	st.t.Helper()
	st.bringBack()
	for _, op := range ops {
		if err := op.run(st.second, st.scene); unexpected(err) {
			st.t.Fatalf("%s: %v", op.name, err)
		}
	}
	return st.outcome()
}

// unexpected tells a fault from a refusal.
func unexpected(err error) bool {
	if err == nil {
		return false
	}
	for _, refusal := range []error{
		booking.ErrChanged, booking.ErrBusy, booking.ErrTransition, booking.ErrTooLate, booking.ErrForbidden, booking.ErrNotAccepted, booking.ErrSecondPerson,
		booking.ErrUncompared, booking.ErrFrozen, booking.ErrProposed,
	} {
		if errors.Is(err, refusal) {
			return false
		}
	}
	return true
}

// interleave stops a before each of its statements in turn while b runs whole. It
// returns how often, and in how many of these b had to wait for a.
func (st *stage) interleave(a, b operation, expected []string) (runs, waited int64) {
	st.t.Helper()
	for k := 1; ; k++ {
		st.bringBack()
		stopped := st.first.gate.arm(k)
		doneA, doneB := make(chan error, 1), make(chan error, 1)
		go func() { doneA <- a.run(st.first, st.scene) }()
		select {
		case <-stopped:
		case err := <-doneA: // it has no more statements
			st.first.gate.open()
			if unexpected(err) {
				st.t.Errorf("%s: %v", a.name, err)
			}
			return runs, waited
		}
		runs++
		go func() { doneB <- b.run(st.second, st.scene) }()
		blocked, errB := st.await(doneB)
		at := st.first.gate.open()
		if blocked {
			waited++
			errB = <-doneB
		}
		errA := <-doneA
		if unexpected(errA) || unexpected(errB) {
			st.t.Errorf("%s, stopped at %q, and %s: %v, %v", a.name, at, b.name, errA, errB)
		}
		got := st.outcome()
		alike := slices.Contains(expected, got) ||
			errors.Is(errA, booking.ErrBusy) && got == st.serial(b) || errors.Is(errB, booking.ErrBusy) && got == st.serial(a)
		if !alike {
			st.t.Errorf("%s, stopped at statement %d, %q, while %s ran (waited: %v; %v, %v), gave\n%swhich is neither %s, then %s:\n%snor the other way round:\n%s",
				a.name, k, at, b.name, blocked, errA, errB, got, a.name, b.name, expected[0], expected[1])
			return runs, waited // the statements after it say the same
		}
	}
}

// await returns when an operation is over, with its error, or waits for a lock.
func (st *stage) await(done chan error) (blocked bool, err error) {
	const asked = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return false, err
		case <-tick.C:
		}
		var n int
		if err := st.c.pool.QueryRow(st.t.Context(), asked).Scan(&n); err != nil {
			st.t.Fatal(err)
		}
		if n > 0 {
			return true, nil
		}
	}
}

// outcome says what stands here and at the supplier, and what is wrong with it.
func (st *stage) outcome() string {
	st.t.Helper()
	ctx := st.t.Context()
	var out strings.Builder
	rows, err := st.c.pool.Query(ctx, `
		SELECT b.state, coalesce(b.supplier_id, ''), b.retry_of IS NOT NULL, b.differs, b.version = (SELECT count(*) FROM booking_events e WHERE e.booking_id = b.id),
			(SELECT coalesce(string_agg(a.operation || ' ' || a.outcome, ', ' ORDER BY a.operation, a.outcome), '') FROM attempts a WHERE a.booking_id = b.id)
			|| (SELECT coalesce(string_agg(' case ' || a.why, ',' ORDER BY a.why), '') FROM cases a WHERE a.booking_id = b.id AND a.resolved_at IS NULL)
			|| CASE WHEN b.uncompared THEN ', uncompared' ELSE '' END
		FROM bookings b ORDER BY b.id`)
	if err != nil {
		st.t.Fatal(err)
	}
	var state booking.State
	var id, attempts string
	var retry, differs, whole bool
	payable := 0
	_, err = pgx.ForEachRow(rows, []any{&state, &id, &retry, &differs, &whole, &attempts}, func() error {
		there, _ := st.sim.Load().Booking(id)
		fmt.Fprintf(&out, "  %s (try again: %v, differs: %v): %s; there %q, charged %d times\n", state, retry, differs, attempts, there.Status, there.PayCount)
		if !whole {
			st.t.Errorf("version and events differ: %s", out.String())
		}
		if state.Payable() {
			payable++
		}
		return nil
	})
	if err != nil {
		st.t.Fatal(err)
	}
	if payable > 1 {
		st.t.Errorf("%d bookings of one sale are payable:\n%s", payable, out.String())
	}
	for _, b := range st.sim.Load().Ledger() {
		if b.PayCount > 1 {
			st.t.Errorf("%s was charged %d times", b.Reference, b.PayCount)
		}
	}
	var drafts string
	err = st.c.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE retry_of IS NOT NULL) || ' drafts that try again, ' || count(*) FILTER (WHERE replaces IS NOT NULL)
			|| ' that book again, frozen: ' || (SELECT frozen FROM portal_state) FROM drafts`).Scan(&drafts)
	if err != nil {
		st.t.Fatal(err)
	}
	fmt.Fprintf(&out, "  %s\n", drafts)
	err = st.c.store.EachRecord(ctx, func(r booking.Record) error {
		for _, bad := range r.Problems() {
			_, bad, _ = strings.Cut(bad, ": ") // without the reference
			fmt.Fprintf(&out, "  problem: %s\n", bad)
		}
		return nil
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return out.String()
}
