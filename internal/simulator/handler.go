package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The headers of the supplier, and the one that a caller may send to find its
// call again in Calls.
const (
	keyHeader         = "X-Ector-Authentication"
	environmentHeader = "X-Ector-Environment"
	CorrelationHeader = "X-Correlation-Id"
)

// longestRequest is more than any request of this API needs.
const longestRequest = 1 << 20

// Call is one call that the API received, whatever became of it.
type Call struct {
	Endpoint    string    `json:"endpoint"` // one of the endpoints of faults, or "unknown"
	Method      string    `json:"method"`
	URI         string    `json:"uri"` // path and query
	At          time.Time `json:"at"`  // on the supplier's clock
	Body        string    `json:"body"`
	Key         string    `json:"key"`         // as sent
	Correlation string    `json:"correlation"` // of the CorrelationHeader
	Fault       string    `json:"fault"`       // kind of the fault that it met
	Executed    bool      `json:"executed"`    // the supplier did what was asked, be it later
	Status      int       `json:"status"`      // as answered; 0 while no answer was sent, and when it was dropped
	Dropped     bool      `json:"dropped"`
}

// keptCalls is how many calls are remembered.
const keptCalls = 5000

// request is a call as an operation sees it.
type request struct {
	*http.Request // nil for one that was delayed: those have their id and body only

	id   string // of the booking, from the address
	body []byte
}

// operation carries a call out; s.mu is held. It changes the ledger only when
// its answer is a good one.
type operation func(s *Simulator, r request, c circumstances) answer

// Handler serves the supplier's API under /v3, the control API under /_control
// and a page for developers at /. Only /v3 asks for a key.
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v3/zones", s.endpoint(EndpointZones, (*Simulator).listZones))
	mux.Handle("GET /v3/quotes", s.endpoint(EndpointQuotes, (*Simulator).quote))
	mux.Handle("POST /v3/bookings", s.endpoint(EndpointCreate, (*Simulator).create))
	mux.Handle("GET /v3/bookings/{id}", s.endpoint("read", (*Simulator).read))
	mux.Handle("POST /v3/bookings/{id}/pay", s.endpoint(EndpointPay, (*Simulator).pay))
	mux.Handle("POST /v3/bookings/{id}/cancel", s.endpoint(EndpointCancel, (*Simulator).cancel))
	mux.Handle("/v3/", s.endpoint("unknown", func(*Simulator, request, circumstances) answer { return nothingHere() }))
	s.controlRoutes(mux)
	s.pageRoutes(mux)
	return mux
}

func nothingHere() answer {
	return refusal(http.StatusNotFound, "not_found", "There is nothing at this address.")
}

// endpoint serves one operation with the faults that are set for it.
func (s *Simulator) endpoint(name string, run operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestRequest))
		f, k := s.takeFault(name)
		number := s.record(Call{
			Endpoint: name, Method: r.Method, URI: r.URL.RequestURI(), Body: string(body), Fault: f.Kind,
			Key: r.Header.Get(keyHeader), Correlation: r.Header.Get(CorrelationHeader),
		})
		if err != nil {
			s.refuseBody(number, err).send(w)
			return
		}
		if k.waitsFirst {
			wait(r.Context(), f.Latency)
		}
		a := s.answer(number, run, request{r, r.PathValue("id"), body}, f, k)
		if !k.waitsFirst {
			wait(r.Context(), f.Latency)
		}
		w.Header().Set("Date", s.Now().Add(f.Skew).Format(http.TimeFormat)) // the supplier's own clock
		a.send(w)
	})
}

// refuseBody answers a body that was not read to its end: too long, or the
// caller is gone and reads nothing.
func (s *Simulator) refuseBody(number int, err error) answer {
	a := answer{drop: true}
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		a = refusal(http.StatusRequestEntityTooLarge, "too_large", "The request is too large.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(number, a, false)
	return a
}

// answer carries the call out unless the fault comes first, and gives what is
// to be sent. A caller who is gone changes nothing: the request has arrived.
func (s *Simulator) answer(number int, run operation, r request, f Fault, k kind) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	var genuine answer
	switch {
	case k.delays:
		s.delay(number, r, f)
	case k.executes:
		s.at(s.now().Add(f.Skew), func() { genuine = s.execute(run, r, f, k) })
	}
	sent := genuine
	switch {
	case k.reply != nil:
		sent = k.reply(f, r.URL.RequestURI(), genuine)
	case genuine.silent:
		sent = answer{status: http.StatusNoContent}
	}
	s.note(number, sent, genuine.good())
	return sent
}

// admit checks what every call must carry; a good one gives a zero answer.
func (s *Simulator) admit(r request) answer {
	if !slices.Contains(s.keys, r.Header.Get(keyHeader)) {
		return refusal(http.StatusUnauthorized, "unauthorized", "The API key is missing or not valid.")
	}
	if !strings.EqualFold(r.Header.Get(environmentHeader), "production") {
		return refusal(http.StatusBadRequest, "environment_required", "The header X-ECTOR-ENVIRONMENT must be production.")
	}
	return answer{}
}

// execute admits the call, then runs the operation.
func (s *Simulator) execute(run operation, r request, f Fault, k kind) answer {
	if a := s.admit(r); a.status != 0 {
		return a
	}
	if s.saveErr != nil {
		s.saveLocked()
	}
	var c circumstances
	if k.bend != nil {
		k.bend(f, &c)
	}
	if c.erased {
		s.erase()
	}
	a := run(s, r, c)
	if c.erased || a.good() && r.Method == http.MethodPost {
		s.saveLocked()
	}
	if s.saveErr != nil {
		return refusal(http.StatusInternalServerError, "internal_error", s.saveErr.Error())
	}
	return a
}

// record remembers a call before anything else happens to it, and gives the
// number under which it is noted how it ended.
func (s *Simulator) record(c Call) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.At = s.now()
	s.calls = append(s.calls, c)
	if over := len(s.calls) - keptCalls; over > 0 {
		s.calls, s.dropped = slices.Delete(s.calls, 0, over), s.dropped+over
	}
	return s.dropped + len(s.calls) - 1
}

// note is called before the answer is sent: who has the answer finds it in
// Calls.
func (s *Simulator) note(number int, sent answer, executed bool) {
	if i := number - s.dropped; i >= 0 {
		s.calls[i].Status, s.calls[i].Dropped, s.calls[i].Executed = sent.status, sent.drop, executed
	}
}

// Calls gives the calls received on /v3, the oldest first; the last 5000 are
// remembered.
func (s *Simulator) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	return slices.Clone(s.calls)
}

// wait ends early when the caller leaves.
func wait(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
