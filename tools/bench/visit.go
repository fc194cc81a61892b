package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

// visitors are people who are signed in: customer service, an admin and an agent.
type visitors struct {
	server  *httptest.Server
	clients map[string]*http.Client
}

// enter signs everybody in.
func (p *place) enter(ctx context.Context) (*visitors, error) {
	v := &visitors{server: httptest.NewServer(p.portal.Handler), clients: map[string]*http.Client{}}
	for who, mail := range map[string]string{"": deskMail, "admin": adminMail, "own": "agent0@agency1.test"} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		v.clients[who] = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		if _, err := v.ask(ctx, who, http.MethodPost, "/sign-in", url.Values{"email": {mail}, "password": {password}}, http.StatusSeeOther); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *visitors) close() { v.server.Close() }

// ask sends a request and reads the whole answer.
func (v *visitors) ask(ctx context.Context, who, method, path string, form url.Values, want ...int) (n string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, v.server.URL+path, strings.NewReader(form.Encode())) //nolint:gosec // a server of this process
	if err != nil {
		return "", err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.clients[who].Do(req) //nolint:gosec // see above
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && !slices.Contains(want, resp.StatusCode) {
		err = fmt.Errorf("%s %s: %d", method, path, resp.StatusCode)
	}
	return string(body), err
}

// measure asks for a page, and reads what it is about, round after round.
func (v *visitors) measure(ctx context.Context, k kind, rounds int) (m measured, err error) {
	who, path, some := strings.Cut(k.path, ":")
	if !some || strings.HasPrefix(who, "/") {
		who, path = "", k.path
	}
	for i := range rounds + 3 { // the first ones warm up
		begun := time.Now()
		if _, err := v.ask(ctx, who, http.MethodGet, path, nil, http.StatusOK, http.StatusSeeOther); err != nil {
			return m, err
		}
		took := time.Since(begun)
		if i >= 3 {
			m.page = append(m.page, took)
		}
		if k.sql == nil {
			continue
		}
		begun = time.Now()
		if err := k.sql(ctx); err != nil {
			return m, err
		}
		if took = time.Since(begun); i >= 3 {
			m.sql = append(m.sql, took)
		}
	}
	slices.Sort(m.page)
	slices.Sort(m.sql)
	return m, nil
}

var nextPage = regexp.MustCompile(`before=([A-Za-z0-9_-]+)`)

// deep is the address of a page in the middle of the history.
func (v *visitors) deep(ctx context.Context, conn *pgx.Conn) (string, booking.Cursor, error) {
	var c booking.Cursor
	var created time.Time
	const middle = `SELECT id, created_at FROM bookings WHERE id >= (SELECT max(id) / 2 FROM bookings) ORDER BY id LIMIT 1`
	if err := conn.QueryRow(ctx, middle).Scan(&c.ID, &created); err != nil {
		return "", c, err
	}
	c.Key = created.UnixMicro()
	body, err := v.ask(ctx, "", http.MethodGet, "/bookings", nil, http.StatusOK)
	if err != nil {
		return "", c, err
	}
	found := nextPage.FindStringSubmatch(body)
	if found == nil {
		return "", c, errors.New("the list has no second page")
	}
	place, err := base64.RawURLEncoding.DecodeString(found[1])
	if err != nil {
		return "", c, err
	}
	parts := strings.Split(string(place), ".") // key, id, and the mark of the list
	parts[0], parts[1] = strconv.FormatInt(c.Key, 10), strconv.FormatInt(c.ID, 10)
	return "/bookings?before=" + base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "."))), c, nil
}

// exports takes everything along in each format, and compares with PostgreSQL's
// own writing of the same columns.
func (v *visitors) exports(ctx context.Context, conn *pgx.Conn, stdout io.Writer) error {
	if _, err := conn.Exec(ctx, `DELETE FROM rate_limits`); err != nil { // earlier exports count, too
		return err
	}
	var rows int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM bookings`).Scan(&rows); err != nil {
		return err
	}
	begun := time.Now()
	if _, err := conn.PgConn().CopyTo(ctx, io.Discard, copyOut); err != nil {
		return err
	}
	plain := time.Since(begun)
	fmt.Fprintf(stdout, "COPY of %d rows: %.1f s\n", rows, plain.Seconds()) //nolint:errcheck // a terminal
	for _, format := range []string{"csv", "csv_fr", "xlsx"} {
		idle, err := resident("VmRSS")
		if err != nil {
			return err
		}
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil { // begin the peak anew
			return err
		}
		begun := time.Now()
		n, err := v.download(ctx, "/bookings/export", url.Values{"format": {format}})
		if err != nil {
			return err
		}
		took := time.Since(begun)
		peak, err := resident("VmHWM")
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "export %-7s %6.1f s, %7.0f rows/s, %4d MB, %.1f x COPY, peak %d MiB above idle (%d MiB)\n", //nolint:errcheck // a terminal
			format, took.Seconds(), float64(rows)/took.Seconds(), n>>20, took.Seconds()/plain.Seconds(), (peak-idle)>>10, idle>>10)
	}
	return nil
}

func (v *visitors) download(ctx context.Context, path string, form url.Values) (n int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.server.URL+path, strings.NewReader(form.Encode())) //nolint:gosec // a server of this process
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := v.clients["admin"].Do(req) //nolint:gosec // see above
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %d", path, resp.StatusCode)
	}
	return io.Copy(io.Discard, resp.Body)
}

// resident is a line of this process's memory, in KiB.
func resident(line string) (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, errors.New("no " + line + " in /proc/self/status")
}

// copyOut are the columns of an export, in its order.
const copyOut = `COPY (SELECT b.ref, b.state, a.name, u.name, b.created_at, b.zone_code, b.zone_name, b.from_at, b.to_at, b.timezone,
	b.last_name, b.first_name, b.email, b.phone, b.plate, b.make, b.model, b.color, b.booked_services, b.insured, b.due_cents, b.due_currency,
	b.pay_method, b.paid_at, b.paid_by, b.receipt, b.agency_ref, b.supplier_id, b.supplier_ref
	FROM bookings b JOIN agencies a ON a.id = b.agency_id JOIN users u ON u.id = b.user_id ORDER BY b.created_at DESC, b.id DESC) TO STDOUT CSV`

func escape(text string) string { return url.QueryEscape(text) }

// spaced is a French number as people write it.
func spaced(number string) string {
	var parts []string
	for pair := range slices.Chunk([]byte(number), 2) {
		parts = append(parts, string(pair))
	}
	return strings.Join(parts, " ")
}
