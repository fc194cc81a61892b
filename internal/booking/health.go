package booking

import (
	"context"
	"slices"
	"time"
)

// HealthWindow is how far back the supplier's answers are looked at.
const HealthWindow = 24 * time.Hour

// Health is how one endpoint of the supplier has answered within HealthWindow.
type Health struct {
	Endpoint string        // zones, quotes, create, pay or cancel
	Calls    int           // that were made, whatever came of them
	Sent     int           // of these, the ones that left; P50 and P95 are theirs
	P50, P95 time.Duration // zero when none was sent
	Recent   time.Duration // median of the latest RecentCalls
	LastGood time.Time     // of the last good answer, however long ago; zero when there never was one
	BadSince time.Time     // first call since then without an answer of use; zero when the last call had one

	// UnreadSince is the first call since the last good answer whose answer could
	// not be used: no outage, it may be about one zone.
	UnreadSince time.Time

	Failures []Failure // the most frequent first
}

// Failure is one way in which calls came to nothing.
type Failure struct {
	Outcome Outcome // refused, unknown or not_sent
	Code    string  // the supplier's error_code; may be empty
	Count   int
	Last    time.Time
}

// RecentCalls is how many of the latest calls say whether an endpoint is slow.
const RecentCalls = 10

// FewCalls is how many calls are too few for percentiles to mean much.
const FewCalls = 20

// Condition is an endpoint's health in a word.
type Condition string

// The conditions of an endpoint.
const (
	Unasked    Condition = "unasked"
	Answering  Condition = "answering"
	Slow       Condition = "slow"
	Unanswered Condition = "unanswered" // the last call got no good answer
	Unread     Condition = "unread"     // it answers, and the last answer could not be used
)

// slowFrom is when a person at the counter begins to wait. Writes are allowed
// more: nobody repeats them.
var slowFrom = map[string]time.Duration{
	"zones": 5 * time.Second, "quotes": 2 * time.Second,
	string(OpCreate): 5 * time.Second, string(OpPay): 5 * time.Second, string(OpCancel): 5 * time.Second,
}

// Condition sums the endpoint up.
func (h Health) Condition() Condition {
	switch {
	case !h.BadSince.IsZero():
		return Unanswered
	case !h.UnreadSince.IsZero():
		return Unread
	case h.Calls == 0:
		return Unasked
	case h.Recent >= slowFrom[h.Endpoint]:
		return Slow
	default:
		return Answering
	}
}

// CodeUnreadable stands in a Failure where the supplier's answer could not be used.
const CodeUnreadable = "unreadable"

// nonEndpointErrors are errors about our credentials or quota; they do not count as healthy.
var nonEndpointErrors = []string{"unauthorized", "rate_limited", "environment_required"}

// DeafCodes lists the error codes after which an endpoint does not count as
// answering, although it spoke.
func DeafCodes() []string { return slices.Clone(nonEndpointErrors) }

// GoodAnswer reports whether an outcome shows that the endpoint works: it did
// what was asked, or said what is wrong with it.
func GoodAnswer(o Outcome, code string) bool {
	return o == OutcomeOK || o == OutcomeRefused && !slices.Contains(nonEndpointErrors, code)
}

// WriteHealth is how the supplier answered creates, payments and cancellations
// of all nodes, in this order.
func (s *Service) WriteHealth(ctx context.Context) ([]Health, error) {
	return s.store.WriteHealth(ctx, s.supplier.Environment(), HealthWindow)
}

// Backlog is what waits for somebody, counted.
type Backlog struct {
	Open    int           // cases
	Due     int           // open cases whose time has come
	Unknown map[State]int // bookings of which nobody knows what the supplier did
}

// Backlog counts what waits, of this portal's environment.
func (s *Service) Backlog(ctx context.Context) (Backlog, error) {
	return s.store.Backlog(ctx, s.supplier.Environment())
}
