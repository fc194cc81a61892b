package simulator

import (
	"slices"
	"time"
)

// Status is what a booking is at the supplier.
type Status string

// The four statuses. A pending booking becomes void by itself 60 minutes after
// its creation.
const (
	Pending   Status = "pending"
	Paid      Status = "paid"
	Cancelled Status = "cancelled"
	Void      Status = "void"
)

// payWithin is how long after its creation a booking can be paid.
const payWithin = 60 * time.Minute

// wallLayout is how the ledger writes wall times.
const wallLayout = "2006-01-02T15:04:05"

// Contact is the traveller, as kept: the phone number is E.164.
type Contact struct {
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	Email       string `json:"email"`
	PhoneNumber string `json:"phone_number"`
	Language    string `json:"language"`
}

// Car is what is parked.
type Car struct {
	Brand       string `json:"brand"`
	Model       string `json:"model"`
	Color       string `json:"color"`
	PlateNumber string `json:"plate_number"`
}

// Booking is one row of the supplier's ledger. Times are instants in UTC, a
// time that has not come is zero; walls are the zone's, as
// "2006-01-02T15:04:05". PriceCents is the total with the services.
type Booking struct {
	ID             string    `json:"id"`
	Reference      string    `json:"reference"`
	Status         Status    `json:"status"`
	ZoneID         string    `json:"zone_id"`
	ZoneCode       string    `json:"zone_code"`
	Timezone       string    `json:"timezone"`
	StartWall      string    `json:"start_wall"`
	EndWall        string    `json:"end_wall"`
	Start          time.Time `json:"start"`
	End            time.Time `json:"end"`
	Services       []string  `json:"services"`
	ContactID      string    `json:"contact_id"`
	CarID          string    `json:"car_id"`
	Contact        Contact   `json:"contact"`
	Car            Car       `json:"car"`
	OutboundNumber string    `json:"outbound_number"`
	ReturnNumber   string    `json:"return_number"`
	MeetingPointID string    `json:"meeting_point_id"`
	PriceCents     int64     `json:"price_cents"`
	Currency       string    `json:"currency"`
	CreatedAt      time.Time `json:"created_at"`
	PaidAt         time.Time `json:"paid_at,omitzero"`
	CancelledAt    time.Time `json:"cancelled_at,omitzero"`
	PayCount       int       `json:"pay_count"` // how often it was charged
}

// statusAt reads the status on the supplier's clock: nothing has to run for a
// pending booking to become void.
func (b *Booking) statusAt(now time.Time) Status {
	if b.Status == Pending && now.After(b.CreatedAt.Add(payWithin)) {
		return Void
	}
	return b.Status
}

// copyAt gives a copy that shares nothing with the ledger.
func (b *Booking) copyAt(now time.Time) Booking {
	c := *b
	c.Status = b.statusAt(now)
	c.Services = slices.Clone(b.Services)
	return c
}

// Ledger gives copies of all bookings in the order of their ids.
func (s *Simulator) Ledger() []Booking {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	list := make([]Booking, 0, len(s.data.Bookings))
	for _, b := range s.data.Bookings {
		list = append(list, b.copyAt(s.now()))
	}
	return list
}

// Booking gives a copy of one booking; false when the ledger lacks it.
func (s *Simulator) Booking(id string) (Booking, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	b := s.find(id)
	if b == nil {
		return Booking{}, false
	}
	return b.copyAt(s.now()), true
}

// Erase is the nightly erase of the supplier's test system: bookings, contacts
// and cars are gone, their ids are not given out again.
func (s *Simulator) Erase() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	s.erase()
	s.saveLocked()
}

func (s *Simulator) erase() {
	s.data.Bookings, s.data.Contacts, s.data.Cars = nil, map[string]Contact{}, map[string]Car{}
}

func (s *Simulator) find(id string) *Booking {
	for _, b := range s.data.Bookings {
		if b.ID == id {
			return b
		}
	}
	return nil
}
