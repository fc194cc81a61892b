package simulator

import (
	"errors"
	"fmt"
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

	// Profile decides what the documentation leaves open; empty means
	// "documented": a repeated pay answers already_paid.
	Profile string
}

// Simulator is the supplier. All its methods may be called from several
// goroutines.
type Simulator struct {
	clock   func() time.Time
	file    string
	profile profile
	zones   []zone

	mu      sync.Mutex
	keys    []string
	data    state
	calls   []Call
	dropped int // calls that were forgotten, the oldest first
	saveErr error
}

// profile is what the documentation leaves open.
type profile struct {
	name string

	// repeatedPay answers a pay of a booking that is paid already.
	repeatedPay func(b *Booking) answer
}

var profiles = []profile{
	{"documented", func(*Booking) answer {
		return refusal(409, "already_paid", "This booking has already been paid.")
	}},
}

// New gives a simulator with the kept ledger of Options.File, or with an empty
// one. It refuses an unknown profile and a file that it cannot read or write.
func New(o Options) (*Simulator, error) {
	if o.Now == nil {
		return nil, errors.New("simulator: Options.Now is missing")
	}
	p, err := profileNamed(o.Profile)
	if err != nil {
		return nil, err
	}
	zones, err := buildZones()
	if err != nil {
		return nil, err
	}
	data, err := load(o.File)
	if err != nil {
		return nil, err
	}
	s := &Simulator{clock: o.Now, file: o.File, profile: p, zones: zones, data: data}
	s.SetKeys(o.Keys...)
	s.saveLocked() // nobody else has s yet
	return s, s.saveErr
}

func profileNamed(name string) (profile, error) {
	if name == "" {
		name = "documented"
	}
	var offered []string
	for _, p := range profiles {
		if p.name == name {
			return p, nil
		}
		offered = append(offered, p.name)
	}
	return profile{}, fmt.Errorf("simulator: profile %q is not offered; there is %q", name, offered)
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

func (s *Simulator) now() time.Time { return s.clock().Add(s.data.ClockOffset).UTC() }

// MoveClock adds to the offset of the supplier's clock.
func (s *Simulator) MoveClock(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.ClockOffset += d
	s.saveLocked()
}

// SetClockOffset replaces the offset of the supplier's clock.
func (s *Simulator) SetClockOffset(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data.ClockOffset = d
	s.saveLocked()
}
