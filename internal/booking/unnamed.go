package booking

import (
	"context"
	"errors"
	"time"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// UnnamedLine is a line of a statement that bills what is not known here and does
// not say the supplier's id: nothing can be taken over by it before a person has
// learned the id.
type UnnamedLine struct {
	Statement   string // its handle
	Line        int
	SupplierRef string
	Plate       string
	From, To    time.Time // wall fields in UTC; zero when the line does not say
	Amount      Money
}

// UnnamedLines lists them for staff, each booking once.
func (s *Service) UnnamedLines(ctx context.Context, actor account.Actor, limit int) ([]UnnamedLine, error) {
	if !actor.Role.Staff() {
		return nil, ErrForbidden
	}
	return s.store.UnnamedLines(ctx, s.Environment(), limit)
}

// NameLine records which of the supplier's bookings such a line bills, as the supplier
// has told; it is an unknown booking from then on, whose handle is returned, until it
// is taken over or is not ours. ErrNotFound: the line is not, or no longer, one of
// them. *InvalidError: supplier_id, which may be that of another booking.
func (s *Service) NameLine(ctx context.Context, actor account.Actor, statement string, line int, supplierID string) (handle string, err error) {
	if actor.Role != account.CustomerService {
		return "", ErrForbidden
	}
	var bad invalid.Error
	if supplierID = typed.Line(&bad, "supplier_id", supplierID); supplierID == "" || len(supplierID) > bound.Reference {
		bad.Add("supplier_id", "problem.evidence.supplier_id")
	}
	if err := bad.OrNil(); err != nil {
		return "", err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		l, err := tx.LockUnnamed(ctx, s.Environment(), statement, line)
		if err != nil {
			return err
		}
		if handle, err = tx.AddUnknown(ctx, s.Environment(), l, supplierID); err != nil {
			return err
		}
		// A line that is still one of them has another reference and another car than
		// the booking of that id.
		if _, err := tx.LockUnnamed(ctx, s.Environment(), statement, line); err == nil {
			return invalid.Field("supplier_id", "problem.unnamed.other")
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		e := actor.AuditEntry(account.DidNameLine)
		e.Before, e.After = statement, supplierID
		return tx.Audit(ctx, e)
	})
	return handle, err
}
