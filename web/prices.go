package web

import (
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

func priceRows(v View, s booking.Stay, q booking.Quote, services []string) Price {
	p := Price{Caption: v.T("sale.price"), TotalLabel: v.T("sale.total")}
	p.Rows = append(p.Rows, PriceRow{Label: v.T("sale.stay.valet"), Detail: v.Lang.Days(s.Days()), Amount: v.money(q.Base)})
	for _, code := range services {
		if o, ok := q.Offer(code); ok {
			label := v.service(q, code)
			p.Rows = append(p.Rows, PriceRow{Label: label.text, Lang: label.lang, Amount: v.money(o.Price)})
		}
	}
	return p
}

// bookingPrice is what a booking costs. Where the supplier's total is not the
// sum of the accepted quote, a row says by how much.
func bookingPrice(v View, b booking.Booking) Price {
	p := priceRows(v, b.Stay, b.Quote, b.Chosen())
	sum, _ := b.Quote.Total(b.Chosen())
	due := b.Due()
	p.Total = v.money(due)
	switch {
	case sum.Currency != due.Currency:
		p.Rows = nil
	case sum.Cents != due.Cents:
		p.Rows = append(p.Rows, PriceRow{Label: v.T("booking.price.difference"), Amount: v.signed(booking.Money{Cents: due.Cents - sum.Cents, Currency: due.Currency})})
	}
	return p
}

// signed writes a difference with its sign.
func (v View) signed(m booking.Money) string {
	if m.Cents > 0 {
		return "+" + v.money(m)
	}
	return v.money(m)
}

// differences are what was accepted, each above what the supplier booked.
func differences(v View, b booking.Booking) []SummaryRow {
	return []SummaryRow{
		{Term: v.T("booking.differs.total.accepted"), Value: v.money(b.Total)},
		{Term: v.T("booking.differs.total.booked"), Value: v.money(b.Booked)},
		{Term: v.T("booking.differs.services.accepted"), Value: v.services(b.Quote, b.Services)},
		{Term: v.T("booking.differs.services.booked"), Value: v.services(b.Quote, b.BookedWith)},
	}
}

// due is the countdown of a booking that waits for payment.
func due(v View, b booking.Booking, now time.Time, tz string) Countdown {
	left := locale.Key("booking.left")
	minutes := int(b.PayBy.Sub(now).Minutes())
	if minutes < 1 {
		left = "booking.left.last"
	}
	return Countdown{
		PayBy: v.Lang.Time(b.PayBy.In(location(tz))), Zone: v.zoneName(tz),
		Left:       v.T(string(left), "Count", minutes, "NowTime", now.In(location(tz))),
		DeadlineMS: b.PayBy.UnixMilli(), NowMS: now.UnixMilli(), WholeMS: b.PayBy.Sub(b.T0).Milliseconds(),
		URL: "/bookings/" + b.Ref,
	}
}
