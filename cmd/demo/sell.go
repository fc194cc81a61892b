package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// clock is the one of the portal's process and of the simulator: the real one,
// moved while the past is being sold.
type clock struct{ ahead atomic.Int64 }

// Now returns the time on the moved clock.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// shop sells the past through the portal's own service and the simulator, so
// that both ledgers tell the same story. One thing happens after the other, in
// the order of time: a fault meets the call that it is meant for.
type shop struct {
	portal *app.Portal
	sim    *simulator.Simulator
	clock  *clock
	people map[string]account.Actor // by e-mail address
	zones  []booking.Zone
	log    io.Writer // shows how far it is
}

// happening is one step of one sale.
type happening struct {
	at time.Time
	do func(ctx context.Context, s *sold) error
	on *sold
}

// sold is a sale and what has become of it.
type sold struct {
	sale
	b booking.Booking
}

// sell carries out the sales and sets the clocks back to the real time. It
// fails when a sale does not end as planned, or when the ledgers disagree.
func (s *shop) sell(ctx context.Context, sales []sale) error {
	list, err := s.portal.Bookings.Zones(ctx)
	if err != nil {
		return err
	}
	s.zones = list.Zones
	var steps []happening
	for _, one := range sales {
		steps = append(steps, s.steps(&sold{sale: one})...)
	}
	slices.SortStableFunc(steps, func(a, b happening) int { return a.at.Compare(b.at) })
	for i, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.moveTo(ctx, time.Until(step.at)); err != nil {
			return err
		}
		if err := step.do(ctx, step.on); err != nil {
			return fmt.Errorf("a sale of %s that is to end %s: %w", step.on.at.Format(time.DateTime), step.on.end, err)
		}
		if err := s.show(i+1, len(steps)); err != nil {
			return err
		}
	}
	if err := s.moveTo(ctx, 0); err != nil {
		return err
	}
	return s.compare(ctx)
}

// show writes how many per cent are done whenever that changes.
func (s *shop) show(done, all int) error {
	percent, end := 100*done/all, ""
	if done == all {
		end = "\n"
	}
	if percent == 100*(done-1)/all {
		return nil
	}
	_, err := fmt.Fprintf(s.log, "\rSelling what was sold in the last %d days: %3d %%%s", daysBack, percent, end)
	return err
}

// moveTo sets all clocks: the process's, the simulator's and the database's.
func (s *shop) moveTo(ctx context.Context, ahead time.Duration) error {
	s.clock.ahead.Store(int64(ahead))
	return s.portal.MoveClock(ctx, ahead)
}

// steps lists what happens in a sale.
func (s *shop) steps(one *sold) []happening {
	steps := []happening{{one.at, s.book, one}}
	add := func(at time.Time, do func(context.Context, *sold) error) {
		steps = append(steps, happening{at, do, one})
	}
	decided := one.at.Add(one.think)
	switch one.end {
	case booking.Confirmed, booking.PayUnknown, booking.Voided:
		add(decided, s.pay)
	case booking.Cancelled, booking.CancelUnknown:
		add(decided, s.pay)
		add(one.cancel, s.cancel)
	case booking.Dropped:
		add(decided, s.drop)
	case booking.Expired:
		end := booking.HoldTime
		if one.fault != "" { // nobody knows whether it was held
			end += booking.FenceTime
		}
		add(one.at.Add(end+10*time.Second), s.lapse)
	}
	return steps
}

// book is everything from the quote to the check page.
func (s *shop) book(ctx context.Context, one *sold) error {
	who, sales := s.people[one.seller], s.portal.Bookings
	d, err := sales.Quote(ctx, who, booking.QuoteRequest{ZoneCode: one.zone, FromWall: one.from, ToWall: one.to})
	if err != nil {
		return err
	}
	if wishes := offered(d.Quote, one.services); len(wishes) > 0 {
		if d, err = sales.ChooseServices(ctx, who, d.ID, wishes); err != nil {
			return err
		}
	}
	form := customerForm(one.customer)
	form.AgencyRef = one.fileNo
	form.Outbound, form.Return = travelNumbers(d.Stay.ZoneKind, one.numbers)
	if one.meet {
		form.MeetingPoint = s.meetingPoint(one)
	}
	if d, err = sales.SaveCustomer(ctx, who, d.ID, form); err != nil {
		return err
	}
	if err := s.strike(one, simulator.EndpointCreate); err != nil {
		return err
	}
	one.b, err = sales.Book(ctx, who, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: one.method})
	want := booking.Held
	switch {
	case one.fault == "" || one.endpoint() != simulator.EndpointCreate:
	case one.end == booking.Refused:
		want = booking.Refused
	default:
		want = booking.CreateUnknown
	}
	return one.is(want, err)
}

func offered(q booking.Quote, codes []string) []string {
	return slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		_, ok := q.Offer(code)
		return !ok
	})
}

func (s *shop) meetingPoint(one *sold) string {
	i := slices.IndexFunc(s.zones, func(z booking.Zone) bool { return z.Code == one.zone })
	if i < 0 || len(s.zones[i].MeetingPoints) == 0 {
		return ""
	}
	points := s.zones[i].MeetingPoints
	return points[one.customer%len(points)].ID
}

// strike lets the supplier's next call go wrong when it is the one that this
// sale's fault is for.
func (s *shop) strike(one *sold, endpoint string) error {
	if one.fault == "" || one.endpoint() != endpoint {
		return nil
	}
	return s.sim.SetFault(simulator.Fault{Endpoint: endpoint, Kind: one.fault, Count: 1})
}

// is checks what a step came to.
func (one *sold) is(want booking.State, err error) error {
	if err == nil && one.b.State != want {
		err = fmt.Errorf("it is %s, not %s (%s)", one.b.State, want, one.b.Reason)
	}
	return err
}

func (s *shop) pay(ctx context.Context, one *sold) error {
	if err := s.strike(one, simulator.EndpointPay); err != nil {
		return err
	}
	var err error
	one.b, err = s.portal.Bookings.Pay(ctx, s.people[one.seller], booking.PayRequest{
		Ref: one.b.Ref, Version: one.b.Version, Method: one.method, Receipt: one.receipt,
	})
	want := booking.Confirmed
	if one.endpoint() == simulator.EndpointPay {
		want = one.end
	}
	return one.is(want, err)
}

func (s *shop) cancel(ctx context.Context, one *sold) error {
	if err := s.strike(one, simulator.EndpointCancel); err != nil {
		return err
	}
	who := one.seller
	if one.byDesk {
		who = desk
	}
	reasons := booking.CancelReasons()
	var err error
	one.b, err = s.portal.Bookings.Cancel(ctx, s.people[who], booking.CancelRequest{
		Ref: one.b.Ref, Version: one.b.Version, Reason: reasons[one.customer%len(reasons)],
	})
	return one.is(one.end, err)
}

func (s *shop) drop(ctx context.Context, one *sold) error {
	var err error
	one.b, err = s.portal.Bookings.Drop(ctx, s.people[one.seller], one.b.Ref, one.b.Version)
	return one.is(booking.Dropped, err)
}

// lapse runs the sweep that ends what nobody paid.
func (s *shop) lapse(ctx context.Context, one *sold) error {
	if _, err := s.portal.Bookings.Expire(ctx); err != nil {
		return err
	}
	var err error
	one.b, err = s.portal.Bookings.Booking(ctx, account.Everything(), one.b.Ref)
	return one.is(booking.Expired, err)
}
