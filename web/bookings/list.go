package bookings

import (
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// listViews are the groups that the list offers, as the address names them.
var listViews = []struct {
	view         string
	tab, caption locale.Key
}{
	{"", "booking.list.all", "booking.list.caption.all"},
	{"to_pay", "booking.list.to_pay", "booking.list.caption.to_pay"},
	{"today", "booking.list.today", "booking.list.caption.today"},
	{"week", "booking.list.week", "booking.list.caption.week"},
	{"mine", "booking.list.mine", "booking.list.caption.mine"},
	{"paid", "booking.list.paid", "booking.list.caption.paid"},
	{"unknown", "booking.list.unknown", "booking.list.caption.unknown"},
	{"over", "booking.list.over", "booking.list.caption.over"},
}

// tabs are the views; staff sell nothing, so that none is theirs.
func (p ListPage) tabs(v ui.View) []ui.NavItem {
	var items []ui.NavItem
	for _, l := range listViews {
		if l.view == "mine" && p.staff() {
			continue
		}
		items = append(items, ui.NavItem{
			Label: v.T(string(l.tab)), URL: ui.ListFilter{View: l.view, Query: p.Filter.Query}.At(p.Path), Current: p.Filter.View == l.view,
		})
	}
	return items
}

func (p ListPage) staff() bool { return p.Actor.Role.Staff() }

// desk reports that the page is the desk of customer service.
func (p ListPage) desk() bool { return p.Path == "/desk" }

// columns is how many the table has on a wide window.
func (p ListPage) columns() int {
	n := 10
	if p.staff() {
		n++
	}
	if p.desk() {
		n++
	}
	return n
}

// fold is on which windows the table's columns stand in pairs.
func (p ListPage) fold() string {
	if p.staff() {
		return "late"
	}
	return ""
}

func fullName(b booking.Booking) string { return b.Customer.LastName + " " + b.Customer.FirstName }

// mayPay reports that paying is what the actor comes to a booking for.
func (p ListPage) mayPay(b booking.Booking) bool {
	return p.Actor.MayPay() && b.Payable(p.Now) && !b.Uncompared && b.Environment == p.Environment
}

func (p ListPage) caption(v ui.View) string {
	for _, l := range listViews {
		if l.view == p.Filter.View {
			return v.T(string(l.caption))
		}
	}
	return v.T("booking.list.caption.all")
}

// count says how many bookings there are, and how much is paid for them.
func (p ListPage) count(v ui.View) string {
	if p.Tally.More {
		return v.T("filter.more", "Number", v.Lang.Number(booking.CountLimit))
	}
	said := []string{v.T("filter.count", "Count", p.Tally.Count)}
	for _, sum := range p.Tally.Sums {
		if sum.Cents != 0 {
			said = append(said, v.T("filter.paid", "Amount", v.Money(sum)))
		}
	}
	return strings.Join(said, " · ")
}

// counted is the number for machines; none when it is not known.
func (p ListPage) counted() string {
	if p.Tally.More {
		return ""
	}
	return ui.Version(p.Tally.Count)
}

// empty says what would stand in the list.
func (p ListPage) empty(v ui.View) ui.EmptyState {
	switch {
	case p.Filter.Narrow():
		return ui.EmptyState{Text: v.T("booking.list.nothing"), Action: v.T("booking.list.clear"), URL: p.Path}
	case p.staff():
		return ui.EmptyState{Text: v.T("booking.list.none.staff")}
	default:
		return ui.EmptyState{Text: v.T("booking.list.none"), Action: v.T("booking.new_quote"), URL: "/quotes/new"}
	}
}

// payBy is the moment until which a booking can be paid; empty when it cannot.
func (p ListPage) payBy(v ui.View, b booking.Booking) string {
	if !b.Payable(p.Now) {
		return ""
	}
	return v.Before(b.PayBy, p.Now, p.Timezone)
}

// sorted is a column's head: where its link leads, and how the list is sorted now.
type sorted struct{ label, url, aria string }

func (p ListPage) sorted(v ui.View, label locale.Key, rising, falling booking.Sort) sorted {
	s := sorted{label: v.T(string(label))}
	next := rising
	switch p.Sort {
	case rising:
		s.aria, next = "ascending", falling
	case falling:
		s.aria = "descending"
	}
	s.url = p.Filter.Without(func(f *ui.ListFilter) { f.Sort = sortWord(next) }).At(p.Path)
	return s
}

// sortWord is an order as an address names it: the newest first by a word, so
// that it can be chosen where a view has another order.
func sortWord(s booking.Sort) string {
	if s == booking.NewestFirst {
		return "-created"
	}
	return string(s)
}

// extras names what goes with a stay, in short.
func (p ListPage) extras(v ui.View, b booking.Booking) []ui.Words {
	var list []ui.Words
	for _, code := range b.Chosen() {
		full := v.Service(b.Quote, code).Text
		short := strings.ToUpper(string([]rune(full)[:1]))
		if key := "service.short." + code; locale.Has(v.Lang, key) {
			short = v.T(key)
		}
		list = append(list, ui.Words{Text: short, Lang: full})
	}
	return list
}

// cancellable says in a few words whether this person can cancel a booking, and
// why not.
func (p ListPage) cancellable(v ui.View, b booking.Booking) string {
	if why := booking.CancelBlocker(p.Actor, b, p.Environment); why != "" {
		return v.T("desk.not_cancellable", "Why", v.T("desk.why."+string(why)))
	}
	return v.T("desk.cancellable")
}

func (p ListPage) cancellableKind(b booking.Booking) ui.Kind {
	if booking.CancelBlocker(p.Actor, b, p.Environment) == "" {
		return ui.OK
	}
	return ui.Mute
}

// mayExport reports that what the list shows can be taken along.
func (p ListPage) mayExport() bool { return len(p.Bookings) > 0 && p.Actor.Role != account.Role("") }

func (p ListPage) deskSearch(v ui.View) ui.Field {
	return ui.Field{
		ID: "find", Name: "q", Label: v.T("desk.search.label"), Hint: v.T("desk.search.hint"), Value: p.Filter.Query, Type: "search",
	}.WithErrors(p.Errors)
}

// ListPage is the subject of BookingList and Desk.
type ListPage struct {
	Path        string // "/bookings" or "/desk"
	Bookings    []booking.Booking
	Tally       booking.Tally
	Filter      ui.ListFilter
	Sort        booking.Sort // as it is in force; a view may bring its own
	Errors      map[string]string
	Zones       []booking.Zone
	Agencies    []account.Agency // staff only
	Actor       account.Actor
	Environment booking.Environment // the portal's
	Pager       ui.Pager
	Now         time.Time
	Timezone    string
	BadCursor   bool
}
