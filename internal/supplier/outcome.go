package supplier

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
)

// exchange is what is known of one write after it is over.
type exchange struct {
	sent      bool      // a connection was obtained and the request may have left
	status    int       // 0 when no status line arrived
	kind      string    // Content-Type; may be empty
	dated     time.Time // the supplier's clock when it answered; zero when it did not say
	body      []byte    // as far as it was read
	whole     bool      // the body was read to its end
	undefined bool      // nothing said where the body ends, so an empty one may be a cut one
}

// verdict is the outcome of a write with what the answer said.
type verdict struct {
	outcome booking.Outcome
	created booking.Created
	unfit   []string // fields of the answer to a create that do not fit, if it has an id
	err     Error    // zero when the answer is no well-formed error
	why     string
}

// judge is the table of what counts as what. Whatever it does not name is
// unknown.
func judge(op booking.Operation, x exchange, a wanted) verdict {
	switch {
	case !x.sent:
		return verdict{outcome: booking.OutcomeNotSent}
	case x.status == 0 || !x.whole:
		return verdict{outcome: booking.OutcomeUnknown}
	case x.status/100 != 2:
		return judgeRefusal(op, x)
	case op == booking.OpCreate:
		return judgeCreated(x, a)
	case op == booking.OpPay:
		return judgeDone(paidFits, x, a)
	default:
		return judgeDone(cancelledFits, x, a)
	}
}

// judgeCreated judges a 2xx answer to a create. One with an id that says
// something else than was ordered is told from one that cannot be read: there is
// a booking, and it is not the one that was asked for.
func judgeCreated(x exchange, a wanted) verdict {
	v := verdict{outcome: booking.OutcomeUnknown}
	o, err := readObject(x.body)
	if err != nil {
		v.why = err.Error()
		return v
	}
	created, err := decodeCreated(o)
	bad := misfits(createdFits, o, a)
	switch {
	case created.ID == "":
		v.why = err.Error()
	case len(bad) > 0:
		v.created, v.unfit, v.why = created, bad, "does not fit: "+strings.Join(bad, ", ")
	case err != nil:
		v.why = err.Error()
	case x.status != http.StatusOK && x.status != http.StatusCreated:
		v.why = "not done yet"
	default:
		v.outcome, v.created = booking.OutcomeOK, created
	}
	return v
}

// judgeDone judges a 2xx answer to a pay or a cancel: 200, 201 or 204, empty or a
// JSON object whose fields fit. 202 means "not done yet", and nobody knows what
// the others mean.
func judgeDone(checks []check, x exchange, a wanted) verdict {
	v := verdict{outcome: booking.OutcomeUnknown, why: errUnreadable.Error()}
	switch x.status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
	default:
		v.why = "not done yet"
		return v
	}
	if !isJSON(x.kind) || x.undefined && len(x.body) == 0 {
		return v
	}
	if len(bytes.TrimSpace(x.body)) > 0 {
		o, err := readObject(x.body)
		if err != nil {
			return v
		}
		if bad := misfits(checks, o, a); len(bad) > 0 {
			v.why = "does not fit: " + strings.Join(bad, ", ")
			return v
		}
	}
	return verdict{outcome: booking.OutcomeOK}
}

// isJSON reports whether a Content-Type is that of JSON, or is not there.
func isJSON(kind string) bool {
	if kind == "" {
		return true
	}
	name, _, err := mime.ParseMediaType(kind)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return name == "application/json" || strings.HasSuffix(name, "+json")
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
