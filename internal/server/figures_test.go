package server

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// digits is a number as a page shows it.
func digits(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text))
	if err != nil {
		t.Fatalf("%q is no number", text)
	}
	return n
}

// sixth is the link of a figure, and what stands below it.
func (a *answer) sixth(t *testing.T, id string) (link *html.Node, text string) {
	t.Helper()
	card := a.find("data-figure", id)
	if card == nil {
		t.Fatalf("no figure %s", id)
	}
	for n := range card.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			return n, textOf(card)
		}
	}
	t.Fatalf("the figure %s leads nowhere", id)
	return nil, ""
}

// market is bookings of two agencies that end in many ways.
func (p *portal) market(t *testing.T) {
	t.Helper()
	b, other := p.as(t, account.Agent), p.asStranger(t)
	const insurance = booking.CancellationInsurance
	b.follow(b.pay(p.booked(b, "AB-201-CD", insurance)))
	b.follow(b.pay(p.booked(b, "AB-202-CD")))
	other.follow(other.pay(p.booked(other, "AB-203-CD")))
	dropped := p.booked(b, "AB-204-CD")
	b.press(b.read(dropped+"/drop"), dropped+"/drop")
	p.booked(b, "AB-205-CD")
	p.booked(other, "AB-206-CD")
	p.moveClock(t, 61*time.Minute)
	p.sweep(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService) // the sessions are over
	cancelled := p.booked(b, "AB-207-CD", insurance)
	b.follow(b.pay(cancelled))
	stored := p.stored(t, cancelled)
	desk.post(cancelled+"/cancel", "reason", "plans", "agreed", "1", "sure", "1", "version", strconv.Itoa(stored.Version))
	p.booked(b, "AB-208-CD")
	p.forgetLimits(t)
	if got := p.stored(t, cancelled).State; got != booking.Cancelled {
		t.Fatalf("cancelled is %s", got)
	}
}

// Each number is the count of the list that it leads to.
func TestEveryFigureIsTheListBehindIt(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.market(t)
	for role, path := range map[account.Role]string{account.Admin: "/admin", account.Manager: "/agency/figures"} {
		b := p.as(t, role)
		a := b.read(path)
		followed := 0
		for n := range a.doc.Descendants() {
			href := attr(n, "href")
			if n.Type != html.ElementNode || n.Data != "a" || !strings.HasPrefix(href, "/bookings?") {
				continue
			}
			shown := textOf(n)
			if strings.ContainsAny(shown, "€%–") { // a sum or a rate: its count stands below
				continue
			}
			followed++
			if got, want := b.read(href).count(t), digits(t, shown); got != want {
				t.Errorf("%s: %s leads to %d bookings: %s", role, shown, got, href)
			}
		}
		if followed < 30 {
			t.Errorf("%s: only %d numbers lead anywhere", role, followed)
		}
	}
}

func TestTheSixFigures(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.market(t)
	admin, manager := p.as(t, account.Admin).read("/admin"), p.as(t, account.Manager).read("/agency/figures")
	for id, want := range map[string][2]string{ // all agencies, the manager's own
		"paid":      {"3", "2"},
		"expiry":    {"2 of 7", "1 of 5"},
		"insurance": {"2 of 4", "2 of 3"},
		"cancelled": {"1", "1"},
	} {
		for i, a := range []*answer{admin, manager} {
			if _, text := a.sixth(t, id); !strings.Contains(text, " "+want[i]+" ") {
				t.Errorf("%s: no %q in %s", id, want[i], text)
			}
		}
	}
	var cents int64
	const sum = `SELECT sum(booked_cents) FROM bookings WHERE state = 'confirmed'`
	if err := p.pool.QueryRow(t.Context(), sum).Scan(&cents); err != nil {
		t.Fatal(err)
	}
	if link, _ := admin.sixth(t, "revenue"); digits(t, textOf(link)) != int(cents) {
		t.Errorf("revenue %s, want %d cents", textOf(link), cents)
	}
	if link, _ := admin.sixth(t, "basket"); digits(t, textOf(link)) != int((cents+1)/3) {
		t.Errorf("basket %s of %d cents", textOf(link), cents)
	}
	admin.says(t, "small sample", "Autres Voyages", "Voyages Test")
	if strings.Contains(textOf(manager.find("id", "main")), "Autres Voyages") {
		t.Error("a manager reads of another agency")
	}
	for _, id := range []string{"expiry", "insurance"} { // the link of a rate leads to those that it counts
		link, text := admin.sixth(t, id)
		part, _, _ := strings.Cut(text, " of ")
		words := strings.Fields(part)
		if got, want := p.as(t, account.Admin).read(attr(link, "href")).count(t), digits(t, words[len(words)-1]); got != want {
			t.Errorf("%s leads to %d bookings: %s", id, got, text)
		}
	}
	// The sums of a list say the same.
	link, _ := admin.sixth(t, "revenue")
	p.as(t, account.Admin).read(attr(link, "href")).says(t, "3 bookings · "+textOf(link))
}

// A quote is counted once on each step, however often it is saved.
func TestTheFunnel(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	p.booked(b, "AB-209-CD")
	quote := b.filled(p.aStay(), aCustomer("AB-210-CD"))
	b.do("POST", quote+"/customer", aCustomer("AB-211-CD")) // once more
	b.quoted(p.aStay())
	other := p.asStranger(t)
	other.quoted(p.aStay())
	for role, want := range map[account.Role][]string{account.Admin: {"4", "4", "2", "1", "0"}, account.Manager: {"3", "3", "2", "1", "0"}} {
		path := map[account.Role]string{account.Admin: "/admin", account.Manager: "/agency/figures"}[role]
		text := textOf(p.as(t, role).read(path).find("data-chart", "funnel"))
		for i, step := range []string{"Quote", "Available", "Customer entered", "Created", "Paid"} {
			if !strings.Contains(text, step+" "+want[i]) {
				t.Errorf("%s: no %s %s in %s", role, step, want[i], text)
			}
		}
	}
}

func TestPeriodsOfFigures(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.put(t, p.people[account.Agent], time.Now(), nil)
	p.put(t, p.people[account.Agent], time.Now().AddDate(0, 0, -20), func(b *booking.Booking) { b.State = booking.Creating })
	if _, err := p.pool.Exec(t.Context(), `SET session_replication_role = replica; UPDATE bookings SET state = 'dropped', lease_ends = NULL`); err != nil {
		t.Fatal(err)
	}
	admin := p.as(t, account.Admin)
	for query, want := range map[string]int{"": 2, "?period=30": 2, "?period=7": 1, "?period=today": 1, "?period=nonsense": 2, "?from=2020-01-01&to=2020-02-01": 0} {
		text := textOf(admin.read("/admin"+query).find("data-chart", "funnel"))
		if !strings.Contains(text, "Created "+strconv.Itoa(want)) {
			t.Errorf("%s: want %d created in %s", query, want, text)
		}
	}
	admin.read("/admin?from=2020-01-01&to=2020-02-01").says(t, "No bookings in this period yet", "Revenue ÷ paid bookings", "From Wed 1 January 2020 to Sat 1 February 2020, Paris time")
	for query, says := range map[string]string{
		"from=2026-07-04&to=2026-07-03": "The end date must be Sat 4 July 2026 or later",
		"from=soon&to=2026-07-03":       "Enter the date like 04/07/2026",
		"from=2020-01-01&to=2026-01-01": "The period cannot be longer than 366 days",
	} {
		a := admin.get("/admin?" + query)
		values, err := url.ParseQuery(query)
		if err != nil || a.status != 422 || attr(a.find("id", "from"), "value") != values.Get("from") {
			t.Errorf("%s: %d", query, a.status)
		}
		a.says(t, says)
	}
}
