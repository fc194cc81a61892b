package bookings

import (
	"guichet/web/ui"
)

import "time"

// evidenceRows are the facts that both sides name a booking by.
func (p BookingPage) evidenceRows(v ui.View) []ui.SummaryRow {
	b := p.Booking
	c := ui.SummaryCard{}
	c.Rows = append(c.Rows, ui.SummaryRow{Term: v.T("booking.reference"), Value: b.Ref, Code: true})
	c.AddRow(v.T("case.supplier_id"), b.SupplierID)
	c.AddRow(v.T("booking.supplier_ref"), b.SupplierRef)
	c.AddRow(v.T("booking.list.state"), v.StateOf(b))
	c.AddRow(v.T("sale.place"), b.Stay.ZoneCode)
	c.AddRow(v.T("sale.from"), v.Moment(b.Stay.FromWall)+", "+v.ZoneName(b.Stay.Timezone))
	c.AddRow(v.T("sale.to"), v.Moment(b.Stay.ToWall)+", "+v.ZoneName(b.Stay.Timezone))
	c.AddRow(v.T("booking.list.total"), v.Money(b.Due()))
	c.AddRow(v.T("evidence.deadline"), precise(b.Deadline)+" UTC")
	c.AddRow(v.T("evidence.fence"), precise(b.Fence)+" UTC")
	return c.Rows
}

// precise writes a moment to the second, in UTC: a supplier's log is searched by it.
func precise(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}
