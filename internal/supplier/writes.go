package supplier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/keyring"
)

// CorrelationHeader carries the id of a call, so that both sides can name it.
// It is not one of the headers that make Go's transport repeat a request.
const CorrelationHeader = "X-Correlation-Id"

// write is one create, pay or cancel before it is sent.
type write struct {
	call   booking.Call
	op     booking.Operation
	wanted wanted
	path   string
	body   []byte
	mask   mask
	answer booking.Answer
}

// Create sends an order, at most once. Its answer is never an error.
func (c *Client) Create(ctx context.Context, call booking.Call, order booking.Order) booking.Answer {
	w := &write{call: call, op: booking.OpCreate, path: bookingsPath, mask: maskOf(order), wanted: wanted{stay: order.Stay, plate: order.Car.Plate}}
	w.answer.StartedAt = c.now()
	body, err := encodeOrder(order)
	if err != nil {
		return c.unsent(ctx, w, "no_timezone")
	}
	w.body = body
	return c.send(ctx, w)
}

// Pay says, at most once, that a booking has been paid.
func (c *Client) Pay(ctx context.Context, call booking.Call, supplierID string) booking.Answer {
	return c.act(ctx, call, booking.OpPay, supplierID)
}

// Cancel asks, at most once, to cancel a booking.
func (c *Client) Cancel(ctx context.Context, call booking.Call, supplierID string) booking.Answer {
	return c.act(ctx, call, booking.OpCancel, supplierID)
}

func (c *Client) act(ctx context.Context, call booking.Call, op booking.Operation, id string) booking.Answer {
	w := &write{call: call, op: op, wanted: wanted{id: id}}
	w.answer.StartedAt = c.now()
	if !usableID(id) {
		return c.unsent(ctx, w, "no_id")
	}
	w.path = actionPath(id, op)
	return c.send(ctx, w)
}

// send makes the call and judges what came back.
func (c *Client) send(ctx context.Context, w *write) booking.Answer {
	key := c.pick(w.call.NotKey)
	if key == "" {
		return c.unsent(ctx, w, noKey)
	}
	w.mask.secret = key
	ctx, cancel := context.WithTimeout(ctx, c.limits.Write)
	defer cancel()
	x, err := c.exchange(ctx, w, key)
	v := judge(w.op, x, w.wanted)
	a := &w.answer
	a.Outcome, a.Created, a.Unfit, a.Dated, a.HTTPStatus = v.outcome, v.created, v.unfit, x.dated, x.status
	a.NotFound, a.Stale = notFound(x, v.err), w.op == booking.OpCreate && stale(v)
	a.ErrorCode, a.Message, a.Errors = w.mask.words(v.err)
	if a.Outcome == booking.OutcomeRefused && a.HTTPStatus == http.StatusUnauthorized {
		if c.refused(ctx, key) != "" {
			a.RefusedKey = keyring.Digest(key)
		}
	}
	a.Key, a.Request, a.Response = lastFour(key), w.mask.body(w.body), w.mask.body(x.body)
	if a.Detail = cause(err); err == nil {
		a.Detail = v.why
	}
	c.noteHealth(w, x, err)
	return c.done(ctx, w)
}

// noteHealth takes any answer of the supplier's own as a sign of life, also one that
// does not fit. What this side gave up says nothing about the supplier.
func (c *Client) noteHealth(w *write, x exchange, err error) {
	a := w.answer
	switch {
	case a.Outcome == booking.OutcomeOK, a.HTTPStatus/100 == 4 && a.ErrorCode != "",
		x.whole && x.status/100 == 2 && isJSON(x.kind):
		c.health.good()
	case !errors.Is(err, errTooLate) && !errors.Is(err, context.Canceled):
		c.health.bad(c.now())
	}
}

func (c *Client) unsent(ctx context.Context, w *write, why string) booking.Answer {
	w.answer.Outcome, w.answer.Detail = booking.OutcomeNotSent, why
	return c.done(ctx, w)
}

// done closes the answer and logs the call.
func (c *Client) done(ctx context.Context, w *write) booking.Answer {
	a := &w.answer
	a.EndedAt = c.now()
	c.watch(Seen{Endpoint: string(w.op), Outcome: a.Outcome, Took: a.EndedAt.Sub(a.StartedAt)})
	c.log.LogAttrs(ctx, slog.LevelInfo, "supplier: "+string(w.op),
		slog.String("correlation", w.call.Correlation), slog.String("outcome", string(a.Outcome)),
		slog.Int("status", a.HTTPStatus), slog.String("code", loggable(a.ErrorCode)),
		slog.String("detail", a.Detail), slog.Duration("took", a.EndedAt.Sub(a.StartedAt)))
	return *a
}

// exchange sends the request over a connection of its own and reads the answer.
// It is used by RoundTrip: no redirect, no cookie, no second try.
func (c *Client) exchange(ctx context.Context, w *write, key string) (exchange, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { failpoint.At(string(w.op), "written") },
	})
	req, err := newPost(ctx, c.base+w.path, w.body)
	if err != nil {
		return exchange{}, err
	}
	header(req.Header, key)
	req.Header.Set(CorrelationHeader, w.call.Correlation)
	g := &gate{now: c.now, before: w.call.StartBefore, tls: c.tls}
	res, err := g.transport().RoundTrip(req)
	if err != nil {
		return exchange{sent: connected.Load() && !g.shut.Load()}, err
	}
	defer res.Body.Close() //nolint:errcheck // it was read as far as it is needed
	c.health.readClock(res, w.answer.StartedAt, c.now())
	dated, _ := http.ParseTime(res.Header.Get("Date")) // zero when it cannot be read
	body, err := readBody(res)
	return exchange{
		sent: true, status: res.StatusCode, kind: res.Header.Get("Content-Type"), dated: dated, body: body, whole: err == nil,
		undefined: res.ContentLength < 0 && len(res.TransferEncoding) == 0,
	}, err
}

// newPost leaves GetBody unset, so that net/http has nothing to send again.
func newPost(ctx context.Context, address string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// lastFour names a key without giving it away.
func lastFour(key string) string {
	if len(key) < 8 {
		return ""
	}
	return key[len(key)-4:]
}
