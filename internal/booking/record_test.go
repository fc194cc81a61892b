package booking_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/supplier"
)

// lockedLog is a log that several goroutines write while a test reads it.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// loggedNode is one more portal on the same database, whose log can be read. It
// gives up recording when stop is done.
func (c *env) loggedNode(stop context.Context) (*booking.Service, *lockedLog) {
	c.t.Helper()
	said := &lockedLog{}
	log := slog.New(slog.NewTextHandler(said, nil))
	client, err := supplier.New(supplier.Options{BaseURL: c.url, Keys: func() []string { return []string{"test-key"} }, Now: time.Now, Log: log})
	if err != nil {
		c.t.Fatal(err)
	}
	return booking.NewService(stop, c.store, client, time.Now, log), said
}

// refuseAnswers lets PostgreSQL refuse every answer with an error of its own,
// and counts the refusals in a sequence, which no rollback undoes.
func (c *env) refuseAnswers(code string) {
	c.t.Helper()
	_, err := c.pool.Exec(c.t.Context(), `
		CREATE SEQUENCE refusals;
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
		BEGIN
			PERFORM nextval('refusals');
			RAISE EXCEPTION 'refused for a test' USING ERRCODE = '`+code+`';
		END $$;
		CREATE TRIGGER refuse BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION refuse()`)
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *env) refusals() int {
	c.t.Helper()
	var n int
	err := c.pool.QueryRow(context.WithoutCancel(c.t.Context()), `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM refusals`).Scan(&n)
	return must(c.t, n, err)
}

// awaitTries returns when the answer was refused n times.
func (c *env) awaitTries(n int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for c.refusals() < n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("after a minute it was not tried %d times", n)
		}
	}
}

func (c *env) acceptAnswers() {
	c.t.Helper()
	if _, err := c.pool.Exec(c.t.Context(), `DROP TRIGGER refuse ON attempts; DROP FUNCTION refuse; DROP SEQUENCE refusals`); err != nil {
		c.t.Fatal(err)
	}
}

// While the database is away an answer is kept and recorded once it is back.
func TestAnswerWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	for code, plate := range map[string]string{
		"57P01": "AA-001-AA", // shut down by an administrator
		"57P02": "AA-002-AA", // crashed
		"08006": "AA-003-AA", // connection lost
		"53300": "AA-004-AA", // too many connections
		"40001": "AA-005-AA", // serialization failure
		"40P01": "AA-006-AA", // deadlock
		"55P03": "AA-007-AA", // no lock within 3 s
	} {
		d := c.quoted(plate)
		c.refuseAnswers(code)
		booked := make(chan booking.Booking, 1)
		go func() {
			b, err := c.Book(t.Context(), c.agent, c.request(d))
			if err != nil {
				t.Error(err)
			}
			booked <- b
		}()
		c.awaitTries(2)
		c.acceptAnswers()
		if b := <-booked; b.State != booking.Held {
			t.Errorf("%s: %s", code, b.State)
		}
	}
	c.reconcile()
}

// An answer that the database will never take is kept apart at once: logged once,
// without the customer's data, and its call is unknown when the lease is over.
func TestAnswerThatCannotBeRecordedIsKeptApart(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	stop, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a node that does not give up by itself
	defer cancel()
	node, said := c.loggedNode(stop)
	given := 0
	for code, plate := range map[string]string{
		"P0001": "AA-001-AA", // a guard of ours
		"23514": "AA-002-AA", // a CHECK
		"22P02": "AA-003-AA", // a value that cannot be read
		"42703": "AA-004-AA", // a column that does not exist
	} {
		d := c.quoted(plate)
		c.refuseAnswers(code)
		b, err := node.Book(t.Context(), c.agent, c.request(d))
		if err != nil || b.State != booking.Creating {
			t.Errorf("%s: %s, %v", code, b.State, err)
		}
		given++
		if n, logged := c.refusals(), said.count("answer not recorded"); n != 1 || logged != given {
			t.Errorf("%s: tried %d times, logged %d of %d", code, n, logged, given)
		}
		if kept := must2(t)(c.Unrecorded(t.Context(), b)); len(kept) != 1 || kept[0].SupplierID == "" {
			t.Errorf("%s: kept %+v", code, kept)
		}
		c.acceptAnswers()
		c.pass(46 * time.Second)
		if _, err := c.EndLeases(t.Context()); err != nil || c.now(b.Ref).State != booking.CreateUnknown {
			t.Errorf("%s: after the lease %s, %v", code, c.now(b.Ref).State, err)
		}
		if said.count(plate)+said.count("Lévy")+said.count("zoe@example.test") > 0 {
			t.Errorf("%s: the customer is in the log", code)
		}
	}
	c.pass(booking.HoldTime + booking.FenceTime)
	if _, err := c.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if open, _, err := c.QueueCount(t.Context(), c.desk); err != nil || open != 0 {
		t.Errorf("past the fence %d cases are open, %v", open, err)
	}
	c.reconcile()
}

// A portal that stops does not wait for a database that stays away.
func TestStoppingGivesUpRecording(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	stop, cancel := context.WithCancel(t.Context())
	node, _ := c.loggedNode(stop)
	d := c.quoted("AA-001-AA")
	c.refuseAnswers("57P01")
	booked := make(chan error, 1)
	go func() {
		_, err := node.Book(t.Context(), c.agent, c.request(d))
		booked <- err
	}()
	c.awaitTries(1)
	cancel()
	node.Wait()
	if err := <-booked; err != nil {
		t.Error(err)
	}
	c.acceptAnswers()
	c.settle()
	c.reconcile()
}

// What a crash left behind and cannot be read keeps no other lease open.
func TestOneDamagedRecordKeepsNoLeaseOpen(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	damaged, good := c.held("AA-001-AA"), c.held("AA-002-AA")
	c.crash(damaged, booking.OpPay, booking.Paying)
	c.crash(good, booking.OpPay, booking.Paying)
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET quote = '[]' WHERE ref = $1`, damaged.Ref); err != nil {
		t.Fatal(err)
	}
	c.pass(46 * time.Second)
	n, err := c.EndLeases(t.Context())
	if err == nil || strings.Contains(err.Error(), "AA-001-AA") {
		t.Errorf("what the sweep says of the damaged one: %v", err)
	}
	if got := c.now(good.Ref).State; n != 1 || got != booking.PayUnknown {
		t.Errorf("%d leases ended, the good one is %s", n, got)
	}
}
