package bookings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// Seconds between two looks at a booking that is changing by itself: while a
// call is open, and while its outcome is being checked.
const (
	pollInFlight = 4
	pollUnknown  = 15
)

// poll is how often the page of a booking asks how it stands.
func (p BookingPage) poll() int {
	if p.Booking.State.InFlight() {
		return pollInFlight
	}
	return pollUnknown
}

// moving reports that the booking may change without the visitor.
func (p BookingPage) moving() bool {
	s := p.Booking.State
	return s.InFlight() || s.Unknown() || p.Booking.Uncompared
}

func (p BookingPage) url(action string) string { return "/bookings/" + p.Booking.Ref + action }

func (p BookingPage) staff() bool { return p.Actor.Role.Staff() }

// mayPay reports that this person may pay for the booking or drop it.
func (p BookingPage) mayPay() bool { return p.Actor.MayPay() && !p.ReadOnly }

// maySell reports that this person may quote anew for the booking.
func (p BookingPage) maySell() bool { return p.Actor.MaySell() && !p.ReadOnly }

// at writes a moment in the agency's timezone.
func (p BookingPage) at(v ui.View, t time.Time) string { return v.At(t, p.Now, p.Timezone) }

// before writes an end in the agency's timezone.
func (p BookingPage) before(v ui.View, t time.Time) string { return v.Before(t, p.Now, p.Timezone) }

// again reports that the booking is over in a way that leaves the customer
// without a place.
func (p BookingPage) again() bool {
	switch p.Booking.State {
	case booking.Refused, booking.Expired, booking.Dropped:
		return p.maySell() && !p.Booking.Uncompared && !p.Disputed
	default:
		return false
	}
}

// sameCustomer reports that the customer may well want another stay: this one
// is settled, and no doubt of ours would sell it twice.
func (p BookingPage) sameCustomer() bool {
	s := p.Booking.State
	return p.maySell() && !p.Booking.Uncompared && (s == booking.Confirmed || s == booking.Cancelled || s == booking.Voided)
}

// last returns the latest attempt of an operation; false when there is none.
func (p BookingPage) last(op booking.Operation) (booking.Attempt, bool) {
	for i := len(p.Attempts) - 1; i >= 0; i-- {
		if p.Attempts[i].Operation == op {
			return p.Attempts[i], true
		}
	}
	return booking.Attempt{}, false
}

// told returns the latest attempt in which the supplier said something in
// words about the booking's present state.
func (p BookingPage) told() (booking.Attempt, bool) {
	if len(p.Attempts) == 0 {
		return booking.Attempt{}, false
	}
	a := p.Attempts[len(p.Attempts)-1]
	said := a.Answer.Message != "" || a.Answer.ErrorCode != "" || len(a.Answer.Errors) > 0
	return a, said && a.Outcome != booking.OutcomeOK
}

// payRefused reports that the booking is held although somebody tried to pay.
func (p BookingPage) payRefused() bool {
	_, tried := p.last(booking.OpPay)
	return tried && p.Booking.State == booking.Held
}

// sentAt says when the last call of an operation was sent; empty when none was.
func (p BookingPage) sentAt(v ui.View, op booking.Operation) string {
	a, ok := p.last(op)
	if !ok {
		return ""
	}
	return p.at(v, a.StartedAt)
}

// head is how the booking stands, in a few words. A booking whose request never
// left was refused by nobody.
func (p BookingPage) head(v ui.View) string {
	if p.Booking.Uncompared {
		return v.T("booking.head.uncompared")
	}
	if p.Booking.State == booking.Refused && p.Booking.Reason == string(booking.OutcomeNotSent) {
		return v.T("booking.head.not_sent")
	}
	if p.Booking.Astray() {
		return v.T("booking.head.unfit")
	}
	if p.tooLate() {
		return v.T("booking.head.too_late")
	}
	return v.T("booking.head." + string(p.Booking.State))
}

func (p BookingPage) note(v ui.View) ui.Field {
	return ui.Field{ID: "note", Name: "text", Label: v.T("notes.text"), Hint: v.T("notes.hint"), Value: p.NoteText, Error: p.NoteError}
}

// tooLate reports that it is held, and nobody can pay for it any more.
func (p BookingPage) tooLate() bool {
	return p.Booking.State == booking.Held && !p.Now.Before(p.Booking.PayBy)
}

// unheard says why nobody knows what a call came to: there was no answer, or one that
// proves nothing.
func (p BookingPage) unheard(v ui.View, op booking.Operation) string {
	if a, ok := p.last(op); ok && a.Answer.HTTPStatus > 0 {
		return v.T("booking.unknown.no_proof", "Answer", ui.Technical(a))
	}
	return v.T("booking.unknown.no_answer")
}

// unfit names what the supplier answered otherwise than it was ordered.
func unfit(v ui.View, b booking.Booking) string {
	var names []string
	for _, field := range b.Unfit {
		if name := v.T("booking.unfit.field." + field); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// reason says in our words why the supplier refused.
func (p BookingPage) reason(v ui.View) string {
	if key := "booking.reason." + p.Booking.Reason; p.Booking.Reason != "" && locale.Has(v.Lang, key) {
		return v.T(key)
	}
	return v.T("booking.reason.other")
}

// expiredText says why a booking lapsed.
func (p BookingPage) expiredText(v ui.View) string {
	if p.Booking.SupplierID == "" {
		return v.T("booking.expired.unconfirmed")
	}
	return v.T("booking.expired.text")
}

// paidLine says when, by whom and how a booking was paid.
func (p BookingPage) paidLine(v ui.View) string {
	b := p.Booking
	if b.PaidAt.IsZero() || b.PaidBy == "" {
		return v.T("booking.paid.text")
	}
	return v.T("booking.paid.by", "When", p.at(v, b.PaidAt), "Zone", v.ZoneName(p.Timezone), "Who", actorName(v, b.PaidBy, ""), "How", v.PayMethod(b.PayMethod))
}

// cancelRule says what insurance means for a paid booking.
func (p BookingPage) cancelRule(v ui.View) string {
	switch {
	case p.Booking.Insured && p.MayCancel:
		return v.T("booking.insured.you")
	case p.Booking.Insured:
		return v.T("booking.insured")
	case p.Booking.TakenOver:
		return v.T("cancel.rule.insurance_unknown.no")
	default:
		return v.T("booking.not_insured")
	}
}

// stayRows are the facts below the board of a booking.
func (p BookingPage) stayRows(v ui.View) []ui.SummaryRow {
	b := p.Booking
	c := ui.SummaryCard{Rows: ui.Travel{Kind: b.Stay.ZoneKind, Outbound: b.Outbound, Back: b.Return, Meeting: p.MeetingPoint}.Rows(v)}
	c.Rows = append(c.Rows, ui.SummaryRow{Term: v.T("sale.services"), Value: v.Services(b.Quote, b.Chosen())})
	if b.SupplierRef != "" {
		c.Rows = append(c.Rows, ui.SummaryRow{Term: v.T("booking.supplier_ref"), Value: b.SupplierRef, Code: true})
	}
	c.AddRow(v.T("booking.receipt"), b.Receipt)
	c.AddRow(v.T("booking.agency"), b.AgencyName)
	return c.Rows
}

// timeline tells the life of the booking, the newest first.
func (p BookingPage) timeline(v ui.View) []ui.TimelineItem {
	loc := ui.Location(p.Timezone)
	items := make([]ui.TimelineItem, 0, len(p.Entries))
	for i := len(p.Entries) - 1; i >= 0; i-- {
		e := p.Entries[i]
		items = append(items, ui.TimelineItem{
			Title: v.T(p.eventKey(e)), When: p.when(v, e.At), DateTime: e.At.In(loc).Format(time.RFC3339),
			Who: actorName(v, e.ActorName, e.ActorRole), Text: cmp.Or(entryText(v, e), p.foundAt(v, e)), Kind: ui.TagLooks[e.After].Kind,
		})
	}
	return items
}

// foundAt says how it was found out what an event records; empty when nobody did.
func (p BookingPage) foundAt(v ui.View, e booking.HistoryEntry) string {
	for _, f := range p.Findings {
		own := f.Act == booking.ActFound || f.Act == booking.ActNoted
		if own && f.EventSeq == e.Seq {
			return foundBy(v, f)
		}
	}
	return ""
}

// foundBy says who found something out, by which way, and who agreed.
func foundBy(v ui.View, f booking.Found) string {
	facts := []string{v.T("finding.by", "Who", f.ActorName)}
	if key := "case.channel." + f.Evidence.Channel; locale.Has(v.Lang, key) {
		facts = append(facts, v.T(key))
	}
	if f.Line > 0 {
		facts = append(facts, v.T("finding.line", "Line", strconv.Itoa(f.Line)))
	} else if f.Evidence.Reference != "" {
		facts = append(facts, f.Evidence.Reference)
	}
	if f.Evidence.Person != "" {
		facts = append(facts, v.T("finding.person", "Who", f.Evidence.Person))
	}
	switch {
	case f.SecondName == "" || f.SecondID == f.ActorID:
	case f.Act == booking.ActRefused:
		facts = append(facts, v.T("finding.refused", "Who", f.SecondName))
	default:
		facts = append(facts, v.T("finding.agreed", "Who", f.SecondName))
	}
	return strings.Join(facts, " · ")
}

// evidenceItem is a call, or what was found out between two calls.
type evidenceItem struct {
	call  *booking.Attempt
	found *booking.Found
	kept  *booking.Unrecorded
}

func (e evidenceItem) at() time.Time {
	switch {
	case e.call != nil:
		return e.call.StartedAt
	case e.found != nil:
		return e.found.At
	default:
		return e.kept.At
	}
}

// evidence are calls, findings, and answers that could not be recorded with their
// calls, in the order of time.
func (p BookingPage) evidence() []evidenceItem {
	var items []evidenceItem
	for i := range p.Findings {
		items = append(items, evidenceItem{found: &p.Findings[i]})
	}
	for i := range p.Unrecorded {
		items = append(items, evidenceItem{kept: &p.Unrecorded[i]})
	}
	for i := range p.Attempts {
		items = append(items, evidenceItem{call: &p.Attempts[i]})
	}
	slices.SortStableFunc(items, func(a, b evidenceItem) int { return a.at().Compare(b.at()) })
	return items
}

// eventKey says what happened; an answer that does not fit is no missing one.
func (p BookingPage) eventKey(e booking.HistoryEntry) string {
	if e.Reason == booking.CaseAnswerUnfit {
		switch e.Event {
		case booking.CreateLost:
			return "booking.event.create_unfit"
		case booking.LateNotice:
			return "booking.event.late_unfit"
		}
	}
	if (e.Event == booking.CreateLost || e.Event == booking.PayLost || e.Event == booking.CancelLost) && p.answered(e.AttemptID) {
		return "booking.event.unproved"
	}
	return "booking.event." + string(e.Event)
}

// answered reports that a call was answered, whatever the answer is worth.
func (p BookingPage) answered(attempt int64) bool {
	return slices.ContainsFunc(p.Attempts, func(a booking.Attempt) bool { return a.ID == attempt && a.Answer.HTTPStatus > 0 })
}

// when is the moment of an event: a time today, a date before that.
func (p BookingPage) when(v ui.View, t time.Time) string {
	return v.Day(t, p.Now, p.Timezone, "booking.when", "booking.when.day")
}

// entryText is the reason of an event, where it says more than the title.
func entryText(v ui.View, e booking.HistoryEntry) string {
	key := ""
	switch e.Event {
	case booking.Cancel:
		key = "booking.cancel_reason." + e.Reason
	case booking.CreateRefused, booking.LateRefused:
		key = "booking.reason." + e.Reason
	}
	if !locale.Has(v.Lang, key) {
		return ""
	}
	return v.T(key)
}

// actorName names who did something; what is no person has a name in every
// language.
func actorName(v ui.View, name, role string) string {
	switch {
	case role == "supplier" || name == "supplier":
		return v.T("booking.who.supplier")
	case role == "job" || name == "clock" || name == "system":
		return v.T("booking.who.portal")
	}
	return name
}

// sentence is what is said on the phone about a paid booking.
func (p BookingPage) sentence(v ui.View) ui.ReadAloud {
	b := p.Booking
	cv, lang := v.Speaking(b.Customer.Language)
	return ui.ReadAloud{ID: "sentence", Lang: lang, Text: cv.T("booking.read",
		"Ref", ui.Spelled(b.CustomerRef()), "Place", b.Stay.ZoneName,
		"FromDay", cv.Lang.DayMonth(b.Stay.FromWall), "FromTime", cv.Lang.TimeSpoken(b.Stay.FromWall),
		"ToDay", cv.Lang.DayMonth(b.Stay.ToWall), "ToTime", cv.Lang.TimeSpoken(b.Stay.ToWall),
		"Total", cv.Money(b.Due()))}
}

// supplierWords is what the supplier said of an attempt, one text per line.
func supplierWords(a booking.Attempt) []string {
	var lines []string
	if a.Answer.Message != "" {
		lines = append(lines, a.Answer.Message)
	}
	return append(lines, a.Answer.Errors...)
}

// BookingPage is the subject of BookingShow, Confirmation and Voucher.
type BookingPage struct {
	Booking      booking.Booking
	MeetingPoint string // its name
	Now          time.Time
	Timezone     string // the agency's; deadlines are shown in it
	Entries      []booking.HistoryEntry
	Attempts     []booking.Attempt
	Actor        account.Actor
	ReadOnly     bool                 // it belongs to another environment
	Unrecorded   []booking.Unrecorded // answers that could not be recorded with their calls; for staff
	Disputed     bool                 // the supplier says otherwise; see booking.Disputed
	Credited     bool                 // it is paid here, and the supplier has credited it
	MayCancel    bool                 // this person may cancel it

	Findings []booking.Found // staff only

	Notes     []booking.Note // those that this person may read
	NoteText  string         // as it was typed
	NoteError string

	// For the paper that the customer keeps.
	AgencyName string
	Logo       []byte // the agency's, PNG; none without one
}
