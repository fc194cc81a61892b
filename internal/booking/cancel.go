package booking

import (
	"context"

	"guichet/internal/account"
)

// Rule is one condition of a cancellation.
type Rule string

// The conditions, in the order in which they are explained.
const (
	RuleAllowed Rule = "allowed" // this person may cancel this agency's bookings
	RulePaid    Rule = "paid"    // the booking is paid, and not cancelled
	RuleInsured Rule = "insured" // only insured bookings might be cancelled
	RuleOurs    Rule = "ours"    // the booking belongs to the configured environment
)

// CancelCheck forecasts what a request to cancel will come to. The supplier's
// answer wins over it.
type CancelCheck struct {
	Rules  []RuleResult
	Begun  bool // the stay has begun, so the supplier may refuse
	Repeat bool // an earlier request is still unknown; this one repeats it
	Left   int  // how many requests are left, this one included
}

// RuleResult says whether a rule is met.
type RuleResult struct {
	Rule Rule
	Met  bool
}

// Allowed reports that every rule is met.
func (v CancelCheck) Allowed() bool {
	for _, r := range v.Rules {
		if !r.Met {
			return false
		}
	}
	return true
}

// CheckCancel says, rule by rule, whether the actor can cancel a booking now.
func (s *Service) CheckCancel(ctx context.Context, actor account.Actor, b Booking) (CancelCheck, error) {
	f, err := ownFacts(ctx, s.store, b)
	if err != nil {
		return CancelCheck{}, err
	}
	v := CancelCheck{Begun: f.Now.After(b.Stay.From), Repeat: b.State == CancelUnknown, Left: max(0, MaxCancels-f.Cancels)}
	paid := b.State == Confirmed || (v.Repeat && v.Left > 0 && !b.Uncompared)
	allowed := actor.MayCancelBookings() && (!v.Repeat || actor.Role == account.CustomerService)
	v.Rules = []RuleResult{{RuleAllowed, allowed}, {RulePaid, paid}, {RuleInsured, b.Insured}}
	if s.ours(b) != nil {
		v.Rules = append(v.Rules, RuleResult{RuleOurs, false})
	}
	return v, nil
}

// CancelBlocker is the first rule by which the actor cannot cancel a booking, from
// what the booking itself says; empty when there is none. CheckCancel knows
// more, such as how often it was tried.
func CancelBlocker(actor account.Actor, b Booking, ours Environment) Rule {
	switch {
	case b.State != Confirmed && b.State != CancelUnknown, b.Uncompared:
		return RulePaid
	case !b.Insured:
		return RuleInsured
	case !actor.MayCancelBookings(), b.State == CancelUnknown && actor.Role != account.CustomerService:
		return RuleAllowed
	case b.Environment != ours:
		return RuleOurs
	}
	return ""
}
