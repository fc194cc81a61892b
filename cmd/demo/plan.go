package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// daysBack is how far into the past the demo's sales go.
const daysBack = 90

// sale is what one customer bought, when, and how it ended.
type sale struct {
	at     time.Time     // when it is booked
	end    booking.State // what it is when the demo begins
	fault  string        // what goes wrong at the supplier on the way there; see simulator.Kinds
	think  time.Duration // from booking to payment, or to giving up
	cancel time.Time     // when it is cancelled
	seller string        // e-mail address of the person

	customer int // see customerForm
	zone     string
	from, to time.Time // wall times of the zone
	services []string  // wishes; a zone may lack one
	numbers  int       // of flight or train; 0 when nobody knows them
	meet     bool      // at a place that was agreed
	fileNo   string    // the agency's own reference
	method   string
	receipt  string
	byDesk   bool // customer service cancels
}

// planner draws the sales. The same day and seed give the same ones.
type planner struct {
	dice *rand.Rand
	now  time.Time
	home *time.Location    // of the agencies
	away map[int]time.Time // until when a customer's car is parked
}

// plan returns about n sales of the last days in the order of their bookings:
// most of them paid, some for each state in which a booking can stay. Those of
// the last hours come on top of a small n.
func plan(now time.Time, n int) ([]sale, error) {
	home, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	p := &planner{
		dice: rand.New(rand.NewPCG(2026, 90)), //nolint:gosec // the same sales each time
		now:  now, home: home, away: map[int]time.Time{},
	}
	sales := p.recent()
	for _, s := range ends(n - len(sales)) {
		s.at = p.openingHours(1 + p.dice.IntN(daysBack-2))
		sales = append(sales, s)
	}
	slices.SortStableFunc(sales, func(a, b sale) int { return a.at.Compare(b.at) })
	for i := range sales {
		p.fill(&sales[i])
	}
	return sales, nil
}

// recent are the sales on which somebody still has something to do; both
// agencies have some of each kind that there are three of.
func (p *planner) recent() []sale {
	var out []sale
	add := func(ago time.Duration, end booking.State, fault string) {
		seller := []string{agent, manager, otherAgent}[len(out)%3]
		out = append(out, sale{at: p.now.Add(-ago), end: end, fault: fault, seller: seller})
	}
	for _, minutes := range []time.Duration{6, 13, 22, 31, 39} {
		add(minutes*time.Minute, booking.Held, "")
	}
	for _, minutes := range []time.Duration{9, 27, 140} {
		add(minutes*time.Minute, booking.Confirmed, "")
	}
	add(17*time.Minute, booking.CreateUnknown, "drop_after")
	add(34*time.Minute, booking.CreateUnknown, "503_before")
	add(45*time.Minute, booking.PayUnknown, "drop_after")
	add(4*time.Hour, booking.PayUnknown, "drop_before")
	add(51*time.Hour, booking.PayUnknown, "500_after")
	add(3*24*time.Hour, booking.CancelUnknown, "drop_after")
	add(8*24*time.Hour, booking.CancelUnknown, "drop_before")
	add(30*time.Hour, booking.Voided, "not_found")
	add(16*24*time.Hour, booking.Voided, "not_found")
	return out
}

// ends says how n sales of the past ended: at least one of each kind.
func ends(n int) []sale {
	var out []sale
	for _, kind := range []struct {
		end     booking.State
		percent int
		faults  []string // in turn
	}{
		{booking.Expired, 15, []string{"", "", "", "", "", "drop_after"}},
		{booking.Dropped, 6, []string{""}},
		{booking.Cancelled, 8, []string{""}},
		{booking.Refused, 3, []string{"unavailable", "unavailable", "validation_failed"}},
	} {
		for i := range max(1, n*kind.percent/100) {
			out = append(out, sale{end: kind.end, fault: kind.faults[i%len(kind.faults)]})
		}
	}
	for len(out) < n {
		out = append(out, sale{end: booking.Confirmed})
	}
	return out
}

// openingHours returns a moment some days ago at which agencies are open.
func (p *planner) openingHours(daysAgo int) time.Time {
	y, m, d := p.now.In(p.home).AddDate(0, 0, -daysAgo).Date()
	at := time.Date(y, m, d, 9, p.dice.IntN(9*60+30), p.dice.IntN(60), 0, p.home)
	if at.Weekday() == time.Sunday {
		return at.AddDate(0, 0, -1)
	}
	return at
}

// zones are the zones that are sold, as often as they stand here.
var zones = strings.Fields(`
	CDG CDG CDG CDG CDG CDG CDG ORY ORY ORY ORY ORY LYS LYS LYS LYS NCE NCE MRS MRS TLS BOD NTE BVA
	GVA BRU ZYR PLY PLY XPG XHP XGB XJY XYD XRF LIS RUN PTP`)

// fill draws the rest of a sale whose end and moment are known.
func (p *planner) fill(s *sale) {
	if s.seller == "" {
		s.seller = p.one(agent, agent, agent, manager, otherAgent, otherAgent)
	}
	s.zone = zones[p.dice.IntN(len(zones))]
	p.stay(s)
	p.park(s)
	s.services = p.services(s.end)
	if p.percent(65) {
		s.numbers = 1 + p.dice.IntN(4000)
	}
	s.meet = p.percent(60)
	if p.percent(55) {
		s.fileNo = p.number("D-", 1000, 9000)
	}
	s.method = p.one("card_terminal", "card_terminal", "cash") // what both agencies take
	if s.seller != otherAgent && p.percent(25) {
		s.method = p.one("account", "transfer")
	}
	if p.percent(60) {
		s.receipt = p.number("T-", 100, 900)
	}
	s.byDesk = s.seller == otherAgent || p.percent(50)
	// Whoever is to pay today has not had long to think.
	ago := p.now.Sub(s.at)
	s.think = min(time.Duration(60+p.dice.IntN(40*60))*time.Second, ago/2)
	paid := s.at.Add(s.think)
	s.cancel = paid.Add(time.Duration((0.1 + 0.8*p.dice.Float64()) * float64(earlier(p.now, s.from).Sub(paid))))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// stay draws when the car is brought and fetched; most people book less than
// three weeks ahead and stay for about a week.
func (p *planner) stay(s *sale) {
	ahead := 1 + min(int(p.dice.ExpFloat64()*16), 75)
	days := 1 + min(int(p.dice.ExpFloat64()*6), 24)
	y, m, d := s.at.In(p.home).Date()
	wall := func(day int) time.Time {
		return time.Date(y, m, d+day, 4+p.dice.IntN(18), 5*p.dice.IntN(12), 0, 0, time.UTC)
	}
	s.from, s.to = wall(ahead), wall(ahead+days)
}

// park chooses a customer whose car is at home by then.
func (p *planner) park(s *sale) {
	for {
		c := p.dice.IntN(customers)
		if s.from.Sub(p.away[c]) > 24*time.Hour {
			s.customer, p.away[c] = c, s.to
			return
		}
	}
}

func (p *planner) services(end booking.State) []string {
	var out []string
	for _, s := range []struct {
		code    string
		percent int
	}{
		{booking.CancellationInsurance, 40}, {booking.CoveredParking, 22}, {"exterior_wash", 12}, {"full_wash", 5}, {"ev_charging", 5},
	} {
		if p.percent(s.percent) {
			out = append(out, s.code)
		}
	}
	insured := end == booking.Cancelled || end == booking.CancelUnknown
	if insured && !slices.Contains(out, booking.CancellationInsurance) {
		out = append(out, booking.CancellationInsurance)
	}
	return out
}

func (p *planner) percent(n int) bool { return p.dice.IntN(100) < n }

func (p *planner) one(of ...string) string { return of[p.dice.IntN(len(of))] }

// endpoint is where a sale's fault strikes.
func (s sale) endpoint() string {
	switch s.end {
	case booking.PayUnknown, booking.Voided:
		return simulator.EndpointPay
	case booking.CancelUnknown:
		return simulator.EndpointCancel
	default:
		return simulator.EndpointCreate
	}
}
