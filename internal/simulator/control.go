package simulator

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"
)

// stateAnswer is what GET /_control/state shows.
type stateAnswer struct {
	Now           time.Time      `json:"now"`
	OffsetSeconds float64        `json:"offset_seconds"`
	Profile       string         `json:"profile"`
	Faults        []Fault        `json:"faults"`
	Delayed       []delayed      `json:"delayed"`
	Bookings      map[Status]int `json:"bookings"`
	Calls         int            `json:"calls"`
	Error         string         `json:"error,omitempty"` // of the last write of the file
	Profiles      []string       `json:"profiles"`
	Endpoints     []string       `json:"endpoints"`
	Kinds         []string       `json:"kinds"`
}

// controlRoutes are for developers and tests. They change nothing for a page of
// another site that the developer's browser happens to show.
func (s *Simulator) controlRoutes(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(h)) }
	handle("GET /_control/state", func(w http.ResponseWriter, _ *http.Request) { withJSON(http.StatusOK, s.state()).send(w) })
	handle("GET /_control/ledger", func(w http.ResponseWriter, _ *http.Request) { withJSON(http.StatusOK, s.Ledger()).send(w) })
	handle("GET /_control/calls", func(w http.ResponseWriter, _ *http.Request) {
		withJSON(http.StatusOK, append([]Call{}, s.Calls()...)).send(w)
	})
	handle("POST /_control/faults", s.controlSetFault)
	handle("DELETE /_control/faults", func(w http.ResponseWriter, _ *http.Request) { s.ClearFaults(); s.controlDone(w, nil) })
	handle("POST /_control/profile", s.controlProfile)
	handle("POST /_control/keys", s.controlKeys)
	handle("POST /_control/clock", s.controlClock)
	handle("POST /_control/erase", func(w http.ResponseWriter, _ *http.Request) { s.Erase(); s.controlDone(w, nil) })
}

func (s *Simulator) state() stateAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	a := stateAnswer{
		Now: s.now(), OffsetSeconds: s.data.ClockOffset.Seconds(), Profile: s.profile.name,
		Faults: append([]Fault{}, s.data.Faults...), Delayed: append([]delayed{}, s.data.Delayed...), Calls: s.dropped + len(s.calls),
		Bookings: map[Status]int{Pending: 0, Paid: 0, Cancelled: 0, Void: 0},
		Profiles: Profiles(), Endpoints: slices.Clone(endpoints), Kinds: Kinds(),
	}
	for _, b := range s.data.Bookings {
		a.Bookings[b.statusAt(a.Now)]++
	}
	if s.saveErr != nil {
		a.Error = s.saveErr.Error()
	}
	return a
}

// controlDone answers a change with the state after it, or with what was wrong.
func (s *Simulator) controlDone(w http.ResponseWriter, err error) {
	if err == nil {
		err = s.Err()
	}
	if err != nil {
		withJSON(http.StatusBadRequest, map[string]string{"error": err.Error()}).send(w)
		return
	}
	withJSON(http.StatusOK, s.state()).send(w)
}

func (s *Simulator) controlSetFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	err := readControl(w, r, &f)
	if err == nil {
		err = s.SetFault(f)
	}
	s.controlDone(w, err)
}

func (s *Simulator) controlProfile(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Profile string `json:"profile"`
	}
	err := readControl(w, r, &body)
	if err == nil {
		err = s.SetProfile(body.Profile)
	}
	s.controlDone(w, err)
}

// controlKeys renews the API keys; the old ones answer 401 from here on.
func (s *Simulator) controlKeys(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Keys []string `json:"keys"`
	}
	err := readControl(w, r, &body)
	if err == nil && (len(body.Keys) == 0 || slices.Contains(body.Keys, "")) {
		err = errors.New("simulator: keys are missing")
	}
	if err == nil {
		s.SetKeys(body.Keys...)
	}
	s.controlDone(w, err)
}

func (s *Simulator) controlClock(w http.ResponseWriter, r *http.Request) {
	var body struct {
		OffsetSeconds *float64 `json:"offset_seconds"`
	}
	err := readControl(w, r, &body)
	if err == nil && body.OffsetSeconds == nil {
		err = errors.New("simulator: offset_seconds is missing")
	}
	if err == nil {
		s.SetClockOffset(time.Duration(*body.OffsetSeconds * float64(time.Second)))
	}
	s.controlDone(w, err)
}

func readControl(w http.ResponseWriter, r *http.Request, into any) error {
	return json.NewDecoder(http.MaxBytesReader(w, r.Body, longestRequest)).Decode(into)
}
