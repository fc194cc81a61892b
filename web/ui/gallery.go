package ui

import (
	"guichet/internal/booking"
)

// The samples of the gallery. Its texts are in the catalogues like all others;
// names and numbers are made up.

func (v View) sampleProblems() []Problem {
	return append(
		Problems(v.sampleBadZone().Field, v.sampleBadLeg().Date, v.samplePaid().AsField()),
		Problem{"email", v.T("ui.error.email")},
	)
}

func (v View) sampleZone(id, chosen string) SelectField {
	return SelectField{
		Field:    Field{ID: id, Name: id, Label: v.T("ui.zone"), Hint: v.T("ui.zone.hint"), Value: chosen, Key: "n"},
		Empty:    v.T("ui.zone.empty"),
		Combobox: true,
		Groups: []OptionGroup{
			{v.T("ui.zone.airports"), []Option{
				{Value: "CDG", Label: "CDG – Paris-Charles-de-Gaulle", Code: "CDG", Alias: "Roissy"},
				{Value: "ORY", Label: "ORY – Paris-Orly", Code: "ORY"},
				{Value: "LYS", Label: "LYS – Lyon-Saint-Exupéry", Code: "LYS", Alias: "Satolas"},
				{Value: "RUN", Label: "RUN – La Réunion Roland-Garros", Code: "RUN", Alias: "Saint-Denis"},
			}},
			{v.T("ui.zone.stations"), []Option{
				{Value: "LPD", Label: "LPD – Lyon Part-Dieu", Code: "LPD"},
				{Value: "AIX", Label: "AIX – Aix-en-Provence TGV", Code: "AIX"},
			}},
		},
	}
}

func (v View) sampleBadZone() SelectField {
	f := v.sampleZone("zone2", "")
	f.Typed, f.Error, f.Key = "Roissi", v.T("ui.error.zone"), ""
	return f
}

func (v View) sampleLeg(id, legend, echo string) Leg {
	return Leg{
		ID: id, Legend: legend, Echo: Echo{Text: echo},
		EchoURL: "/fragments/when?leg=" + id, EchoFrom: "zone from_date from_time to_date to_time",
		Date: Field{ID: id + "_date", Name: id + "_date", Label: v.T("ui.date"), Hint: v.T("ui.date.hint"), Value: "04/07/2026"},
		Time: Field{ID: id + "_time", Name: id + "_time", Label: v.T("ui.time"), Hint: v.T("ui.time.hint"), Value: "06:05", InputMode: "numeric"},
	}
}

func (v View) sampleBadLeg() Leg {
	l := v.sampleLeg("bad", v.T("ui.return"), "")
	l.Date.Value, l.Date.Error = "03/07", v.T("ui.error.return")
	l.Overlap = &ChoiceGroup{
		ID: "overlap", Name: "overlap", Legend: v.T("ui.overlap"), Inline: true,
		Choices: []Choice{
			{ID: "overlap-before", Value: "before", Label: v.T("ui.overlap.before")},
			{ID: "overlap-after", Value: "after", Label: v.T("ui.overlap.after")},
		},
	}
	return l
}

func (v View) sampleServices() ChoiceGroup {
	return ChoiceGroup{
		ID: "services", Name: "services", Legend: v.T("ui.services"),
		Choices: []Choice{
			{ID: "s-insurance", Value: "cancellation_insurance", Label: v.T("ui.insurance"), Hint: v.T("ui.insurance.hint"), Price: v.T("ui.amount.insurance"), Checked: true},
			{ID: "s-covered", Value: "covered_parking", Label: v.T("ui.covered"), Price: v.T("ui.amount.covered")},
			{ID: "s-wash", Value: "wash", Label: v.T("ui.wash"), Price: v.T("ui.amount.covered")},
		},
	}
}

func (v View) samplePaid() ChoiceGroup {
	return ChoiceGroup{
		ID: "paid", Name: "method", Legend: v.T("ui.paid"), Error: v.T("ui.error.pay"),
		Choices: []Choice{
			{ID: "paid-card", Value: "card", Label: v.T("ui.paid.card")},
			{ID: "paid-cash", Value: "cash", Label: v.T("ui.paid.cash")},
		},
	}
}

func (v View) sampleLanguage() ChoiceGroup {
	g := LanguageChoice(v.T("ui.language"), string(v.Lang), "")
	g.Inline = true
	return g
}

func (v View) samplePhone() PhoneField {
	return PhoneField{
		Country: SelectField{
			Field:  Field{ID: "phone_country", Name: "phone_country", Label: v.T("ui.country"), Value: "FR"},
			Groups: []OptionGroup{{Options: []Option{{Value: "FR", Label: v.Lang.Country("FR") + " (+33)"}, {Value: "BE", Label: v.Lang.Country("BE") + " (+32)"}}}},
		},
		Number:  Field{ID: "phone", Name: "phone", Label: v.T("ui.phone"), Hint: v.T("ui.phone.hint"), Value: "01 99 00 12 34", Warning: v.T("ui.phone.warning"), Type: "tel", InputMode: "tel"},
		Preview: v.T("ui.phone.preview"), PreviewURL: "/fragments/phone",
	}
}

func (v View) sampleBoard() Board {
	return Board{
		Code: "CDG", Place: v.T("ui.place"), Duration: v.T("ui.days"), ZoneName: v.T("ui.paris"),
		From: BoardSide{v.T("ui.from"), v.T("ui.day.from"), "06:05", "", "2026-07-04T06:05:00+02:00"},
		To:   BoardSide{v.T("ui.to"), v.T("ui.day.to"), "22:40", "", "2026-07-12T22:40:00+02:00"},
	}
}

func (v View) samplePrice() Price {
	return Price{
		Caption: v.T("ui.price.caption"), TotalLabel: v.T("ui.price.total"), Total: v.T("ui.amount.total"), Note: v.T("ui.price.note"),
		Rows: []PriceRow{
			{Label: v.T("ui.price.stay"), Detail: v.T("ui.days"), Amount: v.T("ui.amount.stay")},
			{Label: v.T("ui.insurance"), Amount: v.T("ui.amount.insurance")},
		},
	}
}

func (v View) sampleCountdown(minutes int64, left string) Countdown {
	const now = 1_782_910_200_000
	return Countdown{
		PayBy: v.T("sale.before", "Time", "15:42"), Zone: v.T("ui.paris"), Left: left, URL: "/_ui",
		NowMS: now, DeadlineMS: now + minutes*60_000, WholeMS: 3_540_000,
	}
}

func (v View) sampleSummary() []SummaryRow {
	return []SummaryRow{
		{Term: v.T("ui.zone"), Value: v.T("ui.place")},
		{Term: v.T("ui.from"), Value: v.T("ui.echo.from")},
		{Term: v.T("ui.plate"), Value: "AB-123-CD", Code: true},
	}
}

func (v View) sampleTimeline() []TimelineItem {
	return []TimelineItem{
		{Title: v.T("ui.timeline.paid"), When: "15:10", DateTime: "2026-07-01T15:10:00+02:00", Who: "A. Martin", Text: v.T("ui.paid.card"), Kind: OK},
		{Title: v.T("ui.timeline.created"), When: "14:42", DateTime: "2026-07-01T14:42:00+02:00", Who: "A. Martin"},
		{Title: v.T("ui.timeline.quote"), When: "14:32", DateTime: "2026-07-01T14:32:00+02:00", Who: "A. Martin", Kind: Mute},
	}
}

type sampleRow struct {
	ref, name, zone string
	state           booking.State
}

func sampleRows() []sampleRow {
	return []sampleRow{
		{"GU-7K2M-9QXD", "Durand, Camille", "CDG", booking.Held},
		{"GU-4T8B-2HWN", "Smith, Jo", "LYS", booking.Confirmed},
		{"GU-1C9R-6ZPA", "Ali, Nour", "ORY", booking.Cancelled},
	}
}
