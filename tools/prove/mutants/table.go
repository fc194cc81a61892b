package mutants

// Table lists the guards.
func Table() []Mutant {
	var all []Mutant
	for _, part := range [][]Mutant{answers, sale, database, clocks, evidence, restores} {
		all = append(all, part...)
	}
	return all
}

// test is a mutant that the tests of a package find.
func test(name, pkg, run, file, from, to string) Mutant {
	return Mutant{Name: name, Package: pkg, Run: run, Found: "--- FAIL: ", Edits: []Edit{{file, from, to}}}
}

// trial is a mutant that a part of the proof finds.
func trial(name, part, found, file, from, to string) Mutant {
	return Mutant{Name: name, Trial: part, Found: found, Edits: []Edit{{file, from, to}}}
}

// answers: what the supplier says.
var answers = []Mutant{
	test("202 is not done", "internal/supplier", "Judge|Outcome|Done|Fit", "internal/supplier/outcome.go",
		"case http.StatusOK, http.StatusCreated, http.StatusNoContent:", "case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusAccepted:"),
	test("205 is not done", "internal/supplier", "Judge|Outcome|Done|Fit", "internal/supplier/outcome.go",
		"case http.StatusOK, http.StatusCreated, http.StatusNoContent:", "case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusResetContent:"),
	test("a page is no answer", "internal/supplier", "Judge|Outcome|Done|Fit", "internal/supplier/outcome.go",
		"if !isJSON(x.kind) || x.undefined && len(x.body) == 0 {", "if x.undefined && len(x.body) == 0 {"),
	test("a create that is not done yet", "internal/supplier", "Judge|Outcome|Created|Fit", "internal/supplier/outcome.go",
		"case x.status != http.StatusOK && x.status != http.StatusCreated:", "case false:"),
	test("the status of a create fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`{"status", saysStatus(statusPending)},`, ""),
	test("the zone of an answer fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`{"zone_id", zoneFits},`, ""),
	test("the drop-off of an answer fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`{"start_at", momentFits(func(s booking.Stay) time.Time { return s.From })},`, ""),
	test("the plate of an answer fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`{"plate_number", plateFits},`, ""),
	test("a price of nothing does not fit", "internal/supplier", "Fit", "internal/supplier/fit.go",
		"return err == nil && total.Cents > 0", "return err == nil"),
	test("the id of a payment fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`paidFits      = slices.Concat([]check{{"id", idFits}, {"status", saysStatus(statusPaid)}}, noError)`,
		`paidFits      = slices.Concat([]check{{"status", saysStatus(statusPaid)}}, noError)`),
	test("the status of a payment fits", "internal/supplier", "Fit", "internal/supplier/fit.go",
		`paidFits      = slices.Concat([]check{{"id", idFits}, {"status", saysStatus(statusPaid)}}, noError)`,
		`paidFits      = slices.Concat([]check{{"id", idFits}}, noError)`),
	trial("answers fit, seen by the ledger", "contradictions", "status cancelled: ", "internal/supplier/fit.go",
		`{"status", saysStatus(statusPending)},`, ""),
}

// sale: the life of a booking.
var sale = []Mutant{
	test("an unfit booking is not tried again", "internal/booking", "Unfit", "internal/booking/machine.go",
		"{5, []State{CreateUnknown}, LateDropped, Dropped, asOrdered},", "{5, []State{CreateUnknown}, LateDropped, Dropped, nil},"),
	test("an unfit booking is not lapsed by the clock", "internal/booking", "Unfit|Machine|Transition|Table", "internal/booking/machine.go",
		"{6, []State{CreateUnknown}, CreateLapsed, Expired, createLapsed},", "{6, []State{CreateUnknown}, CreateLapsed, Expired, pastFence},"),
	test("an early created_at shortens the time to pay", "internal/booking", "PayBy", "internal/booking/record.go",
		"payBy.Before(r.b.PayBy.Add(-clockGrain))", "false"),
	test("an answer is found by its correlation", "internal/booking", "Unrecorded|Restored|Correlation", "internal/booking/record.go",
		"if a, err = tx.AttemptByCorrelation(ctx, correlation); err != nil { // again, under the lock", "if err != nil { // not again"),
	test("a second person agrees", "internal/booking", "Machine|Transition|Guard|Resolve|Revers", "internal/booking/machine.go",
		"if !f.SecondPerson {", "if false {"),
	test("production is never erased", "internal/booking", "Machine|Transition|Guard|Void|Erase", "internal/booking/machine.go",
		"if f.Environment == Production {\n\t\treturn ErrTransition\n\t}", ""),
	test("at most three cancellations", "internal/booking", "Machine|Transition|Guard|Cancel", "internal/booking/machine.go",
		"if f.Cancels >= MaxCancels {", "if false {"),
	test("a late answer after a retry is dropped", "internal/booking", "Machine|Late|Retr|Lives", "internal/booking/machine.go",
		"if (f.Retried && !seam.Off(seam.OnePaidPerSale)) || !f.Now.Before(f.PayBy) {", "if !f.Now.Before(f.PayBy) {"),
	test("what is disputed is not sold again", "internal/server", "NothingIsSoldAgain", "internal/booking/pay.go",
		"if b.State.InFlight() || b.State.Unknown() || Disputed(b, cases) {", "if b.State.InFlight() || b.State.Unknown() {"),
	test("a page warns of what is disputed", "internal/server", "NothingIsSoldAgain", "internal/server/bookings.go",
		"p.Disputed = booking.Disputed(b, cases)", ""),
	trial("an id issued twice in production", "contradictions", "an id issued again", "internal/booking/record.go",
		"if r.b.Environment == Production || r.misfit() {\n\t\treturn true, nil\n\t}", ""),
}

// database: what PostgreSQL guards, and what is made of its errors.
var database = []Mutant{
	test("one payable booking of a sale", "internal/booking", "Isolation|Payable|Lock", "migrations/0039_one_payable.sql",
		"CREATE UNIQUE INDEX CONCURRENTLY bookings_one_payable_per_sale", "CREATE INDEX CONCURRENTLY bookings_one_payable_per_sale"),
	test("a read-only server is away", "internal/postgres", "Error|State|Sorted|Kind", "internal/postgres/errors.go",
		`"25006": away,`, `"25006": conflict,`),
	test("a full disk is away", "internal/postgres", "Error|State|Sorted|Kind", "internal/postgres/errors.go",
		`"53": away,`, `"53": bug,`),
	test("a lock timeout is busy", "internal/postgres", "Error|State|Sorted|Kind", "internal/postgres/errors.go",
		`"55P03": busy,`, `"55P03": bug,`),
	test("attempts are immutable", "internal/booking", "Finding|Immutable|Kept", "migrations/0032_findings.sql",
		"CREATE TRIGGER attempts_immutable BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION attempts_immutable();", ""),
	test("findings are kept", "internal/booking", "Finding|Immutable|Kept", "migrations/0032_findings.sql",
		"CREATE TRIGGER findings_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON findings\n    FOR EACH STATEMENT EXECUTE FUNCTION findings_are_kept();", ""),
	test("pay_by never moves away", "internal/booking", "PayBy", "migrations/0031_pay_by.sql",
		"WHEN (NEW.pay_by > OLD.pay_by) EXECUTE FUNCTION bookings_pay_by_guard();", "WHEN (false) EXECUTE FUNCTION bookings_pay_by_guard();"),
}

// clocks: nothing depends on a node's.
var clocks = []Mutant{}

// evidence: what the supplier's lines and people prove.
var evidence = []Mutant{}

// restores: a restored backup is noticed, and what it holds is compared first.
var restores = []Mutant{
	test("uncompared bookings wait", "internal/booking", "Uncompared", "internal/booking/machine.go",
		"if f.Uncompared && waits(event) {", "if false {"),
	test("uncompared bookings wait in the database, too", "internal/booking", "Uncompared|Guard", "migrations/0035_uncompared.sql",
		"CREATE TRIGGER bookings_uncompared_update BEFORE UPDATE ON bookings FOR EACH ROW\n    WHEN (OLD.uncompared OR (OLD.state = 'held' AND NEW.state = 'confirmed'))\n    EXECUTE FUNCTION bookings_uncompared_guard();", ""),
}
