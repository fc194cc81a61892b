package web

import (
	"strconv"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
)

// QueuePage is what waits for customer service, the first due first.
type QueuePage struct {
	Items    []booking.QueueItem
	Mails    []account.DeadMail
	Count    QueueCount
	Actor    account.Actor
	Now      time.Time
	Timezone string

	Unrecorded  []booking.Unrecorded // answers to calls that the database does not know
	Settling    int64                // of these, the one whose form comes back
	SettledText string
	Problem     string

	Elsewhere []booking.UnknownBooking // the supplier's bookings that are not known here
	Over      int                      // bookings that were over before a restore, and wait for the comparison
}

// settled is the text field of one of the answers.
func (p QueuePage) settled(v View, u booking.Unrecorded) Field {
	f := Field{ID: "answer-" + ms(u.ID), Name: "text", Label: v.T("queue.answer.text"), Hint: v.T("queue.answer.hint"), MaxLength: 1000}
	if u.ID == p.Settling {
		f.Value, f.Error = p.SettledText, p.Problem
	}
	return f
}

// problems is what the page's summary of errors lists.
func (p QueuePage) problems(v View) []Problem {
	var fields []Field
	for _, u := range p.Unrecorded {
		fields = append(fields, p.settled(v, u))
	}
	return Problems(fields...)
}

// QueueCount is how much waits for customer service.
type QueueCount struct {
	Open int
	Due  int // of these, what is due now
}

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

// caseWhy says why somebody must look at a booking.
func (v View) caseWhy(code string) string {
	if key := "case.why." + code; locale.Has(v.Lang, key) {
		return v.T(key)
	}
	return code
}

func (p QueuePage) due(i booking.QueueItem) Kind {
	if i.Due.After(p.Now) {
		return mute
	}
	return Warn
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

func (p CasePage) findings(v View) ChoiceGroup {
	g := ChoiceGroup{ID: "finding", Name: "finding", Legend: v.T("case.finding"), Error: p.Errors["finding"]}
	allowed, wait := p.allowed()
	if p.Taken {
		g.Hint = v.T("case.finding.taken")
	}
	if wait {
		g.Hint = v.T(p.waitKey(), "When", v.at(p.Booking.Fence, p.Now, p.Timezone))
	}
	for _, f := range allowed {
		g.Choices = append(g.Choices, Choice{
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

func (p CasePage) channels(v View) ChoiceGroup {
	g := ChoiceGroup{ID: "channel", Name: "channel", Legend: v.T("case.channel"), Error: p.Errors["channel"], Inline: true}
	for _, c := range booking.Channels() {
		g.Choices = append(g.Choices, Choice{ID: "channel-" + c, Value: c, Label: v.T("case.channel." + c), Checked: p.Request.Evidence.Channel == c})
	}
	return g
}

func (p CasePage) field(v View, name, value string, limit int, optional bool) Field {
	return Field{ID: name, Name: name, Label: v.T("case." + name), Value: value, MaxLength: limit, Optional: optional}.WithErrors(p.Errors)
}

func (p CasePage) person(v View) Field {
	return p.field(v, "person", p.Request.Evidence.Person, 80, false)
}

func (p CasePage) reference(v View) Field {
	return p.field(v, "reference", p.Request.Evidence.Reference, 80, true)
}

func (p CasePage) text(v View) Field {
	return p.field(v, "text", p.Request.Evidence.Text, 1000, false)
}

func (p CasePage) supplierID(v View) Field {
	f := p.field(v, "supplier_id", p.Request.Evidence.SupplierID, 80, false)
	f.Hint, f.Code, f.Width = v.T("case.supplier_id.hint"), true, "m"
	return f
}

func (p CasePage) reason(v View) Field {
	return Field{ID: "reason", Name: "reason", Label: v.T("case.proposal.reason"), Value: p.Reason, MaxLength: 1000}.WithErrors(p.Errors)
}

func (p CasePage) problems(v View) []Problem {
	return Problems(p.holder(v).Field, p.findings(v).AsField(), p.channels(v).AsField(), p.person(v), p.reference(v), p.text(v), p.supplierID(v), p.reason(v))
}

func (p CasePage) holder(v View) SelectField {
	f := SelectField{
		Field: Field{ID: "holder", Name: "holder", Label: v.T("case.hand_to")}.WithErrors(p.Errors),
		Empty: v.T("case.hand_to.nobody"), Groups: []OptionGroup{{}},
	}
	for _, c := range p.Colleagues {
		if c.ID != p.Actor.UserID {
			f.Groups[0].Options = append(f.Groups[0].Options, Option{Value: c.Handle, Label: c.Name})
		}
	}
	return f
}

// message is what is asked of the supplier, ready to be sent; empty when there
// is nothing to ask.
func (p CasePage) message(v View) ReadAloud {
	op, known := map[booking.State]booking.Operation{
		booking.PayUnknown: booking.OpPay, booking.CancelUnknown: booking.OpCancel, booking.CreateUnknown: booking.OpCreate,
	}[p.Booking.State]
	a, sent := p.last(op)
	b := p.Booking
	if b.Uncompared && b.SupplierID != "" && b.State != booking.PayUnknown && b.State != booking.CancelUnknown {
		return ReadAloud{ID: "message", Text: v.T("case.message.uncompared",
			"ID", b.SupplierID, "Name", first(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode,
			"From", v.moment(b.Stay.FromWall), "To", v.moment(b.Stay.ToWall), "Total", v.money(b.Due()))}
	}
	if !known || !sent {
		return ReadAloud{}
	}
	if b.Astray() {
		return ReadAloud{ID: "message", Text: v.T("case.message.unfit",
			"ID", first(b.SupplierID, "–"), "Name", first(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode, "Fields", v.unfit(b),
			"From", v.moment(b.Stay.FromWall), "To", v.moment(b.Stay.ToWall), "Total", v.money(b.Total),
			"When", a.StartedAt.UTC().Format("2006-01-02 15:04:05"), "Mark", a.Correlation)}
	}
	return ReadAloud{ID: "message", Text: v.T("case.message."+string(op),
		"ID", first(b.SupplierID, "–"), "Name", first(b.SupplierRef, "–"), "Place", b.Stay.ZoneCode,
		"From", v.moment(b.Stay.FromWall), "To", v.moment(b.Stay.ToWall), "Total", v.money(b.Due()),
		"When", a.StartedAt.UTC().Format("2006-01-02 15:04:05"), "Mark", a.Correlation)}
}

// attemptFacts are what is known of a call, besides when it was sent.
func attemptFacts(v View, a booking.Attempt) string {
	facts := []string{v.T("attempt.outcome." + string(a.Outcome))}
	if said := technical(a); said != "" {
		facts = append(facts, said)
	}
	if !a.EndedAt.IsZero() {
		facts = append(facts, strconv.FormatInt(a.EndedAt.Sub(a.StartedAt).Milliseconds(), 10)+"\u00a0ms")
	}
	return strings.Join(facts, " · ")
}

// keptFacts are what is known of an answer that could not be recorded.
func keptFacts(v View, u booking.Unrecorded) string {
	facts := []string{v.T("attempt." + string(u.Operation)), v.T("attempt.outcome." + string(u.Answer.Outcome))}
	if said := technical(booking.Attempt{Answer: u.Answer}); said != "" {
		facts = append(facts, said)
	}
	return strings.Join(facts, " · ")
}

// proposed is what the first person says, besides the finding: the second agrees to
// all of it.
func (p CasePage) proposed(v View) []SummaryRow {
	var c SummaryCard
	e := p.Proposal.Evidence
	if e.Channel != "" {
		c.addRow(v.T("case.channel"), v.T("case.channel."+e.Channel))
	}
	c.addRow(v.T("case.person"), e.Person)
	c.addRow(v.T("case.reference"), e.Reference)
	c.addRow(v.T("case.supplier_id"), e.SupplierID)
	return c.Rows
}

// precise writes a moment to the second, in UTC: a supplier's log is searched by it.
func precise(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}

// evidenceRows are the facts that both sides name a booking by.
func (p BookingPage) evidenceRows(v View) []SummaryRow {
	b := p.Booking
	c := SummaryCard{}
	c.Rows = append(c.Rows, SummaryRow{Term: v.T("booking.reference"), Value: b.Ref, Code: true})
	c.addRow(v.T("case.supplier_id"), b.SupplierID)
	c.addRow(v.T("booking.supplier_ref"), b.SupplierRef)
	c.addRow(v.T("booking.list.state"), v.StateOf(b))
	c.addRow(v.T("sale.place"), b.Stay.ZoneCode)
	c.addRow(v.T("sale.from"), v.moment(b.Stay.FromWall)+", "+v.zoneName(b.Stay.Timezone))
	c.addRow(v.T("sale.to"), v.moment(b.Stay.ToWall)+", "+v.zoneName(b.Stay.Timezone))
	c.addRow(v.T("booking.list.total"), v.money(b.Due()))
	c.addRow(v.T("evidence.deadline"), precise(b.Deadline)+" UTC")
	c.addRow(v.T("evidence.fence"), precise(b.Fence)+" UTC")
	return c.Rows
}
