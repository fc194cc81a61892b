package booking_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/statement"
)

// scene is one sale as the pages show it that are open now.
type scene struct {
	ctx         context.Context
	agent, desk account.Actor
	second      account.Actor // of customer service, too

	draft     booking.Draft       // ready to be booked; the sale's, or the one that tries again
	page      booking.Booking     // the booking that pages show
	answers   []pendingAnswer     // that are still on their way
	statement statement.Statement // that names the page's booking
	other     statement.Statement // that does so too, in lines that leave a doubt together
	proposal  booking.Booking     // whose reversal was proposed
	rebooks   bool                // the page's booking is booked again
}

// pendingAnswer is what the supplier says to a call, once it arrives.
type pendingAnswer struct {
	attempt int64
	answer  booking.Answer
}

// operation is something that is done with a sale. needs says which part of the
// scene it works on.
type operation struct {
	name  string
	needs func(*scene) bool
	run   func(side, *scene) error
}

func (x *scene) lacks(op operation) bool { return !op.needs(x) }

func always(*scene) bool         { return true }
func hasDraft(x *scene) bool     { return x.draft.ID != "" }
func hasPage(x *scene) bool      { return x.page.Ref != "" }
func hasStatement(x *scene) bool { return x.statement.ID != 0 }
func hasOther(x *scene) bool     { return x.other.ID != 0 }
func hasProposal(x *scene) bool  { return x.proposal.Ref != "" }

func hasAnswer(n int) func(*scene) bool {
	return func(x *scene) bool { return len(x.answers) > n }
}

// operations are all that can happen to a sale. Which of them make sense in a
// situation is found out: those that change something there.
var operations = []operation{
	{"book", hasDraft, func(s side, x *scene) error {
		_, err := s.Book(x.ctx, x.agent, booking.BookRequest{DraftID: x.draft.ID, Version: x.draft.Version, PayMethod: "cash"})
		return err
	}},
	{"pay", hasPage, func(s side, x *scene) error {
		_, err := s.Pay(x.ctx, x.agent, booking.PayRequest{Ref: x.page.Ref, Version: x.page.Version, Method: "cash"})
		return err
	}},
	{"drop", hasPage, func(s side, x *scene) error {
		_, err := s.Drop(x.ctx, x.agent, x.page.Ref, x.page.Version)
		return err
	}},
	{"accept", hasPage, func(s side, x *scene) error {
		_, err := s.Accept(x.ctx, x.agent, x.page.Ref, x.page.Version)
		return err
	}},
	{"cancel", hasPage, func(s side, x *scene) error {
		_, err := s.Cancel(x.ctx, x.desk, booking.CancelRequest{Ref: x.page.Ref, Version: x.page.Version, Reason: "plans"})
		return err
	}},
	{"first answer", hasAnswer(0), func(s side, x *scene) error { return arrives(s, x, 0) }},
	{"second answer", hasAnswer(1), func(s side, x *scene) error { return arrives(s, x, 1) }},
	{"refusal", hasAnswer(0), func(s side, x *scene) error {
		refused := booking.Answer{Outcome: booking.OutcomeRefused, HTTPStatus: 422, ErrorCode: "validation_failed"}
		return patiently(func() error { return s.Record(x.ctx, x.answers[0].attempt, refused) })
	}},
	{"expiry", always, func(s side, x *scene) error { return swept(s.Expire(x.ctx)) }},
	{"leases", always, func(s side, x *scene) error { return swept(s.EndLeases(x.ctx)) }},
	{"retry", hasPage, func(s side, x *scene) error {
		_, err := s.Retry(x.ctx, x.agent, x.page.Ref)
		return err
	}},
	{"rebook", func(x *scene) bool { return x.rebooks }, func(s side, x *scene) error {
		_, err := s.Rebook(x.ctx, x.agent, x.page.Ref)
		if errors.Is(err, booking.ErrTransition) { // a call is on its way: asked again later, it may be
			err = booking.ErrBusy
		}
		return err
	}},
	{"reopen", always, func(s side, x *scene) error {
		return s.Unfreeze(x.ctx, account.Actor{UserID: x.desk.UserID, Role: account.Admin})
	}},
	{"found paid", hasPage, found(booking.FoundPaid)},
	{"found not paid", hasPage, found(booking.FoundNotPaid)},
	{"found cancelled", hasPage, found(booking.FoundCancelled)},
	{"found not cancelled", hasPage, found(booking.FoundNotCancelled)},
	{"found as ordered", hasPage, found(booking.FoundAsOrdered)},
	{"found void", hasPage, found(booking.FoundVoid)},
	{"second person", hasProposal, func(s side, x *scene) error {
		_, err := s.Resolve(x.ctx, x.second, booking.ResolveRequest{Ref: x.proposal.Ref, Version: x.proposal.Version, Finding: booking.FoundPaid, Evidence: proof})
		return err
	}},
	{"statement line", hasStatement, func(s side, x *scene) error { return compared(s, x, x.statement) }},
	{"other statement", hasOther, func(s side, x *scene) error { return compared(s, x, x.other) }},
}

func compared(s side, x *scene, st statement.Statement) error {
	return patiently(func() error {
		_, _, err := s.statements.Compare(x.ctx, x.desk, statement.CompareRequest{
			Handle: st.Handle, Columns: idAndAmount, Words: func(_ string, line int) string { return fmt.Sprintf("line %d", line) },
		})
		return err
	})
}

// swept says that a sweep found nothing that was free: it comes again.
func swept(moved int, err error) error {
	if err == nil && moved == 0 {
		return booking.ErrBusy
	}
	return err
}

// arrives records an answer, as long as it takes: it may be late, not lost.
func arrives(s side, x *scene, n int) error {
	a := x.answers[n]
	return patiently(func() error { return s.Record(x.ctx, a.attempt, a.answer) })
}

// lostAnswer is an answer that could not be recorded, or a line that was not
// read, for whatever reason: that is no refusal.
type lostAnswer struct{ why string }

func (l lostAnswer) Error() string { return "lost: " + l.why }

func patiently(f func() error) error {
	err := f()
	for errors.Is(err, booking.ErrBusy) {
		err = f()
	}
	if err != nil {
		return lostAnswer{err.Error()}
	}
	return nil
}

func found(f booking.Finding) func(side, *scene) error {
	return func(s side, x *scene) error {
		_, err := s.Resolve(x.ctx, x.desk, booking.ResolveRequest{Ref: x.page.Ref, Version: x.page.Version, Finding: f, Evidence: proof})
		return err
	}
}

// situation is a moment in a sale's life. busy names operations that must do
// something in it, so that it is the situation that it is meant to be.
type situation struct {
	name string
	set  func(*env) *scene
	busy []string
}

const (
	pastLease    = 50 * time.Second
	pastDeadline = 61 * time.Minute
	pastFence    = 72 * time.Minute
)

var situations = []situation{
	{"a quote", func(c *env) *scene {
		return c.scene(func(x *scene) { x.draft = c.quoted("AA-001-AA", booking.CancellationInsurance) })
	}, []string{"book"}},
	{"a create on its way, past its lease", func(c *env) *scene {
		b := c.unknownCreate("AA-001-AA")
		c.inFlight(b, booking.Creating)
		c.pass(pastLease)
		return c.scene(func(x *scene) { x.page, x.answers = c.now(b.Ref), c.onTheWay(b) })
	}, []string{"first answer", "refusal", "leases"}},
	{"an unknown create, and its retry", func(c *env) *scene {
		b := c.unknownCreate("AA-001-AA")
		return c.scene(func(x *scene) { x.page, x.answers, x.draft = b, c.onTheWay(b), c.retryOf(b) })
	}, []string{"book", "first answer", "refusal"}},
	{"an unknown create", func(c *env) *scene {
		b := c.unknownCreate("AA-001-AA")
		return c.scene(func(x *scene) { x.page, x.answers = b, c.onTheWay(b) })
	}, []string{"retry", "first answer", "refusal"}},
	{"an unknown create past the fence, and its retry", func(c *env) *scene {
		b := c.unknownCreate("AA-001-AA")
		d := c.retryOf(b)
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.answers, x.draft = b, c.onTheWay(b), d })
	}, []string{"book", "first answer", "refusal", "expiry"}},
	{"two unknown creates, and a third try", func(c *env) *scene {
		old := c.unknownCreate("AA-001-AA")
		next := c.bookLost(c.retryOf(old))
		return c.scene(func(x *scene) {
			x.page, x.answers, x.draft = next, append(c.onTheWay(next), c.onTheWay(old)...), c.retryOf(next)
		})
	}, []string{"book", "first answer", "second answer", "refusal"}},
	{"an unknown create, tried again and held", func(c *env) *scene {
		old := c.unknownCreate("AA-001-AA")
		next := c.retried(old)
		return c.scene(func(x *scene) { x.page, x.answers = next, c.onTheWay(old) })
	}, []string{"pay", "drop", "first answer"}},
	{"proposed to be paid, tried again and unknown, and a third try", func(c *env) *scene {
		old := c.unknownCreate("AA-001-AA")
		next := c.bookLost(c.retryOf(old))
		old = c.proposed(old)
		return c.scene(func(x *scene) { x.page, x.answers, x.proposal, x.draft = next, c.onTheWay(next), old, c.retryOf(next) })
	}, []string{"book", "first answer", "second person"}},
	{"held", func(c *env) *scene {
		b := c.held("AA-001-AA", booking.CancellationInsurance)
		return c.scene(func(x *scene) { x.page = b })
	}, []string{"pay", "drop"}},
	{"held at another price", func(c *env) *scene {
		d := c.quoted("AA-001-AA", booking.CancellationInsurance)
		dearer := simulator.Fault{Endpoint: "create", Kind: "price_changed", Count: 1, Amount: 500}
		if err := c.sim.SetFault(dearer); err != nil {
			c.t.Fatal(err)
		}
		b, err := c.Book(c.t.Context(), c.agent, c.request(d))
		return c.scene(func(x *scene) { x.page = must(c.t, b, err) })
	}, []string{"accept", "drop"}},
	{"held past the deadline", func(c *env) *scene {
		b := c.held("AA-001-AA", booking.CancellationInsurance)
		c.pass(pastDeadline)
		return c.scene(func(x *scene) { x.page, x.rebooks = b, true })
	}, []string{"drop", "expiry", "rebook"}},
	{"a payment on its way, past its lease", func(c *env) *scene {
		b := c.payLost("AA-001-AA", "drop_after")
		c.inFlight(b, booking.Paying)
		c.pass(pastLease)
		return c.scene(func(x *scene) { x.page, x.answers = c.now(b.Ref), c.onTheWay(b) })
	}, []string{"first answer", "refusal", "leases"}},
	{"an unknown payment past the fence", func(c *env) *scene {
		b := c.payLost("AA-001-AA", "drop_after")
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.answers, x.statement = b, c.onTheWay(b), c.billed(b) })
	}, []string{"first answer", "refusal", "found paid", "found not paid", "statement line"}},
	{"an unknown payment that two statements bill", func(c *env) *scene {
		b := c.payLost("AA-001-AA", "drop_after")
		return c.scene(func(x *scene) {
			x.page, x.statement = b, c.billed(b)
			x.other = c.statement(fmt.Sprintf("id;amount\n%s;%s\nother;1,00\n", b.SupplierID, cents(b.Due())))
			if _, _, err := c.compare(x.other, idAndAmount); err != nil {
				c.t.Fatal(err)
			}
			c.byHand(`UPDATE statements SET read_at = NULL WHERE id = $1`, x.other.ID) // its process died half-way
			c.byHand(`DELETE FROM cases WHERE booking_id = $1 AND why = 'lines_unproved'`, b.ID)
		})
	}, []string{"statement line", "other statement"}},
	{"a refused payment that was unknown, past the fence", func(c *env) *scene {
		b := c.payLost("AA-001-AA", "drop_before")
		a := c.onTheWay(b)[0]
		if err := c.Record(c.t.Context(), a.attempt, booking.Answer{Outcome: booking.OutcomeRefused, HTTPStatus: 422, ErrorCode: "validation_failed"}); err != nil {
			c.t.Fatal(err)
		}
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.statement = c.now(b.Ref), c.billed(b) })
	}, []string{"expiry", "found paid", "found not paid", "statement line"}},
	{"paid", func(c *env) *scene {
		b := c.paid("AA-001-AA", booking.CancellationInsurance)
		return c.scene(func(x *scene) { x.page, x.rebooks = b, true })
	}, []string{"cancel", "rebook"}},
	{"a cancellation on its way, past its lease", func(c *env) *scene {
		b := c.cancelLost("AA-001-AA")
		c.inFlight(b, booking.Cancelling)
		c.pass(pastLease)
		return c.scene(func(x *scene) { x.page, x.answers = c.now(b.Ref), c.onTheWay(b) })
	}, []string{"first answer", "refusal", "leases"}},
	{"an unknown cancellation past the fence", func(c *env) *scene {
		b := c.cancelLost("AA-001-AA")
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.answers = b, c.onTheWay(b) })
	}, []string{"cancel", "first answer", "refusal", "found cancelled", "found not cancelled"}},
	{"an answer that does not fit", func(c *env) *scene {
		b := c.astray("AA-001-AA", simulator.Fault{Kind: "other_zone"})
		return c.scene(func(x *scene) { x.page, x.answers = b, c.onTheWay(b) })
	}, []string{"first answer", "found as ordered", "found paid"}},
	{"an answer that does not fit, past the fence", func(c *env) *scene {
		b := c.astray("AA-001-AA", simulator.Fault{Kind: "other_zone"})
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.statement = b, c.billed(b) })
	}, []string{"found paid", "found void"}},
	{"held and uncompared, past the fence", func(c *env) *scene {
		b := c.held("AA-001-AA", booking.CancellationInsurance)
		c.restored()
		c.pass(pastFence)
		return c.scene(func(x *scene) { x.page, x.statement = c.now(b.Ref), c.billed(b) })
	}, []string{"found paid", "found not paid", "statement line"}},
	{"frozen, a payment on its way, past its lease", func(c *env) *scene {
		b := c.payLost("AA-001-AA", "drop_after")
		c.inFlight(b, booking.Paying)
		c.frozen()
		c.pass(pastLease)
		return c.scene(func(x *scene) { x.page, x.answers = c.now(b.Ref), c.onTheWay(b) })
	}, []string{"first answer", "refusal", "leases", "reopen"}},
}

// scene is a sale with the people who work on it.
func (c *env) scene(fill func(*scene)) *scene {
	c.t.Helper()
	x := &scene{ctx: context.WithoutCancel(c.t.Context()), agent: c.agent, desk: c.desk}
	x.second = c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	fill(x)
	return x
}

// frozen stops the portal as an operator does.
func (c *env) frozen() {
	c.t.Helper()
	if err := c.Freeze(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// unknownCreate is a booking that was made, and whose answer was lost.
func (c *env) unknownCreate(plate string) booking.Booking {
	c.t.Helper()
	return c.bookLost(c.quoted(plate, booking.CancellationInsurance))
}

func (c *env) bookLost(d booking.Draft) booking.Booking {
	c.t.Helper()
	c.fault("create", "drop_after")
	b, err := c.Book(c.t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.CreateUnknown {
		c.t.Fatalf("%s, %v", b.State, err)
	}
	return b
}

func (c *env) retryOf(b booking.Booking) booking.Draft {
	c.t.Helper()
	d, err := c.Retry(c.t.Context(), c.agent, b.Ref)
	return must(c.t, d, err)
}

// onTheWay is the good answer to a booking's last call.
func (c *env) onTheWay(b booking.Booking) []pendingAnswer {
	c.t.Helper()
	_, attempts, err := c.History(c.t.Context(), b)
	if err != nil {
		c.t.Fatal(err)
	}
	last := attempts[len(attempts)-1]
	good := booking.Answer{Outcome: booking.OutcomeOK, HTTPStatus: 200}
	if last.Operation == booking.OpCreate {
		there := c.sim.Ledger()[b.ID-1] // each create was executed
		good.Created = booking.Created{
			ID: there.ID, Reference: there.Reference, Total: booking.Money{Cents: there.PriceCents, Currency: there.Currency},
			Services: there.Services, ContactID: there.ContactID, CarID: there.CarID,
		}
	}
	return []pendingAnswer{{last.ID, good}}
}

// inFlight takes back that an answer was lost: the call is still on its way.
func (c *env) inFlight(b booking.Booking, state booking.State) {
	c.t.Helper()
	c.byHand(`DELETE FROM booking_events WHERE booking_id = $1 AND seq = $2`, b.ID, b.Version)
	c.byHand(`UPDATE bookings SET state = $2, version = version - 1, lease_ends = portal_now() + interval '45 seconds' WHERE id = $1`, b.ID, state)
	c.byHand(`UPDATE attempts SET outcome = 'open', ended_at = NULL WHERE id = (SELECT max(id) FROM attempts WHERE booking_id = $1)`, b.ID)
}

// proposed lets a late answer drop a booking that was tried again, and somebody
// say that it is paid.
func (c *env) proposed(b booking.Booking) booking.Booking {
	c.t.Helper()
	late := c.onTheWay(b)[0]
	if err := c.Record(c.t.Context(), late.attempt, late.answer); err != nil {
		c.t.Fatal(err)
	}
	b, err := c.resolve(c.desk, c.now(b.Ref), booking.FoundPaid)
	if !errors.Is(err, booking.ErrSecondPerson) || b.State != booking.Dropped {
		c.t.Fatalf("%s, %v", b.State, err)
	}
	return b
}

// billed is a statement with one line, which proves that a booking is paid.
func (c *env) billed(b booking.Booking) statement.Statement {
	c.t.Helper()
	return c.statement(fmt.Sprintf("id;amount\n%s;%s\n", b.SupplierID, cents(b.Due())))
}
