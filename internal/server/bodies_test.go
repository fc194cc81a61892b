package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
)

// A form that comes slowly, or is cut, is answered 408, or nothing when nobody is
// there any more; nothing of it is an error of the portal's.
func TestBodiesThatDoNotArrive(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	server := httptest.NewUnstartedServer(p.routes)
	server.Config.ReadTimeout = 500 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	desk, admin := p.as(t, account.CustomerService), p.as(t, account.Admin)
	const form, file = "application/x-www-form-urlencoded", `multipart/form-data; boundary="b"`
	for _, c := range []struct{ path, kind, cookie string }{
		{"/sign-in", form, ""},
		{"/forgot", form, ""},
		{"/profile", form, desk.cookie("guichet")},
		{"/desk/statements", file, desk.cookie("guichet")},
		{"/admin/agencies/TEST/logo", file, admin.cookie("guichet")},
		{"/nowhere", form, ""},
	} {
		for _, cut := range []bool{false, true} {
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
			if err != nil {
				t.Fatal(err)
			}
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: guichet=%s\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n"+
				"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nemail=a", c.path, at.Host, c.cookie, c.kind)
			if half, ok := conn.(*net.TCPConn); ok && err == nil && cut {
				err = half.CloseWrite()
			}
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			switch {
			case err != nil && cut:
			case err != nil:
				t.Errorf("%s: %v", c.path, err)
			case resp.StatusCode != http.StatusRequestTimeout || resp.Header.Get("Content-Security-Policy") == "" || !resp.Close:
				t.Errorf("%s, cut %v: %d, to be closed %v", c.path, cut, resp.StatusCode, resp.Close)
			}
			_ = conn.Close()
		}
	}
	server.Close() // every request is over
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"status":500`) {
			t.Error(line)
		}
	}
}

// Visitors who leave while the portal waits for the database are no errors, on any
// page; each is counted once.
func TestVisitorsWhoLeaveAreNoErrors(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	browsers := map[account.Role]*browser{}
	for _, role := range roles[1:] {
		browsers[role] = p.as(t, role)
	}
	sale := p.booked(browsers[account.Agent], "AA-001-AA")
	left := 0
	for _, c := range []struct {
		role         account.Role
		method, path string
	}{
		{account.Agent, "GET", "/bookings"},
		{account.Agent, "GET", sale},
		{account.Agent, "GET", "/profile"},
		{account.Agent, "POST", sale + "/notes"},
		{account.Manager, "GET", "/agency/figures"},
		{account.CustomerService, "GET", "/desk/queue"},
		{account.CustomerService, "GET", "/desk?q=Martin"},
		{account.Admin, "GET", "/admin/audit"},
		{account.Admin, "GET", "/admin/supplier"},
	} {
		for _, tables := range []string{"bookings, booking_states", "sessions", "portal_state", "audit", "supplier_keys"} {
			left += p.leaveWaiting(t, browsers[c.role], c.method, c.path, tables)
		}
	}
	if left < 12 {
		t.Errorf("only %d have left while they waited", left)
	}
	gone := 0
	for line := range strings.Lines(p.log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"status":500`) {
			t.Error(line)
		}
		if strings.Contains(line, `"msg":"request"`) && strings.Contains(line, `"status":499`) {
			gone++
		}
	}
	if gone != left {
		t.Errorf("%d have left, %d are counted", left, gone)
	}
}

// leaveWaiting asks for a page while somebody holds tables, and goes away when it waits for
// them; 0 when it did not need them.
func (p *portal) leaveWaiting(t *testing.T, b *browser, method, path, tables string) int {
	t.Helper()
	holds, err := p.pool.Begin(t.Context())
	if err == nil {
		_, err = holds.Exec(t.Context(), "LOCK "+tables+" IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holds.Rollback(context.WithoutCancel(t.Context())) }()
	ctx, leave := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader("text=x&format=csv"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", "guichet="+b.cookie("guichet"))
	ended := make(chan int, 1)
	go func() {
		rec := httptest.NewRecorder()
		rec.Code = 0
		defer func() {
			if thrown := recover(); thrown != nil && thrown != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				t.Errorf("%s: %v", path, thrown)
			}
			ended <- rec.Code
		}()
		p.routes.ServeHTTP(rec, req)
		_, _ = io.Copy(io.Discard, rec.Body)
	}()
	for {
		var waits bool
		err := p.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended: // it did not need them
			leave()
			return 0
		default:
		}
		if waits {
			leave()
			if code := <-ended; code != 0 && code != 499 {
				t.Errorf("%s while %s are held is answered %d", path, tables, code)
			}
			return 1
		}
	}
}
