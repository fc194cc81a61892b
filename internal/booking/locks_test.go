package booking_test

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/migrations"
)

// awaitBlocked returns when a statement waits for a lock.
func (c *env) awaitBlocked() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context()), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for waiting := 0; waiting == 0; <-tick.C {
		err := c.pool.QueryRow(ctx, `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// Whoever waited for a booking's lock knows what was committed meanwhile, also of
// other rows: here the successor.
func TestWhatIsReadAfterALock(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	for name, lock := range map[string]func(booking.Tx, booking.Booking) (booking.Booking, error){
		"by reference": func(tx booking.Tx, b booking.Booking) (booking.Booking, error) {
			return tx.LockBooking(ctx, c.agent.Scope(), b.Ref)
		},
		"by id": func(tx booking.Tx, b booking.Booking) (booking.Booking, error) {
			return tx.LockBookingByID(ctx, b.ID)
		},
		"by the supplier's id": func(tx booking.Tx, b booking.Booking) (booking.Booking, error) {
			return tx.LockBookingBySupplierID(ctx, b.Environment, b.SupplierID)
		},
	} {
		b, _, _ := c.lostCreate("AA-00" + strconv.Itoa(len(name)%10) + "-AA")
		b.SupplierID = "lost " + name
		c.byHand(`UPDATE bookings SET supplier_id = $2 WHERE id = $1`, b.ID, b.SupplierID)
		next := b
		next.Ref, next.RetryOf, next.DraftID, next.State, next.Version = booking.NewRef(), b.Ref, "draft of "+name, booking.Creating, 1
		next.LeaseEnds = time.Now().Add(time.Minute)
		read := make(chan booking.Booking, 1)
		err := c.store.InTx(ctx, func(tx booking.Tx) error {
			if _, err := tx.LockBookingByID(ctx, b.ID); err != nil {
				return err
			}
			go func() {
				var waited booking.Booking
				err := c.store.InTx(ctx, func(tx booking.Tx) (err error) {
					waited, err = lock(tx, b)
					return err
				})
				if err != nil {
					t.Error(name, err)
				}
				read <- waited
			}()
			c.awaitBlocked()
			return tx.AddBooking(ctx, &next, booking.HistoryEntry{Event: booking.Submit, After: booking.Creating, At: time.Now()})
		})
		if err != nil {
			t.Fatal(name, err)
		}
		if got := <-read; got.RetriedBy != next.Ref {
			t.Errorf("%s: after the wait the successor is %q, want %q", name, got.RetriedBy, next.Ref)
		}
	}
}

// What was due when it was listed and is not any more is left alone.
func TestDueIsAskedUnderTheLock(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	err := c.store.InTx(t.Context(), func(tx booking.Tx) error {
		_, err := tx.LockDue(t.Context(), booking.DueExpiry, b.ID)
		return err
	})
	if !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// The database itself keeps a sale from having two bookings that can be paid, and
// a database that has two is brought in order: what was tried again is dropped.
func TestOnePayableOfASale(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	old, next := c.held("AA-001-AA"), c.held("AA-002-AA")
	beside, paid := c.held("AA-003-AA"), c.paid("AA-004-AA")
	alone := c.held("AA-005-AA")
	join := func(b, other booking.Booking) error {
		_, err := c.pool.Exec(t.Context(), `UPDATE bookings SET sale_id = $2 WHERE id = $1`, b.ID, other.SaleID)
		return err
	}
	if err := join(next, old); err == nil || !strings.Contains(err.Error(), "bookings_one_payable_per_sale") {
		t.Fatalf("two of one sale are held: %v", err)
	}
	if _, err := c.pool.Exec(t.Context(), `DROP INDEX bookings_one_payable_per_sale`); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(join(next, old), join(beside, paid)); err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(migrations.Files(), "0039_one_payable.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, repair, _ := strings.Cut(string(text), "-- +goose StatementBegin")
	repair, _, _ = strings.Cut(repair, "-- +goose StatementEnd")
	for range 2 { // it may be repeated
		if _, err := c.pool.Exec(t.Context(), repair); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct {
		b     booking.Booking
		state booking.State
		more  int
	}{{old, booking.Dropped, 1}, {next, booking.Held, 0}, {beside, booking.Dropped, 1}, {paid, booking.Confirmed, 0}, {alone, booking.Held, 0}} {
		if got := c.now(want.b.Ref); got.State != want.state || got.Version != want.b.Version+want.more || got.SupplierID != want.b.SupplierID {
			t.Errorf("%s, version %d; want %s after %d", got.State, got.Version, want.state, want.b.Version)
		}
	}
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
	c.reconcile()
}

// A booking that is over is not called paid while another one of its sale can be
// paid; when that one is over, it is.
func TestPaidThereIsRefusedWhileAnotherOfTheSaleIsPayable(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	old, a, created := c.lostCreate("AA-001-AA")
	next := c.retried(old)
	if err := c.Record(t.Context(), a.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: created}); err != nil {
		t.Fatal(err)
	}
	old = c.now(old.Ref)
	if old.State != booking.Dropped || old.SupplierID == "" {
		t.Fatalf("the late answer made it %s, known as %q", old.State, old.SupplierID)
	}
	if _, err := c.resolve(c.desk, old, booking.FoundPaid); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("proposed while the other one is held: %v", err)
	}
	next, err := c.Drop(t.Context(), c.agent, next.Ref, next.Version)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.resolve(c.desk, old, booking.FoundPaid); !errors.Is(err, booking.ErrSecondPerson) {
		t.Fatalf("proposed once it is dropped: %v", err)
	}
	if got, err := c.resolve(second, old, booking.FoundPaid); err != nil || got.State != booking.Confirmed {
		t.Errorf("%s, %v", got.State, err)
	}
	if _, err := c.resolve(c.desk, next, booking.FoundPaid); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("the other one, too: %v", err)
	}
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}

// A sale that is paid is not tried again.
func TestASaleThatIsPaidIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	old, _, _ := c.lostCreate("AA-001-AA")
	d, err := c.Retry(t.Context(), c.agent, old.Ref)
	if err != nil {
		t.Fatal(err)
	}
	c.fault("create", "validation_failed")
	next, err := c.Book(t.Context(), c.agent, c.request(d))
	if err != nil || next.State != booking.Refused {
		t.Fatalf("%s, %v", next.State, err)
	}
	if d, err = c.Retry(t.Context(), c.agent, next.Ref); err != nil {
		t.Fatal(err)
	}
	c.byHand(`UPDATE bookings SET state = 'confirmed', supplier_id = 'x', paid_at = now() WHERE id = $1`, old.ID)
	if _, err := c.Book(t.Context(), c.agent, c.request(d)); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("%v", err)
	}
}

// An answer that would make a second payable booking of a sale after all is not
// lost: it is kept, and a person looks at it.
func TestAnswerThatTheIndexRefusesIsACase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	other, d := c.held("AA-001-AA"), c.quoted("AA-002-AA")
	if err := c.sim.SetFault(simulator.Fault{Endpoint: "create", Kind: "latency", Count: 1, Latency: 500 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	sent := c.calls("create")
	booked := make(chan booking.Booking, 1)
	go func() {
		b, err := c.Book(t.Context(), c.agent, c.request(d))
		if err != nil {
			t.Error(err)
		}
		booked <- b
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for c.calls("create") == sent {
		<-tick.C
	}
	c.byHand(`UPDATE bookings SET sale_id = $2 WHERE id = $1`, other.ID, d.SaleID)
	b := <-booked
	kept, err := c.Unrecorded(t.Context(), b)
	if err != nil || len(kept) != 1 || kept[0].SupplierID == "" || b.State != booking.Creating {
		t.Fatalf("%s, kept %+v, %v", b.State, kept, err)
	}
	if queue := c.queue(); len(queue) != 1 || queue[0].Booking.Ref != b.Ref || queue[0].Why != booking.CaseUnrecorded {
		t.Errorf("queue %+v", queue)
	}
	c.pass(pastLease)
	if _, err := c.EndLeases(t.Context()); err != nil || c.now(b.Ref).State != booking.CreateUnknown || c.now(other.Ref).State != booking.Held {
		t.Errorf("%s beside %s, %v", c.now(b.Ref).State, c.now(other.Ref).State, err)
	}
}
