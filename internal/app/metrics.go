package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"guichet/internal/booking"
	"guichet/internal/metrics"
	"guichet/internal/supplier"
)

// newMetrics counts what this node does, whether or not anybody asks for it.
func (p *Portal) newMetrics() {
	p.metrics = metrics.New(func(ctx context.Context) (metrics.Backlog, error) {
		b, err := p.Bookings.Backlog(ctx)
		if err != nil {
			return metrics.Backlog{}, err
		}
		unknown := map[string]int{}
		for _, state := range booking.UnknownStates() {
			unknown[string(state)] = b.Unknown[state]
		}
		return metrics.Backlog{Open: b.Open, Due: b.Due, Unknown: unknown}, nil
	}, p.log)
	p.metrics.Skew(func() float64 {
		if p.clock.Node == nil { // not yet measured
			return 0
		}
		return p.clock.Clock().Ahead.Seconds()
	})
}

func (p *Portal) countCall(x supplier.Seen) {
	p.metrics.Called(x.Endpoint, string(x.Outcome), x.Took)
}

// ServeMetrics answers /metrics on a listener of its own until stop is called:
// while requests drain, they are still counted. The portal goes on without it.
func (p *Portal) ServeMetrics(listener net.Listener) (stop func()) {
	srv := &http.Server{
		Handler:           p.metrics.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("metrics are no longer served", "error", err)
		}
	}()
	return func() {
		if err := srv.Close(); err != nil {
			p.log.Warn("stop the metrics", "error", err)
		}
		<-served
	}
}
