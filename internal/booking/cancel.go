package booking

import (
	"context"
	"slices"

	"guichet/internal/account"
	"guichet/internal/failpoint"
	"guichet/internal/invalid"
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

// CancelRequest is the cancel page, sent.
type CancelRequest struct {
	Ref     string
	Version int
	Reason  string // a code of CancelReasons
}

// CancelReasons are the codes that a cancellation may name.
func CancelReasons() []string { return []string{"flight", "illness", "plans", "mistake", "other"} }

// Cancel asks the supplier to cancel an insured, paid booking, or repeats a
// cancellation whose outcome is unknown (customer service, MaxCancels in all).
// Errors as for Pay, and ErrNotInsured.
func (s *Service) Cancel(ctx context.Context, actor account.Actor, req CancelRequest) (Booking, error) {
	if !actor.MayCancelBookings() {
		return Booking{}, ErrForbidden
	}
	if !slices.Contains(CancelReasons(), req.Reason) {
		var bad invalid.Error
		bad.Add("reason", "problem.reason.empty")
		return Booking{}, &bad
	}
	ctx = context.WithoutCancel(ctx)
	b, c, err := s.claimAction(ctx, actor, req.Ref, req.Version, HistoryEntry{Event: Cancel, Reason: req.Reason}, func(*Booking) {})
	if err != nil {
		return b, err
	}
	return s.finish(ctx, b, func(ctx context.Context) {
		c, ans := s.callWithEitherKey(ctx, c, func(k Call) Answer { return s.supplier.Cancel(ctx, k, b.SupplierID) })
		failpoint.At("cancel", "answered")
		s.recordPatiently(ctx, c, ans)
		failpoint.At("cancel", "recorded")
	})
}
