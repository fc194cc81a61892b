package supplier

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"guichet/internal/booking"
)

// keptCalls is how many calls of a read are remembered.
const keptCalls = 512

// slowestClock is how long a call may take whose Date says what time it is there.
const slowestClock = 10 * time.Second

// Seen is one call to the supplier, for those who count them. It holds codes only.
type Seen struct {
	Endpoint string          // zones, quotes, create, pay or cancel
	Outcome  booking.Outcome // never open
	Took     time.Duration
}

// Health says how the supplier has answered this process lately, on its clock.
type Health struct {
	DownSince time.Time        // first failure since the supplier's last answer; zero when it answers
	Reads     []booking.Health // zones and quotes

	// Ahead is how far the supplier's clock is ahead, to the second, as its latest
	// answer said; ClockSeen is when, zero for never.
	Ahead     time.Duration
	ClockSeen time.Time
}

// readCall is one request of a read.
type readCall struct {
	at      time.Time
	took    time.Duration
	outcome booking.Outcome
	code    string
}

func (c readCall) good() bool { return booking.GoodAnswer(c.outcome, c.code) }

type healthRecord struct {
	mu        sync.Mutex
	downSince time.Time
	lastGood  map[string]time.Time // of reads
	calls     map[string][]readCall
	ahead     time.Duration
	clockSeen time.Time
}

// Health returns how the supplier has answered this process.
func (c *Client) Health() Health {
	h := &c.health
	h.mu.Lock()
	defer h.mu.Unlock()
	since := c.now().Add(-booking.HealthWindow)
	return Health{
		DownSince: h.downSince, Ahead: h.ahead, ClockSeen: h.clockSeen,
		Reads: []booking.Health{h.read(c.zones.endpoint, since), h.read(c.quotes.endpoint, since)},
	}
}

// good notes an answer of the supplier's own; a refusal is one.
func (h *healthRecord) good() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.downSince = time.Time{}
}

func (h *healthRecord) bad(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.downSince.IsZero() {
		h.downSince = at
	}
}

// add remembers a call of a read; of too many the oldest is forgotten.
func (h *healthRecord) add(endpoint string, c readCall) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls == nil {
		h.calls, h.lastGood = map[string][]readCall{}, map[string]time.Time{}
	}
	list := append(h.calls[endpoint], c)
	h.calls[endpoint] = slices.Delete(list, 0, max(0, len(list)-keptCalls))
	if c.good() {
		h.lastGood[endpoint] = c.at
	}
}

// read sums up the remembered calls of an endpoint since a moment, as the store
// does with those of writes; h.mu is held.
func (h *healthRecord) read(endpoint string, since time.Time) booking.Health {
	sum := booking.Health{Endpoint: endpoint, LastGood: h.lastGood[endpoint]}
	var took []time.Duration
	failures := map[booking.Failure]booking.Failure{}
	for _, c := range h.calls[endpoint] {
		if c.at.Before(since) {
			continue
		}
		sum.Calls++
		if c.outcome != booking.OutcomeNotSent {
			took = append(took, c.took)
		}
		switch {
		case c.good():
			sum.BadSince, sum.UnreadSince = time.Time{}, time.Time{}
		case c.code == booking.CodeUnreadable: // it answers
			sum.BadSince = time.Time{}
			if sum.UnreadSince.IsZero() {
				sum.UnreadSince = c.at
			}
		case sum.BadSince.IsZero():
			sum.BadSince = c.at
		}
		if c.outcome != booking.OutcomeOK {
			key := booking.Failure{Outcome: c.outcome, Code: c.code}
			f := failures[key]
			failures[key] = booking.Failure{Outcome: c.outcome, Code: c.code, Count: f.Count + 1, Last: c.at}
		}
	}
	sum.Sent = len(took)
	sum.Recent = percentile(took[max(0, len(took)-booking.RecentCalls):], 50)
	sum.P50, sum.P95 = percentile(took, 50), percentile(took, 95)
	sum.Failures = slices.SortedFunc(maps.Values(failures), func(a, b booking.Failure) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return b.Last.Compare(a.Last)
	})
	return sum
}

// percentile is PostgreSQL's percentile_disc: the first value that so many per
// cent do not exceed. It is zero of nothing.
func percentile(list []time.Duration, percent int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(list))[(len(list)*percent+99)/100-1]
}

// readClock compares the clocks: the supplier's, in whole seconds, with ours in
// the middle of the call. A slow answer may have been dated at either end.
func (h *healthRecord) readClock(res *http.Response, started, ended time.Time) {
	at, err := http.ParseTime(res.Header.Get("Date"))
	took := ended.Sub(started)
	if err != nil || took > slowestClock || took < 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	// Half a second for what the header cuts off.
	h.ahead = at.Add(time.Second / 2).Sub(started.Add(took / 2)).Round(time.Second)
	h.clockSeen = ended
}
