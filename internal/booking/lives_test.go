package booking_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// A hundred random lives on one database, against a supplier that fails at
// random, never double or lose a payment.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	rapid.Check(t, func(r *rapid.T) {
		c.life(r, rapid.SampledFrom([]string{"AA-111-AA", "BB-222-BB", "CC-333-CC"}).Draw(r, "plate"))
		c.sim.ClearFaults()
		c.settle()
		c.reconcile()
	})
}

func (c *env) life(r *rapid.T, plate string) {
	ctx := context.WithoutCancel(c.t.Context())
	d := c.quoted(plate, booking.CancellationInsurance)
	req := c.request(d)
	req.SamePlate = true
	kinds := []string{"", "", "drop_after", "drop_before", "500_after", "validation_failed", "html"}
	for _, endpoint := range []string{simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel} {
		if kind := rapid.SampledFrom(kinds).Draw(r, endpoint); kind != "" {
			c.fault(endpoint, kind)
		}
	}
	b, err := c.Book(ctx, c.agent, req)
	if err != nil {
		r.Fatal(err)
	}
	for range rapid.IntRange(1, 6).Draw(r, "steps") {
		switch rapid.SampledFrom([]string{"pay", "pay", "drop", "cancel", "retry", "pass", "sweep"}).Draw(r, "step") {
		case "pay":
			_, err = c.Pay(ctx, c.agent, c.payment(b))
		case "drop":
			_, err = c.Drop(ctx, c.agent, b.Ref, b.Version)
		case "cancel":
			_, err = c.Cancel(ctx, c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "other"})
		case "retry":
			if d, e := c.Retry(ctx, c.agent, b.Ref); e == nil {
				req := c.request(d)
				req.SamePlate = true
				b, err = c.Book(ctx, c.agent, req)
			}
		case "pass":
			c.pass(20 * time.Minute)
		case "sweep":
			_, err = c.Expire(ctx)
		}
		for _, allowed := range []error{booking.ErrTransition, booking.ErrTooLate, booking.ErrChanged} {
			if errors.Is(err, allowed) {
				err = nil
			}
		}
		if err != nil {
			r.Fatal(err)
		}
		b = c.now(b.Ref)
	}
}
