package web

import (
	"net/url"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// listViews are the groups of states that the list offers, as the address
// names them.
var listViews = []struct {
	view         string
	tab, caption locale.Key
}{
	{"", "booking.list.all", "booking.list.caption.all"},
	{"to_pay", "booking.list.to_pay", "booking.list.caption.to_pay"},
	{"paid", "booking.list.paid", "booking.list.caption.paid"},
	{"unknown", "booking.list.unknown", "booking.list.caption.unknown"},
	{"over", "booking.list.over", "booking.list.caption.over"},
}

func (p ListPage) tabs(v View) []NavItem {
	var items []NavItem
	for _, l := range listViews {
		items = append(items, NavItem{Label: v.T(string(l.tab)), URL: p.address(l.view, p.Query), Current: p.View == l.view})
	}
	return items
}

// address is the first page of a view of the list.
func (p ListPage) address(view, query string) string {
	q := url.Values{}
	if view != "" {
		q.Set("view", view)
	}
	if query != "" {
		q.Set("q", query)
	}
	if len(q) == 0 {
		return "/bookings"
	}
	return "/bookings?" + q.Encode()
}

func (p ListPage) caption(v View) string {
	for _, l := range listViews {
		if l.view == p.View {
			return v.T(string(l.caption))
		}
	}
	return v.T("booking.list.caption.all")
}

// filtered reports that the list shows only some of the bookings.
func (p ListPage) filtered() bool { return p.Query != "" || p.View != "" }

// empty says what would stand in the list.
func (p ListPage) empty(v View) EmptyState {
	switch {
	case p.filtered():
		return EmptyState{Text: v.T("booking.list.nothing"), Action: v.T("booking.list.clear"), URL: "/bookings"}
	case p.AllAgencies:
		return EmptyState{Text: v.T("booking.list.none.staff")}
	default:
		return EmptyState{Text: v.T("booking.list.none"), Action: v.T("booking.new_quote"), URL: "/quotes/new"}
	}
}

// payBy is the moment until which a booking can be paid; empty when it cannot.
func (p ListPage) payBy(v View, b booking.Booking) string {
	if !b.Payable(p.Now) {
		return ""
	}
	return v.before(b.PayBy, p.Now, p.Timezone)
}
