package ui

import (
	"regexp"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/locale"
)

// CustomerCardOf shows who travels.
func CustomerCardOf(v View, c booking.Customer, country, agencyRef, changeURL string) SummaryCard {
	card := SummaryCard{ID: "customer", Title: v.T("sale.customer"), ChangeURL: changeURL}
	card.Rows = []SummaryRow{
		{Term: v.T("sale.name"), Value: c.FirstName + " " + c.LastName},
		{Term: v.T("sale.phone"), Value: contact.Phone{E164: c.Phone, Country: country}.International()},
		{Term: v.T("sale.email"), Value: c.Email},
	}
	if l := locale.Lang(c.Language); l.Valid() {
		card.Rows = append(card.Rows, SummaryRow{Term: v.T("sale.language.short"), Value: v.Lang.Language(l)})
	}
	if agencyRef != "" {
		card.Rows = append(card.Rows, SummaryRow{Term: v.T("sale.agency_ref.short"), Value: agencyRef})
	}
	return card
}

// CarCardOf shows what is parked.
func CarCardOf(v View, c booking.Car, changeURL string) SummaryCard {
	card := SummaryCard{ID: "car", Title: v.T("sale.car"), ChangeURL: changeURL}
	card.Rows = []SummaryRow{{Term: v.T("sale.plate.short"), Value: c.ShownPlate(), Code: true}}
	card.AddRow(v.T("sale.make"), c.Make)
	card.AddRow(v.T("sale.model"), c.Model)
	card.AddRow(v.T("sale.color"), c.Color)
	return card
}

// AddRow adds a row, unless its value is empty.
func (c *SummaryCard) AddRow(term, value string) {
	if value != "" {
		c.Rows = append(c.Rows, SummaryRow{Term: term, Value: value})
	}
}

// Travel is what is known about the way there and back.
type Travel struct{ Kind, Outbound, Back, Meeting string }

// Rows are the rows of what is known.
func (t Travel) Rows(v View) []SummaryRow {
	out, back := v.T("sale.flight.out"), v.T("sale.flight.back")
	if t.Kind == "station" {
		out, back = v.T("sale.train.out"), v.T("sale.train.back")
	}
	var c SummaryCard
	c.AddRow(v.T("sale.meeting_point"), t.Meeting)
	c.AddRow(out, t.Outbound)
	c.AddRow(back, t.Back)
	return c.Rows
}

// SummaryRow is one answer on a summary card.
type SummaryRow struct {
	Term, Value string
	Lang        string // of a value in another language
	Code        bool
}

// untranslated is what no browser may take for words: a reference or a plate.
var untranslated = regexp.MustCompile(`^(GU-[0-9A-Z]{4}-[0-9A-Z]{4}|[A-Z]{2}-[0-9]{3}-[A-Z]{2})$`)

// NoWords reports that a text is a reference or a plate.
func NoWords(text string) bool { return untranslated.MatchString(text) }

// SummaryCard shows answers and where to change them.
type SummaryCard struct {
	ID, Title string
	ChangeURL string // none when the answers are final
	Rows      []SummaryRow
}
