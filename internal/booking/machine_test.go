package booking_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guichet/internal/booking"
)

var noon = time.Date(2027, 6, 30, 12, 0, 0, 0, time.UTC)

// young are the facts of a booking made a minute ago, with nothing against it.
func young() booking.Facts {
	return booking.Facts{
		Now: noon.Add(time.Minute), PayBy: noon.Add(59 * time.Minute), Deadline: noon.Add(60 * time.Minute),
		Fence: noon.Add(70 * time.Minute), Insured: true, Environment: booking.Simulator,
	}
}

// old are the facts of a booking whose every delay is over.
func old() booking.Facts {
	f := young()
	f.Now = noon.Add(71 * time.Minute)
	return f
}

// results is the whole machine: for each state, what each event leads to for a
// young booking and for an old one. What is not listed is refused.
var results = map[booking.State]map[booking.Event][2]booking.State{
	booking.New: {
		booking.Submit:   {booking.Creating, booking.Creating},
		booking.TakeOver: {"second", "second"},
	},
	booking.Creating: {
		booking.CreateOK:      {booking.Held, booking.Held},
		booking.CreateRefused: {booking.Refused, booking.Refused},
		booking.CreateLost:    {booking.CreateUnknown, booking.CreateUnknown},
	},
	booking.CreateUnknown: {
		booking.LateHeld:     {booking.Held, "late"},
		booking.LateDropped:  {booking.Dropped, booking.Dropped},
		booking.LateRefused:  {booking.Refused, booking.Refused},
		booking.CreateLapsed: {"no", booking.Expired},
	},
	booking.Held: {
		booking.Pay:    {booking.Paying, "late"},
		booking.Expire: {"no", booking.Expired},
		booking.Drop:   {booking.Dropped, booking.Dropped},
		booking.Void:   {booking.Voided, booking.Voided},
	},
	booking.Paying: {
		booking.PayOK:      {booking.Confirmed, booking.Confirmed},
		booking.PayRefused: {booking.Held, booking.Held},
		booking.PayLost:    {booking.PayUnknown, booking.PayUnknown},
		booking.Void:       {booking.Voided, booking.Voided},
	},
	booking.PayUnknown: {
		booking.LatePaid:     {booking.Confirmed, booking.Confirmed},
		booking.PayDisproved: {"no", booking.Expired},
		booking.Void:         {booking.Voided, booking.Voided},
	},
	booking.Confirmed: {
		booking.Cancel:        {booking.Cancelling, booking.Cancelling},
		booking.ReverseCancel: {"second", "second"},
		booking.Void:          {booking.Voided, booking.Voided},
	},
	booking.Cancelling: {
		booking.CancelOK:      {booking.Cancelled, booking.Cancelled},
		booking.CancelRefused: {booking.Confirmed, booking.Confirmed},
		booking.CancelLost:    {booking.CancelUnknown, booking.CancelUnknown},
		booking.Void:          {booking.Voided, booking.Voided},
	},
	booking.CancelUnknown: {
		booking.Cancel:         {booking.Cancelling, booking.Cancelling},
		booking.LateCancelled:  {booking.Cancelled, booking.Cancelled},
		booking.CancelDisprove: {"no", booking.Confirmed},
		booking.Void:           {booking.Voided, booking.Voided},
	},
	booking.Refused:   {booking.ReversePaid: {"second", "second"}},
	booking.Expired:   {booking.ReversePaid: {"second", "second"}},
	booking.Dropped:   {booking.ReversePaid: {"second", "second"}},
	booking.Cancelled: {booking.ReversePaid: {"second", "second"}},
	booking.Voided:    {},
}

// refusals are the errors that the words in results stand for.
var refusals = map[booking.State]error{
	"no": booking.ErrTransition, "late": booking.ErrTooLate, "second": booking.ErrForbidden,
}

func TestEveryStateAndEventHasOneResult(t *testing.T) {
	t.Parallel()
	for _, from := range append(booking.States(), booking.New) {
		for _, event := range booking.Events() {
			for i, f := range []booking.Facts{young(), old()} {
				want, listed := results[from][event]
				got, err := booking.Next(from, event, f)
				expected := booking.ErrTransition
				if listed {
					expected = refusals[want[i]]
				}
				switch {
				case expected != nil:
					if !errors.Is(err, expected) || got != from {
						t.Errorf("%q + %s (%d) = %q, %v; want refused with %v", from, event, i, got, err, expected)
					}
				case err != nil || got != want[i]:
					t.Errorf("%q + %s (%d) = %q, %v; want %q", from, event, i, got, err, want[i])
				}
			}
		}
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	with := func(change func(*booking.Facts)) booking.Facts {
		f := young()
		change(&f)
		return f
	}
	at := func(d time.Duration) booking.Facts { return with(func(f *booking.Facts) { f.Now = noon.Add(d) }) }
	for name, c := range map[string]struct {
		from  booking.State
		event booking.Event
		facts booking.Facts
		want  error
	}{
		"pay one tick before pay_by":             {booking.Held, booking.Pay, at(59*time.Minute - 1), nil},
		"pay at pay_by":                          {booking.Held, booking.Pay, at(59 * time.Minute), booking.ErrTooLate},
		"pay what differs":                       {booking.Held, booking.Pay, with(func(f *booking.Facts) { f.Differs = true }), booking.ErrNotAccepted},
		"pay with an open attempt":               {booking.Held, booking.Pay, with(func(f *booking.Facts) { f.AttemptOpen = true }), booking.ErrBusy},
		"expire before the deadline":             {booking.Held, booking.Expire, at(60*time.Minute - 1), booking.ErrTransition},
		"expire at the deadline":                 {booking.Held, booking.Expire, at(60 * time.Minute), nil},
		"expire with an open attempt":            {booking.Held, booking.Expire, with(func(f *booking.Facts) { f.Now = noon.Add(61 * time.Minute); f.AttemptOpen = true }), booking.ErrTransition},
		"drop with an open attempt":              {booking.Held, booking.Drop, with(func(f *booking.Facts) { f.AttemptOpen = true }), booking.ErrBusy},
		"late create of a retried one":           {booking.CreateUnknown, booking.LateHeld, with(func(f *booking.Facts) { f.Retried = true }), booking.ErrTooLate},
		"late create of a sale that has another": {booking.CreateUnknown, booking.LateHeld, with(func(f *booking.Facts) { f.Taken = true }), booking.ErrTooLate},
		"reverse in a sale that has another":     {booking.Expired, booking.ReversePaid, with(func(f *booking.Facts) { f.SecondPerson, f.Taken = true, true }), booking.ErrTransition},
		"disprove before the fence":              {booking.PayUnknown, booking.PayDisproved, at(70*time.Minute - 1), booking.ErrTransition},
		"disprove at the fence":                  {booking.PayUnknown, booking.PayDisproved, at(70 * time.Minute), nil},
		"cancel without insurance":               {booking.Confirmed, booking.Cancel, with(func(f *booking.Facts) { f.Insured = false }), booking.ErrNotInsured},
		"third repeat of a cancel":               {booking.CancelUnknown, booking.Cancel, with(func(f *booking.Facts) { f.Cancels = 3 }), booking.ErrTransition},
		"void in production":                     {booking.Confirmed, booking.Void, with(func(f *booking.Facts) { f.Environment = booking.Production }), booking.ErrTransition},
		"reverse with a second person":           {booking.Expired, booking.ReversePaid, with(func(f *booking.Facts) { f.SecondPerson = true }), nil},
		"late and unfit":                         {booking.CreateUnknown, booking.LateHeld, with(func(f *booking.Facts) { f.Unfit = true }), booking.ErrTransition},
		"late, unfit and dropped":                {booking.CreateUnknown, booking.LateDropped, with(func(f *booking.Facts) { f.Unfit = true }), booking.ErrTransition},
		"unfit and refused":                      {booking.CreateUnknown, booking.LateRefused, with(func(f *booking.Facts) { f.Unfit = true }), booking.ErrTransition},
		"unfit, and the clock":                   {booking.CreateUnknown, booking.CreateLapsed, with(func(f *booking.Facts) { f.Unfit = true; f.Now = noon.Add(99 * time.Hour) }), booking.ErrTransition},
		"unfit and as ordered":                   {booking.CreateUnknown, booking.UnfitHeld, with(func(f *booking.Facts) { f.Unfit = true }), nil},
		"unfit and as ordered, late":             {booking.CreateUnknown, booking.UnfitHeld, with(func(f *booking.Facts) { f.Unfit = true; f.Now = f.PayBy }), booking.ErrTooLate},
		"unfit, and tried again":                 {booking.CreateUnknown, booking.UnfitHeld, with(func(f *booking.Facts) { f.Unfit = true; f.Retried = true }), booking.ErrTooLate},
		"unfit, and another is payable":          {booking.CreateUnknown, booking.UnfitHeld, with(func(f *booking.Facts) { f.Unfit, f.Taken = true, true }), booking.ErrTooLate},
		"unfit and paid, another as well":        {booking.CreateUnknown, booking.UnfitPaid, with(func(f *booking.Facts) { f.Unfit, f.SecondPerson, f.Taken = true, true, true }), booking.ErrTransition},
		"pay while another may be paid":          {booking.Held, booking.Pay, with(func(f *booking.Facts) { f.Doubtful = true }), booking.ErrTransition},
		"unfit and void, early":                  {booking.CreateUnknown, booking.UnfitVoid, with(func(f *booking.Facts) { f.Unfit = true }), booking.ErrTransition},
		"unfit and void at the fence":            {booking.CreateUnknown, booking.UnfitVoid, with(func(f *booking.Facts) { f.Unfit = true; f.Now = f.Fence }), nil},
		"unfit and paid, one person":             {booking.CreateUnknown, booking.UnfitPaid, with(func(f *booking.Facts) { f.Unfit = true }), booking.ErrForbidden},
		"unfit and paid, two people":             {booking.CreateUnknown, booking.UnfitPaid, with(func(f *booking.Facts) { f.Unfit = true; f.SecondPerson = true }), nil},
		"paid, and nothing was unfit":            {booking.CreateUnknown, booking.UnfitPaid, with(func(f *booking.Facts) { f.SecondPerson = true }), booking.ErrTransition},
		"void, and nothing was unfit":            {booking.CreateUnknown, booking.UnfitVoid, with(func(f *booking.Facts) { f.Now = f.Fence }), booking.ErrTransition},
	} {
		if _, err := booking.Next(c.from, c.event, c.facts); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What waits for the comparison after a restore moves by answers of calls in flight
// and by evidence, and by nothing else; evidence moves nothing else.
func TestGuardsOfWhatIsUncompared(t *testing.T) {
	t.Parallel()
	for _, from := range booking.States() {
		for event, pair := range results[from] {
			f := old()
			f.Uncompared = true
			_, err := booking.Next(from, event, f)
			switch event {
			case booking.Pay, booking.Drop, booking.Expire, booking.CreateLapsed, booking.Cancel:
				if !errors.Is(err, booking.ErrUncompared) {
					t.Errorf("%q + %s: %v", from, event, err)
				}
			default:
				if _, refused := refusals[pair[1]]; !refused && err != nil {
					t.Errorf("%q + %s: %v", from, event, err)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		from   booking.State
		event  booking.Event
		change func(*booking.Facts)
		want   error
	}{
		"lines prove it":              {booking.Held, booking.ProvePaid, func(f *booking.Facts) { f.Proven = true }, nil},
		"two people prove it":         {booking.Held, booking.ProvePaid, func(f *booking.Facts) { f.SecondPerson = true }, nil},
		"one person proves it":        {booking.Held, booking.ProvePaid, func(*booking.Facts) {}, booking.ErrForbidden},
		"not marked":                  {booking.Held, booking.ProvePaid, func(f *booking.Facts) { f.Uncompared, f.Proven = false, true }, booking.ErrTransition},
		"another one can be paid":     {booking.CreateUnknown, booking.ProvePaid, func(f *booking.Facts) { f.Proven, f.Taken = true, true }, booking.ErrTransition},
		"an answer that does not fit": {booking.CreateUnknown, booking.ProvePaid, func(f *booking.Facts) { f.Proven, f.Unfit = true, true }, booking.ErrTransition},
		"in flight":                   {booking.Held, booking.ProvePaid, func(f *booking.Facts) { f.Proven, f.AttemptOpen = true, true }, booking.ErrTransition},
		"void":                        {booking.Held, booking.ProveVoid, func(*booking.Facts) {}, nil},
		"void, create":                {booking.CreateUnknown, booking.ProveVoid, func(*booking.Facts) {}, nil},
		"void before the fence":       {booking.Held, booking.ProveVoid, func(f *booking.Facts) { f.Now = f.Fence.Add(-1) }, booking.ErrTransition},
		"void, not marked":            {booking.Held, booking.ProveVoid, func(f *booking.Facts) { f.Uncompared = false }, booking.ErrTransition},
	} {
		f := old()
		f.Uncompared = true
		c.change(&f)
		if _, err := booking.Next(c.from, c.event, f); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestRefusedCancelStaysUnknownWhileAnEarlierOneIs(t *testing.T) {
	t.Parallel()
	f := young()
	f.CancelUnknown = true
	if got, err := booking.Next(booking.Cancelling, booking.CancelRefused, f); err != nil || got != booking.CancelUnknown {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCancelThatWasDoneMeanwhileIsDone(t *testing.T) {
	t.Parallel()
	f := young()
	f.CancelDone, f.CancelUnknown = true, true
	for _, event := range []booking.Event{booking.CancelOK, booking.CancelRefused, booking.CancelLost} {
		if got, err := booking.Next(booking.Cancelling, event, f); err != nil || got != booking.Cancelled {
			t.Errorf("%s: got %q, %v", event, got, err)
		}
	}
}

// Random sequences never leave the table, and never make a second paid state
// out of anything that is not paid at the supplier.
func TestRandomSequencesStayInTheTable(t *testing.T) {
	t.Parallel()
	arrows := booking.Arrows()
	rapid.Check(t, func(t *rapid.T) {
		state, paid := booking.New, false
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			event := rapid.SampledFrom(booking.Events()).Draw(t, "event")
			f := young()
			f.Now = noon.Add(time.Duration(rapid.IntRange(0, 80).Draw(t, "minute")) * time.Minute)
			f.AttemptOpen = rapid.Bool().Draw(t, "open")
			f.Differs = rapid.Bool().Draw(t, "differs")
			f.Insured = rapid.Bool().Draw(t, "insured")
			f.CancelUnknown = rapid.Bool().Draw(t, "cancel unknown")
			f.CancelDone = rapid.Bool().Draw(t, "cancel done")
			next, err := booking.Next(state, event, f)
			if err != nil {
				if next != state {
					t.Fatalf("a refused %s moved %q to %q", event, state, next)
				}
				continue
			}
			if !slices.Contains(arrows, [2]booking.State{state, next}) {
				t.Fatalf("%q to %q is not in the table", state, next)
			}
			if event == booking.PayOK || event == booking.LatePaid {
				paid = true
			}
			if next == booking.Confirmed && !paid {
				t.Fatalf("%s made a booking paid that nobody paid", event)
			}
			if paid && (next == booking.Expired || next == booking.Refused || next == booking.Dropped) {
				t.Fatalf("%s made a paid booking %s", event, next)
			}
			state = next
		}
	})
}
