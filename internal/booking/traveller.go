package booking

import (
	"context"
	"fmt"

	"guichet/internal/account"
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

// PersonsBookings returns all bookings of the traveller of one, whichever agency
// sold them: those with the same address or phone. What they are read for is audited
// with it. ErrForbidden: only customer service answers to travellers.
func (s *Service) PersonsBookings(ctx context.Context, actor account.Actor, ref string, did account.Action) ([]Booking, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil {
		return nil, err
	}
	var list []Booking
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		if b.ErasedAt.IsZero() {
			list, err = tx.PersonsBookings(ctx, b.Customer.Email, b.Customer.Phone)
		}
		if err != nil {
			return err
		}
		return tx.Audit(ctx, aboutBooking(actor, did, b))
	})
	if err != nil {
		return nil, fmt.Errorf("find a traveller's bookings: %w", err)
	}
	return list, nil
}

// ErasePerson forgets, on request, who travelled, in all bookings of the traveller
// of one that are over; it returns how many. ErrForbidden as above.
func (s *Service) ErasePerson(ctx context.Context, actor account.Actor, ref string) (int64, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil {
		return 0, err
	}
	var n int64
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		if err := tx.Audit(ctx, aboutBooking(actor, account.DidErasePerson, b)); err != nil || !b.ErasedAt.IsZero() {
			return err
		}
		n, err = tx.ErasePerson(ctx, b.Customer.Email, b.Customer.Phone)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("erase a traveller: %w", err)
	}
	return n, nil
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
