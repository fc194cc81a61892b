package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/server/site"
)

// failing adds a route to the portal, before anybody asks for it.
func failing(p *portal, path string, h site.Handler) {
	s := p.server
	p.routes.With(s.LoadSession, s.LoadPerson).Get(path, s.Handle(h))
}

func TestUnexpectedErrorsShowAReferenceOnly(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	failing(p, "/fails", func(http.ResponseWriter, *http.Request) error { return errors.New("secret cause") })
	failing(p, "/panics", func(http.ResponseWriter, *http.Request) error { panic("secret cause") })
	b := p.as(t, account.Agent)
	for _, path := range []string{"/fails", "/panics"} {
		a := b.get(path)
		reference := textOf(a.find("data-testid", "reference"))
		if a.status != http.StatusInternalServerError || len(reference) != 9 || reference != a.header.Get("X-Request-Id") {
			t.Errorf("%s: %d, reference %q", path, a.status, reference)
		}
		if strings.Contains(a.body, "secret") {
			t.Errorf("%s: the cause is on the page", path)
		}
		if !strings.Contains(a.text(), "Camille Martin") || a.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: the page has no shell: %s", path, a.text())
		}
		if n := causes(p.log.String(), reference); n != 1 {
			t.Errorf("%s: the cause is logged %d times", path, n)
		}
	}
}

// causes counts the log's lines with the reference and the cause.
func causes(log, reference string) int {
	n := 0
	for line := range strings.Lines(log) {
		if strings.Contains(line, reference) && strings.Contains(line, "secret cause") {
			n++
		}
	}
	return n
}

func TestAnAnswerThatHasBegunIsCutOff(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	failing(p, "/half", func(w http.ResponseWriter, _ *http.Request) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		panic("in the middle")
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/half", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err == nil {
		t.Errorf("half an answer looks whole: %d", resp.StatusCode)
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMissingBookingSaysWhereItWasSought(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	failing(p, "/test/{ref}/pay", func(http.ResponseWriter, *http.Request) error { return booking.ErrNotFound })
	for role, want := range map[account.Role]string{
		account.Agent:           "No booking GU-7K2M-9QXD in your agency.",
		account.CustomerService: "There is no booking GU-7K2M-9QXD.",
	} {
		if a := p.as(t, role).get("/test/GU-7K2M-9QXD/pay"); a.status != 404 || !strings.Contains(a.text(), want) {
			t.Errorf("%s: %d %s", role, a.status, a.text())
		}
	}
}

func TestSupplierDownSaysWhatWorks(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	failing(p, "/down", func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("quote: %w", booking.ErrSupplierDown)
	})
	a := p.as(t, account.Agent).get("/down")
	for _, want := range []string{"What works:", "What does not:", "60-minute limit keeps running"} {
		if a.status != http.StatusServiceUnavailable || !strings.Contains(a.text(), want) {
			t.Errorf("%d, %q is missing: %s", a.status, want, a.text())
		}
	}
}

func TestForbiddenNamesTheRole(t *testing.T) {
	t.Parallel()
	a := newPortal(t).as(t, account.Agent).get("/desk")
	if a.status != http.StatusForbidden || !strings.Contains(a.text(), "Your role (Agent)") {
		t.Errorf("%d %s", a.status, a.text())
	}
}

func TestUnknownMethodNamesTheOthers(t *testing.T) {
	t.Parallel()
	b := newPortal(t).nobody(t)
	for path, want := range map[string]string{"/language": "POST", "/profile": "GET, HEAD, POST", "/desk": "GET, HEAD"} {
		a := b.do(http.MethodDelete, path, nil)
		if got := strings.Join(a.header.Values("Allow"), ", "); a.status != http.StatusMethodNotAllowed || got != want {
			t.Errorf("DELETE %s: %d, Allow %q", path, a.status, got)
		}
		if a := b.do(http.MethodTrace, path, nil); a.status != http.StatusMethodNotAllowed || strings.Contains(a.body, "TRACE") {
			t.Errorf("TRACE %s: %d", path, a.status)
		}
	}
}

func TestVisitorWhoWentAwayIsNoError(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.routes.Get("/slow", p.server.Handle(func(_ http.ResponseWriter, _ *http.Request) error {
		return fmt.Errorf("secret cause: %w", context.Canceled)
	}))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for ctx, want := range map[context.Context]bool{gone: false, t.Context(): true} {
		before := len(p.log.String())
		p.routes.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/slow", nil))
		if got := strings.Contains(p.log.String()[before:], `"level":"ERROR"`); got != want {
			t.Errorf("gone %v, logged as an error %v", ctx == gone, got)
		}
	}
}
