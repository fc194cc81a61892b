package web

import (
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// chip is a part of the filter in words; its link leads to the list without it.
type chip struct{ text, url string }

func (p ListPage) chips(v View) []chip {
	var list []chip
	f := p.Filter
	add := func(text string, change func(*ListFilter)) {
		list = append(list, chip{text, f.without(change).At(p.Path)})
	}
	if f.Query != "" {
		add(v.T("booking.list.searched", "Text", f.Query), func(f *ListFilter) { f.Query = "" })
	}
	for _, s := range f.States {
		add(v.T(stateKey(booking.State(s))), func(f *ListFilter) {
			f.States = slices.DeleteFunc(f.States, func(other string) bool { return other == s })
		})
	}
	if f.Zone != "" {
		add(v.T("filter.chip", "What", v.T("filter.zone"), "Value", f.Zone), func(f *ListFilter) { f.Zone = "" })
	}
	if f.Agency != "" {
		add(v.T("filter.chip", "What", v.T("filter.agency"), "Value", f.Agency), func(f *ListFilter) { f.Agency = "" })
	}
	if f.Seller != "" {
		add(v.T("filter.mine"), func(f *ListFilter) { f.Seller = "" })
	}
	if f.Insured != "" {
		add(v.T("filter.insured."+f.Insured), func(f *ListFilter) { f.Insured = "" })
	}
	if f.Uncompared != "" {
		add(v.T("filter.uncompared"), func(f *ListFilter) { f.Uncompared = "" })
	}
	if f.From != "" || f.To != "" {
		add(p.period(v), func(f *ListFilter) { f.From, f.To = "", "" })
	}
	if f.Least != "" || f.Most != "" {
		add(v.T("filter.amount", "Least", first(f.Least, "0"), "Most", first(f.Most, "…")), func(f *ListFilter) { f.Least, f.Most = "", "" })
	}
	return list
}

// period is the filter's period in words.
func (p ListPage) period(v View) string {
	return v.T("filter.period", "What", v.T("filter.on."+p.on()), "From", first(p.Filter.From, "…"), "To", first(p.Filter.To, "…"))
}

func (p ListPage) on() string { return first(p.Filter.On, string(booking.ByCreation)) }

func (p ListPage) stateBoxes(v View) ChoiceGroup {
	g := ChoiceGroup{ID: "state", Name: "state", Legend: v.T("booking.list.state"), Inline: true}
	for _, s := range booking.States() {
		g.Choices = append(g.Choices, Choice{
			ID: "state-" + string(s), Value: string(s), Label: v.T(stateKey(s)), Checked: slices.Contains(p.Filter.States, string(s)),
		})
	}
	return g
}

func (p ListPage) zoneField(v View) SelectField {
	var group OptionGroup
	for _, z := range p.Zones {
		o := Option{Value: z.Code, Label: z.Code + " – " + z.Name, Code: z.Code, Alias: z.City}
		// Bookings are looked for by the code, whichever of the zones that have it.
		i := slices.IndexFunc(group.Options, func(other Option) bool { return other.Code == o.Code })
		switch {
		case i < 0:
			group.Options = append(group.Options, o)
		case !strings.Contains(group.Options[i].Label, z.Name):
			group.Options[i].Label += ", " + z.Name
		}
	}
	return SelectField{
		Field: Field{ID: "zone", Name: "zone", Label: v.T("filter.zone"), Value: p.Filter.Zone}.WithErrors(p.Errors),
		Empty: v.T("filter.all"), Groups: []OptionGroup{group},
	}
}

func (p ListPage) agencyField(v View) SelectField {
	return SelectField{
		Field: Field{ID: "agency", Name: "agency", Label: v.T("filter.agency"), Value: p.Filter.Agency}.WithErrors(p.Errors),
		Empty: v.T("filter.all"), Groups: []OptionGroup{{Options: agencyOptions(p.Agencies)}},
	}
}

// choice is a select of a few codes whose names are in the catalogues.
func (v View) choice(name, value string, label locale.Key, prefix string, codes ...string) SelectField {
	f := SelectField{Field: Field{ID: name, Name: name, Label: v.T(string(label)), Value: value}, Groups: []OptionGroup{{}}}
	for _, code := range codes {
		f.Groups[0].Options = append(f.Groups[0].Options, Option{Value: code, Label: v.T(prefix + code)})
	}
	return f
}

func (p ListPage) insuredField(v View) SelectField {
	f := v.choice("insured", p.Filter.Insured, "filter.insurance", "filter.insured.", "yes", "no")
	f.Empty = v.T("filter.all")
	return f
}

func (p ListPage) onField(v View) SelectField {
	return v.choice("on", p.on(), "filter.on", "filter.on.",
		string(booking.ByCreation), string(booking.ByDropOff), string(booking.ByReturn), string(booking.ByMove))
}

func (p ListPage) text(v View, name, value string, hint locale.Key) Field {
	return Field{ID: name, Name: name, Label: v.T("filter." + name), Hint: v.T(string(hint)), Value: value, MaxLength: 20}.WithErrors(p.Errors)
}

func (p ListPage) from(v View) Field { return p.text(v, "from", p.Filter.From, "filter.date.hint") }

func (p ListPage) to(v View) Field { return p.text(v, "to", p.Filter.To, "filter.date.hint") }

func (p ListPage) least(v View) Field {
	return p.text(v, "least", p.Filter.Least, "filter.amount.hint")
}

func (p ListPage) most(v View) Field { return p.text(v, "most", p.Filter.Most, "filter.amount.hint") }

func (p ListPage) problems(v View) []Problem {
	return Problems(p.zoneField(v).Field, p.agencyField(v).Field, p.from(v), p.to(v), p.least(v), p.most(v))
}
