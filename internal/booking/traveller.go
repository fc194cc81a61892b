package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"guichet/internal/account"
	"guichet/internal/invalid"
)

// KeptMonths is how long after the end of a stay it is known who travelled.
const KeptMonths = 13

// EraseOld forgets who travelled, KeptMonths after the stay. It returns how many
// bookings.
func (s *Service) EraseOld(ctx context.Context) (int64, error) {
	var all int64
	for {
		var n int64
		err := s.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = tx.EraseOld(ctx, KeptMonths)
			return err
		})
		if err != nil {
			return all, fmt.Errorf("erase travellers: %w", err)
		}
		if n == 0 {
			return all, nil
		}
		all += n
	}
}

// PersonsBookings returns the bookings that may be of the traveller of one, whichever
// agency sold them: those with the same address or phone, which a family may share.
// Each is audited as seen. ErrForbidden: only customer service answers to travellers.
func (s *Service) PersonsBookings(ctx context.Context, actor account.Actor, ref string) ([]Booking, error) {
	return s.ofPerson(ctx, actor, ref, nil, account.DidView)
}

// ExportPerson returns those of PersonsBookings that a person has picked, by their
// references, to be handed to the traveller. *InvalidError: pick, when none is.
// ErrChanged: one of them is not, or no longer, among the bookings that were shown.
func (s *Service) ExportPerson(ctx context.Context, actor account.Actor, ref string, picked []string) (list []Booking, beside []Beside, err error) {
	if len(picked) == 0 {
		return nil, nil, invalid.Field("pick", "problem.person.pick")
	}
	if list, err = s.ofPerson(ctx, actor, ref, picked, account.DidExportPerson); err != nil {
		return nil, nil, err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		for _, b := range list {
			more, err := tx.Beside(ctx, b.ID)
			if err != nil {
				return err
			}
			beside = append(beside, more)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("find what else is known of a traveller: %w", err)
	}
	return list, beside, nil
}

// Beside is what is known of a booking's traveller elsewhere, each a JSON array: what
// people wrote about the booking, what the agency remembers, what was begun and not
// sold, and the supplier's lines.
type Beside struct{ Notes, Customers, Quotes, Lines json.RawMessage }

func (s *Service) ofPerson(ctx context.Context, actor account.Actor, ref string, picked []string, did account.Action) ([]Booking, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil {
		return nil, err
	}
	var list []Booking
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		if list, err = pick(ctx, tx, b, picked); err != nil {
			return err
		}
		return auditEach(ctx, tx, actor, did, list)
	})
	if err != nil {
		return nil, fmt.Errorf("find a traveller's bookings: %w", err)
	}
	return list, nil
}

// ErasePerson forgets, on request, who travelled in those of PersonsBookings that a
// person has picked, as far as their stays are over; it returns in how many. Errors as
// of ExportPerson.
func (s *Service) ErasePerson(ctx context.Context, actor account.Actor, ref string, picked []string) (int64, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil {
		return 0, err
	}
	if len(picked) == 0 {
		return 0, invalid.Field("pick", "problem.person.pick")
	}
	var n int64
	err = s.store.InTx(ctx, func(tx Tx) error {
		list, err := pick(ctx, tx, b, picked)
		if err != nil {
			return err
		}
		if err := auditEach(ctx, tx, actor, account.DidErasePerson, list); err != nil {
			return err
		}
		n, err = tx.EraseBookings(ctx, picked)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("erase a traveller: %w", err)
	}
	return n, nil
}

// pick returns the bookings that may be of the traveller of one; of these the picked
// ones, unless that is nil.
func pick(ctx context.Context, tx Tx, b Booking, picked []string) ([]Booking, error) {
	var list []Booking
	if b.ErasedAt.IsZero() {
		var err error
		if list, err = tx.PersonsBookings(ctx, b.Customer.Email, b.Customer.Phone); err != nil {
			return nil, err
		}
	}
	if picked == nil {
		return list, nil
	}
	list = slices.DeleteFunc(list, func(x Booking) bool { return !slices.Contains(picked, x.Ref) })
	if len(list) != len(picked) {
		return nil, ErrChanged
	}
	return list, nil
}

func auditEach(ctx context.Context, tx Tx, actor account.Actor, did account.Action, list []Booking) error {
	for _, b := range list {
		if err := tx.Audit(ctx, aboutBooking(actor, did, b)); err != nil {
			return err
		}
	}
	return nil
}

// Over reports that nothing is expected of the booking any more: its traveller may be
// forgotten.
func (b Booking) Over(now time.Time) bool {
	return b.State.Final() || b.State == Confirmed && b.Stay.To.Before(now)
}

// aboutBooking is the entry of what somebody did with who travels in a booking.
func aboutBooking(actor account.Actor, did account.Action, b Booking) account.AuditEntry {
	e := actor.AuditEntry(did)
	e.AgencyID, e.After = b.AgencyID, b.Ref
	return e
}

func (s *Service) travellers(ctx context.Context, actor account.Actor, ref string) (Booking, error) {
	if actor.Role != account.CustomerService {
		return Booking{}, ErrForbidden
	}
	return s.store.Booking(ctx, actor.Scope(), ref)
}
