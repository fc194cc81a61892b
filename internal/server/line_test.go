package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/simulator"
)

// One line fills the form of a quote; the supplier is asked when the form is sent.
func TestALineFillsTheForm(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	from := time.Now().AddDate(0, 0, 40)
	line := "cdg " + strings.ToUpper(from.Format("2Jan")) + " 0730 +8 2140 +cov +ASS AF1234 af1235"
	page := b.read("/quotes/new?" + url.Values{"line": {line}}.Encode())
	for name, want := range map[string]string{
		"line": line, "from_date": strings.ToUpper(from.Format("2Jan")), "from_time": "0730", "to_date": "+8", "to_time": "2140", "outbound": "AF1234", "return": "af1235",
	} {
		if !page.holds(name, want) {
			t.Errorf("%s is not %q", name, want)
		}
	}
	page.says(t, "With: Covered space, Cancellation insurance", from.Format("2 January 2006")+", 07:30", "9 days")
	if p.called(simulator.EndpointQuotes) != 0 {
		t.Error("the supplier was asked")
	}
	action, fields := page.form(t, "data-testid", "quote")
	quote := b.follow(b.do(http.MethodPost, action, fields))
	quote.says(t, "Available")
	for _, code := range []string{"cancellation_insurance", "covered_parking"} {
		if !quote.holds("service", code) {
			t.Errorf("%s is not ticked", code)
		}
	}
}

// What is wrong in a line is named, and the line stays.
func TestALineNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	for line, want := range map[string]string{
		"CDG 12MAR 0730":                        "Something is missing",
		"CDG 12MAR 0730 19MAR 2140 +GOLF":       "‘+GOLF’ is not a service",
		"CDG 12MAR 0730 19MAR 2140 AF1 AF2 AF3": "‘AF3’ is one part too many",
		"XYZ 12MAR 0730 19MAR 2140":             "‘XYZ’ is not on the list",
		"CDG 12MARS2O 0730 19MAR 2140":          "Enter the drop-off date",
		"CDG 12MAR 2570 19MAR 2140":             "Enter the drop-off time",
	} {
		a := b.get("/quotes/new?" + url.Values{"line": {line}}.Encode())
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), want) || !a.holds("line", line) {
			t.Errorf("%q: %d, want %q: %s", line, a.status, want, a.text())
		}
	}
	if a := b.get("/quotes/new?line=+"); a.status != http.StatusOK {
		t.Errorf("an empty line: %d", a.status)
	}
}
