package ui

import (
	"net/url"
	"slices"
	"strings"
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
	Min      string
	Max      string
	Sort     string // see booking.Sort

	Uncompared string // "1": only what waits for the comparison after a restore
}

// ReadListFilter reads a filter from an address. What is in it may still be wrong.
func ReadListFilter(q url.Values) ListFilter {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return ListFilter{
		Query: get("q"), View: get("view"), States: q["state"], Zone: get("zone"), Agency: get("agency"), Seller: get("by"),
		Uncompared: get("uncompared"), Insured: get("insured"), On: get("on"), From: get("from"), To: get("to"), Min: get("least"), Max: get("most"), Sort: get("sort"),
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
		{"least", f.Min},
		{"most", f.Max},
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

// Without is the filter with one thing less.
func (f ListFilter) Without(change func(*ListFilter)) ListFilter {
	f.States = slices.Clone(f.States)
	change(&f)
	return f
}
