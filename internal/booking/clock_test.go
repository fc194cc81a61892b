package booking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

func TestPayAgainstTheClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration
		want  error
	}{
		"in time":            {58 * time.Minute, nil},
		"at pay_by":          {59 * time.Minute, booking.ErrTooLate},
		"after the deadline": {61 * time.Minute, booking.ErrTooLate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newEnv(t)
			b := k.held("AB-123-CD")
			k.pass(c.after)
			if _, err := k.Pay(t.Context(), k.agent, k.payment(b)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.want != nil && k.calls("pay") != 0 {
				t.Error("the supplier was called")
			}
			k.reconcile()
		})
	}
}

// Three nodes expire the same bookings at once: each is expired once.
func TestExpiryOnThreeNodes(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	refs := []string{c.held("AA-111-AA").Ref, c.held("BB-222-BB").Ref, c.held("CC-333-CC").Ref}
	paid := c.paid("DD-444-DD")
	if n, err := c.Expire(t.Context()); n != 0 || err != nil {
		t.Fatalf("before the deadline: %d, %v", n, err)
	}
	c.pass(60*time.Minute + time.Second)
	nodes := make(chan *booking.Service, 3)
	for range 3 {
		s, _ := c.node()
		nodes <- s
	}
	atOnce(t, 3, func() string {
		_, err := (<-nodes).Expire(t.Context())
		return must(t, "", err)
	})
	for _, ref := range refs {
		b := c.now(ref)
		entries, _, err := c.History(t.Context(), b)
		expired := slices.DeleteFunc(entries, func(e booking.HistoryEntry) bool { return e.Event != booking.Expire })
		if err != nil || b.State != booking.Expired || len(expired) != 1 {
			t.Errorf("%s is %s after %d expiries, %v", ref, b.State, len(expired), err)
		}
	}
	if n, err := c.Expire(t.Context()); n != 0 || err != nil || c.now(paid.Ref).State != booking.Confirmed {
		t.Errorf("a second run changed %d, %v", n, err)
	}
	c.reconcile()
}

// crash leaves an operation in flight, as a process does that is killed.
func (c *env) crash(b booking.Booking, op booking.Operation, state booking.State) booking.Attempt {
	c.t.Helper()
	var a booking.Attempt
	err := c.store.InTx(c.t.Context(), func(tx booking.Tx) error {
		now, err := tx.Now(c.t.Context())
		if err != nil {
			return err
		}
		a = booking.Attempt{BookingID: b.ID, Operation: op, Correlation: "crash-" + b.Ref, StartedAt: now}
		if err := tx.StartAttempt(c.t.Context(), &a); err != nil {
			return err
		}
		before := b.State
		b.State, b.LeaseEnds = state, now.Add(booking.LeaseTime)
		return tx.Move(c.t.Context(), &b, booking.HistoryEntry{Event: booking.Pay, Before: before, After: state, At: now})
	})
	return must(c.t, a, err)
}

func TestLeaseEndsInUnknownAndLateAnswersCount(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		late booking.Answer
		want booking.State
		then booking.State // once the fence has passed
	}{
		"paid after all":   {booking.Answer{Outcome: booking.OutcomeOK}, booking.Confirmed, booking.Confirmed},
		"refused":          {booking.Answer{Outcome: booking.OutcomeRefused, ErrorCode: "validation_failed"}, booking.PayUnknown, booking.Expired},
		"never sent":       {booking.Answer{Outcome: booking.OutcomeNotSent}, booking.PayUnknown, booking.Expired},
		"unknown for good": {booking.Answer{Outcome: booking.OutcomeUnknown}, booking.PayUnknown, booking.PayUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := c.held("AB-123-CD")
			a := c.crash(b, booking.OpPay, booking.Paying)
			if n, err := c.EndLeases(t.Context()); n != 0 || err != nil {
				t.Fatalf("a lease in force ended: %d, %v", n, err)
			}
			c.pass(46 * time.Second)
			for range 2 { // right when it runs twice
				if _, err := c.EndLeases(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.now(b.Ref).State; got != booking.PayUnknown {
				t.Fatalf("after the lease: %s", got)
			}
			for range 2 {
				if err := c.Record(t.Context(), a.ID, k.late); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.now(b.Ref).State; got != k.want {
				t.Errorf("after the late answer: %s, want %s", got, k.want)
			}
			c.pass(69 * time.Minute)
			if _, err := c.Expire(t.Context()); err != nil || c.now(b.Ref).State == booking.Expired {
				t.Errorf("expired before the fence, %v", err)
			}
			c.pass(2 * time.Minute)
			if _, err := c.Expire(t.Context()); err != nil || c.now(b.Ref).State != k.then {
				t.Errorf("after the fence: %s, want %s, %v", c.now(b.Ref).State, k.then, err)
			}
		})
	}
}

// lostCreate returns a booking whose create was executed and whose answer was lost.
func (c *env) lostCreate(plate string) (booking.Booking, booking.Attempt, booking.Created) {
	c.t.Helper()
	d := c.quoted(plate)
	c.fault("create", "drop_after")
	b, err := c.Book(c.t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.CreateUnknown {
		c.t.Fatalf("%s, %v", b.State, err)
	}
	_, attempts, err := c.History(c.t.Context(), b)
	if err != nil {
		c.t.Fatal(err)
	}
	there := c.sim.Ledger()[len(c.sim.Ledger())-1]
	return b, attempts[0], booking.Created{
		ID: there.ID, Reference: there.Reference, Total: booking.Money{Cents: there.PriceCents, Currency: "EUR"},
		ContactID: "1", CarID: "1",
	}
}

func TestLateCreate(t *testing.T) {
	t.Parallel()
	late := func(created booking.Created) booking.Answer {
		return booking.Answer{Outcome: booking.OutcomeOK, Created: created}
	}
	t.Run("in time it is held, and can be paid", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AB-123-CD")
		if err := c.Record(t.Context(), a.ID, late(created)); err != nil {
			t.Fatal(err)
		}
		b, err := c.Pay(t.Context(), c.agent, c.payment(c.now(b.Ref)))
		if err != nil || b.State != booking.Confirmed {
			t.Errorf("%s, %v", b.State, err)
		}
		c.reconcile()
	})
	t.Run("after another try it is dropped, its id kept", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AB-123-CD")
		next := c.retried(b)
		if next.State != booking.Held || next.SaleID != b.SaleID || next.RetryOf != b.Ref {
			t.Fatalf("the second try: %+v", next)
		}
		if err := c.Record(t.Context(), a.ID, late(created)); err != nil {
			t.Fatal(err)
		}
		if got := c.now(b.Ref); got.State != booking.Dropped || got.SupplierID != created.ID {
			t.Errorf("%s with id %q", got.State, got.SupplierID)
		}
		c.reconcile()
	})
	t.Run("after the fence it is a case", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AB-123-CD")
		c.settle()
		if err := c.Record(t.Context(), a.ID, late(created)); err != nil {
			t.Fatal(err)
		}
		var cases int
		if err := c.pool.QueryRow(t.Context(), `SELECT count(*) FROM cases WHERE why = 'late_answer'`).Scan(&cases); err != nil {
			t.Fatal(err)
		}
		if got := c.now(b.Ref).State; got != booking.Expired || cases != 1 {
			t.Errorf("%s, %d cases", got, cases)
		}
		c.reconcile()
	})
}

// retried tries a booking again, from two tabs at once.
func (c *env) retried(b booking.Booking) booking.Booking {
	c.t.Helper()
	d, err := c.Retry(c.t.Context(), c.agent, b.Ref)
	if err != nil {
		c.t.Fatal(err)
	}
	again, err := c.Retry(c.t.Context(), c.agent, b.Ref)
	if err != nil || again.ID != d.ID {
		c.t.Fatalf("two drafts of one retry: %v", err)
	}
	next, err := c.Book(c.t.Context(), c.agent, c.request(d))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.Retry(c.t.Context(), c.agent, b.Ref); !errors.Is(err, booking.ErrChanged) {
		c.t.Errorf("a second successor: %v", err)
	}
	return next
}

func TestCancel(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	cancel := func(who account.Actor, b booking.Booking) (booking.Booking, error) {
		return c.Cancel(ctx, who, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	}
	if _, err := cancel(c.agent, c.paid("AA-111-AA")); !errors.Is(err, booking.ErrNotInsured) {
		t.Errorf("not insured: %v", err)
	}
	if _, err := cancel(c.agent, c.held("BB-222-BB", booking.CancellationInsurance)); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("not paid: %v", err)
	}
	b := c.paid("CC-333-CC", booking.CancellationInsurance)
	c.fault("cancel", "validation_failed")
	b, err := cancel(c.agent, b)
	if err != nil || b.State != booking.Confirmed {
		t.Fatalf("a refusal: %s, %v", b.State, err)
	}
	c.fault("cancel", "500_after")
	if b, err = cancel(c.agent, b); err != nil || b.State != booking.CancelUnknown {
		t.Fatalf("no answer: %s, %v", b.State, err)
	}
	if _, err := cancel(c.agent, b); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("an agent repeats: %v", err)
	}
	c.fault("cancel", "validation_failed")
	if b, err = cancel(c.desk, b); err != nil || b.State != booking.CancelUnknown {
		t.Fatalf("a refusal after an unknown one: %s, %v", b.State, err)
	}
	if _, err = cancel(c.desk, b); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("a fourth try: %v", err)
	}
	d := c.paid("DD-444-DD", booking.CancellationInsurance)
	c.fault("cancel", "drop_after")
	if d, err = cancel(c.desk, d); err != nil || d.State != booking.CancelUnknown {
		t.Fatalf("%s, %v", d.State, err)
	}
	if d, err = cancel(c.desk, d); err != nil || d.State != booking.Cancelled {
		t.Errorf("the repeat is told that it is cancelled already: %s, %v", d.State, err)
	}
	c.reconcile()
}

func TestErasedSandboxAndReissuedIDs(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AB-123-CD")
	c.sim.Erase()
	b, err := c.Pay(t.Context(), c.agent, c.payment(b))
	if err != nil || b.State != booking.Voided {
		t.Errorf("%s, %v", b.State, err)
	}
	// An id that is issued again frees itself from the booking that had it.
	old := c.paid("GH-456-JK")
	lost, a, created := c.lostCreate("KL-789-MN")
	created.ID = old.SupplierID
	if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: created}); err != nil {
		t.Fatal(err)
	}
	if was, is := c.now(old.Ref).State, c.now(lost.Ref).State; was != booking.Voided || is != booking.Held {
		t.Errorf("the old one is %s, the new one %s", was, is)
	}
}

// The database knows the same arrows, and refuses every other one.
func TestDatabaseHasTheSameTable(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	rows, err := c.pool.Query(t.Context(), `SELECT before, after FROM booking_transitions`)
	if err != nil {
		t.Fatal(err)
	}
	var stored [][2]booking.State
	for rows.Next() {
		var p [2]booking.State
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, p)
	}
	arrows := booking.Arrows()
	for _, p := range stored {
		if !slices.Contains(arrows, p) {
			t.Errorf("only in the database: %q to %q", p[0], p[1])
		}
	}
	if len(stored) != len(arrows) {
		t.Errorf("%d arrows in the database, %d in Go", len(stored), len(arrows))
	}
}

func TestDatabaseRefusesWhatTheMachineRefuses(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AB-123-CD")
	for sql, want := range map[string]string{
		`UPDATE bookings SET state = 'confirmed', version = version + 1, paid_at = now() WHERE ref = $1`:                 "not compared",
		`UPDATE bookings SET state = 'dropped' WHERE ref = $1`:                                                           "without an event",
		`UPDATE bookings SET state = 'cancelled', version = version + 1 WHERE ref = $1`:                                  "cancelled does not follow held",
		`UPDATE bookings SET version = version + 2 WHERE ref = $1`:                                                       "follows",
		`UPDATE bookings SET state = 'expired', version = version + 1 WHERE ref = $1`:                                    "has not passed",
		`UPDATE booking_events SET reason = 'x' WHERE booking_id = (SELECT id FROM bookings WHERE ref = $1)`:             "never changed",
		`DELETE FROM booking_events WHERE booking_id = (SELECT id FROM bookings WHERE ref = $1)`:                         "never changed",
		`UPDATE attempts SET outcome = 'refused' WHERE booking_id = (SELECT id FROM bookings WHERE ref = $1)`:            "does not follow",
		`UPDATE bookings SET differs = true, state = 'paying', lease_ends = now(), version = version + 1 WHERE ref = $1`: "not accepted",
		`INSERT INTO attempts (booking_id, operation, correlation, started_at)
			SELECT b.id, 'pay', c, now() FROM bookings b, unnest('{one,two}'::text[]) c WHERE b.ref = $1`: "attempts_one_open",
	} {
		if _, err := c.pool.Exec(t.Context(), sql, b.Ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// A record that cannot be read keeps nobody else waiting, and a person is asked
// to look at it.
func TestOneDamagedRecordStopsNoSweep(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	damaged, good := c.held("AA-001-AA"), c.held("AA-002-AA")
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET quote = '[]' WHERE ref = $1`, damaged.Ref); err != nil {
		t.Fatal(err)
	}
	c.pass(61 * time.Minute)
	n, err := c.Expire(t.Context())
	if err == nil {
		t.Error("the damaged record went unnoticed")
	}
	if got := c.now(good.Ref); n != 1 || got.State != booking.Expired {
		t.Errorf("%d moved, the good one is %s", n, got.State)
	}
	if _, err := c.Expire(t.Context()); err == nil {
		t.Error("the second sweep does not notice it")
	}
	var why string
	var cases int
	err = c.pool.QueryRow(t.Context(), `SELECT min(why), count(*) FROM cases WHERE booking_id = $1 AND resolved_at IS NULL`, damaged.ID).Scan(&why, &cases)
	if err != nil || why != booking.CaseDamaged || cases != 1 {
		t.Errorf("%d cases (%s), %v", cases, why, err)
	}
}

// What belongs to another environment is read-only, for the clock too.
func TestOtherEnvironmentsAreLeftAlone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET environment = 'sandbox' WHERE ref = $1`, b.Ref); err != nil {
		t.Fatal(err)
	}
	c.settle()
	if got := c.now(b.Ref); got.State != booking.Held || got.Version != b.Version {
		t.Errorf("it became %s", got.State)
	}
	if _, err := c.Pay(t.Context(), c.agent, c.payment(b)); !errors.Is(err, booking.ErrEnvironment) {
		t.Errorf("pay: %v", err)
	}
}
