// Package report counts what was sold in a period: for admins everything, for
// managers what their agency sold. The figures are about the bookings that were
// created in it, so that each of them is a list that can be looked at.
//
// It must not know how a booking moves from state to state, nor HTTP, SQL or pages.
package report

import (
	"context"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// Figures are counts of bookings, each with its group of states in booking.
type Figures struct {
	Created, Settled, Paid, Active, Insured, Expired, Cancelled int // Insured: of Paid

	Revenue []booking.Money // of Active, one for each currency
}

// Add counts others in.
func (f *Figures) Add(o Figures) {
	f.Created += o.Created
	f.Settled += o.Settled
	f.Paid += o.Paid
	f.Active += o.Active
	f.Insured += o.Insured
	f.Expired += o.Expired
	f.Cancelled += o.Cancelled
	for _, m := range o.Revenue {
		f.earn(m)
	}
}

func (f *Figures) earn(m booking.Money) {
	for i, r := range f.Revenue {
		if r.Currency == m.Currency {
			f.Revenue[i].Cents += m.Cents
			return
		}
	}
	f.Revenue = append(f.Revenue, m)
}

// AverageValue is what a booking that stands costs on average, when all are in one
// currency; false when none stands, or they are in several.
func (f Figures) AverageValue() (booking.Money, bool) {
	if f.Active == 0 || len(f.Revenue) != 1 {
		return booking.Money{}, false
	}
	n := int64(f.Active)
	return booking.Money{Cents: (f.Revenue[0].Cents + n/2) / n, Currency: f.Revenue[0].Currency}, true
}

// Ratio is a share of something; false in Rate when there is nothing to share.
type Ratio struct{ Of, In int }

// Rate is the share in tenths of a percent, rounded.
func (p Ratio) Rate() (int, bool) {
	if p.In == 0 {
		return 0, false
	}
	return (p.Of*1000 + p.In/2) / p.In, true
}

// Small reports that a rate says little: there is hardly anything behind it.
func (p Ratio) Small() bool { return p.In < 30 }

// Expiry is how many of the settled bookings lapsed unpaid.
func (f Figures) Expiry() Ratio { return Ratio{f.Expired, f.Settled} }

// Insurance is how many of those that were paid are insured.
func (f Figures) Insurance() Ratio { return Ratio{f.Insured, f.Paid} }

// Breakdown is the figures of one day, zone or agency.
type Breakdown struct {
	Day    time.Time // midnight UTC of the civil day
	Zone   string    // code
	Agency int64
	Figures
}

// Funnel are how far the quotes of a period came; the bookings' part of the way is
// in the figures.
type Funnel struct{ Quoted, Available, Completed int }

// Report is everything about a period.
type Report struct {
	Total, Before         Figures     // Before: the period of the same length that ends where this one begins
	Days, Zones, Agencies []Breakdown // days with bookings, in order; the others by revenue
	Funnel                Funnel
}

// Period is from a moment to another, of whole days in a timezone.
type Period struct {
	From, To time.Time // To is not included
	Timezone string    // IANA
}

// Store counts.
type Store interface {
	// Report counts the bookings of the scope that were created in a period.
	Report(ctx context.Context, scope account.Scope, p Period) (Report, error)
}

// Service counts what an actor may know.
type Service struct{ store Store }

// NewService returns a Service.
func NewService(store Store) *Service { return &Service{store} }

// Report counts a period: for admins everything, for managers their agency.
// booking.ErrForbidden for others.
func (s *Service) Report(ctx context.Context, actor account.Actor, p Period) (Report, error) {
	if actor.Role != account.Admin && actor.Role != account.Manager {
		return Report{}, booking.ErrForbidden
	}
	return s.store.Report(ctx, actor.Scope(), p)
}
