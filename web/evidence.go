package web

import "time"

// evidenceRows are the facts that both sides name a booking by.
func (p BookingPage) evidenceRows(v View) []SummaryRow {
	b := p.Booking
	c := SummaryCard{}
	c.Rows = append(c.Rows, SummaryRow{Term: v.T("booking.reference"), Value: b.Ref, Code: true})
	c.addRow(v.T("case.supplier_id"), b.SupplierID)
	c.addRow(v.T("booking.supplier_ref"), b.SupplierRef)
	c.addRow(v.T("booking.list.state"), v.StateOf(b))
	c.addRow(v.T("sale.place"), b.Stay.ZoneCode)
	c.addRow(v.T("sale.from"), v.moment(b.Stay.FromWall)+", "+v.zoneName(b.Stay.Timezone))
	c.addRow(v.T("sale.to"), v.moment(b.Stay.ToWall)+", "+v.zoneName(b.Stay.Timezone))
	c.addRow(v.T("booking.list.total"), v.money(b.Due()))
	c.addRow(v.T("evidence.deadline"), precise(b.Deadline)+" UTC")
	c.addRow(v.T("evidence.fence"), precise(b.Fence)+" UTC")
	return c.Rows
}

// precise writes a moment to the second, in UTC: a supplier's log is searched by it.
func precise(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}
