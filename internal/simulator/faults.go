package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Names of the endpoints, for faults and recorded calls.
const (
	EndpointZones  = "zones"
	EndpointQuotes = "quotes"
	EndpointCreate = "create"
	EndpointPay    = "pay"
	EndpointCancel = "cancel"
)

var endpoints = []string{EndpointZones, EndpointQuotes, EndpointCreate, EndpointPay, EndpointCancel}

// Fault is one thing that goes wrong at one endpoint. An endpoint has at most
// one; setting another replaces it.
type Fault struct {
	Endpoint string
	Kind     string // one of Kinds

	// Count is for how many calls it stays; 0 means until it is cleared.
	Count int

	// Latency delays the answer, with any kind. The call has been executed by
	// then, except with the kind latency_before.
	Latency time.Duration

	Amount     int64         // cents that price_changed adds, negative to take away
	RetryAfter time.Duration // of rate_limited_retry; 0 means 30 s
	Location   string        // base address that redirect points to; empty means a host that does not exist
}

// wireFault is a fault as the control API and the file write it.
type wireFault struct {
	Endpoint   string `json:"endpoint"`
	Kind       string `json:"kind"`
	Count      int    `json:"count"`
	LatencyMS  int64  `json:"latency_ms,omitempty"`
	Amount     int64  `json:"amount_cents,omitempty"`
	RetryAfter int64  `json:"retry_after_seconds,omitempty"`
	Location   string `json:"location,omitempty"`
}

// MarshalJSON names the units in the fields.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireFault{
		f.Endpoint, f.Kind, f.Count, f.Latency.Milliseconds(),
		f.Amount, int64(f.RetryAfter.Seconds()), f.Location,
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Fault) UnmarshalJSON(text []byte) error {
	var w wireFault
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	*f = Fault{
		Endpoint: w.Endpoint, Kind: w.Kind, Count: w.Count, Latency: time.Duration(w.LatencyMS) * time.Millisecond,
		Amount: w.Amount, RetryAfter: time.Duration(w.RetryAfter) * time.Second, Location: w.Location,
	}
	return nil
}

// longestLatency keeps a slip of the pen from hanging a connection for days.
const longestLatency = 10 * time.Minute

// SetFault replaces the fault of its endpoint. It refuses unknown endpoints and
// kinds, kinds that make no sense at the endpoint, and missing or impossible
// values.
func (s *Simulator) SetFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeFault(f.Endpoint)
	s.data.Faults = append(s.data.Faults, f)
	s.saveLocked()
	return s.saveErr
}

func (f Fault) check() error {
	k, ok := kindNamed(f.Kind)
	switch {
	case !slices.Contains(endpoints, f.Endpoint):
		return fmt.Errorf("simulator: endpoint %q is none of %s", f.Endpoint, strings.Join(endpoints, ", "))
	case !ok:
		return fmt.Errorf("simulator: fault kind %q is none of %s", f.Kind, strings.Join(Kinds(), ", "))
	case k.only != nil && !slices.Contains(k.only, f.Endpoint):
		return fmt.Errorf("simulator: fault %s is for %s only", f.Kind, strings.Join(k.only, ", "))
	case f.Count < 0:
		return fmt.Errorf("simulator: fault count %d is negative", f.Count)
	case f.Latency < 0 || f.Latency > longestLatency:
		return fmt.Errorf("simulator: latency %s is not between 0 and %s", f.Latency, longestLatency)
	case k.needsLatency && f.Latency == 0:
		return fmt.Errorf("simulator: fault %s needs a latency", f.Kind)
	case k.needsAmount && f.Amount == 0:
		return fmt.Errorf("simulator: fault %s needs an amount", f.Kind)
	case f.RetryAfter < 0:
		return fmt.Errorf("simulator: retry after %s is negative", f.RetryAfter)
	default:
		return nil
	}
}

// ClearFaults removes all faults.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.Faults = nil
	s.saveLocked()
}

// Faults gives the faults that are set; Count is what is left of it.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.data.Faults)
}

func (s *Simulator) removeFault(endpoint string) {
	s.data.Faults = slices.DeleteFunc(s.data.Faults, func(f Fault) bool { return f.Endpoint == endpoint })
}

// takeFault uses one call of the endpoint's fault up; without one it gives the
// kind that changes nothing.
func (s *Simulator) takeFault(endpoint string) (Fault, kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.data.Faults, func(f Fault) bool { return f.Endpoint == endpoint })
	if i < 0 {
		return Fault{}, kind{executes: true}
	}
	f := s.data.Faults[i]
	switch f.Count {
	case 0: // until it is cleared
	case 1:
		s.removeFault(endpoint)
		s.saveLocked()
	default:
		s.data.Faults[i].Count--
		s.saveLocked()
	}
	k, _ := kindNamed(f.Kind)
	return f, k
}
