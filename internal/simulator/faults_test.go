package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// looks is how an answer looks to the caller.
type looks func(t *testing.T, got reply)

func cut(t *testing.T, got reply) {
	t.Helper()
	if !errors.Is(got.err, syscall.ECONNRESET) || got.status != 0 {
		t.Errorf("status %d, error %v, want a reset", got.status, got.err)
	}
}

func html(status int) looks {
	return func(t *testing.T, got reply) {
		t.Helper()
		if got.err != nil || got.status != status || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.HasPrefix(got.text, "<!DOCTYPE html>") {
			t.Errorf("status %d, error %v, %s", got.status, got.err, got.text)
		}
	}
}

func coded(status int, code string) looks {
	return func(t *testing.T, got reply) {
		t.Helper()
		got.refused(t, status, code)
	}
}

func good(t *testing.T, got reply) {
	t.Helper()
	if got.err != nil || got.status < 200 || got.status > 299 || got.fields["id"] == nil {
		t.Errorf("status %d, error %v: %s", got.status, got.err, got.text)
	}
}

func halved(t *testing.T, got reply) {
	t.Helper()
	if !errors.Is(got.err, io.ErrUnexpectedEOF) || got.status > 299 || !strings.HasPrefix(got.text, `{"id":9001,"`) || json.Valid([]byte(got.text)) {
		t.Errorf("status %d, error %v: %s", got.status, got.err, got.text)
	}
}

func twisted(t *testing.T, got reply) {
	t.Helper()
	if !strings.Contains(got.text, `"id":[9001]`) || !strings.Contains(got.text, `"status":{"text":`) {
		t.Errorf("status %d, error %v: %s", got.status, got.err, got.text)
	}
}

func fat(t *testing.T, got reply) {
	t.Helper()
	if got.err != nil || got.status > 299 || got.size <= 100_000_000 || strings.Trim(got.text, " ") != "" {
		t.Errorf("status %d, error %v, %d bytes", got.status, got.err, got.size)
	}
}

func sentAway(t *testing.T, got reply) {
	t.Helper()
	if to := got.header.Get("Location"); got.status != http.StatusTemporaryRedirect || !strings.HasPrefix(to, "https://elsewhere.invalid/v3/bookings") {
		t.Errorf("status %d to %q", got.status, to)
	}
}

func inAWhile(header string) looks {
	return func(t *testing.T, got reply) {
		t.Helper()
		got.refused(t, http.StatusTooManyRequests, "rate_limited")
		if got.header.Get("Retry-After") != header {
			t.Errorf("Retry-After %q, want %q", got.header.Get("Retry-After"), header)
		}
	}
}

// faultCase says whether the call is carried out, and how its answer looks.
type faultCase struct {
	executes bool
	looks    looks
}

// faultCases is the whole table of faults, with contradictionCases.
var faultCases = map[string]faultCase{
	"latency":              {true, good},
	"latency_before":       {true, good},
	"drop_before":          {false, cut},
	"drop_after":           {true, cut},
	"500_before":           {false, coded(500, "internal_error")},
	"500_after":            {true, coded(500, "internal_error")},
	"502_before":           {false, html(502)},
	"502_after":            {true, html(502)},
	"503_before":           {false, html(503)},
	"503_after":            {true, html(503)},
	"html_before":          {false, html(200)},
	"html":                 {true, html(200)},
	"truncated":            {true, halved},
	"wrong_types":          {true, twisted},
	"huge":                 {true, fat},
	"delayed":              {false, cut},
	"clock_off":            {true, good},
	"erased":               {}, // changes the ledger without obeying: TestEraseByFault
	"zones_lost":           {}, // of the list of zones alone: TestFaultsOfReads
	"timezone_unknown":     {},
	"zone_withdrawn":       {false, coded(422, "validation_failed")},
	"service_withdrawn":    {true, good}, // only an order with that service is refused
	"redirect":             {false, sentAway},
	"price_changed":        {true, good},
	"unavailable":          {false, coded(409, "unavailable")},
	"stale_contact":        {true, good}, // only an order with a contact_id is refused
	"stale_car":            {true, good},
	"unauthorized":         {false, coded(401, "unauthorized")},
	"environment_required": {false, coded(400, "environment_required")},
	"validation_failed":    {false, coded(422, "validation_failed")},
	"not_found":            {false, coded(404, "not_found")},
	"expired":              {false, coded(410, "expired")},
	"already_paid":         {false, coded(409, "already_paid")},
	"not_cancellable":      {false, coded(409, "not_cancellable")},
	"already_cancelled":    {false, coded(409, "already_cancelled")},
	"rate_limited":         {false, inAWhile("")},
	"rate_limited_retry":   {false, inAWhile("30")},
}

// Each fault is met by each write, with the ledger compared before and after.
func TestEveryFaultExecutesAsNamed(t *testing.T) {
	t.Parallel()
	for _, k := range kindTable() {
		for _, endpoint := range []string{EndpointCreate, EndpointPay, EndpointCancel} {
			if k.only != nil && !slices.Contains(k.only, endpoint) || k.name == "erased" {
				continue
			}
			t.Run(k.name+" "+endpoint, func(t *testing.T) {
				t.Parallel()
				c, ok := faultCases[k.name]
				if !ok {
					c, ok = contradictionCases[k.name]
				}
				if !ok {
					t.Fatal("this fault is not in the table")
				}
				f := Fault{
					Endpoint: endpoint, Kind: k.name, Count: 1, Latency: time.Millisecond, Amount: 100,
					Delay: time.Hour, Skew: time.Minute, Service: "full_wash", Status: "failed", Age: 50 * time.Minute,
				}
				meetFault(t, f, c.executes, c.looks)
			})
		}
	}
}

func meetFault(t *testing.T, f Fault, executes bool, look looks) {
	t.Helper()
	b := start(t, "")
	write := func() reply { return b.call("POST", "/v3/bookings", goodOrder()) }
	if f.Endpoint != EndpointCreate {
		id := b.created(fields{"services": []string{insurance}})
		write = func() reply { return b.pay(id) }
		if f.Endpoint == EndpointCancel {
			b.pay(id)
			write = func() reply { return b.cancel(id) }
		}
	}
	if err := b.sim.SetFault(f); err != nil {
		t.Fatal(err)
	}
	before := b.sim.Ledger()
	got := write()
	look(t, got)
	if changed := !reflect.DeepEqual(before, b.sim.Ledger()); changed != executes {
		t.Errorf("ledger changed: %t, want %t", changed, executes)
	}
	calls := b.sim.Calls()
	call := calls[len(calls)-1]
	if call.Executed != executes || call.Fault != f.Kind || call.Endpoint != f.Endpoint || call.Status != got.status || call.Dropped != (got.status == 0) {
		t.Errorf("recorded %+v", call)
	}
	if left := b.sim.Faults(); len(left) != 0 {
		t.Errorf("faults left: %+v", left)
	}
	again := write()
	if works, want := again.status <= 299, !executes || f.Endpoint == EndpointCreate; works != want {
		t.Errorf("the next call works: %t, want %t: %d %s", works, want, again.status, again.text)
	}
}

func TestFaultsOfReads(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	path := quotePath("1", "2027-06-11T06:05:00+02:00", "2027-06-18T22:40:00+02:00")
	set := func(f Fault) {
		t.Helper()
		if err := b.sim.SetFault(f); err != nil {
			t.Fatal(err)
		}
	}
	set(Fault{Endpoint: EndpointQuotes, Kind: "price_changed", Amount: -1000})
	if got := b.call("GET", path, nil); !strings.Contains(got.text, `"price":119.76`) {
		t.Errorf("price changed: %s", got.text)
	}
	set(Fault{Endpoint: EndpointQuotes, Kind: "unavailable"})
	if got := b.call("GET", path, nil); got.status != 200 || got.fields["available"] != false {
		t.Errorf("no space: %d %s", got.status, got.text)
	}
	set(Fault{Endpoint: EndpointZones, Kind: "drop_before"})
	cut(t, b.call("GET", "/v3/zones", nil))
	set(Fault{Endpoint: EndpointZones, Kind: "wrong_types"})
	if got := b.call("GET", "/v3/zones", nil); !strings.HasPrefix(got.text, `[{"available_services":[{"code":{"text":`) {
		t.Errorf("wrong types: %.80s", got.text)
	}
	set(Fault{Endpoint: EndpointZones, Kind: "redirect", Location: "http://127.0.0.1:1"})
	if got := b.call("GET", "/v3/zones", nil); got.header.Get("Location") != "http://127.0.0.1:1/v3/zones" {
		t.Errorf("redirected to %q", got.header.Get("Location"))
	}
	set(Fault{Endpoint: EndpointZones, Kind: "zones_lost"})
	if got := b.call("GET", "/v3/zones", nil); strings.Count(got.text, `"code":"CDG"`) != 1 || strings.Contains(got.text, `"code":"ORY"`) {
		t.Errorf("most zones lost: %.80s", got.text)
	}
	set(Fault{Endpoint: EndpointZones, Kind: "timezone_unknown", Zone: "ORY"})
	if got := b.call("GET", "/v3/zones", nil); strings.Count(got.text, `"Europe/Atlantis"`) != 1 || !strings.Contains(got.text, `"ORY"`) {
		t.Errorf("a timezone that does not exist: %.80s", got.text)
	}
	b.sim.ClearFaults()
	if got := b.call("GET", path, nil); got.fields["available"] != true || !strings.Contains(got.text, `"price":129.76`) {
		t.Errorf("after clearing: %s", got.text)
	}
}

func TestPriceChangedAddsTheAmount(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for amount, want := range map[int64]int64{1_50: 131_26, -1_50: 128_26, -500_00: 0} {
		if err := b.sim.SetFault(Fault{Endpoint: EndpointCreate, Kind: "price_changed", Count: 1, Amount: amount}); err != nil {
			t.Fatal(err)
		}
		if got := b.booking(b.created(nil)).PriceCents; got != want {
			t.Errorf("%d cents more: %d, want %d", amount, got, want)
		}
	}
	if got := b.booking(b.created(nil)).PriceCents; got != 129_76 {
		t.Errorf("afterwards: %d", got)
	}
}

func TestStaleIDsAreNamed(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.created(nil)
	known := fields{"contact": nil, "contact_id": 501, "car": nil, "car_id": 301}
	for kind, want := range map[string]string{"stale_contact": "contact_id is not known", "stale_car": "car_id is not known"} {
		if err := b.sim.SetFault(Fault{Endpoint: EndpointCreate, Kind: kind}); err != nil {
			t.Fatal(err)
		}
		got := b.call("POST", "/v3/bookings", goodOrder().with(known))
		got.refused(t, http.StatusUnprocessableEntity, "validation_failed")
		if !slices.Equal(got.sentences(), []string{want}) {
			t.Errorf("errors %q", got.sentences())
		}
		b.created(nil) // the full data is taken
	}
}

// A caller who gives up does not undo what has arrived, whether it was carried
// out before the wait or comes after it.
func TestLatencyOutlivesTheCaller(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"latency", "latency_before"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := start(t, "")
			id := b.created(nil)
			if err := b.sim.SetFault(Fault{Endpoint: EndpointPay, Kind: kind, Latency: time.Minute}); err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(t.Context())
			gone := make(chan error, 1)
			go func() {
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/v3/bookings/"+id+"/pay", http.NoBody)
				if err != nil {
					gone <- err
					return
				}
				r.Header = http.Header{"X-Ector-Authentication": {DefaultKey}, "X-Ector-Environment": {"production"}}
				answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
				if err == nil {
					err = errors.Join(errors.New("it was answered"), answer.Body.Close())
				}
				gone <- err
			}()
			eventually(t, func() bool { return len(b.sim.Calls()) == 2 })
			if kind == "latency_before" && b.booking(id).Status != Pending {
				t.Error("paid before the wait")
			}
			leave()
			if err := <-gone; !errors.Is(err, context.Canceled) {
				t.Errorf("the caller saw %v", err)
			}
			eventually(t, func() bool { return b.booking(id).Status == Paid && b.sim.Calls()[1].Executed })
		})
	}
}

// eventually asks until it is so; the test's own deadline ends a wait in vain.
func eventually(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the test is over")
		}
	}
}

func TestFaultCount(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	statuses := func(n int) []int {
		var list []int
		for range n {
			list = append(list, b.call("GET", "/v3/zones", nil).status)
		}
		return list
	}
	for _, f := range []Fault{{Kind: "500_before", Count: 1}, {Kind: "503_before", Count: 2}} {
		f.Endpoint = EndpointZones
		if err := b.sim.SetFault(f); err != nil {
			t.Fatal(err)
		}
	}
	if got := statuses(4); !slices.Equal(got, []int{503, 503, 200, 200}) {
		t.Errorf("two calls, of the fault that was set last: %v", got)
	}
	if err := b.sim.SetFault(Fault{Endpoint: EndpointZones, Kind: "500_before"}); err != nil {
		t.Fatal(err)
	}
	if got := statuses(3); !slices.Equal(got, []int{500, 500, 500}) {
		t.Errorf("until it is cleared: %v", got)
	}
	if got := b.call("GET", quotePath("1", "x", "y"), nil).status; got != 422 {
		t.Errorf("another endpoint: %d", got)
	}
	b.sim.ClearFaults()
	if got := statuses(1); !slices.Equal(got, []int{200}) {
		t.Errorf("cleared: %v", got)
	}
}

func TestSetFaultRefuses(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for name, f := range map[string]Fault{
		"nothing":            {},
		"unknown endpoint":   {Endpoint: "refund", Kind: "500_before"},
		"unknown kind":       {Endpoint: EndpointPay, Kind: "tired"},
		"wrong endpoint":     {Endpoint: EndpointPay, Kind: "price_changed", Amount: 1},
		"no amount":          {Endpoint: EndpointCreate, Kind: "price_changed"},
		"no latency":         {Endpoint: EndpointPay, Kind: "latency"},
		"negative latency":   {Endpoint: EndpointPay, Kind: "500_after", Latency: -1},
		"latency of an hour": {Endpoint: EndpointPay, Kind: "latency", Latency: time.Hour},
		"negative count":     {Endpoint: EndpointPay, Kind: "500_after", Count: -1},
		"negative retry":     {Endpoint: EndpointPay, Kind: "rate_limited_retry", RetryAfter: -1},
		"no delay":           {Endpoint: EndpointPay, Kind: "delayed"},
		"delay of two days":  {Endpoint: EndpointPay, Kind: "delayed", Delay: 48 * time.Hour},
		"delayed read":       {Endpoint: EndpointQuotes, Kind: "delayed", Delay: time.Minute},
		"no skew":            {Endpoint: EndpointPay, Kind: "clock_off"},
		"status of nobody":   {Endpoint: EndpointCreate, Kind: "other_status", Status: "unheard_of"},
		"no status":          {Endpoint: EndpointCreate, Kind: "other_status"},
		"no age":             {Endpoint: EndpointCreate, Kind: "made_earlier"},
		"made tomorrow":      {Endpoint: EndpointCreate, Kind: "made_earlier", Age: -time.Hour},
		"skew of 6 minutes":  {Endpoint: EndpointPay, Kind: "clock_off", Skew: -6 * time.Minute},
		"no service":         {Endpoint: EndpointQuotes, Kind: "service_withdrawn"},
		"unknown service":    {Endpoint: EndpointQuotes, Kind: "service_withdrawn", Service: "valet_dog"},
		"unknown zone":       {Endpoint: EndpointQuotes, Kind: "zone_withdrawn", Zone: "JFK"},
		"whose timezone":     {Endpoint: EndpointZones, Kind: "timezone_unknown"},
		"which zone":         {Endpoint: EndpointZones, Kind: "zone_withdrawn"},
	} {
		if err := b.sim.SetFault(f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := b.sim.Faults(); len(got) != 0 {
		t.Errorf("faults %+v", got)
	}
}
