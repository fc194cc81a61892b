package bookings

import (
	"guichet/internal/contact"
	"guichet/web/ui"
)

// paperView is v in the language of what the customer keeps.
func (p BookingPage) paperView(v ui.View) ui.View {
	cv, _ := v.Speaking(p.Booking.Customer.Language)
	return cv
}

// phone is the customer's number as anybody can dial it.
func (p BookingPage) phone() string {
	return contact.Phone{E164: p.Booking.Customer.Phone, Country: p.Booking.Country}.International()
}

// paperRows are the facts of the voucher.
func (p BookingPage) paperRows(v ui.View) []ui.SummaryRow {
	b := p.Booking
	c := ui.SummaryCard{Rows: []ui.SummaryRow{
		{Term: v.T("sale.name"), Value: b.Customer.FirstName + " " + b.Customer.LastName},
		{Term: v.T("sale.car"), Value: ui.CarLine(b.Car)},
	}}
	c.Rows = append(c.Rows, ui.Travel{Kind: b.Stay.ZoneKind, Outbound: b.Outbound, Back: b.Return, Meeting: p.MeetingPoint}.Rows(v)...)
	c.AddRow(v.T("sale.services"), v.Services(b.Quote, b.Chosen()))
	c.AddRow(v.T("booking.paper.paid"), v.Money(b.Due()))
	c.Rows = append(c.Rows, ui.SummaryRow{Term: v.T("booking.agency_file"), Value: b.Ref, Code: true})
	c.AddRow(v.T("booking.agency"), b.AgencyName)
	return c.Rows
}

// paperRule says to the customer whether the booking can be cancelled.
func (p BookingPage) paperRule(v ui.View) string {
	switch {
	case p.Booking.Insured:
		return v.T("booking.paper.insured")
	case p.Booking.TakenOver:
		return v.T("booking.paper.insurance_unknown")
	default:
		return v.T("booking.paper.not_insured")
	}
}
