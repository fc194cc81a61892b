package booking

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guichet/internal/account"
)

// CustomerForm is what the customer page asks, as it was typed.
type CustomerForm struct {
	FirstName, LastName, Email  string
	PhoneCountry, Phone         string
	Make, Model, Color, Plate   string
	Outbound, Return, MeetingPt string
	Language, AgencyRef         string
}

// SaveCustomer checks what was typed about customer and car and keeps it in
// the draft. *InvalidError names the fields that are wrong.
func (s *Service) SaveCustomer(ctx context.Context, actor account.Actor, id string, form CustomerForm) (Draft, error) {
	zones, err := s.store.Zones(ctx, s.supplier.Environment())
	if err != nil {
		return Draft{}, err
	}
	return s.change(ctx, actor, id, func(d *Draft) error { return form.apply(d, zones.Zones) })
}

func (form CustomerForm) apply(d *Draft, zones []Zone) error {
	var bad InvalidError
	d.Customer = Customer{
		FirstName: personName(&bad, "first_name", form.FirstName),
		LastName:  personName(&bad, "last_name", form.LastName),
		Email:     email(&bad, form.Email),
		Language:  form.Language,
	}
	if form.Language != "fr" && form.Language != "en" {
		bad.Add("language", "problem.language.empty")
	}
	phone, err := ParsePhone(form.Phone, form.PhoneCountry)
	if err != nil {
		addPhoneProblem(&bad, err, form.PhoneCountry)
	}
	d.Phone, d.Customer.Phone = phone, phone.E164
	plate, _, err := ParsePlate(form.Plate)
	if err != nil {
		bad.Add("plate", plateProblem(form.Plate))
	}
	d.Car = Car{
		Make: carWord(&bad, "make", form.Make), Model: carWord(&bad, "model", form.Model),
		Color: carWord(&bad, "color", form.Color), Plate: plate,
	}
	d.Outbound = travelNumber(&bad, "outbound", form.Outbound, d.Stay.ZoneKind)
	d.Return = travelNumber(&bad, "return", form.Return, d.Stay.ZoneKind)
	d.MeetingPt = form.MeetingPt
	known := slices.ContainsFunc(zones, func(z Zone) bool { return z.ID == d.Stay.ZoneID && hasMeetingPoint(z, d.MeetingPt) })
	if d.MeetingPt != "" && !known {
		bad.Add("meeting_point", "problem.meeting_point.gone")
	}
	d.AgencyRef = strings.TrimSpace(form.AgencyRef)
	if utf8.RuneCountInString(d.AgencyRef) > 30 {
		bad.Add("agency_ref", "problem.agency_ref.long")
	}
	d.CustomerSet = true
	return bad.OrNil()
}

func personName(bad *InvalidError, field, text string) string {
	name := strings.Join(strings.Fields(text), " ")
	switch {
	case name == "":
		bad.Add(field, "problem."+field+".empty")
	case utf8.RuneCountInString(name) > 60:
		bad.Add(field, "problem."+field+".long")
	case strings.ContainsFunc(name, notInName) || !strings.ContainsFunc(name, unicode.IsLetter):
		bad.Add(field, "problem."+field+".letters")
	}
	return name
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.", r)
}

func email(bad *InvalidError, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		bad.Add("email", "problem.email.empty")
		return ""
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 {
		bad.Add("email", "problem.email.unreadable")
		return text
	}
	_, host, _ := strings.Cut(text, "@")
	if !strings.Contains(strings.Trim(host, "."), ".") {
		bad.Add("email", "problem.email.unreadable")
	}
	return text
}

// mailHosts are the hosts of most private addresses, for MailHint.
var mailHosts = []string{
	"gmail.com", "orange.fr", "hotmail.com", "hotmail.fr", "wanadoo.fr", "free.fr", "yahoo.fr", "yahoo.com",
	"outlook.com", "outlook.fr", "laposte.net", "sfr.fr", "icloud.com", "live.fr", "bbox.fr",
}

// MailHint returns the address that was perhaps meant when the host is one slip
// away from a common one; empty when there is no doubt.
func MailHint(text string) string {
	name, host, ok := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "@")
	if !ok || slices.Contains(mailHosts, host) {
		return ""
	}
	for _, known := range mailHosts {
		if oneSlip(host, known) {
			return name + "@" + known
		}
	}
	return ""
}

// oneSlip reports whether one letter is missing, added, wrong or swapped with
// its neighbour.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == "" || b == "":
		return len(a)+len(b) == 1
	case a[1:] == b[1:], a[1:] == b, a == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}

// PhoneProblem says what is wrong with a typed number; the zero Problem when
// nothing is.
func PhoneProblem(text, country string) Problem {
	var bad InvalidError
	if _, err := ParsePhone(text, country); err != nil {
		addPhoneProblem(&bad, err, country)
	}
	for _, p := range bad.Fields {
		return p
	}
	return Problem{}
}

// carWord checks make, model and colour, which the supplier asks for.
func carWord(bad *InvalidError, field, text string) string {
	word := strings.Join(strings.Fields(text), " ")
	switch n := utf8.RuneCountInString(word); {
	case n == 0:
		bad.Add(field, "problem."+field+".empty")
	case n > 40:
		bad.Add(field, "problem."+field+".long")
	}
	return word
}

// FindCustomers looks up customers of the actor's agency by phone, e-mail,
// plate or the start of a name; fewer than three characters find nothing.
func (s *Service) FindCustomers(ctx context.Context, actor account.Actor, text string) ([]Known, error) {
	text = strings.TrimSpace(text)
	if !actor.MaySell() || utf8.RuneCountInString(text) < 3 {
		return nil, nil
	}
	return s.store.FindCustomers(ctx, actor.AgencyID, text, 5)
}
