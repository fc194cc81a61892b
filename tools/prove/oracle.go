package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

func databaseName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

// record is a booking as the portal has it, with what the oracle asks of it.
type record struct {
	id                           int64
	ref, sale, draft, supplierID string
	state                        booking.State
	environment                  string
	reissued                     bool // the supplier gave its id to another booking
	unfit                        []string
	uncompared                   bool
	version, events, open        int
	asks                         []string // why its open cases are open
	strangers                    int      // attempts by people of another agency
	calls                        int      // attempts to pay or cancel
	due                          bool     // the clock has ended it

	order               // what the customer was promised
	paidAt    time.Time // zero when it was never paid
	paidBy    string
	payers    []string // who declared a payment
	createdAt time.Time
	t0        time.Time
	erased    bool
}

// order is what both sides must agree on.
type order struct {
	zoneID, zoneCode, timezone string
	fromWall, toWall           string // as the simulator's ledger writes them
	from, to                   time.Time
	cents                      int64 // what the supplier charges; 0 before it said so
	currency                   string
	services                   []string
	firstName, lastName        string
	email, phone               string
	carMake, model, plate      string
}

// Columns that came later are read through jsonb, so that the oracle judges
// the releases before them, too.
const records = `
	SELECT b.id, b.ref, b.sale_id, b.draft_id, coalesce(b.supplier_id, ''), b.state, b.environment, b.id_reissued,
		ARRAY(SELECT jsonb_array_elements_text(coalesce(to_jsonb(b) -> 'unfit', '[]'))), coalesce((to_jsonb(b) ->> 'uncompared')::boolean, false),
		b.version,
		(SELECT count(*) FROM booking_events e WHERE e.booking_id = b.id),
		(SELECT count(*) FROM attempts a WHERE a.booking_id = b.id AND a.outcome = 'open'),
		ARRAY(SELECT c.why FROM cases c WHERE c.booking_id = b.id AND c.resolved_at IS NULL ORDER BY c.why),
		(SELECT count(*) FROM attempts a JOIN users u ON u.id = a.actor_id
			WHERE a.booking_id = b.id AND u.agency_id IS NOT NULL AND u.agency_id <> b.agency_id),
		(SELECT count(*) FROM attempts a WHERE a.booking_id = b.id AND a.operation <> 'create'),
		coalesce(b.lease_ends <= portal_now(), false)
			OR (b.state = 'held' AND b.deadline <= portal_now() AND NOT coalesce((to_jsonb(b) ->> 'uncompared')::boolean, false))
			OR (b.state = 'create_unknown' AND b.fence <= portal_now() AND NOT coalesce((to_jsonb(b) ->> 'uncompared')::boolean, false)
				AND jsonb_array_length(coalesce(to_jsonb(b) -> 'unfit', '[]')) = 0),
		b.zone_id, b.zone_code, b.timezone, to_char(b.from_wall, 'YYYY-MM-DD"T"HH24:MI:SS'), to_char(b.to_wall, 'YYYY-MM-DD"T"HH24:MI:SS'), b.from_at, b.to_at,
		coalesce(b.booked_cents, 0), coalesce(b.booked_currency, ''), coalesce(b.booked_services, '{}'),
		b.first_name, b.last_name, b.email, b.phone, b.make, b.model, b.plate,
		coalesce(b.paid_at, '0001-01-01Z'), b.paid_by, ARRAY(SELECT DISTINCT a.actor_name FROM attempts a WHERE a.booking_id = b.id AND a.operation = 'pay'),
		b.created_at, b.t0, b.erased_at IS NOT NULL
	FROM bookings b ORDER BY b.id`

func (w *world) records(ctx context.Context) ([]record, error) {
	rows, err := w.pool.Query(ctx, records)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []record
	for rows.Next() {
		var r record
		err := rows.Scan(&r.id, &r.ref, &r.sale, &r.draft, &r.supplierID, &r.state, &r.environment, &r.reissued, &r.unfit, &r.uncompared,
			&r.version, &r.events, &r.open, &r.asks, &r.strangers, &r.calls, &r.due,
			&r.zoneID, &r.zoneCode, &r.timezone, &r.fromWall, &r.toWall, &r.from, &r.to, &r.cents, &r.currency, &r.services,
			&r.firstName, &r.lastName, &r.email, &r.phone, &r.carMake, &r.model, &r.plate,
			&r.paidAt, &r.paidBy, &r.payers, &r.createdAt, &r.t0, &r.erased)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// ledger is the supplier's own list of bookings by their ids.
type ledger map[string]simulator.Booking

func (w *world) ledger() ledger {
	l := ledger{}
	for _, b := range w.sim.Ledger() {
		l[b.ID] = b
	}
	return l
}

// of returns the supplier's booking of a record: the one with its id, or the
// one that an answer that never came was about, which none of known is.
func (l ledger) of(r record, known map[string]bool) (there simulator.Booking, found bool) {
	if r.supplierID != "" {
		there, found = l[r.supplierID]
		return there, found
	}
	for id, b := range l {
		if !known[id] && plain(b.Car.PlateNumber) == plain(r.plate) && b.StartWall == r.fromWall && !b.CreatedAt.Before(r.t0.Add(-largestSkew)) {
			if !found || b.PayCount > there.PayCount {
				there, found = b, true
			}
		}
	}
	return there, found
}

// largestSkew is how far the supplier's clock may be off.
const largestSkew = 5*time.Minute + 10*time.Second

// violations compares the portal's records with the supplier's ledger, and what
// its pages say with both. An empty list is what the product promises.
func (w *world) violations(ctx context.Context) ([]string, error) {
	list, err := w.records(ctx)
	if err != nil {
		return nil, err
	}
	there := w.ledger()
	asked, err := w.askedAbout(ctx, there)
	if err != nil {
		return nil, err
	}
	bad := judge(w.environment(), list, there, asked, true)
	said, err := w.readPages(ctx, list, there)
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	damaged, err := w.verify(ctx)
	return slices.Concat(bad, said, damaged), err
}

// askedAbout names the supplier's bookings that nobody here knows and somebody is
// asked about. Until the supplier's lines are compared after a restore, that is
// all of them: the portal says itself that it does not know.
func (w *world) askedAbout(ctx context.Context, there ledger) (map[string]bool, error) {
	asked := map[string]bool{}
	if w.lost {
		for id := range there {
			asked[id] = true
		}
		return asked, nil
	}
	rows, err := w.pool.Query(ctx, `SELECT supplier_id FROM unknown_bookings WHERE ending = ''`)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, id := range ids {
		asked[id] = true
	}
	return asked, err
}

// judge compares records with the ledger. settled says that everything has
// ended that the clock ends.
// asked are bookings there of which a case says that they are unknown here.
func judge(env booking.Environment, list []record, there ledger, asked map[string]bool, settled bool) []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	paid, payable, ofDraft, known := map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range list {
		here, found := there[r.supplierID]
		if r.environment != string(env) { // what has its id here is another booking
			if r.calls > 0 {
				say("%s belongs to another environment and the supplier was called", r.ref)
			}
			continue
		}
		known[r.supplierID] = true
		if found && here.Status == simulator.Paid && !r.reissued {
			paid[r.sale]++
		}
		if payableState(r.state) {
			payable[r.sale]++
		}
		ofDraft[r.draft]++
		for _, problem := range r.problems(here, found, settled) {
			say("%s is %s: %s", r.ref, r.state, problem)
		}
	}
	for id, b := range there {
		if b.PayCount > 1 {
			say("%s was charged %d times", b.Reference, b.PayCount)
		}
		if b.PayCount > 0 && !known[id] && !asked[id] {
			say("%s is paid there and unknown here", b.Reference)
		}
	}
	for what, counted := range map[string]map[string]int{
		"paid bookings of one sale": paid, "payable bookings of one sale": payable, "bookings of one draft": ofDraft,
	} {
		for name, n := range counted {
			if n > 1 {
				say("%d %s (%s)", n, what, name)
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// payableState reports that a booking can be paid, or may be.
func payableState(s booking.State) bool {
	return slices.Contains([]booking.State{
		booking.Held, booking.Paying, booking.PayUnknown, booking.Confirmed, booking.Cancelling, booking.CancelUnknown,
	}, s)
}
