package simulator

import (
	"encoding/json"
	"errors"
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
	Delay      time.Duration // of delayed, on the supplier's clock, up to a day
	Zone       string        // code of the zone of timezone_unknown, zone_withdrawn and what is said of one zone; empty means the one that is asked for
	Service    string        // code of the service of service_withdrawn
	Status     string        // of other_status
	Age        time.Duration // of made_earlier, up to a day

	// Skew is how far the supplier's clock is off while it carries the call out,
	// with any kind that does so; up to 5 minutes either way.
	Skew time.Duration
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
	Delay      int64  `json:"delay_seconds,omitempty"`
	Zone       string `json:"zone,omitempty"`
	Service    string `json:"service,omitempty"`
	Skew       int64  `json:"skew_seconds,omitempty"`
	Status     string `json:"status,omitempty"`
	Age        int64  `json:"age_seconds,omitempty"`
}

// MarshalJSON names the units in the fields.
func (f Fault) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireFault{
		f.Endpoint, f.Kind, f.Count, f.Latency.Milliseconds(),
		f.Amount, int64(f.RetryAfter.Seconds()), f.Location,
		int64(f.Delay.Seconds()), f.Zone, f.Service, int64(f.Skew.Seconds()), f.Status, int64(f.Age.Seconds()),
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
		Delay: time.Duration(w.Delay) * time.Second, Zone: w.Zone, Service: w.Service, Skew: time.Duration(w.Skew) * time.Second,
		Status: w.Status, Age: time.Duration(w.Age) * time.Second,
	}
	return nil
}

// longestLatency keeps a slip of the pen from hanging a connection for days.
// largestSkew is how wrong a machine's clock is, longestDelay how long a request
// stays in somebody's queue.
const (
	longestLatency = 10 * time.Minute
	largestSkew    = 5 * time.Minute
	longestDelay   = 24 * time.Hour
)

// SetFault replaces the fault of its endpoint. It refuses unknown endpoints and
// kinds, kinds that make no sense at the endpoint, and missing or impossible
// values.
func (s *Simulator) SetFault(f Fault) error {
	if err := errors.Join(f.check(), f.checkValues(), s.checkPlace(f)); err != nil {
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
	default:
		return k.missing(f)
	}
}

// missing names the value without which the fault would be none.
func (k kind) missing(f Fault) error {
	what := ""
	switch {
	case k.needsLatency && f.Latency == 0:
		what = "a latency"
	case k.needsAmount && f.Amount == 0:
		what = "an amount"
	case k.needsSkew && f.Skew == 0:
		what = "a skew"
	case k.needsDelay && f.Delay == 0:
		what = "a delay"
	case k.needsService && f.Service == "":
		what = "a service"
	case k.needsZone && f.Zone == "":
		what = "a zone"
	case k.needsStatus && f.Status == "":
		what = "a status"
	case k.needsAge && f.Age == 0:
		what = "an age"
	default:
		return nil
	}
	return fmt.Errorf("simulator: fault %s needs %s", k.name, what)
}

// checkValues looks for values that cannot be.
func (f Fault) checkValues() error {
	switch {
	case f.Count < 0:
		return fmt.Errorf("simulator: fault count %d is negative", f.Count)
	case f.Latency < 0 || f.Latency > longestLatency:
		return fmt.Errorf("simulator: latency %s is not between 0 and %s", f.Latency, longestLatency)
	case f.RetryAfter < 0:
		return fmt.Errorf("simulator: retry after %s is negative", f.RetryAfter)
	case f.Delay < 0 || f.Delay > longestDelay:
		return fmt.Errorf("simulator: delay %s is not between 0 and %s", f.Delay, longestDelay)
	case !knownStatus(f.Status):
		return fmt.Errorf("simulator: status %q is none of %s", f.Status, strings.Join(statuses, ", "))
	case f.Age < 0 || f.Age > longestDelay:
		return fmt.Errorf("simulator: age %s is not between 0 and %s", f.Age, longestDelay)
	case f.Skew.Abs() > largestSkew:
		return fmt.Errorf("simulator: skew %s is more than %s", f.Skew, largestSkew)
	default:
		return nil
	}
}

// checkPlace refuses zones and services that nobody sells. The list of all zones
// asks for none, so there the zone has to be named.
func (s *Simulator) checkPlace(f Fault) error {
	known := f.Zone == ""
	sold := f.Service == ""
	for i := range s.zones {
		known = known || s.zones[i].code == f.Zone
		sold = sold || slices.ContainsFunc(servicesOf(&s.zones[i], 0), func(v service) bool { return v.Code == f.Service })
	}
	switch {
	case !known:
		return fmt.Errorf("simulator: there is no zone %q", f.Zone)
	case !sold:
		return fmt.Errorf("simulator: there is no service %q", f.Service)
	case f.Kind == "zone_withdrawn" && f.Endpoint == EndpointZones && f.Zone == "":
		return errors.New("simulator: fault zone_withdrawn needs a zone here")
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
