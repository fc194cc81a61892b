package ui

import (
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// PriceRows are the stay and the chosen services of a quote.
func PriceRows(v View, s booking.Stay, q booking.Quote, services []string) Price {
	p := Price{Caption: v.T("sale.price"), TotalLabel: v.T("sale.total")}
	p.Rows = append(p.Rows, PriceRow{Label: v.T("sale.stay.valet"), Detail: v.Lang.Days(s.Days()), Amount: v.Money(q.Base)})
	for _, code := range services {
		if o, ok := q.Offer(code); ok {
			label := v.Service(q, code)
			p.Rows = append(p.Rows, PriceRow{Label: label.Text, Lang: label.Lang, Amount: v.Money(o.Price)})
		}
	}
	return p
}

// BookingPrice is what a booking costs. Where the supplier's total is not the
// sum of the accepted quote, a row says by how much.
func BookingPrice(v View, b booking.Booking) Price {
	p := PriceRows(v, b.Stay, b.Quote, b.Chosen())
	sum, _ := b.Quote.Total(b.Chosen())
	due := b.Due()
	p.Total = v.Money(due)
	switch {
	case sum.Currency != due.Currency:
		p.Rows = nil
	case sum.Cents != due.Cents:
		p.Rows = append(p.Rows, PriceRow{Label: v.T("booking.price.difference"), Amount: v.Signed(booking.Money{Cents: due.Cents - sum.Cents, Currency: due.Currency})})
	}
	return p
}

// Signed writes a difference with its sign.
func (v View) Signed(m booking.Money) string {
	if m.Cents > 0 {
		return "+" + v.Money(m)
	}
	return v.Money(m)
}

// Differences are what was accepted, each above what the supplier booked.
func Differences(v View, b booking.Booking) []SummaryRow {
	return []SummaryRow{
		{Term: v.T("booking.differs.total.accepted"), Value: v.Money(b.Total)},
		{Term: v.T("booking.differs.total.booked"), Value: v.Money(b.Booked)},
		{Term: v.T("booking.differs.services.accepted"), Value: v.Services(b.Quote, b.Services)},
		{Term: v.T("booking.differs.services.booked"), Value: v.Services(b.Quote, b.BookedWith)},
	}
}

// DueCountdown is the countdown of a booking that waits for payment.
func DueCountdown(v View, b booking.Booking, now time.Time, tz string) Countdown {
	left := locale.Key("booking.left")
	minutes := int(b.PayBy.Sub(now).Minutes())
	if minutes < 1 {
		left = "booking.left.last"
	}
	return Countdown{
		PayBy: v.Before(b.PayBy, now, tz), Zone: v.ZoneName(tz),
		Left:       v.T(string(left), "Count", minutes, "NowTime", now.In(Location(tz))),
		DeadlineMS: b.PayBy.UnixMilli(), NowMS: now.UnixMilli(), WholeMS: b.PayBy.Sub(b.T0).Milliseconds(),
		URL: "/bookings/" + b.Ref,
	}
}
