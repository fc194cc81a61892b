package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"guichet/internal/simulator"
)

// contradiction is an answer that does not agree with what was asked, or with
// what the supplier has done.
type contradiction struct {
	op     string // the endpoint that answers so
	name   string
	inert  bool                         // the call is not carried out; the answer is that of ok
	ask    func(order map[string]any)   // changes what is carried out; the answer names it
	say    map[string]any               // fields of the answer
	change func(http.Header, *[]byte)   // of the answer, after say
	status int                          // of the answer; 0 leaves it
	and    func(*world, map[string]any) // what the supplier does besides
	only   bool                         // only where bookings are real
}

// contradictions are by op. None of them may end in a booking that is payable,
// paid or cancelled here and something else there.
var contradictions = []contradiction{
	{op: "create", name: "status failed", say: map[string]any{"status": "failed"}},
	{op: "create", name: "status void", say: map[string]any{"status": "void"}},
	{op: "create", name: "status cancelled", say: map[string]any{"status": "cancelled"}},
	{op: "create", name: "status paid", say: map[string]any{"status": "paid"}, and: (*world).payThere},
	{op: "create", name: "another zone", ask: anotherZone},
	{op: "create", name: "other dates", ask: otherDates},
	{op: "create", name: "price 0", say: map[string]any{"price": "0.00"}},
	{op: "create", name: "a negative price", say: map[string]any{"price": "-1.00"}},
	{op: "create", name: "an error with 201", say: map[string]any{"error_code": "unavailable", "status_code": 409}},
	{op: "create", name: "202", status: 202},
	{op: "create", name: "an id issued again", only: true, and: (*world).firstID},
	{op: "pay", name: "202 and nothing done", inert: true, status: 202},
	{op: "pay", name: "205 and nothing done", inert: true, status: 205},
	{op: "pay", name: "a page with 200, nothing done", inert: true, status: 200, change: asPage},
	{op: "pay", name: "status pending", inert: true, say: map[string]any{"status": "pending"}},
	{op: "pay", name: "status failed", inert: true, say: map[string]any{"status": "failed"}},
	{op: "pay", name: "another id", inert: true, say: map[string]any{"id": 1, "status": "paid"}},
	{op: "pay", name: "an error with 200", inert: true, say: map[string]any{"error_code": "expired", "status_code": 410}},
	{op: "cancel", name: "202 and nothing done", inert: true, status: 202},
	{op: "cancel", name: "205 and nothing done", inert: true, status: 205},
	{op: "cancel", name: "a page with 200, nothing done", inert: true, status: 200, change: asPage},
	{op: "cancel", name: "status paid", inert: true, say: map[string]any{"status": "paid"}},
	{op: "cancel", name: "another id", inert: true, say: map[string]any{"id": 1, "status": "cancelled"}},
}

func anotherZone(order map[string]any) { order["zone_id"] = 2 }

func otherDates(order map[string]any) {
	for _, end := range []string{"start_at", "end_at"} {
		order[end] = "2031" + fmt.Sprint(order[end])[4:]
	}
}

func asPage(h http.Header, body *[]byte) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	*body = nil
}

// payThere is a supplier that takes a booking for paid that nobody has paid.
func (w *world) payThere(said map[string]any) {
	req := httptest.NewRequest(http.MethodPost, "/v3/bookings/"+idIn(said)+"/pay", nil)
	req.Header.Set("X-Ector-Authentication", simulator.DefaultKey)
	req.Header.Set("X-Ector-Environment", "production")
	w.sim.Handler().ServeHTTP(httptest.NewRecorder(), req)
}

// firstID gives out the id of the first booking there is.
func (w *world) firstID(said map[string]any) {
	if all := w.sim.Ledger(); len(all) > 1 {
		n, _ := strconv.Atoi(all[0].ID) // the simulator counts
		said["id"] = n
	}
}

func idIn(said map[string]any) string { return strings.Trim(fmt.Sprint(said["id"]), `"`) }

// mouth stands between the simulator and everybody, and lets the next answer of
// an endpoint contradict.
type mouth struct {
	world *world
	next  http.Handler
	mu    sync.Mutex
	turn  *contradiction
	done  int // how many contradictions were told
}

func (m *mouth) arm(c *contradiction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn = c
}

// take returns the contradiction that a call gets, once.
func (m *mouth) take(r *http.Request) *contradiction {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.turn == nil || r.Method != http.MethodPost || operationOf(r.URL.Path) != m.turn.op {
		return nil
	}
	c := m.turn
	m.turn = nil
	m.done++
	return c
}

func operationOf(path string) string {
	switch {
	case strings.HasSuffix(path, "/pay"):
		return simulator.EndpointPay
	case strings.HasSuffix(path, "/cancel"):
		return simulator.EndpointCancel
	case strings.HasSuffix(path, "/bookings"):
		return simulator.EndpointCreate
	}
	return ""
}

func (m *mouth) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := m.take(r)
	if c == nil {
		m.next.ServeHTTP(w, r)
		return
	}
	body, status, header, err := c.answer(m.next, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	var said map[string]any
	if json.Unmarshal(body, &said) == nil && said != nil {
		if c.and != nil {
			c.and(m.world, said)
		}
		maps.Copy(said, c.say)
		body, _ = json.Marshal(said) // it was read from JSON
	}
	if c.change != nil {
		c.change(header, &body)
	}
	if c.status != 0 {
		status = c.status
	}
	header.Del("Content-Length")
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a visitor who left is no error
}

// answer carries a call out, or something else, or makes up that it was.
func (c *contradiction) answer(next http.Handler, r *http.Request) (body []byte, status int, header http.Header, err error) {
	if c.inert {
		id := strings.Split(r.URL.Path, "/")[3]
		body = fmt.Appendf(nil, `{"id":%s}`, id)
		return body, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, nil
	}
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, 0, nil, err
	}
	if c.ask != nil {
		var order map[string]any
		if err := json.Unmarshal(asked, &order); err != nil {
			return nil, 0, nil, err
		}
		c.ask(order)
		if asked, err = json.Marshal(order); err != nil {
			return nil, 0, nil, err
		}
	}
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(asked)), int64(len(asked))
	got := httptest.NewRecorder()
	next.ServeHTTP(got, again)
	body = got.Body.Bytes()
	if c.ask != nil && got.Code == http.StatusCreated {
		var order, said map[string]any
		if err := errors.Join(json.Unmarshal(asked, &order), json.Unmarshal(body, &said)); err != nil {
			return nil, 0, nil, err
		}
		for _, field := range []string{"zone_id", "start_at", "end_at"} {
			said[field] = order[field]
		}
		if body, err = json.Marshal(said); err != nil {
			return nil, 0, nil, err
		}
	}
	return body, got.Code, got.Header(), nil
}

// contradicted sells once for each contradiction, in one world, and returns how
// many were told and what is wrong then: nobody knows what became of a call that
// was answered so.
func (l *lab) contradicted(ctx context.Context, kind rules) (told int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return 0, nil, err
	}
	c := &counter{w, s}
	if _, err := c.held(ctx); err != nil {
		return 0, nil, err
	}
	for i, one := range contradictions {
		if one.only && !kind.production {
			continue
		}
		w.mouth.arm(&one)
		if err := c.whole(ctx, fmt.Sprintf("AA-%03d-CO", i), func() {}); err != nil {
			return w.mouth.done, nil, fmt.Errorf("%s, %s: %w", one.op, one.name, err)
		}
		list, err := w.records(ctx)
		if err != nil {
			return w.mouth.done, nil, err
		}
		if last := list[len(list)-1]; string(last.state) != one.op+"_unknown" {
			bad = append(bad, fmt.Sprintf("%s that is answered with %s: %s", one.op, one.name, last.state))
		}
	}
	if err := c.settle(ctx); err != nil {
		return w.mouth.done, bad, err
	}
	found, err := w.violations(ctx)
	return w.mouth.done, append(bad, found...), err
}
