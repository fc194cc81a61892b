package sale

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
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

// ShowCustomer answers GET /quotes/{id}/customer.
func (s *Handlers) ShowCustomer(w http.ResponseWriter, r *http.Request) error {
	d, open, err := s.openDraft(w, r)
	if err != nil || !open {
		return err
	}
	if !d.Quote.Available {
		return site.Redirect(w, r, "/quotes/"+d.ID)
	}
	if site.Query(r).Get("fix") == "email" { // the suggestion is taken up, and kept with the next save
		form := formOf(d, site.Lang(r))
		form.Email = cmp.Or(contact.SuggestEmail(form.Email), form.Email)
		d.Typed = &form
	}
	return s.drawCustomer(w, r, http.StatusOK, pages.CustomerPage{Draft: d})
}

// formOf shows what the draft already holds.
func formOf(d booking.Draft, l locale.Lang) booking.CustomerForm {
	if d.Typed != nil {
		return *d.Typed
	}
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

// SaveCustomer answers POST /quotes/{id}/customer. Whichever button was pressed, what
// was typed is kept: the buttons look a customer up, take one over, go back, or go on.
func (s *Handlers) SaveCustomer(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	id := draftID(r)
	d, err := s.Bookings.SaveCustomer(r.Context(), site.Actor(r), id, readCustomer(sent))
	var bad *invalid.Error
	switch {
	case errors.Is(err, booking.ErrChanged):
		return site.Redirect(w, r, "/quotes/"+id)
	case err != nil && !errors.As(err, &bad):
		return err
	}
	q := strings.TrimSpace(sent.Get("q"))
	switch {
	case sent.Get("go") == "quote":
		return site.Redirect(w, r, "/quotes/"+id)
	case sent.Get("pick") != "":
		return s.takeOver(w, r, d, q, sent.Get("pick"))
	case sent.Get("go") == "lookup", q != "" && q != sent.Get("looked_up"):
		return s.lookUp(w, r, d, q)
	case bad != nil:
		return s.drawCustomer(w, r, http.StatusUnprocessableEntity,
			pages.CustomerPage{Draft: d, Errors: site.Problems(site.Lang(r), bad)})
	}
	return s.goToCheck(w, r, id)
}

// goToCheck leads to the check page, and there to the one question that it asks.
func (s *Handlers) goToCheck(w http.ResponseWriter, r *http.Request, id string) error {
	to := "/quotes/" + id + "/check"
	if methods := site.Person(r).Agency.PaymentMethods; len(methods) > 0 {
		to += "#" + ui.MethodID(methods[0])
	}
	return site.Redirect(w, r, to)
}

// find looks up customers of the agency, and notes that somebody did.
func (s *Handlers) find(r *http.Request, text string) (pages.Lookup, error) {
	look := pages.Lookup{Text: text, Made: true}
	if site.TooLong(text) {
		look.Error = site.Lang(r).T("web.search.long", "Max", bound.Search)
		return look, nil
	}
	if !look.Tried() { // it finds nobody
		return look, nil
	}
	if err := s.NoteSearch(r, text); err != nil {
		return look, err
	}
	var err error
	look.Found, err = s.Bookings.FindCustomers(r.Context(), site.Actor(r), text)
	return look, err
}

// lookUp shows who was found, below the field and beside what was typed.
func (s *Handlers) lookUp(w http.ResponseWriter, r *http.Request, d booking.Draft, text string) error {
	look, err := s.find(r, text)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if look.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return s.drawCustomer(w, r, status, pages.CustomerPage{Draft: d, Lookup: look})
}

// takeOver fills the page in with a customer and a car that were found.
func (s *Handlers) takeOver(w http.ResponseWriter, r *http.Request, d booking.Draft, text, key string) error {
	found, err := s.Bookings.FindCustomers(r.Context(), site.Actor(r), text)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(k booking.SavedCustomer) bool { return k.Key == key })
	if i < 0 {
		return s.lookUp(w, r, d, text)
	}
	k, form := found[i], formOf(d, site.Lang(r))
	form.FirstName, form.LastName, form.Email, form.Language = k.Customer.FirstName, k.Customer.LastName, k.Customer.Email, k.Customer.Language
	form.PhoneCountry, form.Phone = k.Country, contact.Phone{E164: k.Customer.Phone, Country: k.Country}.National()
	form.Make, form.Model, form.Color, form.Plate = k.Car.Make, k.Car.Model, k.Car.Color, k.Car.ShownPlate()
	_, err = s.Bookings.SaveCustomer(r.Context(), site.Actor(r), d.ID, form)
	if bad := new(invalid.Error); err != nil && !errors.As(err, &bad) { // what is wrong with it is said when it is sent
		return err
	}
	return s.RedirectWithFlash(w, r, "/quotes/"+d.ID+"/customer", ui.OK, "sale.lookup.picked")
}

// LiveLookup answers POST /fragments/quotes/{id}/lookup. It is a POST, because a name
// does not belong into an address.
func (s *Handlers) LiveLookup(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	if _, err := s.draft(r); err != nil {
		return err
	}
	look, err := s.find(r, strings.TrimSpace(sent.Get("q")))
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, pages.FoundCustomers(ui.View{Lang: site.Lang(r)}, look))
}

// KeepCustomer answers POST /fragments/quotes/{id}/customer: what is typed so far.
func (s *Handlers) KeepCustomer(w http.ResponseWriter, r *http.Request) error {
	return s.keep(w, r, func(sent url.Values, version int) (booking.Draft, error) {
		return s.Bookings.KeepCustomer(r.Context(), site.Actor(r), draftID(r), version, readCustomer(sent))
	})
}

// keep keeps what stands on a page that is still open, and answers with the version that
// the draft then has. That something cannot be accepted is said when it is sent.
func (s *Handlers) keep(w http.ResponseWriter, r *http.Request, save func(sent url.Values, version int) (booking.Draft, error)) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	version := max(1, site.Atoi(sent.Get("version")))
	status := http.StatusOK
	d, err := save(sent, version)
	bad := new(invalid.Error)
	switch {
	case errors.Is(err, booking.ErrChanged): // the page may go on from what stands there now
		status = http.StatusConflict
		if d, err = s.draft(r); err != nil || d.Version == version {
			return errors.Join(err, booking.ErrChanged)
		}
	case err != nil && !errors.As(err, &bad):
		return err
	}
	if err := s.FormIsSent(r, strings.TrimPrefix(r.URL.Path, "/fragments")); err != nil {
		return err
	}
	return s.Render(w, r, status, ui.Text(ui.Version(d.Version)))
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
	l := site.Lang(r)
	p.Form, p.Zone, p.Timezone = formOf(p.Draft, l), site.ZoneOf(zones.Zones, p.Draft.Stay.ZoneID), site.Timezone(r).String()
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	p.Form.PhoneCountry = cmp.Or(p.Form.PhoneCountry, phoneCountryOf(p.Zone))
	p.PhoneMeant, _ = contact.PhoneMeant(p.Form.Phone, p.Form.PhoneCountry)
	p.PhonePreview, p.PhoneWarning = phoneEcho(l, p.Form.Phone, p.Form.PhoneCountry)
	p.SuggestedEmail = contact.SuggestEmail(p.Form.Email)
	if plate := contact.ReadPlate(&invalid.Error{}, "plate", p.Form.Plate); plate.Key != "" && !plate.French() {
		p.PlateNote = l.T("sale.plate.foreign")
	}
	v := s.View(r, "sale.customer.title")
	v.Problem = len(p.Errors) > 0 || p.Lookup.Error != ""
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
