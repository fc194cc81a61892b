package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/locale"
)

// refusedCustomer sends the customer form with something else, which must be said.
func (b *browser) refusedCustomer(quote string, r refusal) *answer {
	b.t.Helper()
	sent := with(aCustomer("AB-123-CD"), r.change...)
	a := b.do(http.MethodPost, quote+"/customer", sent)
	a.refused(b.t, r, sent)
	return a
}

func TestWhatNoPhoneHasIsNamed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	for text, character := range map[string][2]string{
		"06,12,34,56,78": {",", "06"}, "06 12 34 56 78x123": {"x", "12 34 56 78"}, "06 12 34 56 7O": {"O", "6 12 34 56 7"},
	} {
		b.refusedCustomer(quote, refusal{
			change: []string{"phone", text}, field: "phone", key: "problem.phone.character", args: []any{"Character", character[0], "Before", character[1]},
		})
	}
	for _, text := range []string{"01\u202f99\u202f00\u202f12\u202f34", "01\t99.00.12.34"} {
		if a := b.do(http.MethodPost, quote+"/customer", with(aCustomer("AB-123-CD"), "phone", text)); a.location != quote+"/check" {
			t.Errorf("%q: %d %s", text, a.status, a.text())
		}
		b.read(quote+"/check").says(t, "+33 1 99 00 12 34 — France, landline")
	}
}

func TestACountryOfTheSameCodeIsNamed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	for _, c := range []struct{ country, text, says string }{
		{"GB", "07797 712345", "+44 7797 712345 — Jersey, mobile"},
		{"US", "416 967 1111", "+1 416-967-1111 — Canada, unknown line type"},
		{"FR", "0470 12 34 56", "+33 4 70 12 34 56 — France, landline"}, // a Belgian mobile, perhaps
	} {
		live := b.do(http.MethodPost, "/fragments/phone", url.Values{"phone": {c.text}, "phone_country": {c.country}})
		live.says(t, c.says)
		if a := b.do(http.MethodPost, quote+"/customer", with(aCustomer("AB-123-CD"), "phone", c.text, "phone_country", c.country)); a.location != quote+"/check" {
			t.Errorf("%q: %d %s", c.text, a.status, a.text())
		}
		b.read(quote+"/check").says(t, c.says)
	}
}

func TestANumberOverseasIsOneClickAway(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	quote := b.quoted(p.aStay())
	for text, meant := range map[string][2]string{
		"+33 692 11 22 33": {"+262 692 11 22 33", "RE"}, "0692112233": {"+262 692 11 22 33", "RE"}, "0690 12 34 56": {"+590 690 12 34 56", "GP"},
		"+33 6 96 20 12 34": {"+596 696 20 12 34", "MQ"}, "0694 20 12 34": {"+594 694 20 12 34", "GF"}, "0639 01 23 45": {"+262 639 01 23 45", "YT"},
	} {
		a := b.refusedCustomer(quote, refusal{
			change: []string{"phone", text}, field: "phone", key: "problem.phone.meant", args: []any{"Country", meant[1], "Number", meant[0]},
		})
		box := a.find("name", "phone_meant")
		sent := with(aCustomer("AB-123-CD"), "phone", text, "phone_meant", attr(box, "value"))
		if has(box, "checked") || b.do(http.MethodPost, quote+"/customer", sent).location != quote+"/check" {
			t.Errorf("%s: the box does not help", text)
		}
		b.read(quote+"/check").says(t, meant[0]+" — "+locale.EN.Country(meant[1])+", mobile")
	}
	run := b.quoted(with(p.aStay(), "zone", "RUN", "outbound", "", "return", ""))
	if a := b.read(run + "/customer"); !a.holds("phone_country", "RE") {
		t.Error("in Réunion phones are preset as from elsewhere")
	}
	if a := b.read(quote + "/customer"); !a.holds("phone_country", "YT") && !a.holds("phone_country", "RE") && !a.holds("phone_country", "GP") && !a.holds("phone_country", "MQ") && !a.holds("phone_country", "GF") {
		t.Error("the country that was said is lost")
	}
}

func TestMarksThatNobodySeesAreLeftOutOfAddresses(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := b.book(b.filled(p.aStay(), with(aCustomer("AB-123-CD"), "email", "\ufeffjean@example.com\u200b"))).location
	if got := p.stored(t, sale).Customer.Email; got != "jean@example.com" {
		t.Errorf("stored as %q", got)
	}
	b.refusedCustomer(b.quoted(p.aStay()), refusal{change: []string{"email", "jean\u00a0@example.com"}, field: "email", key: "problem.email.space"})
	admin := p.as(t, account.Admin)
	admin.post("/admin/users", "email", "neu\u200b@test.test", "name", "Neu", "role", "customer_service", "language", "fr")
	var people int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM users WHERE email = 'neu@test.test'`).Scan(&people); err != nil || people != 1 {
		t.Errorf("%d people were invited, %v", people, err)
	}
	if a := p.nobody(t).post("/sign-in", "email", "agent@test.test\u200b", "password", testPassword); a.status != http.StatusSeeOther {
		t.Errorf("sign-in: %d %s", a.status, a.text())
	}
}

func TestASlipInAnAddressIsShownBeforeTheBooking(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	for text, meant := range map[string]string{"jean@gmial.com": "jean@gmail.com", "jean@gmail.con": "jean@gmail.com", "jean@orange.f": "jean@orange.fr"} {
		quote := b.filled(p.aStay(), with(aCustomer("AB-123-CD"), "email", text))
		check := b.read(quote + "/check")
		check.says(t, locale.EN.T("sale.email.meant", "Address", meant))
		fix := quote + "/customer?fix=email#email"
		if !check.offers(fix) || strings.Contains(fix, "jean") {
			t.Fatalf("%s: no link to %s", text, fix)
		}
		if !b.read(quote+"/customer?fix=email").holds("email", meant) {
			t.Errorf("%s is not corrected", text)
		}
		if a := b.book(quote); a.status != http.StatusSeeOther && a.status != http.StatusConflict {
			t.Errorf("%s stops the booking: %d", text, a.status)
		}
	}
	if a := b.read(b.filled(p.aStay(), aCustomer("AB-124-CD")) + "/check"); strings.Contains(a.text(), "Did you mean") {
		t.Error("a good address is doubted")
	}
}

func TestNamesOfEveryScriptAndLength(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := b.book(b.filled(p.aStay(), with(aCustomer("AB-123-CD"), "last_name", "\u200bDupont\u2011Lajoie", "first_name", "Col·lell"))).location
	if c := p.stored(t, sale).Customer; c.LastName != "Dupont-Lajoie" || c.FirstName != "Col·lell" {
		t.Errorf("stored as %+v", c)
	}
	quote := b.quoted(p.aStay())
	for _, r := range []refusal{
		{change: []string{"last_name", strings.Repeat("a", 74)}, field: "last_name", key: "problem.last_name.long"},
		{change: []string{"last_name", "Martin2"}, field: "last_name", key: "problem.last_name.characters", args: []any{"Character", "2"}},
		{change: []string{"first_name", ""}, field: "first_name", key: "problem.first_name.empty"},
		{change: []string{"plate", "AB#1"}, field: "plate", key: "problem.plate.characters", args: []any{"Character", "#"}},
		{change: []string{"plate", strings.Repeat("A", 40)}, field: "plate", key: "problem.plate.long"},
		{change: []string{"agency_ref", strings.Repeat("r", 31)}, field: "agency_ref", key: "problem.agency_ref.long"},
	} {
		b.refusedCustomer(quote, r)
	}
	if text := locale.EN.T("problem.first_name.empty"); !strings.Contains(text, "only one name") {
		t.Errorf("nothing says what to write for a traveller with one name: %q", text)
	}
}

func TestANoteKeepsItsLines(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-123-CD")
	b.post(sale+"/notes", "text", "first\r\nsecond\a\n\nfourth")
	a := b.read(sale)
	note := a.find("class", "lines")
	if note == nil || note.FirstChild == nil || note.FirstChild.Data != "first\nsecond\n\nfourth" {
		t.Errorf("the note is shown as %q", textOf(note))
	}
}
