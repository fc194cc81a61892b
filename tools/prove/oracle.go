package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

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
	ref, sale, draft, supplierID string
	state                        booking.State
	environment                  string
	version, events, open, cases int
	strangers                    int // attempts by people of another agency
	calls                        int // attempts to pay or cancel
	due                          bool
}

const records = `
	SELECT b.ref, b.sale_id, b.draft_id, coalesce(b.supplier_id, ''), b.state, b.environment, b.version,
		(SELECT count(*) FROM booking_events e WHERE e.booking_id = b.id),
		(SELECT count(*) FROM attempts a WHERE a.booking_id = b.id AND a.outcome = 'open'),
		(SELECT count(*) FROM cases c WHERE c.booking_id = b.id AND c.resolved_at IS NULL),
		(SELECT count(*) FROM attempts a JOIN users u ON u.id = a.actor_id
			WHERE a.booking_id = b.id AND u.agency_id IS NOT NULL AND u.agency_id <> b.agency_id),
		(SELECT count(*) FROM attempts a WHERE a.booking_id = b.id AND a.operation <> 'create'),
		coalesce(b.lease_ends <= portal_now(), false)
			OR (b.state = 'held' AND b.deadline <= portal_now())
			OR (b.state = 'create_unknown' AND b.fence <= portal_now())
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
		err := rows.Scan(&r.ref, &r.sale, &r.draft, &r.supplierID, &r.state, &r.environment, &r.version, &r.events, &r.open, &r.cases, &r.strangers, &r.calls, &r.due)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// violations compares the portal's records with the supplier's ledger. An empty
// list is what the product promises.
func (w *world) violations(ctx context.Context) ([]string, error) {
	list, err := w.records(ctx)
	if err != nil {
		return nil, err
	}
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	ledger := map[string]simulator.Booking{}
	for _, b := range w.sim.Ledger() {
		ledger[b.ID] = b
		if b.PayCount > 1 {
			say("%s was charged %d times", b.Reference, b.PayCount)
		}
	}
	paidOfSale, ofDraft, known := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range list {
		there, found := ledger[r.supplierID]
		known[r.supplierID] = true
		if found && there.Status == simulator.Paid {
			paidOfSale[r.sale]++
		}
		ofDraft[r.draft]++
		for _, problem := range r.problems(there, found) {
			say("%s is %s: %s", r.ref, r.state, problem)
		}
	}
	for sale, n := range paidOfSale {
		if n > 1 {
			say("sale %s has %d paid bookings", sale, n)
		}
	}
	for draft, n := range ofDraft {
		if n > 1 {
			say("draft %s has %d bookings", draft, n)
		}
	}
	for id, b := range ledger {
		if b.PayCount > 0 && !known[id] {
			say("%s is paid there and unknown here", b.Reference)
		}
	}
	return bad, nil
}

// problems says what is wrong with one booking once everything is over.
func (r record) problems(there simulator.Booking, found bool) []string {
	var bad []string
	if r.version != r.events {
		bad = append(bad, fmt.Sprintf("version %d, %d events", r.version, r.events))
	}
	if (r.open == 1) != r.state.InFlight() || r.open > 1 {
		bad = append(bad, fmt.Sprintf("%d open attempts", r.open))
	}
	if r.strangers > 0 {
		bad = append(bad, "somebody of another agency acted on it")
	}
	if r.environment != string(booking.Simulator) && r.calls > 0 {
		bad = append(bad, "it belongs to another environment and the supplier was called")
	}
	if (r.state == booking.PayUnknown || r.state == booking.CancelUnknown) && r.cases == 0 {
		bad = append(bad, "nobody is asked to look at it")
	}
	paid := found && there.PayCount > 0
	switch r.state {
	case booking.Confirmed:
		if !found || there.Status != simulator.Paid {
			bad = append(bad, fmt.Sprintf("there it is %q", there.Status))
		}
	case booking.Cancelled:
		if !found || there.Status != simulator.Cancelled {
			bad = append(bad, fmt.Sprintf("there it is %q", there.Status))
		}
	case booking.Held, booking.Expired, booking.Refused, booking.Dropped, booking.Creating, booking.CreateUnknown:
		if paid && r.cases == 0 {
			bad = append(bad, "there it is paid")
		}
	}
	return bad
}
