package bookings

import (
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/ui"
)

// CancelPage is the subject of BookingCancel.
type CancelPage struct {
	Booking  booking.Booking
	Check    booking.CancelCheck
	Reason   string // a code; empty when none is chosen
	Agreed   bool   // the customer agrees
	Sure     bool   // the last question
	Errors   map[string]string
	Actor    account.Actor
	Now      time.Time
	Timezone string // the agency's
	Disputed bool   // the supplier says otherwise; see booking.Disputed
}

func (p CancelPage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.reasons(v).AsField(), p.agreement(v).AsField())
}

func (p CancelPage) reasons(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "reason", Name: "reason", Legend: v.T("cancel.why"), Error: p.Errors["reason"]}
	for _, code := range booking.CancelReasons() {
		g.Choices = append(g.Choices, ui.Choice{ID: "reason-" + code, Value: code, Label: v.T("cancel.why." + code), Checked: code == p.Reason})
	}
	return g
}

func (p CancelPage) agreement(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "agreed", Name: "agreed", Legend: v.T("cancel.agreed.legend"), Error: p.Errors["agreed"],
		Choices: []ui.Choice{{ID: "agreed-1", Value: "1", Label: v.T("cancel.agreed"), Checked: p.Agreed}},
	}
}

func (p CancelPage) headline(v ui.View) string {
	if p.Check.Allowed() {
		return v.T("cancel.yes")
	}
	return v.T("cancel.no")
}

func ruled(met bool) ui.Kind {
	if met {
		return ui.OK
	}
	return ui.Bad
}

func tick(met bool) string {
	if met {
		return "✓"
	}
	return "✗"
}

func (p CancelPage) met(v ui.View, r booking.RuleResult) string {
	if r.Met {
		return v.T("cancel.met")
	}
	return v.T("cancel.not_met")
}

// ruling explains a rule. Why a booking is not a paid one depends on its state.
func (p CancelPage) ruling(v ui.View, r booking.RuleResult) string {
	if r.Met {
		return v.T("cancel.rule." + string(r.Rule))
	}
	switch {
	case r.Rule == booking.RuleInsured:
		return v.T("cancel.rule." + uninsured(p.Booking) + ".no")
	case r.Rule != booking.RulePaid:
		return v.T("cancel.rule." + string(r.Rule) + ".no")
	}
	return v.T("cancel.unpaid."+p.stateWord(), "When", v.At(p.Booking.Deadline, p.Now, p.Timezone))
}

// stateWord is the state for the words about it, or why the state alone would
// say too much.
func (p CancelPage) stateWord() string {
	switch {
	case p.Booking.Uncompared:
		return "uncompared"
	case p.Booking.Astray():
		return "unfit"
	case p.Disputed:
		return "disputed"
	default:
		return string(p.Booking.State)
	}
}

// uninsured says why a paid booking cannot be cancelled: of one that was taken
// over, nobody knows yet whether it is insured.
func uninsured(b booking.Booking) string {
	if b.TakenOver {
		return "insurance_unknown"
	}
	return "insured"
}

// sentence explains to the customer, in the customer's language, why not.
func (p CancelPage) sentence(v ui.View) ui.ReadAloud {
	cv, lang := v.Speaking(p.Booking.Customer.Language)
	said := []string{}
	for _, r := range p.Check.Rules {
		if r.Met {
			continue
		}
		switch r.Rule {
		case booking.RulePaid:
			said = append(said, cv.T("cancel.say."+p.stateWord()))
		case booking.RuleInsured:
			if p.Booking.State == booking.Confirmed {
				said = append(said, cv.T("cancel.say."+uninsured(p.Booking)))
			}
		default:
			said = append(said, cv.T("cancel.say."+string(r.Rule)))
		}
	}
	return ui.ReadAloud{ID: "explanation", Lang: lang, Text: strings.Join(said, " ")}
}
