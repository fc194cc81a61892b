package desk

import (
	"net/url"
	"slices"
	"strconv"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/web/ui"
)

// UnknownPage is what is known of the supplier's bookings that are not known here.
type UnknownPage struct {
	List     []booking.UnknownBooking
	Unnamed  []booking.UnnamedLine  // by which nothing can be taken over yet
	Booking  booking.UnknownBooking // the one that is looked into
	Agencies []account.Agency
	Zones    []booking.Zone
	Actor    account.Actor
	Typed    url.Values // as it was sent; its act says by which form
	Errors   map[string]string
	Refused  string // the message that says why what was sent was not done
}

// open reports that somebody still has to look into it.
func (p UnknownPage) open() bool { return p.Booking.Ending == "" }

func (p UnknownPage) version() string { return ui.Version(p.Booking.Version) }

// ending says how it ended.
func (p UnknownPage) ending(v ui.View) string {
	return v.T("unknown.ending."+p.Booking.Ending, "Who", p.Booking.EndedBy)
}

func (p UnknownPage) url() string { return "/desk/unknown/" + p.Booking.Handle }

func (p UnknownPage) work() bool { return p.Actor.Role == account.CustomerService }

// facts are what the supplier's line says.
func (p UnknownPage) facts(v ui.View, u booking.UnknownBooking) []ui.SummaryRow {
	c := ui.SummaryCard{Rows: []ui.SummaryRow{{Term: v.T("case.supplier_id"), Value: u.SupplierID, Code: true}}}
	c.AddRow(v.T("booking.supplier_ref"), u.SupplierRef)
	c.AddRow(v.T("sale.plate.short"), contact.FormatPlate(u.Plate))
	if !u.From.IsZero() {
		c.AddRow(v.T("sale.from"), v.Moment(u.From))
	}
	if !u.To.IsZero() {
		c.AddRow(v.T("sale.to"), v.Moment(u.To))
	}
	c.AddRow(v.T("unknown.billed"), v.Money(u.Amount))
	if !u.Credited() {
		return c.Rows
	}
	for _, l := range u.Lines {
		if l.Amount.Cents < 0 {
			c.AddRow(v.T("unknown.credit"), p.line(v, l))
		}
	}
	if net, certain := u.Net(); certain {
		c.AddRow(v.T("unknown.net"), v.Money(net))
	} else {
		c.AddRow(v.T("unknown.net"), v.T("unknown.net.unsure"))
	}
	return c.Rows
}

// unnamedFacts are what a line without an id says.
func (p UnknownPage) unnamedFacts(v ui.View, l booking.UnnamedLine) []ui.SummaryRow {
	var c ui.SummaryCard
	c.AddRow(v.T("booking.supplier_ref"), l.SupplierRef)
	c.AddRow(v.T("sale.plate.short"), contact.FormatPlate(l.Plate))
	if !l.From.IsZero() {
		c.AddRow(v.T("sale.from"), v.Moment(l.From))
	}
	if !l.To.IsZero() {
		c.AddRow(v.T("sale.to"), v.Moment(l.To))
	}
	c.AddRow(v.T("unknown.billed"), v.Money(l.Amount))
	return c.Rows
}

// id is the field of such a line; what was typed wrong stands in the one it was
// typed into.
func (p UnknownPage) id(v ui.View, l booking.UnnamedLine) ui.Field {
	line := strconv.Itoa(l.Line)
	f := ui.Field{
		ID: "id-" + l.Statement + "-" + line, Name: "supplier_id", Label: v.T("unnamed.supplier_id"), Hint: v.T("unnamed.supplier_id.hint"),
		Capitalize: "none", Width: "m", Code: true,
	}
	if p.Typed.Get("statement") == l.Statement && p.Typed.Get("line") == line {
		f.Value, f.Error = p.Typed.Get("supplier_id"), p.Errors["supplier_id"]
	}
	return f
}

func (p UnknownPage) unnamedProblems(v ui.View) []ui.Problem {
	var fields []ui.Field
	for _, l := range p.Unnamed {
		fields = append(fields, p.id(v, l))
	}
	return ui.AllProblems(p.Errors, fields...)
}

// line is the amount of a line, with its document and date where it has them.
func (p UnknownPage) line(v ui.View, l booking.ProofLine) string {
	text := v.Money(l.Amount)
	if l.Document != "" {
		text += " · " + l.Document
	}
	if !l.Date.IsZero() {
		text += " · " + v.Lang.DateShort(l.Date)
	}
	return text
}

// others are lines of other statements, or further ones of the same.
func (p UnknownPage) others() []booking.ProofLine {
	return slices.DeleteFunc(slices.Clone(p.Booking.Lines), func(l booking.ProofLine) bool {
		return l.StatementID == p.Booking.StatementID && l.Number == p.Booking.Line
	})
}

// proposed are what the first person would make of it.
func (p UnknownPage) proposed(v ui.View, t booking.TakeOverAs) []ui.SummaryRow {
	var c ui.SummaryCard
	c.AddRow(v.T("booking.agency"), t.Agency)
	c.AddRow(v.T("sale.place"), t.Zone)
	c.AddRow(v.T("sale.from"), v.Moment(t.FromWall))
	c.AddRow(v.T("sale.to"), v.Moment(t.ToWall))
	c.AddRow(v.T("sale.name"), t.FirstName+" "+t.LastName)
	c.AddRow(v.T("sale.plate.short"), contact.Plate{Key: t.Plate, Written: t.Written}.String())
	return c.Rows
}

func (p UnknownPage) agency(v ui.View) ui.SelectField {
	return ui.SelectField{
		Field: ui.Field{ID: "agency", Name: "agency", Label: v.T("booking.agency"), Value: p.Typed.Get("agency")}.WithErrors(p.Errors),
		Empty: v.T("unknown.choose"), Groups: []ui.OptionGroup{{Options: ui.AgencyOptions(p.Agencies)}},
	}
}

func (p UnknownPage) zone(v ui.View) ui.SelectField {
	return ui.SelectField{
		Field: ui.Field{ID: "zone", Name: "zone", Label: v.T("sale.place"), Value: p.Typed.Get("zone")}.WithErrors(p.Errors),
		Empty: v.T("unknown.choose"), Groups: ui.ZoneGroups(v, p.Zones),
	}
}

// text is a field of the form that takes over; a line that says it fills it.
func (p UnknownPage) text(v ui.View, name string) ui.Field {
	return ui.Field{ID: name, Name: name, Label: v.T("unknown.field." + name), Value: p.Typed.Get(name), Optional: name == "first_name"}.WithErrors(p.Errors)
}

func (p UnknownPage) sent(act string) bool { return p.Typed.Get("act") == act }

func (p UnknownPage) channels(v ui.View, act string) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: act + "-channel", Name: "channel", Legend: v.T("case.channel"), Inline: true}
	if p.sent(act) {
		g.Error = p.Errors["channel"]
	}
	for _, c := range booking.Channels() {
		g.Choices = append(g.Choices, ui.Choice{
			ID: act + "-channel-" + c, Value: c, Label: v.T("case.channel." + c), Checked: p.sent(act) && p.Typed.Get("channel") == c,
		})
	}
	return g
}

func (p UnknownPage) evidence(v ui.View, act, name string) ui.Field {
	f := ui.Field{ID: act + "-" + name, Name: name, Label: v.T("case." + name), Optional: name == "reference"}
	if p.sent(act) {
		f.Value, f.Error = p.Typed.Get(name), p.Errors[name]
	}
	return f
}

func (p UnknownPage) problems(v ui.View) []ui.Problem {
	fields := []ui.Field{p.agency(v).Field, p.zone(v).Field}
	for _, name := range []string{"from_date", "from_time", "to_date", "to_time", "last_name", "first_name", "plate"} {
		fields = append(fields, p.text(v, name))
	}
	for _, act := range []string{"propose", "not_ours"} {
		fields = append(fields, p.channels(v, act).AsField(), p.evidence(v, act, "person"), p.evidence(v, act, "reference"), p.evidence(v, act, "text"))
	}
	return ui.AllProblems(p.Errors, fields...)
}
