package sale

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/sale"
	"guichet/web/ui"
)

// ShowCustomer answers GET /quotes/{id}/customer. `q` looks a customer up,
// `pick` takes over one that was found.
func (s *Handlers) ShowCustomer(w http.ResponseWriter, r *http.Request) error {
	d, open, err := s.openDraft(w, r)
	if err != nil || !open {
		return err
	}
	if !d.Quote.Available {
		return site.Redirect(w, r, "/quotes/"+d.ID)
	}
	q := site.Query(r)
	form := formOf(d, site.Lang(r))
	if q.Get("fix") == "email" {
		form.Email = cmp.Or(contact.SuggestEmail(form.Email), form.Email)
	}
	p := pages.CustomerPage{Draft: d, Form: form, Lookup: strings.TrimSpace(q.Get("q")), Searched: q.Has("q")}
	if site.TooLong(p.Lookup) {
		p.LookupError = site.Lang(r).T("web.search.long", "Max", bound.Search)
		return s.drawCustomer(w, r, http.StatusUnprocessableEntity, p)
	}
	if err := s.NoteSearch(r, p.Lookup); err != nil {
		return err
	}
	if p.Found, err = s.Bookings.FindCustomers(r.Context(), site.Actor(r), p.Lookup); err != nil {
		return err
	}
	for _, k := range p.Found {
		if k.Key == q.Get("pick") {
			takeOver(&p.Form, k)
			p.Picked = true
		}
	}
	return s.drawCustomer(w, r, http.StatusOK, p)
}

// formOf shows what the draft already holds.
func formOf(d booking.Draft, l locale.Lang) booking.CustomerForm {
	f := booking.CustomerForm{
		FirstName: d.Customer.FirstName, LastName: d.Customer.LastName, Email: d.Customer.Email,
		PhoneCountry: d.Phone.Country, Phone: d.Phone.E164,
		Make: d.Car.Make, Model: d.Car.Model, Color: d.Car.Color, Plate: d.Car.ShownPlate(),
		Outbound: d.Outbound, Return: d.Return, MeetingPoint: d.MeetingPoint,
		Language: d.Customer.Language, AgencyRef: d.AgencyRef,
	}
	if f.Phone != "" {
		f.Phone = d.Phone.National()
	}
	if f.Language == "" {
		f.Language = string(l)
	}
	return f
}

func takeOver(f *booking.CustomerForm, k booking.SavedCustomer) {
	f.FirstName, f.LastName, f.Email, f.Language = k.Customer.FirstName, k.Customer.LastName, k.Customer.Email, k.Customer.Language
	f.PhoneCountry, f.Phone = k.Country, contact.Phone{E164: k.Customer.Phone, Country: k.Country}.National()
	f.Make, f.Model, f.Color, f.Plate = k.Car.Make, k.Car.Model, k.Car.Color, k.Car.ShownPlate()
}

// SaveCustomer answers POST /quotes/{id}/customer.
func (s *Handlers) SaveCustomer(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	id := draftID(r)
	form := readCustomer(sent)
	_, err = s.Bookings.SaveCustomer(r.Context(), site.Actor(r), id, form)
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad):
		d, err := s.draft(r)
		if err != nil {
			return err
		}
		return s.drawCustomer(w, r, http.StatusUnprocessableEntity,
			pages.CustomerPage{Draft: d, Form: form, Errors: site.Problems(site.Lang(r), bad)})
	case errors.Is(err, booking.ErrChanged):
		return site.Redirect(w, r, "/quotes/"+id)
	case err != nil:
		return err
	}
	return site.Redirect(w, r, "/quotes/"+id+"/check")
}

func readCustomer(f url.Values) booking.CustomerForm {
	form := booking.CustomerForm{
		FirstName: f.Get("first_name"), LastName: f.Get("last_name"), Email: f.Get("email"),
		PhoneCountry: f.Get("phone_country"), Phone: f.Get("phone"),
		Make: f.Get("make"), Model: f.Get("model"), Color: f.Get("color"), Plate: f.Get("plate"),
		Outbound: f.Get("outbound"), Return: f.Get("return"), MeetingPoint: f.Get("meeting_point"),
		Language: f.Get("language"), AgencyRef: f.Get("agency_ref"),
	}
	form.Phone = cmp.Or(f.Get("phone_meant"), form.Phone)
	return form
}

func (s *Handlers) drawCustomer(w http.ResponseWriter, r *http.Request, status int, p pages.CustomerPage) error {
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	p.Zone = site.ZoneOf(zones.Zones, p.Draft.Stay.ZoneID)
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	l := site.Lang(r)
	p.Form.PhoneCountry = cmp.Or(p.Form.PhoneCountry, phoneCountryOf(p.Zone))
	p.PhoneMeant, _ = contact.PhoneMeant(p.Form.Phone, p.Form.PhoneCountry)
	p.PhonePreview, p.PhoneWarning = phoneEcho(l, p.Form.Phone, p.Form.PhoneCountry)
	p.SuggestedEmail = contact.SuggestEmail(p.Form.Email)
	if plate := contact.ReadPlate(&invalid.Error{}, "plate", p.Form.Plate); plate.Key != "" && !plate.French() {
		p.PlateNote = l.T("sale.plate.foreign")
	}
	v := s.View(r, "sale.customer.title")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.QuoteCustomer(v, p))
}

// overseasOf are the countries of phones by the timezone of a zone, where France's own
// code may stand as its country.
var overseasOf = map[string]string{
	"Indian/Reunion": "RE", "Indian/Mayotte": "YT", "America/Guadeloupe": "GP", "America/Martinique": "MQ", "America/Cayenne": "GF",
}

// phoneCountryOf is the country that most phones of a zone's customers are from.
func phoneCountryOf(z booking.Zone) string {
	if code := cmp.Or(overseasOf[z.Timezone], z.Country); contact.HasPhones(code) {
		return code
	}
	return "FR"
}

// phoneEcho says what a number will be recorded as, and a doubt about it.
func phoneEcho(l locale.Lang, text, country string) (preview, warning string) {
	phone, err := contact.ParsePhone(text, country)
	if err != nil {
		return "", ""
	}
	preview = l.T("sale.phone.preview", "Number", phone.International(), "Country", l.Country(phone.Country), "Line", l.T("sale.phone.line."+phone.Line))
	if phone.Line == contact.LineLandline {
		warning = l.T("sale.phone.landline")
	}
	return preview, warning
}

// LivePhone answers POST /fragments/phone. It is a POST, because a number does
// not belong into an address.
func (s *Handlers) LivePhone(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	l := site.Lang(r)
	text, country := sent.Get("phone"), sent.Get("phone_country")
	preview, warning := phoneEcho(l, text, country)
	if warning != "" {
		preview += " " + warning
	}
	if preview == "" && strings.TrimSpace(text) != "" {
		preview = site.Say(l, contact.PhoneProblem(text, country))
	}
	return s.Render(w, r, http.StatusOK, ui.Text(preview))
}
