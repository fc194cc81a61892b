package site

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// Errors of the HTTP side itself.
var (
	errNoRoute     = errors.New("server: no such page")
	errLongAddress = errors.New("server: the address is too long")
	errManyFields  = errors.New("server: the form has too many fields")
	errNotArrived  = errors.New("server: the body did not arrive")
	errNoMethod    = errors.New("server: the page does not take this method")
	ErrBadForm     = errors.New("server: the form cannot be read")
	errOtherOrigin = errors.New("server: sent by another site")
	errNotAllowed  = errors.New("server: this person may not enter")
)

// awaySeconds is when a visitor, or a machine, may ask again.
const awaySeconds = "5"

// failure is how an error is answered.
type failure struct {
	Status int
	Title  locale.Key
	text   locale.Key
}

var (
	unexpected  = failure{http.StatusInternalServerError, "error.unexpected", "error.unexpected.text"}
	awayFailure = failure{http.StatusServiceUnavailable, "error.away", "error.away.text"}
	slowFailure = failure{http.StatusServiceUnavailable, "error.slow", "error.slow.text"}
)

// failures answers every error that a person can bring about, or can wait for
// to pass; the first that matches counts. All others are unexpected: a 500,
// and a line in the log.
var failures = []struct {
	err error
	failure
}{
	{errNoRoute, failure{http.StatusNotFound, "error.not_found", "error.not_found.text"}},
	{booking.ErrNotFound, failure{http.StatusNotFound, "error.not_found", "error.not_found.text"}},
	{account.ErrNotFound, failure{http.StatusNotFound, "error.not_found", "error.not_found.text"}},
	{auth.ErrToken, failure{http.StatusGone, "error.ticket", "error.ticket.text"}},
	{errLongAddress, failure{http.StatusRequestURITooLong, "error.too_long", "error.too_long.text"}},
	{errManyFields, failure{http.StatusRequestEntityTooLarge, "error.too_big", "error.too_big.text"}},
	{errNotArrived, failure{http.StatusRequestTimeout, "error.not_arrived", "error.not_arrived.text"}},
	{errNoMethod, failure{http.StatusMethodNotAllowed, "error.method", "error.method.text"}},
	{ErrBadForm, failure{http.StatusBadRequest, "error.bad_form", "error.bad_form.text"}},
	{errOtherOrigin, failure{http.StatusForbidden, "error.other_origin", "error.other_origin.text"}},
	{errNotAllowed, failure{http.StatusForbidden, "error.forbidden", "error.forbidden.text"}},
	{account.ErrForbidden, failure{http.StatusForbidden, "error.forbidden", "error.forbidden.text"}},
	{booking.ErrForbidden, failure{http.StatusForbidden, "error.forbidden", "error.forbidden.text"}},
	{booking.ErrDraftGone, failure{http.StatusGone, "error.draft_gone", "error.draft_gone.text"}},
	{booking.ErrSupplierBusy, failure{http.StatusServiceUnavailable, "error.supplier_busy", "error.supplier_busy.text"}},
	{booking.ErrSupplierFails, failure{http.StatusServiceUnavailable, "error.supplier_fails", "error.supplier_fails.text"}},
	{booking.ErrSupplierRefuses, failure{http.StatusServiceUnavailable, "error.supplier_refuses", "error.supplier_refuses.text"}},
	{booking.ErrSupplierDown, failure{http.StatusServiceUnavailable, "error.supplier_down", "error.supplier_down.text"}},
	{booking.ErrUnreadable, failure{http.StatusServiceUnavailable, "error.unreadable", "error.unreadable.text"}},
	{booking.ErrFrozen, failure{http.StatusServiceUnavailable, "error.frozen", "error.frozen.text"}},
	{booking.ErrUncompared, failure{http.StatusConflict, "error.uncompared", "error.uncompared.text"}},
	{booking.ErrNothingSent, failure{http.StatusServiceUnavailable, "error.nothing_sent", "error.nothing_sent.text"}},
	{booking.ErrAway, awayFailure},
	{booking.ErrSlow, slowFailure}, // it is ErrBusy, too
	{booking.ErrUncertain, failure{http.StatusServiceUnavailable, "error.uncertain", "error.uncertain.text"}},
	{booking.ErrTooManyHolds, failure{http.StatusConflict, "error.too_many_holds", "error.too_many_holds.text"}},
	{booking.ErrUnavailable, failure{http.StatusConflict, "error.unavailable", "error.unavailable.text"}},
	{booking.ErrChanged, failure{http.StatusConflict, "error.changed", "error.changed.text"}},
	{booking.ErrBusy, failure{http.StatusConflict, "error.busy", "error.busy.text"}},
	{booking.ErrTooLate, failure{http.StatusConflict, "error.too_late", "error.too_late.text"}},
	{booking.ErrTransition, failure{http.StatusConflict, "error.transition", "error.transition.text"}},
	{booking.ErrNotInsured, failure{http.StatusConflict, "error.not_insured", "error.not_insured.text"}},
	{booking.ErrNotAccepted, failure{http.StatusConflict, "error.not_accepted", "error.not_accepted.text"}},
	{booking.ErrEnvironment, failure{http.StatusConflict, "error.environment", "error.environment.text"}},
}

// failureOf finds the answer to an error.
func failureOf(err error) failure {
	var (
		invalid *invalid.Error
		limited *auth.LimitedError
		tooBig  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &limited):
		return failure{http.StatusTooManyRequests, "error.limited", "error.limited.text"}
	case errors.As(err, &tooBig):
		return failure{http.StatusRequestEntityTooLarge, "error.too_big", "error.too_big.text"}
	case errors.As(err, &invalid):
		return failure{http.StatusUnprocessableEntity, "error.invalid", "error.invalid.text"}
	}
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return f.failure
		}
	}
	return unexpected
}

// Handler answers a request, or returns why it could not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle makes an http.Handler of a handler: a returned error becomes a page.
func (s *Site) Handle(h Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// fail answers with the page of an error and logs what nobody expected.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	// A visitor who went away is not a fault of the portal, and reads no page.
	gone := errors.Is(r.Context().Err(), context.Canceled)
	if f.Status == http.StatusRequestTimeout { // who may still listen, though net/http takes them for gone
		gone, r = false, r.WithContext(context.WithoutCancel(r.Context()))
	}
	if errors.Is(r.Context().Err(), context.DeadlineExceeded) { // whatever the error says, the page took too long
		f = awayFailure
	}
	s.logFailure(r, f, err, gone)
	if RequestInfoOf(r).rec.status != 0 {
		return // what has begun cannot be taken back
	}
	if gone {
		w.WriteHeader(statusGone) // else net/http says that all went well
		return
	}
	again := f == awayFailure || f == slowFailure
	RequestInfoOf(r).away = again || f.Status == http.StatusRequestTimeout
	page := s.failurePage(r, f)
	if f.Status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close") // what else may still come is not of this form
	}
	if again || errors.Is(err, booking.ErrUncertain) {
		w.Header().Set("Retry-After", awaySeconds)
	}
	var limited *auth.LimitedError
	if errors.As(err, &limited) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(limited.Wait)))
		page.Texts = s.waitTexts(r, limited.Wait)
	}
	s.drawFailurePage(w, r, f, page)
}

// logFailure writes down what nobody expected. While the database is away, every
// request fails: one line a second tells enough.
func (s *Site) logFailure(r *http.Request, f failure, err error, gone bool) {
	level, message := slog.LevelDebug, "refused"
	switch {
	case gone:
		f.Status = statusGone
	case f == unexpected:
		level, message = slog.LevelError, "request failed"
	case f == awayFailure && s.seldom.allow(s.Now()):
		level, message = slog.LevelError, "the database is away, or has too much to do"
	case f == slowFailure && !RequestInfoOf(r).slow: // one line a page, however much of it was slow
		RequestInfoOf(r).slow = true
		level, message = slog.LevelError, "a statement took too long"
	}
	s.Log.LogAttrs(r.Context(), level, message,
		slog.String("request", RequestInfoOf(r).id), slog.Int("status", f.Status), slog.String("error", err.Error()))
}

// LogMissing writes down that a page lacks something which it can do without.
func (s *Site) LogMissing(r *http.Request, what string, err error) {
	gone := errors.Is(r.Context().Err(), context.Canceled)
	if gone || errors.Is(err, booking.ErrAway) {
		s.logFailure(r, awayFailure, fmt.Errorf("%s: %w", what, err), gone)
		return
	}
	if errors.Is(err, booking.ErrSlow) {
		s.logFailure(r, slowFailure, fmt.Errorf("%s: %w", what, err), gone)
		return
	}
	s.Log.ErrorContext(r.Context(), what, "request", RequestInfoOf(r).id, "error", err)
}

// seldom allows one event a second.
type seldom struct {
	mu   sync.Mutex
	last time.Time
}

func (x *seldom) allow(now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if since := now.Sub(x.last); since >= 0 && since < time.Second {
		return false
	}
	x.last = now
	return true
}

func (s *Site) drawFailure(w http.ResponseWriter, r *http.Request, f failure) {
	s.drawFailurePage(w, r, f, s.failurePage(r, f))
}

// drawFailurePage shows nobody: what could not be written to the audit log, such as
// while the database is away, must not stand in the way of the page that says so.
func (s *Site) drawFailurePage(w http.ResponseWriter, r *http.Request, f failure, page ui.Failure) {
	RequestInfoOf(r).noted = true
	v := s.View(r, string(f.Title))
	v.SimpleHeader = RequestInfoOf(r).Person == nil
	if err := s.Render(w, r, f.Status, ui.FailureShow(v, page)); err != nil {
		s.Log.ErrorContext(r.Context(), "draw the error page", "request", RequestInfoOf(r).id, "error", err)
		http.Error(w, RequestInfoOf(r).id, http.StatusInternalServerError)
	}
}

var bookingRef = regexp.MustCompile(`/(GU-[0-9A-Z]{4}-[0-9A-Z]{4})(?:/|$)`)

// failurePage says what happened and where to go from here.
func (s *Site) failurePage(r *http.Request, f failure) ui.Failure {
	l := Lang(r)
	page := ui.Failure{Texts: []string{l.T(string(f.text), "Role", s.roleName(r))}, Support: s.SupportPhone}
	page.Links = []ui.Link{{Label: l.T("error.go_home"), URL: "/"}}
	switch f.Title {
	case "error.not_found":
		if m := bookingRef.FindStringSubmatch(r.URL.Path); m != nil && RequestInfoOf(r).Person != nil {
			page.Texts = []string{l.T(refKey(r), "Ref", m[1])}
		}
	case "error.draft_gone", "error.unavailable", "error.unreadable":
		page.Links = []ui.Link{{Label: l.T("error.new_quote"), URL: "/quotes/new"}}
	case "error.too_many_holds":
		page.Links = []ui.Link{{Label: l.T("error.to_pay"), URL: "/bookings?view=to_pay"}}
	case "error.changed", "error.busy", "error.too_late", "error.transition", "error.not_accepted", "error.uncertain":
		page.Links = []ui.Link{{Label: l.T("error.look_again"), URL: pageOf(r)}}
	case "error.limited":
		if !reads(r) {
			page.Links = append([]ui.Link{{Label: l.T("error.form"), URL: sentFrom(r)}}, page.Links...)
		}
	case "error.supplier_down", "error.supplier_busy", "error.supplier_fails", "error.supplier_refuses":
		s.supplierPage(r, f, &page)
	case "error.away":
		page.Links = []ui.Link{{Label: l.T("error.again"), URL: pageOf(r)}}
		if !reads(r) {
			page.Texts = []string{l.T("error.away.form"), l.T("error.away.form.again")}
			page.Links = nil // to reload the page is to send the form again
		}
	case "error.slow":
		page.Links = []ui.Link{{Label: l.T("error.again"), URL: pageOf(r)}}
		if !reads(r) {
			page.Texts, page.Links = []string{l.T("error.slow.form")}, []ui.Link{{Label: l.T("error.look_again"), URL: formPage(r)}}
		}
	case "error.unexpected":
		page.Reference = RequestInfoOf(r).id
	}
	return page
}

// supplierPage says what does not work, since when, and what is kept. One press tries
// again.
func (s *Site) supplierPage(r *http.Request, f failure, page *ui.Failure) {
	l, tz := Lang(r), Timezone(r).String()
	page.Works, page.WorksNot = l.T("error.supplier_down.works"), l.T("error.supplier_down.works_not")
	if since := s.SupplierDown(); !since.IsZero() && f.Title == "error.supplier_down" {
		page.Texts = append(page.Texts, l.T("error.supplier_down.since", "Since", ui.View{Lang: l}.Since(since, s.Now(), tz), "Zone", l.ZoneName(tz)))
	}
	page.Texts = append(page.Texts, l.T("error.supplier_down.hold"))
	if reads(r) || len(r.PostForm) == 0 {
		return
	}
	page.Texts = append(page.Texts, l.T("error.supplier.kept"))
	page.Again = &ui.Again{Label: l.T("error.again"), Action: r.URL.Path}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			page.Again.Fields = append(page.Again.Fields, ui.Hidden{Name: name, Value: value})
		}
	}
	page.Links = append([]ui.Link{{Label: l.T("error.form"), URL: sentFrom(r)}}, page.Links...)
}

func refKey(r *http.Request) string {
	if Person(r).Role.Staff() {
		return "error.no_booking_anywhere"
	}
	return "error.no_booking"
}

// waitTexts says how long to wait, and until when.
func (s *Site) waitTexts(r *http.Request, wait time.Duration) []string {
	l := Lang(r)
	minutes := int(math.Ceil(wait.Minutes()))
	return []string{l.T("error.limited.wait", "Wait", l.Minutes(max(1, minutes)),
		"Time", s.Now().Add(wait).Truncate(time.Minute).Add(time.Minute).In(Timezone(r)), "Zone", l.ZoneName(Timezone(r).String()))}
}

func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// UnknownRoute answers what no route does.
func (s *Site) UnknownRoute(http.ResponseWriter, *http.Request) error { return errNoRoute }

// UnknownMethod answers a route that exists for other methods. Whoever opens an
// address that only takes a form is led to the page of the form.
func (s *Site) UnknownMethod(w http.ResponseWriter, r *http.Request) error {
	if page := sentFrom(r); reads(r) && page != "/" && !fragment(r) {
		return Redirect(w, r, page)
	}
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		asked := method
		if method == http.MethodHead {
			asked = http.MethodGet
		}
		if routes.Match(chi.NewRouteContext(), asked, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	return errNoMethod
}
