package booking_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
)

// callRows are the attempts as they stand in the database, every byte of them.
func (c *env) callRows() []string {
	c.t.Helper()
	rows, err := c.pool.Query(c.t.Context(), `SELECT a::text FROM attempts a ORDER BY id`)
	if err != nil {
		c.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return must(c.t, list, err)
}

// findings are what was found out about a booking.
func (c *env) findings(b booking.Booking) []booking.Found {
	c.t.Helper()
	list, err := c.Found(c.t.Context(), b)
	return must(c.t, list, err)
}

// What was sent and answered is never written again, whatever people find out
// and take back; health and the count of cancels are those of the calls.
func TestAFindingRewritesNothing(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		prepare         func(*env) booking.Booking
		first, reversed booking.Finding
		operation       booking.Operation
	}{
		"not paid, then paid": {
			func(c *env) booking.Booking { return c.payLost("AA-001-AA", "drop_after") },
			booking.FoundNotPaid, booking.FoundPaid, booking.OpPay,
		},
		"paid, then cancelled": {
			func(c *env) booking.Booking { return c.payLost("AA-001-AA", "drop_before") },
			booking.FoundPaid, booking.FoundCancelled, booking.OpPay,
		},
		"cancelled, then not": {
			func(c *env) booking.Booking { return c.cancelLost("AA-001-AA") },
			booking.FoundCancelled, booking.FoundNotCancelled, booking.OpCancel,
		},
		"not cancelled, then cancelled": {
			func(c *env) booking.Booking { return c.cancelLost("AA-001-AA") },
			booking.FoundNotCancelled, booking.FoundCancelled, booking.OpCancel,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
			b := x.prepare(c)
			c.pass(2 * time.Hour)
			before := c.callRows()
			health, err := c.WriteHealth(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b = must(t, b, nil)
			if b, err = c.resolve(c.desk, b, x.first); err != nil {
				t.Fatal(err)
			}
			_, _ = c.resolve(c.desk, b, x.reversed) // only proposes it
			if b, err = c.resolve(second, b, x.reversed); err != nil {
				t.Fatal(err)
			}
			if after := c.callRows(); !slices.Equal(before, after) {
				t.Errorf("calls before:\n%q\nafter:\n%q", before, after)
			}
			if again, err := c.WriteHealth(t.Context()); err != nil || len(again) != len(health) || again[1].P95 != health[1].P95 || again[2].P95 != health[2].P95 {
				t.Errorf("health %+v became %+v, %v", health, again, err)
			}
			if bad := c.problems(); len(bad) > 0 {
				t.Errorf("%q", bad)
			}
			c.foundTwice(b, x.first, x.reversed, x.operation, second)
		})
	}
}

// foundTwice demands the rows of a finding and of its reversal by two people.
func (c *env) foundTwice(b booking.Booking, first, reversed booking.Finding, op booking.Operation, second account.Actor) {
	c.t.Helper()
	list := c.findings(b)
	if len(list) != 2 {
		c.t.Fatalf("%d findings", len(list))
	}
	one, two := list[0], list[1]
	if one.Finding != first || one.Operation != op || one.ActorID != c.desk.UserID || one.SecondID != 0 || one.Source != booking.FromPerson {
		c.t.Errorf("%+v", one)
	}
	if two.Finding != reversed || two.ActorID != c.desk.UserID || two.SecondID != second.UserID || two.EventSeq != b.Version {
		c.t.Errorf("%+v", two)
	}
	for _, f := range list {
		f.Evidence.SupplierID = ""
		if f.Act != booking.ActFound || f.Evidence != proof || f.At.IsZero() {
			c.t.Errorf("%+v", f)
		}
	}
}

// Paid at and by whom are those of the declaration, whoever finds out later that
// it counts. Where nobody declared anything, nobody is named.
func TestPaidIsWhenAndByWhomItWasDeclared(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	second.Name = "Second"
	for name, prepare := range map[string]func() booking.Booking{
		"found paid": func() booking.Booking {
			b := c.payLost("AA-001-AA", "drop_after")
			c.pass(48 * time.Hour)
			b, err := c.resolve(c.desk, b, booking.FoundPaid)
			return must(t, b, err)
		},
		"reversed": func() booking.Booking {
			b := c.payLost("AA-002-AA", "drop_after")
			c.pass(2 * time.Hour)
			b, err := c.resolve(c.desk, b, booking.FoundNotPaid)
			b = must(t, b, err)
			_, _ = c.resolve(c.desk, b, booking.FoundPaid)
			b, err = c.resolve(second, b, booking.FoundPaid)
			return must(t, b, err)
		},
	} {
		b := prepare()
		_, attempts, err := c.History(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		declared := attempts[len(attempts)-1]
		if !b.PaidAt.Equal(declared.StartedAt) || b.PaidBy != c.agent.Name || b.PayMethod != "cash" || b.Receipt != "T-42" {
			t.Errorf("%s: paid at %s by %q with %s, declared at %s by %q", name, b.PaidAt, b.PaidBy, b.PayMethod, declared.StartedAt, c.agent.Name)
		}
		if stored := c.now(b.Ref); !stored.PaidAt.Equal(b.PaidAt) || stored.PaidBy != b.PaidBy {
			t.Errorf("%s: stored %s by %q", name, stored.PaidAt, stored.PaidBy)
		}
	}
	b := c.held("AA-003-AA")
	c.settle()
	b = c.now(b.Ref)
	_, _ = c.resolve(c.desk, b, booking.FoundPaid)
	b, err := c.resolve(second, b, booking.FoundPaid)
	if err != nil || b.State != booking.Confirmed || b.PaidAt.IsZero() || b.PaidBy != "" {
		t.Errorf("never declared: %s at %s by %q, %v", b.State, b.PaidAt, b.PaidBy, err)
	}
}

// The late answer of the very call is still heard after a finding, and asks for a
// person only when the two cannot both be true.
func TestLateAnswerAfterAFinding(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		prepare func(*env) booking.Booking
		finding booking.Finding
		answer  booking.Outcome
		opens   bool
	}{
		"paid, ok":               {lostPay, booking.FoundPaid, booking.OutcomeOK, false},
		"paid, refused":          {lostPay, booking.FoundPaid, booking.OutcomeRefused, true},
		"not paid, ok":           {lostPay, booking.FoundNotPaid, booking.OutcomeOK, true},
		"not paid, refused":      {lostPay, booking.FoundNotPaid, booking.OutcomeRefused, false},
		"cancelled, ok":          {lostCancel, booking.FoundCancelled, booking.OutcomeOK, false},
		"cancelled, refused":     {lostCancel, booking.FoundCancelled, booking.OutcomeRefused, true},
		"not cancelled, ok":      {lostCancel, booking.FoundNotCancelled, booking.OutcomeOK, true},
		"not cancelled, refused": {lostCancel, booking.FoundNotCancelled, booking.OutcomeRefused, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			b := x.prepare(c)
			c.pass(2 * time.Hour)
			b, err := c.resolve(c.desk, b, x.finding)
			if err != nil {
				t.Fatal(err)
			}
			_, attempts, err := c.History(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			last := attempts[len(attempts)-1]
			if err := c.Record(t.Context(), last.ID, booking.Answer{Outcome: x.answer, HTTPStatus: 200}); err != nil {
				t.Fatal(err)
			}
			if got := c.now(b.Ref); got.State != b.State || got.Version != b.Version+1 {
				t.Errorf("it became %s", got.State)
			}
			_, attempts, _ = c.History(t.Context(), b)
			if got := attempts[len(attempts)-1].Outcome; got != x.answer {
				t.Errorf("the call is %s", got)
			}
			if queue := c.queue(); len(queue) > 0 != x.opens || x.opens && queue[0].Why != booking.CaseLateAnswer {
				t.Errorf("%+v", queue)
			}
			if bad := c.problems(); len(bad) > 0 {
				t.Errorf("%q", bad)
			}
		})
	}
}

func lostPay(c *env) booking.Booking    { return c.payLost("AA-001-AA", "drop_after") }
func lostCancel(c *env) booking.Booking { return c.cancelLost("AA-002-AA") }

// Calls, findings and what people wrote are kept: nobody changes or removes
// them, the database's owner included. A traveller can be forgotten.
func TestEvidenceIsKept(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.payLost("AA-001-AA", "drop_after")
	b, err := c.resolve(c.desk, b, booking.FoundPaid)
	if err != nil {
		t.Fatal(err)
	}
	lost := c.payLost("AA-002-AA", "drop_after")
	for _, sql := range []string{
		`UPDATE attempts SET outcome = 'refused' WHERE outcome = 'ok'`,
		`UPDATE attempts SET outcome = 'not_sent' WHERE outcome = 'unknown'`,
		`UPDATE attempts SET outcome = 'open', ended_at = NULL WHERE outcome = 'unknown'`,
		`UPDATE attempts SET ended_at = ended_at + interval '1 second'`,
		`UPDATE attempts SET ended_at = NULL`,
		`UPDATE attempts SET started_at = started_at + interval '1 second'`,
		`UPDATE attempts SET http_status = 500`,
		`UPDATE attempts SET error_code = 'x'`,
		`UPDATE attempts SET key_hint = 'x'`,
		`UPDATE attempts SET request = 'x'`,
		`UPDATE attempts SET response = 'x'`,
		`UPDATE attempts SET message = 'x'`,
		`UPDATE attempts SET errors = '{x}'`,
		`UPDATE attempts SET actor_name = 'x'`,
		`UPDATE attempts SET actor_id = 99`,
		`UPDATE attempts SET correlation = 'x' || id`,
		`UPDATE attempts SET operation = 'cancel'`,
		`UPDATE attempts SET booking_id = booking_id + 1`,
		`UPDATE attempts SET outcome = 'ok', actor_name = 'x' WHERE outcome = 'unknown'`,
		`DELETE FROM attempts`,
		`TRUNCATE attempts CASCADE`,
		`UPDATE findings SET finding = 'not_paid'`,
		`DELETE FROM findings`,
		`TRUNCATE findings`,
		`UPDATE booking_notes SET body = 'x'`,
		`UPDATE booking_notes SET finding = 'not_paid'`,
		`UPDATE booking_notes SET actor_id = actor_id - 1`,
		`DELETE FROM booking_notes`,
		`TRUNCATE booking_notes CASCADE`,
	} {
		table := strings.Fields(strings.TrimPrefix(sql, "DELETE "))[1]
		var said *pgconn.PgError
		if _, err := c.pool.Exec(t.Context(), sql); !errors.As(err, &said) || !strings.HasPrefix(said.ConstraintName, table+"_") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	const forget = `UPDATE attempts SET request = '', response = '', message = '', errors = '{}'`
	if _, err := c.pool.Exec(t.Context(), forget); err != nil {
		t.Errorf("nobody is forgotten: %v", err)
	}
	if _, err := c.pool.Exec(t.Context(), `UPDATE booking_notes SET person = '', reference = '', body = ''`); err != nil {
		t.Errorf("nobody is forgotten: %v", err)
	}
	if got := c.findings(b); len(got) != 1 || got[0].Evidence.Text != "" || got[0].Evidence.Channel != "phone" {
		t.Errorf("%+v", got)
	}
	if c.now(lost.Ref).State != booking.PayUnknown {
		t.Error("a booking moved")
	}
}

// A cancellation that people found out not to have happened is settled: the
// refusal of the next one leads back to paid, not into doubt.
func TestAFindingSettlesTheCallsBeforeIt(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.cancelLost("AA-001-AA")
	c.pass(time.Hour)
	b, err := c.resolve(c.desk, b, booking.FoundNotCancelled)
	if err != nil {
		t.Fatal(err)
	}
	c.fault("cancel", "rate_limited_retry")
	b, err = c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	if err != nil || b.State != booking.Confirmed {
		t.Errorf("%s, %v", b.State, err)
	}
	v, err := c.CheckCancel(t.Context(), c.desk, b)
	if err != nil || v.Left != booking.MaxCancels-2 {
		t.Errorf("%+v, %v: both calls count", v, err)
	}
	c.reconcile()
}

// What happens answers the question of a case: the repeat of a cancellation, the
// late answer, the clock.
func TestCasesThatAreAnsweredClose(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.cancelLost("AA-001-AA")
	b, err := c.Cancel(t.Context(), c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	if err != nil || b.State != booking.Cancelled {
		t.Fatalf("%s, %v", b.State, err)
	}
	late := c.payLost("AA-002-AA", "drop_after")
	_, attempts, err := c.History(t.Context(), late)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Record(t.Context(), attempts[len(attempts)-1].ID, booking.Answer{Outcome: booking.OutcomeOK, HTTPStatus: 200}); err != nil {
		t.Fatal(err)
	}
	if queue := c.queue(); len(queue) != 0 {
		t.Errorf("%+v", queue)
	}
}
