package invalid

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Error says which fields cannot be accepted and why. Fields maps the
// field's name to a message key with its arguments.
type Error struct {
	Fields map[string]Problem
}

// Problem is a message key and its arguments (name, value, name, value, …).
type Problem struct {
	Key  string
	Args []any
}

func (e *Error) Error() string {
	names := slices.Sorted(maps.Keys(e.Fields))
	return fmt.Sprintf("invalid: %s", strings.Join(names, ", "))
}

// Add records a problem of a field; the first one of a field stays.
func (e *Error) Add(field, key string, args ...any) {
	if e.Fields == nil {
		e.Fields = map[string]Problem{}
	}
	if _, taken := e.Fields[field]; !taken {
		e.Fields[field] = Problem{Key: key, Args: args}
	}
}

// Field returns the error about one field.
func Field(name, key string, args ...any) error {
	e := &Error{}
	e.Add(name, key, args...)
	return e
}

// OrNil returns e when it holds a problem, else nil.
func (e *Error) OrNil() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
