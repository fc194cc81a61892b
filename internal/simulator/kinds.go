package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// kind is what a fault does. An unset field changes nothing, so most kinds are
// one line of the table.
type kind struct {
	name string
	text string   // for the page
	only []string // the endpoints where it makes sense; nil means all

	executes     bool // the call is carried out before it goes wrong
	waitsFirst   bool // the latency comes before the execution
	delays       bool // it is carried out later, and nobody is told
	needsLatency bool
	needsAmount  bool
	needsSkew    bool
	needsDelay   bool
	needsService bool
	needsZone    bool
	needsStatus  bool
	needsAge     bool

	// bend changes the circumstances in which the call is carried out.
	bend func(f Fault, c *circumstances)

	// reply is sent instead of the real answer, which is empty when the call
	// was not carried out.
	reply func(f Fault, path string, genuine answer) answer
}

// circumstances are what a fault can change for one execution.
type circumstances struct {
	extra         int64 // cents on top of the price
	full          bool  // no space left
	contactsStale bool
	carsStale     bool
	erased        bool   // the nightly erase comes first
	noZone        string // code of a zone that is not sold any more; anyZone for whichever is asked for
	few           bool   // only every third zone is in the list
	oddTime       string // code of a zone whose timezone does not exist
	noService     string // code of a service that is not sold any more
	lie           lie    // what the answer says instead; nil for the truth
	idAgain       bool   // the answer has the id of the booking before
	paidAtOnce    bool
	age           time.Duration // how long ago the booking was made
}

// anyZone is the zone that the call asks for.
const anyZone = "*"

// hides tells whether a zone has been withdrawn.
func (c circumstances) hides(z *zone) bool { return c.noZone == anyZone || c.noZone == z.code }

// servicesOf gives the services that a zone still sells.
func (c circumstances) servicesOf(z *zone, base cents) []service {
	return slices.DeleteFunc(servicesOf(z, base), func(v service) bool { return v.Code == c.noService })
}

var (
	priced  = []string{EndpointQuotes, EndpointCreate}
	selling = []string{EndpointZones, EndpointQuotes, EndpointCreate}
	creates = []string{EndpointCreate}
	listing = []string{EndpointZones}
	writes  = []string{EndpointCreate, EndpointPay, EndpointCancel}
)

// kindTable has all faults. Names that end in _before answer without carrying
// the call out; those in _after lose or spoil the answer of a call that was.
// It is a function because its lines reach functions that read it.
func kindTable() []kind {
	return append([]kind{
		{name: "latency", text: "slow answer, executed at once", executes: true, needsLatency: true},
		{name: "latency_before", text: "slow, executed late", executes: true, waitsFirst: true, needsLatency: true},
		{name: "drop_before", text: "connection reset, not executed", reply: drop},
		{name: "drop_after", text: "connection reset, executed", executes: true, reply: drop},
		{name: "500_before", text: "500, not executed", reply: internalError},
		{name: "500_after", text: "500, executed", executes: true, reply: internalError},
		{name: "502_before", text: "502 of a proxy, not executed", reply: htmlPage(http.StatusBadGateway)},
		{name: "502_after", text: "502 of a proxy, executed", executes: true, reply: htmlPage(http.StatusBadGateway)},
		{name: "503_before", text: "503 of a proxy, not executed", reply: htmlPage(http.StatusServiceUnavailable)},
		{name: "503_after", text: "503 of a proxy, executed", executes: true, reply: htmlPage(http.StatusServiceUnavailable)},
		{name: "html_before", text: "HTML page with 200, not executed", reply: htmlPage(http.StatusOK)},
		{name: "html", text: "HTML page with 200, executed", executes: true, reply: htmlPage(http.StatusOK)},
		{name: "truncated", text: "JSON cut in the middle, executed", executes: true, reply: truncated},
		{name: "wrong_types", text: "JSON with other types, executed", executes: true, reply: wrongTypes},
		{name: "huge", text: "answer of 100 MB, executed", executes: true, reply: huge},
		{name: "delayed", text: "connection reset, executed after the delay", only: writes, delays: true, needsDelay: true, reply: drop},
		{name: "clock_off", text: "executed by a clock that is off", executes: true, needsSkew: true},
		{name: "erased", text: "nightly erase, then executed", only: writes, executes: true, bend: func(_ Fault, c *circumstances) { c.erased = true }},
		{name: "redirect", text: "307 to another host, not executed", reply: redirect},
		{name: "price_changed", text: "price differs by the amount", only: priced, executes: true, needsAmount: true, bend: func(f Fault, c *circumstances) { c.extra = f.Amount }},
		{name: "unavailable", text: "no space left", only: priced, executes: true, bend: func(_ Fault, c *circumstances) { c.full = true }},
		{name: "zone_withdrawn", text: "zone is no longer sold", only: selling, executes: true, bend: func(f Fault, c *circumstances) { c.noZone = cmp.Or(f.Zone, anyZone) }},
		{name: "service_withdrawn", text: "service is no longer sold", only: selling, executes: true, needsService: true, bend: func(f Fault, c *circumstances) { c.noService = f.Service }},
		{name: "zones_lost", text: "the list lacks most zones", only: listing, executes: true, bend: func(_ Fault, c *circumstances) { c.few = true }},
		{name: "timezone_unknown", text: "zone has a timezone that does not exist", only: listing, executes: true, needsZone: true, bend: func(f Fault, c *circumstances) { c.oddTime = f.Zone }},
		{name: "stale_contact", text: "contact_id is no longer known", only: creates, executes: true, bend: func(_ Fault, c *circumstances) { c.contactsStale = true }},
		{name: "stale_car", text: "car_id is no longer known", only: creates, executes: true, bend: func(_ Fault, c *circumstances) { c.carsStale = true }},
		{name: "unauthorized", text: "401, as for an old key", reply: refuse(401, "unauthorized", "The API key is not valid.")},
		{name: "environment_required", text: "400, environment header missing", reply: refuse(400, "environment_required", "The header X-ECTOR-ENVIRONMENT is required.")},
		{name: "validation_failed", text: "422 without a reason", reply: refuse(422, "validation_failed", "The request is not valid.", "The request was refused for a test.")},
		{name: "not_found", text: "404", reply: refuse(404, "not_found", "There is no such booking.")},
		{name: "expired", text: "410", reply: refuse(410, "expired", "The 60 minutes to pay this booking are over.")},
		{name: "already_paid", text: "409", reply: refuse(409, "already_paid", "This booking has already been paid.")},
		{name: "not_cancellable", text: "409", reply: refuse(409, "not_cancellable", "This booking cannot be cancelled.")},
		{name: "already_cancelled", text: "409", reply: refuse(409, "already_cancelled", "This booking has already been cancelled.")},
		{name: "rate_limited", text: "429 without Retry-After", reply: refuse(429, "rate_limited", "Too many requests.")},
		{name: "rate_limited_retry", text: "429 with Retry-After", reply: rateLimitedRetry},
	}, contradictions()...)
}

func kindNamed(name string) (kind, bool) {
	for _, k := range kindTable() {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

// Kinds gives the names of all faults.
func Kinds() []string {
	var names []string
	for _, k := range kindTable() {
		names = append(names, k.name)
	}
	return names
}

func drop(Fault, string, answer) answer { return answer{drop: true} }

func internalError(Fault, string, answer) answer {
	return refusal(http.StatusInternalServerError, "internal_error", "Something went wrong.")
}

func refuse(status int, code, message string, errs ...string) func(Fault, string, answer) answer {
	return func(Fault, string, answer) answer { return refusal(status, code, message, errs...) }
}

func htmlPage(status int) func(Fault, string, answer) answer {
	return func(Fault, string, answer) answer {
		text := strconv.Itoa(status) + " " + http.StatusText(status)
		return answer{
			status: status, contentType: "text/html; charset=utf-8",
			body: []byte("<!DOCTYPE html>\n<html><head><title>" + text + "</title></head><body><h1>" + text + "</h1></body></html>\n"),
		}
	}
}

// truncated announces the whole length and sends the first half.
func truncated(_ Fault, _ string, genuine answer) answer {
	genuine.announced = len(genuine.body)
	genuine.body = genuine.body[:len(genuine.body)/2]
	return genuine
}

// huge puts 100 MB of white space, which JSON allows, before the real answer.
func huge(_ Fault, _ string, genuine answer) answer {
	genuine.padding = 100_000_000
	return genuine
}

func redirect(f Fault, path string, _ answer) answer {
	base := f.Location
	if base == "" {
		base = "https://elsewhere.invalid"
	}
	return answer{status: http.StatusTemporaryRedirect, contentType: "text/plain; charset=utf-8", header: http.Header{"Location": {base + path}}}
}

func rateLimitedRetry(f Fault, _ string, _ answer) answer {
	wait := f.RetryAfter
	if wait == 0 {
		wait = 30 * time.Second
	}
	a := refusal(http.StatusTooManyRequests, "rate_limited", "Too many requests.")
	a.header = http.Header{"Retry-After": {strconv.Itoa(int(wait.Seconds()))}}
	return a
}

// wrongTypes keeps the structure and makes every number a list, every string an
// object and every truth value a string.
func wrongTypes(_ Fault, _ string, genuine answer) answer {
	var content any
	d := json.NewDecoder(bytes.NewReader(genuine.body))
	d.UseNumber()
	if err := d.Decode(&content); err != nil {
		return internalError(Fault{}, "", genuine)
	}
	return withJSON(genuine.status, twist(content))
}

func twist(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			v[name] = twist(field)
		}
		return v
	case []any:
		for i, item := range v {
			v[i] = twist(item)
		}
		return v
	case json.Number:
		return []any{v}
	case string:
		return map[string]any{"text": v}
	case bool:
		return "yes"
	default:
		return v
	}
}
