package simulator

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "ledger.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return time.Time{} }
	for name, o := range map[string]Options{
		"no clock":         {},
		"unknown profile":  {Now: clock, Profile: "moody"},
		"broken file":      {Now: clock, File: broken},
		"folder as a file": {Now: clock, File: t.TempDir()},
		"no such folder":   {Now: clock, File: filepath.Join(broken, "x", "ledger.json")},
	} {
		if s, err := New(o); err == nil || s != nil {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if _, err := New(Options{Now: clock, Profile: "documented"}); err != nil {
		t.Error(err)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	first := start(t, file)
	first.sim.MoveClock(5 * time.Minute)
	kept := first.created(fields{"services": []string{insurance}})
	paid := first.created(nil)
	first.pay(paid)
	faults := []Fault{
		{Endpoint: EndpointCreate, Kind: "price_changed", Count: 3, Amount: 7, Latency: 2 * time.Millisecond, Status: "failed", Age: time.Hour},
		{Endpoint: EndpointZones, Kind: "rate_limited_retry", RetryAfter: time.Minute},
		{Endpoint: EndpointQuotes, Kind: "redirect", Location: "http://127.0.0.1:1"},
		{Endpoint: EndpointPay, Kind: "delayed", Delay: time.Hour, Skew: -time.Minute},
		{Endpoint: EndpointCancel, Kind: "clock_off", Skew: 5 * time.Minute, Zone: "CDG", Service: insurance},
	}
	for _, f := range faults {
		if err := first.sim.SetFault(f); err != nil {
			t.Fatal(err)
		}
	}
	first.created(nil) // uses one of the three up
	faults[0].Count = 2

	second := start(t, file)
	if got, want := second.sim.Ledger(), first.sim.Ledger(); !reflect.DeepEqual(got, want) {
		t.Errorf("ledger\n%+v, want\n%+v", got, want)
	}
	if got := second.sim.Faults(); !slices.Equal(got, faults) {
		t.Errorf("faults %+v, want %+v", got, faults)
	}
	if got := second.sim.Now(); !got.Equal(first.sim.Now()) {
		t.Errorf("clock %s, want %s", got, first.sim.Now())
	}
	second.sim.ClearFaults()
	if got := second.pay(kept); got.status != 200 {
		t.Errorf("pay of a kept booking: %d %s", got.status, got.text)
	}
	if got := second.created(fields{"contact": nil, "contact_id": 501, "car": nil, "car_id": 301}); got != "9004" {
		t.Errorf("next id %s", got)
	}
}

func TestEraseKeepsTheCounters(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	b := start(t, file)
	id := b.created(nil)
	b.sim.Erase()
	if got := b.sim.Ledger(); len(got) != 0 {
		t.Errorf("ledger %+v", got)
	}
	b.pay(id).refused(t, 404, "not_found")
	b.cancel(id).refused(t, 404, "not_found")
	for _, stale := range []fields{{"contact": nil, "contact_id": 501}, {"car": nil, "car_id": 301}} {
		b.call("POST", "/v3/bookings", goodOrder().with(stale)).refused(t, 422, "validation_failed")
	}
	restarted := start(t, file)
	if got := restarted.booking(restarted.created(nil)); got.ID != "9002" || got.ContactID != "502" || got.CarID != "302" {
		t.Errorf("ids given out again: %+v", got)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	base := b.sim.Now()
	b.sim.MoveClock(30 * time.Minute)
	b.sim.MoveClock(-5 * time.Minute)
	if got := b.sim.Now().Sub(base); got != 25*time.Minute {
		t.Errorf("moved by %s", got)
	}
	b.sim.SetClockOffset(time.Minute)
	if got := b.sim.Now().Sub(base); got != time.Minute {
		t.Errorf("set to %s", got)
	}
}

// What is given out shares nothing with the ledger.
func TestLedgerGivesCopies(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(fields{"services": []string{insurance}})
	got := b.booking(id)
	got.Services[0], got.Status = "changed", Paid
	b.sim.Ledger()[0].Services[0] = "changed"
	if kept := b.booking(id); kept.Services[0] != insurance || kept.Status != Pending {
		t.Errorf("ledger %+v", kept)
	}
	if _, ok := b.sim.Booking("1"); ok {
		t.Error("a booking that is not there")
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.send("POST", "/v3/bookings/7/pay?x=1", "{}", map[string]string{
		"X-ECTOR-AUTHENTICATION": DefaultKey, "X-ECTOR-ENVIRONMENT": "production", "X-Correlation-ID": "abc",
	})
	b.call("GET", "/v3/zones", nil)
	b.call("GET", "/v3/nothing", nil)
	want := []Call{
		{Endpoint: "pay", Method: "POST", URI: "/v3/bookings/7/pay?x=1", At: b.sim.Now(), Body: "{}", Key: DefaultKey, Correlation: "abc", Status: 404},
		{Endpoint: "zones", Method: "GET", URI: "/v3/zones", At: b.sim.Now(), Key: DefaultKey, Executed: true, Status: 200},
		{Endpoint: "unknown", Method: "GET", URI: "/v3/nothing", At: b.sim.Now(), Key: DefaultKey, Status: 404},
	}
	if got := b.sim.Calls(); !slices.Equal(got, want) {
		t.Errorf("calls\n%+v, want\n%+v", got, want)
	}
}

func TestOnlyTheLastCallsAreRemembered(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	first := b.sim.record(Call{Endpoint: "first"})
	for range keptCalls {
		b.sim.record(Call{Endpoint: "filler"})
	}
	last := b.sim.record(Call{Endpoint: "last"})
	b.sim.note(first, answer{status: 200}, true)
	b.sim.note(last, answer{status: 201}, true)
	got := b.sim.Calls()
	if len(got) != keptCalls || got[0].Status != 0 || got[keptCalls-1].Endpoint != "last" || got[keptCalls-1].Status != 201 {
		t.Errorf("%d calls, %+v to %+v", len(got), got[0], got[len(got)-1])
	}
}

func TestOneOfManyPaysIsCharged(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { b.pay(id) })
	}
	wg.Wait()
	statuses := map[int]int{}
	for _, c := range b.sim.Calls()[1:] {
		statuses[c.Status]++
	}
	if statuses[200] != 1 || statuses[409] != 7 || b.booking(id).PayCount != 1 {
		t.Errorf("answers %v, charged %d times", statuses, b.booking(id).PayCount)
	}
}

// A supplier that cannot write its ledger says so instead of forgetting later.
func TestUnwritableFile(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	b := start(t, filepath.Join(folder, "ledger.json"))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	b.call("POST", "/v3/bookings", goodOrder()).refused(t, 500, "internal_error")
	b.call("GET", "/v3/zones", nil).refused(t, 500, "internal_error")
	if b.sim.Err() == nil || b.sim.SetFault(Fault{Endpoint: EndpointPay, Kind: "expired"}) == nil {
		t.Error("no error")
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := b.call("GET", "/v3/zones", nil); got.status != 200 || b.sim.Err() != nil {
		t.Errorf("once it can be written: %d %v", got.status, b.sim.Err())
	}
}
