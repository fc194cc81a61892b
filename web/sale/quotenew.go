package sale

import (
	"net/url"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

func (f QuoteForm) zone(v ui.View) ui.SelectField {
	s := ui.SelectField{
		Field: ui.Field{
			ID: "zone", Name: "zone", Label: v.T("sale.zone"), Hint: v.T("sale.zone.hint"),
			Value: f.Zone, Error: f.Errors["zone"], Key: "n",
		},
		Empty: v.T("sale.zone.choose"), Combobox: true,
	}
	if f.Zone == "" {
		s.Typed = f.ZoneText
	}
	s.Groups = ui.ZoneGroups(v, f.Zones)
	return s
}

// stayFields are the fields that say when; the echo of each end needs them all.
const stayFields = "zone from_date from_time to_date to_time from_fold to_fold"

// legWords are the message keys of one end of a stay.
type legWords struct{ legend, dateHint locale.Key }

func (f QuoteForm) from(v ui.View) ui.Leg {
	leg := f.leg(v, "from", f.FromDate, f.FromTime, legWords{"sale.leg.from", "sale.date.hint"})
	leg.Echo = f.FromEcho
	if f.AskFromFold {
		leg.Ask(f.fold(v, "from_fold", f.FromFold))
	}
	return leg
}

func (f QuoteForm) to(v ui.View) ui.Leg {
	leg := f.leg(v, "to", f.ToDate, f.ToTime, legWords{"sale.leg.to", "sale.date.hint.to"})
	leg.Echo = f.ToEcho
	if f.AskToFold {
		leg.Ask(f.fold(v, "to_fold", f.ToFold))
	}
	return leg
}

func (f QuoteForm) leg(v ui.View, id, date, clock string, words legWords) ui.Leg {
	return ui.Leg{
		ID: id, Legend: v.T(string(words.legend)),
		EchoURL: "/fragments/when?leg=" + id, EchoFrom: stayFields,
		Date: ui.Field{
			ID: id + "_date", Name: id + "_date", Label: v.T("sale.date"), Hint: v.T(string(words.dateHint)),
			Value: date, Error: f.Errors[id+"_date"],
		},
		Time: ui.Field{
			ID: id + "_time", Name: id + "_time", Label: v.T("sale.time"), Hint: v.T("sale.time.hint"),
			Value: clock, Error: f.Errors[id+"_time"], InputMode: "numeric",
		},
	}
}

// fold asks which of two equal wall times is meant when clocks go back.
func (f QuoteForm) fold(v ui.View, name, chosen string) *ui.ChoiceGroup {
	return &ui.ChoiceGroup{
		ID: name, Name: name, Legend: v.T("sale.fold"), Error: f.Errors[name], Inline: true,
		Choices: []ui.Choice{
			{ID: name + "-before", Value: "before", Label: v.T("sale.fold.before"), Checked: chosen == "before"},
			{ID: name + "-after", Value: "after", Label: v.T("sale.fold.after"), Checked: chosen == "after"},
		},
	}
}

func (f QuoteForm) outbound(v ui.View) ui.Field {
	return travelField(v, "outbound", "sale.outbound", f.Outbound, f.Errors)
}

func (f QuoteForm) back(v ui.View) ui.Field {
	return travelField(v, "return", "sale.return", f.Return, f.Errors)
}

// travelField is the number of a flight or train.
func travelField(v ui.View, name string, label locale.Key, value string, errs map[string]string) ui.Field {
	return ui.Field{
		ID: name, Name: name, Label: v.T(string(label)), Value: value, Error: errs[name],
		Capitalize: "characters", Width: "s", Code: true, Optional: true,
	}
}

// afresh is the form without what was typed before.
func (f QuoteForm) afresh() string {
	q := url.Values{"afresh": {"1"}}
	if f.From != "" {
		q.Set("draft", f.From)
	}
	if f.With != "" {
		q.Set("with", f.With)
	}
	return "/quotes/new?" + q.Encode()
}

// travelOpen reports that the numbers of flights or trains must be seen.
func (f QuoteForm) travelOpen() bool {
	return f.Outbound+f.Return+f.Errors["outbound"]+f.Errors["return"] != ""
}

func (f QuoteForm) problems(v ui.View) []ui.Problem {
	from, to := f.from(v), f.to(v)
	fields := []ui.Field{f.line(v), f.zone(v).Field, from.Date, from.Time}
	if from.Overlap != nil {
		fields = append(fields, from.Overlap.AsField())
	}
	fields = append(fields, to.Date, to.Time)
	if to.Overlap != nil {
		fields = append(fields, to.Overlap.AsField())
	}
	return ui.AllProblems(f.Errors, append(fields, f.outbound(v), f.back(v))...)
}

// QuoteForm is the subject of QuoteNew: what was typed, untouched.
type QuoteForm struct {
	Zones                           []booking.Zone // those that can be sold
	Zone                            string         // the chosen zone's code
	ZoneText                        string         // what was typed and is no zone
	FromDate, FromTime              string
	ToDate, ToTime                  string
	FromFold, ToFold                string // "before" or "after" the clocks change
	AskFromFold, AskToFold          bool   // the time happens twice: ask which
	Outbound, Return                string
	From                            string   // id of the draft whose customer is kept
	FromEcho, ToEcho                ui.Echo  // the two ends in words, and the duration
	Timezone                        string   // of the chosen zone; the agency's before that
	Line                            string   // the quote in one line, as it was typed
	Services                        []string // codes that the line asks for
	With                            string   // reference of the booking whose customer and car are taken
	For                             string   // those, in a line; empty while they are not known
	Kept                            bool     // it was typed before, and brought no quote
	Errors                          map[string]string
	Recent                          []booking.Draft
	SupplierDownSince, ZonesFetched time.Time // zero when all is well
	Now                             time.Time
}

// line is the quote in one line.
func (f QuoteForm) line(v ui.View) ui.Field {
	return ui.Field{ID: "line", Name: "line", Label: v.T("sale.line"), Hint: v.T("sale.line.hint"), Value: f.Line, Error: f.Errors["line"], Code: true}
}

// filled reports that a line filled the form, and that it can be sent.
func (f QuoteForm) filled() bool { return f.Line != "" && len(f.Errors) == 0 }
