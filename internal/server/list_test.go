package server

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
)

// rows are the references in the list, in its order.
func (a *answer) rows() []string {
	var refs []string
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "th" && attr(n, "scope") == "row" && strings.HasPrefix(textOf(n), "GU-") {
			refs = append(refs, textOf(n))
		}
	}
	return refs
}

// put adds a booking as it stands while the supplier is being asked.
func (p *portal) put(t *testing.T, u account.User, at time.Time, change func(*booking.Booking)) booking.Booking {
	t.Helper()
	from := at.AddDate(0, 0, 40)
	stay := booking.Stay{
		ZoneID: "1", ZoneCode: "CDG", ZoneName: "Paris Charles de Gaulle", ZoneKind: "airport", City: "Roissy-en-France", Timezone: "Europe/Paris",
		FromWall: from, ToWall: from.AddDate(0, 0, 8), From: from, To: from.AddDate(0, 0, 8),
	}
	b := booking.Booking{
		Ref: booking.NewRef(), State: booking.Creating, Version: 1, AgencyID: u.AgencyID, UserID: u.ID, Environment: "simulator",
		Stay: stay, Total: booking.Money{Cents: 105_90, Currency: "EUR"},
		Customer: booking.Customer{FirstName: "Zoé", LastName: "O’Hara-Lévy", Email: "zoe@example.test", Phone: "+33199001234", Language: "fr"},
		Country:  "FR", Car: booking.Car{Plate: "AB123CD"},
		T0: at, PayBy: at.Add(59 * time.Minute), Deadline: at.Add(time.Hour), Fence: at.Add(70 * time.Minute), LeaseEnds: at.Add(time.Minute), CreatedAt: at,
	}
	if change != nil {
		change(&b)
	}
	b.DraftID, b.SaleID = b.Ref, b.Ref
	err := p.sales.InTx(t.Context(), func(tx booking.Tx) error {
		return tx.AddBooking(t.Context(), &b, booking.HistoryEntry{Event: booking.Submit, After: booking.Creating, At: at})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPagesOfTheListMissNothingWhileBookingsArrive(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.people[account.Agent]
	b := p.as(t, account.Agent)
	start := time.Now().Add(-time.Hour)
	var want []string
	for i := range 2*site.PageSize + site.PageSize/2 { // in threes that arrive at once
		want = append(want, p.put(t, agent, start.Add(time.Duration(i/3)*time.Second), nil).Ref)
	}
	slices.Reverse(want)
	late, arrived := start.Add(30*time.Minute), []string{}
	arrive := func() {
		for range 3 {
			late = late.Add(time.Second)
			arrived = append(arrived, p.put(t, agent, late, nil).Ref)
		}
	}

	var seen []string
	page := b.read("/bookings")
	for {
		if n := len(page.rows()); n == 0 || n > site.PageSize {
			t.Fatalf("a page of %d rows", n)
		}
		seen = append(seen, page.rows()...)
		next := page.find("rel", "next")
		if next == nil {
			break
		}
		arrive()
		page = b.read(attr(next, "href"))
	}
	if !slices.Equal(seen, want) {
		t.Errorf("forwards: %d rows, want %d: %v", len(seen), len(want), seen)
	}

	var back []string
	for {
		back = append(page.rows(), back...)
		previous := page.find("rel", "prev")
		if previous == nil {
			break
		}
		if page = b.read(attr(previous, "href")); len(page.rows()) == 0 {
			break
		}
	}
	slices.Reverse(arrived)
	if all := append(arrived, want...); !slices.Equal(back, all) {
		t.Errorf("backwards: %d rows, want %d", len(back), len(all))
	}
	if first := b.read("/bookings"); first.find("rel", "prev") != nil || first.rows()[0] != arrived[0] {
		t.Error("the first page is not the beginning")
	}
}

func TestABadCursorShowsTheFirstPage(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	ref := p.put(t, p.people[account.Agent], time.Now(), nil).Ref
	b := p.as(t, account.Agent)
	for _, text := range []string{
		"x", "!!!", "bm90aGluZw", code("1"), code("1."), code(".1"), code("1.2.3"), code("1.-2"), code("1.0"),
		code("99999999999999999999.1"), code("1.99999999999999999999"), code("1.2 x"), strings.Repeat("A", 5000),
	} {
		for _, side := range []string{"before", "after"} {
			a := b.get("/bookings?" + side + "=" + text)
			if a.status != http.StatusOK || !slices.Equal(a.rows(), []string{ref}) {
				t.Fatalf("%s=%.40s: %d with %v", side, text, a.status, a.rows())
			}
			a.says(t, "This page address is no longer valid")
		}
	}
	// A cursor that nobody was given, but that can be read, is only a place.
	for _, text := range []string{"9223372036854775807.1", "-9223372036854775808.1", "0.9223372036854775807"} {
		for _, side := range []string{"before", "after"} {
			if a := b.get("/bookings?" + side + "=" + code(text)); a.status != http.StatusOK {
				t.Errorf("%s %s: %d", side, text, a.status)
			}
		}
	}
}

func code(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTheListIsFilteredByState(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	refs := map[string]string{}
	sell := func(view, plate string) string {
		sale := p.booked(b, plate)
		refs[view] = strings.TrimPrefix(sale, "/bookings/")
		return sale
	}
	if a := b.read("/bookings"); !a.offers("/quotes/new") || len(a.rows()) != 0 {
		t.Error("the empty list leads nowhere")
	}
	dropped := sell("over", "AB-100-CD")
	b.press(b.read(dropped+"/drop"), dropped+"/drop")
	b.follow(b.pay(sell("paid", "AB-101-CD")))
	p.fault(t, simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "500_after", Count: 1})
	sell("unknown", "AB-102-CD")
	sell("to_pay", "AB-103-CD")
	for view, ref := range refs {
		if got := b.read("/bookings?view=" + view).rows(); !slices.Equal(got, []string{ref}) {
			t.Errorf("%s: %v, want %s", view, got, ref)
		}
		if got := b.read("/bookings?q=AB123CD&view=" + view).rows(); len(got) != 0 {
			t.Errorf("%s with another plate: %v", view, got)
		}
	}
	newest := []string{refs["to_pay"], refs["unknown"], refs["paid"], refs["over"]}
	for _, view := range []string{"", "nonsense", "held"} {
		if got := b.read("/bookings?view=" + view).rows(); !slices.Equal(got, newest) {
			t.Errorf("view %q: %v, want %v", view, got, newest)
		}
	}
}

// The sum above a list is of what is paid and stands, and says so: neither of what
// lapsed, was given up or cancelled, nor of what is still to pay.
func TestTheSumIsOfWhatIsPaid(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sum := func(path string) string { return textOf(b.read(path).find("data-testid", "count")) }
	dropped := p.booked(b, "AB-100-CD")
	b.press(b.read(dropped+"/drop"), dropped+"/drop")
	p.booked(b, "AB-101-CD")
	if got := sum("/bookings"); got != "2 bookings" {
		t.Errorf("nothing is paid: %q", got)
	}
	var paid int64
	for _, plate := range []string{"AB-102-CD", "AB-103-CD"} {
		sale := p.booked(b, plate)
		b.follow(b.pay(sale))
		paid += p.stored(t, sale).Due().Cents
	}
	amount := euros(locale.EN, paid)
	for path, want := range map[string]string{
		"/bookings":                            "4 bookings · " + amount + " paid",
		"/bookings?state=dropped":              "1 booking",
		"/bookings?state=held":                 "1 booking",
		"/bookings?state=held&state=confirmed": "3 bookings · " + amount + " paid",
		"/bookings?view=paid&sort=total":       "2 bookings · " + amount + " paid",
	} {
		if got := sum(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestTheSearch(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.people[account.Agent]
	b := p.as(t, account.Agent)
	now := time.Now()
	p.put(t, agent, now.Add(-time.Minute), nil) // somebody else, who must not be found
	sold := p.put(t, agent, now, func(b *booking.Booking) {
		b.Customer = booking.Customer{FirstName: "Éloïse", LastName: "D’Aubigné-Château", Email: "Eloise.C+vip@example.test", Phone: "+32470123456", Language: "fr"}
		b.Country, b.Car.Plate, b.AgencyRef = "BE", "1234AB75", "Dossier 77/é"
	})
	ref := sold.Ref
	plain := strings.ReplaceAll(ref, "-", "")
	for _, q := range []string{ref, strings.ToLower(ref), plain, strings.TrimPrefix(plain, "GU"), " " + ref + " "} {
		if a := b.get("/bookings?q=" + url.QueryEscape(q)); a.location != "/bookings/"+ref {
			t.Errorf("%q: %d %s", q, a.status, a.location)
		}
	}
	for what, queries := range map[string][]string{
		"plate":            {"1234AB75", "1234 ab 75", "1234-AB-75", " 1234  AB75"},
		"phone":            {"+32470123456", "+32 470 12 34 56", "0470 12 34 56", "0470/12.34.56", "0032470123456", "470123456"},
		"e-mail":           {"eloise.c+vip@example.test", "ELOISE.C+VIP@example.test"},
		"last name":        {"D’Aubigné-Château", "d'aubigne-chateau", "D'AUBIGNE", "d’aubi"},
		"name":             {"Éloïse D’Aubigné-Château", "eloise d'aubigne", "D'Aubigné-Château Éloïse", "d'aubigne\u0301-chateau  eloise"},
		"agency reference": {"Dossier 77/é", "dossier 77/É"},
	} {
		for _, q := range queries {
			if got := b.read("/bookings?q=" + url.QueryEscape(q)).rows(); !slices.Equal(got, []string{ref}) {
				t.Errorf("%s %q: %v", what, q, got)
			}
		}
	}
}

func TestTheSearchFindsTheSuppliersNames(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if err := p.sim.SetProfile(simulator.ProfileDocumented); err != nil { // the worst gives no reference
		t.Fatal(err)
	}
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	there := p.only(t)
	for _, q := range []string{there.ID, there.Reference, strings.ToLower(there.Reference)} {
		if a := b.get("/bookings?q=" + url.QueryEscape(q)); a.location != sale {
			t.Errorf("%q: %d %s %v", q, a.status, a.location, a.rows())
		}
	}
}

func TestTheSearchTakesAnyText(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.put(t, p.people[account.Agent], time.Now(), nil)
	b := p.as(t, account.Agent)
	for _, q := range []string{
		"%", "_", "%%%", "\\", "\\%", "'", "''; DROP TABLE bookings; --", `"`, "\x00", "a\x00b", "\xff\xfe", "<b>x</b>",
		strings.Repeat("é%", 100), "GU-", "GU-!!!!-!!!!", "🚗", "\u202e", "$1", "?",
	} {
		a := b.get("/bookings?q=" + url.QueryEscape(q))
		if a.status != http.StatusOK {
			t.Errorf("%.40q: %d", q, a.status)
		}
		nothing := q == "\x00" || q == "\xff\xfe" // what is left of them is no search
		if got := a.rows(); !nothing && len(got) != 0 {
			t.Errorf("%.40q finds %v", q, got)
		}
	}
}

func TestTheListShowsTheOwnAgencyOnly(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	stranger := p.asStranger(t)
	sold := map[string]string{} // by agency
	for name, b := range map[string]*browser{"Autres Voyages": stranger, "Voyages Test": p.as(t, account.Agent)} {
		sale := p.booked(b, "AB-123-CD")
		sold[name] = strings.TrimPrefix(sale, "/bookings/")
	}
	own := []string{"", "AB-123-CD", "0199001234", "zoe@example.test", "O’Hara", "D-2041"}
	for name, b := range map[string]*browser{"Autres Voyages": stranger, "Voyages Test": p.as(t, account.Manager)} {
		for _, q := range own {
			if got := b.read("/bookings?q=" + url.QueryEscape(q)).rows(); !slices.Equal(got, []string{sold[name]}) {
				t.Errorf("%s searching %q: %v", name, q, got)
			}
		}
	}
	for name, b := range map[string]*browser{"Autres Voyages": stranger, "Voyages Test": p.as(t, account.Agent)} {
		for _, there := range p.sim.Ledger() { // nor by the supplier's names
			for _, q := range []string{there.ID, there.Reference} {
				a := b.get("/bookings?q=" + q)
				if others := slices.DeleteFunc(a.rows(), func(ref string) bool { return ref == sold[name] }); len(others) > 0 ||
					(a.location != "" && a.location != "/bookings/"+sold[name]) {
					t.Errorf("%s searching %q: %s %v", name, q, a.location, others)
				}
			}
		}
	}
	if a := stranger.get("/bookings?q=" + sold["Voyages Test"]); a.status != http.StatusOK || len(a.rows()) != 0 {
		t.Errorf("the other's reference: %d %v", a.status, a.rows())
	}
	all := slices.Sorted(maps.Values(sold))
	for _, role := range []account.Role{account.CustomerService, account.Admin} {
		b := p.as(t, role)
		for _, q := range own {
			a := b.read("/bookings?q=" + url.QueryEscape(q))
			if got := slices.Sorted(slices.Values(a.rows())); !slices.Equal(got, all) {
				t.Errorf("%s searching %q: %v", role, q, got)
			}
			a.says(t, "Autres Voyages", "Voyages Test")
		}
		for _, ref := range all {
			if a := b.get(fmt.Sprintf("/bookings?q=%s", ref)); a.location != "/bookings/"+ref {
				t.Errorf("%s: %d %s", role, a.status, a.location)
			}
			b.read("/bookings/" + ref)
		}
	}
}

// What the header counts is what its link opens: in the environment of the keys in
// use, since nothing can be done about the bookings of another one.
func TestWhatIsCountedIsWhatIsListed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	foreign, own := p.booked(b, "AB-150-CD"), p.booked(b, "AB-151-CD")
	p.booked(b, "AB-152-CD")
	if _, err := p.pool.Exec(t.Context(), `
		SET session_replication_role = replica;
		UPDATE bookings SET environment = 'sandbox' WHERE ref = '`+strings.TrimPrefix(foreign, "/bookings/")+`';
		UPDATE bookings SET pay_by = portal_now() - interval '1 second' WHERE ref = '`+strings.TrimPrefix(own, "/bookings/")+`';
		INSERT INTO cases (booking_id, why, due, opened_at) SELECT id, 'late_answer', portal_now(), portal_now() FROM bookings;
		INSERT INTO unknown_bookings (environment, supplier_id, supplier_ref, plate, cents, currency, statement_id, line) VALUES ('sandbox', 'x', '', '', 1, 'EUR', 1, 1);
		RESET session_replication_role`); err != nil {
		t.Fatal(err)
	}
	unpaid, err := p.bookings.Unpaid(t.Context(), account.Only(p.people[account.Agent].AgencyID))
	if listed := b.read("/bookings?view=to_pay").rows(); err != nil || unpaid.Count != 1 || len(listed) != 1 {
		t.Errorf("%d to pay, %v listed, %v", unpaid.Count, listed, err)
	}
	actor := account.ActorOf(p.people[account.CustomerService], account.Agency{})
	open, due, err := p.bookings.QueueCount(t.Context(), actor)
	queue := p.as(t, account.CustomerService).read("/desk/queue")
	rows := 0
	for n := range queue.doc.Descendants() {
		if attr(n, "data-why") != "" {
			rows++
		}
	}
	if err != nil || open != 2 || due != 2 || rows != 2 || strings.Contains(queue.text(), strings.TrimPrefix(foreign, "/bookings/")) {
		t.Errorf("%d open, %d due, %d rows, %v", open, due, rows, err)
	}
}
