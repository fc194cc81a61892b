package site

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"guichet/internal/booking"
	"guichet/internal/bound"
)

// statusGone is logged and counted for a visitor who left before there was an answer.
const statusGone = 499

// LogAccess writes one line per request: the route's pattern and never the
// address, which may hold a name that was searched for.
func (s *Site) LogAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		defer func() {
			f := RequestInfoOf(r)
			if f.rec.status == 0 && errors.Is(r.Context().Err(), context.Canceled) {
				f.rec.status = statusGone
			}
			route, took, status := routeOf(r), s.Now().Sub(start), cmp.Or(f.rec.means, f.rec.status)
			if s.Requested != nil {
				s.Requested(route, r.Method, status, took)
			}
			attrs := []slog.Attr{
				slog.String("request", f.id),
				slog.String("method", methodOf(r)),
				slog.String("route", route),
				slog.String("network", f.network),
				slog.Int("status", status),
				slog.Int("bytes", f.rec.bytes),
				slog.Duration("took", took),
			}
			if f.Person != nil {
				attrs = append(attrs, slog.Int64("user", f.Person.ID), slog.Int64("agency", f.Person.AgencyID))
			}
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
		}()
		next.ServeHTTP(w, r)
	})
}

// methodOf is the request's method; one that a stranger has made up is not kept.
func methodOf(r *http.Request) string {
	if slices.Contains([]string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect,
	}, r.Method) {
		return r.Method
	}
	return "other"
}

// routeOf is the pattern of the request's route, also of one that a middleware
// answered before the route was found; empty when there is none.
func routeOf(r *http.Request) string {
	route := chi.RouteContext(r.Context())
	if pattern := route.RoutePattern(); pattern != "" {
		return pattern
	}
	return route.Routes.Find(chi.NewRouteContext(), r.Method, r.URL.Path)
}

// Rescue turns a panic into the 500 page.
func (s *Site) Rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			thrown := recover()
			if thrown == nil {
				return
			}
			if err, ok := thrown.(error); ok && err == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(thrown)
			}
			s.Log.ErrorContext(r.Context(), "panic",
				"request", RequestInfoOf(r).id, "panic", fmt.Sprint(thrown), "stack", string(debug.Stack()))
			if RequestInfoOf(r).rec.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is out; cut it off
			}
			s.drawFailure(w, r, unexpected)
		}()
		next.ServeHTTP(w, r)
	})
}

// contentPolicy is the Content-Security-Policy of every page.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " +
	"object-src 'none'; frame-ancestors 'none'"

// Secure puts the headers that protect the browser on every answer.
func (s *Site) Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: browsers would send "Origin: null" on our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store") // static files replace it
		if s.SecureCookies {
			h.Set("Strict-Transport-Security", "max-age=63072000"+map[string]string{
				"subdomains": "; includeSubDomains", "preload": "; includeSubDomains; preload",
			}[s.HSTS])
		}
		next.ServeHTTP(w, r)
	})
}

// RequireTLS leads those to https of whom a trusted proxy says that they came
// without: the browser would keep no session, and what they type is read on the way.
func (s *Site) RequireTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(s.Origin, "https://") || !s.Proxies.saysPlain(r):
			next.ServeHTTP(w, r)
		case reads(r):
			http.Redirect(w, r, s.Origin+pageOf(r), http.StatusPermanentRedirect) //nolint:gosec // a path of the portal, behind its own address
		default:
			http.Redirect(w, r, s.Origin+pageOf(r), http.StatusSeeOther) //nolint:gosec // the same
		}
	})
}

// RefuseOtherOrigins lets no other site change anything in a visitor's name.
func (s *Site) RefuseOtherOrigins(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// Old browsers do not say whose form it is, but for the origin; that is compared
	// with the host, which some proxies do not pass.
	if s.Origin != "" {
		if err := protection.AddTrustedOrigin(s.Origin); err != nil {
			s.Log.Error("the portal's address is no origin", "error", err)
		}
	}
	protection.SetDenyHandler(s.Handle(func(http.ResponseWriter, *http.Request) error {
		return errOtherOrigin
	}))
	return protection.Handler(next)
}

// pageTime is what a request may take that waits for the database: far more
// than a page needs, so that whatever holds it up holds up no more than that.
const pageTime = 30 * time.Second

// longTime is the same for pages that count a year of sales, or look for a traveller in
// all statements, and for a picture, which may arrive for 30 seconds; a connection is
// written to for 75.
const longTime = time.Minute

// LimitTime ends the context of a request in time, and what the database does for
// it. What is sent to the supplier does not depend on it. Files take their time.
func (s *Site) LimitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := routedPath(r)
		if strings.HasSuffix(path, "/export") || strings.HasPrefix(path, PathOfStatements) {
			next.ServeHTTP(w, r)
			return
		}
		limit := pageTime
		for _, end := range []string{"/admin", "/agency/figures", "/logo", "/person"} {
			if strings.HasSuffix(path, end) {
				limit = longTime
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// routedPath is the path by which the router finds the route: an escaped slash is no
// slash there.
func routedPath(r *http.Request) string { return cmp.Or(r.URL.RawPath, r.URL.Path) }

// LimitAddress bounds what is read out of an address, and lets no path through that
// cannot be a text in the database.
func (s *Site) LimitAddress(next http.Handler) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if len(r.RequestURI) > bound.Address {
			return errLongAddress
		}
		if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
			return booking.ErrNotFound
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// LimitBody bounds what a request may send. A form is read before anything is done
// about it: one that comes slowly, or never, holds up nothing but its connection.
func (s *Site) LimitBody(next http.Handler) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		limit, upload := int64(bound.Body), true
		switch {
		case strings.HasSuffix(routedPath(r), "/logo"):
			limit = bound.Picture
		case isStatement(r):
			limit = bound.Statement
		default:
			upload = false
		}
		r.Body = arriving{http.MaxBytesReader(w, r.Body, limit)}
		if !upload && !reads(r) {
			content, err := io.ReadAll(r.Body)
			if errors.Is(err, errNotArrived) {
				return err
			}
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(content), failing{err}))
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// LoadState finds out whether the portal is frozen, for the line that every page
// then carries. It also asks for the database in the name of those pages that
// would do without: a form that cannot be sent is not shown.
func (s *Site) LoadState(next http.Handler) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) (err error) {
		if !fragment(r) {
			if RequestInfoOf(r).frozen, err = s.Bookings.Frozen(r.Context()); err != nil {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// isStatement reports whether a request carries a statement.
func isStatement(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == PathOfStatements
}
