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

// A proposal ends with the second person's yes or no, or with the first one's
// withdrawal; each is kept, and nobody speaks for the other.
func TestAProposalEnds(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		first    bool // who proposed it decides
		decision booking.Decision
		reason   string
		want     error
		state    booking.State
		act      booking.FoundAct
	}{
		"agree":                  {false, booking.Agree, "", nil, booking.Confirmed, booking.ActFound},
		"refuse":                 {false, booking.Refuse, "she does not see it", nil, booking.Expired, booking.ActRefused},
		"withdraw":               {true, booking.Withdraw, "", nil, booking.Expired, booking.ActWithdrawn},
		"refuse without why":     {false, booking.Refuse, " ", &invalid.Error{}, booking.Expired, ""},
		"agree with oneself":     {true, booking.Agree, "", booking.ErrForbidden, booking.Expired, ""},
		"refuse oneself":         {true, booking.Refuse, "x", booking.ErrForbidden, booking.Expired, ""},
		"withdraw for the other": {false, booking.Withdraw, "", booking.ErrForbidden, booking.Expired, ""},
		"something else":         {false, "perhaps", "", booking.ErrTransition, booking.Expired, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
			b := expired(c)
			if _, err := c.resolve(c.desk, b, booking.FoundPaid); !errors.Is(err, booking.ErrSecondPerson) {
				t.Fatal(err)
			}
			proposal, err := c.Proposed(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			who := second
			if x.first {
				who = c.desk
			}
			req := booking.DecideRequest{Ref: b.Ref, Version: b.Version, Proposal: proposal.ID, Decision: x.decision, Reason: x.reason}
			for _, stale := range []func(*booking.DecideRequest){
				func(r *booking.DecideRequest) { r.Version-- },
				func(r *booking.DecideRequest) { r.Proposal++ },
			} {
				old := req
				old.Reason = "x"
				if stale(&old); x.act != "" {
					if _, err := c.Decide(t.Context(), who, old); !errors.Is(err, booking.ErrChanged) {
						t.Errorf("another page: %v", err)
					}
				}
			}
			got, err := c.Decide(t.Context(), who, req)
			var bad *invalid.Error
			if invalid := errors.As(err, &bad) && errors.As(x.want, &bad); !invalid && !errors.Is(err, x.want) {
				t.Fatalf("%v, want %v", err, x.want)
			}
			if state := c.now(b.Ref).State; state != x.state {
				t.Errorf("it is %s", state)
			}
			list := c.findings(b)
			if open := len(c.queue()) > 0; open != (x.act == "") || len(list) > 0 == open {
				t.Fatalf("open %v, findings %+v", open, list)
			}
			if x.act == "" {
				return
			}
			f := list[0]
			if f.Act != x.act || f.ActorID != c.desk.UserID || f.SecondID != who.UserID || f.Evidence != proof || f.SecondText != x.reason || f.Finding != booking.FoundPaid {
				t.Errorf("%+v", f)
			}
			if x.act == booking.ActFound && got.PaidBy != "" {
				t.Errorf("paid by %q", got.PaidBy)
			}
			if _, err := c.Decide(t.Context(), who, req); !errors.Is(err, booking.ErrChanged) {
				t.Errorf("twice: %v", err)
			}
			if bad := c.problems(); len(bad) > 0 {
				t.Errorf("%q", bad)
			}
		})
	}
}

// Who may decide are people of customer service.
func TestWhoMayDecide(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	if _, err := c.Decide(t.Context(), c.agent, booking.DecideRequest{Ref: c.held("AA-001-AA").Ref, Decision: booking.Agree}); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("an agent: %v", err)
	}
}

// While another booking of the sale is payable or paid, nobody finds this one
// paid, nor agrees to it.
func TestPaidThereIsNotFoundBesideAPayableOne(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	b, _, _ := c.lostCreate("AA-001-AA")
	c.pass(2 * time.Hour)
	if _, err := c.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b = c.now(b.Ref); b.State != booking.Expired {
		t.Fatalf("it is %s", b.State)
	}
	evidence := proof
	evidence.SupplierID = "there-1"
	find := func() error {
		_, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: booking.FoundPaid, Evidence: evidence})
		return err
	}
	if err := find(); !errors.Is(err, booking.ErrSecondPerson) {
		t.Fatal(err)
	}
	other := c.held("AA-002-AA")
	if _, err := c.pool.Exec(t.Context(), `UPDATE bookings SET sale_id = $1, retry_of = $3 WHERE ref = $2`, b.SaleID, other.Ref, b.Ref); err != nil {
		t.Fatal(err)
	}
	b = c.now(b.Ref)
	if taken, err := c.SaleTaken(t.Context(), b); err != nil || !taken {
		t.Errorf("taken: %v, %v", taken, err)
	}
	proposal, err := c.Proposed(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decide(t.Context(), second, booking.DecideRequest{Ref: b.Ref, Version: b.Version, Proposal: proposal.ID, Decision: booking.Agree}); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("agreed: %v", err)
	}
	if err := find(); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("found: %v", err)
	}
}

// For each reason why lines and late answers open a case, a person can close it
// with the supplier's word, and only with its reference.
func TestTheSuppliersWordClosesACase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := expired(c)
	words := map[string]booking.Finding{
		booking.CaseStatementBilled: booking.FoundCredits, booking.CaseCredited: booking.FoundBillsAgain,
		booking.CaseLinesUnproved: booking.FoundCorrects, booking.CaseLateAnswer: booking.FoundNoEffect,
		booking.CaseStatementPlate: booking.FoundNotThis, booking.CaseDuplicateID: booking.FoundNotThis,
	}
	for why, word := range words {
		if _, err := c.resolve(c.desk, b, word); !errors.Is(err, booking.ErrTransition) {
			t.Errorf("%s without a case: %v", word, err)
		}
		for _, w := range []string{why, booking.CaseDamaged} {
			if err := c.write(func(tx booking.Tx) error { return tx.OpenCase(t.Context(), b.ID, w, b.PayBy) }); err != nil {
				t.Fatal(err)
			}
		}
		cases, err := c.Cases(t.Context(), b)
		if answers := booking.Answers(cases); err != nil || len(answers) != 1 || answers[0] != word {
			t.Errorf("%s is answered with %v, %v", why, answers, err)
		}
		bare := proof
		bare.Reference = ""
		var bad *invalid.Error
		if _, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{Ref: b.Ref, Version: b.Version, Finding: word, Evidence: bare}); !errors.As(err, &bad) || bad.Fields["reference"].Key == "" {
			t.Errorf("%s without a reference: %v", word, err)
		}
		if b, err = c.resolve(c.desk, b, word); err != nil {
			t.Fatalf("%s: %v", why, err)
		}
		if queue := c.queue(); len(queue) != 1 || queue[0].Why != booking.CaseDamaged {
			t.Errorf("%s: %+v", why, queue)
		}
	}
	list := c.findings(b)
	if len(list) != len(words) || list[0].Act != booking.ActNoted || list[0].EventSeq != 1+b.Version-len(words) || b.State != booking.Expired {
		t.Errorf("%s: %+v", b.State, list)
	}
	if bad := c.problems(); len(bad) > 0 {
		t.Errorf("%q", bad)
	}
}

// What somebody proposes is answered before anybody records the opposite alone:
// here that a booking which a restore brought back is paid.
func TestAProposalIsAnsweredFirst(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	b := c.held("AA-001-AA")
	c.restored()
	c.pass(booking.HoldTime + booking.FenceTime + time.Minute)
	b = c.now(b.Ref)
	if _, err := c.resolve(c.desk, b, booking.FoundPaid); !errors.Is(err, booking.ErrSecondPerson) {
		t.Fatalf("proposed: %v", err)
	}
	if _, err := c.resolve(second, b, booking.FoundNotPaid); !errors.Is(err, booking.ErrProposed) {
		t.Errorf("the opposite, by one: %v", err)
	}
	if got := c.now(b.Ref); got.State != booking.Held || !got.Uncompared {
		t.Fatalf("it is %s", got.State)
	}
	proposal, err := c.Proposed(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decide(t.Context(), second, booking.DecideRequest{
		Ref: b.Ref, Version: b.Version, Proposal: proposal.ID, Decision: booking.Refuse, Reason: "She sees no payment.",
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.resolve(second, c.now(b.Ref), booking.FoundNotPaid); err != nil || got.State != booking.Expired {
		t.Errorf("once it is refused: %s, %v", got.State, err)
	}
}

// What a statement proves needs no second person any more.
func TestLinesOvertakeAProposal(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	c.restored()
	_, err := c.Resolve(t.Context(), c.desk, booking.ResolveRequest{Ref: b.Ref, Version: c.now(b.Ref).Version, Finding: booking.FoundPaid, Evidence: proof})
	if !errors.Is(err, booking.ErrSecondPerson) {
		t.Fatal(err)
	}
	if _, _, err := c.compare(c.statement("id;ref;plate;from;to;amount\n"+billLine(b)), sixColumns); err != nil {
		t.Fatal(err)
	}
	if got := c.now(b.Ref); got.State != booking.Confirmed {
		t.Fatalf("it is %s", got.State)
	}
	if p, err := c.store.Proposal(t.Context(), c.now(b.Ref).ID); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("the proposal still waits: %+v, %v", p, err)
	}
	for _, i := range c.queue() {
		if i.Booking.Ref == b.Ref {
			t.Errorf("its case %s is open", i.Why)
		}
	}
}
