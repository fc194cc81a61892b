package booking

import (
	"context"
	"errors"
	"reflect"
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

// SaveCustomer keeps what was typed about customer and car in a draft, and takes it
// over when all of it can be accepted: until then nothing can be booked. *InvalidError
// names the fields that are wrong.
func (s *Service) SaveCustomer(ctx context.Context, actor account.Actor, id string, form CustomerForm) (Draft, error) {
	return s.KeepCustomer(ctx, actor, id, anyVersion, form)
}

// KeepCustomer is SaveCustomer for a page that is still open: ErrChanged when the draft
// is no longer at the version that the page shows.
func (s *Service) KeepCustomer(ctx context.Context, actor account.Actor, id string, version int, form CustomerForm) (Draft, error) {
	zones, err := s.store.Zones(ctx, s.supplier.Environment())
	if err != nil {
		return Draft{}, err
	}
	var wrong error
	d, err := s.change(ctx, actor, id, func(d *Draft) error {
		if !d.at(version) {
			return ErrChanged
		}
		good := *d
		if wrong = form.apply(&good, zones.Zones); wrong == nil {
			*d = good
			return nil
		}
		d.Typed = &form
		return nil
	})
	if err != nil {
		return d, err
	}
	return d, wrong
}

// KeepPayMethod remembers how the customer will pay. The check page that is open says
// so itself, so the draft stays at its version.
func (s *Service) KeepPayMethod(ctx context.Context, actor account.Actor, id, method string) error {
	return s.inTurn(ctx, id, func(tx Tx) error {
		err := tx.KeepPayMethod(ctx, actor.Scope(), id, method)
		if errors.Is(err, ErrNotFound) {
			return ErrDraftGone
		}
		return err
	})
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
	d.CustomerSet, d.Typed = true, nil
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

// ChooseServices sets the services of a draft. Codes that its quote lacks are
// an *InvalidError.
func (s *Service) ChooseServices(ctx context.Context, actor account.Actor, id string, codes []string) (Draft, error) {
	return s.KeepServices(ctx, actor, id, anyVersion, codes)
}

// anyVersion takes a draft at whatever version it is.
const anyVersion = 0

// at reports that a draft has the version that is asked for.
func (d Draft) at(version int) bool { return version == anyVersion || version == d.Version }

// KeepServices is ChooseServices for a page that is still open: ErrChanged when the
// draft is no longer at the version that the page shows.
func (s *Service) KeepServices(ctx context.Context, actor account.Actor, id string, version int, codes []string) (Draft, error) {
	return s.change(ctx, actor, id, func(d *Draft) error {
		if !d.at(version) {
			return ErrChanged
		}
		_, gone := d.Quote.Total(codes)
		if len(gone) > 0 {
			var bad invalid.Error
			bad.Add("service", "problem.services.gone", "Zone", d.Stay.ZoneName)
			return &bad
		}
		d.Services = inOrder(d.Quote, codes)
		return nil
	})
}

// inOrder returns the chosen codes once each, in the order of the quote.
func inOrder(q Quote, codes []string) []string {
	out := []string{}
	for _, o := range q.Offers {
		if slices.Contains(codes, o.Code) {
			out = append(out, o.Code)
		}
	}
	return out
}

// change locks a draft, applies f and saves it with a new version, unless f
// left it as it was. A draft that has become a booking is ErrChanged.
func (s *Service) change(ctx context.Context, actor account.Actor, id string, f func(*Draft) error) (Draft, error) {
	var out Draft
	err := s.inTurn(ctx, id, func(tx Tx) error {
		d, err := tx.LockDraft(ctx, actor.Scope(), id)
		if errors.Is(err, ErrNotFound) {
			return ErrDraftGone
		}
		if err != nil {
			return err
		}
		if _, err := tx.BookingOfDraft(ctx, actor.Scope(), id); !errors.Is(err, ErrNotFound) {
			return errors.Join(ErrChanged, err)
		}
		before := d
		if err := f(&d); err != nil {
			return err
		}
		if out = d; reflect.DeepEqual(before, d) {
			return nil
		}
		if d.UpdatedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		out = d
		return tx.SaveDraft(ctx, &out)
	})
	return out, err
}
