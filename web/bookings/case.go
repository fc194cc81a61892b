package bookings

import (
	"cmp"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/ui"
)

// CasePage is a booking that somebody must look at.
type CasePage struct {
	BookingPage

	Cases      []booking.QueueItem
	Proposal   booking.Note // waits for a second person; none when its ID is 0
	Taken      bool         // another booking of the sale is payable: this one cannot be found paid
	Reason     string       // of a refusal, as it was typed
	Colleagues []account.Person
	Request    booking.ResolveRequest // as it was typed
	Errors     map[string]string
	Refused    string // the message that says why what was sent was not done
}

// work reports that the visitor may settle the case.
func (p CasePage) work() bool { return p.Actor.Role == account.CustomerService && !p.ReadOnly }

// allowed are the findings that count now; a negative one does so only when
// nothing that was sent can take effect any more.
func (p CasePage) allowed() (findings []booking.Finding, wait bool) {
	all, from := booking.Findings(p.Booking)
	for _, f := range append(all, booking.Answers(p.Cases)...) {
		if p.Taken && p.Booking.State != booking.PayUnknown && (f == booking.FoundPaid || p.Booking.State == booking.Cancelled && f == booking.FoundNotCancelled) {
			continue // two bookings of one sale must not be paid
		}
		if f == booking.FoundAsOrdered && (!p.Now.Before(p.Booking.PayBy) || p.Booking.RetriedBy != "") {
			continue
		}
		negative := f == booking.FoundNotPaid || f == booking.FoundVoid || f == booking.FoundAsItStands && p.Booking.State != booking.Cancelled && p.Booking.State != booking.Voided || (f == booking.FoundNotCancelled && p.Booking.State == booking.CancelUnknown)
		if negative && p.Now.Before(from) {
			wait = true
			continue
		}
		findings = append(findings, f)
	}
	return findings, wait
}

func (p CasePage) findings(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "finding", Name: "finding", Legend: v.T("case.finding"), Error: p.Errors["finding"]}
	allowed, wait := p.allowed()
	if p.Taken {
		g.Hint = v.T("case.finding.taken")
	}
	if wait {
		g.Hint = v.T(p.waitKey(), "When", v.At(p.Booking.Fence, p.Now, p.Timezone))
	}
	for _, f := range allowed {
		g.Choices = append(g.Choices, ui.Choice{
			ID: "finding-" + string(f), Value: string(f), Label: v.T(p.findingKey(f)), Checked: p.Request.Finding == f,
		})
	}
	return g
}

func (p CasePage) waitKey() string {
	if p.Booking.Astray() {
		return "case.finding.wait_void"
	}
	return "case.finding.wait"
}

// findingKey says what was learned; that an unfit booking is paid says also that it
// is the one that was ordered.
func (p CasePage) findingKey(f booking.Finding) string {
	if p.Booking.Astray() && f == booking.FoundPaid {
		return "case.finding.unfit_paid"
	}
	return "case.finding." + string(f)
}

func (p CasePage) channels(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "channel", Name: "channel", Legend: v.T("case.channel"), Error: p.Errors["channel"], Inline: true}
	for _, c := range booking.Channels() {
		g.Choices = append(g.Choices, ui.Choice{ID: "channel-" + c, Value: c, Label: v.T("case.channel." + c), Checked: p.Request.Evidence.Channel == c})
	}
	return g
}

func (p CasePage) field(v ui.View, name, value string, optional bool) ui.Field {
	return ui.Field{ID: name, Name: name, Label: v.T("case." + name), Value: value, Optional: optional}.WithErrors(p.Errors)
}

func (p CasePage) person(v ui.View) ui.Field {
	return p.field(v, "person", p.Request.Evidence.Person, false)
}

func (p CasePage) reference(v ui.View) ui.Field {
	return p.field(v, "reference", p.Request.Evidence.Reference, true)
}

func (p CasePage) text(v ui.View) ui.Field {
	return p.field(v, "text", p.Request.Evidence.Text, false)
}

func (p CasePage) supplierID(v ui.View) ui.Field {
	f := p.field(v, "supplier_id", p.Request.Evidence.SupplierID, false)
	f.Hint, f.Code, f.Width = v.T("case.supplier_id.hint"), true, "m"
	return f
}

func (p CasePage) reason(v ui.View) ui.Field {
	return ui.Field{ID: "reason", Name: "reason", Label: v.T("case.proposal.reason"), Value: p.Reason}.WithErrors(p.Errors)
}

func (p CasePage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.holder(v).Field, p.findings(v).AsField(), p.channels(v).AsField(), p.person(v), p.reference(v), p.text(v), p.supplierID(v), p.reason(v))
}

func (p CasePage) holder(v ui.View) ui.SelectField {
	f := ui.SelectField{
		Field: ui.Field{ID: "holder", Name: "holder", Label: v.T("case.hand_to")}.WithErrors(p.Errors),
		Empty: v.T("case.hand_to.nobody"), Groups: []ui.OptionGroup{{}},
	}
	for _, c := range p.Colleagues {
		if c.ID != p.Actor.UserID {
			f.Groups[0].Options = append(f.Groups[0].Options, ui.Option{Value: c.Handle, Label: c.Name})
		}
	}
	return f
}

// message is what is asked of the supplier, ready to be sent; empty when there
// is nothing to ask.
func (p CasePage) message(v ui.View) ui.ReadAloud {
	op, known := map[booking.State]booking.Operation{
		booking.PayUnknown: booking.OpPay, booking.CancelUnknown: booking.OpCancel, booking.CreateUnknown: booking.OpCreate,
	}[p.Booking.State]
	a, sent := p.last(op)
	b := p.Booking
	if b.Uncompared && b.SupplierID != "" && b.State != booking.PayUnknown && b.State != booking.CancelUnknown {
		return ui.ReadAloud{ID: "message", Text: v.T("case.message.uncompared",
			"ID", b.SupplierID, "Name", cmp.Or(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode,
			"From", v.Moment(b.Stay.FromWall), "To", v.Moment(b.Stay.ToWall), "Total", v.Money(b.Due()))}
	}
	if !known || !sent {
		return ui.ReadAloud{}
	}
	if b.Astray() {
		return ui.ReadAloud{ID: "message", Text: v.T("case.message.unfit",
			"ID", cmp.Or(b.SupplierID, "–"), "Name", cmp.Or(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode, "Fields", unfit(v, b),
			"From", v.Moment(b.Stay.FromWall), "To", v.Moment(b.Stay.ToWall), "Total", v.Money(b.Total),
			"When", a.StartedAt.UTC().Format("2006-01-02 15:04:05"), "Mark", a.Correlation)}
	}
	return ui.ReadAloud{ID: "message", Text: v.T("case.message."+string(op),
		"ID", cmp.Or(b.SupplierID, "–"), "Name", cmp.Or(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode,
		"From", v.Moment(b.Stay.FromWall), "To", v.Moment(b.Stay.ToWall), "Total", v.Money(b.Due()),
		"When", a.StartedAt.UTC().Format("2006-01-02 15:04:05"), "Mark", a.Correlation)}
}

// proposed is what the first person says, besides the finding: the second agrees to
// all of it.
func (p CasePage) proposed(v ui.View) []ui.SummaryRow {
	var c ui.SummaryCard
	e := p.Proposal.Evidence
	if e.Channel != "" {
		c.AddRow(v.T("case.channel"), v.T("case.channel."+e.Channel))
	}
	c.AddRow(v.T("case.person"), e.Person)
	c.AddRow(v.T("case.reference"), e.Reference)
	c.AddRow(v.T("case.supplier_id"), e.SupplierID)
	return c.Rows
}
