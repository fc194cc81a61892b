package simulator

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle []byte

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"money": func(c int64) string { return cents(c).String() },
	"clock": func(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") },
}).Parse(pageText))

// pageRows is how many bookings the page shows.
const pageRows = 200

// pageContent is what the page shows.
type pageContent struct {
	State  stateAnswer
	Offset time.Duration
	Kinds  []kindChoice
	Zones  []string // codes
	Sold   []service

	Statuses []string
	Rows     []Booking // newest first
	More     int       // older bookings that are not shown
}

type kindChoice struct{ Name, Text string }

func (s *Simulator) pageRoutes(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, guard.Handler(h)) }
	handle("GET /{$}", s.showPage)
	handle("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		answer{status: http.StatusOK, contentType: "text/css; charset=utf-8", body: pageStyle}.send(w)
	})
	handle("POST /page/fault", s.pageFault)
	handle("POST /page/clear", func(w http.ResponseWriter, r *http.Request) { s.ClearFaults(); backToPage(w, r) })
	handle("POST /page/profile", s.pageProfile)
	handle("POST /page/keys", s.pageKeys)
	handle("POST /page/clock", s.pageClock)
	handle("POST /page/erase", func(w http.ResponseWriter, r *http.Request) { s.Erase(); backToPage(w, r) })
}

func (s *Simulator) showPage(w http.ResponseWriter, _ *http.Request) {
	c := pageContent{State: s.state(), Rows: s.Ledger()}
	c.Offset = time.Duration(c.State.OffsetSeconds * float64(time.Second))
	slices.Reverse(c.Rows)
	if c.More = len(c.Rows) - pageRows; c.More > 0 {
		c.Rows = c.Rows[:pageRows]
	}
	for _, k := range kindTable() {
		c.Kinds = append(c.Kinds, kindChoice{k.name, k.text})
	}
	for i := range s.zones {
		c.Zones = append(c.Zones, s.zones[i].code)
	}
	c.Sold, c.Statuses = servicesOf(&zone{covered: true}, 0), statuses
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, c); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	answer{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: text.Bytes()}.send(w)
}

// backToPage answers a form, so that reloading does not send it again.
func backToPage(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Simulator) pageFault(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestRequest)
	f := Fault{
		Endpoint: r.PostFormValue("endpoint"), Kind: r.PostFormValue("kind"),
		Latency: time.Duration(formNumber(r, "latency_ms")) * time.Millisecond,
		Count:   int(formNumber(r, "count")), Amount: formNumber(r, "amount_cents"),
		RetryAfter: time.Duration(formNumber(r, "retry_after_seconds")) * time.Second,
		Delay:      time.Duration(formNumber(r, "delay_seconds")) * time.Second,
		Skew:       time.Duration(formNumber(r, "skew_seconds")) * time.Second,
		Zone:       r.PostFormValue("zone"), Service: r.PostFormValue("service"), Status: r.PostFormValue("status"),
		Age: time.Duration(formNumber(r, "age_seconds")) * time.Second,
	}
	if err := s.SetFault(f); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	backToPage(w, r)
}

func (s *Simulator) pageProfile(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestRequest)
	if err := s.SetProfile(r.PostFormValue("profile")); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	backToPage(w, r)
}

// pageKeys takes keys with spaces between them; none is the key of the start
// that names no other.
func (s *Simulator) pageKeys(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestRequest)
	s.SetKeys(strings.Fields(r.PostFormValue("keys"))...)
	backToPage(w, r)
}

func (s *Simulator) pageClock(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestRequest)
	if minutes := formNumber(r, "minutes"); minutes != 0 {
		s.MoveClock(time.Duration(minutes) * time.Minute)
	} else {
		s.SetClockOffset(0)
	}
	backToPage(w, r)
}

// formNumber is 0 for a field that is empty or no number.
func formNumber(r *http.Request, field string) int64 {
	n, err := strconv.ParseInt(r.PostFormValue(field), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
