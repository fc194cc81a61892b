package sale

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// text is a field of the customer page about the customer or the car: never
// filled in by the browser, since it is not about the agent.
func (p CustomerPage) text(v ui.View, name string, label locale.Key, value string) ui.Field {
	return ui.Field{ID: name, Name: name, Label: v.T(string(label)), Value: value, Error: p.Errors[name]}
}

func (p CustomerPage) person(v ui.View, name string, label locale.Key, value string) ui.Field {
	f := p.text(v, name, label, value)
	f.Capitalize = "words"
	return f
}

func (p CustomerPage) lastName(v ui.View) ui.Field {
	return p.person(v, "last_name", "sale.last_name", p.Form.LastName)
}

func (p CustomerPage) firstName(v ui.View) ui.Field {
	return p.person(v, "first_name", "sale.first_name", p.Form.FirstName)
}

func (p CustomerPage) email(v ui.View) ui.Field {
	f := p.text(v, "email", "sale.email", p.Form.Email)
	f.Hint, f.Type, f.InputMode, f.Capitalize = v.T("sale.email.hint"), "email", "email", "none"
	if p.SuggestedEmail != "" {
		f.Warning = v.T("sale.email.meant", "Address", p.SuggestedEmail)
	}
	return f
}

func (p CustomerPage) phone(v ui.View) ui.PhoneField {
	number := p.text(v, "phone", "sale.phone", p.Form.Phone)
	number.Hint, number.Type, number.InputMode = v.T("sale.phone.hint"), "tel", "tel"
	number.Warning = p.PhoneWarning
	return ui.PhoneField{
		Country: ui.SelectField{
			Field: ui.Field{
				ID: "phone_country", Name: "phone_country", Label: v.T("sale.phone_country"),
				Value: p.Form.PhoneCountry, Error: p.Errors["phone_country"],
			},
			Groups: []ui.OptionGroup{{Options: countries(v.Lang)}},
		},
		Number: number, Preview: p.PhonePreview, PreviewURL: "/fragments/phone", Meant: p.meant(v),
	}
}

// meant offers the number that was perhaps meant: a box, since the form's first
// button must stay the one that goes on.
func (p CustomerPage) meant(v ui.View) *ui.ChoiceGroup {
	if p.PhoneMeant.E164 == "" {
		return nil
	}
	number := p.PhoneMeant.International()
	return &ui.ChoiceGroup{
		ID: "phone_meant", Name: "phone_meant", Legend: v.T("sale.phone.use.legend"), LegendHidden: true,
		Choices: []ui.Choice{{ID: "phone_meant-yes", Value: p.PhoneMeant.E164, Label: v.T("sale.phone.use", "Number", number, "Country", p.PhoneMeant.Country)}},
	}
}

func countries(l locale.Lang) []ui.Option {
	var list []ui.Option
	for _, c := range locale.PhoneCountries(l) {
		list = append(list, ui.Option{Value: c.Code, Label: c.Name + " (" + c.Dial + ")"})
	}
	return list
}

func (p CustomerPage) plate(v ui.View) ui.Field {
	f := p.text(v, "plate", "sale.plate", p.Form.Plate)
	f.Capitalize, f.Width, f.Code, f.Warning = "characters", "s", true, p.PlateNote
	return f
}

func (p CustomerPage) carField(v ui.View, name string, label locale.Key, value string) ui.Field {
	return p.text(v, name, label, value)
}

func (p CustomerPage) outbound(v ui.View) ui.Field {
	return p.travel(v, "outbound", "sale.flight.out", "sale.train.out", p.Form.Outbound)
}

func (p CustomerPage) back(v ui.View) ui.Field {
	return p.travel(v, "return", "sale.flight.back", "sale.train.back", p.Form.Return)
}

func (p CustomerPage) travel(v ui.View, name string, flight, train locale.Key, value string) ui.Field {
	label := flight
	if p.Draft.Stay.ZoneKind == "station" {
		label = train
	}
	return travelField(v, name, label, value, p.Errors)
}

func (p CustomerPage) meeting(v ui.View) ui.SelectField {
	s := ui.SelectField{
		Field: ui.Field{
			ID: "meeting_point", Name: "meeting_point", Label: v.T("sale.meeting_point"), Optional: true,
			Value: p.Form.MeetingPoint, Error: p.Errors["meeting_point"],
		},
		Empty: v.T("sale.meeting_point.none"),
	}
	var list []ui.Option
	for _, m := range p.Zone.MeetingPoints {
		list = append(list, ui.Option{Value: m.ID, Label: m.Name})
	}
	s.Groups = []ui.OptionGroup{{Options: list}}
	return s
}

func (p CustomerPage) language(v ui.View) ui.ChoiceGroup {
	g := ui.LanguageChoice(v.T("sale.language"), p.Form.Language, p.Errors["language"])
	g.Inline = true
	return g
}

func (p CustomerPage) agencyRef(v ui.View) ui.Field {
	f := p.text(v, "agency_ref", "sale.agency_ref", p.Form.AgencyRef)
	f.Optional = true
	return f
}

// problems follows the order of the page.
func (p CustomerPage) problems(v ui.View) []ui.Problem {
	phone := p.phone(v)
	return ui.AllProblems(
		p.Errors, p.lookup(v), p.lastName(v), p.firstName(v), p.email(v), phone.Country.Field, phone.Number, p.language(v).AsField(), p.plate(v),
		p.carField(v, "make", "sale.make", ""), p.carField(v, "model", "sale.model", ""), p.carField(v, "color", "sale.color", ""),
		p.outbound(v), p.back(v), p.meeting(v).Field, p.agencyRef(v),
	)
}

func (p CustomerPage) lookup(v ui.View) ui.Field {
	return ui.Field{ID: "lookup", Name: "q", Label: v.T("sale.lookup"), Hint: v.T("sale.lookup.hint"), Value: p.Lookup.Text, Type: "search", Error: p.Lookup.Error}
}

// lookupAttrs say where the script finds the options.
func (p CustomerPage) lookupAttrs(v ui.View) templ.Attributes {
	a := p.lookup(v).Attrs()
	a["data-lookup"] = "found"
	return a
}

func (p CustomerPage) url() string { return "/quotes/" + p.Draft.ID + "/customer" }

// moreOpen reports that what is folded must be seen.
func (p CustomerPage) moreOpen() bool {
	f, e := p.Form, p.Errors
	return f.Outbound+f.Return+f.MeetingPoint+f.AgencyRef+e["outbound"]+e["return"]+e["meeting_point"]+e["agency_ref"] != ""
}

// foundID is the id of an option.
func foundID(i int) string { return "found-" + strconv.Itoa(i) }

// Lookup is a search for a customer who comes back.
type Lookup struct {
	Text  string // what was searched
	Error string // why it was not
	Made  bool   // a search was made
	Found []booking.SavedCustomer
}

// shortestLookup is how many characters tell people apart.
const shortestLookup = 3

// Tried reports that enough was typed to find somebody.
func (l Lookup) Tried() bool { return l.Made && utf8.RuneCountInString(l.Text) >= shortestLookup }

// knownLine is a customer that was found: the phone is masked, since the
// customer may be looking at the screen.
func knownLine(k booking.SavedCustomer) string {
	return contact.Phone{E164: k.Customer.Phone, Country: k.Country}.Masked()
}

// CustomerPage is the subject of QuoteCustomer: customer and car.
type CustomerPage struct {
	Draft          booking.Draft
	Zone           booking.Zone // its meeting points
	Form           booking.CustomerForm
	Errors         map[string]string
	Lookup         Lookup
	PhonePreview   string        // "Sera enregistré : …"; empty when nothing was typed
	PhoneWarning   string        // such as a landline
	PhoneMeant     contact.Phone // a number of France overseas that was written as one of France; empty for none
	PlateNote      string        // such as a foreign format
	SuggestedEmail string        // "jean@gmail.com" for "jean@gmial.com"; empty when fine
	Now            time.Time
	Timezone       string // the agency's, for the time of the quote; the zone's when empty
}
