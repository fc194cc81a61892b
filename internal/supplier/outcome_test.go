package supplier_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"guichet/internal/booking"
)

// The three columns of the table: what an answer means for each operation.
type column [3]booking.Outcome

const (
	ok      = booking.OutcomeOK
	refused = booking.OutcomeRefused
	unknown = booking.OutcomeUnknown
	notSent = booking.OutcomeNotSent
)

var (
	allRefused = column{refused, refused, refused}
	allUnknown = column{unknown, unknown, unknown}
)

const created = `{"id":9001,"reference":"EC-9001","status":"pending","contact_id":77,"car_id":"12","price":100.90,"currency":"EUR","services":["cancellation_insurance"]}`

type row struct {
	name   string
	answer string
	want   column // create, pay, cancel
}

func goodRows() []row {
	return []row{
		{"201 with all of a create", reply(201, `{"id":9001,"price":100.90,"currency":"EUR","services":[]}`), column{ok, ok, ok}},
		{"texts for numbers", reply(200, `{"id":"9001","price":"100.90","currency":"EUR","services":[]}`), column{ok, ok, ok}},
		{"no Content-Type", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", column{unknown, ok, ok}},
		{"JSON of another kind", "HTTP/1.1 200 OK\r\nContent-Type: application/problem+json; x\r\nContent-Length: 0\r\n\r\n", column{unknown, ok, ok}},
		{"pending does not fit pay or cancel", reply(201, created), column{ok, unknown, unknown}},
		{"id only", reply(200, `{"id":9001}`), column{unknown, ok, ok}},
		{"id as a string", reply(200, `{"id":"9001"}`), column{unknown, ok, ok}},
		{"id null", reply(200, `{"id":null}`), column{unknown, ok, ok}},
		{"empty object", reply(200, `{}`), column{unknown, ok, ok}},
		{"empty", reply(200, ""), column{unknown, ok, ok}},
		{"blank", reply(200, " \r\n"), column{unknown, ok, ok}},
		{"204", "HTTP/1.1 204 No Content\r\n\r\n", column{unknown, ok, ok}},
		{"empty in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", column{unknown, ok, ok}},
		{"after 103", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply(200, `{"id":9001}`), column{unknown, ok, ok}},
		{"paid", reply(200, `{"id":9001,"status":"paid","paid_at":"2027-06-30T12:42:11Z"}`), column{unknown, ok, unknown}},
		{"cancelled", reply(200, `{"id":9001,"status":"cancelled"}`), column{unknown, unknown, ok}},
		{"unknown fields", reply(200, `{"id":9001,"colour":{"a":[1]}}`), column{unknown, ok, ok}},
	}
}

func unknownRows() []row {
	return []row{
		{"202, not done yet", reply(202, `{"id":"9001","price":"100.90","currency":"EUR","services":[]}`), allUnknown},
		{"202, empty", reply(202, ""), allUnknown},
		{"203", reply(203, `{"id":"9001","price":"100.90","currency":"EUR","services":[]}`), allUnknown},
		{"205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", allUnknown},
		{"206", reply(206, `{"id":"9001","price":"100.90","currency":"EUR","services":[]}`), allUnknown},
		{"299", reply(299, ""), allUnknown},
		{"empty page", "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 0\r\n\r\n", allUnknown},
		{"empty page with 201", "HTTP/1.1 201 Created\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", allUnknown},
		{"204 of a page", "HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n", allUnknown},
		{"a Content-Type that is none", "HTTP/1.1 200 OK\r\nContent-Type: /\r\nContent-Length: 0\r\n\r\n", allUnknown},
		{"empty without any length, perhaps cut", "HTTP/1.1 200 OK\r\n\r\n", allUnknown},
		{"id of another booking", reply(200, `{"id":9002}`), allUnknown},
		{"id of another kind", reply(200, `{"id":{"a":1},"price":1,"currency":"EUR","services":[]}`), allUnknown},
		{"status of another kind", reply(200, `{"id":9001,"status":1}`), allUnknown},
		{"status in other letters", reply(200, `{"id":9001,"status":"PAID?"}`), allUnknown},
		{"list", reply(200, `[{"id":9001}]`), allUnknown},
		{"text", reply(200, `"paid"`), allUnknown},
		{"null", reply(200, `null`), allUnknown},
		{"HTML with 200", reply(200, "<!DOCTYPE html><p>ok</p>"), allUnknown},
		{"garbage with 200", reply(200, "\x00\xff\xfe"), allUnknown},
		{"half of the JSON", reply(201, created[:40]), allUnknown},
		{"two documents", reply(201, created+created), allUnknown},
		{"error with 200", reply(200, errorBody(409, "already_paid")), allUnknown},
		{"cut body", "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n" + created, allUnknown},
		{"cut chunks", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", allUnknown},
		{"100 MB", "HTTP/1.1 201 Created\r\nContent-Length: 100000000\r\n\r\n" + strings.Repeat(" ", 2<<20), allUnknown},
		{"more than 1 MiB", reply(201, strings.Repeat(" ", 1<<20)+created), allUnknown},
		{"endless header", "HTTP/1.1 201 Created\r\nX-A: " + strings.Repeat("a", 200<<10) + "\r\n\r\n", allUnknown},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", allUnknown},
		{"304", "HTTP/1.1 304 Not Modified\r\n\r\n", allUnknown},
		{"no HTTP", "220 smtp ready\r\n", allUnknown},
		{"no answer", "", allUnknown},
		{"head cut", "HTTP/1.1 200 OK\r\nContent-Le", allUnknown},
		{"500", reply(500, errorBody(500, "internal_error")), allUnknown},
		{"500 without anything", reply(500, ""), allUnknown},
		{"502 of a proxy", reply(502, "<h1>Bad Gateway</h1>"), allUnknown},
		{"503", reply(503, errorBody(503, "unavailable")), allUnknown},
		{"5xx with a code of 4xx", reply(500, errorBody(500, "validation_failed")), allUnknown},
		{"already_paid with 500", reply(500, errorBody(500, "already_paid")), allUnknown},
	}
}

func refusedRows() []row {
	return []row{
		{"environment_required", reply(400, errorBody(400, "environment_required")), allRefused},
		{"unauthorized", reply(401, errorBody(401, "unauthorized")), allRefused},
		{"validation_failed", reply(422, errorBody(422, "validation_failed")), allRefused},
		{"rate_limited", reply(429, errorBody(429, "rate_limited")), allRefused},
		{"not_found", reply(404, errorBody(404, "not_found")), column{refused, unknown, unknown}},
		{"unavailable", reply(409, errorBody(409, "unavailable")), column{refused, unknown, unknown}},
		{"expired", reply(410, errorBody(410, "expired")), column{refused, unknown, unknown}},
		{"already_paid", reply(409, errorBody(409, "already_paid")), column{refused, ok, unknown}},
		{"not_cancellable", reply(409, errorBody(409, "not_cancellable")), column{refused, unknown, refused}},
		{"already_cancelled", reply(409, errorBody(409, "already_cancelled")), column{refused, unknown, ok}},
		{"a code nobody knows", reply(418, errorBody(418, "teapot")), column{refused, unknown, unknown}},
		{"errors null", reply(422, `{"status_code":422,"error_code":"validation_failed","message":"","errors":null}`), allRefused},

		{"status_code differs", reply(409, errorBody(404, "not_found")), allUnknown},
		{"already_paid, status_code differs", reply(404, errorBody(409, "already_paid")), allUnknown},
		{"validation_failed, status_code differs", reply(422, errorBody(400, "validation_failed")), allUnknown},
		{"status_code as a string", reply(422, `{"status_code":"422","error_code":"validation_failed","message":""}`), allUnknown},
		{"no status_code", reply(422, `{"error_code":"validation_failed","message":""}`), allUnknown},
		{"no error_code", reply(422, `{"status_code":422,"message":""}`), allUnknown},
		{"no message", reply(422, `{"status_code":422,"error_code":"validation_failed"}`), allUnknown},
		{"errors of another kind", reply(422, `{"status_code":422,"error_code":"validation_failed","message":"","errors":{"a":"b"}}`), allUnknown},
		{"4xx of a proxy", reply(403, "<h1>Forbidden</h1>"), allUnknown},
		{"4xx, empty", reply(404, ""), allUnknown},
		{"4xx, cut", "HTTP/1.1 422 X\r\nContent-Length: 500\r\n\r\n" + errorBody(422, "validation_failed"), allUnknown},
	}
}

// TestOutcome is the table of what counts as what, over real connections.
func TestOutcome(t *testing.T) {
	t.Parallel()
	rows := append(append(goodRows(), unknownRows()...), refusedRows()...)
	for _, r := range rows {
		for i, op := range operations() {
			t.Run(r.name+"/"+string(op), func(t *testing.T) {
				t.Parallel()
				s := newRawServer(t, says(r.answer))
				c, log := newClient(t, s.url)
				a := do(t.Context(), c, op, call())
				if a.Outcome != r.want[i] {
					t.Errorf("outcome %s, want %s (status %d, detail %q)", a.Outcome, r.want[i], a.HTTPStatus, a.Detail)
				}
				if n := s.requests.Load(); n != 1 {
					t.Errorf("%d requests were sent, want 1", n)
				}
				noSecrets(t, "log", log.String())
			})
		}
	}
}

// TestOutcomeReset: the answer is lost by a reset (RST) after the request was
// read, so the supplier may have obeyed it. Nothing is sent a second time.
func TestOutcomeReset(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			s := newRawServer(t, func(conn net.Conn) {
				if tcp, isTCP := conn.(*net.TCPConn); isTCP {
					tcp.SetLinger(0) //nolint:errcheck // the test would show it
				}
			})
			c, _ := newClient(t, s.url)
			a := do(t.Context(), c, op, call())
			if a.Outcome != unknown || a.HTTPStatus != 0 {
				t.Errorf("outcome %s with status %d, want unknown without one", a.Outcome, a.HTTPStatus)
			}
			if s.connections.Load() != 1 || s.requests.Load() != 1 {
				t.Errorf("%d connections, %d requests, want one each", s.connections.Load(), s.requests.Load())
			}
		})
	}
}

// TestOutcomeRedirect: no redirect is followed, to whatever host.
func TestOutcomeRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, op := range operations() {
			t.Run(fmt.Sprintf("%d/%s", status, op), func(t *testing.T) {
				t.Parallel()
				other := newRawServer(t, says(reply(200, created)))
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Location", other.url+r.URL.Path)
					w.WriteHeader(status)
				})
				c, _ := newClient(t, s.URL)
				if a := do(t.Context(), c, op, call()); a.Outcome != unknown || a.HTTPStatus != status {
					t.Errorf("outcome %s with status %d, want unknown with %d", a.Outcome, a.HTTPStatus, status)
				}
				if other.connections.Load() != 0 {
					t.Error("the other host was called")
				}
			})
		}
	}
}
