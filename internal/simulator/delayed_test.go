package simulator

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func (b *bench) fault(f Fault) {
	b.t.Helper()
	if err := b.sim.SetFault(f); err != nil {
		b.t.Fatal(err)
	}
}

// The request takes effect when the supplier's clock gets there, at that time.
func TestDelayedPay(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	b.fault(Fault{Endpoint: EndpointPay, Kind: "delayed", Count: 1, Delay: 10 * time.Minute})
	cut(t, b.pay(id))
	b.sim.MoveClock(10*time.Minute - time.Second)
	if got := b.booking(id); got.Status != Pending {
		t.Fatalf("too early: %+v", got)
	}
	if got := b.control("GET", "/", ""); !strings.Contains(got.text, "<li>pay 9001, at 2027-06-01 10:10:00 UTC</li>") {
		t.Errorf("page: %s", got.text)
	}
	if calls := b.sim.Calls(); calls[1].Executed {
		t.Errorf("executed too early: %+v", calls[1])
	}
	b.sim.MoveClock(30 * time.Minute)
	if got := b.booking(id); got.Status != Paid || got.PayCount != 1 || !got.PaidAt.Equal(instant(t, "2027-06-01T10:10:00Z")) {
		t.Errorf("ledger %+v", got)
	}
	if calls := b.sim.Calls(); !calls[1].Executed || !calls[1].Dropped || calls[1].Fault != "delayed" {
		t.Errorf("call %+v", calls[1])
	}
	b.sim.MoveClock(-30 * time.Minute)
	if got := b.booking(id); got.Status != Paid {
		t.Errorf("undone when the clock went back: %+v", got)
	}
}

// The clock that is put forward and back has been there.
func TestDelayedUntilTheClockWasThere(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	b.fault(Fault{Endpoint: EndpointPay, Kind: "delayed", Count: 1, Delay: 10 * time.Minute})
	cut(t, b.pay(id))
	b.sim.SetClockOffset(11 * time.Minute)
	b.sim.SetClockOffset(0)
	if got := b.booking(id); got.Status != Paid {
		t.Errorf("ledger %+v", got)
	}
}

// What is due first comes first, and before whatever is asked for later.
func TestDelayedInOrder(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(fields{"services": []string{insurance}})
	b.fault(Fault{Endpoint: EndpointCancel, Kind: "delayed", Count: 1, Delay: 20 * time.Minute})
	cut(t, b.cancel(id))
	b.fault(Fault{Endpoint: EndpointPay, Kind: "delayed", Count: 1, Delay: 10 * time.Minute})
	cut(t, b.pay(id))
	b.sim.MoveClock(15 * time.Minute)
	b.pay(id).refused(t, http.StatusConflict, "already_paid")
	b.sim.MoveClock(15 * time.Minute)
	b.cancel(id).refused(t, http.StatusConflict, "already_cancelled")
}

func TestDelayedTooLong(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	b.fault(Fault{Endpoint: EndpointPay, Kind: "delayed", Count: 1, Delay: 61 * time.Minute})
	cut(t, b.pay(id))
	b.sim.MoveClock(2 * time.Hour)
	if got := b.booking(id); got.Status != Void || got.PayCount != 0 || b.sim.Calls()[1].Executed {
		t.Errorf("ledger %+v", got)
	}
}

func TestDelayedOutlivesARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	first := start(t, file)
	id := first.created(nil)
	first.fault(Fault{Endpoint: EndpointCreate, Kind: "delayed", Count: 1, Delay: time.Minute})
	cut(t, first.call("POST", "/v3/bookings", goodOrder()))
	second := start(t, file)
	second.call("GET", "/v3/nothing", nil)
	second.sim.MoveClock(time.Minute)
	if calls := second.sim.Calls(); calls[0].Executed {
		t.Errorf("noted at another call: %+v", calls[0])
	}
	ledger := second.sim.Ledger()
	if len(ledger) != 2 || ledger[0].ID != id || !ledger[1].CreatedAt.Equal(instant(t, "2027-06-01T10:01:00Z")) {
		t.Errorf("ledger %+v", ledger)
	}
}

// A request that the door refuses is lost, not delayed.
func TestDelayedNeedsAKey(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	b.fault(Fault{Endpoint: EndpointPay, Kind: "delayed", Delay: time.Minute})
	cut(t, b.send("POST", "/v3/bookings/"+id+"/pay", nil, nil))
	b.sim.MoveClock(2 * time.Minute)
	if got := b.booking(id); got.Status != Pending {
		t.Errorf("ledger %+v", got)
	}
}

func TestClockOff(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{5 * time.Minute, -5 * time.Minute} {
		b := start(t, "")
		b.fault(Fault{Endpoint: EndpointCreate, Kind: "clock_off", Count: 1, Skew: skew})
		got := b.booking(b.created(nil))
		if !got.CreatedAt.Equal(b.sim.Now().Add(skew)) {
			t.Errorf("created at %s by a clock that is off by %s", got.CreatedAt, skew)
		}
		b.sim.MoveClock(56 * time.Minute) // past 60 minutes where the clock was slow
		if paid := b.pay(got.ID).status == http.StatusOK; paid != (skew > 0) {
			t.Errorf("paid: %t", paid)
		}
		if next := b.booking(b.created(nil)); !next.CreatedAt.Equal(b.sim.Now()) {
			t.Errorf("the next one: %s", next.CreatedAt)
		}
	}
	// It goes with another kind, as latency does.
	b := start(t, "")
	b.fault(Fault{Endpoint: EndpointCreate, Kind: "drop_after", Skew: time.Minute})
	cut(t, b.call("POST", "/v3/bookings", goodOrder()))
	if got := b.booking("9001"); !got.CreatedAt.Equal(b.sim.Now().Add(time.Minute)) {
		t.Errorf("created at %s", got.CreatedAt)
	}
}

func TestEraseByFault(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	b := start(t, file)
	id := b.created(fields{"services": []string{insurance}})
	b.fault(Fault{Endpoint: EndpointPay, Kind: "erased", Count: 2})
	b.pay(id).refused(t, http.StatusNotFound, "not_found")
	if n := len(b.sim.Ledger()); n != 0 || len(start(t, file).sim.Ledger()) != 0 {
		t.Errorf("%d bookings left, %d after a restart", n, len(start(t, file).sim.Ledger()))
	}
	b.fault(Fault{Endpoint: EndpointCreate, Kind: "erased", Count: 1})
	if next := b.created(nil); next != "9002" || len(b.sim.Ledger()) != 1 {
		t.Errorf("after the erase: %s", next)
	}
	b.fault(Fault{Endpoint: EndpointCreate, Kind: "erased", Count: 1})
	b.call("POST", "/v3/bookings", goodOrder().with(fields{"contact": nil, "contact_id": 501})).refused(t, 422, "validation_failed")
	if n := len(b.sim.Ledger()); n != 0 {
		t.Errorf("%d bookings left", n)
	}
}

func TestWithdrawnZone(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	quote := func(zone string) reply {
		return b.call("GET", quotePath(zone, "2027-06-11T06:05:00+02:00", "2027-06-18T22:40:00+02:00"), nil)
	}
	b.fault(Fault{Endpoint: EndpointZones, Kind: "zone_withdrawn", Zone: "CDG"})
	if got := b.call("GET", "/v3/zones", nil); strings.Contains(got.text, `"code":"CDG"`) || !strings.Contains(got.text, `"code":"ORY"`) {
		t.Errorf("zones: %.200s", got.text)
	}
	if got := quote("1"); got.status != http.StatusOK {
		t.Errorf("another endpoint: %d", got.status)
	}
	b.fault(Fault{Endpoint: EndpointQuotes, Kind: "zone_withdrawn", Zone: "CDG"})
	quote("1").refused(t, 422, "validation_failed")
	if got := quote("2"); got.status != http.StatusOK {
		t.Errorf("another zone: %d", got.status)
	}
	b.fault(Fault{Endpoint: EndpointCreate, Kind: "zone_withdrawn"})
	got := b.call("POST", "/v3/bookings", goodOrder())
	got.refused(t, 422, "validation_failed")
	if !slices.Equal(got.sentences(), []string{"zone_id is not a zone"}) || len(b.sim.Ledger()) != 0 {
		t.Errorf("errors %q", got.sentences())
	}
}

func TestWithdrawnService(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for _, endpoint := range []string{EndpointZones, EndpointQuotes, EndpointCreate} {
		b.fault(Fault{Endpoint: endpoint, Kind: "service_withdrawn", Service: insurance})
	}
	for _, path := range []string{"/v3/zones", quotePath("1", "2027-06-11T06:05:00+02:00", "2027-06-18T22:40:00+02:00")} {
		if got := b.call("GET", path, nil); strings.Contains(got.text, insurance) || !strings.Contains(got.text, "full_wash") {
			t.Errorf("%s: %.200s", path, got.text)
		}
	}
	got := b.call("POST", "/v3/bookings", goodOrder().with(fields{"services": []string{insurance}}))
	got.refused(t, 422, "validation_failed")
	if !slices.Equal(got.sentences(), []string{"services: cancellation_insurance is not available in this zone"}) {
		t.Errorf("errors %q", got.sentences())
	}
	b.created(fields{"services": []string{"full_wash"}})
}

func TestFaultsByPage(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.form("/page/fault", url.Values{
		"endpoint": {"pay"}, "kind": {"delayed"}, "count": {"1"}, "delay_seconds": {"90"}, "skew_seconds": {"-60"},
		"retry_after_seconds": {"7"}, "zone": {"CDG"}, "service": {"full_wash"},
	})
	want := Fault{
		Endpoint: EndpointPay, Kind: "delayed", Count: 1, Delay: 90 * time.Second, Skew: -time.Minute,
		RetryAfter: 7 * time.Second, Zone: "CDG", Service: "full_wash",
	}
	if got := b.sim.Faults(); len(got) != 1 || got[0] != want {
		t.Errorf("faults %+v", got)
	}
	if got := b.control("GET", "/", ""); !strings.Contains(got.text, "<strong>delayed</strong>, 1 more, clock off by -1m0s, after 1m30s, CDG, full_wash</li>") {
		t.Errorf("page: %s", got.text)
	}
}
