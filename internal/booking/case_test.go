package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/postgres"
)

var proof = booking.Evidence{Channel: "phone", Person: "Mme Bernard", Reference: "T-81", Text: "Elle le voit dans son système."}

// payLost returns a booking of which nobody knows whether it is paid.
func (c *env) payLost(plate, fault string) booking.Booking {
	c.t.Helper()
	b := c.held(plate, booking.CancellationInsurance)
	c.fault("pay", fault)
	b, err := c.Pay(c.t.Context(), c.agent, c.payment(b))
	if err != nil || b.State != booking.PayUnknown {
		c.t.Fatalf("%s, %v", b.State, err)
	}
	return b
}

func (c *env) resolve(a account.Actor, b booking.Booking, f booking.Finding) (booking.Booking, error) {
	c.t.Helper()
	return c.Resolve(c.t.Context(), a, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: f, Evidence: proof})
}

func TestPositiveEvidenceCountsAtOnce(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.payLost("AA-001-AA", "drop_after")
	queue := c.queue()
	if len(queue) != 1 || queue[0].Booking.Ref != b.Ref || queue[0].Why != booking.CasePayUnknown {
		t.Fatalf("queue %+v", queue)
	}
	if err := c.write(func(tx booking.Tx) error { return tx.TakeCase(t.Context(), queue[0].CaseID, c.desk.UserID) }); err != nil {
		t.Fatal(err)
	}
	if queue = c.queue(); queue[0].HolderID != c.desk.UserID {
		t.Errorf("nobody holds the case: %+v", queue[0])
	}
	b, err := c.resolve(c.desk, b, booking.FoundPaid)
	if err != nil || b.State != booking.Confirmed || b.PaidAt.IsZero() {
		t.Fatalf("%s paid %v, %v", b.State, b.PaidAt, err)
	}
	if queue = c.queue(); len(queue) != 0 {
		t.Errorf("still in the queue: %+v", queue)
	}
	notes, err := c.Notes(t.Context(), b)
	if err != nil || len(notes) != 1 || notes[0].Evidence != proof || notes[0].Kind != "evidence" {
		t.Errorf("notes %+v", notes)
	}
	_, attempts, err := c.History(t.Context(), b)
	if err != nil || attempts[1].Outcome != booking.OutcomeUnknown || attempts[1].Found != booking.FoundPaid {
		t.Errorf("attempts %+v, %v", attempts, err)
	}
	c.reconcile()
}

// queue is what customer service sees.
func (c *env) queue() []booking.QueueItem {
	c.t.Helper()
	list, err := c.Queue(c.t.Context(), c.desk, 10)
	return must(c.t, list, err)
}

func TestNegativeEvidenceWaitsForTheFence(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(c *env) (booking.Booking, booking.Finding, booking.State){
		"pay": func(c *env) (booking.Booking, booking.Finding, booking.State) {
			return c.payLost("AA-001-AA", "drop_before"), booking.FoundNotPaid, booking.Expired
		},
		"cancel": func(c *env) (booking.Booking, booking.Finding, booking.State) {
			return c.cancelLost("AA-002-AA"), booking.FoundNotCancelled, booking.Confirmed
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b, finding, after := prepare(c)
			now, err := c.Now(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.pass(b.Fence.Sub(now) - time.Second)
			if _, err := c.resolve(c.desk, b, finding); !errors.Is(err, booking.ErrTransition) {
				t.Errorf("before the fence: %v", err)
			}
			c.pass(2 * time.Second)
			if got, err := c.resolve(c.desk, b, finding); err != nil || got.State != after {
				t.Errorf("%s, %v; want %s", got.State, err, after)
			}
			c.reconcile()
		})
	}
}

func TestReversalTakesTwoPeople(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	b := c.payLost("AA-001-AA", "drop_after")
	c.settle()
	// A wrong "not paid", which the ledger contradicts.
	b, err := c.resolve(c.desk, b, booking.FoundNotPaid)
	if err != nil || b.State != booking.Expired {
		t.Fatalf("%s, %v", b.State, err)
	}
	for range 2 { // the same person twice is still one person
		if _, err = c.resolve(c.desk, b, booking.FoundPaid); err == nil {
			t.Fatal("one person reversed it")
		}
		if got := c.now(b.Ref); got.State != booking.Expired {
			t.Fatalf("one person made it %s", got.State)
		}
	}
	if !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("the first person again: %v", err)
	}
	queue := c.queue()
	if len(queue) != 1 || queue[0].Why != booking.CaseReversal {
		t.Errorf("queue %+v", queue)
	}
	b, err = c.resolve(second, b, booking.FoundPaid)
	if err != nil || b.State != booking.Confirmed {
		t.Fatalf("%s, %v", b.State, err)
	}
	if queue = c.queue(); len(queue) != 0 {
		t.Errorf("still in the queue: %+v", queue)
	}
	c.reconcile()
}

func TestWhoMayResolveAndWithWhat(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.payLost("AA-001-AA", "drop_after")
	if _, err := c.resolve(c.agent, b, booking.FoundPaid); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("an agent: %v", err)
	}
	if _, err := c.resolve(c.desk, b, booking.FoundCancelled); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("a finding that does not fit: %v", err)
	}
	old := b
	old.Version--
	if _, err := c.resolve(c.desk, old, booking.FoundPaid); !errors.Is(err, booking.ErrChanged) {
		t.Errorf("an old page: %v", err)
	}
	_, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: booking.FoundPaid})
	var bad *invalid.Error
	if !errors.As(err, &bad) || len(bad.Fields) != 3 {
		t.Errorf("no evidence: %v", err)
	}
}

// A damaged record is in the queue, where a person finds it.
func TestDamagedRecordIsInTheQueue(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET quote = '[]' WHERE ref = $1`, b.Ref); err != nil {
		t.Fatal(err)
	}
	c.pass(61 * time.Minute)
	if _, err := c.Expire(t.Context()); err == nil {
		t.Error("the damaged record went unnoticed")
	}
	queue := c.queue()
	if len(queue) != 1 || queue[0].Booking.Ref != b.Ref || queue[0].Why != booking.CaseDamaged {
		t.Errorf("queue %+v", queue)
	}
}
