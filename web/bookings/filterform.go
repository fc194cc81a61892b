package bookings

import (
	"cmp"
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// chip is a part of the filter in words; its link leads to the list without it.
type chip struct{ text, url string }

func (p ListPage) chips(v ui.View) []chip {
	var list []chip
	f := p.Filter
	add := func(text string, change func(*ui.ListFilter)) {
		list = append(list, chip{text, f.Without(change).At(p.Path)})
	}
	if f.Query != "" {
		add(v.T("booking.list.searched", "Text", f.Query), func(f *ui.ListFilter) { f.Query = "" })
	}
	for _, s := range f.States {
		add(v.T(ui.StateKey(booking.State(s))), func(f *ui.ListFilter) {
			f.States = slices.DeleteFunc(f.States, func(other string) bool { return other == s })
		})
	}
	if f.Zone != "" {
		add(v.T("filter.chip", "What", v.T("filter.zone"), "Value", f.Zone), func(f *ui.ListFilter) { f.Zone = "" })
	}
	if f.Agency != "" {
		add(v.T("filter.chip", "What", v.T("filter.agency"), "Value", f.Agency), func(f *ui.ListFilter) { f.Agency = "" })
	}
	if f.Seller != "" {
		add(v.T("filter.mine"), func(f *ui.ListFilter) { f.Seller = "" })
	}
	if f.Insured != "" {
		add(v.T("filter.insured."+f.Insured), func(f *ui.ListFilter) { f.Insured = "" })
	}
	if f.Uncompared != "" {
		add(v.T("filter.uncompared"), func(f *ui.ListFilter) { f.Uncompared = "" })
	}
	if f.From != "" || f.To != "" {
		add(p.period(v), func(f *ui.ListFilter) { f.From, f.To = "", "" })
	}
	if f.Min != "" || f.Max != "" {
		add(v.T("filter.amount", "Min", cmp.Or(f.Min, "0"), "Max", cmp.Or(f.Max, "…")), func(f *ui.ListFilter) { f.Min, f.Max = "", "" })
	}
	return list
}

// period is the filter's period in words.
func (p ListPage) period(v ui.View) string {
	return v.T("filter.period", "What", v.T("filter.on."+p.on()), "From", cmp.Or(p.Filter.From, "…"), "To", cmp.Or(p.Filter.To, "…"))
}

func (p ListPage) on() string { return cmp.Or(p.Filter.On, string(booking.ByCreation)) }

func (p ListPage) stateBoxes(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "state", Name: "state", Legend: v.T("booking.list.state"), Inline: true}
	for _, s := range booking.States() {
		g.Choices = append(g.Choices, ui.Choice{
			ID: "state-" + string(s), Value: string(s), Label: v.T(ui.StateKey(s)), Checked: slices.Contains(p.Filter.States, string(s)),
		})
	}
	return g
}

func (p ListPage) zoneField(v ui.View) ui.SelectField {
	var group ui.OptionGroup
	for _, z := range p.Zones {
		o := ui.Option{Value: z.Code, Label: z.Code + " – " + z.Name, Code: z.Code, Alias: z.City}
		// Bookings are looked for by the code, whichever of the zones that have it.
		i := slices.IndexFunc(group.Options, func(other ui.Option) bool { return other.Code == o.Code })
		switch {
		case i < 0:
			group.Options = append(group.Options, o)
		case !strings.Contains(group.Options[i].Label, z.Name):
			group.Options[i].Label += ", " + z.Name
		}
	}
	return ui.SelectField{
		Field: ui.Field{ID: "zone", Name: "zone", Label: v.T("filter.zone"), Value: p.Filter.Zone}.WithErrors(p.Errors),
		Empty: v.T("filter.all"), Groups: []ui.OptionGroup{group},
	}
}

func (p ListPage) agencyField(v ui.View) ui.SelectField {
	return ui.SelectField{
		Field: ui.Field{ID: "agency", Name: "agency", Label: v.T("filter.agency"), Value: p.Filter.Agency}.WithErrors(p.Errors),
		Empty: v.T("filter.all"), Groups: []ui.OptionGroup{{Options: ui.AgencyOptions(p.Agencies)}},
	}
}

// choice is a select of a few codes whose names are in the catalogues.
func choice(v ui.View, name, value string, label locale.Key, prefix string, codes ...string) ui.SelectField {
	f := ui.SelectField{Field: ui.Field{ID: name, Name: name, Label: v.T(string(label)), Value: value}, Groups: []ui.OptionGroup{{}}}
	for _, code := range codes {
		f.Groups[0].Options = append(f.Groups[0].Options, ui.Option{Value: code, Label: v.T(prefix + code)})
	}
	return f
}

func (p ListPage) insuredField(v ui.View) ui.SelectField {
	f := choice(v, "insured", p.Filter.Insured, "filter.insurance", "filter.insured.", "yes", "no")
	f.Empty = v.T("filter.all")
	return f
}

func (p ListPage) onField(v ui.View) ui.SelectField {
	return choice(v, "on", p.on(), "filter.on", "filter.on.",
		string(booking.ByCreation), string(booking.ByDropOff), string(booking.ByReturn), string(booking.ByDropOffOrReturn))
}

// sortField is for windows on which the table has no heads.
func (p ListPage) sortField(v ui.View) ui.SelectField {
	f := choice(v, "sort", p.Filter.Sort, "filter.sort", "filter.sort.", "-created", "created", "dropoff", "-dropoff", "return", "-return", "total", "-total")
	f.Empty = v.T("filter.sort.usual")
	return f
}

// refused reports that something in the form of the filter cannot be.
func (p ListPage) refused() bool {
	return len(p.Errors) > 1 || len(p.Errors) == 1 && p.Errors["q"] == ""
}

func (p ListPage) text(v ui.View, name, value string, hint locale.Key) ui.Field {
	return ui.Field{ID: name, Name: name, Label: v.T("filter." + name), Hint: v.T(string(hint)), Value: value}.WithErrors(p.Errors)
}

func (p ListPage) from(v ui.View) ui.Field {
	return p.text(v, "from", p.Filter.From, "filter.date.hint")
}

func (p ListPage) to(v ui.View) ui.Field { return p.text(v, "to", p.Filter.To, "filter.date.hint") }

func (p ListPage) least(v ui.View) ui.Field {
	return p.text(v, "least", p.Filter.Min, "filter.amount.hint")
}

func (p ListPage) most(v ui.View) ui.Field {
	return p.text(v, "most", p.Filter.Max, "filter.amount.hint")
}

// search is the box that was used: the desk's own, else the header's.
func (p ListPage) search(v ui.View) ui.Field {
	if p.Path == "/desk" {
		return p.deskSearch(v)
	}
	return ui.Field{ID: "q", Name: "q"}.WithErrors(p.Errors)
}

func (p ListPage) problems(v ui.View) []ui.Problem {
	return ui.Problems(p.search(v), p.zoneField(v).Field, p.agencyField(v).Field, p.from(v), p.to(v), p.least(v), p.most(v))
}

// searchWords are the words of a search that have a meaning, with it.
func (p ListPage) searchWords(v ui.View) []string {
	lines := []string{
		v.T("booking.search.zone"), v.T("booking.search.state"), v.T("booking.search.insured"), v.T("booking.search.dropoff"),
		v.T("booking.search.return"), v.T("booking.search.created"), v.T("booking.search.period"),
	}
	if p.staff() {
		lines = append(lines, v.T("booking.search.agency"))
	}
	return lines
}
