package supplier_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/supplier"
)

const (
	quoteOK = `{"zone_id":"1","available":true,"price":"96.00","currency":"EUR","available_services":[{"code":"new_thing","name":"Nouveauté","price":19,"currency":"EUR"},{"code":"bare","price":1e1,"currency":"EUR"}]}`
	zoneOK  = `{"id":1,"code":"CDG","name":"Paris","type":"airport","city":"Roissy","country":"FR","timezone":"Europe/Paris","meeting_points":[{"id":2,"name":"T2"},{"id":3}],"available_services":[{"code":"a","name":"A","price":25.00,"currency":"EUR"},{"code":"b"}]}`
)

// script answers the n-th call with its n-th line, and repeats the last.
func script(t *testing.T, answers ...string) *rawServer {
	t.Helper()
	var n atomic.Int32
	return newRawServer(t, func(conn net.Conn) {
		i := min(int(n.Add(1)), len(answers)) - 1
		says(strings.Replace(answers[i], "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))(conn)
	})
}

// TestQuoteAnswers has what each answer to a quote means, and how often the
// supplier was asked for it.
func TestQuoteAnswers(t *testing.T) {
	t.Parallel()
	type row struct {
		name    string
		answers []string
		want    error // nil for a good quote
		calls   int32
	}
	refusal := func(status int, code string) []string { return []string{reply(status, errorBody(status, code))} }
	down, unread := booking.ErrSupplierDown, booking.ErrUnreadable
	rows := []row{
		{"good", []string{reply(200, quoteOK)}, nil, 1},
		{"second try", []string{reply(500, ""), reply(200, quoteOK)}, nil, 2},
		{"third try", []string{"", reply(502, ""), reply(200, quoteOK)}, nil, 3},
		{"500", refusal(500, "internal_error"), down, 3},
		{"503 of a proxy", []string{reply(503, "<h1>no</h1>")}, down, 3},
		{"no answer", []string{""}, down, 3},
		{"page with 200", []string{strings.Replace(reply(200, "<p>ok</p>"), "application/json", "text/html", 1)}, down, 3},
		{"half of the JSON", []string{reply(200, quoteOK[:50])}, unread, 1},
		{"error with 200", []string{reply(200, errorBody(409, "unavailable"))}, unread, 1},
		{"for nothing", []string{reply(200, strings.Replace(quoteOK, "96.00", "0.00", 1))}, unread, 1},
		{"HTML with 200", []string{reply(200, "<p>ok</p>")}, unread, 1},
		{"no JSON object", []string{reply(200, "[]")}, unread, 1},
		{"no price", []string{reply(200, `{"available":true,"currency":"EUR"}`)}, unread, 1},
		{"price of a third of a cent", []string{reply(200, `{"available":true,"price":1.333,"currency":"EUR"}`)}, unread, 1},
		{"not said whether available", []string{reply(200, `{"price":1,"currency":"EUR"}`)}, unread, 1},
		{"another zone", []string{reply(200, strings.Replace(quoteOK, `"1"`, "2", 1))}, unread, 1},
		{"service without price", []string{reply(200, `{"available":true,"price":1,"currency":"EUR","available_services":[{"code":"a"}]}`)}, unread, 1},
		{"service in francs", []string{reply(200, `{"available":true,"price":1,"currency":"EUR","available_services":[{"code":"a","price":1,"currency":"CHF"}]}`)}, unread, 1},
		{"more than 1 MiB", []string{reply(200, strings.Repeat(" ", 1<<20)+quoteOK)}, down, 3},
		{"redirect", []string{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"}, down, 3},
		{"status_code differs", []string{reply(409, errorBody(400, "unavailable"))}, down, 3},
		{"unauthorized", refusal(401, "unauthorized"), down, 1},
		{"rate limited", refusal(429, "rate_limited"), down, 1},
		{"rate limited for no time", []string{after("0"), reply(200, quoteOK)}, nil, 2},
		{"rate limited until the past", []string{after("Wed, 21 Oct 2015 07:28:00 GMT"), reply(200, quoteOK)}, nil, 2},
		{"rate limited again and again", []string{after("0")}, down, 3},
		{"rate limited for long", []string{after("3"), reply(200, quoteOK)}, down, 1},
		{"rate limited for nobody knows", []string{after("soon"), reply(200, quoteOK)}, down, 1},
		{"no space", refusal(409, "unavailable"), booking.ErrUnavailable, 1},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s := script(t, r.answers...)
			c, _ := newClient(t, s.url)
			_, err := c.Quote(t.Context(), order().Stay)
			if !errors.Is(err, r.want) {
				t.Errorf("error %v, want %v", err, r.want)
			}
			if n := s.requests.Load(); n != r.calls {
				t.Errorf("%d calls, want %d", n, r.calls)
			}
		})
	}
}

// after is a refusal that says when to come back.
func after(text string) string {
	return strings.Replace(reply(429, errorBody(429, "rate_limited")), "\r\n", "\r\nRetry-After: "+text+"\r\n", 1)
}

func TestQuote(t *testing.T) {
	t.Parallel()
	s := script(t, reply(200, quoteOK), reply(200, `{"available":false}`))
	c, _ := newClient(t, s.url)
	q, err := c.Quote(t.Context(), order().Stay)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Available || q.Base != (booking.Money{Cents: 9600, Currency: "EUR"}) || !q.QuotedAt.Equal(start) {
		t.Errorf("quote %+v", q)
	}
	if o, _ := q.Offer("new_thing"); o.Name != "Nouveauté" || o.Price.Cents != 1900 {
		t.Errorf("unknown service %+v, want the supplier's label", o)
	}
	if o, _ := q.Offer("bare"); o.Name != "bare" || o.Price.Cents != 1000 {
		t.Errorf("service without label %+v, want its code", o)
	}
	if q, err = c.Quote(t.Context(), order().Stay); err != nil || q.Available {
		t.Errorf("no space: %+v, %v; want a quote that is not available", q, err)
	}
}

// TestRefusedQuote: staff see the supplier's words, the person at the counter
// gets a problem of the form.
func TestRefusedQuote(t *testing.T) {
	t.Parallel()
	s := script(t, reply(422, `{"status_code":422,"error_code":"validation_failed","message":"Not valid.","errors":["end_at is before start_at"]}`))
	c, _ := newClient(t, s.url)
	_, err := c.Quote(t.Context(), order().Stay)
	var said *supplier.Error
	if !errors.As(err, &said) || said.StatusCode != 422 || said.Message != "Not valid." || len(said.Errors) != 1 {
		t.Errorf("error %#v, want the supplier's words", said)
	}
	var bad *invalid.Error
	if !errors.As(err, &bad) || errors.Is(err, booking.ErrSupplierDown) {
		t.Errorf("error %v, want an invalid request", err)
	}
	if strings.Contains(err.Error(), "end_at") {
		t.Errorf("the error's text %q has words of the supplier, which would be logged", err)
	}
}

func TestQuoteWithoutTimezone(t *testing.T) {
	t.Parallel()
	s := script(t, reply(200, quoteOK))
	c, _ := newClient(t, s.url)
	for _, name := range []string{"", "Mars/Olympus"} {
		stay := order().Stay
		stay.Timezone = name
		if _, err := c.Quote(t.Context(), stay); err == nil {
			t.Errorf("timezone %q: no error", name)
		}
		o := order()
		o.Stay = stay
		if a := c.Create(t.Context(), call(), o); a.Outcome != notSent {
			t.Errorf("timezone %q: create is %s, want not_sent", name, a.Outcome)
		}
	}
	if s.connections.Load() != 0 {
		t.Error("the supplier was called")
	}
}

// TestZones: one bad zone never spoils the list, and no zone gets Paris's time
// by default.
func TestZones(t *testing.T) {
	t.Parallel()
	s := script(t, reply(200, `[`+zoneOK+`,
		{"id":"2","code":"XXX","name":"Mars","timezone":"Mars/Olympus"}, {"id":3,"code":"YYY","name":"Nowhere"},
		{"id":4,"code":"ZZZ","name":"Here","timezone":"Local"},
		{"code":"NOI","name":"x"}, {"id":5,"name":"x"}, {"id":6,"code":"NON"}, {"id":{},"code":"x","name":"x"},
		{"id":1,"code":"TWI","name":"Twice"}, "text", null, 7, []]`))
	c, log := newClient(t, s.url)
	zones, err := c.Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(zones) != 4 {
		t.Fatalf("%d zones, want 4: %+v", len(zones), zones)
	}
	z := zones[0]
	if z.ID != "1" || z.Code != "CDG" || z.Kind != "airport" || z.Country != "FR" || z.Timezone != "Europe/Paris" ||
		z.Environment != booking.Simulator || !z.FetchedAt.Equal(start) {
		t.Errorf("zone %+v", z)
	}
	if len(z.MeetingPoints) != 1 || z.MeetingPoints[0] != (booking.MeetingPoint{ID: "2", Name: "T2"}) {
		t.Errorf("meeting points %+v", z.MeetingPoints)
	}
	if len(z.Services) != 1 || z.Services[0].Price.Cents != 2500 {
		t.Errorf("services %+v", z.Services)
	}
	for _, z := range zones[1:] {
		if z.Timezone != "" || z.Sellable() {
			t.Errorf("zone %s has timezone %q, want none", z.Code, z.Timezone)
		}
	}
	if !strings.Contains(log.String(), "left out") {
		t.Errorf("nothing was reported: %s", log)
	}
}

func TestZonesUnreadable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `"x"`, ``, `[`, `<p>`, `[] []`} {
		c, _ := newClient(t, script(t, reply(200, body)).url)
		if zones, err := c.Zones(t.Context()); !errors.Is(err, booking.ErrUnreadable) {
			t.Errorf("%q: %v, %v; want ErrUnreadable", body, zones, err)
		}
	}
}

// TestZonesShared: calls at the same time are one request, and the one who
// leaves does not take it from the others.
func TestZonesShared(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	asked, proceed := make(chan struct{}, 10), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		asked <- struct{}{}
		<-proceed
		io.WriteString(w, "["+zoneOK+"]") //nolint:errcheck // the test would show it
	})
	c, _ := newClient(t, s.URL)
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		_, err := c.Zones(leaving)
		left <- err
	}()
	<-asked
	var staying sync.WaitGroup
	for range 3 {
		staying.Go(func() {
			if zones, err := c.Zones(t.Context()); err != nil || len(zones) != 1 {
				t.Errorf("%v, %v; want one zone", zones, err)
			}
		})
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	close(proceed)
	staying.Wait()
	if n := calls.Load(); n > 2 { // one more when a waiting call began after the first was over
		t.Errorf("%d requests for 4 calls", n)
	}
}

// TestBreaker: a supplier that keeps failing is left alone for a while.
func TestBreaker(t *testing.T) {
	t.Parallel()
	s := script(t, reply(500, ""))
	c, _ := newClient(t, s.url, func(o *supplier.Options) { o.Timeouts.Breaker = time.Hour })
	for range 20 {
		if _, err := c.Quote(t.Context(), order().Stay); !errors.Is(err, booking.ErrSupplierDown) {
			t.Fatalf("error %v, want ErrSupplierDown", err)
		}
	}
	if n := s.requests.Load(); n > 10 {
		t.Errorf("%d requests in 20 calls with 3 tries each: the breaker is still closed", n)
	}
	if a := c.Pay(t.Context(), call(), ours); a.Outcome != unknown || a.HTTPStatus != 500 {
		t.Errorf("pay is %s with %d: the breaker must not touch writes", a.Outcome, a.HTTPStatus)
	}
}

// TestBreakerCloses after one good answer.
func TestBreakerCloses(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, quoteOK) //nolint:errcheck // the test would show it
	})
	c, _ := newClient(t, s.URL, func(o *supplier.Options) { o.Timeouts.Breaker = time.Nanosecond })
	for range 5 {
		if _, err := c.Quote(t.Context(), order().Stay); err == nil {
			t.Fatal("a quote from a broken supplier")
		}
	}
	broken.Store(false)
	for range 3 {
		if _, err := c.Quote(t.Context(), order().Stay); err != nil {
			t.Errorf("after the supplier is back: %v", err)
		}
	}
}

// TestQuoteBudget: a slow body is given up, a visitor who leaves is no failure
// of the supplier.
func TestQuoteBudget(t *testing.T) {
	t.Parallel()
	body := func(reached func()) func(net.Conn) {
		return func(conn net.Conn) {
			says("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")(conn)
			reached()
			io.Copy(io.Discard, conn) //nolint:errcheck // until the client hangs up
		}
	}
	endless := newRawServer(t, body(func() {}))
	slow, _ := newClient(t, endless.url, func(o *supplier.Options) { o.Timeouts.Quote = 100 * time.Millisecond })
	patient, giveUp := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Second, giveUp)
	if _, err := slow.Quote(patient, order().Stay); !errors.Is(err, booking.ErrSupplierDown) {
		t.Errorf("slow body: %v, want ErrSupplierDown", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := newRawServer(t, body(cancel))
	c, _ := newClient(t, s.url)
	_, err := c.Quote(ctx, order().Stay)
	if !errors.Is(err, context.Canceled) || errors.Is(err, booking.ErrSupplierDown) {
		t.Errorf("visitor left: %v, want context.Canceled", err)
	}
	if h := c.Health(); !h.DownSince.IsZero() || h.Reads[1].Calls != 0 {
		t.Errorf("the supplier is blamed because a visitor left: %+v", h)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := script(t, reply(200, quoteOK), reply(500, ""), reply(422, errorBody(422, "validation_failed")))
	now := start
	c, _ := newClient(t, s.url, func(o *supplier.Options) { o.Now = func() time.Time { return now } })
	if _, err := c.Quote(t.Context(), order().Stay); err != nil {
		t.Fatal(err)
	}
	if h := c.Health(); !h.Reads[1].LastGood.Equal(start) || !h.DownSince.IsZero() {
		t.Errorf("after a good quote: %+v", h)
	}
	now = start.Add(time.Second)
	k := booking.Call{StartBefore: start.Add(time.Hour)}
	c.Pay(t.Context(), k, ours)
	if h := c.Health(); !h.DownSince.Equal(now) {
		t.Errorf("after a 500: %+v", h)
	}
	now = start.Add(2 * time.Second)
	c.Pay(t.Context(), k, ours)
	if h := c.Health(); !h.DownSince.IsZero() || !h.Reads[1].LastGood.Equal(start) {
		t.Errorf("after a refusal: %+v", h)
	}
}
