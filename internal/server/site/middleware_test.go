package site

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A page has the time of a page, what looks through years has more, and a file has
// what it takes.
func TestEachAddressHasItsTime(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]time.Duration{
		"/bookings": pageTime, "/bookings/GU-0000-0000/pay": pageTime, "/admin/people": pageTime,
		"/admin": longTime, "/agency/figures": longTime, "/admin/agencies/TEST/logo": longTime, "/bookings/GU-0000-0000/person": longTime,
		"/bookings/export": 0, PathOfStatements: 0,
	} {
		asked, got := time.Now(), time.Duration(0)
		new(Site).LimitTime(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if until, limited := r.Context().Deadline(); limited {
				got = until.Sub(asked).Truncate(pageTime)
			}
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if got != want {
			t.Errorf("%s has %s, want %s", path, got, want)
		}
	}
}
