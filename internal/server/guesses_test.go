package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/server/site"
)

const guesses = 1000

// compared counts the passwords that reached the hash: each wrong one leaves a
// line in the audit log, and only after it was compared.
func (p *portal) compared(t *testing.T) (n int) {
	t.Helper()
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'sign_in_refused'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// guess sends wrong passwords, eight at a time: the n-th from an address, for an
// account. It returns how often each status was answered.
func (p *portal) guess(t *testing.T, address, email func(n int) string) map[int]int {
	t.Helper()
	var mu sync.Mutex
	answers := map[int]int{}
	tickets := make(chan int)
	var all sync.WaitGroup
	for range 8 {
		b := p.nobody(t)
		all.Go(func() {
			for n := range tickets {
				b.header.Set("X-Forwarded-For", address(n))
				a := b.do(http.MethodPost, "/sign-in", url.Values{"email": {email(n)}, "password": {fmt.Sprint("a wrong password ", n)}})
				mu.Lock()
				answers[a.status]++
				mu.Unlock()
			}
		})
	}
	for n := range guesses {
		tickets <- n
	}
	close(tickets)
	all.Wait()
	return answers
}

func one(text string) func(int) string { return func(int) string { return text } }

func behindProxy(o *site.Options) {
	o.Proxies = site.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Header: "X-Forwarded-For"}
}

func TestAThousandGuesses(t *testing.T) {
	t.Parallel()
	const owner = "agent@test.test"
	many := func(n int) string { return fmt.Sprintf("198.51.%d.%d", n/250, n%250) }
	for _, c := range []struct {
		name    string
		address func(int) string
		email   func(int) string
		reach   int // the hash
	}{
		{"from one address at one account", one("198.51.100.1"), one(owner), 10},
		{"from a thousand addresses at one account", many, one(owner), 10},
		{"from one address at a thousand accounts", one("198.51.100.1"), func(n int) string { return fmt.Sprintf("n%d@test.test", n) }, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, behindProxy)
			known := p.nobody(t)
			known.header.Set("X-Forwarded-For", "198.51.100.1") // behind the same router, at worst
			in := []string{"email", owner, "password", testPassword}
			if a := known.post("/sign-in", in...); a.status != http.StatusSeeOther {
				t.Fatalf("the owner, before: %d", a.status)
			}
			known.post("/sign-out")
			answers := p.guess(t, c.address, c.email)
			if reached := p.compared(t); reached != c.reach || answers[http.StatusTooManyRequests] != guesses-c.reach || answers[http.StatusUnprocessableEntity] != c.reach {
				t.Errorf("%d reached the hash, want %d; answers %v", reached, c.reach, answers)
			}
			if a := known.post("/sign-in", in...); a.status != http.StatusSeeOther {
				t.Errorf("the owner, in a browser that is known: %d", a.status)
			}
			elsewhere := p.nobody(t)
			elsewhere.header.Set("X-Forwarded-For", "203.0.113.9")
			if a := elsewhere.post("/sign-in", "email", "manager@test.test", "password", testPassword); a.status != http.StatusSeeOther {
				t.Errorf("somebody else elsewhere, meanwhile: %d", a.status)
			}
			p.moveClock(t, 5*time.Minute+time.Second)
			if a := elsewhere.post("/sign-in", in...); a.status != http.StatusSeeOther {
				t.Errorf("the owner elsewhere, five minutes later: %d", a.status)
			}
			t.Logf("%d of %d guesses reached the hash", c.reach, guesses)
		})
	}
}

// What makes a browser known is no way round the limits: it holds for one person,
// cannot be made up, and is counted, too.
func TestAKnownBrowserIsCountedToo(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.nobody(t)
	b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
	token := b.cookie(site.KnownCookie)
	if token == "" || b.post("/sign-out").status != http.StatusSeeOther {
		t.Fatal("the browser is not remembered")
	}
	for _, try := range []struct{ name, email, cookie string }{
		{"known", "agent@test.test", token}, {"somebody else's", "manager@test.test", token}, {"made up", "admin@test.test", "AAAAAAAAAAAAAAAAAAAAAAAAAA.0123456789abcdef"},
	} {
		guesser := p.nobody(t)
		guesser.setCookie(site.KnownCookie, try.cookie)
		for range 10 {
			guesser.post("/sign-in", "email", try.email, "password", "a wrong password")
		}
		if a := guesser.post("/sign-in", "email", try.email, "password", testPassword); a.status != http.StatusTooManyRequests {
			t.Errorf("%s, after ten guesses: %d", try.name, a.status)
		}
	}
	if a := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword); a.status != http.StatusSeeOther {
		t.Errorf("the guesses in a known browser count for others: %d", a.status)
	}
}

// Many tokens are worth no more than none: neither made-up ones nor those that
// somebody got for the own account.
func TestTokensOfOthersAreNoWayRoundTheLimits(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	own := func() string {
		b := p.nobody(t)
		b.post("/sign-in", "email", "agent@test.test", "password", testPassword)
		return b.cookie(site.KnownCookie)
	}
	first := own()
	nonce, mark, _ := strings.Cut(first, ".")
	for name, tokens := range map[string][]string{
		"customer_service@test.test": {"AAAAAAAAAAAAAAAAAAAAAAAAAA." + mark, "BBBBBBBBBBBBBBBBBBBBBBBBBB." + mark, nonce + ".", "." + mark},
		"manager@test.test":          {first, own(), own()},
	} {
		before := p.compared(t)
		for n := range 12 {
			b := p.nobody(t)
			b.setCookie(site.KnownCookie, tokens[n%len(tokens)])
			b.post("/sign-in", "email", name, "password", "a wrong password")
		}
		if reached := p.compared(t) - before; reached != 10 {
			t.Errorf("%s: %d guesses reached the hash by several tokens", name, reached)
		}
	}
}

// Strangers who never stop keep out only who comes in a browser that the portal
// does not know; a link by mail makes it known, and opens nothing else.
func TestGuessesThatGoOn(t *testing.T) {
	t.Parallel()
	p := newPortal(t, behindProxy)
	const owner = "agent@test.test"
	fresh := p.nobody(t)
	fresh.header.Set("X-Forwarded-For", "203.0.113.9")
	attack := func(window int) {
		t.Helper()
		p.moveClock(t, time.Duration(window)*(5*time.Minute+time.Second))
		for n := range 11 {
			stranger := p.nobody(t)
			stranger.header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", window, n))
			stranger.post("/sign-in", "email", owner, "password", "a wrong password")
		}
	}
	for window := range 2 {
		attack(window)
		if a := fresh.post("/sign-in", "email", owner, "password", testPassword); a.status != http.StatusTooManyRequests {
			t.Fatalf("a browser that nobody knows, window %d: %d", window, a.status)
		}
	}
	if a := fresh.post(p.invited(t, account.Agent), "new_password", otherPassword); a.status != http.StatusSeeOther || fresh.cookie("guichet") != "" {
		t.Fatalf("the link: %d, or it opens a session", a.status)
	}
	attack(2)
	if a := fresh.post("/sign-in", "email", owner, "password", otherPassword); a.status != http.StatusSeeOther {
		t.Errorf("the owner after the link, in the midst of the guesses: %d", a.status)
	}
	if reached := p.compared(t); reached != 30 {
		t.Errorf("%d guesses reached the hash in three windows", reached)
	}
}

// What strangers guess at an account keeps nobody from changing the own password;
// what is guessed within a session is counted there.
func TestASessionsGuessesAreItsOwn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	owner := p.as(t, account.Agent)
	for range 11 {
		p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", "a wrong password")
	}
	if a := p.nobody(t).post("/sign-in", "email", "agent@test.test", "password", testPassword); a.status != http.StatusTooManyRequests {
		t.Fatalf("the account is not guarded: %d", a.status)
	}
	if a := owner.post("/confirm-identity", "answer", testPassword, "next", "/profile"); a.location != "/profile" {
		t.Errorf("confirm who is there: %d", a.status)
	}
	for n := range 10 { // a right answer begins the count anew, with the token
		if a := owner.post("/profile/password", "current_password", "wrong", "new_password", otherPassword); a.status != http.StatusUnprocessableEntity {
			t.Errorf("wrong password %d: %d", n+1, a.status)
		}
	}
	if a := owner.post("/profile/password", "current_password", testPassword, "new_password", otherPassword); a.status != http.StatusTooManyRequests {
		t.Errorf("guesses within a session are not counted: %d", a.status)
	}
}
