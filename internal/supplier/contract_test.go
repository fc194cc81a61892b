package supplier_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"guichet/internal/booking"
	"guichet/internal/simulator"
	"guichet/internal/supplier"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return doc
}

// notary stands between client and simulator and holds each exchange against
// the document.
type notary struct {
	t      *testing.T
	router routers.Router
	next   http.Handler

	mu   sync.Mutex
	seen map[string]int // by operation and status
}

func (n *notary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		n.t.Errorf("%s: %v", r.URL, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res := httptest.NewRecorder()
	n.next.ServeHTTP(res, r)
	r.Body = io.NopCloser(bytes.NewReader(body))
	n.check(r, res)
	maps.Copy(w.Header(), res.Header())
	w.WriteHeader(res.Code)
	w.Write(res.Body.Bytes()) //nolint:errcheck // the client would notice
}

func (n *notary) check(r *http.Request, res *httptest.ResponseRecorder) {
	route, params, err := n.router.FindRoute(r)
	if err != nil {
		n.t.Errorf("%s %s is not in the document: %v", r.Method, r.URL, err)
		return
	}
	options := &openapi3filter.Options{
		MultiError: true, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		n.t.Errorf("request of %s: %v", route.Operation.OperationID, err)
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.Code, Header: res.Header(), Options: options,
		Body: io.NopCloser(bytes.NewReader(res.Body.Bytes())),
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		n.t.Errorf("answer %d of %s: %v", res.Code, route.Operation.OperationID, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen[fmt.Sprintf("%s %d", route.Operation.OperationID, res.Code)]++
}

// newSimulator returns the supplier's simulator with the clock of the tests.
func newSimulator(t *testing.T) *simulator.Simulator {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Now: fixed, Keys: []string{testKey}})
	if err != nil {
		t.Fatal(err)
	}
	return sim
}

func newNotary(t *testing.T, next http.Handler) (*notary, *supplier.Client) {
	t.Helper()
	router, err := legacy.NewRouter(document(t), openapi3.IsOpenAPI31OrLater())
	if err != nil {
		t.Fatal(err)
	}
	n := &notary{t: t, router: router, next: next, seen: map[string]int{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	c, _ := newClient(t, s.URL)
	return n, c
}

// TestContract runs every call, good and refused, between client and simulator
// and holds each exchange against the document.
func TestContract(t *testing.T) {
	t.Parallel()
	sim := newSimulator(t)
	n, c := newNotary(t, sim.Handler())
	zones, err := c.Zones(t.Context())
	if err != nil || len(zones) < 20 {
		t.Fatalf("%d zones, %v", len(zones), err)
	}
	for _, z := range zones {
		quoteZone(t, c, z)
	}
	sell(t, c)
	refuse(t, c, sim)
	want := []string{
		"listZones 200", "listZones 401", "getQuote 200", "getQuote 422", "createBooking 201", "createBooking 422", "createBooking 409",
		"payBooking 200", "payBooking 409", "payBooking 404", "payBooking 410", "payBooking 401",
		"cancelBooking 200", "cancelBooking 409", "cancelBooking 404",
	}
	for _, what := range want {
		if n.seen[what] == 0 {
			t.Errorf("%s was never seen; seen: %v", what, slices.Sorted(maps.Keys(n.seen)))
		}
	}
}

func quoteZone(t *testing.T, c *supplier.Client, z booking.Zone) {
	t.Helper()
	if !z.Sellable() {
		t.Errorf("zone %s cannot be sold: %+v", z.Code, z)
		return
	}
	stay := order().Stay
	stay.ZoneID, stay.Timezone = z.ID, z.Timezone
	q, err := c.Quote(t.Context(), stay)
	if err != nil || !q.Available || q.Base.Cents <= 0 || q.Base.Currency != "EUR" {
		t.Errorf("quote of %s: %+v, %v", z.Code, q, err)
	}
	if _, insured := q.Offer(booking.CancellationInsurance); !insured {
		t.Errorf("quote of %s has no insurance: %+v", z.Code, q.Offers)
	}
}

func sell(t *testing.T, c *supplier.Client) {
	t.Helper()
	first := c.Create(t.Context(), call(), order())
	if first.Outcome != ok || first.Created.ContactID == "" || first.Created.CarID == "" || first.Created.Total.Cents <= 0 {
		t.Fatalf("create: %+v", first)
	}
	again := order()
	again.ContactID, again.CarID = first.Created.ContactID, first.Created.CarID
	again.Services, again.Outbound, again.Return, again.MeetingPoint = nil, "", "", ""
	second := c.Create(t.Context(), call(), again)
	if second.Outcome != ok || second.Created.ContactID != first.Created.ContactID || second.Created.ID == first.Created.ID {
		t.Errorf("create for the same customer: %+v", second)
	}
	for _, a := range []booking.Answer{
		c.Pay(t.Context(), call(), first.Created.ID),
		c.Pay(t.Context(), call(), first.Created.ID), // already_paid
		c.Cancel(t.Context(), call(), first.Created.ID),
		c.Cancel(t.Context(), call(), first.Created.ID), // already_cancelled
	} {
		if a.Outcome != ok {
			t.Errorf("pay or cancel: %+v", a)
		}
	}
	if a := c.Cancel(t.Context(), call(), second.Created.ID); a.Outcome != refused || a.ErrorCode != "not_cancellable" {
		t.Errorf("cancel without insurance: %+v", a)
	}
}

func refuse(t *testing.T, c *supplier.Client, sim *simulator.Simulator) {
	t.Helper()
	stale := order()
	stale.ContactID, stale.CarID = "424242", "434343"
	if a := c.Create(t.Context(), call(), stale); a.Outcome != refused || !a.Stale {
		t.Errorf("create with ids of nobody: %+v", a)
	}
	past := order().Stay
	past.From, past.To = past.To, past.From
	if _, err := c.Quote(t.Context(), past); err == nil {
		t.Error("a quote for a stay that ends before it starts")
	}
	for _, a := range []booking.Answer{c.Pay(t.Context(), call(), "424242"), c.Cancel(t.Context(), call(), "424242")} {
		if a.Outcome != unknown || !a.NotFound {
			t.Errorf("a booking that is not there: %+v", a)
		}
	}
	fault(t, sim, simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable", Count: 1})
	if q, err := c.Quote(t.Context(), order().Stay); err != nil || q.Available {
		t.Errorf("no space: %+v, %v", q, err)
	}
	fault(t, sim, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "unavailable", Count: 1})
	if a := c.Create(t.Context(), call(), order()); a.Outcome != refused || a.ErrorCode != "unavailable" {
		t.Errorf("no space: %+v", a)
	}
	held := c.Create(t.Context(), call(), order())
	sim.MoveClock(61 * time.Minute)
	if a := c.Pay(t.Context(), call(), held.Created.ID); a.Outcome != unknown || a.ErrorCode != "expired" {
		t.Errorf("pay after an hour: %+v", a)
	}
	sim.SetKeys("another-key-entirely")
	if a := c.Pay(t.Context(), call(), held.Created.ID); a.Outcome != refused || a.ErrorCode != "unauthorized" {
		t.Errorf("old key: %+v", a)
	}
	if _, err := c.Zones(t.Context()); err == nil {
		t.Error("zones with an old key")
	}
}

func fault(t *testing.T, sim *simulator.Simulator, f simulator.Fault) {
	t.Helper()
	if err := sim.SetFault(f); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingIsMarked: each operation, parameter and field of the document
// says whether it is published or assumed.
func TestEverythingIsMarked(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "openapi: 3.1") {
		t.Error("not a document of OpenAPI 3.1")
	}
	doc := document(t)
	marks := 0
	marked := func(where string, ext map[string]any) {
		marks++
		if source, _ := ext["x-source"].(string); source != "published" && source != "assumed" {
			t.Errorf("%s: x-source is %q", where, ext["x-source"])
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			marked(method+" "+path, op.Extensions)
			for _, p := range append(slices.Clone(item.Parameters), op.Parameters...) {
				marked(method+" "+path+" "+p.Value.Name, p.Value.Extensions)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		for field, ref := range schema.Value.Properties {
			ext := ref.Extensions // next to a reference
			if ref.Ref == "" {
				ext = ref.Value.Extensions
			}
			marked(name+"."+field, ext)
		}
	}
	if marks < 80 {
		t.Errorf("only %d marks were looked at", marks)
	}
}

// TestWhatMustFitIsMarked: the document and the tables name the same fields.
func TestWhatMustFitIsMarked(t *testing.T) {
	t.Parallel()
	checked := supplier.FitFields()
	for name, schema := range document(t).Components.Schemas {
		var marked []string
		for field, ref := range schema.Value.Properties {
			ext := ref.Extensions // next to a reference
			if ref.Ref == "" {
				ext = ref.Value.Extensions
			}
			if fits, _ := ext["x-fits"].(bool); fits {
				marked = append(marked, field)
			}
		}
		slices.Sort(marked)
		if want := slices.Sorted(slices.Values(checked[name])); !slices.Equal(marked, want) {
			t.Errorf("%s: %v are marked, %v are checked", name, marked, want)
		}
	}
}
