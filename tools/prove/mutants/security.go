package mutants

import (
	"slices"
	"strings"
)

// Security lists guards of the table in SECURITY.md: for each line that names
// tests, what these tests must miss.
func Security() []Mutant {
	return slices.Concat(securityInput, securityWeb, securitySignIn, securitySessions, securityData, securityErrors, securityHistory, securityAccounts, securityBounds)
}

// proves is a guard of some lines of SECURITY.md (their numbers, with spaces
// between) that a test of theirs proves.
func proves(lines, guard, pkg, name, file, from, to string) Mutant {
	return Mutant{
		Name: lines + " " + guard, Lines: strings.Fields(lines), Package: pkg, Run: "^" + name + "$",
		Found: "--- FAIL: " + name, Edits: []Edit{{file, from, to}},
	}
}

// and is a second place of the same guard.
func (m Mutant) and(file, from, to string) Mutant {
	m.Edits = append(m.Edits, Edit{file, from, to})
	return m
}
