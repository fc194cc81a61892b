package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guichet/internal/booking"
)

// crowd is people who sell at a fleet while everything goes wrong. What they do
// is drawn from the seed, one stream for each of them.
type crowd struct {
	*fleet
	sold   atomic.Int64 // sales that were begun
	looked atomic.Int64 // pages whose claims were compared
	mu     sync.Mutex
	wrong  map[string]int // what they saw and should not have
}

// note keeps what somebody saw.
func (c *crowd) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong[fmt.Sprintf(format, args...)]++
}

// sellers lets some people sell until ctx ends, and returns when all have gone.
func (c *crowd) sellers(ctx context.Context, seed uint64, n int) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			s := &seller{crowd: c, random: rand.New(rand.NewPCG(seed, uint64(i)+100)), number: i}
			for ctx.Err() == nil {
				s.sale(ctx)
				time.Sleep(time.Duration(s.random.IntN(100)) * time.Millisecond)
			}
		})
	}
	all.Wait()
}

// seller is one agent who sells, and looks for customer service over the other
// shoulder.
type seller struct {
	*crowd
	random      *rand.Rand
	number      int
	agent, desk *visitor
	count       int
}

// visit moves a visitor to some portal that runs; false when none does, or when
// nobody can sign in there.
func (s *seller) visit(ctx context.Context, v **visitor, name string) bool {
	n := s.nodes[s.random.IntN(len(s.nodes))]
	p := n.at()
	if p == nil {
		return false
	}
	if *v == nil {
		var err error
		if *v, err = p.visitor(); err != nil {
			return false
		}
	}
	(*v).base, (*v).lang = "http://"+p.addr, languageOf(name)
	home, err := (*v).get(ctx, "/bookings")
	if err == nil && home.location != "" {
		err = (*v).signIn(ctx, name)
	}
	s.fault(err)
	return err == nil && home.status < 500
}

var serverError = regexp.MustCompile(`^(GET|POST) (\S+): 500$`)

// fault keeps an error page: nobody should ever see one.
func (s *seller) fault(err error) {
	if err == nil {
		return
	}
	if m := serverError.FindStringSubmatch(err.Error()); m != nil {
		s.note("a page that says 500: %s %s", m[1], anyName.ReplaceAllString(m[2], "/…"))
	}
}

// anyName is what differs in the addresses of the same page.
var anyName = regexp.MustCompile(`/(GU-[A-Z0-9-]+|[a-z2-7]{20,})`)

// wishes are drawn, so that zones, clocks and customers vary.
func (s *seller) wish() wish {
	zones := []string{"CDG", "LIS", "RUN", "GVA", "PTP", "XYD"}
	customers := [][2]string{{"Zoé", "Lévy"}, {"Anne", "O'Neill"}, {"José", "García López"}, {"Li", "Wang"}}
	who := customers[s.random.IntN(len(customers))]
	w := usual(fmt.Sprintf("%c%c-%03d-%c%c", 'A'+s.number, 'A'+s.random.IntN(20), s.count%1000, 'A'+s.random.IntN(20), 'B'))
	s.count++
	w.zone, w.first, w.last = zones[s.random.IntN(len(zones))], who[0], who[1]
	w.in, w.nights = 20+s.random.IntN(120), 1+s.random.IntN(20)
	w.fromTime, w.toTime = fmt.Sprintf("%dh%02d", 5+s.random.IntN(17), s.random.IntN(60)), fmt.Sprintf("%dh%02d", 5+s.random.IntN(17), s.random.IntN(60))
	w.phone = fmt.Sprintf("01 99 00 12 %02d", s.random.IntN(100))
	if s.random.IntN(4) == 0 {
		w.services = nil
	}
	if s.random.IntN(6) == 0 { // a customer who comes back with the same car
		w.plate = "AB-123-CD"
	}
	return w
}

// sale goes from a quote to whatever the customer wants in the end, as far as
// the portals let it. Errors are what is expected here; what pages say is not.
func (s *seller) sale(ctx context.Context) {
	if !s.visit(ctx, &s.agent, s.world.agent.Name) {
		return
	}
	draft, err := s.agent.quoteFor(ctx, s.world, s.wish())
	if err != nil {
		s.fault(err)
		if strings.HasPrefix(err.Error(), "quote: 429") { // people are not as quick as this
			_, _ = s.pool.Exec(ctx, `DELETE FROM rate_limits`)
		}
		return
	}
	sold := s.booked(ctx, draft)
	if sold == "" {
		return
	}
	s.sold.Add(1)
	for range 1 + s.random.IntN(4) {
		if !s.visit(ctx, &s.agent, s.world.agent.Name) {
			continue
		}
		switch n := s.random.IntN(20); {
		case n < 9:
			s.fault(s.agent.pay(ctx, sold))
		case n < 11:
			s.twice(func(v *visitor) error { return v.pay(ctx, sold) })
		case n < 13:
			s.fault(s.agent.cancel(ctx, sold))
		case n < 15 && s.visit(ctx, &s.desk, s.world.desk.Name):
			s.fault(s.desk.cancel(ctx, sold))
		case n < 16:
			s.fault(s.agent.drop(ctx, sold))
		case n < 18:
			if again := s.retried(ctx, sold); again != "" {
				sold = again
			}
		}
		s.look(ctx, sold)
	}
}

// booked sends the check page, sometimes from two tabs at once, and returns the
// booking's address.
func (s *seller) booked(ctx context.Context, draft string) string {
	if s.random.IntN(5) == 0 {
		s.twice(func(v *visitor) error { _, err := v.book(ctx, draft); return err })
	}
	sold, err := s.agent.book(ctx, draft)
	s.fault(err)
	if err != nil {
		return ""
	}
	s.look(ctx, sold)
	return sold
}

// retried tries a sale again where its page offers it.
func (s *seller) retried(ctx context.Context, sold string) string {
	p, err := s.agent.read(ctx, sold)
	if err != nil || !p.offers("/retry") {
		s.fault(err)
		return ""
	}
	answer, err := s.agent.post(ctx, sold+"/retry")
	s.fault(err)
	draft, _, _ := strings.Cut(strings.TrimSuffix(answer.location, "/check"), "#")
	if err != nil || !strings.HasPrefix(draft, "/quotes/") {
		return ""
	}
	return s.booked(ctx, draft)
}

// twice does the same from two tabs at two portals at once.
func (s *seller) twice(do func(*visitor) error) {
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		p := s.nodes[s.random.IntN(len(s.nodes))].at()
		if p == nil {
			continue
		}
		tab := *s.agent
		tab.base = "http://" + p.addr
		both.Go(func() { errs[i] = do(&tab) })
	}
	both.Wait()
	for _, err := range errs {
		s.fault(err)
	}
}

// look reads a booking's page in the middle of everything. A claim is wrong when
// neither the ledger before nor the one after agrees with it.
func (s *seller) look(ctx context.Context, sold string) {
	ref := strings.TrimPrefix(sold, "/bookings/")
	before := s.ledger()
	p, err := s.agent.read(ctx, sold)
	if err != nil {
		s.fault(err)
		return
	}
	list, err := s.records(ctx)
	if err != nil {
		return // the database is away
	}
	was, is := subjectsOf(list, before), subjectsOf(list, s.ledger())
	for i := range was {
		if was[i].ref != ref {
			continue
		}
		s.looked.Add(1)
		for _, c := range claims {
			if c.made(p) && !c.holds(was[i]) && !c.holds(is[i]) && p.state != booking.Creating {
				s.note("%s: its page said %q while it was %s, and there it is %q (paid %d times)", ref, c.name, p.state, is[i].there.Status, is[i].there.PayCount)
			}
		}
	}
}
