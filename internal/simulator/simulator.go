package simulator

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// DefaultKey is accepted when Options names no keys.
const DefaultKey = "simulator-key"

// Options say how a simulator starts.
type Options struct {
	Now  func() time.Time // required: the clock under the simulator's own offset
	Keys []string         // accepted API keys; none means DefaultKey

	// File keeps ledger, counters, clock offset and faults over a restart;
	// empty means memory only. One process at a time may use it.
	File string

	// Profile decides what the documentation leaves open, one of Profiles; empty
	// means the one that File keeps, else ProfileDocumented.
	Profile string
}

// Simulator is the supplier. All its methods may be called from several
// goroutines.
type Simulator struct {
	clock func() time.Time
	file  string
	zones []zone

	mu      sync.Mutex
	profile profile
	frozen  time.Time // while one operation runs: its own time; else zero
	keys    []string
	data    state
	calls   []Call
	dropped int // calls that were forgotten, the oldest first
	saveErr error
}

// New gives a simulator with the kept ledger of Options.File, or with an empty
// one. It refuses an unknown profile and a file that it cannot read or write.
func New(o Options) (*Simulator, error) {
	if o.Now == nil {
		return nil, errors.New("simulator: Options.Now is missing")
	}
	zones, err := buildZones()
	if err != nil {
		return nil, err
	}
	data, err := load(o.File)
	if err != nil {
		return nil, err
	}
	data.Profile = cmp.Or(o.Profile, data.Profile, ProfileDocumented)
	p, err := profileNamed(data.Profile)
	if err != nil {
		return nil, err
	}
	s := &Simulator{clock: o.Now, file: o.File, profile: p, zones: zones, data: data}
	s.SetKeys(o.Keys...)
	s.saveLocked() // nobody else has s yet
	return s, s.saveErr
}

// SetKeys replaces the accepted API keys, as when the supplier renews them.
// None means DefaultKey.
func (s *Simulator) SetKeys(keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = slices.Clone(keys)
	if len(keys) == 0 {
		s.keys = []string{DefaultKey}
	}
}

// Now is the supplier's time: the given clock and the offset.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Simulator) now() time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return s.clock().Add(s.data.ClockOffset).UTC()
}

// at does something as if it were another time; s.mu is held.
func (s *Simulator) at(t time.Time, do func()) {
	s.frozen = t
	defer func() { s.frozen = time.Time{} }()
	do()
}

// MoveClock adds to the offset of the supplier's clock.
func (s *Simulator) MoveClock(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setOffset(s.data.ClockOffset + d)
}

// SetClockOffset replaces the offset of the supplier's clock.
func (s *Simulator) SetClockOffset(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setOffset(d)
}

// setOffset carries out what is due before the clock changes, so that turning
// it back undoes nothing, and what is due after it.
func (s *Simulator) setOffset(d time.Duration) {
	s.catchUp()
	s.data.ClockOffset = d
	s.catchUp()
	s.saveLocked()
}
