package supplier

import (
	"net/http"
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/seam"
)

// exchange is what is known of one write after it is over.
type exchange struct {
	sent      bool   // a connection was obtained and the request may have left
	status    int    // 0 when no status line arrived
	body      []byte // as far as it was read
	whole     bool   // the body was read to its end
	undefined bool   // nothing said where the body ends, so an empty one may be a cut one
}

// verdict is the outcome of a write with what the answer said.
type verdict struct {
	outcome booking.Outcome
	created booking.Created
	err     Error // zero when the answer is no well-formed error
	why     string
}

// judge is the table of what counts as what; id is the booking's, empty for a
// create. Whatever it does not name is unknown.
func judge(op booking.Operation, id string, x exchange) verdict {
	switch {
	case !x.sent:
		return verdict{outcome: booking.OutcomeNotSent}
	case (x.status == 0 || !x.whole) && seam.Off(seam.TimeoutIsUnknown):
		return verdict{outcome: booking.OutcomeRefused}
	case x.status == 0 || !x.whole:
		return verdict{outcome: booking.OutcomeUnknown}
	case x.status/100 == 2:
		return judgeGood(op, id, x)
	default:
		return judgeRefusal(op, x)
	}
}

func judgeGood(op booking.Operation, id string, x exchange) verdict {
	if op == booking.OpCreate {
		created, err := decodeCreated(x.body)
		if err != nil {
			return verdict{outcome: booking.OutcomeUnknown, why: err.Error()}
		}
		return verdict{outcome: booking.OutcomeOK, created: created}
	}
	status := statusPaid
	if op == booking.OpCancel {
		status = statusCancelled
	}
	if x.undefined && len(x.body) == 0 || !fits(x.body, id, status) {
		return verdict{outcome: booking.OutcomeUnknown, why: errUnreadable.Error()}
	}
	return verdict{outcome: booking.OutcomeOK}
}

// refusals are the error codes that prove that a pay or a cancel was not
// carried out; done is the one that proves that it was, by an earlier call.
var (
	refusals = map[booking.Operation][]string{
		booking.OpPay:    {codeEnvironmentRequired, codeUnauthorized, codeValidationFailed, codeRateLimited},
		booking.OpCancel: {codeEnvironmentRequired, codeUnauthorized, codeValidationFailed, codeRateLimited, codeNotCancellable},
	}
	done = map[booking.Operation]string{
		booking.OpPay:    codeAlreadyPaid,
		booking.OpCancel: codeAlreadyCancelled,
	}
)

func judgeRefusal(op booking.Operation, x exchange) verdict {
	v := verdict{outcome: booking.OutcomeUnknown}
	e, ok := decodeError(x.body)
	if !ok {
		return v
	}
	v.err = e
	if x.status/100 != 4 || e.StatusCode != x.status {
		return v
	}
	switch {
	case op == booking.OpCreate, slices.Contains(refusals[op], e.Code):
		v.outcome = booking.OutcomeRefused
	case op == booking.OpPay && e.Code == codeExpired && seam.Off(seam.ExpiredDisbelief):
		v.outcome = booking.OutcomeRefused
	case e.Code == done[op]:
		v.outcome = booking.OutcomeOK
	}
	return v
}

// notFound reports that the supplier says that it has no such booking.
func notFound(x exchange, e Error) bool {
	return x.whole && x.status == http.StatusNotFound && e.StatusCode == x.status && e.Code == codeNotFound
}

// stale reports a refusal that names the ids of a returning customer.
func stale(v verdict) bool {
	return v.outcome == booking.OutcomeRefused && slices.ContainsFunc(v.err.Errors, func(s string) bool {
		return strings.Contains(s, "contact_id") || strings.Contains(s, "car_id")
	})
}
