package mutants

import "slices"

// Table lists the guards.
func Table() []Mutant {
	return slices.Concat(scenarios, machine, scopes, calls, answers, sale, database, clocks, evidence, restores, transactions)
}

// short are those that a short run tries: of packages that are quickly built.
var short = []string{"202 is not done", "the status of a create fits", "a lost claim is a restore", "a read-only server is away"}

// Short reports that the mutant belongs to the short run.
func (m Mutant) Short() bool { return slices.Contains(short, m.Name) }

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
