package supplier

import (
	"maps"
	"sync"
	"time"
)

// Health says how the supplier has answered lately, on the process's clock.
type Health struct {
	LastGood  map[string]time.Time // by endpoint: zones, quotes, create, pay, cancel
	DownSince time.Time            // first failure since the last usable answer; zero when it answers
}

type healthRecord struct {
	mu    sync.Mutex
	state Health
}

// Health returns a copy of how the supplier has answered this process.
func (c *Client) Health() Health {
	c.health.mu.Lock()
	defer c.health.mu.Unlock()
	return Health{LastGood: maps.Clone(c.health.state.LastGood), DownSince: c.health.state.DownSince}
}

// good notes a usable answer; a refusal is one.
func (h *healthRecord) good(endpoint string, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.LastGood == nil {
		h.state.LastGood = map[string]time.Time{}
	}
	h.state.LastGood[endpoint], h.state.DownSince = at, time.Time{}
}

func (h *healthRecord) bad(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.DownSince.IsZero() {
		h.state.DownSince = at
	}
}
