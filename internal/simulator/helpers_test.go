package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// bench is a running simulator whose clock stands still unless it is moved.
type bench struct {
	t   *testing.T
	sim *Simulator
	url string
}

// noon is when a bench's clock stands: in summer time, on no day of a season.
const noon = "2027-06-01T12:00:00+02:00"

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func start(t *testing.T, file string) *bench {
	t.Helper()
	now := instant(t, noon)
	sim, err := New(Options{Now: func() time.Time { return now }, File: file})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	return &bench{t, sim, server.URL}
}

// reply is an answer as read by a careless client.
type reply struct {
	status int
	header http.Header
	text   string // the first megabyte
	size   int64
	fields map[string]any
	err    error
}

// send makes one call on a connection of its own and follows no redirect.
func (b *bench) send(method, path string, body any, header map[string]string) reply {
	b.t.Helper()
	var text []byte
	switch content := body.(type) {
	case nil:
	case string:
		text = []byte(content)
	default:
		var err error
		if text, err = json.Marshal(content); err != nil {
			b.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	got, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	size := int64(len(got))
	if err == nil {
		rest, restErr := io.Copy(io.Discard, answer.Body)
		size, err = size+rest, restErr
	}
	if closeErr := answer.Body.Close(); closeErr != nil {
		b.t.Fatal(closeErr)
	}
	out := reply{status: answer.StatusCode, header: answer.Header, text: string(got), size: size, err: err}
	if json.Unmarshal(got, &out.fields) != nil {
		out.fields = nil // not an object
	}
	return out
}

// call sends a call with the right headers.
func (b *bench) call(method, path string, body any) reply {
	b.t.Helper()
	return b.send(method, path, body, map[string]string{"X-ECTOR-AUTHENTICATION": DefaultKey, "X-ECTOR-ENVIRONMENT": "production"})
}

// fields of a JSON body.
type fields map[string]any

// with gives a copy with other fields; nil takes one away.
func (f fields) with(changes fields) fields {
	out := maps.Clone(f)
	for name, value := range changes {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

// goodOrder is ten days ahead of noon, eight days at CDG: 129.76 without
// services.
func goodOrder() fields {
	return fields{
		"zone_id": 1, "start_at": "2027-06-11T06:05:00+02:00", "end_at": "2027-06-18T22:40:00+02:00",
		"services": []string{},
		"contact":  goodContact(), "car": fields{"brand": "Renault", "model": "Clio", "color": "blue", "plate_number": "AB123CD"},
	}
}

func goodContact() fields {
	return fields{"first_name": "Ada", "last_name": "Martin", "email": "ada@example.test", "phone_number": "+33199001234", "language": "fr"}
}

// created makes a booking and gives its id.
func (b *bench) created(changes fields) string {
	b.t.Helper()
	got := b.call("POST", "/v3/bookings", goodOrder().with(changes))
	if got.status != http.StatusCreated {
		b.t.Fatalf("create answered %d %s %v", got.status, got.text, got.err)
	}
	ledger := b.sim.Ledger()
	return ledger[len(ledger)-1].ID
}

func (b *bench) pay(id string) reply    { return b.call("POST", "/v3/bookings/"+id+"/pay", nil) }
func (b *bench) cancel(id string) reply { return b.call("POST", "/v3/bookings/"+id+"/cancel", nil) }

func (b *bench) booking(id string) Booking {
	b.t.Helper()
	got, ok := b.sim.Booking(id)
	if !ok {
		b.t.Fatalf("no booking %s", id)
	}
	return got
}

// refused checks the published shape of an error.
func (r reply) refused(t *testing.T, status int, code string) {
	t.Helper()
	if r.err != nil || r.status != status {
		t.Fatalf("status %d, error %v, want %d: %s", r.status, r.err, status, r.text)
	}
	if r.fields["status_code"] != float64(status) || r.fields["error_code"] != code || r.fields["message"] == "" {
		t.Errorf("answer %s, want code %s", r.text, code)
	}
}

// sentences gives errors[] of an error.
func (r reply) sentences() []string {
	var list []string
	items, _ := r.fields["errors"].([]any)
	for _, item := range items {
		text, _ := item.(string)
		list = append(list, text)
	}
	return list
}
