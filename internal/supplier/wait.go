package supplier

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
)

// longestWait is for how long a read waits because the supplier asks for it; a
// person stands at the counter.
const longestWait = 2 * time.Second

// waitError is a refusal of a read that may be repeated after a while.
type waitError struct {
	refusal error
	wait    time.Duration
}

func (e *waitError) Error() string { return e.refusal.Error() }

func (e *waitError) Unwrap() error { return e.refusal }

// orWait marks the refusal of an answer that says when to come back, where that
// is soon. Writes are never repeated, whatever is said.
func orWait(refusal error, res *http.Response, now time.Time) error {
	if res.StatusCode != http.StatusTooManyRequests {
		return refusal
	}
	wait, ok := retryAfter(res.Header.Get("Retry-After"), now)
	if !ok || wait > longestWait {
		return refusal
	}
	return &waitError{refusal, wait}
}

// retryAfter reads Retry-After: whole seconds, or a date of HTTP. A moment that
// has passed is no wait.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	text = strings.Trim(text, " \t")
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, false
	}
	return time.Duration(seconds) * time.Second, true
}

// asked is how long the last refusal asks to wait; -1 leaves it to the backoff.
func asked(e failsafe.ExecutionAttempt[any]) time.Duration {
	var w *waitError
	if errors.As(e.LastError(), &w) {
		return w.wait
	}
	return -1
}
