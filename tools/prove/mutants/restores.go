package mutants

// restores: a restored backup is noticed, and what it holds is compared first.
var restores = []Mutant{
	test("uncompared bookings wait", "internal/booking", "Uncompared|Guards|Restore", "internal/booking/machine.go",
		"if f.Uncompared && waits(event) {", "if false {"),
	test("uncompared bookings wait in the database, too", "internal/booking", "GuardsWhatIsUncompared", "migrations/0035_uncompared.sql",
		"CREATE TRIGGER bookings_uncompared_update BEFORE UPDATE ON bookings FOR EACH ROW\n    WHEN (OLD.uncompared OR (OLD.state = 'held' AND NEW.state = 'confirmed'))\n    EXECUTE FUNCTION bookings_uncompared_guard();", ""),
	test("a lost claim is a restore", "internal/restore", "WhatIsARestore", "internal/restore/signs.go",
		"add(m.lost(f), SignClaim)", ""),
	test("another cluster is a restore", "internal/restore", "WhatIsARestore", "internal/restore/signs.go",
		"add(m.Signs.System != f.Signs.System, SignSystem)", ""),
	test("another table is a restore", "internal/restore", "WhatIsARestore", "internal/restore/signs.go",
		"add(m.Signs.Bookings != f.Signs.Bookings, SignTable)", ""),
	test("what is not compared is not sold again", "internal/booking", "ActsOnWhatIsUncompared|Uncompared", "internal/booking/quote.go",
		"case b.Uncompared: // it may have been sold, or tried again, since\n\t\t\treturn ErrUncompared\n\t\t", ""),
}
