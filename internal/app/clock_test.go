package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guichet/internal/app"
	"guichet/internal/dbtest"
)

// readyz asks a portal whether it is ready.
func readyz(t *testing.T, p *app.Portal) (status int, said string) {
	t.Helper()
	rec := httptest.NewRecorder()
	p.Handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	return rec.Code, rec.Body.String()
}

// A node whose clock is wrong says so. It gets no requests only when another one
// agrees with the database: otherwise the database may be the wrong one.
func TestANodeWhoseClockIsWrongIsNotReady(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		off    time.Duration
		others string // rows of nodes: name, build, ahead, seen
		status int
		says   string
	}{
		"right":                                {0, ``, 200, ""},
		"a little ahead, another one agrees":   {20 * time.Second, `('b', '', '1 s', now())`, 200, " s ahead of the database's; other nodes agree with the database"},
		"far ahead, alone":                     {10 * time.Minute, ``, 200, " s ahead of the database's; no other node can tell"},
		"far ahead, another one agrees":        {10 * time.Minute, `('b', '', '-1 s', now())`, 503, " s ahead"},
		"far behind, another one agrees":       {-48 * time.Hour, `('b', '', '1 s', now())`, 503, "behind the database's"},
		"far ahead, another one is as far":     {10 * time.Minute, `('b', '', '10 min', now())`, 200, "whose clock may be the wrong one"},
		"far ahead, another one agreed before": {10 * time.Minute, `('b', '', '0', now() - interval '4 min')`, 200, "no other node can tell"},
		"far ahead, the others are divided":    {10 * time.Minute, `('b', '', '10 min', now()), ('c', '', '0', now())`, 503, "other nodes agree"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, there := newSimulator(t)
			pool := dbtest.New(t)
			if c.others != "" {
				if _, err := pool.Exec(t.Context(), `INSERT INTO nodes (name, build, ahead, seen_at) VALUES `+c.others); err != nil {
					t.Fatal(err)
				}
			}
			p, err := app.Open(t.Context(), settings(pool.Config().ConnString(), there), func() time.Time { return time.Now().Add(c.off) }, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			status, said := readyz(t, p)
			if status != c.status || !strings.Contains(said, c.says) || (c.says == "") != (said == "ok\n") {
				t.Errorf("%d: %s", status, said)
			}
		})
	}
}
