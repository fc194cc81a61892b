package booking

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart. Pages have a text for each.
var (
	ErrNotFound      = errors.New("booking: not found")
	ErrDraftGone     = errors.New("booking: the quote no longer exists")
	ErrUnavailable   = errors.New("booking: no space left for these dates")
	ErrSupplierDown  = errors.New("booking: the supplier does not answer")
	ErrKeyRefused    = errors.New("booking: the supplier does not accept this key")
	ErrUnreadable    = errors.New("booking: the supplier's answer cannot be used")
	ErrTooLate       = errors.New("booking: it can no longer be paid")
	ErrChanged       = errors.New("booking: it has changed in the meantime")
	ErrForbidden     = errors.New("booking: this person may not do that")
	ErrNotInsured    = errors.New("booking: only insured bookings can be cancelled")
	ErrNotAccepted   = errors.New("booking: what the supplier booked must be accepted first")
	ErrEnvironment   = errors.New("booking: it belongs to another environment")
	ErrTransition    = errors.New("booking: not possible in this state")
	ErrSupplierIDDup = errors.New("booking: the supplier issued an id twice")
	ErrBusy          = errors.New("booking: somebody else is changing it right now")
	ErrUncertain     = errors.New("booking: not provably written")
	ErrNothingSent   = errors.New("booking: not provably written, so nothing was sent")
	ErrAway          = errors.New("booking: the database does not answer")
	ErrTooManyHolds  = errors.New("booking: too many of the agency's bookings wait for payment")
	ErrProposed      = errors.New("booking: a proposal has to be answered first")
	ErrSecondPerson  = errors.New("booking: a second person has to say the same")
	ErrSlow          = fmt.Errorf("booking: it took the database too long, and nothing was written: %w", ErrBusy)
	ErrFrozen        = errors.New("booking: the portal is frozen")
	ErrUncompared    = errors.New("booking: not compared with the supplier since a restore")
)

// Why a supplier that is of no use for now is so; each of them is ErrSupplierDown, too.
var (
	ErrSupplierBusy    = fmt.Errorf("booking: the supplier asks to wait: %w", ErrSupplierDown)
	ErrSupplierFails   = fmt.Errorf("booking: the supplier answers with a fault of its own: %w", ErrSupplierDown)
	ErrSupplierRefuses = fmt.Errorf("booking: the supplier does not let the portal in: %w", ErrSupplierDown)
)

// PriceChangedError stops a sale whose fresh quote differs from what was accepted.
type PriceChangedError struct {
	Before, After Money
	Gone          []string // codes of services that are no longer offered
}

func (e *PriceChangedError) Error() string {
	return fmt.Sprintf("booking: the price changed from %d to %d", e.Before.Cents, e.After.Cents)
}

// SamePlateError stops a sale for a car that already has a live booking then.
type SamePlateError struct {
	Ref       string // the other booking of the same agency
	Elsewhere string // without one: what the supplier calls a booking that is not known here
}

func (e *SamePlateError) Error() string {
	return "booking: the same car is already booked: " + e.Ref + e.Elsewhere
}
