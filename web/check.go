package web

import (
	"strconv"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

func (p CheckPage) methods(v View) ChoiceGroup {
	g := methods(v, "sale.pay_method", p.Methods, p.Method, p.Errors)
	g.Inline = true // the button below stays in sight
	return g
}

func (p CheckPage) problems(v View) []Problem { return Problems(p.methods(v).AsField()) }

func (p CheckPage) url() string { return "/quotes/" + p.Draft.ID + "/check" }

func version(n int) string { return strconv.Itoa(n) }

func (p CheckPage) insured() bool { return hasCode(p.Draft.Services, booking.CancellationInsurance) }

// customerCardOf shows who travels.
func customerCardOf(v View, c booking.Customer, country, agencyRef, changeURL string) SummaryCard {
	card := SummaryCard{ID: "customer", Title: v.T("sale.customer"), ChangeURL: changeURL}
	card.Rows = []SummaryRow{
		{Term: v.T("sale.name"), Value: c.FirstName + " " + c.LastName},
		{Term: v.T("sale.phone"), Value: booking.Phone{E164: c.Phone, Country: country}.International()},
		{Term: v.T("sale.email"), Value: c.Email},
	}
	if key := "language." + c.Language; locale.Has(v.Lang, key) {
		card.Rows = append(card.Rows, SummaryRow{Term: v.T("sale.language.short"), Value: v.T(key)})
	}
	if agencyRef != "" {
		card.Rows = append(card.Rows, SummaryRow{Term: v.T("sale.agency_ref.short"), Value: agencyRef})
	}
	return card
}

// carCardOf shows what is parked.
func carCardOf(v View, c booking.Car, changeURL string) SummaryCard {
	card := SummaryCard{ID: "car", Title: v.T("sale.car"), ChangeURL: changeURL}
	card.Rows = []SummaryRow{{Term: v.T("sale.plate.short"), Value: booking.FormatPlate(c.Plate), Code: true}}
	card.addRow(v.T("sale.make"), c.Make)
	card.addRow(v.T("sale.model"), c.Model)
	card.addRow(v.T("sale.color"), c.Color)
	return card
}

func (c *SummaryCard) addRow(term, value string) {
	if value != "" {
		c.Rows = append(c.Rows, SummaryRow{Term: term, Value: value})
	}
}

// travel is what is known about the way there and back.
type travel struct{ kind, outbound, back, meeting string }

func (t travel) rows(v View) []SummaryRow {
	out, back := v.T("sale.flight.out"), v.T("sale.flight.back")
	if t.kind == "station" {
		out, back = v.T("sale.train.out"), v.T("sale.train.back")
	}
	var c SummaryCard
	c.addRow(v.T("sale.meeting_point"), t.meeting)
	c.addRow(out, t.outbound)
	c.addRow(back, t.back)
	return c.Rows
}

func (p CheckPage) travel() travel {
	d := p.Draft
	return travel{d.Stay.ZoneKind, d.Outbound, d.Return, meetingPoint(p.Zone, d.MeetingPt)}
}

// servicesCardOf shows what was added, and what that means for cancelling.
func servicesCardOf(v View, q booking.Quote, codes []string, changeURL string) SummaryCard {
	card := SummaryCard{ID: "services", Title: v.T("sale.services"), ChangeURL: changeURL}
	row := SummaryRow{Term: v.T("sale.services.chosen"), Value: v.services(q, codes)}
	card.Rows = []SummaryRow{row}
	return card
}

func hasCode(list []string, code string) bool {
	for _, c := range list {
		if c == code {
			return true
		}
	}
	return false
}

// otherStay is the stay of the other booking of the same car.
func (p CheckPage) otherStay(v View) []SummaryRow {
	b := p.Other
	return []SummaryRow{
		{Term: v.T("booking.reference"), Value: b.Ref, Code: true},
		{Term: v.T("sale.name"), Value: b.Customer.FirstName + " " + b.Customer.LastName},
		{Term: v.T("sale.place"), Value: b.Stay.ZoneCode + " – " + b.Stay.ZoneName},
		{Term: v.T("sale.from"), Value: v.moment(b.Stay.FromWall)},
		{Term: v.T("sale.to"), Value: v.moment(b.Stay.ToWall)},
	}
}
