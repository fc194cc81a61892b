package booking

import (
	"context"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/typed"
)

// CustomerForm is what the customer page asks, as it was typed.
type CustomerForm struct {
	FirstName, LastName, Email     string
	PhoneCountry, Phone            string
	Make, Model, Color, Plate      string
	Outbound, Return, MeetingPoint string
	Language, AgencyRef            string
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
	var bad invalid.Error
	d.Customer = Customer{
		FirstName: contact.ReadName(&bad, "first_name", form.FirstName),
		LastName:  contact.ReadName(&bad, "last_name", form.LastName),
		Email:     contact.ReadEmail(&bad, form.Email),
		Language:  form.Language,
	}
	if !locale.Lang(form.Language).Valid() {
		bad.Add("language", "problem.language.empty")
	}
	phone, err := contact.ParsePhone(form.Phone, form.PhoneCountry)
	if err != nil {
		contact.AddPhoneProblem(&bad, err, form.PhoneCountry)
	}
	d.Phone, d.Customer.Phone = phone, phone.E164
	plate := contact.ReadPlate(&bad, "plate", form.Plate)
	d.Car = Car{
		Make: requiredText(&bad, "make", form.Make), Model: requiredText(&bad, "model", form.Model),
		Color: requiredText(&bad, "color", form.Color), Plate: plate.Key, Written: plate.Written,
	}
	d.Outbound = contact.ReadTravelNumber(&bad, "outbound", form.Outbound, d.Stay.ZoneKind)
	d.Return = contact.ReadTravelNumber(&bad, "return", form.Return, d.Stay.ZoneKind)
	d.MeetingPoint = form.MeetingPoint
	known := slices.ContainsFunc(zones, func(z Zone) bool { return z.ID == d.Stay.ZoneID && hasMeetingPoint(z, d.MeetingPoint) })
	if d.MeetingPoint != "" && !known {
		bad.Add("meeting_point", "problem.meeting_point.gone")
	}
	d.AgencyRef = norm.NFC.String(typed.Line(&bad, "agency_ref", form.AgencyRef))
	if utf8.RuneCountInString(d.AgencyRef) > bound.AgencyRef {
		bad.Add("agency_ref", "problem.agency_ref.long")
	}
	d.CustomerSet = true
	return bad.OrNil()
}

// requiredText checks make, model and colour, which the supplier asks for.
func requiredText(bad *invalid.Error, field, text string) string {
	word := typed.Line(bad, field, text)
	switch n := utf8.RuneCountInString(word); {
	case n == 0:
		bad.Add(field, "problem."+field+".empty")
	case n > bound.Word:
		bad.Add(field, "problem."+field+".long")
	}
	return word
}

// FindCustomers looks up customers of the actor's agency by phone, e-mail,
// plate or the start of a name; fewer than three characters find nothing.
func (s *Service) FindCustomers(ctx context.Context, actor account.Actor, text string) ([]SavedCustomer, error) {
	text = locale.WithoutTitle(text)
	if !actor.MaySell() || utf8.RuneCountInString(text) < 3 {
		return nil, nil
	}
	return s.store.FindCustomers(ctx, actor.AgencyID, text, 5)
}
