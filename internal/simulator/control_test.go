package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// control sends a call without a key.
func (b *bench) control(method, path, body string) reply {
	b.t.Helper()
	return b.send(method, path, body, nil)
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	got := b.control("POST", "/_control/faults", `{"endpoint":"create","kind":"price_changed","count":2,"latency_ms":1,"amount_cents":150}`)
	want := Fault{Endpoint: EndpointCreate, Kind: "price_changed", Count: 2, Latency: time.Millisecond, Amount: 150}
	if faults := b.sim.Faults(); got.status != 200 || len(faults) != 1 || faults[0] != want {
		t.Errorf("%d %s, faults %+v", got.status, got.text, faults)
	}
	for _, bad := range []string{"", "{", `{"endpoint":"create","kind":"tired"}`, `{"endpoint":"create","kind":"expired","count":"two"}`} {
		if got := b.control("POST", "/_control/faults", bad); got.status != 400 || got.fields["error"] == "" {
			t.Errorf("%q answered %d %s", bad, got.status, got.text)
		}
	}
	if got := b.control("DELETE", "/_control/faults", ""); got.status != 200 || len(b.sim.Faults()) != 0 {
		t.Errorf("clearing: %d %s", got.status, got.text)
	}
}

func TestControlClockAndErase(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.created(nil)
	if got := b.control("POST", "/_control/clock", `{"offset_seconds":3601}`); got.status != 200 || got.fields["now"] != "2027-06-01T11:00:01Z" {
		t.Errorf("clock: %d %s", got.status, got.text)
	}
	if got := b.control("POST", "/_control/clock", `{}`); got.status != 400 || b.sim.Now() != instant(t, "2027-06-01T11:00:01Z") {
		t.Errorf("clock without an offset: %d %s", got.status, got.text)
	}
	if got := b.control("GET", "/_control/ledger", ""); !strings.HasPrefix(got.text, `[{"id":"9001","reference":"EC-9001","status":"void"`) {
		t.Errorf("ledger: %s", got.text)
	}
	if got := b.control("POST", "/_control/erase", ""); got.status != 200 || len(b.sim.Ledger()) != 0 {
		t.Errorf("erase: %d %s", got.status, got.text)
	}
	if got := b.control("GET", "/_control/ledger", ""); got.text != "[]" {
		t.Errorf("empty ledger: %s", got.text)
	}
}

func TestControlStateAndCalls(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	if got := b.control("GET", "/_control/calls", ""); got.text != "[]" {
		t.Errorf("no calls: %s", got.text)
	}
	b.pay(b.created(nil))
	b.created(nil)
	var got stateAnswer
	if err := json.Unmarshal([]byte(b.control("GET", "/_control/state", "").text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Profile != "documented" || got.Calls != 3 || got.Bookings[Paid] != 1 || got.Bookings[Pending] != 1 || got.Bookings[Void] != 0 || len(got.Kinds) != len(faultCases)+len(contradictionCases) || len(got.Profiles) != 3 {
		t.Errorf("state %+v", got)
	}
	if got := b.control("GET", "/_control/calls", ""); !strings.Contains(got.text, `"endpoint":"pay"`) || !strings.Contains(got.text, `"executed":true`) {
		t.Errorf("calls: %s", got.text)
	}
}

// A page of another site that the developer looks at changes nothing.
func TestForeignPagesAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.created(nil)
	for _, path := range []string{
		"/_control/erase", "/_control/clock", "/_control/faults", "/_control/profile", "/_control/keys",
		"/page/erase", "/page/clock", "/page/fault", "/page/clear", "/page/profile", "/page/keys",
	} {
		got := b.send("POST", path, `{}`, map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.invalid"})
		if got.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if len(b.sim.Ledger()) != 1 {
		t.Error("erased")
	}
}

func (b *bench) form(path string, values url.Values) reply {
	b.t.Helper()
	return b.send("POST", path, values.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

func TestPage(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	if got := b.control("GET", "/", ""); got.status != 200 || !strings.Contains(got.text, "<p>Empty.</p>") || !strings.Contains(got.text, "<p>None.</p>") {
		t.Errorf("new: %d %s", got.status, got.text)
	}
	b.created(fields{"contact": goodContact().with(fields{"last_name": "<b>Martin"})})
	b.created(nil)
	if got := b.form("/page/fault", url.Values{"endpoint": {"pay"}, "kind": {"drop_after"}, "count": {"3"}, "latency_ms": {""}}); got.status != http.StatusSeeOther {
		t.Errorf("fault: %d %s", got.status, got.text)
	}
	got := b.control("GET", "/", "")
	for _, want := range []string{"pay: <strong>drop_after</strong>, 3 more", "129.76 EUR", "&lt;b&gt;Martin", `href="/page.css"`} {
		if !strings.Contains(got.text, want) {
			t.Errorf("no %q in %s", want, got.text)
		}
	}
	if strings.Index(got.text, "EC-9002") > strings.Index(got.text, "EC-9001") {
		t.Error("the newest is not first")
	}
	policy := got.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'") || strings.Contains(policy, "unsafe") || strings.Contains(got.text, "style=") || strings.Contains(got.text, "<script") {
		t.Errorf("policy %q", policy)
	}
	if got := b.control("GET", "/page.css", ""); got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %v", got.status, got.header)
	}
	if got := b.control("GET", "/elsewhere", ""); got.status != 404 {
		t.Errorf("another address: %d", got.status)
	}
}

func TestPageForms(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.created(nil)
	base := b.sim.Now()
	for _, c := range []struct {
		minutes string
		want    time.Duration
	}{{"5", 5 * time.Minute}, {"30", 35 * time.Minute}, {"61", 96 * time.Minute}, {"0", 0}} {
		if got := b.form("/page/clock", url.Values{"minutes": {c.minutes}}); got.status != http.StatusSeeOther || b.sim.Now().Sub(base) != c.want {
			t.Errorf("+%s: %d, moved by %s", c.minutes, got.status, b.sim.Now().Sub(base))
		}
	}
	if got := b.form("/page/fault", url.Values{"endpoint": {"pay"}, "kind": {"latency"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("fault without its latency: %d", got.status)
	}
	b.form("/page/fault", url.Values{"endpoint": {"pay"}, "kind": {"expired"}})
	if got := b.form("/page/clear", nil); got.status != http.StatusSeeOther || len(b.sim.Faults()) != 0 {
		t.Errorf("clear: %d", got.status)
	}
	if got := b.form("/page/erase", nil); got.status != http.StatusSeeOther || len(b.sim.Ledger()) != 0 {
		t.Errorf("erase: %d", got.status)
	}
}
