package web

import (
	"guichet/internal/booking"
)

// paperView is v in the language of what the customer keeps.
func (p BookingPage) paperView(v View) View {
	cv, _ := v.speaking(p.Booking.Customer.Language)
	return cv
}

// phone is the customer's number as anybody can dial it.
func (p BookingPage) phone() string {
	return booking.Phone{E164: p.Booking.Customer.Phone, Country: p.Booking.Country}.International()
}

// paperRows are the facts of the voucher.
func (p BookingPage) paperRows(v View) []SummaryRow {
	b := p.Booking
	c := SummaryCard{Rows: []SummaryRow{
		{Term: v.T("sale.name"), Value: b.Customer.FirstName + " " + b.Customer.LastName},
		{Term: v.T("sale.car"), Value: carLine(b.Car)},
	}}
	c.Rows = append(c.Rows, travel{kind: b.Stay.ZoneKind, outbound: b.Outbound, back: b.Return, meeting: p.MeetingPoint}.rows(v)...)
	c.addRow(v.T("sale.services"), v.services(b.Quote, b.Chosen()))
	c.addRow(v.T("booking.paper.paid"), v.money(b.Due()))
	c.addRow(v.T("booking.supplier_ref"), b.SupplierRef)
	c.addRow(v.T("booking.agency"), b.AgencyName)
	return c.Rows
}

// paperRule says to the customer whether the booking can be cancelled.
func (p BookingPage) paperRule(v View) string {
	switch {
	case p.Booking.Insured:
		return v.T("booking.paper.insured")
	case p.Booking.TakenOver:
		return v.T("booking.paper.insurance_unknown")
	default:
		return v.T("booking.paper.not_insured")
	}
}
