//go:build !race

package server

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/postgres"
)

// mostMemory is what one request may add to the process, and to a backend of
// PostgreSQL.
const mostMemory = 32 << 20

const (
	formKind = "application/x-www-form-urlencoded"
	fileKind = "multipart/form-data; boundary=worst"
)

// worst is the request of a kind that asks for the most.
type worst struct {
	kind   string
	role   account.Role
	method string
	path   string
	is     string // its Content-Type
	body   func() io.Reader
	status int
}

// worstRequests are the largest that are let through and the largest that are not,
// of each kind of route.
func worstRequests(quote, sale string) []worst {
	const day = "2026-07-04"
	agent, desk, admin := account.Agent, account.CustomerService, account.Admin
	words := url.QueryEscape(strings.TrimSpace(strings.Repeat("ab ", bound.Search/3)))
	letters := url.QueryEscape(strings.TrimSpace(strings.Repeat("é ", bound.Search/2)))
	states := strings.Repeat("&state=held&state=paid&state=expired", 200)
	note := strings.Repeat("é", bound.Note)
	customer := aCustomer("AA-777-AA")
	customer.Set("phone", strings.Repeat("+33 1 ", 1000))
	customer.Set("plate", strings.Repeat("A-", 5_000))
	customer.Set("last_name", strings.Repeat("é", 5000))
	statement := func(content func() io.Reader) func() io.Reader {
		return func() io.Reader {
			const field = "--worst\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
			head := fmt.Sprintf(field, "from", "today") + fmt.Sprintf(field, "to", "today") + fmt.Sprintf(field, "about", "payments")
			return upload(head, "file", content())
		}
	}
	form := func(text string) func() io.Reader { return func() io.Reader { return strings.NewReader(text) } }
	list := []worst{
		{"list: every filter and 66 words", desk, "GET", "/bookings?on=created&from=" + day + "&min=1&max=9&insured=yes&sort=drop_off&q=" + words + states[:600], "", nil, 200},
		{"list: an address of 8 KiB", desk, "GET", "/bookings?x=1" + strings.Repeat("&state=held", 740), "", nil, 200},
		{"list: one of 55 KiB", desk, "GET", "/bookings?x=1" + strings.Repeat("&state=held", 5000), "", nil, 414},
		{"desk: 100 letters", desk, "GET", "/desk?q=" + letters, "", nil, 200},
		{"list: a word more than may be", desk, "GET", "/bookings?q=" + words + "+abc", "", nil, 422},
		{"figures of a year", admin, "GET", "/admin?from=1/1/2026&to=31/12/2026", "", nil, 200},
		{"export, XLSX", desk, "POST", "/bookings/export?q=" + letters, formKind, form("format=xlsx"), 200},
		{"sign-in with 60 KiB", "", "POST", "/sign-in", formKind, form("email=" + strings.Repeat("a", 30<<10) + "&password=" + strings.Repeat("b", 30<<10)), 422},
		{"form of 64 KiB", agent, "POST", quote + "/customer", formKind, form(customer.Encode()), 422},
		{"form of 9,000 fields", agent, "POST", quote + "/customer", formKind, form(strings.Repeat("a&", 9000)), 413},
		{"form of 32,000 fields", agent, "POST", quote + "/customer", formKind, form(strings.Repeat("a&", bound.Body/2)), 400},
		{"form of a MiB", agent, "POST", quote + "/customer", formKind, form("a=" + strings.Repeat("b", 1<<20)), 413},
		{"note", agent, "POST", sale + "/notes", formKind, form("text=" + url.QueryEscape(note)), 303},
		{"picture, PNG", admin, "POST", "/admin/agencies/TEST/logo", fileKind, func() io.Reader { return upload("", "logo", bytes.NewReader(largePNG())) }, 303},
		{"picture, JPEG of 20 scans", admin, "POST", "/admin/agencies/TEST/logo", fileKind, func() io.Reader { return upload("", "logo", bytes.NewReader(largeJPEG(bound.PictureScans))) }, 303},
		{"picture, JPEG of 20,000 scans", admin, "POST", "/admin/agencies/TEST/logo", fileKind, func() io.Reader { return upload("", "logo", bytes.NewReader(largeJPEG(20_000))) }, 422},
		{"picture of 20 MiB", admin, "POST", "/admin/agencies/TEST/logo", fileKind, func() io.Reader { return upload("", "logo", repeated("", "x", 20<<20)) }, 413},
		{"statement of 200,000 lines, 19 MiB", desk, "POST", "/desk/statements", fileKind, statement(func() io.Reader { return &manyLines{last: bound.StatementLines} }), 303},
		{"statement of 20 MiB of separators", desk, "POST", "/desk/statements", fileKind, statement(func() io.Reader { return repeated("id;total\n", ";", bound.Statement-1<<10) }), 422},
		{"statement of one open cell", desk, "POST", "/desk/statements", fileKind, statement(func() io.Reader { return repeated("id;total\n\"", "a\n", bound.Statement-1<<10) }), 422},
		{"statement of 10 million short lines", desk, "POST", "/desk/statements", fileKind, statement(func() io.Reader { return repeated("id;total\n", "a\n", bound.Statement-1<<10) }), 422},
		{"statement of 40 MiB", desk, "POST", "/desk/statements", fileKind, statement(func() io.Reader { return repeated("id;total\n", "a;1\n", 2*bound.Statement) }), 413},
	}
	return list
}

// manyLines writes a statement with as many lines as one may have.
type manyLines struct {
	last, at int
	rest     []byte
}

// Read implements io.Reader.
func (m *manyLines) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		switch m.at++; {
		case m.at == 1:
			m.rest = []byte("ID;Référence;Plaque;Dépôt;Retour;Total;Note\n")
		case m.at > m.last+1:
			return 0, io.EOF
		default:
			m.rest = fmt.Appendf(m.rest[:0], "none-%07d;XR-%07d;AA-%07d;04/07/2026 10:00;11/07/2026 12:00;75,14;%s\n", m.at, m.at, m.at, "seven days")
		}
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// repeated is a text of a size that is never whole in memory.
func repeated(begin, text string, size int) io.Reader {
	return io.MultiReader(strings.NewReader(begin), io.LimitReader(&again{text: text}, int64(size)))
}

type again struct {
	text string
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = a.text[a.at]
		a.at = (a.at + 1) % len(a.text)
	}
	return len(p), nil
}

// upload is a form with a file.
func upload(head, name string, file io.Reader) io.Reader {
	return io.MultiReader(strings.NewReader(head+"--worst\r\nContent-Disposition: form-data; name=\""+name+"\"; filename=\"x\"\r\n\r\n"),
		file, strings.NewReader("\r\n--worst--\r\n"))
}

// large is the largest picture, with 16 bits of four colours for each pixel.
func large() image.Image {
	pixels := image.NewNRGBA64(image.Rect(0, 0, bound.PictureWidth, bound.PictureHeight))
	for x := range bound.PictureWidth {
		for y := range bound.PictureHeight {
			pixels.SetNRGBA64(x, y, color.NRGBA64{R: uint16(x), G: uint16(y), B: 7, A: uint16(60_000 + x%9)})
		}
	}
	return pixels
}

func largePNG() []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, large()); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// largeJPEG draws the same picture in as many scans; of more than a few they are
// empty, so that it stays small enough.
func largeJPEG(scans int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewYCbCr(image.Rect(0, 0, bound.PictureWidth, bound.PictureHeight), image.YCbCrSubsampleRatio420), nil); err != nil {
		panic(err)
	}
	end := out.Len() - 2
	begin := bytes.LastIndex(out.Bytes(), []byte("\xff\xda"))
	scan := out.Bytes()[begin:end]
	if scans > bound.PictureScans {
		scan = scan[:14] // its head
	}
	return slices.Concat(out.Bytes()[:begin], bytes.Repeat(scan, scans), out.Bytes()[end:])
}

// The worst request of each kind adds little to the process, and to a backend of
// PostgreSQL. The table of what was measured, times included, is in the log:
// make bench-worst.
func TestWorstRequestsAreBounded(t *testing.T) { //nolint:paralleltest // it measures the whole process
	p := newPortal(t)
	agent := p.as(t, account.Agent)
	quote, sale := agent.filled(p.aStay(), aCustomer("AA-001-AA")), p.booked(agent, "AA-002-AA")
	browsers := map[account.Role]*browser{"": p.nobody(t), account.Agent: agent, account.CustomerService: p.as(t, account.CustomerService), account.Admin: p.as(t, account.Admin)}
	for _, b := range browsers {
		b.get("/bookings?q=a")
		b.get("/profile")
		b.post("/sign-in", "email", "nobody@test.test", "password", "none") // what is made once for all
	}
	p.bindAll(t)
	t.Log("| request | status | process, MiB | backend, MiB | ms |")
	for _, c := range worstRequests(quote, sale) {
		c.measure(t, p, browsers[c.role])
	}
	compare := p.statementPath(t)
	worst{
		"comparison of the 200,000 lines", account.CustomerService, "POST", compare + "/columns", formKind,
		func() io.Reader {
			return strings.NewReader("supplier_id=1&supplier_ref=2&plate=3&from=4&to=5&amount=6")
		}, 303,
	}.measure(t, p, browsers[account.CustomerService])
	worst{"page of a statement of 200,000 lines", account.CustomerService, "GET", compare, "", nil, 200}.measure(t, p, browsers[account.CustomerService])
}

// bindAll lets every connection that the portal may have stand, bound as in a portal
// that serves.
func (p *portal) bindAll(t *testing.T) {
	t.Helper()
	var all []*pgxpool.Conn
	for range p.app.Config().MaxConns {
		c, err := p.app.Acquire(t.Context())
		if err == nil {
			err = postgres.Timeouts{}.Bound(t.Context(), c.Conn())
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		c.Release()
	}
}

// statementPath is the page of the one statement that was accepted.
func (p *portal) statementPath(t *testing.T) (path string) {
	t.Helper()
	if err := p.pool.QueryRow(t.Context(), `SELECT '/desk/statements/' || handle FROM statements`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

func (c worst) measure(t *testing.T, p *portal, b *browser) {
	t.Helper()
	var body io.Reader
	if c.body != nil {
		body = c.body()
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, b.url+c.path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", c.is)
	backends := p.backends(t)
	before := resting()
	stop := watch()
	begun := time.Now()
	resp, err := b.client.Do(req)
	status := 0
	if err == nil {
		if status = resp.StatusCode; strings.Contains(resp.Header.Get("Location"), "?kept=") {
			status = b.get(resp.Header.Get("Location")).status
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	took := time.Since(begun)
	added, there := stop()-before, int64(0)
	for pid, is := range p.backends(t) {
		was, known := backends[pid]
		if !known {
			t.Errorf("%s opened another connection", c.kind)
		}
		there = max(there, is.most-was.rss-(is.shared-was.shared))
	}
	t.Logf("| %s | %d | %.1f | %.1f | %d |", c.kind, status, mib(added), mib(there), took.Milliseconds())
	cutOff := err != nil && c.status == http.StatusRequestEntityTooLarge // the portal had hung up while it was sent
	if status != c.status && !cutOff {
		t.Errorf("%s: %d, want %d (%v)", c.kind, status, c.status, err)
	}
	if added > mostMemory || there > mostMemory {
		t.Errorf("%s adds %.1f MiB to the process and %.1f MiB to a backend", c.kind, mib(added), mib(there))
	}
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// held is what the process has of the system.
func heldMemory() int64 {
	of := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(of)
	return int64(of[0].Value.Uint64() - of[1].Value.Uint64())
}

// resting is what the process holds when all that can be given back is.
func resting() int64 {
	runtime.GC()
	debug.FreeOSMemory()
	return heldMemory()
}

// watch looks at what the process holds until it is stopped, and returns the most.
func watch() (stop func() int64) {
	over, most := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		top := heldMemory()
		for {
			select {
			case <-over:
				most <- max(top, heldMemory())
				return
			case <-tick.C:
				top = max(top, heldMemory())
			}
		}
	}()
	return func() int64 {
		close(over)
		return <-most
	}
}

// memory of a process, in bytes.
type memory struct{ rss, shared, most int64 }

// backends are those of the portal's connections; what they held at most is counted
// from here on. The pages that all of them are shared with are left out.
func (p *portal) backends(t *testing.T) map[int]memory {
	t.Helper()
	rows, err := p.pool.Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[int]memory{}
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			t.Fatal(err)
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		all[pid] = memory{
			rss: statusLine(t, status, "VmRSS:"), most: statusLine(t, status, "VmHWM:"),
			shared: statusLine(t, status, "RssShmem:") + statusLine(t, status, "RssFile:"),
		}
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil { // the most begins anew
			t.Fatal(err)
		}
	}
	return all
}

// statusLine reads an amount of memory of a process.
func statusLine(t *testing.T, status []byte, name string) int64 {
	t.Helper()
	_, rest, found := strings.Cut(string(status), name)
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		t.Fatalf("no %s in %s", name, status)
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}
