// Package metrics counts what the portal does, for Prometheus: requests by
// route, calls to the supplier, and what waits for somebody.
//
// It must not know who asked for what: labels are route patterns, codes and
// states from fixed lists, and never an address, an id or a text of a person. It
// imports nothing of ours; app hands it what it counts.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	// readBudget bounds what a scrape waits for the database.
	readBudget = 5 * time.Second

	// scrapesAtOnce keeps impatient scrapers from the database.
	scrapesAtOnce = 2
)

// Backlog is what waits for somebody at the moment of a scrape.
type Backlog struct {
	Open    int            // cases
	Due     int            // open cases whose time has come
	Unknown map[string]int // bookings of which nobody knows what the supplier did, by state
}

// Metrics counts. Its methods may be called from several goroutines.
type Metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger

	requests    *prometheus.CounterVec
	requestTime *prometheus.HistogramVec
	calls       *prometheus.CounterVec
	callTime    *prometheus.HistogramVec
}

// New returns a Metrics that reads the backlog at each scrape.
func New(read func(context.Context) (Backlog, error), log *slog.Logger) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), log: log,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "guichet_http_requests_total", Help: "Requests that were answered, by the pattern of their route.",
		}, []string{"route", "method", "status"}),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "guichet_http_request_duration_seconds", Help: "How long requests took, by the pattern of their route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "guichet_supplier_calls_total", Help: "Calls to the supplier by outcome: ok, refused, not_sent, or unknown for no usable answer.",
		}, []string{"operation", "outcome"}),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "guichet_supplier_call_duration_seconds", Help: "How long calls to the supplier took.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2, 5, 10, 20, 30},
		}, []string{"operation"}),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.requestTime, m.calls, m.callTime, &backlog{read: read},
	)
	return m
}

// methods are those that routes have; whatever else a visitor makes up is "other".
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// Requested counts a request. The route is a pattern, empty when there is none.
func (m *Metrics) Requested(route, method string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.requestTime.WithLabelValues(route, method).Observe(took.Seconds())
}

// Called counts a call to the supplier.
func (m *Metrics) Called(operation, outcome string, took time.Duration) {
	m.calls.WithLabelValues(operation, outcome).Inc()
	m.callTime.WithLabelValues(operation).Observe(took.Seconds())
}

// Skew lets each scrape ask how far the node's clock is ahead of the database's.
func (m *Metrics) Skew(ask func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "guichet_clock_skew_seconds", Help: "How far this node's clock is ahead of the database's; negative: behind. More than 5 either way is worth an alert.",
	}, ask))
}

// Handler answers GET /metrics, and nothing else. What cannot be read is left
// out: the rest is worth having while the database is away, and an alert on an
// absent figure says so.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: printer{m.log}, ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: scrapesAtOnce,
	}))
	return mux
}

// printer writes promhttp's errors to the log.
type printer struct{ log *slog.Logger }

func (p printer) Println(v ...any) { p.log.Error("metrics", "error", v) }

var (
	openDesc    = prometheus.NewDesc("guichet_queue_open", "Open cases of customer service.", nil, nil)
	dueDesc     = prometheus.NewDesc("guichet_queue_due", "Open cases whose time has come: more than none is worth an alert.", nil, nil)
	unknownDesc = prometheus.NewDesc("guichet_bookings_unknown", "Bookings of which nobody knows what the supplier did.", []string{"state"}, nil)
)

// backlog reads the database at each scrape, so that every node says the same.
type backlog struct {
	read func(context.Context) (Backlog, error)
}

// Describe implements prometheus.Collector.
func (*backlog) Describe(to chan<- *prometheus.Desc) {
	to <- openDesc
	to <- dueDesc
	to <- unknownDesc
}

// Collect implements prometheus.Collector.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readBudget)
	defer cancel()
	now, err := b.read(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(openDesc, err)
		return
	}
	to <- prometheus.MustNewConstMetric(openDesc, prometheus.GaugeValue, float64(now.Open))
	to <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(now.Due))
	for state, n := range now.Unknown {
		to <- prometheus.MustNewConstMetric(unknownDesc, prometheus.GaugeValue, float64(n), state)
	}
}
