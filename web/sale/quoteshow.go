package sale

import (
	"cmp"
	"slices"
	"time"

	"guichet/internal/booking"
	"guichet/web/ui"
)

// DraftPage is the subject of QuoteShow: a quote and what can be added.
type DraftPage struct {
	Draft  booking.Draft
	Now    time.Time
	Errors map[string]string
	Gone   []string // services that are no longer offered

	Timezone string // the agency's, for the time of the quote; the zone's when empty

	Agent, Agency string // who sends the quote
}

// draftPrice is what the chosen services make of a quote. tz is the timezone
// in which the time of the quote is told.
func draftPrice(v ui.View, d booking.Draft, now time.Time, tz string) ui.Price {
	p := ui.PriceRows(v, d.Stay, d.Quote, d.Services)
	p.Total = v.Money(d.Total())
	tz = cmp.Or(tz, d.Stay.Timezone)
	p.Note = v.T("sale.price.note", "When", v.At(d.Quote.QuotedAt, now, tz), "Zone", v.ZoneName(tz))
	if age := now.Sub(d.Quote.QuotedAt); age >= oldQuote {
		p.Note = v.T("sale.price.old", "Count", int(age.Minutes()))
	}
	return p
}

// oldQuote is the age from which a page says how old its quote is.
const oldQuote = 15 * time.Minute

// offerChoices are the services of a draft as rows to tick.
func (p DraftPage) offerChoices(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{
		ID: "service", Name: "service", Legend: v.T("sale.services"), Error: p.Errors["service"],
	}
	for _, o := range offers(p.Draft.Quote) {
		label := v.Service(p.Draft.Quote, o.Code)
		c := ui.Choice{
			ID: "service-" + o.Code, Value: o.Code, Label: label.Text, Lang: label.Lang,
			Price: v.Money(o.Price), Checked: slices.Contains(p.Draft.Services, o.Code),
		}
		if o.Code == booking.CancellationInsurance {
			c.Hint = v.T("sale.insurance.hint")
		}
		g.Choices = append(g.Choices, c)
	}
	return g
}

// twoWashes reports that two kinds of washing are chosen, which is seldom meant.
func (p DraftPage) twoWashes() bool {
	return slices.Contains(p.Draft.Services, "exterior_wash") && slices.Contains(p.Draft.Services, "full_wash")
}

// past reports that the stay has begun, so that nobody sells it.
func (p DraftPage) past() bool { return p.Draft.Stay.From.Before(p.Now) }

func (p DraftPage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.offerChoices(v).AsField())
}

// offers returns the services of a quote in the order of the page.
func offers(q booking.Quote) []booking.Offer {
	rank := func(o booking.Offer) int {
		if i := slices.Index(offeredFirst, o.Code); i >= 0 {
			return i
		}
		return len(offeredFirst)
	}
	list := slices.Clone(q.Offers)
	slices.SortStableFunc(list, func(a, b booking.Offer) int { return rank(a) - rank(b) })
	return list
}

// offeredFirst is the order in which services are offered: what decides about
// cancelling comes first.
var offeredFirst = []string{booking.CancellationInsurance, booking.CoveredParking}

// draftSentence is the sentence of a draft in its customer's language.
func draftSentence(v ui.View, d booking.Draft) ui.ReadAloud {
	cv, lang := v.Speaking(d.Customer.Language)
	return ui.ReadAloud{ID: "sentence", Text: cv.Sentence(d.Stay, d.Quote, d.Services, d.Total()), Lang: lang}
}
