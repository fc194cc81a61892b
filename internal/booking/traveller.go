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
// sold them: those with the same address or phone. ErrForbidden: only customer
// service answers to travellers.
func (s *Service) PersonsBookings(ctx context.Context, actor account.Actor, ref string) ([]Booking, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil || !b.ErasedAt.IsZero() {
		return nil, err
	}
	list, err := s.store.PersonsBookings(ctx, b.Customer.Email, b.Customer.Phone)
	if err != nil {
		return nil, fmt.Errorf("find a traveller's bookings: %w", err)
	}
	return list, nil
}

// ErasePerson forgets, on request, who travelled, in all bookings of the traveller
// of one that are over; it returns how many. ErrForbidden as above.
func (s *Service) ErasePerson(ctx context.Context, actor account.Actor, ref string) (int64, error) {
	b, err := s.travellers(ctx, actor, ref)
	if err != nil || !b.ErasedAt.IsZero() {
		return 0, err
	}
	var n int64
	err = s.store.InTx(ctx, func(tx Tx) (err error) {
		n, err = tx.ErasePerson(ctx, b.Customer.Email, b.Customer.Phone)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("erase a traveller: %w", err)
	}
	return n, nil
}

func (s *Service) travellers(ctx context.Context, actor account.Actor, ref string) (Booking, error) {
	if actor.Role != account.CustomerService {
		return Booking{}, ErrForbidden
	}
	return s.store.Booking(ctx, actor.Scope(), ref)
}
