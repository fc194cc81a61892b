package mutants

// calls: a form is obeyed once, and the supplier is told once: idempotency, claim
// and lease.
var calls = []Mutant{
	test("a draft has one booking", "internal/booking", "EightTabs", "migrations/0004_bookings.sql",
		"CONSTRAINT bookings_draft UNIQUE", "").finds("two bookings: "),
	test("a draft is saved as it was read", "internal/booking", "ChangedMeanwhile", "internal/postgres/booking_quote.go",
		"WHERE id = $1 AND version = $2`", "WHERE id = $1 AND $2::int > 0`").finds("a draft was saved twice: <nil>"),
	test("an attempt is settled from what it was", "internal/booking", "ChangedMeanwhile", "internal/postgres/booking_attempt.go",
		"WHERE id = $1 AND outcome = $2`", "WHERE id = $1 AND $2 <> ''`").finds("an attempt was settled twice, as open: "),
	test("a booking is claimed under its lock", "internal/booking", "WhatIsReadAfterALock|EightTabs", "internal/postgres/booking_lock.go",
		"AND ($2 OR b.agency_id = $3) FOR UPDATE`", "AND ($2 OR b.agency_id = $3)`").finds("deadline exceeded"),
	test("a booking is claimed in the version that was shown", "internal/booking", "OldPageClaims", "internal/booking/pay.go",
		"\t\tif b.Version != version {\n\t\t\treturn ErrChanged\n\t\t}\n\t\tif c.op == OpCancel", "\t\tif c.op == OpCancel").finds("an old page: <nil>, 2 calls"),
	test("a call that was claimed too long ago is not sent", "internal/supplier", "StartBefore|NotSent", "internal/supplier/transport.go",
		"return !now.Before(g.before) || !now.Round(0).Before(g.before.Round(0))", "return now.Before(now)").finds("outcome ok, 1 requests; want not_sent"),
	test("a claim whose COMMIT was not heard is read back", "internal/booking", "CommitIsNotHeard", "internal/booking/service.go",
		"if readErr != nil || back.Outcome != OutcomeOpen {", "if false {").finds("held, <nil>, 1 calls"),
	test("a repeated cancellation is customer service's", "internal/booking", "Cancel$", "internal/booking/pay.go",
		"if c.op == OpCancel && b.State == CancelUnknown && actor.Role != account.CustomerService {", "if false {").finds("an agent repeats: <nil>"),
	test("one open attempt of a booking", "internal/booking", "DatabaseRefusesWhat", "migrations/0004_bookings.sql",
		"CREATE UNIQUE INDEX attempts_one_open", "CREATE INDEX attempts_one_open").finds("INSERT INTO attempts (booking_id, operation"),
	test("a lease that is over ends", "internal/booking", "LeaseEnds", "internal/postgres/booking_attempt.go",
		"b.lease_ends IS NOT NULL AND b.lease_ends <= (SELECT portal_now())", "false").finds("after the lease: paying"),
	test("a lease in force goes on", "internal/booking", "LeaseEnds", "internal/postgres/booking_attempt.go",
		"b.lease_ends IS NOT NULL AND b.lease_ends <= (SELECT portal_now())", "b.lease_ends IS NOT NULL").finds("a lease in force ended: 1"),
	test("a lease that ends settles its attempt", "internal/booking", "LeaseEnds", "internal/booking/sweep.go",
		"if _, err := tx.FinishAttempt(ctx, a.ID, OutcomeOpen, Answer{Outcome: OutcomeUnknown, EndedAt: f.Now}); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n", "").finds("booking: not possible in this state"),
	test("an unknown payment is somebody's case", "internal/booking", "PositiveEvidence|LeaseEnds", "internal/booking/record.go",
		"\tcase r.b.State == PayUnknown:\n\t\treturn r.tx.OpenCase(ctx, r.b.ID, CasePayUnknown, r.b.PayBy)\n", "").finds("queue []"),
}
