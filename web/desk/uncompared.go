package desk

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/ui"
)

// UncomparedPage are bookings that were over before a restore and whose stay was to
// come: they may have been sold since. They end together, by the supplier's word.
type UncomparedPage struct {
	List     []booking.Booking
	More     bool // there are more than the page shows
	Actor    account.Actor
	Now      time.Time
	Timezone string
	Typed    url.Values // as it was sent
	Errors   map[string]string
}

func (p UncomparedPage) work() bool { return p.Actor.Role == account.CustomerService }

// ready reports that the word "as here" counts now: nothing that was sent can take
// effect any more.
func (p UncomparedPage) ready(b booking.Booking) bool {
	return b.State == booking.Cancelled || b.State == booking.Voided || !p.Now.Before(b.Fence)
}

func (p UncomparedPage) anyReady() bool { return slices.ContainsFunc(p.List, p.ready) }

// value names a booking as it was when it was shown.
func (p UncomparedPage) value(b booking.Booking) string { return b.Ref + "." + ui.Version(b.Version) }

func (p UncomparedPage) chosen(b booking.Booking) bool {
	return slices.Contains(p.Typed["booking"], p.value(b))
}

// choices are one box for each, by what the supplier calls it.
func (p UncomparedPage) choices(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "booking", Name: "booking", Legend: v.T("over.which"), Error: p.Errors["booking"]}
	for _, b := range p.List {
		if p.ready(b) {
			g.Choices = append(g.Choices, ui.Choice{ID: "booking-" + b.Ref, Value: p.value(b), Label: p.label(v, b), Checked: p.chosen(b)})
		}
	}
	return g
}

func (p UncomparedPage) label(v ui.View, b booking.Booking) string {
	return strings.Join([]string{cmp.Or(b.SupplierRef, cmp.Or(b.SupplierID, b.Ref)), v.StateName(b.State), b.Stay.ZoneCode, v.Moment(b.Stay.FromWall)}, " · ")
}

// message asks the supplier about all of them at once.
func (p UncomparedPage) message(v ui.View) string {
	var ids []string
	for _, b := range p.List {
		if b.SupplierID != "" {
			ids = append(ids, b.SupplierID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return v.T("over.message", "IDs", strings.Join(ids, ", "))
}

func (p UncomparedPage) channels(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "channel", Name: "channel", Legend: v.T("case.channel"), Error: p.Errors["channel"], Inline: true}
	for _, c := range booking.Channels() {
		g.Choices = append(g.Choices, ui.Choice{ID: "channel-" + c, Value: c, Label: v.T("case.channel." + c), Checked: p.Typed.Get("channel") == c})
	}
	return g
}

func (p UncomparedPage) field(v ui.View, name string) ui.Field {
	return ui.Field{
		ID: name, Name: name, Label: v.T("case." + name), Value: p.Typed.Get(name), Optional: name == "reference",
	}.WithErrors(p.Errors)
}

func (p UncomparedPage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.choices(v).AsField(), p.channels(v).AsField(), p.field(v, "person"), p.field(v, "reference"), p.field(v, "text"))
}
