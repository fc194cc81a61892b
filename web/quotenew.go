package web

import (
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// aliases are other names by which callers know a place. The city is one too.
var aliases = map[string]string{
	"CDG": "Roissy", "ORY": "Orly", "LYS": "Satolas St-Exupéry St-Ex", "MRS": "Marignane", "TLS": "Blagnac",
	"BOD": "Mérignac", "NTE": "Bouguenais", "BVA": "Tillé", "GVA": "Cointrin", "BRU": "Zaventem",
	"ZYR": "Brussels Midi", "XRF": "St-Charles", "LIS": "Portela", "RUN": "Saint-Denis Gillot", "PTP": "Pointe-à-Pitre",
}

func (f QuoteForm) zone(v View) SelectField {
	s := SelectField{
		Field: Field{
			ID: "zone", Name: "zone", Label: v.T("sale.zone"), Hint: v.T("sale.zone.hint"),
			Value: f.Zone, Error: f.Errors["zone"], Key: "n",
		},
		Empty: v.T("sale.zone.choose"), Combobox: true,
	}
	if f.Zone == "" {
		s.Typed = f.ZoneText
	}
	s.Groups = zoneGroups(v, f.Zones)
	return s
}

// zoneGroups offers zones by their kind.
func zoneGroups(v View, zones []booking.Zone) (groups []OptionGroup) {
	for _, kind := range []struct {
		code  string
		label locale.Key
	}{{"airport", "sale.zone.airports"}, {"station", "sale.zone.stations"}, {"", "sale.zone.others"}} {
		g := OptionGroup{Label: v.T(string(kind.label))}
		for _, z := range zones {
			if z.Kind == kind.code || (kind.code == "" && z.Kind != "airport" && z.Kind != "station") {
				g.Options = append(g.Options, zoneOption(v, zones, z))
			}
		}
		if len(g.Options) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// zoneOption says of a zone whose code others have, too, what tells it apart: its
// city and its kind, and the supplier's id where these are the same.
func zoneOption(v View, zones []booking.Zone, z booking.Zone) Option {
	o := Option{Value: booking.ZoneKey(zones, z), Label: z.Code + " – " + z.Name, Code: z.Code, Alias: aliases[z.Code]}
	if !strings.Contains(z.Name, z.City) {
		o.Alias = strings.TrimSpace(o.Alias + " " + z.City)
	}
	if o.Value != z.Code {
		o.Label = v.apart(z)
		if slices.ContainsFunc(zones, func(other booking.Zone) bool { return other.ID != z.ID && v.apart(other) == o.Label }) {
			o.Label += " · " + z.ID
		}
	}
	return o
}

// apart is a zone in full.
func (v View) apart(z booking.Zone) string {
	text := z.Code + " – " + z.Name
	if z.City != "" && !strings.Contains(z.Name, z.City) {
		text += ", " + z.City
	}
	return text + " · " + v.zoneKind(z)
}

// stayFields are the fields that say when; the echo of each end needs them all.
const stayFields = "zone from_date from_time to_date to_time"

// legWords are the message keys of one end of a stay.
type legWords struct{ legend, dateHint locale.Key }

func (f QuoteForm) from(v View) Leg {
	leg := f.leg(v, "from", f.FromDate, f.FromTime, legWords{"sale.leg.from", "sale.date.hint"})
	leg.Echo = f.FromEcho
	if f.AskFromFold {
		leg.ask(f.fold(v, "from_fold", f.FromFold))
	}
	return leg
}

func (f QuoteForm) to(v View) Leg {
	leg := f.leg(v, "to", f.ToDate, f.ToTime, legWords{"sale.leg.to", "sale.date.hint.to"})
	leg.Echo = f.ToEcho
	if f.AskToFold {
		leg.ask(f.fold(v, "to_fold", f.ToFold))
	}
	return leg
}

func (f QuoteForm) leg(v View, id, date, clock string, words legWords) Leg {
	return Leg{
		ID: id, Legend: v.T(string(words.legend)),
		EchoURL: "/fragments/when?leg=" + id, EchoFrom: stayFields,
		Date: Field{
			ID: id + "_date", Name: id + "_date", Label: v.T("sale.date"), Hint: v.T(string(words.dateHint)),
			Value: date, Error: f.Errors[id+"_date"], MaxLength: 20,
		},
		Time: Field{
			ID: id + "_time", Name: id + "_time", Label: v.T("sale.time"), Hint: v.T("sale.time.hint"),
			Value: clock, Error: f.Errors[id+"_time"], MaxLength: 20, InputMode: "numeric",
		},
	}
}

// ask adds the question that answers what is wrong with the time.
func (l *Leg) ask(which *ChoiceGroup) {
	which.Error, l.Time.Error = first(which.Error, l.Time.Error), ""
	l.Overlap = which
}

// fold asks which of two equal wall times is meant when clocks go back.
func (f QuoteForm) fold(v View, name, chosen string) *ChoiceGroup {
	return &ChoiceGroup{
		ID: name, Name: name, Legend: v.T("sale.fold"), Error: f.Errors[name], Inline: true,
		Choices: []Choice{
			{ID: name + "-before", Value: "before", Label: v.T("sale.fold.before"), Checked: chosen == "before"},
			{ID: name + "-after", Value: "after", Label: v.T("sale.fold.after"), Checked: chosen == "after"},
		},
	}
}

func (f QuoteForm) outbound(v View) Field {
	return travelField(v, "outbound", "sale.outbound", f.Outbound, f.Errors)
}

func (f QuoteForm) back(v View) Field {
	return travelField(v, "return", "sale.return", f.Return, f.Errors)
}

// travelField is the number of a flight or train.
func travelField(v View, name string, label locale.Key, value string, errs map[string]string) Field {
	return Field{
		ID: name, Name: name, Label: v.T(string(label)), Value: value, Error: errs[name],
		Capitalize: "characters", MaxLength: 12, Width: "s", Code: true, Optional: true,
	}
}

// travelOpen reports that the numbers of flights or trains must be seen.
func (f QuoteForm) travelOpen() bool {
	return f.Outbound+f.Return+f.Errors["outbound"]+f.Errors["return"] != ""
}

func (f QuoteForm) problems(v View) []Problem {
	from, to := f.from(v), f.to(v)
	fields := []Field{f.zone(v).Field, from.Date, from.Time}
	if from.Overlap != nil {
		fields = append(fields, from.Overlap.AsField())
	}
	fields = append(fields, to.Date, to.Time)
	if to.Overlap != nil {
		fields = append(fields, to.Overlap.AsField())
	}
	return Problems(append(fields, f.outbound(v), f.back(v))...)
}
