package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// payTwiceAtOnce: two tabs send the same pay page, and neither has claimed the
// booking when the other one looks at it.
func payTwiceAtOnce(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	var both sync.WaitGroup
	both.Add(2)
	failpoint.Watch(func(p failpoint.Point) {
		if p == "pay.begin" {
			both.Done()
			both.Wait()
		}
	})
	defer failpoint.Watch(nil)
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := c.pay(ctx, b)
			results <- tolerate(err)
		}()
	}
	return errors.Join(<-results, <-results)
}

// payWhilePaying: a second tab is opened and paid while the first call is open.
func payWhilePaying(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	return c.duringPay(ctx, b, func() error {
		b, err := c.refresh(ctx, b)
		if err != nil {
			return err
		}
		_, err = c.pay(ctx, b)
		return tolerate(err)
	})
}

// duringPay does something while a payment is at the supplier's.
func (c *counter) duringPay(ctx context.Context, b booking.Booking, do func() error) error {
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "latency", Latency: 700 * time.Millisecond}); err != nil {
		return err
	}
	written := make(chan struct{}, 8)
	failpoint.Watch(func(p failpoint.Point) {
		if p == "pay.written" {
			written <- struct{}{}
		}
	})
	defer failpoint.Watch(nil)
	paid := make(chan error, 1)
	go func() {
		_, err := c.pay(ctx, b)
		paid <- tolerate(err)
	}()
	select {
	case <-written:
	case <-time.After(5 * time.Second):
		return errors.New("the payment was never sent")
	}
	failpoint.Watch(nil)
	return errors.Join(do(), <-paid)
}

// recordTwice: the answer to the first payment (a refusal) is recorded once
// more, as after a lost COMMIT, while the second payment is at the supplier's.
func recordTwice(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "rate_limited"}); err != nil {
		return err
	}
	if b, err = c.pay(ctx, b); err != nil {
		return err
	}
	_, attempts, err := c.History(ctx, b)
	if err != nil {
		return err
	}
	refused := attempts[len(attempts)-1]
	return c.duringPay(ctx, b, func() error { return tolerate(c.RecordAgain(ctx, refused.ID, refused.Answer)) })
}

// crashAfterPaying: the process dies between the supplier's answer and its
// record; the agent looks again and pays again when the page offers it.
func crashAfterPaying(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	if err := c.dieAt(ctx, "pay.answered", func() error { _, err := c.pay(ctx, b); return tolerate(err) }); err != nil {
		return err
	}
	if err := c.pass(ctx, time.Minute); err != nil {
		return err
	}
	if _, err := c.EndLeases(ctx); err != nil {
		return err
	}
	if b, err = c.refresh(ctx, b); err != nil {
		return err
	}
	_, err = c.pay(ctx, b)
	return tolerate(err)
}

// dieAt ends the goroutine that comes to the point, as a crash would.
func (c *counter) dieAt(_ context.Context, point failpoint.Point, do func() error) error {
	failpoint.Watch(func(p failpoint.Point) {
		if p == point {
			failpoint.Die()
		}
	})
	defer failpoint.Watch(nil)
	return do()
}

// expireWhilePaying: the deadline passes while the payment is at the supplier's.
func expireWhilePaying(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	if err := c.pass(ctx, 58*time.Minute); err != nil {
		return err
	}
	return c.duringPay(ctx, b, func() error {
		if err := c.pass(ctx, 3*time.Minute); err != nil {
			return err
		}
		_, err := c.Expire(ctx)
		return tolerate(err)
	})
}

// answerLost: the payment is carried out and its answer is lost.
func answerLost(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after"}); err != nil {
		return err
	}
	_, err = c.pay(ctx, b)
	return tolerate(err)
}

// repeatedOnTheWay: something between here and the supplier sends the payment
// twice, the second time after the hour; its answer ("expired") comes back.
func repeatedOnTheWay(ctx context.Context, c *counter) error {
	target, err := url.Parse(c.http.URL)
	if err != nil {
		return err
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/pay") {
			proxy.ServeHTTP(httptest.NewRecorder(), r.Clone(ctx))
			c.sim.SetClockOffset(c.ahead + 61*time.Minute)
			defer c.sim.SetClockOffset(c.ahead)
		}
		proxy.ServeHTTP(w, r)
	}))
	defer between.Close()
	if c.Service, err = c.service(ctx, between.URL, 0); err != nil {
		return err
	}
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	_, err = c.pay(ctx, b)
	return tolerate(err)
}

// formSentTwice: the check page is sent from two tabs, one after the other, and
// what comes out is paid.
func formSentTwice(ctx context.Context, c *counter) error {
	d, err := c.draft(ctx, "AA-001-AA")
	if err != nil {
		return err
	}
	for range 2 {
		b, err := c.book(ctx, d)
		if err != nil {
			return err
		}
		if _, err := c.pay(ctx, b); tolerate(err) != nil {
			return err
		}
	}
	return nil
}

// cancelRefusedAfterLoss: the answer to a cancellation is lost, and the
// supplier refuses the repeat because there is nothing left to cancel.
func cancelRefusedAfterLoss(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	if b, err = c.pay(ctx, b); err != nil {
		return err
	}
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointCancel, Kind: "drop_after"}); err != nil {
		return err
	}
	for range 2 {
		b, err = c.Cancel(ctx, c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
		if tolerate(err) != nil {
			return err
		}
	}
	return nil
}

var said = booking.Evidence{Channel: "phone", Person: "Mme Bernard", Text: "She does not see it."}

// deniedTooEarly: the payment is stuck on its way; the supplier says on the
// phone that nothing is paid; then it arrives.
func deniedTooEarly(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	stuck := simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "delayed", Delay: 10 * time.Minute}
	if err := c.fault(stuck); err != nil {
		return err
	}
	if b, err = c.pay(ctx, b); err != nil || b.State != booking.PayUnknown {
		return fmt.Errorf("the booking is %s: %w", b.State, err)
	}
	_, err = c.Resolve(ctx, c.desk, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: booking.FoundNotPaid, Evidence: said})
	if tolerate(err) != nil {
		return err
	}
	return c.pass(ctx, 11*time.Minute)
}

// otherEnvironment: a booking of the sandbox is paid at a portal that sells on
// another environment, where its id belongs to somebody else.
func otherEnvironment(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	const move = `UPDATE bookings SET environment = 'sandbox' WHERE ref = $1`
	if _, err := c.pool.Exec(ctx, move, b.Ref); err != nil {
		return err
	}
	_, err = c.pay(ctx, b)
	return tolerate(err)
}

// otherAgency: somebody pays with the reference of another agency's booking.
func otherAgency(ctx context.Context, c *counter) error {
	b, err := c.held(ctx)
	if err != nil {
		return err
	}
	_, err = c.Pay(ctx, c.other, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
	return tolerate(err)
}

// paidOldAndNew: a create is lost and tried again; its answer comes late, and
// both bookings of the sale are paid.
func paidOldAndNew(ctx context.Context, c *counter) error {
	d, err := c.draft(ctx, "AA-001-AA")
	if err != nil {
		return err
	}
	late := simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_after"}
	if err := c.fault(late); err != nil {
		return err
	}
	first, err := c.book(ctx, d)
	if err != nil || first.State != booking.CreateUnknown {
		return fmt.Errorf("the booking is %s: %w", first.State, err)
	}
	if d, err = c.Retry(ctx, c.agent, first.Ref); err != nil {
		return err
	}
	second, err := c.book(ctx, d)
	if err != nil {
		return err
	}
	if _, err := c.pay(ctx, second); err != nil {
		return err
	}
	_, attempts, err := c.History(ctx, first)
	if err != nil {
		return err
	}
	there := c.sim.Ledger()[0]
	good := booking.Answer{Outcome: booking.OutcomeOK, Created: booking.Created{
		ID: there.ID, Reference: there.Reference, ContactID: there.ContactID, CarID: there.CarID,
		Total: first.Total, Services: there.Services,
	}}
	if err := c.RecordAgain(ctx, attempts[0].ID, good); err != nil {
		return err
	}
	if first, err = c.refresh(ctx, first); err != nil {
		return err
	}
	_, err = c.pay(ctx, first)
	return tolerate(err)
}
