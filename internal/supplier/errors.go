package supplier

import (
	"fmt"
	"net/http"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/invalid"
)

// The supplier's error codes that the portal tells apart.
const (
	codeUnauthorized        = "unauthorized"
	codeEnvironmentRequired = "environment_required"
	codeValidationFailed    = "validation_failed"
	codeNotFound            = "not_found"
	codeUnavailable         = "unavailable"
	codeAlreadyPaid         = "already_paid"
	codeExpired             = "expired"
	codeNotCancellable      = "not_cancellable"
	codeAlreadyCancelled    = "already_cancelled"
	codeRateLimited         = "rate_limited"

	codeOther = "other" // any other one, which is kept with the supplier's words
)

// knownCodes are those and what servers say in general.
var knownCodes = []string{
	"bad_request", "conflict", "forbidden", "internal_error", "method_not_allowed", "service_unavailable",
	codeUnauthorized, codeEnvironmentRequired, codeValidationFailed, codeNotFound, codeUnavailable, codeAlreadyPaid, codeExpired,
	codeNotCancellable, codeAlreadyCancelled, codeRateLimited,
}

// Error is what the supplier answered to a read that it refused. Message and
// Errors are its own words, for staff.
type Error struct {
	StatusCode int
	Code       string
	Message    string
	Errors     []string // one sentence per field, may be empty
}

// Error has no words of the supplier, which may quote what was sent.
func (e *Error) Error() string {
	return fmt.Sprintf("supplier: answered %d %s", e.StatusCode, loggable(e.Code))
}

// Unwrap returns booking.ErrUnavailable, a *booking.InvalidError for a request
// that the supplier finds wrong, and a kind of booking.ErrSupplierDown for all that
// the person at the counter cannot change.
func (e *Error) Unwrap() error {
	switch {
	case e.Code == codeUnavailable:
		return booking.ErrUnavailable
	case e.Code == codeValidationFailed && e.StatusCode/100 == 4, e.StatusCode == http.StatusNotFound:
		return e.invalid()
	case e.StatusCode == http.StatusTooManyRequests:
		return booking.ErrSupplierBusy
	case e.Code == codeUnauthorized, e.Code == codeEnvironmentRequired:
		return booking.ErrSupplierRefuses
	default:
		return booking.ErrSupplierFails
	}
}

// fieldsOf are the fields of ours that the supplier's sentences begin with the names
// of, and the message for each.
var fieldsOf = []struct{ theirs, ours, key string }{
	{"zone_id", "zone", "problem.zone.gone"},
	{"start_at", "from_date", "problem.from_date.refused"},
	{"end_at", "to_date", "problem.to_date.refused"},
}

// invalid says which fields the supplier finds wrong. What names none of ours is said
// of the field supplier, which no form has.
func (e *Error) invalid() *invalid.Error {
	var bad invalid.Error
	for _, sentence := range e.Errors {
		for _, f := range fieldsOf {
			if strings.HasPrefix(sentence, f.theirs) {
				bad.Add(f.ours, f.key, "Words", sentence)
			}
		}
	}
	if len(bad.Fields) == 0 {
		bad.Add("supplier", "problem.supplier.refused", "Words", e.words())
	}
	return &bad
}

// words is what the supplier said, the most precise part of it.
func (e *Error) words() string {
	if len(e.Errors) > 0 {
		return e.Errors[0]
	}
	return e.Message
}

// loggable keeps text of unknown origin out of the log.
func loggable(code string) string {
	for _, r := range code {
		if (r < 'a' || r > 'z') && r != '_' {
			return "other"
		}
	}
	if len(code) > 40 {
		return "other"
	}
	return code
}
