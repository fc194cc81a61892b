package mutants

// scenarios: guards that decide in one sale, judged by the supplier's ledger. The
// database has guards of its own for most of them; they are left out, too.
var scenarios = []Mutant{
	scenario("an action claims the booking before it calls", "pay twice at once", "was charged 2 times",
		Edit{
			"internal/booking/pay.go", "\t\tif b.Version != version {\n\t\t\treturn ErrChanged\n\t\t}\n\t\tif c.op == OpCancel",
			"\t\tif c.op == OpCancel",
		},
		Edit{
			"internal/booking/pay.go", "if _, err := Next(b.State, e.Event, f); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif a, err = open(",
			"if a, err = open(",
		},
		Edit{
			"internal/booking/pay.go", "err = move(ctx, tx, &b, f, by(actor, e))\n\t\tfailpoint.At(string(c.op), \"in_claim\")\n\t\treturn err",
			"_ = move(ctx, tx, &b, f, by(actor, e))\n\t\tfailpoint.At(string(c.op), \"in_claim\")\n\t\treturn nil",
		}),
	scenario("no second call while one is open", "pay while paying", "was charged 2 times",
		Edit{"internal/booking/machine.go", "{8, []State{Held}, Pay, Paying, payable},", "{8, []State{Held}, Pay, Paying, payable}, {8, []State{Paying}, Pay, Paying, nil},"}),
	scenario("an attempt is settled once", "record twice", "is held: 1 open attempts",
		Edit{"internal/booking/record.go", "switch r.a.Outcome {\n\tcase OutcomeOpen:", "switch OutcomeOpen {\n\tcase OutcomeOpen:"},
		Edit{"internal/booking/record.go", "if !done {\n\t\treturn ErrChanged", "if false && !done {\n\t\treturn ErrChanged"}),
	scenario("a payment whose process died is never held again", "crash after paying", "was charged 2 times",
		Edit{"internal/booking/sweep.go", "Paying: PayLost,", "Paying: PayRefused,"}),
	scenario("expiry leaves alone what is in flight", "expire while paying", "is expired: 1 open attempts",
		Edit{"internal/booking/machine.go", "{14, []State{Held}, Expire, Expired, lapsed},", "{14, []State{Held, Paying}, Expire, Expired, nil},"},
		Edit{"internal/postgres/booking_attempt.go", "`b.state = 'held' AND NOT b.uncompared AND b.deadline", "`b.state IN ('held', 'paying') AND b.deadline"}),
	scenario("no answer is no failure", "answer lost", "is expired: there it is paid",
		Edit{
			"internal/supplier/outcome.go", "case x.status == 0 || !x.whole:\n\t\treturn verdict{outcome: booking.OutcomeUnknown}",
			"case x.status == 0 || !x.whole:\n\t\treturn verdict{outcome: booking.OutcomeRefused}",
		}),
	scenario("the supplier's \"expired\" proves nothing", "repeated on the way", "is expired: there it is paid",
		Edit{"internal/supplier/outcome.go", "booking.OpPay:    {codeEnvironmentRequired,", "booking.OpPay:    {codeExpired, codeEnvironmentRequired,"}),
	scenario("a form is obeyed once", "form sent twice", "2 bookings of one draft",
		Edit{
			"internal/booking/book.go", "!errors.Is(err, ErrNotFound) {\n\t\treturn b, err\n\t}\n\td, err := s.checkDraft",
			"err != nil && !errors.Is(err, ErrNotFound) {\n\t\treturn b, err\n\t}\n\td, err := s.checkDraft",
		}),
	scenario("a refused repeat does not disprove the first cancel", "cancel refused after loss", "is confirmed: there it is \"cancelled\"",
		Edit{"internal/booking/machine.go", "if event == CancelRefused && f.CancelUnknown {", "if false {"}),
	scenario("negative evidence waits for the fence", "denied too early", "is expired: there it is paid",
		Edit{"internal/booking/machine.go", "if f.Now.Before(f.Fence) {", "if false {"}),
	scenario("another environment's bookings are only read", "other environment", "belongs to another environment and the supplier was called",
		Edit{"internal/booking/service.go", "if b.Environment != s.supplier.Environment() {", "if false {"}),
	scenario("nobody touches another agency's booking", "other agency", "somebody of another agency acted on it",
		Edit{"internal/account/account.go", "func (s Scope) All() bool { return s.all }", "func (s Scope) All() bool { return true }"}),
	scenario("a sale that was tried again is not paid twice", "paid old and new", "2 paid bookings of one sale",
		Edit{"internal/booking/machine.go", "if f.Retried || f.Taken || !f.Now.Before(f.PayBy) {", "if !f.Now.Before(f.PayBy) {"}),
}

// scenario is a mutant that a scenario of the proof finds, in a database that
// refuses nothing by itself.
func scenario(name, part, found string, edits ...Edit) Mutant {
	return Mutant{Name: name, Trial: part, Unguarded: true, Found: found, Edits: edits}
}
