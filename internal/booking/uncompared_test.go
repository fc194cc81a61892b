package booking_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/restore"
)

// restored puts on record that a backup was restored, and reopens the portal: what
// is marked stays so.
func (c *env) restored() restore.Event {
	c.t.Helper()
	var e restore.Event
	err := c.pool.AcquireFunc(c.t.Context(), func(conn *pgxpool.Conn) error {
		said := func(restore.Found) []restore.Sign { return []restore.Sign{restore.SignSaid} }
		found, err := postgres.Witnessed{Conn: conn.Conn()}.Record(c.t.Context(), restore.Event{SaidBy: "operator"}, nil, said)
		e = found.Latest
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if frozen, err := c.Frozen(c.t.Context()); err != nil || !frozen {
		c.t.Fatalf("frozen: %v, %v", frozen, err)
	}
	c.reopen()
	return e
}

func (c *env) reopen() {
	c.t.Helper()
	if err := c.Unfreeze(c.t.Context(), account.Actor{UserID: c.desk.UserID, Role: account.Admin}); err != nil {
		c.t.Fatal(err)
	}
}

// What a restore brings back waits for the comparison, except what is paid and
// what is long over; what is not over is a case.
func TestWhatARestoreMarks(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	create, _, _ := c.lostCreate("AA-001-AA")
	dropped := c.held("AA-005-AA")
	if _, err := c.Drop(t.Context(), c.agent, dropped.Ref, dropped.Version); err != nil {
		t.Fatal(err)
	}
	long := c.held("AA-006-AA")
	c.pass(2 * time.Hour)
	if _, err := c.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.byHand(`UPDATE bookings SET from_at = portal_now() - interval '2 days', to_at = portal_now() - interval '1 day' WHERE id = $1`, long.ID)
	marked := map[string]bool{
		create.Ref: true, dropped.Ref: true, long.Ref: false,
		c.held("AA-002-AA").Ref: true, c.payLost("AA-003-AA", "drop_before").Ref: true, c.paid("AA-004-AA").Ref: false, c.cancelLost("AA-007-AA").Ref: true,
	}
	before := len(c.queue())
	e := c.restored()
	n := 0
	for ref, want := range marked {
		b := c.now(ref)
		if b.Uncompared != want {
			t.Errorf("%s (%s): uncompared %v", ref, b.State, b.Uncompared)
		}
		if b.Uncompared {
			n++
		}
	}
	cases := 0
	for _, i := range c.queue() {
		if i.Why == booking.CaseUncompared {
			cases++
		}
	}
	if e.Bookings != n || cases != 3 || len(c.queue()) != before+3 {
		t.Errorf("%d on record, %d marked, %d cases in a queue of %d", e.Bookings, n, cases, len(c.queue()))
	}
	if problems := c.problems(); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
}

// What waits in another environment is counted and listed there: here nothing can be
// done about it.
func TestOnlyThisEnvironmentWaits(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	held, other := c.held("AA-001-AA"), c.held("AA-002-AA")
	dropped := c.held("AA-003-AA")
	if _, err := c.Drop(t.Context(), c.agent, dropped.Ref, dropped.Version); err != nil {
		t.Fatal(err)
	}
	quote, foreign := c.quoted("AA-004-AA"), c.quoted("AA-005-AA")
	c.restored()
	c.byHand(`UPDATE bookings SET environment = 'sandbox' WHERE ref = ANY ($1)`, []string{other.Ref, dropped.Ref})
	c.byHand(`UPDATE drafts SET environment = 'sandbox' WHERE id = $1`, foreign.ID)
	c.byHand(`UPDATE cases SET resolved_at = portal_now() WHERE booking_id = $1`, held.ID)
	_, left, err := c.Restored(t.Context(), c.desk)
	if err != nil || len(left.States) != 1 || left.States[booking.Held] != 1 || left.Drafts != 1 || len(left.Quotes) != 1 {
		t.Errorf("%+v, %v, besides the quote %s", left, err, quote.ID)
	}
	page, err := c.List(t.Context(), c.desk.Scope(), booking.Filter{Uncompared: c.Environment(), Limit: 9})
	if err != nil || len(page.Bookings) != 1 || page.Bookings[0].Ref != held.Ref {
		t.Errorf("%d listed, %v", len(page.Bookings), err)
	}
	if open, _, err := c.QueueCount(t.Context(), c.desk); err != nil || open != 0 {
		t.Errorf("%d in the queue, %v", open, err)
	}
}

// While a booking or a quote waits for the comparison, nobody acts on it, neither
// frozen nor after, whatever time passes.
func TestNobodyActsOnWhatIsUncompared(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	d := c.quoted("AA-001-AA")
	held, dropped, uncancelled := c.held("AA-002-AA"), c.held("AA-003-AA"), c.cancelLost("AA-005-AA")
	if _, err := c.Drop(ctx, c.agent, dropped.Ref, dropped.Version); err != nil {
		t.Fatal(err)
	}
	lost, _, _ := c.lostCreate("AA-006-AA")
	retry, err := c.Retry(ctx, c.agent, lost.Ref)
	if err != nil {
		t.Fatal(err)
	}
	c.restored()
	calls := len(c.writes())
	book := func(d booking.Draft) error {
		_, err := c.Book(ctx, c.agent, c.request(d))
		return err
	}
	for name, do := range map[string]func() error{
		"book":            func() error { return book(d) },
		"book a retry":    func() error { return book(retry) },
		"pay":             func() error { _, err := c.Pay(ctx, c.agent, c.payment(held)); return err },
		"drop":            func() error { _, err := c.Drop(ctx, c.agent, held.Ref, held.Version); return err },
		"accept":          func() error { _, err := c.Accept(ctx, c.agent, held.Ref, held.Version); return err },
		"retry":           func() error { _, err := c.Retry(ctx, c.agent, lost.Ref); return err },
		"copy":            func() error { _, err := c.Rebook(ctx, c.agent, dropped.Ref); return err },
		"repeat a cancel": func() error { _, err := c.cancel(uncancelled); return err },
	} {
		if err := do(); !errors.Is(err, booking.ErrUncompared) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.pass(3 * time.Hour)
	if n, err := c.Expire(ctx); n != 0 || err != nil {
		t.Errorf("the clock moved %d, %v", n, err)
	}
	if n := len(c.writes()) - calls; n != 0 {
		t.Errorf("%d calls to the supplier", n)
	}
	if u, err := c.Unpaid(ctx, c.agent.Scope()); err != nil || u.Count != 0 {
		t.Errorf("%d to pay, %v", u.Count, err)
	}
	// A new quote is a new sale with what was typed.
	again, err := c.Quote(ctx, c.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: d.Stay.FromWall, ToWall: d.Stay.ToWall, From: d.ID})
	if err != nil || again.Uncompared || again.SaleID == d.SaleID || again.Customer != d.Customer {
		t.Errorf("%+v, %v", again, err)
	}
	if err := book(again); err != nil {
		t.Errorf("a new quote cannot be booked: %v", err)
	}
}

// The database refuses the same, whoever asks, and lets the mark go with an event
// only; what evidence says is taken, not before the fence where it is negative.
func TestTheDatabaseGuardsWhatIsUncompared(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AA-001-AA")
	held, unknown, free := c.held("AA-002-AA"), c.payLost("AA-003-AA", "drop_before"), c.held("AA-004-AA")
	lost, _, _ := c.lostCreate("AA-005-AA")
	c.restored()
	const event, paid, compared = `version = version + 1, `, `state = 'confirmed', paid_at = portal_now()`, `uncompared = false`
	set := func(b booking.Booking, change string) error {
		_, err := c.pool.Exec(t.Context(), `UPDATE bookings SET `+change+` WHERE id = $1`, b.ID)
		return err
	}
	refused := func(name string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "bookings_uncompared") && !strings.Contains(err.Error(), "not compared with") {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("pay", set(held, event+`state = 'paying', lease_ends = portal_now()`))
	c.pass(booking.HoldTime + time.Minute)
	refused("void before the fence", set(held, event+`state = 'expired', `+compared))
	c.pass(3 * time.Hour)
	refused("drop", set(held, event+`state = 'dropped'`))
	refused("drop, and compared", set(held, event+`state = 'dropped', `+compared))
	refused("expire", set(held, event+`state = 'expired'`))
	refused("expire an unknown pay", set(unknown, event+`state = 'expired'`))
	refused("expire an unknown create", set(lost, event+`state = 'expired'`))
	refused("paid, and still marked", set(held, event+paid))
	refused("the mark goes without an event", set(held, compared))
	refused("a quote of before", c.insert(held, func(b *booking.Booking) { b.DraftID = d.ID }))
	refused("what is tried again", c.insert(lost, func(b *booking.Booking) { b.RetryOf = lost.Ref }))
	refused("what is replaced", c.insert(held, func(b *booking.Booking) { b.Replaces = held.Ref }))
	for b, change := range map[*booking.Booking]string{&free: compared, &unknown: `state = 'expired', ` + compared, &held: paid + `, ` + compared} {
		if err := set(*b, event+change); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	refused("paid without a payment", set(free, event+paid))
}

// insert adds a booking as a node does that knows nothing of marks.
func (c *env) insert(like booking.Booking, change func(*booking.Booking)) error {
	c.t.Helper()
	return c.store.InTx(c.t.Context(), func(tx booking.Tx) error {
		b := like
		b.ID, b.Ref, b.DraftID, b.SaleID, b.RetryOf = 0, booking.NewRef(), booking.NewRef(), booking.NewRef(), ""
		b.State, b.Version, b.LeaseEnds = booking.Creating, 1, b.CreatedAt.Add(time.Minute)
		change(&b)
		return tx.AddBooking(c.t.Context(), &b, booking.HistoryEntry{Event: booking.Submit, After: booking.Creating, At: b.CreatedAt})
	})
}

// What was in flight when the backup was made is recorded as ever: what was paid
// by that very call needs no comparison, what is held still does.
func TestWhatIsInFlightIsRecorded(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	n := 0
	for name, k := range map[string]struct {
		answer booking.Answer
		want   booking.State
		marked bool
	}{
		"paid":    {booking.Answer{Outcome: booking.OutcomeOK}, booking.Confirmed, false},
		"refused": {booking.Answer{Outcome: booking.OutcomeRefused, ErrorCode: "validation_failed"}, booking.Held, true},
		"unknown": {booking.Answer{Outcome: booking.OutcomeUnknown}, booking.PayUnknown, true},
	} {
		n++
		b := c.held("AA-00" + strconv.Itoa(n) + "-AA")
		a := c.crash(b, booking.OpPay, booking.Paying)
		c.restored()
		if !c.now(b.Ref).Uncompared {
			t.Errorf("%s: not marked", name)
		}
		if err := c.Record(t.Context(), a.ID, k.answer); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := c.now(b.Ref); got.State != k.want || got.Uncompared != k.marked {
			t.Errorf("%s: %s, uncompared %v", name, got.State, got.Uncompared)
		}
		for _, i := range c.queue() {
			if i.Booking.Ref == b.Ref && i.Why == booking.CaseUncompared && !k.marked {
				t.Errorf("%s: its case is open", name)
			}
		}
	}
}

// Evidence moves what waits for the comparison, and takes the mark away: a person
// for what is not paid, after the fence; two for what is.
func TestEvidenceMovesWhatIsUncompared(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	paid, void, retried := c.held("AA-001-AA"), c.held("AA-002-AA"), c.payLost("AA-003-AA", "drop_before")
	created, _, there := c.lostCreate("AA-004-AA")
	lost, _, _ := c.lostCreate("AA-005-AA")
	over := c.held("AA-006-AA")
	if _, err := c.Drop(t.Context(), c.agent, over.Ref, over.Version); err != nil {
		t.Fatal(err)
	}
	c.restored()
	find := func(a account.Actor, ref string, f booking.Finding) error {
		e := proof
		e.SupplierID = there.ID
		_, err := c.Resolve(t.Context(), a, booking.ResolveRequest{Ref: ref, Version: c.now(ref).Version, Finding: f, Evidence: e})
		return err
	}
	for _, ref := range []string{paid.Ref, created.Ref} {
		if err := find(c.desk, ref, booking.FoundPaid); !errors.Is(err, booking.ErrSecondPerson) || !c.now(ref).Uncompared {
			t.Errorf("one person alone: %v, %s", err, c.now(ref).State)
		}
		if err := find(c.desk, ref, booking.FoundPaid); !errors.Is(err, booking.ErrForbidden) {
			t.Errorf("the same person twice: %v", err)
		}
		if err := find(second, ref, booking.FoundPaid); err != nil {
			t.Errorf("the second person: %v", err)
		}
	}
	negative := map[string]booking.Finding{
		void.Ref: booking.FoundNotPaid, lost.Ref: booking.FoundVoid, over.Ref: booking.FoundAsItStands, retried.Ref: booking.FoundNotPaid,
	}
	for ref, f := range negative {
		if err := find(c.desk, ref, f); !errors.Is(err, booking.ErrTransition) || !c.now(ref).Uncompared {
			t.Errorf("%s of a %s before the fence: %v", f, c.now(ref).State, err)
		}
	}
	c.pass(booking.HoldTime + booking.FenceTime)
	for ref, f := range negative {
		if err := find(c.desk, ref, f); err != nil {
			t.Errorf("%s of a %s: %v", f, c.now(ref).State, err)
		}
	}
	for ref, want := range map[string]booking.State{
		paid.Ref: booking.Confirmed, created.Ref: booking.Confirmed, void.Ref: booking.Expired, lost.Ref: booking.Expired,
		over.Ref: booking.Dropped, retried.Ref: booking.Expired,
	} {
		if b := c.now(ref); b.State != want || b.Uncompared || (want == booking.Confirmed) != !b.PaidAt.IsZero() || b.PaidBy != "" {
			t.Errorf("%s is %s, uncompared %v, paid %v by %q", ref, b.State, b.Uncompared, b.PaidAt, b.PaidBy)
		}
	}
	if c.now(created.Ref).SupplierID != there.ID {
		t.Error("the supplier's id was not kept")
	}
	for _, i := range c.queue() {
		t.Errorf("%s stays in the queue: %s", i.Booking.Ref, i.Why)
	}
	if problems := c.problems(); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
}
