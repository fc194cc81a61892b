package supplier

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"guichet/internal/booking"
)

// Everything in this file is the assumed part of the contract: the shapes that
// the supplier has not published. openapi.yaml says the same in its own words.

// Statuses of a booking as create, pay and cancel answer them.
const (
	statusPending   = "pending"
	statusPaid      = "paid"
	statusCancelled = "cancelled"
)

var errNoTimezone = errors.New("supplier: the zone has no timezone")

// zonesPath and the like are below the base URL.
const (
	zonesPath    = "/v3/zones"
	quotesPath   = "/v3/quotes"
	bookingsPath = "/v3/bookings"
)

func actionPath(id string, op booking.Operation) string {
	return bookingsPath + "/" + url.PathEscape(id) + "/" + string(op)
}

// wallTimes gives both ends of a stay as the zone's clocks show them, with the
// offset in force there at that moment.
func wallTimes(s booking.Stay) (start, end string, err error) {
	if s.Timezone == "" {
		return "", "", errNoTimezone
	}
	loc, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", errNoTimezone, err)
	}
	return s.From.In(loc).Format(time.RFC3339), s.To.In(loc).Format(time.RFC3339), nil
}

func quoteQuery(s booking.Stay) (url.Values, error) {
	start, end, err := wallTimes(s)
	return url.Values{"zone_id": {s.ZoneID}, "start_at": {start}, "end_at": {end}}, err
}

type wireOrder struct {
	ZoneID       json.RawMessage `json:"zone_id"`
	StartAt      string          `json:"start_at"`
	EndAt        string          `json:"end_at"`
	Services     []string        `json:"services"`
	Contact      *wireContact    `json:"contact,omitempty"`
	ContactID    json.RawMessage `json:"contact_id,omitempty"`
	Car          *wireCar        `json:"car,omitempty"`
	CarID        json.RawMessage `json:"car_id,omitempty"`
	Outbound     string          `json:"outbound_number,omitempty"`
	Return       string          `json:"return_number,omitempty"`
	MeetingPoint string          `json:"meeting_point_id,omitempty"`
}

type wireContact struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone_number"`
	Language  string `json:"language,omitempty"` // the portal's code; the supplier's document lists no values
}

type wireCar struct {
	Brand string `json:"brand"`
	Model string `json:"model"`
	Color string `json:"color,omitempty"`
	Plate string `json:"plate_number"`
}

func encodeOrder(o booking.Order) ([]byte, error) {
	start, end, err := wallTimes(o.Stay)
	if err != nil {
		return nil, err
	}
	w := wireOrder{
		ZoneID: wireID(o.Stay.ZoneID), StartAt: start, EndAt: end, Services: append([]string{}, o.Services...),
		Outbound: o.Outbound, Return: o.Return, MeetingPoint: o.MeetingPoint,
	}
	if o.ContactID != "" {
		w.ContactID = wireID(o.ContactID)
	} else {
		c := o.Customer
		w.Contact = &wireContact{c.FirstName, c.LastName, c.Email, c.Phone, c.Language}
	}
	if o.CarID != "" {
		w.CarID = wireID(o.CarID)
	} else {
		w.Car = &wireCar{o.Car.Make, o.Car.Model, o.Car.Color, o.Car.Plate}
	}
	return json.Marshal(w)
}

var plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]{0,14})$`)

// wireID writes an id of digits as the number that it most likely was.
func wireID(id string) json.RawMessage {
	if plainNumber.MatchString(id) {
		return json.RawMessage(id)
	}
	quoted, err := json.Marshal(id)
	if err != nil { // a string can always be written
		return json.RawMessage(`""`)
	}
	return quoted
}

// decodeCreated reads the answer to a create as far as it can be read; an error
// names the first field that is missing. Id, price and services are required:
// without them nobody knows what was booked.
func decodeCreated(o object) (out booking.Created, err error) {
	missing := func(field string) {
		if err == nil {
			err = unreadable(field)
		}
	}
	var ok bool
	if out.ID, ok = o.id("id"); !ok {
		missing("id")
	}
	total, bad := o.money("price")
	if bad != nil || total.Cents == 0 {
		missing("price")
	} else {
		out.Total = total
	}
	if out.Services, ok = o.texts("services"); !ok {
		missing("services")
	}
	out.Reference = o.optional("reference")
	out.ContactID, _ = o.id("contact_id")
	out.CarID, _ = o.id("car_id")
	out.At, _ = readMoment(o.optional("created_at"))
	return out, err
}

// decodeError reads the published shape of an error; false when it is not one.
func decodeError(body []byte) (Error, bool) {
	o, err := readObject(body)
	if err != nil {
		return Error{}, false
	}
	var e Error
	if json.Unmarshal(o["status_code"], &e.StatusCode) != nil || e.StatusCode == 0 {
		return Error{}, false
	}
	var okCode, okMessage bool
	e.Code, okCode = o.text("error_code")
	e.Message, okMessage = o.text("message")
	if !okCode || e.Code == "" || !okMessage {
		return Error{}, false
	}
	if o.has("errors") {
		var ok bool
		if e.Errors, ok = o.texts("errors"); !ok {
			return Error{}, false
		}
	}
	return e, true
}
