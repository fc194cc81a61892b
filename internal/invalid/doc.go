// Package invalid is the error for what was typed and cannot be accepted: which
// fields, and the key of the message for each. Services return it; pages show it
// beside the fields.
//
// It must not know anything of ours.
package invalid
