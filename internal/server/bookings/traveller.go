package bookings

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowPerson answers GET /bookings/{ref}/person: what is known of a traveller who
// asks for it, or asks to be forgotten.
func (s *Handlers) ShowPerson(w http.ResponseWriter, r *http.Request) error {
	b, err := s.find(r)
	if err != nil {
		return err
	}
	return s.drawPerson(w, r, http.StatusOK, pages.TravellerPage{Booking: b})
}

func (s *Handlers) drawPerson(w http.ResponseWriter, r *http.Request, status int, p pages.TravellerPage) error {
	var err error
	if p.Bookings, err = s.Bookings.PersonsBookings(r.Context(), site.Actor(r), p.Booking.Ref); err != nil {
		return err
	}
	site.Noted(r)
	p.Now, p.Timezone = s.Now(), site.Timezone(r).String()
	v := s.View(r, "person.title")
	v.Problem = p.Error != ""
	return s.Render(w, r, status, pages.Person(v, p))
}

// picked answers what was picked wrong with the page: nothing, or what is no longer
// there.
func (s *Handlers) picked(w http.ResponseWriter, r *http.Request, b booking.Booking, refs []string, why error) error {
	p := pages.TravellerPage{Booking: b, Picked: refs}
	var bad *invalid.Error
	switch {
	case errors.As(why, &bad):
		p.Error = site.Problems(site.Lang(r), bad)["pick"]
		return s.drawPerson(w, r, http.StatusUnprocessableEntity, p)
	case errors.Is(why, booking.ErrChanged):
		p.Error = site.Lang(r).T("problem.person.changed")
		return s.drawPerson(w, r, http.StatusConflict, p)
	}
	return why
}

// known is what is exported of one booking.
type known struct {
	Reference, Agency, State      string
	Zone                          string
	From, To, Booked              time.Time
	FirstName, LastName           string
	Email, Phone, Language        string
	Make, Model, Color, Plate     string
	Outbound, Return, AgencyNotes string
	TotalCents                    int64
	Currency, PayMethod, Receipt  string

	Notes, SavedCustomers, Quotes, StatementLines json.RawMessage
}

// ExportPerson answers GET /bookings/{ref}/person.json, for the traveller.
func (s *Handlers) ExportPerson(w http.ResponseWriter, r *http.Request) error {
	b, err := s.find(r)
	if err != nil {
		return err
	}
	refs := references(r.URL.Query())
	list, beside, err := s.Bookings.ExportPerson(r.Context(), site.Actor(r), b.Ref, refs)
	if err != nil {
		return s.picked(w, r, b, refs, err)
	}
	all := []known{}
	for i, x := range list {
		all = append(all, known{
			Reference: x.Ref, Agency: x.AgencyName, State: string(x.State), Zone: x.Stay.ZoneName, From: x.Stay.From, To: x.Stay.To, Booked: x.CreatedAt,
			FirstName: x.Customer.FirstName, LastName: x.Customer.LastName, Email: x.Customer.Email, Phone: x.Customer.Phone, Language: x.Customer.Language,
			Make: x.Car.Make, Model: x.Car.Model, Color: x.Car.Color, Plate: x.Car.ShownPlate(),
			Outbound: x.Outbound, Return: x.Return, AgencyNotes: x.AgencyRef, TotalCents: x.Due().Cents, Currency: x.Due().Currency,
			PayMethod: x.PayMethod, Receipt: x.Receipt, Notes: beside[i].Notes, SavedCustomers: beside[i].Customers, Quotes: beside[i].Quotes, StatementLines: beside[i].Lines,
		})
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("export a traveller: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+b.Ref+`.json"`)
	_, _ = w.Write(text) // a visitor who went away is nobody's error
	return nil
}

// references are the bookings that were ticked, each once.
func references(sent url.Values) []string {
	refs := slices.Sorted(slices.Values(sent["pick"]))
	return slices.Compact(refs)
}

// ErasePerson answers POST /bookings/{ref}/person.
func (s *Handlers) ErasePerson(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	b, err := s.find(r)
	if err != nil {
		return err
	}
	refs := references(sent)
	n, err := s.Bookings.ErasePerson(r.Context(), site.Actor(r), b.Ref, refs)
	if err != nil {
		return s.picked(w, r, b, refs, err)
	}
	said, kind := locale.Key("person.erased"), ui.OK
	if int(n) < len(refs) {
		said, kind = "person.erased.left", ui.Warn
	}
	if err := s.SetFlash(r, kind, said, "Count", int(n), "Left", len(refs)-int(n)); err != nil {
		return err
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref)
}
