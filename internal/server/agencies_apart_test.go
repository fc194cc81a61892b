package server

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"guichet/internal/account"
)

// objects are what the parameters of addresses name, of one agency.
type objects struct {
	booking, draft, person, agency string
	words                          []string // by which it would be recognised
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// address fills a route's pattern in. A parameter that nobody has thought of
// fails the test: a new kind of object belongs to somebody, too.
func (o objects) address(t *testing.T, pattern string) string {
	t.Helper()
	return parameter.ReplaceAllStringFunc(pattern, func(p string) string {
		switch name := strings.Trim(p, "{}"); {
		case name == "ref":
			return o.booking
		case name == "id" && strings.Contains(pattern, "/quotes/"):
			return o.draft
		case name == "handle":
			return o.person
		case name == "code":
			return o.agency
		case name == "id" && (strings.HasPrefix(pattern, "/admin/") || strings.HasPrefix(pattern, "/desk/")), name == "token", name == "passkey", name == "zone", name == "statement":
			return "none" // nobody's but the staff's, and whose link it is
		default:
			t.Fatalf("%s: whose is %s?", pattern, p)
			return ""
		}
	})
}

// sold makes a sale, a draft and a person of the browser's agency.
func (p *portal) sold(t *testing.T, b *browser, u account.User, agency, plate, name string) objects {
	t.Helper()
	customer := with(aCustomer(plate), "last_name", name)
	sale := b.book(b.filled(p.aStay(), customer, "cancellation_insurance")).location
	b.pay(sale)
	draft := b.filled(p.aStay(), with(aCustomer(plate+"9"), "last_name", name))
	return objects{
		booking: strings.TrimPrefix(sale, "/bookings/"), draft: strings.TrimPrefix(draft, "/quotes/"),
		person: u.Handle, agency: agency, words: []string{name, plate, u.Email},
	}
}

// Every route, asked for the objects of the other agency, answers as for objects
// that do not exist; asked for the own ones, it finds them.
func TestTheOtherAgencysObjectsDoNotExist(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	other := p.addAgency(t, "OTHER", "Autres Voyages")
	stranger := p.addPerson(t, account.User{Email: "agent@other.test", Name: "Dominique Petit", Role: account.Agent, AgencyID: other.ID})
	theirs := p.sold(t, p.asPerson(t, stranger), stranger, "OTHER", "ZZ-777-ZZ", "Quintessa")
	own := p.sold(t, p.as(t, account.Agent), p.people[account.Agent], "TEST", "AB-710-CD", "Rosalinde")
	found := 0
	for i, role := range roles {
		if role.Staff() || role == "" {
			continue
		}
		b := p.as(t, role)
		for _, r := range everyRoute {
			if !parameter.MatchString(r.pattern) {
				continue
			}
			b.header.Set("Referer", p.url+"/bookings") // so that what is allowed leads nowhere else
			a := b.do(r.method, theirs.address(t, r.pattern), nil)
			if a.status != r.want[i] {
				t.Errorf("%s asks %s %s for the other agency's: %d, want %d", role, r.method, r.pattern, a.status, r.want[i])
			}
			for _, word := range theirs.words {
				if strings.Contains(a.body, word) {
					t.Errorf("%s asks %s %s and reads %s", role, r.method, r.pattern, word)
				}
			}
			if r.method != http.MethodGet || r.want[i] != http.StatusNotFound && r.want[i] != http.StatusGone || strings.Contains(r.pattern, "{token}") {
				continue
			}
			found++
			if mine := b.get(own.address(t, r.pattern)); mine.status == r.want[i] {
				t.Errorf("%s does not find the own agency's at %s: %d", role, r.pattern, mine.status)
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d pages of the own agency were found", found)
	}
	p.unchanged(t, theirs)
}

// unchanged fails when something was done to the objects.
func (p *portal) unchanged(t *testing.T, o objects) {
	t.Helper()
	var state, role string
	var version int
	var suspended bool
	const look = `SELECT b.state, b.version, u.role, u.suspended FROM bookings b, users u WHERE b.ref = $1 AND u.handle = $2`
	if err := p.pool.QueryRow(t.Context(), look, o.booking, o.person).Scan(&state, &version, &role, &suspended); err != nil {
		t.Fatal(err)
	}
	if state != "confirmed" || version != 4 || role != "agent" || suspended {
		t.Errorf("the other agency's booking is %s in version %d, its agent %s, suspended %v", state, version, role, suspended)
	}
}
