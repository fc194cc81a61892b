package supplier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"guichet/internal/booking"
)

const (
	readRetries   = 2
	breakerFails  = 5 // of the last breakerWindow calls
	breakerWindow = 10
)

// reader repeats the calls of one endpoint, unless most of the latest failed.
type reader struct {
	endpoint string
	budget   time.Duration
	policies failsafe.Executor[any]
	faulty   atomic.Bool // the latest answer that failed was one
}

// newReader puts the retries outside of the breaker, so that each try counts.
func newReader(endpoint string, budget time.Duration, limits Timeouts) *reader {
	again := func(_ any, err error) bool { return errors.Is(err, errAgain) }
	later := func(r any, err error) bool {
		var w *waitError
		return again(r, err) || errors.As(err, &w)
	}
	retry := retrypolicy.NewBuilder[any]().
		HandleIf(later).
		WithMaxRetries(readRetries).
		WithBackoff(limits.Backoff, max(8*limits.Backoff, limits.Backoff+1)).
		WithJitterFactor(0.25).
		WithDelayFunc(asked).
		ReturnLastFailure().
		Build()
	breaker := circuitbreaker.NewBuilder[any]().
		HandleIf(again).
		WithFailureThresholdRatio(breakerFails, breakerWindow).
		WithSuccessThreshold(1).
		WithDelay(limits.Breaker).
		Build()
	return &reader{endpoint: endpoint, budget: budget, policies: failsafe.With[any](retry, breaker)}
}

// errAgain marks a failure of the supplier after which a read may be repeated.
var errAgain = errors.New("may be tried again")

// failed is a read without a usable answer.
func failed(why string) error {
	return fmt.Errorf("%s: %w (%w)", why, booking.ErrSupplierDown, errAgain)
}

// spoiled is a read whose answer is none of the supplier's own.
func spoiled(why string) error {
	return fmt.Errorf("%s: %w (%w)", why, booking.ErrSupplierFails, errAgain)
}

// Zones returns the supplier's list. Zones and parts of zones that cannot be
// used are left out and reported in the log; a zone without a loadable timezone
// has none. Calls at the same time share one request. booking.ErrSupplierDown,
// booking.ErrUnreadable: no usable answer.
func (c *Client) Zones(ctx context.Context) ([]booking.Zone, error) {
	result := c.shared.DoChan("zones", func() (any, error) {
		return c.fetchZones(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("supplier: zones: %w", ctx.Err())
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		zones, _ := r.Val.([]booking.Zone)
		return slices.Clone(zones), nil
	}
}

func (c *Client) fetchZones(ctx context.Context) ([]booking.Zone, error) {
	var zones []booking.Zone
	var left []string
	err := c.read(ctx, c.zones, zonesPath, nil, func(body []byte) (err error) {
		zones, left, err = decodeZones(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		c.log.LogAttrs(ctx, slog.LevelWarn, "supplier: parts of the zones left out",
			slog.Int("count", len(left)), slog.Any("parts", left[:min(len(left), 20)]))
	}
	for i := range zones {
		zones[i].Environment, zones[i].FetchedAt = c.env, c.now()
	}
	return zones, nil
}

// Quote returns price and availability of a stay. Errors: *Error with the
// supplier's words, which unwraps to the domain's errors; booking.ErrSupplierDown;
// booking.ErrUnreadable for an answer that says nothing of use, or that is about
// another stay.
func (c *Client) Quote(ctx context.Context, stay booking.Stay) (booking.Quote, error) {
	query, err := quoteQuery(stay)
	if err != nil {
		return booking.Quote{}, err
	}
	var q booking.Quote
	err = c.read(ctx, c.quotes, quotesPath, query, func(body []byte) (err error) {
		q, err = decodeQuote(body, stay)
		return err
	})
	if err != nil {
		return booking.Quote{}, err
	}
	q.QuotedAt = c.now()
	return q, nil
}

// read asks until decode has accepted an answer, within the reader's budget.
func (c *Client) read(ctx context.Context, r *reader, path string, query url.Values, decode func([]byte) error) error {
	limited, cancel := context.WithTimeout(ctx, r.budget)
	defer cancel()
	err := r.policies.WithContext(limited).Run(func() error {
		return c.ask(limited, ctx, r.endpoint, path, query, decode)
	})
	var answered *Error
	switch {
	case err == nil:
		c.health.good()
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("supplier: %s: %w", r.endpoint, context.Canceled)
	case errors.As(err, &answered) && !errors.Is(err, booking.ErrSupplierDown), errors.Is(err, booking.ErrUnreadable):
		c.health.good()
	default:
		c.health.bad(c.now())
		switch {
		case errors.Is(err, booking.ErrSupplierDown):
			r.faulty.Store(errors.Is(err, booking.ErrSupplierFails))
		case errors.Is(err, circuitbreaker.ErrOpen) && r.faulty.Load(): // not asked, since it answers with faults
			err = fmt.Errorf("%w: %w", err, booking.ErrSupplierFails)
		default: // the breaker, or no time left
			err = fmt.Errorf("%w: %w", err, booking.ErrSupplierDown)
		}
	}
	return fmt.Errorf("supplier: %s: %w", r.endpoint, err)
}

// ask sends one read. The caller's own context tells a visitor who left, which
// says nothing about the supplier, from a supplier that is slow.
func (c *Client) ask(ctx, caller context.Context, endpoint, path string, query url.Values, decode func([]byte) error) error {
	key := c.pick("")
	if key == "" {
		return fmt.Errorf("%s: %w", noKey, booking.ErrSupplierDown)
	}
	err := c.noted(endpoint, func() error { return c.askWith(ctx, caller, key, path, query, decode) })
	if !unauthorized(err) {
		return err
	}
	if other := c.refused(ctx, key); other != "" {
		return c.noted(endpoint, func() error { return c.askWith(ctx, caller, other, path, query, decode) })
	}
	return err
}

// noted remembers how one request of a read went. That a visitor left says
// nothing about the supplier.
func (c *Client) noted(endpoint string, request func() error) error {
	seen := readCall{at: c.now(), outcome: booking.OutcomeOK}
	err := request()
	seen.took = c.now().Sub(seen.at)
	var said *Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &said):
		seen.outcome, seen.code = booking.OutcomeRefused, loggable(said.Code)
		if said.StatusCode/100 == 5 {
			seen.outcome = booking.OutcomeUnknown
		}
	case errors.Is(err, booking.ErrUnreadable):
		seen.outcome, seen.code = booking.OutcomeUnknown, booking.CodeUnreadable
	case err != nil:
		seen.outcome = booking.OutcomeUnknown
	}
	c.health.add(endpoint, seen)
	c.watch(Seen{Endpoint: endpoint, Outcome: seen.outcome, Took: seen.took})
	return err
}

func unauthorized(err error) bool {
	var said *Error
	return errors.As(err, &said) && said.StatusCode == http.StatusUnauthorized
}

// TestKey asks the supplier for its zones with a key. booking.ErrKeyRefused: the
// supplier does not accept it. booking.ErrSupplierDown, booking.ErrUnreadable:
// nobody knows.
func (c *Client) TestKey(ctx context.Context, key string) error {
	limited, cancel := context.WithTimeout(ctx, c.zones.budget)
	defer cancel()
	err := c.askWith(limited, ctx, key, zonesPath, nil, func(body []byte) error {
		_, _, err := decodeZones(body)
		return err
	})
	if unauthorized(err) {
		return fmt.Errorf("%w: %w", booking.ErrKeyRefused, err)
	}
	return err
}

func (c *Client) askWith(ctx, caller context.Context, key, path string, query url.Values, decode func([]byte) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, http.NoBody)
	if err != nil {
		return err
	}
	req.URL.RawQuery = query.Encode()
	header(req.Header, key)
	started := c.now()
	res, err := c.reads.RoundTrip(req)
	if err != nil {
		return c.lost(caller, err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read as far as it is needed
	c.health.readClock(res, started, c.now())
	body, err := readBody(res)
	if err != nil {
		return c.lost(caller, err)
	}
	return orWait(judgeRead(res, body, decode), res, c.now())
}

func (c *Client) lost(caller context.Context, err error) error {
	if errors.Is(caller.Err(), context.Canceled) {
		return caller.Err()
	}
	return failed(cause(err))
}

// judgeRead tells three kinds of failure apart: a refusal; no answer of the
// supplier's, which may be asked for again and is counted by the breaker; and an
// answer of its own that says nothing of use. That one would be the same again,
// and says nothing about other zones.
func judgeRead(res *http.Response, body []byte, decode func([]byte) error) error {
	status := res.StatusCode
	if status/100 == 2 {
		err := decode(body)
		switch {
		case err == nil:
			return nil
		case isJSON(res.Header.Get("Content-Type")):
			return fmt.Errorf("%w: %w", booking.ErrUnreadable, err)
		default: // a page of somebody on the way
			return spoiled(err.Error())
		}
	}
	e, ok := decodeError(body)
	switch {
	case !ok || e.StatusCode != status || status/100 != 4 && status/100 != 5:
		return spoiled(fmt.Sprintf("answered %d", status))
	case status/100 == 5:
		return fmt.Errorf("%w (%w)", &e, errAgain)
	default:
		return &e
	}
}
