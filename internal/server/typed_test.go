package server

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guichet/internal/account"
)

// No text field of any form takes what cannot be seen, turns a line around or is too
// long: it is refused beside the field, and what was typed stays. Nothing is stored.
func TestNoFieldTakesWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk, admin := p.as(t, account.Agent), p.as(t, account.CustomerService), p.as(t, account.Admin)
	sale := p.booked(agent, "AA-001-AA")
	quote := agent.filled(p.aStay(), aCustomer("AA-002-AA"))
	if _, err := p.pool.Exec(t.Context(), `
		INSERT INTO unrecorded_answers (environment, correlation, booking_ref, supplier_id, operation, outcome, http_status)
		VALUES ('simulator', 'lost-call', 'GU-AAAA-AAAA', 'there-1', 'pay', 'ok', 204)`); err != nil {
		t.Fatal(err)
	}
	var answer string
	if err := p.pool.QueryRow(t.Context(), `SELECT id::text FROM unrecorded_answers`).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	agency := url.Values{"name": {"Voyages"}, "code": {"NEW1"}, "timezone": {"Europe/Paris"}, "methods": {"cash"}}
	person := url.Values{"email": {"new@test.test"}, "name": {"Camille"}, "role": {"customer_service"}, "language": {"fr"}}
	for _, form := range []struct {
		b      *browser
		path   string
		fields url.Values
		texts  string // the fields that hold text
		lines  string // those that hold several lines
	}{
		{agent, quote + "/customer", aCustomer("AA-003-AA"), "first_name last_name email make model color agency_ref", ""},
		{agent, sale + "/pay", url.Values{"version": {"2"}, "pay_method": {"cash"}, "receipt": {""}}, "receipt", ""},
		{agent, sale + "/notes", url.Values{"text": {""}}, "", "text"},
		{desk, "/desk/answers", url.Values{"answer": {answer}, "text": {""}}, "", "text"},
		{admin, "/admin/agencies", agency, "name", ""},
		{admin, "/admin/agencies/TEST", agency, "name", ""},
		{admin, "/admin/users", person, "name email", ""},
	} {
		for i, field := range append(strings.Fields(form.texts), strings.Fields(form.lines)...) {
			strange := []string{"a\u202eb@c.test", "\u202ea@c.test", "a\ue000b@c.test", strings.Repeat("a", 1001) + "@c.test"}
			if i < len(strings.Fields(form.texts)) {
				strange = append(strange, "a\ab@c.test", "a\u2028b@c.test")
				if field != "email" { // there it is left out
					strange = append(strange, "a\u200bb@c.test")
				}
			}
			if field != "receipt" && field != "agency_ref" { // which may be empty
				strange = append(strange, "\u200b", "\u200d\u2800")
			}
			if field == "email" {
				strange = append(strange, "a@b@c.test", "a@"+strings.Repeat("b.", 130)+"test", strings.Repeat("a.", 1500)+"b@c.test", "a@c", "a@c..test", "a@[192.0.2.1]", "a b@c.test", "a@-\ac.test")
			}
			for _, text := range strange {
				sent := maps.Clone(form.fields)
				sent[field] = []string{text}
				a := form.b.do(http.MethodPost, form.path, sent)
				at := a.find("name", field)
				if a.status != http.StatusUnprocessableEntity || at == nil || attr(at, "aria-invalid") != "true" {
					t.Errorf("%s: %s %.20q: %d", form.path, field, text, a.status)
					continue
				}
				if got := valueOf(at); got != text {
					t.Errorf("%s: %s %.20q became %.20q", form.path, field, text, got)
				}
			}
		}
	}
	var stored int
	err := p.pool.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM agencies WHERE code = 'NEW1') + (SELECT count(*) FROM users WHERE email LIKE '%c.test')
			+ (SELECT count(*) FROM booking_notes) + (SELECT count(*) FROM bookings WHERE receipt <> '')`).Scan(&stored)
	if err != nil || stored != 0 {
		t.Errorf("%d are stored, %v", stored, err)
	}
}

// valueOf is what stands in a field.
func valueOf(n *html.Node) string {
	if n.Data == "textarea" {
		if n.FirstChild == nil {
			return ""
		}
		return n.FirstChild.Data
	}
	return attr(n, "value")
}
