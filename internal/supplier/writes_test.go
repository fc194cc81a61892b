package supplier_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/supplier"
)

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// TestNotSent has all ways in which nothing has left this machine.
func TestNotSent(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	noTLS := newRawServer(t, says("")) // reads the TLS greeting as a bad request and hangs up
	good := newRawServer(t, says(reply(201, created)))
	expired := call()
	expired.StartBefore = start
	left, cancel := context.WithCancel(t.Context())
	cancel()
	rows := []struct {
		name, url, detail string
		ctx               context.Context
		call              booking.Call
	}{
		{"connection refused", "http://" + closedPort(t), "connection_refused", t.Context(), call()},
		{"no such host", "https://no-such-host.invalid", "dns", t.Context(), call()},
		{"certificate of a stranger", untrusted.URL, "tls", t.Context(), call()},
		{"no TLS there", strings.Replace(noTLS.url, "http:", "https:", 1), "cut", t.Context(), call()},
		{"cancelled before", good.url, "cancelled", left, call()},
		{"too late", good.url, "too_late", t.Context(), expired},
		{"no moment named", good.url, "too_late", t.Context(), booking.Call{}},
	}
	for _, r := range rows {
		for _, op := range operations() {
			t.Run(r.name+"/"+string(op), func(t *testing.T) {
				t.Parallel()
				c, _ := newClient(t, r.url)
				a := do(r.ctx, c, op, r.call)
				if a.Outcome != notSent || a.Detail != r.detail || a.HTTPStatus != 0 {
					t.Errorf("outcome %s, detail %q, status %d; want not_sent, %q, 0", a.Outcome, a.Detail, a.HTTPStatus, r.detail)
				}
			})
		}
	}
	t.Cleanup(func() {
		if n := good.requests.Load(); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// TestStartBefore lets the process stall at each point before the first byte:
// the clock passes the moment after it was looked at a number of times.
func TestStartBefore(t *testing.T) {
	t.Parallel()
	stall := func(t *testing.T, op booking.Operation, looks int32) (booking.Answer, int32) {
		s := newRawServer(t, says(reply(201, `{"id":9001,"price":1,"currency":"EUR","services":[]}`)))
		var seen atomic.Int32
		c, _ := newClient(t, s.url, func(o *supplier.Options) {
			o.Now = func() time.Time {
				if seen.Add(1) > looks {
					return start.Add(time.Minute)
				}
				return start
			}
		})
		return do(t.Context(), c, op, call()), s.requests.Load()
	}
	for _, op := range operations() {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			// 1: start of the answer; 2: before the dial; 3: connected; 4: before the first byte.
			for looks := range int32(4) {
				if a, sent := stall(t, op, looks); a.Outcome != notSent || a.Detail != "too_late" || sent != 0 {
					t.Errorf("stalled after %d looks: outcome %s, detail %q, %d requests; want not_sent", looks, a.Outcome, a.Detail, sent)
				}
			}
			if a, sent := stall(t, op, 4); a.Outcome != ok || sent != 1 {
				t.Errorf("stalled after the request: outcome %s, %d requests; want ok with one", a.Outcome, sent)
			}
		})
	}
}

// TestStartBeforeTLS: a handshake that takes too long is a connection that was
// not obtained.
func TestStartBeforeTLS(t *testing.T) {
	t.Parallel()
	var late atomic.Bool
	var requests atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	s.Config.ConnState = func(net.Conn, http.ConnState) { late.Store(true) } // the connection is there, TLS is not
	s.StartTLS()
	t.Cleanup(s.Close)
	c, _ := newClient(t, s.URL, func(o *supplier.Options) {
		o.Now = func() time.Time {
			if late.Load() {
				return start.Add(time.Minute)
			}
			return start
		}
	})
	c.Trust(poolOf(s))
	if a := c.Pay(t.Context(), call(), ours); a.Outcome != notSent || requests.Load() != 0 {
		t.Errorf("outcome %s, %d requests; want not_sent", a.Outcome, requests.Load())
	}
}

func poolOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// TestCancelledAfterSending: the answer never comes, so nobody knows.
func TestCancelledAfterSending(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"", "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"} {
		for _, op := range operations() {
			t.Run(string(op), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := newRawServer(t, func(conn net.Conn) {
					says(head)(conn)
					cancel()
					io.Copy(io.Discard, conn) //nolint:errcheck // until the client hangs up
				})
				c, _ := newClient(t, s.url)
				if a := do(ctx, c, op, call()); a.Outcome != unknown || a.Detail != "cancelled" {
					t.Errorf("outcome %s, detail %q; want unknown, cancelled", a.Outcome, a.Detail)
				}
			})
		}
	}
}

// TestWriteBudget: a supplier that never answers is given up.
func TestWriteBudget(t *testing.T) {
	t.Parallel()
	s := newRawServer(t, func(conn net.Conn) {
		io.Copy(io.Discard, conn) //nolint:errcheck // until the client hangs up
	})
	c, _ := newClient(t, s.url, func(o *supplier.Options) { o.Timeouts.Write = 500 * time.Millisecond })
	if a := c.Pay(t.Context(), call(), ours); a.Outcome != unknown || a.Detail != "timeout" {
		t.Errorf("outcome %s, detail %q; want unknown, timeout", a.Outcome, a.Detail)
	}
}

// TestOneConnectionPerWrite: a connection that is used again may turn out dead
// after the request has left, and net/http would repeat it.
func TestOneConnectionPerWrite(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":9001}`) //nolint:errcheck // the answer would be unknown
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c, _ := newClient(t, s.URL)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if a := c.Pay(t.Context(), call(), ours); a.Outcome != ok {
				t.Errorf("outcome %s, want ok", a.Outcome)
			}
		})
	}
	all.Wait()
	if n := connections.Load(); n != 5 {
		t.Errorf("%d connections for 5 calls", n)
	}
}

// TestTransports: what cannot be seen from the other end.
func TestTransports(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, "https://api.ectorparking.com")
	reads, writes := c.Transports()
	for name, tr := range map[string]*http.Transport{"reads": reads, "writes": writes} {
		if tr.Proxy != nil {
			t.Errorf("%s use a proxy of the environment", name)
		}
		if tr.Protocols.HTTP2() || !tr.Protocols.HTTP1() {
			t.Errorf("%s speak %s", name, tr.Protocols)
		}
	}
	if !writes.DisableKeepAlives {
		t.Error("writes keep connections")
	}
}

// TestTLSIsNewAndItsCertificatesAreKnown: nothing is sent to a server that speaks an
// old TLS, or whose certificate nobody vouches for.
func TestTLSIsNewAndItsCertificatesAreKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		newest uint16
		known  bool
		spoken bool
	}{
		"TLS 1.3": {tls.VersionTLS13, true, true}, "TLS 1.2": {tls.VersionTLS12, true, true},
		"TLS 1.1": {tls.VersionTLS11, true, false}, "a certificate of a stranger": {tls.VersionTLS13, false, false},
	} {
		var requests atomic.Int32
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusTeapot)
		}))
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: c.newest}
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		s.StartTLS()
		client, _ := newClient(t, s.URL)
		if c.known {
			client.Trust(poolOf(s))
		}
		a := client.Pay(t.Context(), call(), ours)
		if _, err := client.Zones(t.Context()); err == nil {
			t.Errorf("%s: zones", name)
		}
		s.Close()
		if (requests.Load() > 0) != c.spoken || (a.Outcome == notSent) == c.spoken {
			t.Errorf("%s: %d requests, outcome %s", name, requests.Load(), a.Outcome)
		}
	}
}

// TestHeaders: what every call carries, and what none may carry.
func TestHeaders(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		w.WriteHeader(http.StatusTeapot)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c, _ := newClient(t, s.URL)
	c.Trust(poolOf(s))
	for _, op := range operations() {
		do(t.Context(), c, op, call())
		r := <-seen
		if got := r.Header.Get(supplier.CorrelationHeader); got != "c-1" {
			t.Errorf("%s: correlation %q", op, got)
		}
		if !r.Close {
			t.Errorf("%s: the connection is to be kept", op)
		}
		checkHeaders(t, r)
	}
	if _, err := c.Zones(t.Context()); err == nil {
		t.Error("zones: no error for 418")
	}
	checkHeaders(t, <-seen)
}

func checkHeaders(t *testing.T, r *http.Request) {
	t.Helper()
	if r.ProtoMajor != 1 {
		t.Errorf("%s %s: sent over %s", r.Method, r.URL.Path, r.Proto)
	}
	if got := r.Header.Get("X-ECTOR-AUTHENTICATION"); got != testKey {
		t.Errorf("%s %s: key %q", r.Method, r.URL.Path, got)
	}
	if got := r.Header.Get("X-ECTOR-ENVIRONMENT"); !strings.EqualFold(got, "production") {
		t.Errorf("%s %s: environment %q", r.Method, r.URL.Path, got)
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Accept-Encoding", "Cookie"} {
		if r.Header.Get(name) != "" {
			t.Errorf("%s %s: header %s was sent", r.Method, r.URL.Path, name)
		}
	}
}

// TestKey: the key of the moment is used; without one nothing is sent.
func TestKey(t *testing.T) {
	t.Parallel()
	keys := []string{"old-key-AAAA", "new-key-BBBB", "short", ""}
	var calls int
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-ECTOR-AUTHENTICATION") != keys[calls] {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	c, _ := newClient(t, s.URL, func(o *supplier.Options) { o.Keys = func() []string { return keys[calls : calls+1] } })
	for i, want := range []booking.Answer{
		{Outcome: ok, Key: "AAAA"}, {Outcome: ok, Key: "BBBB"}, {Outcome: ok}, {Outcome: notSent, Detail: "no_key"},
	} {
		calls = i
		if a := c.Pay(t.Context(), call(), ours); a.Outcome != want.Outcome || a.Key != want.Key || a.Detail != want.Detail {
			t.Errorf("key %q: outcome %s, key %q, detail %q", keys[i], a.Outcome, a.Key, a.Detail)
		}
	}
	if _, err := c.Zones(t.Context()); err == nil {
		t.Error("zones without a key: no error")
	}
}

// TestIDsInAddresses: an id of the supplier stays one segment of the path.
func TestIDsInAddresses(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 1)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { paths <- r.URL.EscapedPath() })
	c, _ := newClient(t, s.URL+"/prefix/")
	for id, want := range map[string]string{
		"9001": "/prefix/v3/bookings/9001/pay", "a/../b?c#d": "/prefix/v3/bookings/a%2F..%2Fb%3Fc%23d/pay",
	} {
		if a := c.Pay(t.Context(), call(), id); a.Outcome != ok {
			t.Fatalf("id %q: outcome %s", id, a.Outcome)
		}
		if got := <-paths; got != want {
			t.Errorf("id %q: path %s, want %s", id, got, want)
		}
	}
	for _, id := range []string{"", ".", "..", "a b", "a\n", "é"} {
		if a := c.Pay(t.Context(), call(), id); a.Outcome != notSent || a.Detail != "no_id" {
			t.Errorf("id %q: outcome %s, detail %q; want not_sent", id, a.Outcome, a.Detail)
		}
	}
}
