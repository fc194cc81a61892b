package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/metrics"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
	"guichet/internal/supplier"
)

// endpoint is the line of an endpoint, and its condition.
func (a *answer) endpoint(name string) (condition, text string) {
	for n := range a.doc.Descendants() {
		if attr(n, "data-endpoint") == name {
			return attr(n, "data-condition"), textOf(n)
		}
	}
	return "", ""
}

// failures are what went wrong: "pay unknown internal_error 2".
func (a *answer) failures() (list []string) {
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && has(n, "data-failure") {
			list = append(list, strings.Join(strings.Fields(attr(n, "data-failure")), " "))
		}
	}
	return list
}

// The page shows what happened: answers, refusals, lost answers and waits.
func TestThePageShowsHowTheSupplierAnswered(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a, agent := p.as(t, account.Admin), p.as(t, account.Agent)
	page := a.get(supplierPage)
	for endpoint, want := range map[string]string{"zones": "answering", "quotes": "unasked", "create": "unasked", "pay": "unasked", "cancel": "unasked"} {
		if got, _ := page.endpoint(endpoint); got != want {
			t.Errorf("at the start %s is %s, want %s", endpoint, got, want)
		}
	}
	if got := textOf(page.find("data-testid", "answers")); got != "It answers." {
		t.Errorf("at the start: %s", got)
	}
	if text := page.text(); !strings.Contains(text, "No failures in the last 24 hours.") || !strings.Contains(text, "Never") || !strings.Contains(text, "this server counts its own calls since it started") {
		t.Errorf("at the start: %s", text)
	}
	sale := p.booked(agent, "AB-100-CD")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "rate_limited", Count: 1})
	agent.pay(sale)
	page = a.get(supplierPage)
	if got, text := page.endpoint("pay"); got != "unanswered" || !strings.Contains(text, "Down since ") || !strings.Contains(text, "Never") {
		t.Errorf("turned away, pay is %s: %s", got, text)
	}
	agent.pay(sale)
	p.lost(t, agent, simulator.EndpointPay, "AB-101-CD")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "500_after", Count: 1})
	p.booked(agent, "AB-102-CD")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "validation_failed", Count: 1})
	p.booked(agent, "AB-103-CD")
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "500_before", Count: 1})
	p.booked(agent, "AB-104-CD")

	page = a.get(supplierPage)
	for endpoint, want := range map[string]string{"zones": "answering", "quotes": "answering", "create": "answering", "pay": "unanswered", "cancel": "unasked"} {
		if got, text := page.endpoint(endpoint); got != want {
			t.Errorf("%s is %s, want %s: %s", endpoint, got, want, text)
		}
	}
	if got := textOf(page.find("data-testid", "answers")); !strings.HasPrefix(got, "It answers, but not every call") {
		t.Errorf("while payments get no answer: %s", got)
	}
	if _, text := page.endpoint("create"); !strings.Contains(text, "5 (few)") || !strings.Contains(text, "all servers") || !strings.Contains(text, " ms") {
		t.Errorf("create: %s", text)
	}
	if _, text := page.endpoint("pay"); strings.Contains(text, "Never") || !strings.Contains(text, "3 (few") {
		t.Errorf("pay: %s", text)
	}
	want := []string{"quotes unknown internal_error 1", "create refused validation_failed 1", "create unknown internal_error 1", "pay unknown 1", "pay refused rate_limited 1"}
	if got := page.failures(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("failures: %q, want %q", got, want)
	}
	if text := page.text(); !strings.Contains(text, "No usable answer") || strings.Contains(text, "No failures") {
		t.Errorf("failures: %s", text)
	}
	p.moveClock(t, 25*time.Hour)
	page = p.as(t, account.Admin).get(supplierPage)
	if got, text := page.endpoint("create"); got != "unasked" || strings.Contains(text, "Never") {
		t.Errorf("a day later create is %s: %s", got, text)
	}
}

// Times are those of the calls: half within one, 95 of 100 within the other.
func TestThePageShowsHowLongCallsTake(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	sale := strings.TrimPrefix(p.booked(p.as(t, account.Agent), "AB-110-CD"), "/bookings/")
	// 100 cancellations of 10 ms to a second; six that were given up after the 30 s
	// that a call may take and recorded an hour later, and one that never left.
	const fill = `INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at, ended_at, http_status, error_code)
		SELECT b.id, 'cancel', o, 'c' || n, portal_now() - interval '2 hours', portal_now() - interval '2 hours' + took, status, code
		FROM bookings b, (SELECT n, 'refused' o, n * interval '10 ms' took, 409 status, 'not_cancellable' code FROM generate_series(1, 100) n
			UNION ALL SELECT n, 'unknown', '1 hour', 0, '' FROM generate_series(101, 106) n UNION ALL SELECT 107, 'not_sent', '0', 0, '') calls WHERE b.ref = $1`
	if _, err := p.pool.Exec(t.Context(), fill, sale); err != nil {
		t.Fatal(err)
	}
	list, err := p.bookings.WriteHealth(t.Context())
	if err != nil || len(list) != 3 || list[2].Endpoint != "cancel" {
		t.Fatalf("%+v, %v", list, err)
	}
	if h := list[2]; h.Calls != 107 || h.Sent != 106 || h.P50 != 530*time.Millisecond || h.P95 != 30*time.Second || h.Recent != 30*time.Second || h.Condition() != booking.Unanswered {
		t.Errorf("cancel: %+v", h)
	}
	page := p.as(t, account.Admin).get(supplierPage)
	if _, text := page.endpoint("cancel"); !strings.Contains(text, "530 ms") || !strings.Contains(text, "30,000 ms") || strings.Contains(text, "few") {
		t.Errorf("cancel: %s", text)
	}
	if got := strings.Join(page.failures(), ", "); got != "cancel refused not_cancellable 100, cancel unknown 6, cancel not_sent 1" {
		t.Errorf("failures: %s", got)
	}
	// Ten slow ones make it slow.
	const slow = `INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at, ended_at, http_status)
		SELECT b.id, 'cancel', 'ok', 's' || n, portal_now() - interval '1 hour', portal_now() - interval '1 hour' + interval '6 s', 200
		FROM bookings b, generate_series(1, 10) n WHERE b.ref = $1`
	if _, err := p.pool.Exec(t.Context(), slow, sale); err != nil {
		t.Fatal(err)
	}
	if got, text := p.as(t, account.Admin).get(supplierPage).endpoint("cancel"); got != "slow" || !strings.Contains(text, "Slow") {
		t.Errorf("cancel is %s: %s", got, text)
	}
	// What somebody found out later is no answer of the supplier.
	const found = `INSERT INTO attempts (booking_id, operation, outcome, correlation, started_at, ended_at)
		SELECT b.id, 'cancel', 'ok', 'found', portal_now(), portal_now() FROM bookings b WHERE b.ref = $1`
	if _, err := p.pool.Exec(t.Context(), found, sale); err != nil {
		t.Fatal(err)
	}
	if got, _ := p.as(t, account.Admin).get(supplierPage).endpoint("cancel"); got != "unanswered" {
		t.Errorf("with an answer that a person found out, cancel is %s", got)
	}
	// Those of another environment are another supplier's.
	if _, err := p.pool.Exec(t.Context(), `UPDATE bookings SET environment = 'sandbox'`); err != nil {
		t.Fatal(err)
	}
	if got, _ := p.as(t, account.Admin).get(supplierPage).endpoint("cancel"); got != "unasked" {
		t.Errorf("of another environment: cancel is %s", got)
	}
}

func TestThePageShowsTheSuppliersClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ahead  time.Duration
		seen   bool
		says   string
		warned bool
	}{
		"never":   {0, false, "has not been seen", false},
		"same":    {0, true, "agree to the second", false},
		"ahead":   {3 * time.Second, true, "is 3 seconds ahead.", false},
		"behind":  {-time.Second, true, "is 1 second behind.", false},
		"almost":  {29 * time.Second, true, "29 seconds ahead.", false},
		"warned":  {-30 * time.Second, true, "30 seconds behind. Check this server’s clock", true},
		"minutes": {5 * time.Minute, true, "5 minutes ahead.", true},
		"hours":   {-2 * time.Hour, true, "120 minutes behind.", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, func(o *site.Options) {
				o.SupplierClock = func() (time.Duration, time.Time) {
					if !c.seen {
						return 0, time.Time{}
					}
					return c.ahead, o.Now()
				}
			})
			clock := p.as(t, account.Admin).get(supplierPage).find("data-testid", "clock")
			if !strings.Contains(textOf(clock), c.says) || strings.Contains(attr(clock.Parent, "class"), "warn") != c.warned {
				t.Errorf("%q in %q", textOf(clock), attr(clock.Parent, "class"))
			}
		})
	}
}

// The simulator's clock, moved, is seen on the page.
func TestTheSuppliersClockIsMeasured(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.sim.SetClockOffset(10*time.Minute + 30*time.Second)
	if err := p.bookings.RefreshZones(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if clock := textOf(p.as(t, account.Admin).get(supplierPage).find("data-testid", "clock")); !strings.Contains(clock, "is 10 minutes ahead.") {
		t.Errorf("%s", clock)
	}
}

func TestThePageNamesTheEnvironment(t *testing.T) {
	t.Parallel()
	for env, says := range map[booking.Environment]string{
		booking.Simulator: "= simulator", booking.Sandbox: "= sandbox", booking.Production: "= production",
	} {
		t.Run(string(env), func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, func(o *site.Options) { o.Environment, o.SupplierHost = env, "api-next.ectorparking.com" })
			line := textOf(p.as(t, account.Admin).get(supplierPage).find("data-testid", "environment"))
			if !strings.Contains(line, "Host api-next.ectorparking.com "+says) || !strings.Contains(line, "X-ECTOR-ENVIRONMENT always says “production”") {
				t.Errorf("%s", line)
			}
		})
	}
}

// counted is a portal whose metrics are counted as app does it.
func counted(t *testing.T) (*portal, *metrics.Metrics) {
	t.Helper()
	var p *portal
	m := metrics.New(func(ctx context.Context) (metrics.Backlog, error) {
		b, err := p.bookings.Backlog(ctx)
		unknown := map[string]int{}
		for state, n := range b.Unknown {
			unknown[string(state)] = n
		}
		return metrics.Backlog{Open: b.Open, Due: b.Due, Unknown: unknown}, err
	}, slog.New(slog.DiscardHandler))
	p = newPortal(t, func(o *site.Options) { o.Requested = m.Requested })
	count := func(x supplier.Seen) { m.Called(x.Endpoint, string(x.Outcome), x.Took) }
	p.counted.Store(&count)
	return p, m
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(rec.Body)
	if err != nil || rec.Code != http.StatusOK {
		t.Fatal(rec.Code, err)
	}
	return string(text)
}

// Nothing that belongs to a person is a label, whatever is asked for and whatever
// the supplier does.
func TestMetricsHoldNobody(t *testing.T) {
	t.Parallel()
	p, m := counted(t)
	var secrets []string
	kinds := []string{"latency", "drop_after", "500_after", "wrong_types", "validation_failed", "unauthorized"}
	for i, endpoint := range []string{simulator.EndpointZones, simulator.EndpointQuotes, simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel} {
		for j, kind := range kinds {
			secrets = append(secrets, p.sells(t, endpoint, kind, fmt.Sprintf("c%dx%d", i, j)))
		}
	}
	secrets = append(secrets, p.signs(t)...)
	b := p.nobody(t)
	method := "Quennevillard"
	b.do(method, "/bookings", nil)
	b.do(http.MethodGet, "/bookings/Quennevillard", nil)
	b.do(http.MethodGet, "/static/Quennevillard.css", nil)
	b.do(http.MethodDelete, "/Quennevillard", nil)
	text := scrape(t, m)
	if found := foundCanaries(text, secrets...); len(found) != 0 {
		t.Errorf("in the metrics: %v", found)
	}
	for _, want := range []string{
		`guichet_http_requests_total{method="GET",route="/bookings/{ref}",status="200"}`, `guichet_http_requests_total{method="other",route="none",status="40`,
		`guichet_http_request_duration_seconds_count{method="POST",route="/quotes"}`, `guichet_supplier_calls_total{operation="pay",outcome="unknown"}`,
		`guichet_supplier_calls_total{operation="quotes",outcome="refused"}`, `guichet_supplier_call_duration_seconds_count{operation="create"}`,
		"\nguichet_queue_open ", "\nguichet_queue_due ", `guichet_bookings_unknown{state="create_unknown"} `, "\ngo_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(text) {
			if strings.Contains(line, "_total{") {
				t.Log(line)
			}
		}
	}
}

// What waits is counted in the database, so that every node says the same.
func TestMetricsCountWhatWaits(t *testing.T) {
	t.Parallel()
	p, m := counted(t)
	agent := p.as(t, account.Agent)
	gauges := func() map[string]string {
		found := map[string]string{}
		for line := range strings.Lines(scrape(t, m)) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && (strings.HasPrefix(name, "guichet_queue") || strings.HasPrefix(name, "guichet_bookings")) {
				found[name] = value
			}
		}
		return found
	}
	want := func(when, state string, open, due, unknown string) {
		t.Helper()
		got := gauges()
		if got["guichet_queue_open"] != open || got["guichet_queue_due"] != due || got[`guichet_bookings_unknown{state="`+state+`"}`] != unknown {
			t.Errorf("%s: %v", when, got)
		}
	}
	want("at the start", "pay_unknown", "0", "0", "0")
	p.lost(t, agent, simulator.EndpointPay, "AB-120-CD")
	want("a payment is lost", "pay_unknown", "1", "0", "1")
	p.lost(t, agent, simulator.EndpointCreate, "AB-121-CD")
	want("a create is lost", "create_unknown", "1", "0", "1")
	p.moveClock(t, time.Hour)
	want("an hour later", "pay_unknown", "1", "1", "1")
	if _, err := p.pool.Exec(t.Context(), `UPDATE cases SET resolved_at = portal_now()`); err != nil {
		t.Fatal(err)
	}
	want("resolved", "pay_unknown", "0", "0", "1")
	if _, err := p.pool.Exec(t.Context(), `ALTER TABLE cases RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	if got := gauges(); len(got) != 0 {
		t.Errorf("without the database: %v", got)
	}
	if text := scrape(t, m); !strings.Contains(text, "guichet_http_requests_total{") {
		t.Error("without the database there are no metrics at all")
	}
}

func TestThePageSaysSinceWhenTheSupplierIsDown(t *testing.T) {
	t.Parallel()
	for ago, want := range map[time.Duration]string{time.Minute: "No answer since ", 48 * time.Hour: " 20"} {
		p := newPortal(t, func(o *site.Options) {
			now := o.Now
			o.SupplierDown = func() time.Time { return now().Add(-ago) }
		})
		if got := textOf(p.as(t, account.Admin).get(supplierPage).find("data-testid", "answers")); !strings.HasPrefix(got, "No answer since ") || !strings.Contains(got, want) {
			t.Errorf("%s ago: %s", ago, got)
		}
	}
}
