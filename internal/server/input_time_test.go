package server

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/server/site"
)

// echo is what stands under one end of a stay while one types.
func (b *browser) echo(leg string, fields ...string) string {
	b.t.Helper()
	q := with(url.Values{"leg": {leg}, "zone": {"CDG"}}, fields...)
	return b.read("/fragments/when?" + q.Encode()).text()
}

func TestTheEchoWarnsBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	today := time.Now().In(site.Paris)
	yesterday, inDays := today.AddDate(0, 0, -1), func(n int) string { return today.AddDate(0, 0, n).Format("02/01/2006") }
	nextYear := time.Date(yesterday.Year()+1, yesterday.Month(), yesterday.Day(), 0, 0, 0, 0, time.UTC)
	leap := changeOfClocks(t, "Europe/Paris", true)
	day := time.Date(leap.Year(), leap.Month(), leap.Day(), 2, 30, 0, 0, time.UTC)
	tens := "10h"
	for name, c := range map[string]struct {
		leg    string
		fields []string
		says   []string
	}{
		"next year": {"from", []string{"from_date", yesterday.Format("2/1"), "from_time", tens}, []string{locale.EN.DateLong(nextYear), locale.EN.T("sale.echo.next_year"), "10:00"}},
		"past":      {"from", []string{"from_date", inDays(-1), "from_time", tens}, []string{locale.EN.T("problem.from_date.past")}},
		"just past": {"from", []string{"from_date", "today", "from_time", "0:00"}, []string{locale.EN.T("problem.from_time.past")}},
		"far":       {"from", []string{"from_date", inDays(800), "from_time", tens}, []string{"At most two years ahead"}},
		"gap":       {"from", []string{"from_date", leap.Format("02/01/2006"), "from_time", "2h30"}, []string{locale.EN.T("problem.time.gap", "City", "Roissy-en-France", "Date", day, "Time", day.Add(30*time.Minute))}},
		"reversed":  {"to", []string{"from_date", inDays(20), "from_time", tens, "to_date", inDays(19), "to_time", tens}, []string{"The return date cannot be before"}},
		"same day":  {"to", []string{"from_date", inDays(20), "from_time", tens, "to_date", inDays(20), "to_time", "9"}, []string{"The return must be after drop-off"}},
		"too long":  {"to", []string{"from_date", inDays(20), "from_time", tens, "to_date", inDays(390), "to_time", tens}, []string{"At most 365 days"}},
		"short":     {"to", []string{"from_date", inDays(20), "from_time", tens, "to_date", inDays(20), "to_time", "10h05"}, []string{locale.EN.T("sale.doubt.short")}},
	} {
		text := b.echo(c.leg, c.fields...)
		for _, want := range c.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the echo says %q, without %q", name, text, want)
			}
		}
	}
	// What is right is said, and nothing else.
	from := today.AddDate(0, 0, 40)
	want := locale.EN.DateLong(from) + ", 10:00, Paris time"
	if from.Year() > today.Year() {
		want = locale.EN.DateLong(from) + ", 10:00, Paris time · " + locale.EN.T("sale.echo.next_year")
	}
	if got := b.echo("from", "from_date", inDays(40), "from_time", "10h", "to_date", "+8", "to_time", "10h"); got != want {
		t.Errorf("a good drop-off is %q, want %q", got, want)
	}
}

func TestWhatMayBeRefusedIsSaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	soon := time.Now().In(site.Paris).Add(10 * time.Minute)
	stay := url.Values{"zone": {"CDG"}, "from_date": {soon.Format("02/01/2006")}, "from_time": {soon.Format("15:04")}, "to_date": {"+2"}, "to_time": {"10h"}}
	if got := b.echo("from", pairs(stay)...); !strings.Contains(got, locale.EN.T("sale.doubt.soon")) {
		t.Errorf("in ten minutes: %q", got)
	}
	b.read(b.quoted(stay)).says(t, locale.EN.T("sale.doubt.soon"))
	later := p.aStay()
	later.Set("to_date", later.Get("from_date"))
	later.Set("to_time", "6h10")
	quote := b.filled(later, aCustomer("AB-123-CD"))
	for _, page := range []string{quote, quote + "/check"} {
		a := b.read(page)
		a.says(t, locale.EN.T("sale.doubt.short"))
		if strings.Contains(a.text(), locale.EN.T("sale.doubt.soon")) {
			t.Errorf("%s: in forty days is soon", page)
		}
	}
}

func TestAWeekdayThatContradictsIsNamed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	day := time.Now().AddDate(0, 0, 40)
	date := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	other := locale.FR.T("format.weekday." + string(rune('0'+(int(date.Weekday())+1)%7)))
	sent := with(p.aStay(), "from_date", other+" "+date.Format("2/1/2006"))
	a := b.do("POST", "/quotes", sent)
	a.refused(t, refusal{field: "from_date", key: "problem.date.weekday", args: []any{"PlainDate", date, "Weekday", date}}, sent)
	a.says(t, date.Format("2 January 2006")+" is a "+date.Weekday().String())
}

func TestATimeThatHasPassedIsSaidBesideTheTime(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sent := with(p.aStay(), "from_date", "today", "from_time", "0:00")
	b.do("POST", "/quotes", sent).refused(t, refusal{field: "from_time", key: "problem.from_time.past"}, sent)
}

func TestWhichOfTwoEqualTimesIsSaidEverywhere(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	back := changeOfClocks(t, "Europe/Paris", false)
	stay := stayAt("CDG", time.Date(back.Year(), back.Month(), back.Day(), 2, 30, 0, 0, time.UTC))
	for i, fold := range []string{"before", "after"} {
		quote := b.filled(with(stay, "from_fold", fold), aCustomer([]string{"AB-123-CD", "AB-124-CD"}[i]))
		said, other := locale.EN.T("sale.which."+fold), locale.EN.T("sale.which."+[]string{"after", "before"}[i])
		says := func(page string) {
			a := b.read(page)
			a.says(t, said)
			if strings.Contains(a.text(), other) {
				t.Errorf("%s says %q as well", page, other)
			}
		}
		says(quote)
		says(quote + "/check")
		sale := b.book(quote).location
		b.follow(b.pay(sale))
		says(sale)
		b.read(sale+"/voucher").says(t, locale.FR.T("sale.which."+fold))
	}
}

// Whoever types a city means its own airports first.
func TestAirportsFarFromTheirCityComeAfterTheOthers(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	a := p.as(t, account.Agent).read("/quotes/new")
	var far []string
	for n := range a.doc.Descendants() {
		if n.Data == "option" && has(n, "data-far") {
			far = append(far, attr(n, "data-code"))
		}
	}
	if !slices.Equal(far, []string{"BVA"}) {
		t.Errorf("%v are far from the city whose name they bear", far)
	}
}
