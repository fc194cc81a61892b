package sale

import (
	"time"

	"guichet/internal/booking"
	"guichet/web/ui"
)

func (p CheckPage) methods(v ui.View) ui.ChoiceGroup {
	g := ui.Methods(v, "sale.pay_method", p.Methods, p.Method, p.Errors)
	g.Inline = true                               // the button below stays in sight
	if len(g.Choices) > 0 && len(p.Errors) == 0 { // a summary of errors has the focus first
		g.Choices[0].Focus = true
	}
	return g
}

func (p CheckPage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.methods(v).AsField())
}

func (p CheckPage) url() string { return "/quotes/" + p.Draft.ID + "/check" }

func (p CheckPage) insured() bool { return hasCode(p.Draft.Services, booking.CancellationInsurance) }

func (p CheckPage) travel() ui.Travel {
	d := p.Draft
	return ui.Travel{Kind: d.Stay.ZoneKind, Outbound: d.Outbound, Back: d.Return, Meeting: ui.MeetingPoint(p.Zone, d.MeetingPoint)}
}

// servicesCardOf shows what was added, and what that means for cancelling.
func servicesCardOf(v ui.View, q booking.Quote, codes []string, changeURL string) ui.SummaryCard {
	card := ui.SummaryCard{ID: "services", Title: v.T("sale.services"), ChangeURL: changeURL}
	row := ui.SummaryRow{Term: v.T("sale.services.chosen"), Value: v.Services(q, codes)}
	card.Rows = []ui.SummaryRow{row}
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
func (p CheckPage) otherStay(v ui.View) []ui.SummaryRow {
	b := p.Other
	return []ui.SummaryRow{
		{Term: v.T("booking.reference"), Value: b.Ref, Code: true},
		{Term: v.T("sale.name"), Value: b.Customer.FirstName + " " + b.Customer.LastName},
		{Term: v.T("sale.plate.short"), Value: b.Car.ShownPlate(), Code: true},
		{Term: v.T("sale.place"), Value: b.Stay.ZoneCode + " – " + b.Stay.ZoneName},
		{Term: v.T("sale.from"), Value: v.Moment(b.Stay.FromWall)},
		{Term: v.T("sale.to"), Value: v.Moment(b.Stay.ToWall)},
	}
}

// CheckPage is the subject of QuoteCheck, PriceChanged and SamePlate.
type CheckPage struct {
	Draft     booking.Draft
	Zone      booking.Zone
	Methods   []string // payment methods that the agency may record
	Method    string
	SamePlate bool // the agent already said that the car is booked twice
	Errors    map[string]string
	Now       time.Time
	Timezone  string // the agency's, for the time of the quote; the zone's when empty

	Before    booking.Money    // PriceChanged: what was accepted
	Gone      []string         // PriceChanged: services that are no longer offered
	Other     *booking.Booking // SamePlate: the car's other live booking
	Elsewhere string           // what the supplier calls a booking of the same car that is not known here
}

// change says by how much the total of a price-change page differs; empty when
// the currencies do.
func (p CheckPage) change(v ui.View) string {
	after := p.Draft.Total()
	if after.Currency != p.Before.Currency {
		return ""
	}
	return v.Signed(booking.Money{Cents: after.Cents - p.Before.Cents, Currency: after.Currency})
}
