package sale

import (
	"guichet/internal/contact"
	"guichet/web/ui"
)

// customerCard says of the phone which country and line it is of.
func (p CheckPage) customerCard(v ui.View) ui.SummaryCard {
	d := p.Draft
	card := ui.CustomerCardOf(v, d.Customer, d.Phone.Country, d.AgencyRef, "/quotes/"+d.ID+"/customer#last_name")
	phone := contact.PhoneOf(d.Customer.Phone, d.Phone.Country)
	for i := range card.Rows {
		if card.Rows[i].Term == v.T("sale.phone") {
			card.Rows[i].Value = v.T("sale.phone.kind", "Number", phone.International(), "Country", phone.Country, "Line", v.T("sale.phone.line."+phone.Line))
		}
	}
	return card
}

// sameLetters says which other booking has the car, or one whose plate is told from
// its own by the separators alone.
func (p CheckPage) sameLetters(v ui.View) string {
	if p.otherCar() {
		return v.T("sale.same_plate.letters", "Plate", p.Draft.Car.ShownPlate(), "Other", p.Other.Car.ShownPlate())
	}
	return v.T("sale.same_plate.text", "Plate", ui.CarLine(p.Draft.Car))
}

// bookTwice answers that the car is booked twice, or is another one.
func (p CheckPage) bookTwice(v ui.View) string {
	if p.otherCar() {
		return v.T("sale.same_plate.another")
	}
	return v.T("sale.same_plate.book")
}

// otherCar reports that the two plates are not written alike.
func (p CheckPage) otherCar() bool {
	return p.Other != nil && p.Other.Car.ShownPlate() != p.Draft.Car.ShownPlate()
}
