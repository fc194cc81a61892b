package main

import (
	"fmt"
	"slices"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// askedWhere says which open cases ask the very question that a contradiction
// between here and there raises. Any other case excuses nothing: somebody who
// looks at it learns nothing about the payment.
var askedWhere = map[booking.State][]string{
	booking.CreateUnknown: {"answer_unfit", "duplicate_id", "late_answer", "statement_billed", "statement_plate", "lines_unproved", "uncompared", "answer_unrecorded"},
	booking.Held:          {"late_answer", "statement_billed", "lines_unproved", "uncompared", "answer_unrecorded"},
	booking.Refused:       {"late_answer", "statement_billed", "statement_plate", "lines_unproved", "uncompared", "answer_unrecorded", "reversal"},
	booking.Expired:       {"late_answer", "statement_billed", "statement_plate", "lines_unproved", "uncompared", "answer_unrecorded", "reversal"},
	booking.Dropped:       {"late_answer", "statement_billed", "statement_plate", "lines_unproved", "uncompared", "answer_unrecorded", "reversal"},
	booking.Cancelled:     {"late_answer", "statement_billed", "lines_unproved", "credit_alone", "answer_unrecorded", "reversal"},
	booking.Confirmed:     {"late_answer", "credited", "lines_unproved", "answer_unrecorded", "reversal"},
	booking.PayUnknown:    {booking.CasePayUnknown},
	booking.CancelUnknown: {booking.CaseCancelUnknown},
}

// asked reports that somebody is asked to look at what the state leaves open.
func (r record) asked() bool {
	return slices.ContainsFunc(askedWhere[r.state], func(why string) bool { return slices.Contains(r.asks, why) })
}

// problems says what is wrong with one booking.
func (r record) problems(there simulator.Booking, found, settled bool) []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	if r.version != r.events {
		say("version %d, %d events", r.version, r.events)
	}
	if (r.open == 1) != r.state.InFlight() || r.open > 1 {
		say("%d open attempts", r.open)
	}
	if r.strangers > 0 {
		say("somebody of another agency acted on it")
	}
	if settled && r.due {
		say("its time is over and nothing has ended it")
	}
	bad = append(bad, r.standing(there, found)...)
	if found && !r.reissued {
		bad = append(bad, r.differences(there)...)
	}
	return append(bad, r.payment()...)
}

// standing compares the state with the status there.
func (r record) standing(there simulator.Booking, found bool) []string {
	paid := found && there.Status == simulator.Paid && !r.reissued
	wrong := func(ok bool, format string, args ...any) []string {
		if ok || r.asked() {
			return nil
		}
		return []string{fmt.Sprintf(format, args...)}
	}
	switch r.state {
	case booking.Confirmed:
		return wrong(paid, "there it is %q", there.Status)
	case booking.Cancelled:
		return wrong(found && there.Status == simulator.Cancelled || r.reissued, "there it is %q", there.Status)
	case booking.PayUnknown, booking.CancelUnknown:
		return wrong(false, "nobody is asked to look at it")
	case booking.Voided:
		if r.environment == string(booking.Production) || found && !r.reissued {
			return []string{fmt.Sprintf("it was called erased, and there it is %q", there.Status)}
		}
		return nil
	}
	return wrong(!paid, "there it is paid (open cases: %v)", r.asks)
}

// payment looks at what is said of the payment.
func (r record) payment() []string {
	settled := r.state == booking.Confirmed || r.state == booking.Cancelling || r.state == booking.CancelUnknown || r.state == booking.Cancelled
	switch {
	case settled && r.paidAt.Year() < 2000:
		return []string{"nobody knows when it was paid"}
	case settled && r.paidBy != "" && len(r.payers) > 0 && !slices.Contains(r.payers, r.paidBy):
		return []string{fmt.Sprintf("paid by %q, who never said so", r.paidBy)}
	}
	return nil
}

// differences compares what both sides have of an order. An answer that did not
// fit is known not to, until somebody has found out that the booking is right.
func (r record) differences(there simulator.Booking) []string {
	if len(r.unfit) > 0 && (r.state == booking.CreateUnknown || r.state == booking.Expired) {
		return nil
	}
	var bad []string
	differ := func(what string, same bool, here, other any) {
		if !same {
			bad = append(bad, fmt.Sprintf("%s: %v here, %v there", what, here, other))
		}
	}
	if r.currency != "" {
		differ("price", r.cents == there.PriceCents && r.currency == there.Currency, fmt.Sprint(r.cents, r.currency), fmt.Sprint(there.PriceCents, there.Currency))
		differ("services", sameSet(r.services, there.Services), r.services, there.Services)
	}
	differ("zone", r.zoneID == there.ZoneID && r.zoneCode == there.ZoneCode, r.zoneID+" "+r.zoneCode, there.ZoneID+" "+there.ZoneCode)
	differ("timezone", r.timezone == there.Timezone, r.timezone, there.Timezone)
	differ("drop-off", r.fromWall == there.StartWall && r.from.Equal(there.Start), r.fromWall+" "+r.from.UTC().String(), there.StartWall+" "+there.Start.String())
	differ("return", r.toWall == there.EndWall && r.to.Equal(there.End), r.toWall+" "+r.to.UTC().String(), there.EndWall+" "+there.End.String())
	differ("start of the hour", !r.t0.After(there.CreatedAt.Add(largestSkew)), r.t0, there.CreatedAt)
	if !r.erased {
		differ("plate", plain(r.plate) == plain(there.Car.PlateNumber), r.plate, there.Car.PlateNumber)
		differ("car", r.carMake == there.Car.Brand && r.model == there.Car.Model, r.carMake+" "+r.model, there.Car.Brand+" "+there.Car.Model)
		differ("customer", r.firstName == there.Contact.FirstName && r.lastName == there.Contact.LastName && r.email == there.Contact.Email,
			r.firstName+" "+r.lastName+" "+r.email, there.Contact.FirstName+" "+there.Contact.LastName+" "+there.Contact.Email)
		differ("phone", r.phone == there.Contact.PhoneNumber, r.phone, there.Contact.PhoneNumber)
	}
	return bad
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// plain is a plate without what is only there for the eye.
func plain(plate string) string {
	var kept []rune
	for _, r := range plate {
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
