package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// state is all that survives a restart. The counters are the last ids given
// out; they outlive the erase.
type state struct {
	LastBooking int64              `json:"last_booking"`
	LastContact int64              `json:"last_contact"`
	LastCar     int64              `json:"last_car"`
	ClockOffset time.Duration      `json:"clock_offset_ns"`
	Bookings    []*Booking         `json:"bookings"`
	Contacts    map[string]Contact `json:"contacts"`
	Cars        map[string]Car     `json:"cars"`
	Profile     string             `json:"profile"`
	Faults      []Fault            `json:"faults"`
	Delayed     []delayed          `json:"delayed,omitempty"`
}

func newState() state {
	return state{
		LastBooking: 9000, LastContact: 500, LastCar: 300,
		Contacts: map[string]Contact{}, Cars: map[string]Car{},
	}
}

// load reads the kept state; without a file, or with one that does not exist
// yet, it is a new one.
func load(file string) (state, error) {
	if file == "" {
		return newState(), nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // whoever starts it names the file
	if errors.Is(err, fs.ErrNotExist) {
		return newState(), nil
	}
	if err != nil {
		return state{}, fmt.Errorf("simulator: reading the ledger: %w", err)
	}
	kept := newState()
	if err := json.Unmarshal(text, &kept); err != nil {
		return state{}, fmt.Errorf("simulator: %s is not a ledger, move it away to start anew: %w", file, err)
	}
	for i := range kept.Delayed {
		kept.Delayed[i].Number = -1 // its call was another process's
	}
	return kept, nil
}

// saveLocked writes the file after a change; s.mu is held. A failure is kept
// for Err and makes the API answer 500 until a later write succeeds, since a
// supplier that forgets must not look like one that remembers.
func (s *Simulator) saveLocked() {
	if s.file != "" {
		s.saveErr = replaceFile(s.file, s.data)
	}
}

// KeepIn names the file that keeps the state from now on, as Options.File does,
// and writes it. For a ledger that was filled in memory.
func (s *Simulator) KeepIn(file string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = file
	s.saveLocked()
	return s.saveErr
}

// Err is the failure of the last write of the file, nil when it was written.
func (s *Simulator) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveErr
}

// replaceFile writes next to the file and renames, so that a reader and a
// process that is killed find the old content or the new one. It does not wait
// for the disk: the ledger need not survive a power cut.
func replaceFile(file string, content state) error {
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("simulator: writing the ledger: %w", err)
	}
	next := file + ".tmp"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("simulator: writing the ledger: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("simulator: writing the ledger: %w", err)
	}
	return nil
}
