package supplier_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guichet/internal/booking"
	"guichet/internal/supplier"
)

// TestMinorUnits: amounts are converted exactly or not at all.
func TestMinorUnits(t *testing.T) {
	t.Parallel()
	good := map[string]int64{
		"100.9": 10090, "100.90": 10090, "100.900": 10090, "0": 0, "0.01": 1, "25": 2500, "96.00": 9600,
		"1.009e2": 10090, "1009E-1": 10090, "1e3": 100000, "007.5": 750, "9999999999.99": 999999999999,
	}
	for text, want := range good {
		if got, exact := supplier.MinorUnits(text, "EUR"); !exact || got != want {
			t.Errorf("%q: %d, %t; want %d", text, got, exact, want)
		}
	}
	for _, text := range []string{
		"", "100,90", "100.905", "0.001", "1e-3", "-1", "-0.01", "+1", "1 000", "1_000", "0x10", "1/3", "NaN", "Inf",
		".5", "5.", "1e999", "1e-99", "99999999999.00", "1e50", "€5", "5€", "true", "[1]", "1.0.0", "\u0661",
	} {
		if got, exact := supplier.MinorUnits(text, "EUR"); exact {
			t.Errorf("%q: %d, want a refusal", text, got)
		}
	}
	for code, want := range map[string]int64{"CHF": 150, "JPY": -1, "EU": -1, "eur": -1, "": -1, "XYZ": -1} {
		if got, exact := supplier.MinorUnits("1.5", code); exact != (want >= 0) || exact && got != want {
			t.Errorf("1.5 %q: %d, %t", code, got, exact)
		}
	}
}

// TestMinorUnitsAll: whatever number of cents is written, it is read back.
func TestMinorUnitsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "cents")
		zeros := strings.Repeat("0", rapid.IntRange(0, 5).Draw(t, "zeros"))
		text := fmt.Sprintf("%d.%02d%s", cents/100, cents%100, zeros)
		if got, exact := supplier.MinorUnits(text, "EUR"); !exact || got != cents {
			t.Fatalf("%s: %d, %t; want %d", text, got, exact, cents)
		}
	})
}

func TestCreated(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, newRawServer(t, says(reply(201, created))).url)
	a := c.Create(t.Context(), call(), order())
	want := booking.Created{ID: "9001", Reference: "EC-9001", ContactID: "77", CarID: "12", Total: booking.Money{Cents: 10090, Currency: "EUR"}}
	got := a.Created
	if len(got.Services) != 1 || got.Services[0] != booking.CancellationInsurance {
		t.Errorf("services %v", got.Services)
	}
	got.Services = nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("created %+v, want %+v", got, want)
	}
}

// TestCreatedRequires: without one of these nobody knows what was booked.
func TestCreatedRequires(t *testing.T) {
	t.Parallel()
	for _, change := range [][2]string{
		{`"id":9001`, `"id":null`},
		{`"id":9001`, `"id":1.5`},
		{`"id":9001`, `"id":""`},
		{`"id":9001`, `"id":".."`},
		{`"id":9001`, `"ID":9001`},
		{`"price":100.90`, `"price":null`},
		{`"price":100.90`, `"price":"100,90"`},
		{`"price":100.90`, `"price":-1`},
		{`"currency":"EUR"`, `"currency":"euro"`},
		{`"services":[`, `"services":[1,`},
		{`"services":`, `"service":`},
	} {
		body := strings.Replace(created, change[0], change[1], 1)
		if body == created {
			t.Fatalf("%s changes nothing", change)
		}
		c, _ := newClient(t, newRawServer(t, says(reply(201, body))).url)
		if a := c.Create(t.Context(), call(), order()); a.Outcome != unknown {
			t.Errorf("%s: outcome %s, want unknown", change[1], a.Outcome)
		}
	}
}

// TestStaleAndNotFound: what the service acts upon besides the outcome.
func TestStaleAndNotFound(t *testing.T) {
	t.Parallel()
	withErrors := func(text string) string {
		return reply(422, `{"status_code":422,"error_code":"validation_failed","message":"m","errors":["`+text+`"]}`)
	}
	for _, r := range []struct {
		answer          string
		stale, notFound bool
	}{
		{withErrors("contact_id is not known"), true, false},
		{withErrors("unknown car_id"), true, false},
		{withErrors("start_at is past"), false, false},
		{reply(404, errorBody(404, "not_found")), false, true},
		{reply(404, errorBody(404, "no_route")), false, false},
		{reply(404, errorBody(410, "not_found")), false, false},
		{reply(410, errorBody(404, "not_found")), false, false},
		{reply(404, "<h1>Not Found</h1>"), false, false},
	} {
		for _, op := range operations() {
			c, _ := newClient(t, newRawServer(t, says(r.answer)).url)
			a := do(t.Context(), c, op, call())
			if a.Stale != (r.stale && op == booking.OpCreate) || a.NotFound != r.notFound {
				t.Errorf("%s %s: stale %t, not found %t", op, r.answer, a.Stale, a.NotFound)
			}
		}
	}
}

// TestWallTimes: the supplier reads wall times of the zone, so they are sent
// with the offset that is in force there.
func TestWallTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 10, 30, 22, 30, 0, 0, time.UTC) // the night of Europe's change
	for zone, want := range map[string][2]string{
		"Europe/Paris":       {"2027-10-31T00:30:00+02:00", "2027-10-31T23:30:00+01:00"},
		"Europe/Lisbon":      {"2027-10-30T23:30:00+01:00", "2027-10-31T22:30:00+00:00"},
		"Indian/Reunion":     {"2027-10-31T02:30:00+04:00", "2027-11-01T02:30:00+04:00"},
		"America/Guadeloupe": {"2027-10-30T18:30:00-04:00", "2027-10-31T18:30:00-04:00"},
	} {
		c, _ := newClient(t, newRawServer(t, says(reply(201, created))).url)
		o := order()
		o.Stay.Timezone, o.Stay.From, o.Stay.To = zone, at, at.Add(24*time.Hour)
		a := c.Create(t.Context(), call(), o)
		var sent struct {
			Start string `json:"start_at"`
			End   string `json:"end_at"`
		}
		if err := json.Unmarshal([]byte(a.Request), &sent); err != nil {
			t.Fatal(err)
		}
		utc := strings.NewReplacer("Z", "+00:00")
		if utc.Replace(sent.Start) != want[0] || utc.Replace(sent.End) != want[1] {
			t.Errorf("%s: %s to %s, want %s", zone, sent.Start, sent.End, want)
		}
	}
}

// TestReturningCustomer: the ids stand for the data, which is not sent again.
func TestReturningCustomer(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, newRawServer(t, says(reply(201, created))).url)
	o := order()
	o.ContactID, o.CarID = "77", "car-12"
	var sent map[string]any
	if err := json.Unmarshal([]byte(c.Create(t.Context(), call(), o).Request), &sent); err != nil {
		t.Fatal(err)
	}
	if sent["contact_id"] != float64(77) || sent["car_id"] != "car-12" || sent["contact"] != nil || sent["car"] != nil {
		t.Errorf("sent %v", sent)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]booking.Environment{
		"https://api.ectorparking.com":       booking.Production,
		"https://API-NEXT.ectorparking.com/": booking.Sandbox,
		"https://api-next.elsewhere.test":    booking.Production,
		"https://partner.test/ector":         booking.Production,
		"http://localhost:8090":              booking.Simulator,
		"http://127.0.0.1:8090":              booking.Simulator,
		"http://[::1]:8090":                  booking.Simulator,
		"https://127.8.8.8":                  booking.Simulator,
	} {
		if c, _ := newClient(t, base); c.Environment() != want {
			t.Errorf("%s: %s, want %s", base, c.Environment(), want)
		}
	}
	for _, base := range []string{
		"", "api.ectorparking.com", "http://api.ectorparking.com", "ftp://localhost", "https://", "https://a.test?x=1",
		"https://user:pass@a.test", "https://a.test/#b", "http://localhost.evil.test", "://", "http://192.168.1.1",
	} {
		o := supplier.Options{BaseURL: base, Keys: func() []string { return []string{"k"} }, Now: fixed, Log: slog.New(slog.DiscardHandler)}
		if _, err := supplier.New(o); err == nil {
			t.Errorf("%q was accepted", base)
		}
	}
	if _, err := supplier.New(supplier.Options{BaseURL: "https://a.test"}); err == nil {
		t.Error("a client without key, clock and log")
	}
}

// FuzzAnswers: whatever the supplier sends, nothing panics.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{created, quoteOK, "[" + zoneOK + "]", errorBody(404, "not_found"), "{", "", "null", `{"a":"\u0000`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, body []byte) { supplier.DecodeAll(body) })
}

// What the supplier calls something is kept as one line that reads as it is written.
func TestTextsOfTheSupplierAreOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Terminal\u202e 2\nEast\a": "Terminal 2 East",
		"P1\u2028\u200bP2\xff":     "P1 P2\ufffd",
	} {
		if got := supplier.Clean(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
