package admin

import (
	"slices"
	"strconv"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// endpoints are the supplier's, as people call them.
var endpoints = map[string]locale.Key{
	"zones":  "supplier.zones",
	"quotes": "supplier.quotes",
	"create": "supplier.create",
	"pay":    "supplier.pay",
	"cancel": "supplier.cancel",
}

func endpoint(v ui.View, h booking.Health) string { return v.T(string(endpoints[h.Endpoint])) }

// health are all endpoints, in the order of a sale.
func (p SupplierPage) health() []booking.Health { return slices.Concat(p.Reads, p.Writes) }

// overall is how the supplier answers in one sentence.
func (p SupplierPage) overall(v ui.View) string {
	switch {
	case !p.DownSince.IsZero():
		return v.Day(p.DownSince, p.Now, p.Timezone, "supplier.down", "supplier.down.day")
	case slices.ContainsFunc(p.health(), func(h booking.Health) bool {
		return h.Condition() == booking.Unanswered || h.Condition() == booking.Unread
	}):
		return v.T("supplier.partly")
	default:
		return v.T("supplier.up")
	}
}

// seenBy says whose calls were counted.
func (p SupplierPage) seenBy(v ui.View, h booking.Health) string {
	if slices.ContainsFunc(p.Reads, func(r booking.Health) bool { return r.Endpoint == h.Endpoint }) {
		return v.T("health.this_server")
	}
	return v.T("health.all_servers")
}

// condition is an endpoint's health in words.
func (p SupplierPage) condition(v ui.View, h booking.Health) string {
	switch h.Condition() {
	case booking.Unanswered:
		return v.Day(h.BadSince, p.Now, p.Timezone, "health.down", "health.down.day")
	case booking.Unread:
		return v.Day(h.UnreadSince, p.Now, p.Timezone, "health.unread", "health.unread.day")
	case booking.Slow:
		return v.T("health.slow")
	case booking.Answering:
		return v.T("health.answering")
	default:
		return v.T("health.unasked")
	}
}

func (p SupplierPage) lastGood(v ui.View, h booking.Health) string {
	if h.LastGood.IsZero() {
		return v.T("health.never")
	}
	return v.At(h.LastGood, p.Now, p.Timezone)
}

// took writes how long calls took; of none there is nothing to say.
func took(v ui.View, d time.Duration, sent int) string {
	if sent == 0 {
		return "–"
	}
	return v.T("health.ms", "Count", d.Milliseconds())
}

// calls is the number of calls, and a warning when they say little.
func calls(v ui.View, h booking.Health) string {
	if h.Sent > 0 && h.Sent < booking.FewCalls {
		return v.T("health.few", "Number", v.Lang.Number(int64(h.Calls)))
	}
	return v.Lang.Number(int64(h.Calls))
}

// failed reports whether anything went wrong at all.
func (p SupplierPage) failed() bool {
	return slices.ContainsFunc(p.health(), func(h booking.Health) bool { return len(h.Failures) > 0 })
}

// failure says what a call came to; its code stands beside it.
func failure(v ui.View, f booking.Failure) string {
	switch {
	case f.Code == booking.CodeUnreadable:
		return v.T("health.unreadable")
	case f.Outcome == booking.OutcomeNotSent:
		return v.T("health.not_sent")
	case f.Outcome == booking.OutcomeUnknown:
		return v.T("health.no_answer")
	default:
		return v.T("health.refused")
	}
}

var environments = map[string]locale.Key{
	"production": "health.environment.production",
	"sandbox":    "health.environment.sandbox",
	"simulator":  "health.environment.simulator",
}

// skewWarned is from when on a wrong clock can matter: it is about as long as a
// call takes.
const skewWarned = 30 * time.Second

func (p SupplierPage) skewed() bool { return !p.ClockSeen.IsZero() && p.Ahead.Abs() >= skewWarned }

// clock says how the supplier's clock differs.
func (p SupplierPage) clock(v ui.View) string {
	seconds := int(p.Ahead.Abs() / time.Second)
	switch {
	case p.ClockSeen.IsZero():
		return v.T("health.clock.unknown")
	case seconds == 0:
		return v.T("health.clock.same")
	case p.Ahead > 0 && seconds < 120:
		return v.T("health.clock.ahead", "Count", seconds)
	case p.Ahead > 0:
		return v.T("health.clock.ahead_minutes", "Count", seconds/60)
	case seconds < 120:
		return v.T("health.clock.behind", "Count", seconds)
	default:
		return v.T("health.clock.behind_minutes", "Count", seconds/60)
	}
}

func number(i int) string { return strconv.Itoa(i) }
