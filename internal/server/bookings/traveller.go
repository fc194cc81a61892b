package bookings

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
	"guichet/web/ui"
)

// ShowPerson answers GET /bookings/{ref}/person: what is known of a traveller who
// asks for it, or asks to be forgotten.
func (s *Handlers) ShowPerson(w http.ResponseWriter, r *http.Request) error {
	b, list, err := s.personOf(r, account.DidView)
	if err != nil {
		return err
	}
	v := s.View(r, "person.title")
	return s.Render(w, r, http.StatusOK, pages.Person(v, pages.TravellerPage{Booking: b, Bookings: list, Now: s.Now(), Timezone: site.Timezone(r).String()}))
}

func (s *Handlers) personOf(r *http.Request, action account.Action) (booking.Booking, []booking.Booking, error) {
	b, err := s.find(r)
	if err != nil {
		return b, nil, err
	}
	list, err := s.Bookings.PersonsBookings(r.Context(), site.Actor(r), b.Ref, action)
	return b, list, err
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
	Currency                      string
}

// ExportPerson answers GET /bookings/{ref}/person.json, for the traveller.
func (s *Handlers) ExportPerson(w http.ResponseWriter, r *http.Request) error {
	b, list, err := s.personOf(r, account.DidExportPerson)
	if err != nil {
		return err
	}
	all := []known{}
	for _, x := range list {
		all = append(all, known{
			Reference: x.Ref, Agency: x.AgencyName, State: string(x.State), Zone: x.Stay.ZoneName, From: x.Stay.From, To: x.Stay.To, Booked: x.CreatedAt,
			FirstName: x.Customer.FirstName, LastName: x.Customer.LastName, Email: x.Customer.Email, Phone: x.Customer.Phone, Language: x.Customer.Language,
			Make: x.Car.Make, Model: x.Car.Model, Color: x.Car.Color, Plate: x.Car.Plate,
			Outbound: x.Outbound, Return: x.Return, AgencyNotes: x.AgencyRef, TotalCents: x.Due().Cents, Currency: x.Due().Currency,
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

// ErasePerson answers POST /bookings/{ref}/person.
func (s *Handlers) ErasePerson(w http.ResponseWriter, r *http.Request) error {
	b, err := s.booking(r)
	if err != nil {
		return err
	}
	n, err := s.Bookings.ErasePerson(r.Context(), site.Actor(r), b.Ref)
	if err == nil {
		err = s.SetFlash(r, ui.OK, "person.erased", "Count", int(n))
	}
	if err != nil {
		return err
	}
	return site.Redirect(w, r, "/bookings/"+b.Ref)
}
