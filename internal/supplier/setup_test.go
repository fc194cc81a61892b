package supplier_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
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

const (
	testKey = "key-of-the-tests-7Q4Z"
	ours    = "9001"
)

// start is the moment at which the clocks of the tests stand still.
var start = time.Date(2027, 6, 30, 12, 42, 11, 0, time.UTC)

func fixed() time.Time { return start }

// newClient returns a client of that address with quick retries, and its log.
func newClient(t *testing.T, base string, change ...func(*supplier.Options)) (*supplier.Client, *safeBuffer) {
	t.Helper()
	log := &safeBuffer{}
	o := supplier.Options{
		BaseURL: base, Keys: func() []string { return []string{testKey} }, Now: fixed, Log: slog.New(slog.NewJSONHandler(log, nil)),
		Timeouts: supplier.Timeouts{Backoff: time.Millisecond, Quote: 20 * time.Second},
	}
	for _, f := range change {
		f(&o)
	}
	c, err := supplier.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c, log
}

type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// rawServer reads whole requests and answers with bytes.
type rawServer struct {
	url         string
	connections atomic.Int32
	requests    atomic.Int32
}

// newRawServer serves each connection with one call of answer, after it has
// read the request. The connection is closed when answer returns.
func newRawServer(t *testing.T, answer func(conn net.Conn)) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{url: "http://" + listener.Addr().String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			serving.Go(func() { s.serve(conn, answer) })
		}
	})
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return s
}

func (s *rawServer) serve(conn net.Conn, answer func(net.Conn)) {
	defer conn.Close() //nolint:errcheck // the other end may have closed it
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return
	}
	s.requests.Add(1)
	answer(conn)
}

// says answers with those bytes.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, text) //nolint:errcheck // the other end may have had enough
	}
}

// reply is a complete answer of HTTP/1.1.
func reply(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		status, http.StatusText(status), len(body), body)
}

func errorBody(status int, code string) string {
	return fmt.Sprintf(`{"status_code":%d,"error_code":%q,"message":"m"}`, status, code)
}

// call may be started for as long as the clock of the tests stands still.
func call() booking.Call {
	return booking.Call{Correlation: "c-1", StartBefore: start.Add(10 * time.Second)}
}

func order() booking.Order {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return booking.Order{
		Stay: booking.Stay{
			ZoneID: "1", ZoneCode: "CDG", Timezone: "Europe/Paris",
			From: time.Date(2027, 7, 4, 6, 5, 0, 0, paris), To: time.Date(2027, 7, 12, 22, 40, 0, 0, paris),
		},
		Services: []string{booking.CancellationInsurance},
		Customer: booking.Customer{
			FirstName: "Théodule", LastName: "Quincampoix", Email: "theodule@quincampoix.test",
			Phone: "+33199001234", Language: "fr",
		},
		Car:      booking.Car{Make: "Renault", Model: "Clio", Color: "blue", Plate: "ZZ987XY"},
		Outbound: "AF1234", Return: "AF1235", MeetingPoint: "T2E",
	}
}

// do sends one write of that kind; pay and cancel concern booking ours.
func do(ctx context.Context, c *supplier.Client, op booking.Operation, k booking.Call) booking.Answer {
	switch op {
	case booking.OpCreate:
		return c.Create(ctx, k, order())
	case booking.OpPay:
		return c.Pay(ctx, k, ours)
	default:
		return c.Cancel(ctx, k, ours)
	}
}

func operations() []booking.Operation {
	return []booking.Operation{booking.OpCreate, booking.OpPay, booking.OpCancel}
}

// serve starts an HTTP server for the test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// noSecrets fails when a text shows the traveller or the key.
func noSecrets(t *testing.T, where, text string) {
	t.Helper()
	o := order()
	for _, secret := range []string{
		o.Customer.FirstName, o.Customer.LastName, o.Customer.Email, o.Customer.Phone, o.Car.Plate, testKey,
		o.Car.Make, o.Car.Model, `"` + o.Car.Color + `"`, o.Outbound, o.Return,
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			t.Errorf("%s shows %q: %s", where, secret, text)
		}
	}
}
