package booking

import (
	"context"
	"time"

	"guichet/internal/contact"
	"guichet/internal/walltime"
)

// Supplier is the other side of the wire. Reads return errors
// (ErrSupplierDown, ErrUnreadable, ErrUnavailable, *InvalidError); writes return an Answer,
// because a lost answer is a result and not a failure.
type Supplier interface {
	Environment() Environment
	Zones(ctx context.Context) ([]Zone, error)
	Quote(ctx context.Context, stay Stay) (Quote, error)
	Create(ctx context.Context, call Call, order Order) Answer
	Pay(ctx context.Context, call Call, supplierID string) Answer
	Cancel(ctx context.Context, call Call, supplierID string) Answer
}

// Stay is what a quote is asked for: wall times of the zone and the instants
// that they mean there.
type Stay struct {
	ZoneID   string    `json:"zone_id"`
	ZoneCode string    `json:"zone_code"`
	ZoneName string    `json:"zone_name"`
	ZoneKind string    `json:"zone_kind"`
	City     string    `json:"city"`
	Timezone string    `json:"timezone"`
	FromWall time.Time `json:"from_wall"` // wall fields, in UTC
	ToWall   time.Time `json:"to_wall"`
	From     time.Time `json:"from"` // instants
	To       time.Time `json:"to"`
}

// Days returns how many days of the zone's wall time the stay is charged for.
func (s Stay) Days() int { return walltime.Days(s.FromWall, s.ToWall) }

// Quote is the supplier's price and availability for a stay. It is not
// guaranteed before the booking.
type Quote struct {
	Available bool      `json:"available"`
	Base      Money     `json:"base"`
	Offers    []Offer   `json:"offers"`
	QuotedAt  time.Time `json:"quoted_at"`
}

// Offer returns the offer of a service; false when the quote lacks it.
func (q Quote) Offer(code string) (Offer, bool) {
	for _, o := range q.Offers {
		if o.Code == code {
			return o, true
		}
	}
	return Offer{}, false
}

// Total is the base price with the chosen services; codes that the quote
// lacks are left out and returned.
func (q Quote) Total(codes []string) (total Money, gone []string) {
	total = q.Base
	for _, code := range codes {
		if o, ok := q.Offer(code); ok {
			total = total.Plus(o.Price)
		} else {
			gone = append(gone, code)
		}
	}
	return total, gone
}

// Call identifies one call of an attempt.
type Call struct {
	Correlation string // random, sent along and logged

	// StartBefore is the moment after which nothing may be sent any more, on
	// the process's own clock: a process that stalled must not call.
	StartBefore time.Time

	// NotKey is the RefusedKey of the call before, of the same action.
	NotKey string
}

// Order is the content of a create.
type Order struct {
	Stay         Stay
	Services     []string
	ContactID    string // with it, Customer is not sent
	CarID        string // with it, Car is not sent
	Customer     Customer
	Car          Car
	Outbound     string // flight or train
	Return       string
	MeetingPoint string
}

// Customer is the traveller.
type Customer struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"` // E.164
	Language  string `json:"language"`
}

// SameName reports that two are called the same, however that is written.
func (c Customer) SameName(other Customer) bool {
	return contact.Bare(c.FirstName+c.LastName) == contact.Bare(other.FirstName+other.LastName)
}

// Car is what is parked.
type Car struct {
	Make  string `json:"make"`
	Model string `json:"model"`
	Color string `json:"color"`
	Plate string `json:"plate"` // contact.Plate's key

	Written string `json:"written,omitempty"` // the plate, where its separators say more; see contact.Plate
}

// ShownPlate is the plate as it is shown and printed.
func (c Car) ShownPlate() string { return contact.Plate{Key: c.Plate, Written: c.Written}.String() }

// Outcome is what one call to the supplier came to.
type Outcome string

// The outcomes of an attempt. Open is that of a call that is not over.
const (
	OutcomeOpen    Outcome = "open"
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused"
	OutcomeNotSent Outcome = "not_sent"
	OutcomeUnknown Outcome = "unknown"
)

// Answer is what one write came to, with the facts that an attempt keeps.
type Answer struct {
	Outcome Outcome
	Created Created // of an ok create, and of one that does not fit as far as it can be read

	// Unfit names the fields of an answer to a create that has an id and does not
	// agree with what was ordered; the outcome is unknown then.
	Unfit []string

	NotFound bool // a well-formed 404 not_found: the booking is not there
	Stale    bool // a refused create that names contact_id or car_id

	HTTPStatus int // 0 when no status line arrived
	ErrorCode  string
	Message    string   // the supplier's words
	Errors     []string // the supplier's words, one per field
	Key        string   // last four characters of the key used
	RefusedKey string   // names the key that was refused, when another one is live
	Request    string   // masked body
	Response   string   // masked body
	Detail     string   // technical cause of an unknown or not sent call; for the log
	StartedAt  time.Time
	EndedAt    time.Time
	Dated      time.Time // the supplier's clock when it answered; zero when it did not say
}

// Created is the content of an answer to a create.
type Created struct {
	ID        string
	Reference string
	Total     Money // no currency when it could not be read
	Services  []string
	At        time.Time // when, on the supplier's clock; zero when it did not say
	ContactID string
	CarID     string
}
