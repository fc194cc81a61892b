package server

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/server/site"
)

// count is the number of bookings that a list says there are.
func (a *answer) count(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(attr(a.find("data-testid", "count"), "data-count"))
	if err != nil {
		t.Fatalf("no count: %v", err)
	}
	return n
}

// shelf is a few bookings that differ in all that a list is filtered by.
func (p *portal) shelf(t *testing.T) map[string]string {
	t.Helper()
	other := p.addPerson(t, account.User{Email: "second@test.test", Name: "Second", Role: account.Agent, AgencyID: p.people[account.Agent].AgencyID})
	refs := map[string]string{}
	day := time.Date(2026, 7, 4, 6, 5, 0, 0, time.UTC)
	for i, name := range []string{"plain", "zone", "dear", "later", "insured", "second's"} {
		seller := p.people[account.Agent]
		if name == "second's" {
			seller = other
		}
		b := p.put(t, seller, time.Date(2026, 6, 1+i, 12, 0, 0, 0, time.UTC), func(b *booking.Booking) {
			b.Customer.LastName = "Martin"
			b.Stay.FromWall, b.Stay.ToWall = day, day.AddDate(0, 0, 8)
			switch name {
			case "zone":
				b.Stay.ZoneCode = "LYS"
			case "dear":
				b.Total.Cents = 999_00
			case "later":
				b.Stay.FromWall, b.Stay.ToWall = day.AddDate(0, 0, 3), day.AddDate(0, 0, 9)
			}
		})
		if name == "insured" {
			dbtest.ByHand(t, p.pool, `UPDATE bookings SET insured = true WHERE ref = $1`, b.Ref)
		}
		refs[b.Ref] = name
	}
	return refs
}

func TestTheListIsFilteredByEverything(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	names := p.shelf(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	all := []string{"second's", "insured", "later", "dear", "zone", "plain"}
	for query, want := range map[string][]string{
		"":                                      all,
		"q=mart":                                all,
		"q=nobody":                              nil,
		"zone=LYS":                              {"zone"},
		"zone=lys&q=martin":                     {"zone"},
		"insured=yes":                           {"insured"},
		"insured=no":                            {"second's", "later", "dear", "zone", "plain"},
		"by=me":                                 {"insured", "later", "dear", "zone", "plain"},
		"view=mine&zone=LYS":                    {"zone"},
		"least=500":                             {"dear"},
		"least=999,00&most=999.00":              {"dear"},
		"most=105,90":                           {"second's", "insured", "later", "zone", "plain"},
		"from=2026-06-02&to=2026-06-03":         {"dear", "zone"},
		"to=2026-06-01":                         {"plain"},
		"on=dropoff&from=2026-07-05":            {"later"},
		"on=dropoff&to=04/07/2026":              {"second's", "insured", "dear", "zone", "plain"},
		"on=return&from=13/7/2026":              {"later"},
		"on=move&from=2026-07-07&to=2026-07-07": {"later"},
		"state=creating":                        all,
		"state=creating&state=held":             all,
		"state=held":                            nil,
		"state=nonsense":                        all,
		"view=unknown":                          all,
		"view=paid":                             nil,
		"sort=-dropoff":                         {"later", "second's", "insured", "dear", "zone", "plain"},
		"sort=return":                           {"plain", "zone", "dear", "insured", "second's", "later"},
		"sort=-total":                           {"dear", "second's", "insured", "later", "zone", "plain"},
		"sort=created":                          {"plain", "zone", "dear", "later", "insured", "second's"},
		"sort=nonsense":                         all,
	} {
		a := b.read("/bookings?" + query)
		var got []string
		for _, ref := range a.rows() {
			got = append(got, names[ref])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
		if n := a.count(t); n != len(want) {
			t.Errorf("%s: counts %d, want %d", query, n, len(want))
		}
	}
	for agency, want := range map[string]int{"TEST": 6, "test": 6} {
		if got := desk.read("/desk?agency=" + agency).count(t); got != want {
			t.Errorf("desk, agency %s: %d, want %d", agency, got, want)
		}
	}
	// An agency is nothing that an agent chooses by.
	if a := b.read("/bookings?agency=OTHER"); a.count(t) != 6 {
		t.Error("an agent's list by another agency")
	}
}

// Whoever looks for something sees what is found, and not the form of the filter,
// unless that is refused.
func TestTheFilterLeavesRoomForTheList(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.shelf(t)
	desk := p.as(t, account.CustomerService)
	for query, open := range map[string]bool{
		"": false, "q=martin": false, "zone=LYS": false, "state=creating&from=1/1/2026&sort=total": false, "zone=XXX": true, "q=" + strings.Repeat("x", 300): false,
	} {
		details := desk.get("/bookings?"+query).find("class", "more")
		if details == nil || has(details, "open") != open {
			t.Errorf("%s: the form is open: %v", query, !open)
		}
	}
	if sort := desk.get("/bookings?zone=CDG&sort=total").find("id", "sort"); sort == nil || !strings.Contains(textOf(sort), "Total, lowest first") {
		t.Error("nobody can choose the order but by the heads of the table")
	}
}

func TestWhatCannotBeAFilterIsSaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.shelf(t)
	desk := p.as(t, account.CustomerService)
	for query, says := range map[string]string{
		"zone=XXX":                      "There is no airport or station XXX",
		"agency=nobody":                 "There is no agency NOBODY",
		"from=soon":                     "Enter the date like 04/07/2026",
		"from=2026-07-04&to=2026-07-03": "The end date must be",
		"to=31/02/2026":                 "Enter the date like 04/07/2026",
		"least=much":                    "Enter the amount like 96.50",
		"on=dropoff&from=4/7/1026":      "Enter the date like 04/07/2026",
	} {
		for _, path := range []string{"/bookings", "/desk", "/bookings/export"} {
			a := desk.get(path + "?q=Martin&" + query)
			if a.status != 422 || !strings.Contains(a.text(), says) {
				t.Errorf("%s?%s: %d, no %q", path, query, a.status, says)
			}
			if path == "/bookings/export" {
				continue
			}
			name, typed, _ := strings.Cut(query[strings.LastIndex(query, "&")+1:], "=")
			if f := a.find("name", name); attr(f, "value") != typed && !strings.HasPrefix(query, "zone") && !strings.HasPrefix(query, "agency") {
				t.Errorf("%s: %s is %q, want it kept", query, name, attr(f, "value"))
			}
			if attr(a.find("id", "q"), "value") != "Martin" {
				t.Errorf("%s: the search is gone", query)
			}
		}
	}
}

// The words of experts become filters, in both languages and whatever the order.
func TestOperators(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	desk := p.as(t, account.CustomerService)
	for query, want := range map[string]url.Values{
		"zone:cdg martin":              {"zone": {"cdg"}, "q": {"martin"}},
		"Martin statut:payée zone:LYS": {"state": {"confirmed"}, "zone": {"LYS"}, "q": {"Martin"}},
		"status:Paid status:cancelled": {"state": {"confirmed", "cancelled"}},
		"from:4/7 to:11/7":             {"on": {"dropoff"}, "from": {"4/7"}, "to": {"11/7"}},
		"dépôt:4/7..11/7 agence:TEST":  {"on": {"dropoff"}, "from": {"4/7"}, "to": {"11/7"}, "agency": {"TEST"}},
		"return:4/7":                   {"on": {"return"}, "from": {"4/7"}, "to": {"4/7"}},
		"créée:1/6..2/6 jean dupont":   {"on": {"created"}, "from": {"1/6"}, "to": {"2/6"}, "q": {"jean dupont"}},
	} {
		a := desk.get("/desk?q=" + url.QueryEscape(query))
		u, err := url.Parse(a.location)
		if err != nil || a.status != 303 || u.Path != "/desk" || u.RawQuery != want.Encode() {
			t.Errorf("%s: %d %s, want %s", query, a.status, a.location, want.Encode())
		}
	}
	for _, query := range []string{"zone:", "12:30"} {
		if a := desk.get("/desk?q=" + url.QueryEscape(query)); a.status != 200 {
			t.Errorf("%s: %d %s, want a search", query, a.status, a.location)
		}
	}
}

// A place in one list says nothing in another.
func TestACursorFromAnotherFilterShowsTheFirstPage(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	for i := range site.PageSize + 3 {
		p.put(t, p.people[account.Agent], time.Now().Add(-time.Duration(i)*time.Minute), func(b *booking.Booking) {
			b.Stay.ZoneCode = []string{"CDG", "LYS"}[i%2]
		})
	}
	next, err := url.Parse(attr(b.read("/bookings").find("rel", "next"), "href"))
	if err != nil {
		t.Fatal(err)
	}
	place := next.Query().Get("before")
	if a := b.read("/bookings?before=" + place); len(a.rows()) != 3 {
		t.Fatalf("the second page has %d rows", len(a.rows()))
	}
	for _, query := range []string{"zone=CDG", "sort=-dropoff", "q=O’Hara", "view=unknown"} {
		a := b.read("/bookings?" + query + "&before=" + place)
		a.says(t, "This page address is no longer valid")
		if want := b.read("/bookings?" + query).rows(); !slices.Equal(a.rows(), want) {
			t.Errorf("%s: %d rows, want the first page of %d", query, len(a.rows()), len(want))
		}
	}
}

// Every page of every order misses nothing and shows nothing twice.
func TestPagesInEveryOrder(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	const n = 2*site.PageSize + 7
	for i := range n {
		p.put(t, p.people[account.Agent], time.Now().Add(-time.Duration(i/3)*time.Minute), func(b *booking.Booking) {
			b.Stay.FromWall = b.Stay.FromWall.AddDate(0, 0, i*7%11)
			b.Stay.ToWall = b.Stay.FromWall.AddDate(0, 0, 1+i%5)
			b.Total.Cents = int64(100 * (i % 9))
		})
	}
	for _, order := range []string{"-created", "created", "dropoff", "-dropoff", "return", "-return", "total", "-total", "due"} {
		seen := map[string]bool{}
		pages := 0
		for at := "/bookings?sort=" + order; at != ""; pages++ {
			a := b.read(at)
			for _, ref := range a.rows() {
				if seen[ref] {
					t.Errorf("%s: %s twice", order, ref)
				}
				seen[ref] = true
			}
			at = attr(a.find("rel", "next"), "href")
		}
		if len(seen) != n || pages != 3 {
			t.Errorf("%s: %d bookings on %d pages, want %d on 3", order, len(seen), pages, n)
		}
	}
}

// Beyond ten thousand nobody counts, and the pages are right all the same.
func TestMoreThanIsCounted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.people[account.Agent]
	first := p.put(t, agent, time.Now().Add(-48*time.Hour), nil)
	const copies = `
		INSERT INTO bookings (ref, state, version, agency_id, user_id, environment, draft_id, sale_id, zone_id, zone_code, zone_name, zone_kind, city,
			timezone, from_wall, to_wall, from_at, to_at, quote, services, total_cents, currency, first_name, last_name, email, phone, country, language,
			make, model, color, plate, t0, pay_by, deadline, fence, lease_ends, created_at, changed_at)
		SELECT 'GU-0000-' || lpad(i::text, 5, '0'), state, version, agency_id, user_id, environment, 'd' || i, 's' || i, zone_id, zone_code, zone_name,
			zone_kind, city, timezone, from_wall, to_wall, from_at, to_at, quote, services, total_cents, currency, first_name, CASE WHEN i <= $3 THEN 'Copy' ELSE 'Other' END, email, phone,
			country, language, make, model, color, plate, t0, pay_by, deadline, fence, lease_ends, created_at + i * interval '1 second', changed_at
		FROM bookings, generate_series(1, $1) i WHERE ref = $2`
	const all = booking.CountLimit + 3000
	if _, err := p.pool.Exec(t.Context(), copies, all, first.Ref, booking.CountLimit); err != nil {
		t.Fatal(err)
	}
	b := p.as(t, account.Agent)
	for query, want := range map[string]string{
		"q=copy":                               "10,000 bookings",
		"":                                     "More than 10,000 bookings",
		"state=creating&state=held":            "More than 10,000 bookings",
		"zone=CDG&sort=total":                  "More than 10,000 bookings",
		"on=move&from=01/01/2020&sort=created": "More than 10,000 bookings",
	} {
		a := b.read("/bookings?" + query)
		if got := textOf(a.find("data-testid", "count")); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		newest := fmt.Sprintf("GU-0000-%05d", all)
		if query == "q=copy" {
			newest = fmt.Sprintf("GU-0000-%05d", booking.CountLimit)
		}
		if strings.Contains(query, "sort") {
			newest = first.Ref
		}
		if rows := a.rows(); len(rows) != site.PageSize || rows[0] != newest {
			t.Errorf("%s: %d rows from %s, want %s", query, len(rows), rows[0], newest)
		}
	}
}

func TestTheWeekAndTheDay(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	b.follow(b.pay(sale))
	wall := p.stored(t, sale).Stay.FromWall
	for _, view := range []string{"today", "week"} {
		if n := b.read("/bookings?view=" + view).count(t); n != 0 {
			t.Errorf("%s: %d long before", view, n)
		}
	}
	noon := time.Date(wall.Year(), wall.Month(), wall.Day(), 12, 0, 0, 0, site.Paris)
	p.moveClock(t, time.Until(noon))
	b = p.as(t, account.Agent)
	for _, view := range []string{"today", "week"} {
		if n := b.read("/bookings?view=" + view).count(t); n != 1 {
			t.Errorf("%s: %d on the day", view, n)
		}
	}
}
