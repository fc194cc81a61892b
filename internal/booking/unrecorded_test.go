package booking_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/supplier"
)

// hookedNode is one more portal on the same database and supplier, with a clock of
// its own. Before each call is obeyed, hook sees it.
func (c *env) hookedNode(now func() time.Time, hook func(*http.Request)) *booking.Service {
	c.t.Helper()
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hook(r)
		c.sim.Handler().ServeHTTP(w, r)
	}))
	c.t.Cleanup(there.Close)
	log := slog.New(slog.DiscardHandler)
	client, err := supplier.New(supplier.Options{BaseURL: there.URL, Keys: func() []string { return c.keys }, Now: now, Log: log})
	if err != nil {
		c.t.Fatal(err)
	}
	return booking.NewService(c.t.Context(), c.store, client, now, log)
}

// asReplica changes rows as no role of the portal can.
func (c *env) asReplica(statement string, args ...any) {
	c.t.Helper()
	ctx := context.WithoutCancel(c.t.Context())
	tx, err := c.pool.Begin(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err = tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err == nil {
		_, err = tx.Exec(ctx, statement, args...)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// The database was restored while a call was on its way: it knows another call by
// the number of this one. The answer does not settle that; it is kept, and waits
// for a person.
func TestAnswerToACallThatIsNotKnown(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	var correlation string
	node := c.hookedNode(time.Now, func(r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/pay") {
			return
		}
		ctx := context.WithoutCancel(t.Context())
		if err := c.pool.QueryRow(ctx, `SELECT correlation FROM attempts WHERE outcome = 'open'`).Scan(&correlation); err != nil {
			t.Error(err)
		}
		c.asReplica(`UPDATE attempts SET correlation = 'somebody else''s' WHERE outcome = 'open'`)
	})
	if _, err := node.Pay(t.Context(), c.agent, c.payment(b)); err != nil {
		t.Fatal(err)
	}
	if got := c.now(b.Ref); got.State != booking.Paying {
		t.Errorf("the answer counts for another call: %s", got.State)
	}
	calls := must2(t)(c.UnknownCalls(t.Context(), c.desk))
	if len(calls) != 1 || calls[0].Correlation != correlation || calls[0].Ref != b.Ref || calls[0].SupplierID != b.SupplierID ||
		calls[0].Operation != booking.OpPay || calls[0].Answer.Outcome != booking.OutcomeOK || calls[0].BookingID != 0 || calls[0].ActorID != c.agent.UserID {
		t.Fatalf("kept: %+v", calls)
	}
	backlog, err := c.Backlog(t.Context())
	open, due, countErr := c.QueueCount(t.Context(), c.desk)
	if err != nil || countErr != nil || backlog.Open != 1 || backlog.Due != 1 || open != 1 || due != 1 {
		t.Errorf("the backlog is %+v, the queue %d and %d due; %v, %v", backlog, open, due, err, countErr)
	}
	var bad *invalid.Error
	if err := c.SettleAnswer(t.Context(), c.desk, calls[0].ID, " "); !errors.As(err, &bad) {
		t.Errorf("closed without a word: %v", err)
	}
	if err := c.SettleAnswer(t.Context(), c.agent, calls[0].ID, "paid"); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("closed by an agent: %v", err)
	}
	if err := c.SettleAnswer(t.Context(), c.desk, calls[0].ID, "Ms Martin: it is paid"); err != nil {
		t.Error(err)
	}
	if err := c.SettleAnswer(t.Context(), c.desk, calls[0].ID, "again"); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("closed twice: %v", err)
	}
	if open, _, err := c.QueueCount(t.Context(), c.desk); err != nil || open != 0 {
		t.Errorf("%d are still open, %v", open, err)
	}
}

func must2(t *testing.T) func([]booking.Unrecorded, error) []booking.Unrecorded {
	t.Helper()
	return func(list []booking.Unrecorded, err error) []booking.Unrecorded {
		t.Helper()
		return must(t, list, err)
	}
}

// An answer that the database refuses is kept with its call's facts, and its case
// ends with the booking's question.
func TestRefusedAnswerIsKeptUntilTheQuestionEnds(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	c.refuseAnswers("23514")
	if _, err := c.Pay(t.Context(), c.agent, c.payment(b)); err != nil {
		t.Fatal(err)
	}
	c.acceptAnswers()
	kept := must2(t)(c.Unrecorded(t.Context(), b))
	if len(kept) != 1 || kept[0].BookingID != b.ID || kept[0].Answer.Outcome != booking.OutcomeOK || kept[0].Answer.HTTPStatus == 0 {
		t.Fatalf("kept: %+v", kept)
	}
	if calls := must2(t)(c.UnknownCalls(t.Context(), c.desk)); len(calls) != 0 {
		t.Errorf("the call is known, and yet listed: %+v", calls)
	}
	if why := c.whyOf(b); why != booking.CaseUnrecorded {
		t.Errorf("the open cases are %q", why)
	}
	c.pass(46 * time.Second)
	if _, err := c.EndLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if why := c.whyOf(b); why != booking.CaseUnrecorded+" "+booking.CasePayUnknown {
		t.Errorf("after the lease the open cases are %q", why)
	}
	_, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{
		Ref: b.Ref, Version: c.now(b.Ref).Version, Finding: booking.FoundPaid,
		Evidence: booking.Evidence{Channel: "phone", Person: "Ms Martin", Text: "paid"},
	})
	if err != nil || c.whyOf(b) != "" {
		t.Errorf("after the finding the open cases are %q, %v", c.whyOf(b), err)
	}
	c.reconcile()
}

// whyOf lists the open cases of a booking.
func (c *env) whyOf(b booking.Booking) string {
	c.t.Helper()
	var why string
	err := c.pool.QueryRow(c.t.Context(), `
		SELECT coalesce(string_agg(why, ' ' ORDER BY why), '') FROM cases WHERE booking_id = $1 AND resolved_at IS NULL`, b.ID).Scan(&why)
	return must(c.t, why, err)
}

// The clock of a node serves its budgets alone: however wrong it is, the node
// sells, pays, cancels, records and sweeps as all others do.
func TestANodesClockDecidesNothing(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"10 minutes ahead": 10 * time.Minute, "10 minutes behind": -10 * time.Minute, "2 days ahead": 48 * time.Hour, "2 days behind": -48 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			c.Service = c.hookedNode(func() time.Time { return time.Now().Add(off) }, func(*http.Request) {})
			paid := c.paid("AA-001-AA", booking.CancellationInsurance)
			if got := time.Since(paid.T0); got < -time.Second || got > time.Minute || paid.Deadline.Sub(paid.T0) != booking.HoldTime {
				t.Errorf("it began %s ago and lasts %s", got, paid.Deadline.Sub(paid.T0))
			}
			cancelled, err := c.Cancel(t.Context(), c.agent, booking.CancelRequest{Ref: paid.Ref, Version: paid.Version, Reason: "plans"})
			if err != nil || cancelled.State != booking.Cancelled {
				t.Errorf("cancelled: %s, %v", cancelled.State, err)
			}
			held := c.held("AA-002-AA")
			crashed := c.held("AA-003-AA")
			c.crash(crashed, booking.OpPay, booking.Paying)
			c.sweeps(0)
			c.pass(46 * time.Second)
			c.sweeps(1)
			c.pass(booking.HoldTime)
			c.sweeps(1)
			if got := c.now(held.Ref).State; got != booking.Expired {
				t.Errorf("after the deadline: %s", got)
			}
			c.reconcile()
		})
	}
}

// sweeps runs both sweeps and wants n bookings moved.
func (c *env) sweeps(n int) {
	c.t.Helper()
	ended, err := c.EndLeases(c.t.Context())
	expired, expireErr := c.Expire(c.t.Context())
	if err != nil || expireErr != nil || ended+expired != n {
		c.t.Errorf("%d leases ended and %d lapsed, want %d in all; %v, %v", ended, expired, n, err, expireErr)
	}
}
