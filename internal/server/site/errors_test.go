package site

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
)

func TestErrorsBecomePages(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		err    error
		status int
		title  string
	}{
		{booking.ErrNotFound, 404, "Page not found"},
		{account.ErrNotFound, 404, "Page not found"},
		{booking.ErrDraftGone, 410, "This quote no longer exists"},
		{booking.ErrForbidden, 403, "You do not have access to this page"},
		{booking.ErrSupplierDown, 503, "The supplier is not responding"},
		{booking.ErrFrozen, 503, "The portal is paused"},
		{booking.ErrUncompared, 409, "Being compared with the supplier"},
		{booking.ErrUncertain, 503, "It is not certain that this was recorded"},
		{errors.Join(booking.ErrNothingSent, booking.ErrUncertain, booking.ErrAway), 503, "Nothing was sent"},
		{booking.ErrUnavailable, 409, "No space left for these dates"},
		{booking.ErrChanged, 409, "It has changed in the meantime"},
		{booking.ErrBusy, 409, "Someone else is changing it right now"},
		{booking.ErrTooLate, 409, "This booking can no longer be paid"},
		{booking.ErrTransition, 409, "This is not possible now"},
		{booking.ErrNotInsured, 409, "This booking cannot be cancelled"},
		{booking.ErrNotAccepted, 409, "The supplier booked something else"},
		{booking.ErrEnvironment, 409, "This booking belongs to another environment"},
		{&invalid.Error{}, 422, "Some answers cannot be accepted"},
		{&auth.LimitedError{Wait: time.Second}, 429, "Too many requests"},
		{&http.MaxBytesError{Limit: 1}, 413, "The form is too long"},
		{errNotArrived, 408, "The form did not arrive"},
		{errManyFields, 413, "The form is too long"},
		{booking.ErrSlow, 503, "This took the database too long"},
		{ErrBadForm, 400, "The form cannot be read"},
		{booking.ErrSupplierIDDup, 500, "There is a problem with the portal"},
		{errors.New("connection to 10.0.0.1 refused"), 500, "There is a problem with the portal"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			f := failureOf(fmt.Errorf("wrapped: %w", c.err))
			if f.Status != c.status || locale.EN.T(string(f.Title)) != c.title {
				t.Errorf("%v: %d %q", c.err, f.Status, locale.EN.T(string(f.Title)))
			}
			if locale.FR.T(string(f.Title)) == c.title {
				t.Errorf("%v: no French title", c.err)
			}
		})
	}
}
