package booking_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
)

// set makes one call of an endpoint go wrong.
func (c *env) set(f simulator.Fault) {
	c.t.Helper()
	f.Count = 1
	if err := c.sim.SetFault(f); err != nil {
		c.t.Fatal(err)
	}
}

// astray returns a booking that the supplier answered with something else.
func (c *env) astray(plate string, f simulator.Fault) booking.Booking {
	c.t.Helper()
	d := c.quoted(plate, booking.CancellationInsurance)
	f.Endpoint = simulator.EndpointCreate
	c.set(f)
	b, err := c.Book(c.t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.CreateUnknown || !b.Astray() {
		c.t.Fatalf("%s, unfit %v, %v", b.State, b.Unfit, err)
	}
	return b
}

// contradictions are the ways in which an answer to a create does not fit.
var contradictions = map[string]struct {
	fault simulator.Fault
	field string
	paid  bool // there
}{
	"failed":           {simulator.Fault{Kind: "other_status", Status: "failed"}, "status", false},
	"void":             {simulator.Fault{Kind: "other_status", Status: "void"}, "status", false},
	"cancelled":        {simulator.Fault{Kind: "other_status", Status: "cancelled"}, "status", false},
	"only says paid":   {simulator.Fault{Kind: "other_status", Status: "paid"}, "status", false},
	"paid":             {simulator.Fault{Kind: "paid_at_once"}, "status", true},
	"another zone":     {simulator.Fault{Kind: "other_zone"}, "zone_id", false},
	"other dates":      {simulator.Fault{Kind: "other_dates"}, "start_at", false},
	"another plate":    {simulator.Fault{Kind: "other_plate"}, "car", false},
	"for nothing":      {simulator.Fault{Kind: "price_zero"}, "price", false},
	"unreadable price": {simulator.Fault{Kind: "price_unreadable"}, "price", false},
}

// TestUnfitCreate follows each contradiction through its life: a case at once,
// nothing retried, sold, paid or dropped, and no clock ends it.
func TestUnfitCreate(t *testing.T) {
	t.Parallel()
	for name, w := range contradictions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := c.astray("AA-001-AA", w.fault)
			there := c.sim.Ledger()[0]
			if !slices.Contains(b.Unfit, w.field) || b.SupplierID != there.ID || b.Differs || !b.PaidAt.IsZero() {
				t.Errorf("unfit %v, id %q, booking %+v", b.Unfit, b.SupplierID, b)
			}
			_, attempts, err := c.History(t.Context(), b)
			if err != nil || len(attempts) != 1 || attempts[0].Outcome != booking.OutcomeUnknown || attempts[0].Answer.HTTPStatus != 201 {
				t.Errorf("attempts %+v, %v", attempts, err)
			}
			c.stays(b)
			c.pass(61 * time.Minute)
			c.stays(b)
			c.settle()
			c.stays(b)
			if there, _ := c.sim.Booking(b.SupplierID); (there.Status == simulator.Paid) != w.paid {
				t.Errorf("there it is %s", there.Status)
			}
			c.reconcile()
		})
	}
}

// stays tries all that might move an unfit booking without evidence.
func (c *env) stays(b booking.Booking) {
	c.t.Helper()
	ctx := c.t.Context()
	if _, err := c.Expire(ctx); err != nil {
		c.t.Errorf("expire: %v", err)
	}
	if _, err := c.EndLeases(ctx); err != nil {
		c.t.Errorf("leases: %v", err)
	}
	for what, try := range map[string]func() error{
		"retry":  func() error { _, err := c.Retry(ctx, c.agent, b.Ref); return err },
		"again":  func() error { _, err := c.Rebook(ctx, c.agent, b.Ref); return err },
		"pay":    func() error { _, err := c.Pay(ctx, c.agent, c.payment(b)); return err },
		"drop":   func() error { _, err := c.Drop(ctx, c.agent, b.Ref, b.Version); return err },
		"accept": func() error { _, err := c.Accept(ctx, c.agent, b.Ref, b.Version); return err },
	} {
		if err := try(); !errors.Is(err, booking.ErrTransition) {
			c.t.Errorf("%s: %v, want ErrTransition", what, err)
		}
	}
	if got := c.now(b.Ref); got.State != booking.CreateUnknown || got.Version != b.Version {
		c.t.Errorf("it is %s, version %d", got.State, got.Version)
	}
	queue := c.queue()
	if len(queue) != 1 || queue[0].Why != booking.CaseAnswerUnfit || queue[0].Booking.Ref != b.Ref || queue[0].CaseID == 0 {
		c.t.Errorf("queue %+v", queue)
	}
	if open, due, err := c.QueueCount(ctx, c.desk); open != 1 || due != 1 || err != nil {
		c.t.Errorf("%d open, %d due, %v", open, due, err)
	}
	for _, call := range c.sim.Calls() {
		if call.Endpoint == simulator.EndpointPay {
			c.t.Error("the supplier was told that it is paid")
		}
	}
}

// TestUnfitIsFoundOut: what a person finds out ends it.
func TestUnfitIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]struct {
		fault   simulator.Fault
		after   time.Duration
		finding booking.Finding
		want    booking.State
		err     error
	}{
		"as ordered":                   {simulator.Fault{Kind: "other_dates"}, 0, booking.FoundAsOrdered, booking.Held, nil},
		"as ordered, too late":         {simulator.Fault{Kind: "other_dates"}, 59 * time.Minute, booking.FoundAsOrdered, booking.CreateUnknown, booking.ErrTooLate},
		"void before the fence":        {simulator.Fault{Kind: "other_dates"}, 69 * time.Minute, booking.FoundVoid, booking.CreateUnknown, booking.ErrTransition},
		"void after the fence":         {simulator.Fault{Kind: "other_dates"}, 71 * time.Minute, booking.FoundVoid, booking.Expired, nil},
		"paid":                         {simulator.Fault{Kind: "paid_at_once"}, 0, booking.FoundPaid, booking.Confirmed, nil},
		"paid, long after":             {simulator.Fault{Kind: "paid_at_once"}, 3 * time.Hour, booking.FoundPaid, booking.Confirmed, nil},
		"a finding that does not fit":  {simulator.Fault{Kind: "other_zone"}, 0, booking.FoundNotPaid, booking.CreateUnknown, booking.ErrTransition},
		"as ordered with no price yet": {simulator.Fault{Kind: "price_unreadable"}, 0, booking.FoundAsOrdered, booking.Held, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := c.astray("AA-001-AA", w.fault)
			c.pass(w.after)
			got, err := c.resolve(c.desk, b, w.finding)
			if w.finding == booking.FoundPaid {
				if !errors.Is(err, booking.ErrSecondPerson) || got.State != booking.CreateUnknown {
					t.Fatalf("one person made it %s, %v", got.State, err)
				}
				got, err = c.resolve(c.person(postgres.NewAccounts(c.pool), "", account.CustomerService), got, w.finding)
			}
			if w.err != nil {
				if got := c.now(b.Ref); !errors.Is(err, w.err) || got.State != booking.CreateUnknown {
					t.Errorf("%s, %v; want %v", got.State, err, w.err)
				}
				return
			}
			if err != nil || got.State != w.want || len(c.queue()) != 0 {
				t.Fatalf("%s, %v, queue %+v", got.State, err, c.queue())
			}
			if got = c.now(b.Ref); got.SupplierID == "" && w.want != booking.Expired || got.UnfitFound != w.finding || got.PaidBy != "" {
				t.Errorf("booking %+v", got)
			}
			if w.want == booking.Held {
				if got.Due() != got.Total || !got.Insured || got.Differs {
					t.Errorf("due %v, insured %v, differs %v", got.Due(), got.Insured, got.Differs)
				}
				if got, err = c.Pay(t.Context(), c.agent, c.payment(got)); err != nil || got.State != booking.Confirmed {
					t.Errorf("paid: %s, %v", got.State, err)
				}
			}
			c.reconcile()
		})
	}
}

// A create that nobody answered is nobody's finding.
func TestFindingsOfAnUnansweredCreate(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d := c.quoted("AA-001-AA")
	c.fault("create", "drop_after")
	b, err := c.Book(t.Context(), c.agent, c.request(d))
	if err != nil || b.State != booking.CreateUnknown || b.Astray() {
		t.Fatalf("%s, %v", b.State, err)
	}
	if list, _ := booking.Findings(b); len(list) != 0 {
		t.Errorf("may be found: %v", list)
	}
	for _, f := range []booking.Finding{booking.FoundAsOrdered, booking.FoundPaid, booking.FoundVoid} {
		if _, err := c.resolve(c.desk, b, f); !errors.Is(err, booking.ErrTransition) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if queue := c.queue(); len(queue) != 1 || queue[0].CaseID != 0 {
		t.Errorf("queue %+v", queue)
	}
}

// The database refuses it too, whatever a program believes.
func TestUnfitIsGuardedByTheDatabase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.astray("AA-001-AA", simulator.Fault{Kind: "other_dates"})
	c.pass(2 * time.Hour)
	for what, set := range map[string]string{
		"expired by nobody":    `state = 'expired'`,
		"expired by another":   `state = 'expired', unfit_found = 'paid'`,
		"dropped":              `state = 'dropped', unfit_found = 'void'`,
		"refused":              `state = 'refused', unfit_found = 'void'`,
		"held by nobody":       `state = 'held'`,
		"held when it is late": `state = 'held', unfit_found = 'as_ordered'`,
		"paid by nobody":       `state = 'confirmed', paid_at = now()`,
	} {
		if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET version = version + 1, `+set+` WHERE ref = $1`, b.Ref); err == nil {
			t.Errorf("%s: the database let it", what)
		}
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET unfit = '{}' WHERE ref = $1`, b.Ref); err == nil {
		t.Error("what did not fit was forgotten")
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET pay_by = pay_by + interval '1 second' WHERE ref = $1`, b.Ref); err == nil {
		t.Error("more time to pay")
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET version = version + 1, state = 'expired', unfit_found = 'void' WHERE ref = $1`, b.Ref); err != nil {
		t.Errorf("void, after the fence: %v", err)
	}
}

// why lists the codes of the open cases.
func (c *env) why() []string {
	list := []string{}
	for _, i := range c.queue() {
		list = append(list, i.Why)
	}
	slices.Sort(list)
	return list
}

// misfit is an answer that arrives late and does not fit.
func misfit(created booking.Created) booking.Answer {
	return booking.Answer{Outcome: booking.OutcomeUnknown, HTTPStatus: 201, Created: created, Unfit: []string{"status"}}
}

// An answer that does not fit proves nothing about the booking whose id it has.
func TestUnfitWithTheIDOfAnother(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	first := c.paid("AA-001-AA", booking.CancellationInsurance)
	b, a, created := c.lostCreate("AA-002-AA")
	created.ID = first.SupplierID
	if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
		t.Fatal(err)
	}
	if b = c.now(b.Ref); b.State != booking.CreateUnknown || !b.Astray() || b.SupplierID != "" {
		t.Errorf("%s, unfit %v, id %q", b.State, b.Unfit, b.SupplierID)
	}
	if got := c.now(first.Ref); got.State != booking.Confirmed || got.Version != first.Version {
		t.Errorf("the other one is %s", got.State)
	}
	if why := c.why(); !slices.Equal(why, []string{booking.CaseAnswerUnfit, booking.CaseDuplicateID}) {
		t.Errorf("cases %v", why)
	}
	if _, err := c.resolve(c.desk, b, booking.FoundAsOrdered); err == nil {
		t.Error("held without an id")
	}
}

// TestLateUnfit: a late answer that does not fit makes an unknown create one that a
// person looks at, once.
func TestLateUnfit(t *testing.T) {
	t.Parallel()
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AA-001-AA")
		for range 2 {
			if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
				t.Fatal(err)
			}
		}
		got := c.now(b.Ref)
		if !got.Astray() || got.SupplierID != created.ID || got.Version != b.Version+1 {
			t.Errorf("%s, unfit %v, id %q, version %d", got.State, got.Unfit, got.SupplierID, got.Version)
		}
		if kept, err := c.Unrecorded(t.Context(), got); err != nil || len(kept) != 1 || kept[0].Answer.HTTPStatus != 201 || kept[0].SupplierID != created.ID {
			t.Errorf("kept %+v, %v", kept, err)
		}
		c.stays(got)
		// Nor does a good answer that comes still later decide it.
		if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: created}); err != nil {
			t.Fatal(err)
		}
		if got := c.now(b.Ref); !got.Astray() {
			t.Errorf("it is %s", got.State)
		}
	})
	t.Run("tried again", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AA-001-AA")
		d, err := c.Retry(t.Context(), c.agent, b.Ref)
		if err != nil {
			t.Fatal(err)
		}
		second, err := c.Book(t.Context(), c.agent, c.request(d))
		if err != nil || second.State != booking.Held {
			t.Fatalf("%s, %v", second.State, err)
		}
		if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
			t.Fatal(err)
		}
		if got := c.now(b.Ref); !got.Astray() {
			t.Errorf("it is %s", got.State)
		}
		if _, err := c.resolve(c.desk, c.now(b.Ref), booking.FoundAsOrdered); !errors.Is(err, booking.ErrTooLate) {
			t.Errorf("two of one sale to pay: %v", err)
		}
		// The first one may be paid there, so the second is not paid before that is known.
		second = c.now(second.Ref)
		if _, err := c.Pay(t.Context(), c.agent, c.payment(second)); second.Doubt != b.Ref || !errors.Is(err, booking.ErrTransition) {
			t.Errorf("in doubt because of %q, and paid: %v", second.Doubt, err)
		}
		c.settle()
		if got := c.now(second.Ref); got.State != booking.Expired {
			t.Errorf("the second one is %s", got.State)
		}
		if _, err := c.Retry(t.Context(), c.agent, second.Ref); !errors.Is(err, booking.ErrTransition) {
			t.Errorf("tried again while the first may be paid: %v", err)
		}
	})
	t.Run("between the copy and the second try", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AA-001-AA")
		d, err := c.Retry(t.Context(), c.agent, b.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Book(t.Context(), c.agent, c.request(d)); !errors.Is(err, booking.ErrTransition) {
			t.Errorf("tried again: %v", err)
		}
	})
	t.Run("a third try", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AA-001-AA")
		d, err := c.Retry(t.Context(), c.agent, b.Ref)
		if err != nil {
			t.Fatal(err)
		}
		c.fault("create", "validation_failed")
		second, err := c.Book(t.Context(), c.agent, c.request(d))
		if err != nil || second.State != booking.Refused {
			t.Fatalf("%s, %v", second.State, err)
		}
		if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
			t.Fatal(err)
		}
		d, err = c.Retry(t.Context(), c.agent, second.Ref)
		if err == nil {
			_, err = c.Book(t.Context(), c.agent, c.request(d))
		}
		if !errors.Is(err, booking.ErrTransition) {
			t.Errorf("tried a third time while the first may be paid: %v", err)
		}
	})
	t.Run("over", func(t *testing.T) {
		t.Parallel()
		c := newEnv(t)
		b, a, created := c.lostCreate("AA-001-AA")
		c.settle()
		if err := c.Record(t.Context(), a.ID, misfit(created)); err != nil {
			t.Fatal(err)
		}
		if got := c.now(b.Ref); got.State != booking.Expired || !slices.Equal(c.why(), []string{booking.CaseLateAnswer}) {
			t.Errorf("%s, cases %v", got.State, c.why())
		}
	})
}
