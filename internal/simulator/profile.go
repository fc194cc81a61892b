package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The profiles. Each fills the silence of the documentation in its own way; the
// published rules hold in all of them, and a create never finds an earlier one
// again: there is no idempotency to be had.
//
//	                           hostile                   documented          friendly
//	pay again, within 60 min   charges again, 200        already_paid        200, charged once
//	pay again, later           expired                   already_paid        200, charged once
//	pay when cancelled         expired                   already_cancelled   already_cancelled
//	cancel again               not_cancellable           already_cancelled   200
//	cancel once it has begun   not_cancellable           200                 200
//	reading a booking          not_found                 not_found           200
//	a good create              texts for numbers         as assumed          as assumed
//	a good pay or cancel       204, nothing said         as assumed          as assumed
const (
	ProfileHostile    = "hostile"
	ProfileDocumented = "documented"
	ProfileFriendly   = "friendly"
)

// profile is what the documentation leaves open.
type profile struct {
	name string

	payAgain     func(s *Simulator, b *Booking) answer // of a paid booking
	payCancelled answer
	cancelAgain  func(b *Booking) answer
	refusesBegun bool // no cancellation once the stay has begun
	reads        bool // a booking can be read
	terse        bool // good answers say as little as the published rules allow
}

var (
	alreadyPaid      = refusal(http.StatusConflict, "already_paid", "This booking has already been paid.")
	alreadyCancelled = refusal(http.StatusConflict, "already_cancelled", "This booking has already been cancelled.")
	isCancelled      = refusal(http.StatusConflict, "already_cancelled", "This booking has been cancelled.")
	expired          = refusal(http.StatusGone, "expired", "A booking cannot be paid later than 60 minutes after its creation.")
)

var profiles = []profile{
	{
		name: ProfileHostile, payAgain: chargeAgain, payCancelled: expired,
		cancelAgain:  func(*Booking) answer { return notCancellable("Only paid bookings can be cancelled.") },
		refusesBegun: true, terse: true,
	},
	{
		name: ProfileDocumented, payCancelled: isCancelled,
		payAgain:    func(*Simulator, *Booking) answer { return alreadyPaid },
		cancelAgain: func(*Booking) answer { return alreadyCancelled },
	},
	{
		name: ProfileFriendly, payCancelled: isCancelled, reads: true,
		payAgain:    func(_ *Simulator, b *Booking) answer { return b.paid() },
		cancelAgain: (*Booking).cancelled,
	},
}

// Profiles gives the names of all profiles, the worst first.
func Profiles() []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.name)
	}
	return names
}

func profileNamed(name string) (profile, error) {
	i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == name })
	if i < 0 {
		return profile{}, fmt.Errorf("simulator: profile %q is none of %s", name, strings.Join(Profiles(), ", "))
	}
	return profiles[i], nil
}

// SetProfile changes the profile of a running simulator; the file keeps it. It
// refuses a name that is none of Profiles.
func (s *Simulator) SetProfile(name string) error {
	p, err := profileNamed(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp() // what is due by now met the old profile
	s.profile, s.data.Profile = p, p.name
	s.saveLocked()
	return s.saveErr
}

// Profile gives the name of the profile.
func (s *Simulator) Profile() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.profile.name
}

// chargeAgain takes the money as often as it is told to. Who is late is told
// that the booking has expired, although it is paid.
func chargeAgain(s *Simulator, b *Booking) answer {
	if s.now().After(b.CreatedAt.Add(payWithin)) {
		return expired
	}
	b.PayCount++
	return b.paid()
}

func notCancellable(why string) answer {
	return refusal(http.StatusConflict, "not_cancellable", why)
}

// good marks the answer to a pay or cancel that the profile keeps short.
func (p profile) good(a answer) answer {
	a.silent = p.terse && a.good()
	return a
}

// created gives the answer to a create in the profile's way.
func (p profile) created(c createAnswer) answer {
	if !p.terse {
		return withJSON(http.StatusCreated, c)
	}
	return withJSON(http.StatusCreated, map[string]any{
		"id": c.ID.String(), "contact_id": c.ContactID.String(), "car_id": c.CarID.String(),
		"price": c.Price.String(), "currency": c.Currency, "services": c.Services,
	})
}

// readAnswer is a booking that is read, where the profile lets it.
type readAnswer struct {
	createAnswer

	PaidAt      *time.Time `json:"paid_at,omitempty"`
	CancelledAt *time.Time `json:"cancelled_at,omitempty"`
}

func (s *Simulator) read(r request, _ circumstances) answer {
	if !s.profile.reads {
		return nothingHere()
	}
	b := s.find(r.id)
	if b == nil {
		return notFound()
	}
	a := readAnswer{createAnswer: b.created()}
	a.Status = b.statusAt(s.now())
	if !b.PaidAt.IsZero() {
		a.PaidAt = &b.PaidAt
	}
	if !b.CancelledAt.IsZero() {
		a.CancelledAt = &b.CancelledAt
	}
	return withJSON(http.StatusOK, a)
}

// created, paid and cancelled say of a booking what it has come to.
func (b *Booking) created() createAnswer {
	return createAnswer{
		ID: number(b.ID), Reference: b.Reference, Status: Pending,
		ContactID: number(b.ContactID), CarID: number(b.CarID),
		Price: cents(b.PriceCents), Currency: b.Currency, Services: b.Services,
		CreatedAt: b.CreatedAt.Format(time.RFC3339),
	}
}

type payAnswer struct {
	ID     json.Number `json:"id"`
	Status Status      `json:"status"`
	PaidAt string      `json:"paid_at"`
}

func (b *Booking) paid() answer {
	return withJSON(http.StatusOK, payAnswer{number(b.ID), Paid, b.PaidAt.Format(time.RFC3339)})
}

type cancelAnswer struct {
	ID          json.Number `json:"id"`
	Status      Status      `json:"status"`
	CancelledAt string      `json:"cancelled_at"`
}

func (b *Booking) cancelled() answer {
	return withJSON(http.StatusOK, cancelAnswer{number(b.ID), Cancelled, b.CancelledAt.Format(time.RFC3339)})
}
