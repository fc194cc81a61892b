package account

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// PaymentMethods lists how an agency may say that it took the money.
func PaymentMethods() []string { return []string{"card_terminal", "cash", "account", "transfer"} }

var agencyCode = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)

// AgencyLoad is what hangs on an agency: it is said before the agency is suspended.
type AgencyLoad struct {
	People int // who can sign in
	ToPay  int // bookings that wait to be paid
}

// Agency returns an agency and what hangs on it. ErrForbidden: only admins.
func (s *Service) Agency(ctx context.Context, a Actor, code string) (Agency, AgencyLoad, error) {
	if a.Role != Admin {
		return Agency{}, AgencyLoad{}, ErrForbidden
	}
	agency, err := s.store.AgencyByCode(ctx, code)
	if err != nil {
		return Agency{}, AgencyLoad{}, fmt.Errorf("find an agency: %w", err)
	}
	load, err := s.store.AgencyLoad(ctx, agency.ID)
	if err != nil {
		return Agency{}, AgencyLoad{}, fmt.Errorf("count what hangs on an agency: %w", err)
	}
	return agency, load, nil
}

// CreateAgency stores a new agency. Errors: ErrForbidden, *invalid.Error (its
// code in use included).
func (s *Service) CreateAgency(ctx context.Context, a Actor, wanted Agency) error {
	if a.Role != Admin {
		return ErrForbidden
	}
	wanted.Code = strings.ToUpper(strings.TrimSpace(wanted.Code))
	bad := checkAgency(&wanted)
	if !agencyCode.MatchString(wanted.Code) {
		bad.Add("code", "agency.code.bad")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	err := s.store.InTx(ctx, func(tx Tx) error {
		created, err := tx.CreateAgency(ctx, wanted)
		if err != nil {
			return err
		}
		e := a.AuditEntry(DidCreateAgency)
		e.AgencyID, e.After = created.ID, created.Code
		return tx.Audit(ctx, e)
	})
	if errors.Is(err, ErrTaken) {
		return invalid.Field("code", "agency.code.taken")
	}
	if err != nil {
		return fmt.Errorf("create an agency: %w", err)
	}
	return nil
}

// ChangeAgency stores what an agency is called and what its people may do; the
// code stays. Errors: ErrForbidden, ErrNotFound, *invalid.Error.
func (s *Service) ChangeAgency(ctx context.Context, a Actor, code string, wanted Agency) error {
	there, _, err := s.Agency(ctx, a, code)
	if err != nil {
		return err
	}
	if err := checkAgency(&wanted).OrNil(); err != nil {
		return err
	}
	return s.storeAgency(ctx, a, DidChangeAgency, there.ID, func(agency *Agency) {
		agency.Name, agency.Timezone = wanted.Name, wanted.Timezone
		agency.PaymentMethods, agency.AgentsMayCancel = wanted.PaymentMethods, wanted.AgentsMayCancel
	})
}

// SuspendAgency keeps all people of an agency out from the next request on, or
// lets them in again. Customer service can still pay for its bookings.
func (s *Service) SuspendAgency(ctx context.Context, a Actor, code string, suspended bool) error {
	agency, _, err := s.Agency(ctx, a, code)
	if err != nil {
		return err
	}
	action := DidRestoreAgency
	if suspended {
		action = DidSuspendAgency
	}
	return s.storeAgency(ctx, a, action, agency.ID, func(agency *Agency) { agency.Suspended = suspended })
}

// storeAgency changes an agency as it stands under its lock: what somebody else
// has changed meanwhile stays.
func (s *Service) storeAgency(ctx context.Context, a Actor, action Action, id int64, change func(*Agency)) error {
	err := s.store.InTx(ctx, func(tx Tx) error {
		before, err := tx.LockAgency(ctx, id)
		if err != nil {
			return err
		}
		after := before
		change(&after)
		if err := tx.SaveAgency(ctx, before, after); err != nil {
			return err
		}
		e := a.AuditEntry(action)
		e.AgencyID = id
		e.Before, e.After = agencyChange(before, after)
		return tx.Audit(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("change an agency: %w", err)
	}
	return nil
}

// agencyChange names what differs between two states of an agency, as codes; a
// name stands for itself.
func agencyChange(before, after Agency) (was, is string) {
	was, is = after.Code, after.Code
	for _, f := range []struct{ field, was, is string }{
		{"name", before.Name, after.Name},
		{"timezone", before.Timezone, after.Timezone},
		{"methods", strings.Join(before.PaymentMethods, ","), strings.Join(after.PaymentMethods, ",")},
		{"agents_may_cancel", strconv.FormatBool(before.AgentsMayCancel), strconv.FormatBool(after.AgentsMayCancel)},
	} {
		if f.was != f.is {
			was, is = was+" "+f.field+"="+f.was, is+" "+f.field+"="+f.is
		}
	}
	return was, is
}

// checkAgency tidies what was typed and says what is wrong with it.
func checkAgency(a *Agency) *invalid.Error {
	bad := &invalid.Error{}
	a.Name, a.Timezone = typed.Line(bad, "name", a.Name), strings.TrimSpace(a.Timezone)
	if n := utf8.RuneCountInString(a.Name); n == 0 || n > bound.Name {
		bad.Add("name", "agency.name.bad")
	}
	if _, err := time.LoadLocation(a.Timezone); err != nil || a.Timezone == "" || a.Timezone == "Local" {
		bad.Add("timezone", "agency.timezone.bad")
	}
	if len(a.PaymentMethods) == 0 {
		bad.Add("methods", "agency.methods.empty")
	}
	for _, m := range a.PaymentMethods {
		if !slices.Contains(PaymentMethods(), m) {
			bad.Add("methods", "agency.methods.empty")
		}
	}
	return bad
}
