package sale

import (
	"slices"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// DatesPage is the subject of QuoteDates: a quote, and the same stay on other dates.
type DatesPage struct {
	Draft    booking.Draft
	Now      time.Time
	Timezone string // the agency's
	Shift    bool   // both ends move together
	List     []booking.Alternative
	Missing  locale.Key // why some dates were not asked for; empty when all were
}

// shifts and ends are how far dates are compared.
const shifts, ends = 4, 1

// Moves are the dates to ask for, the nearest first.
func (p DatesPage) Moves() (list []booking.Move) {
	if p.Shift {
		for n := 1; n <= shifts; n++ {
			list = append(list, booking.Move{From: -n, To: -n}, booking.Move{From: n, To: n})
		}
		return list
	}
	for from := -ends; from <= ends; from++ {
		for to := -ends; to <= ends; to++ {
			if from != 0 || to != 0 {
				list = append(list, booking.Move{From: from, To: to})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b booking.Move) int { return a.From*a.From + a.To*a.To - b.From*b.From - b.To*b.To })
	return list
}

// alternative is one row of the page.
type alternative struct {
	booking.Alternative
	current    bool
	total      string // empty when there is none
	difference string // to the quote; empty without one to compare with
	lacks      string // chosen services that are not offered then
	cheapest   bool
}

// rows are the stay of the quote and the others in the order of their dates.
func (p DatesPage) rows(v ui.View) []alternative {
	all := append([]booking.Alternative{{
		FromWall: p.Draft.Stay.FromWall, ToWall: p.Draft.Stay.ToWall, Possible: true, Asked: true, Quote: p.Draft.Quote,
	}}, p.List...)
	slices.SortFunc(all, func(a, b booking.Alternative) int {
		if n := a.FromWall.Compare(b.FromWall); n != 0 {
			return n
		}
		return a.ToWall.Compare(b.ToWall)
	})
	least := int64(-1)
	for _, a := range all {
		if total, gone := a.Quote.Total(p.Draft.Services); a.Quote.Available && len(gone) == 0 && (least < 0 || total.Cents < least) {
			least = total.Cents
		}
	}
	rows := make([]alternative, len(all))
	for i, a := range all {
		row := alternative{Alternative: a, current: a.Move == booking.Move{}}
		if a.Quote.Available {
			total, gone := a.Quote.Total(p.Draft.Services)
			row.total, row.lacks = v.Money(total), v.Services(p.Draft.Quote, gone)
			row.cheapest = total.Cents == least && len(gone) == 0
			if p.Draft.Quote.Available && !row.current {
				row.difference = v.Signed(booking.Money{Cents: total.Cents - p.Draft.Total().Cents, Currency: total.Currency})
			}
			if len(gone) == 0 {
				row.lacks = ""
			}
		}
		rows[i] = row
	}
	return rows
}

// spaces is how many of the other dates have space.
func (p DatesPage) spaces() (n int) {
	for _, a := range p.List {
		if a.Quote.Available {
			n++
		}
	}
	return n
}

// day and clock are what the form of a row sends.
func day(t time.Time) string   { return t.Format("02/01/2006") }
func clock(t time.Time) string { return t.Format("15:04") }

func (p DatesPage) zoneKey() string { return p.Draft.Stay.ZoneCode + "/" + p.Draft.Stay.ZoneID }

func (p DatesPage) url(by string) string { return "/quotes/" + p.Draft.ID + "/dates?by=" + by }

func (p DatesPage) byWord() string {
	if p.Shift {
		return "shift"
	}
	return "ends"
}
