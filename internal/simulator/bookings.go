package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// order is the body of a create.
type order struct {
	ZoneID         id       `json:"zone_id"`
	StartAt        string   `json:"start_at"`
	EndAt          string   `json:"end_at"`
	Services       []string `json:"services"`
	Contact        *Contact `json:"contact"`
	ContactID      id       `json:"contact_id"`
	Car            *Car     `json:"car"`
	CarID          id       `json:"car_id"`
	OutboundNumber string   `json:"outbound_number"`
	ReturnNumber   string   `json:"return_number"`
	MeetingPointID string   `json:"meeting_point_id"`
}

// createAnswer is a new booking on the wire.
type createAnswer struct {
	ID        json.Number `json:"id"`
	Reference string      `json:"reference"`
	Status    Status      `json:"status"`
	ContactID json.Number `json:"contact_id"`
	CarID     json.Number `json:"car_id"`
	Price     cents       `json:"price"`
	Currency  string      `json:"currency"`
	Services  []string    `json:"services"`
	CreatedAt string      `json:"created_at"`
}

func (s *Simulator) create(r request, c circumstances) answer {
	var o order
	if err := json.Unmarshal(r.body, &o); err != nil {
		return invalid("the body is not a booking in JSON: " + err.Error())
	}
	t, errs := s.readStay(c, string(o.ZoneID), o.StartAt, o.EndAt)
	if t.zone != nil {
		errs = append(errs, checkExtras(t.zone, &o, c)...)
	}
	contact, contactErrs := s.contactOf(&o, c.contactsStale)
	car, carErrs := s.carOf(&o, c.carsStale)
	if errs = slices.Concat(errs, contactErrs, carErrs); len(errs) > 0 {
		return invalid(errs...)
	}
	if c.full {
		return refusal(http.StatusConflict, "unavailable", "There is no space left for this stay.")
	}
	created := s.contradict(s.enter(t, &o, contact, car, c), c)
	return c.told(created).tell(t, s.profile.created(created))
}

// checkExtras checks the services and the meeting point against the zone.
func checkExtras(z *zone, o *order, c circumstances) []string {
	var errs []string
	seen := map[string]bool{}
	for _, code := range o.Services {
		switch known := slices.ContainsFunc(c.servicesOf(z, 0), func(v service) bool { return v.Code == code }); {
		case !known:
			errs = append(errs, fmt.Sprintf("services: %s is not available in this zone", code))
		case seen[code]:
			errs = append(errs, fmt.Sprintf("services: %s is there twice", code))
		}
		seen[code] = true
	}
	if o.MeetingPointID != "" && !z.hasPoint(o.MeetingPointID) {
		errs = append(errs, "meeting_point_id is not a meeting point of this zone")
	}
	return errs
}

// contactOf gives the known contact, or the new one with its phone number in
// E.164.
func (s *Simulator) contactOf(o *order, stale bool) (Contact, []string) {
	if o.ContactID != "" {
		known, ok := s.data.Contacts[string(o.ContactID)]
		switch {
		case o.Contact != nil:
			return Contact{}, []string{"contact and contact_id exclude each other"}
		case !ok || stale:
			return Contact{}, []string{"contact_id is not known"}
		}
		return known, nil
	}
	if o.Contact == nil {
		return Contact{}, []string{"contact or contact_id is required"}
	}
	c := *o.Contact
	errs := required("contact.first_name", c.FirstName, "contact.last_name", c.LastName, "contact.email", c.Email, "contact.phone_number", c.PhoneNumber)
	if name, host, _ := strings.Cut(c.Email, "@"); c.Email != "" && (name == "" || host == "") {
		errs = append(errs, "contact.email is not an e-mail address")
	}
	if c.PhoneNumber != "" {
		e164, err := phone("contact.phone_number", c.PhoneNumber)
		if err != nil {
			errs = append(errs, err.Error())
		}
		c.PhoneNumber = e164
	}
	return c, errs
}

// carOf gives the known car or the new one. The colour may be missing.
func (s *Simulator) carOf(o *order, stale bool) (Car, []string) {
	if o.CarID != "" {
		known, ok := s.data.Cars[string(o.CarID)]
		switch {
		case o.Car != nil:
			return Car{}, []string{"car and car_id exclude each other"}
		case !ok || stale:
			return Car{}, []string{"car_id is not known"}
		}
		return known, nil
	}
	if o.Car == nil {
		return Car{}, []string{"car or car_id is required"}
	}
	c := *o.Car
	return c, required("car.brand", c.Brand, "car.model", c.Model, "car.plate_number", c.PlateNumber)
}

// enter writes a checked booking into the ledger and gives ids out.
func (s *Simulator) enter(t stay, o *order, contact Contact, car Car, c circumstances) *Booking {
	contactID, carID := string(o.ContactID), string(o.CarID)
	if contactID == "" {
		contactID = next(&s.data.LastContact)
		s.data.Contacts[contactID] = contact
	}
	if carID == "" {
		carID = next(&s.data.LastCar)
		s.data.Cars[carID] = car
	}
	now := s.now()
	base := basePrice(t.zone, t.start, t.end, now)
	total := int64(base) + c.extra
	for _, v := range c.servicesOf(t.zone, base) {
		if slices.Contains(o.Services, v.Code) {
			total += int64(v.Price)
		}
	}
	bookingID := next(&s.data.LastBooking)
	b := &Booking{
		ID: bookingID, Reference: "EC-" + bookingID, Status: Pending,
		ZoneID: strconv.FormatInt(t.zone.id, 10), ZoneCode: t.zone.code, Timezone: t.zone.timezone,
		StartWall: t.start.Format(wallLayout), EndWall: t.end.Format(wallLayout), Start: t.start.UTC(), End: t.end.UTC(),
		Services: append([]string{}, o.Services...), ContactID: contactID, CarID: carID, Contact: contact, Car: car,
		OutboundNumber: o.OutboundNumber, ReturnNumber: o.ReturnNumber, MeetingPointID: o.MeetingPointID,
		PriceCents: max(0, total), Currency: currency, CreatedAt: now,
	}
	s.data.Bookings = append(s.data.Bookings, b)
	return b
}

func next(counter *int64) string {
	*counter++
	return strconv.FormatInt(*counter, 10)
}

func notFound() answer {
	return refusal(http.StatusNotFound, "not_found", "There is no such booking.")
}

// pay charges a pending booking up to 60 minutes after its creation.
func (s *Simulator) pay(r request, c circumstances) answer {
	b := s.find(r.id)
	if b == nil {
		return notFound()
	}
	now := s.now()
	switch b.statusAt(now) {
	case Paid:
		return c.tell(stay{}, s.profile.good(s.profile.payAgain(s, b)))
	case Cancelled:
		return s.profile.payCancelled
	case Void:
		return expired
	case Pending:
	}
	b.Status, b.PaidAt = Paid, now
	b.PayCount++
	return c.tell(stay{}, s.profile.good(b.paid()))
}

// cancel takes paid bookings with the insurance only.
func (s *Simulator) cancel(r request, c circumstances) answer {
	b := s.find(r.id)
	now := s.now()
	switch {
	case b == nil:
		return notFound()
	case b.Status == Cancelled:
		return c.tell(stay{}, s.profile.good(s.profile.cancelAgain(b)))
	case b.Status != Paid:
		return notCancellable("Only paid bookings can be cancelled.")
	case !slices.Contains(b.Services, insurance):
		return notCancellable("Only bookings with the cancellation_insurance service can be cancelled.")
	case s.profile.refusesBegun && now.After(b.Start):
		return notCancellable("The stay has begun.")
	}
	b.Status, b.CancelledAt = Cancelled, now
	return c.tell(stay{}, s.profile.good(b.cancelled()))
}
