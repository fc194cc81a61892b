package mutants

// database: what PostgreSQL guards, and what is made of its errors.
var database = []Mutant{
	test("one payable booking of a sale", "internal/booking", "OnePayable|Isolation", "migrations/0039_one_payable.sql",
		"CREATE UNIQUE INDEX CONCURRENTLY bookings_one_payable_per_sale", "CREATE INDEX CONCURRENTLY bookings_one_payable_per_sale"),
	test("what is due is asked under the lock", "internal/booking", "DueIsAsked|WhatIsReadAfter", "internal/postgres/locks.go",
		"rows{where: due[d]})", "anyRow)"),
	test("makers of payable bookings wait for each other", "internal/booking", "OnePayable|Isolated|WhatIsReadAfter|PaidThereIsRefused|TriedAgain", "internal/postgres/locks.go",
		"`SELECT pg_advisory_xact_lock(hashtextextended('sale ' || $1::text, 0))`", "`SELECT hashtextextended('sale ' || $1::text, 0)`"),
	test("a read-only server is away", "internal/postgres", "Error", "internal/postgres/errors.go",
		`"25006": away,`, `"25006": conflict,`),
	test("a full disk is away", "internal/postgres", "Error", "internal/postgres/errors.go",
		`"53": away,`, `"53": bug,`),
	test("a lock timeout is busy", "internal/postgres", "Error", "internal/postgres/errors.go",
		`"55P03": busy,`, `"55P03": bug,`),
	test("an unheard COMMIT is uncertain", "internal/postgres", "Commit", "internal/postgres/errors.go",
		"return errors.Join(booking.ErrUncertain, err)", "return domainError(err)"),
	test("attempts are immutable", "internal/booking", "Finding|Immutable|Kept", "migrations/0032_findings.sql",
		"CREATE TRIGGER attempts_immutable BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION attempts_immutable();", ""),
	test("findings are kept", "internal/booking", "Finding|Immutable|Kept", "migrations/0032_findings.sql",
		"CREATE TRIGGER findings_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON findings\n    FOR EACH STATEMENT EXECUTE FUNCTION findings_are_kept();", ""),
	test("the database keeps what did not fit", "internal/booking", "GuardedByTheDatabase", "migrations/0030_unfit.sql",
		"IF OLD.unfit <> '{}' AND NEW.unfit IS DISTINCT FROM OLD.unfit THEN", "IF false THEN"),
	test("the database asks for a finding", "internal/booking", "GuardedByTheDatabase", "migrations/0030_unfit.sql",
		"IF needs <> '' AND NEW.unfit_found <> needs OR", "IF false AND NEW.unfit_found <> needs OR"),
	test("the time to pay never grows", "internal/booking", "GuardedByTheDatabase", "migrations/0031_pay_by.sql",
		"WHEN (NEW.pay_by > OLD.pay_by)", "WHEN (false)"),
}
