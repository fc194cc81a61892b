package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"guichet/internal/app"
	"guichet/internal/dbtest"
)

// Metrics have a listener of their own, and the visitors' one does not know them.
func TestMetricsAreServedApart(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	portal, err := app.Open(t.Context(), settings(dbtest.URL(t), there), time.Now, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer portal.Close()
	public, err := app.Listen(t.Context(), "GUICHET_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	apart, err := app.Listen(t.Context(), "GUICHET_METRICS_ADDR", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopMetrics := portal.ServeMetrics(apart)
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- portal.Run(ctx, public) }()
	if code := ask(t, public.Addr(), "/metrics"); code != http.StatusNotFound {
		t.Errorf("the visitors' listener answers %d", code)
	}
	for path, want := range map[string]int{"/": 404, "/sign-in": 404, "/metrics/x": 404, "/debug/pprof/": 404} {
		if code := ask(t, apart.Addr(), path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+apart.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`guichet_http_requests_total{method="GET",route="none",status="404"} 1`, `guichet_supplier_calls_total{operation="zones",outcome="ok"} 1`,
		"\nguichet_queue_open 0", "\nguichet_queue_due 0", `guichet_bookings_unknown{state="create_unknown"} 0`,
		"\nguichet_clock_skew_seconds ", `guichet_bookings_unknown{state="pay_unknown"} 0`, `guichet_bookings_unknown{state="cancel_unknown"} 0`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in: %s", want, text)
		}
	}
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	stopMetrics()
	if res, err := client.Do(req); err == nil {
		t.Errorf("after the stop it answers %d", res.StatusCode)
	}
}
