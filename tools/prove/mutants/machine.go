package mutants

// machine: the guards of the transitions.
var machine = []Mutant{
	guard("nothing is paid after pay_by", "pay at pay_by: ", "\tcase !f.Now.Before(f.PayBy):", "\tcase false:"),
	guard("what differs is accepted before it is paid", "pay what differs: ", "case f.Differs:", "case false:"),
	guard("nothing is paid while a call is open", "pay with an open attempt: ", "case f.AttemptOpen:\n\t\treturn ErrBusy\n\tcase !f.Now", "case !f.Now"),
	guard("a hold is kept until its deadline", "expire before the deadline: ", "if f.AttemptOpen || f.Now.Before(f.Deadline) {", "if f.AttemptOpen {"),
	guard("nothing expires while a call is open", "expire with an open attempt: ", "if f.AttemptOpen || f.Now.Before(f.Deadline) {", "if f.Now.Before(f.Deadline) {"),
	guard("nothing is dropped while a call is open", "drop with an open attempt: ", "Drop, Dropped, noOpenAttempt}", "Drop, Dropped, nil}"),
	guard("only what is insured is cancelled", "cancel without insurance: ", "if !f.Insured {", "if false {"),
	guard("a final state is reversed by two people", `"expired" + reverse_paid`, "if !f.SecondPerson {", "if false {"),
	guard("nothing is reversed into a second paid booking", "reverse in a sale that has another: ", "if f.Taken {\n\t\treturn ErrTransition\n\t}\n\treturn secondPerson(f)", "return secondPerson(f)"),
	guard("a payment is disproved after the fence", "disprove before the fence: ", "PayDisproved, Expired, pastFence}", "PayDisproved, Expired, nil}"),
	guard("a cancellation is disproved after the fence", `"cancel_unknown" + cancel_disprove `, "CancelDisprove, Confirmed, pastFence}", "CancelDisprove, Confirmed, nil}"),
	guard("an unknown create lapses after the fence", `"create_unknown" + create_lapsed`, "errors.Join(asOrdered(f), pastFence(f))", "asOrdered(f)"),
	guard("what is unfit is void after the fence", "unfit and void, early: ", "errors.Join(unfit(f), pastFence(f))", "unfit(f)"),
	guard("a retried booking is not held again", "late create of a retried one: ", "if f.Retried || f.Taken ||", "if f.Taken ||"),
	guard("one payable booking of a sale, late answers included", "late create of a sale that has another: ", "if f.Retried || f.Taken ||", "if f.Retried ||"),
	guard("what was cancelled meanwhile is cancelled", "cancel_refused: got ", "(event == CancelRefused || event == CancelLost) && f.CancelDone", "event == CancelLost && f.CancelDone"),
	guard("no payment of what has expired", `"expired" + pay `, "{8, []State{Held}, Pay,", "{8, []State{Held, Expired}, Pay,"),
	test("evidence after a restore waits for the fence", "internal/booking", "GuardsOfWhatIsUncompared", "internal/booking/uncompared.go",
		"return pastFence(f)\n}\n\n// afterRestore", "return nil\n}\n\n// afterRestore").finds("void before the fence: "),
	test("one person proves nothing after a restore", "internal/booking", "GuardsOfWhatIsUncompared", "internal/booking/uncompared.go",
		"case !f.Proven && !f.SecondPerson:", "case false:").finds("one person proves it: "),
	test("the database knows the same transitions", "internal/booking", "DatabaseHasTheSameTable", "migrations/0004_bookings.sql",
		"('held', 'paying'), ('held', 'expired'),", "('held', 'paying'), ('paying', 'expired'), ('held', 'expired'),").finds("only in the database: \"paying\" to \"expired\""),
	test("the database has a clock of its own", "internal/booking", "DatabaseRefusesWhatTheMachineRefuses", "migrations/0004_bookings.sql",
		"AND portal_now() < OLD.deadline THEN", "AND false THEN").finds("UPDATE bookings SET state = 'expired', version = version + 1"),
}

// guard is a mutant of the state machine that its own tests find.
func guard(name, found, from, to string) Mutant {
	return test(name, "internal/booking", "Guards$|EveryState|DoneMeanwhile", "internal/booking/machine.go", from, to).finds(found)
}
