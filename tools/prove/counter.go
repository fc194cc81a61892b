package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/booking"
)

// counter is a world with a service in this process.
type counter struct {
	*world
	*booking.Service
}

// settle lets everything end that the clock can end. A record that a missing
// guard has ruined cannot be swept; the oracle sees it.
func (c *counter) settle(ctx context.Context) error {
	c.Wait()
	for _, d := range []time.Duration{time.Minute, 2 * time.Hour} {
		if err := c.pass(ctx, d); err != nil {
			return err
		}
		_, lease := c.EndLeases(ctx)
		_, expiry := c.Expire(ctx)
		if err := errors.Join(lease, expiry); err != nil && !errors.Is(err, booking.ErrTransition) {
			return err
		}
	}
	return nil
}

// draft is a quote that is ready to be checked.
func (c *counter) draft(ctx context.Context, plate string) (booking.Draft, error) {
	from := time.Now().UTC().Add(c.ahead).AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6*time.Hour + 5*time.Minute)
	d, err := c.Quote(ctx, c.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
	if err != nil {
		return d, err
	}
	if d, err = c.ChooseServices(ctx, c.agent, d.ID, []string{booking.CancellationInsurance}); err != nil {
		return d, err
	}
	return c.SaveCustomer(ctx, c.agent, d.ID, booking.CustomerForm{
		FirstName: "Zoé", LastName: "Lévy", Email: "zoe@example.test", PhoneCountry: "FR", Phone: "01 99 00 12 34", Make: "Renault", Model: "Clio", Color: "bleue", Plate: plate, Language: "fr",
	})
}

func (c *counter) book(ctx context.Context, d booking.Draft) (booking.Booking, error) {
	return c.Book(ctx, c.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
}

// held is a booking that can be paid.
func (c *counter) held(ctx context.Context) (booking.Booking, error) {
	d, err := c.draft(ctx, "AA-001-AA")
	if err != nil {
		return booking.Booking{}, err
	}
	b, err := c.book(ctx, d)
	if err == nil && b.State != booking.Held {
		err = fmt.Errorf("the booking is %s", b.State)
	}
	return b, err
}

// pay pays as the page does that showed the booking b.
func (c *counter) pay(ctx context.Context, b booking.Booking) (booking.Booking, error) {
	return c.Pay(ctx, c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"})
}

// refresh is the booking as a page shows it now.
func (c *counter) refresh(ctx context.Context, b booking.Booking) (booking.Booking, error) {
	return c.Booking(ctx, c.desk.Scope(), b.Ref)
}

// tolerate drops the refusals that a scenario provokes.
func tolerate(err error) error {
	for _, refusal := range []error{
		booking.ErrChanged, booking.ErrTransition, booking.ErrTooLate, booking.ErrBusy, booking.ErrForbidden, booking.ErrNotFound, booking.ErrEnvironment,
	} {
		if errors.Is(err, refusal) {
			return nil
		}
	}
	return err
}
