package supplier_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// faultRow says what a fault of the supplier looks like from here, for create,
// pay and cancel, and whether the supplier obeyed all the same.
type faultRow struct {
	kind     string
	want     column
	executed bool
}

func faultRows() []faultRow {
	return []faultRow{
		{"drop_before", allUnknown, false},
		{"drop_after", allUnknown, true},
		{"500_before", allUnknown, false},
		{"500_after", allUnknown, true},
		{"502_after", allUnknown, true},
		{"html_before", allUnknown, false},
		{"html", allUnknown, true},
		{"truncated", allUnknown, true},
		{"wrong_types", allUnknown, true},
		{"huge", allUnknown, true},
		{"redirect", allUnknown, false},
		{"unauthorized", allRefused, false},
		{"rate_limited_retry", allRefused, false},
		{"not_found", column{refused, unknown, unknown}, false},
		{"expired", column{refused, unknown, unknown}, false},
		{"latency", column{ok, ok, ok}, true},
	}
}

// TestFaults sets each fault for one write, of each kind, and compares the
// outcome with the supplier's own ledger.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, r := range faultRows() {
		for i, op := range operations() {
			t.Run(r.kind+"/"+string(op), func(t *testing.T) {
				t.Parallel()
				testFault(t, r, op, r.want[i])
			})
		}
	}
}

func testFault(t *testing.T, r faultRow, op booking.Operation, want booking.Outcome) {
	t.Helper()
	sim := newSimulator(t)
	s := httptest.NewServer(sim.Handler())
	t.Cleanup(s.Close)
	c, log := newClient(t, s.URL)
	var id string
	if op != booking.OpCreate {
		id = c.Create(t.Context(), call(), order()).Created.ID
	}
	if op == booking.OpCancel {
		c.Pay(t.Context(), call(), id)
	}
	before := len(sim.Calls())
	f := simulator.Fault{Endpoint: string(op), Kind: r.kind}
	if r.kind == "latency" {
		f.Latency = time.Millisecond
	}
	fault(t, sim, f)
	var a booking.Answer
	switch op {
	case booking.OpCreate:
		a = c.Create(t.Context(), call(), order())
	case booking.OpPay:
		a = c.Pay(t.Context(), call(), id)
	default:
		a = c.Cancel(t.Context(), call(), id)
	}
	if a.Outcome != want {
		t.Errorf("outcome %s, want %s: %+v", a.Outcome, want, a)
	}
	calls := sim.Calls()[before:]
	if len(calls) != 1 || calls[0].Executed != r.executed {
		t.Errorf("the supplier saw %+v, want one call, executed %t", calls, r.executed)
	}
	noSecrets(t, "log", log.String())
	noSecrets(t, "answer", a.Request+a.Response+a.Message+a.Detail)
}

// TestFaultsOfReads: each ends in an error of the domain or, nil here, is got over.
func TestFaultsOfReads(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]error{
		"drop_before": nil, "500_before": nil, "503_after": nil, "html": nil, "truncated": nil, "wrong_types": booking.ErrUnreadable,
		"huge": nil, "redirect": nil, "unauthorized": booking.ErrSupplierDown, "rate_limited": booking.ErrSupplierDown,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			sim := newSimulator(t)
			s := httptest.NewServer(sim.Handler())
			t.Cleanup(s.Close)
			c, _ := newClient(t, s.URL)
			for _, endpoint := range []string{simulator.EndpointZones, simulator.EndpointQuotes} {
				fault(t, sim, simulator.Fault{Endpoint: endpoint, Kind: kind, Count: 1})
			}
			_, zonesErr := c.Zones(t.Context())
			_, quoteErr := c.Quote(t.Context(), order().Stay)
			if kind == "wrong_types" && zonesErr == nil {
				zonesErr = want // parts of the list are left out
			}
			for _, err := range []error{zonesErr, quoteErr} {
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			}
		})
	}
}
