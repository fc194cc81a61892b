package postgres

import "strings"

// EraseStatements is what the erasure of travellers does.
var EraseStatements = strings.Join(eraseStatements, ";\n")

// DomainError and CommitError sort what PostgreSQL says.
var (
	DomainError = domainError
	CommitError = commitError
)
