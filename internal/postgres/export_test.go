package postgres

import "strings"

// EraseStatements is what the erasure of travellers does.
var EraseStatements = strings.Join(eraseStatements, ";\n")
