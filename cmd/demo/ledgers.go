package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// compare fails when the portal and the supplier tell different stories.
func (s *shop) compare(ctx context.Context) error {
	here, err := s.portal.Bookings.List(ctx, account.Everything(), booking.Filter{Limit: 10_000})
	if err != nil {
		return err
	}
	if found := disagreements(here.Bookings, s.sim.Ledger()); len(found) > 0 {
		return fmt.Errorf("the ledgers of the portal and of the supplier disagree:\n  %s", strings.Join(found, "\n  "))
	}
	return nil
}

// disagreements lists where the portal's bookings and the supplier's ledger
// contradict each other: what is confirmed here is paid there, once and at the
// same price; what is paid there is not over and unpaid here; no sale is paid
// twice.
func disagreements(here []booking.Booking, there []simulator.Booking) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	ledger := map[string]simulator.Booking{}
	for _, t := range there {
		ledger[t.ID] = t
	}
	sales := map[string]string{}
	for _, b := range here {
		t := ledger[b.SupplierID]
		if may := statusesOf(b.State); may != nil && !slices.Contains(may, t.Status) {
			say("%s is %s here and %q there", b.Ref, b.State, t.Status)
		}
		if b.SupplierID != "" && b.Due().Cents != t.PriceCents {
			say("%s costs %d here and %d there", b.Ref, b.Due().Cents, t.PriceCents)
		}
		if t.PayCount == 0 {
			continue
		}
		if other := sales[b.SaleID]; other != "" {
			say("%s and %s are one sale, paid twice", other, b.Ref)
		}
		sales[b.SaleID] = b.Ref
		delete(ledger, b.SupplierID)
		if t.PayCount > 1 {
			say("%s was charged %d times", b.Ref, t.PayCount)
		}
	}
	for id, t := range ledger {
		if t.PayCount > 0 {
			say("%s is paid there and not known here", id)
		}
	}
	return found
}

// statusesOf says what a booking in this state may be at the supplier; "" is
// not there at all, nil says nothing.
func statusesOf(state booking.State) []simulator.Status {
	switch state {
	case booking.Confirmed:
		return []simulator.Status{simulator.Paid}
	case booking.Cancelled:
		return []simulator.Status{simulator.Cancelled}
	case booking.Cancelling, booking.CancelUnknown:
		return []simulator.Status{simulator.Paid, simulator.Cancelled}
	case booking.Held:
		return []simulator.Status{simulator.Pending, simulator.Void}
	case booking.Refused, booking.Expired, booking.Dropped, booking.Voided:
		return []simulator.Status{"", simulator.Pending, simulator.Void}
	default:
		return nil
	}
}
