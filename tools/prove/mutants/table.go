package mutants

import "slices"

// Table lists the guards.
func Table() []Mutant {
	return slices.Concat(scenarios, machine, scopes, calls, answers, sale, database, clocks, evidence, restores, transactions)
}

// ShortNames are those that a short run tries: of packages that are quickly built.
func ShortNames() []string {
	return []string{
		"202 is not done", "the status of a create fits", "a lost claim is a restore", "a read-only server is away",
		"1.2.10 no text of a CSV file begins like a formula", "4.1.3 15.3.4 a stranger is no proxy",
		"12.1.1 12.3.2 the supplier's certificate is checked", "16.2.4 16.4.1 a line of the log is one JSON object",
	}
}

// Short reports that the mutant belongs to the short run.
func (m Mutant) Short() bool { return slices.Contains(ShortNames(), m.Name) }

// test is a mutant that the tests of a package find.
func test(name, pkg, run, file, from, to string) Mutant {
	return Mutant{Name: name, Package: pkg, Run: run, Found: "--- FAIL: ", Edits: []Edit{{file, from, to}}}
}

// finds says what the tests must complain about.
func (m Mutant) finds(text string) Mutant {
	m.Found = text
	return m
}

// trial is a mutant that a part of the proof finds.
func trial(name, part, found, file, from, to string) Mutant {
	return Mutant{Name: name, Trial: part, Found: found, Edits: []Edit{{file, from, to}}}
}
