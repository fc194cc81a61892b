// Package failpoint names the places at which a process may die in the middle of a
// sale, and the guards that a proof may turn off to show that it would notice.
//
// In the product it is empty: At does nothing, Off is false, and the compiler
// removes both. Only a build with the tag "prove" can be told, by variables of
// the environment, to die at a point or to leave a guard out. It imports
// nothing of ours and must not know what a booking is.
package failpoint

// Point is a place in the code, such as "pay.answered".
type Point string

// Guard is a rule that can be left out, one for each twin of the proof.
type Guard string

// The guards. Each twin shows what the rule protects from.
const (
	ClaimRow         Guard = "claim_row"          // an action claims the booking before it calls
	OneOpenAttempt   Guard = "one_open_attempt"   // no second call while one is open
	LateCompareSet   Guard = "late_compare_set"   // an attempt is settled once
	CrashIsUnknown   Guard = "crash_is_unknown"   // a payment whose process died is never held again
	ExpirySkips      Guard = "expiry_skips"       // expiry leaves alone what is in flight
	TimeoutIsUnknown Guard = "timeout_is_unknown" // no answer is no failure
	ExpiredDisbelief Guard = "expired_disbelief"  // the supplier's "expired" proves nothing
	OnePerDraft      Guard = "one_per_draft"      // a form is obeyed once
	CancelStays      Guard = "cancel_stays"       // a refused repeat does not disprove the first cancel
	FenceWaits       Guard = "fence_waits"        // negative evidence waits for the fence
	SameEnvironment  Guard = "same_environment"   // only bookings of the configured environment change
	OwnScope         Guard = "own_scope"          // nobody touches another agency's booking
	OnePaidPerSale   Guard = "one_paid_per_sale"  // a sale that was tried again is not paid twice
)

// Guards lists all guards.
func Guards() []Guard {
	return []Guard{
		ClaimRow, OneOpenAttempt, LateCompareSet, CrashIsUnknown, ExpirySkips, TimeoutIsUnknown, ExpiredDisbelief,
		OnePerDraft, CancelStays, FenceWaits, SameEnvironment, OwnScope, OnePaidPerSale,
	}
}

// Points lists all places, in the order in which a sale passes them.
func Points() []Point {
	var all []Point
	for _, op := range []string{"create", "pay", "cancel"} {
		for _, where := range []string{"begin", "in_claim", "claimed", "written", "answered", "in_record", "recorded"} {
			all = append(all, Point(op+"."+where))
		}
	}
	all = append(all, "create.next")
	for _, sweep := range []string{"expiry", "lease", "create_lapse", "disproved"} {
		for _, where := range []string{"begin", "locked", "moved", "committed"} {
			all = append(all, Point(sweep+"."+where))
		}
	}
	return append(all, "late.begin", "late.settled", "late.moved")
}
