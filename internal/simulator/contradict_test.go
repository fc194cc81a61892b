package simulator

import (
	"fmt"
	"testing"
	"time"
)

func nothingWith(status int, kind string) looks {
	return func(t *testing.T, got reply) {
		t.Helper()
		if got.err != nil || got.status != status || got.text != "" || got.header.Get("Content-Type") != kind {
			t.Errorf("status %d, error %v, %q, %v", got.status, got.err, got.text, got.header)
		}
	}
}

var contradictionCases = map[string]faultCase{
	"other_zone":       {true, good},
	"other_dates":      {true, good},
	"price_zero":       {true, good},
	"price_unreadable": {true, good},
	"other_plate":      {true, good},
	"other_status":     {true, good},
	"other_id":         {true, good},
	"id_again":         {true, good},
	"paid_at_once":     {true, good},
	"made_earlier":     {true, good},
	"202_before":       {false, nothingWith(202, "application/json")},
	"202_after":        {true, good},
	"205_before":       {false, nothingWith(205, "application/json")},
	"205_after":        {true, nothingWith(205, "application/json")},
	"blank_before":     {false, nothingWith(200, "text/html; charset=utf-8")},
	"blank_after":      {true, nothingWith(200, "text/html; charset=utf-8")},
}

// Each contradiction says what it is named after, in every profile, and the ledger
// has what was ordered.
func TestContradictions(t *testing.T) {
	t.Parallel()
	for _, profile := range Profiles() {
		for _, c := range []struct {
			fault Fault
			field string
			says  string // as a program would print it
		}{
			{Fault{Endpoint: EndpointCreate, Kind: "other_zone"}, "zone_id", "2"},
			{Fault{Endpoint: EndpointCreate, Kind: "other_dates"}, "start_at", "2031-06-11T06:05:00+02:00"},
			{Fault{Endpoint: EndpointCreate, Kind: "price_zero"}, "price", "0"},
			{Fault{Endpoint: EndpointCreate, Kind: "price_unreadable"}, "price", "oops"},
			{Fault{Endpoint: EndpointCreate, Kind: "other_plate"}, "car", "map[plate_number:ZZ-000-ZZ]"},
			{Fault{Endpoint: EndpointCreate, Kind: "other_status", Status: "failed"}, "status", "failed"},
			{Fault{Endpoint: EndpointCreate, Kind: "id_again"}, "id", "9001"},
			{Fault{Endpoint: EndpointCreate, Kind: "paid_at_once"}, "status", "paid"},
			{Fault{Endpoint: EndpointCreate, Kind: "made_earlier", Age: 50 * time.Minute}, "created_at", "2027-06-01T09:10:00Z"},
			{Fault{Endpoint: EndpointPay, Kind: "other_status", Status: "pending"}, "status", "pending"},
			{Fault{Endpoint: EndpointPay, Kind: "other_id"}, "id", "9.87654321e+08"},
			{Fault{Endpoint: EndpointCancel, Kind: "other_status", Status: "failed"}, "status", "failed"},
		} {
			t.Run(profile+" "+c.fault.Endpoint+" "+c.fault.Kind, func(t *testing.T) {
				t.Parallel()
				b := start(t, "")
				if err := b.sim.SetProfile(profile); err != nil {
					t.Fatal(err)
				}
				id := b.created(fields{"services": []string{insurance}})
				if c.fault.Endpoint == EndpointCancel {
					b.pay(id)
				}
				if err := b.sim.SetFault(c.fault); err != nil {
					t.Fatal(err)
				}
				got := map[string]func() reply{
					EndpointCreate: func() reply { return b.call("POST", "/v3/bookings", goodOrder()) },
					EndpointPay:    func() reply { return b.pay(id) },
					EndpointCancel: func() reply { return b.cancel(id) },
				}[c.fault.Endpoint]()
				if got.status > 201 || fmt.Sprint(got.fields[c.field]) != c.says {
					t.Errorf("%d %s, want %s %s", got.status, got.text, c.field, c.says)
				}
				ledger := b.sim.Ledger()
				last := ledger[len(ledger)-1]
				if last.ZoneCode != "CDG" || last.StartWall != "2027-06-11T06:05:00" || last.PriceCents == 0 || last.Car.PlateNumber != "AB123CD" {
					t.Errorf("the ledger has %+v", last)
				}
				want := map[string]Status{EndpointCreate: Pending, EndpointPay: Paid, EndpointCancel: Cancelled}[c.fault.Endpoint]
				if c.fault.Kind == "paid_at_once" {
					want = Paid
				}
				if last.Status != want {
					t.Errorf("the ledger has it as %s, want %s", last.Status, want)
				}
				if made := b.sim.Now().Add(-c.fault.Age); !last.CreatedAt.Equal(made) {
					t.Errorf("made at %s, want %s", last.CreatedAt, made)
				}
			})
		}
	}
}

// A contradiction that names a zone is told of no other.
func TestContradictionOfOneZone(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	if err := b.sim.SetFault(Fault{Endpoint: EndpointQuotes, Kind: "price_unreadable", Zone: "NCE"}); err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{"1": "129.76", "4": "oops", "2": "129.76"} {
		got := b.call("GET", quotePath(zone, "2027-06-11T06:05:00+02:00", "2027-06-18T22:40:00+02:00"), nil)
		if fmt.Sprint(got.fields["price"]) != want {
			t.Errorf("zone %s: %s", zone, got.text)
		}
	}
}
