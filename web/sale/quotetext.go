package sale

import (
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// text is the quote as it is sent to the customer, in that language.
func (p DraftPage) text(l locale.Lang) string {
	v, d := ui.View{Lang: l}, p.Draft
	moment := func(wall time.Time) string { return l.DateLong(wall) + ", " + l.Time(wall) }
	var rows []string
	for _, r := range ui.PriceRows(v, d.Stay, d.Quote, d.Services).Rows {
		rows = append(rows, l.T("sale.text.row", "Label", r.Label, "Amount", r.Amount))
	}
	rule := "sale.text.not_insured"
	if slices.Contains(d.Services, booking.CancellationInsurance) {
		rule = "sale.text.insured"
	}
	at := d.Quote.QuotedAt.In(ui.Location(p.Timezone))
	return l.T("sale.text.body",
		"Place", d.Stay.ZoneName, "From", moment(d.Stay.FromWall), "To", moment(d.Stay.ToWall), "Zone", l.ZoneName(d.Stay.Timezone),
		"Days", l.Days(d.Stay.Days()), "Rows", strings.Join(rows, "\n"), "Total", v.Money(d.Total()),
		"Day", l.DateLong(at), "Time", l.Time(at), "Rule", l.T(rule), "Agent", p.Agent, "Agency", p.Agency)
}
