package web

import (
	"net/url"
	"slices"
	"strings"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
)

// ListFilter is what a list of bookings is filtered and sorted by, as it was
// typed. It is the whole of a list's address, but for the place in the list.
type ListFilter struct {
	Query    string
	View     string // a group that the tabs offer
	States   []string
	Zone     string // code
	Agency   string // code
	Seller   string // "me", or nobody in particular
	Insured  string // "yes", "no" or both
	On       string // which date From and To are about; see booking.DateField
	From, To string
	Least    string
	Most     string
	Sort     string // see booking.Sort

	Uncompared string // "1": only what waits for the comparison after a restore
}

// ReadListFilter reads a filter from an address. What is in it may still be wrong.
func ReadListFilter(q url.Values) ListFilter {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return ListFilter{
		Query: get("q"), View: get("view"), States: q["state"], Zone: get("zone"), Agency: get("agency"), Seller: get("by"),
		Uncompared: get("uncompared"), Insured: get("insured"), On: get("on"), From: get("from"), To: get("to"), Least: get("least"), Most: get("most"), Sort: get("sort"),
	}
}

// Values are the filter as parameters of an address.
func (f ListFilter) Values() url.Values {
	q := url.Values{}
	for _, p := range [][2]string{
		{"q", f.Query},
		{"view", f.View},
		{"zone", f.Zone},
		{"agency", f.Agency},
		{"by", f.Seller},
		{"insured", f.Insured},
		{"uncompared", f.Uncompared},
		{"on", f.On},
		{"from", f.From},
		{"to", f.To},
		{"least", f.Least},
		{"most", f.Most},
		{"sort", f.Sort},
	} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	if len(f.States) > 0 {
		q["state"] = f.States
	}
	return q
}

// At is the address of a page with the filter, such as "/bookings?zone=CDG".
func (f ListFilter) At(path string) string {
	if q := f.Values().Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// Narrow reports that the filter leaves something out.
func (f ListFilter) Narrow() bool {
	f.Sort, f.On = "", ""
	return len(f.Values()) > 0
}

// typed reports that something stands in the form of the filter.
func (f ListFilter) typed() bool {
	f.Query, f.View = "", ""
	return f.Narrow()
}

// without is the filter with one thing less.
func (f ListFilter) without(change func(*ListFilter)) ListFilter {
	f.States = slices.Clone(f.States)
	change(&f)
	return f
}

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

func agencyOptions(agencies []account.Agency) []Option {
	var list []Option
	for _, a := range agencies {
		list = append(list, Option{Value: a.Code, Label: a.Name + " (" + a.Code + ")", Code: a.Code})
	}
	return list
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
func (p ListPage) to(v View) Field   { return p.text(v, "to", p.Filter.To, "filter.date.hint") }
func (p ListPage) least(v View) Field {
	return p.text(v, "least", p.Filter.Least, "filter.amount.hint")
}

func (p ListPage) most(v View) Field { return p.text(v, "most", p.Filter.Most, "filter.amount.hint") }

func (p ListPage) problems(v View) []Problem {
	return Problems(p.zoneField(v).Field, p.agencyField(v).Field, p.from(v), p.to(v), p.least(v), p.most(v))
}
