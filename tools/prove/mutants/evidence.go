package mutants

// evidence: what the supplier's lines prove.
var evidence = []Mutant{
	test("a line in another currency proves nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"\tcase n.foreign:\n\t\treturn ReasonCurrency\n\tcase n.credits > 0:", "\tcase n.credits > 0:"),
	test("a charge that is credited proves nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"\tcase n.credits > 0:\n\t\treturn reasonCredit\n", ""),
	test("a status that says no proves nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"case n.words[saysUnpaid], n.words[saysCancelled], n.words[saysUnclear]:\n\t\treturn reasonStatus\n\tcase n.misdated:", "case n.misdated:"),
	test("a line dated at another time proves nothing", "internal/booking", "WhatLinesProve|Time", "internal/booking/evidence.go",
		"\tcase n.misdated:\n\t\treturn reasonWhen\n\tcase n.other:\n\t\treturn reasonOther\n\tcase n.overlap", "\tcase n.other:\n\t\treturn reasonOther\n\tcase n.overlap"),
	test("a line of another car or stay proves nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"n.other = n.other || l.contradicts(c)", "_ = l.contradicts(c)"),
	test("a line without a date is of its period", "internal/booking", "WhatLinesProve", "internal/booking/line.go",
		"\tif l.Date.IsZero() {\n\t\tfrom, to = l.First, l.Last", "\tif false {\n\t\tfrom, to = l.First, l.Last").finds("4 100: {finding:paid"),
	test("the car of an unpaid booking is a case", "internal/statement", "WhatALineComesTo", "internal/statement/match.go",
		"\tcase unpaid, c.State.InFlight():", "\tcase unpaid, !c.State.Final() && c.State != booking.PayUnknown:").finds("plate, held: "),
	test("who agrees to a takeover has read it", "internal/booking", "AgreementIsTo", "internal/booking/unknown.go",
		"u.Version != version", "u.Version != version && false"),
	test("overlapping files prove nothing without documents", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"\tcase n.overlap:\n\t\treturn reasonOverlap\n\tcase n.charges == 0", "\tcase n.charges == 0"),
	test("a part proves nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"case n.charges == 0, n.cents != n.due.Cents:", "case n.charges == 0:"),
	test("a cancellation is proved by a net of nothing", "internal/booking", "WhatLinesProve", "internal/booking/evidence.go",
		"case n.charges == 0, n.cents != 0:", "case n.charges == 0:"),
	trial("lines prove, as the ledger sees it", "lines", "an unknown payment and a part: confirmed", "internal/booking/evidence.go",
		"case n.charges == 0, n.cents != n.due.Cents:", "case n.charges == 0:"),
}
