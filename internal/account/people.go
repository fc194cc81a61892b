package account

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"guichet/internal/invalid"
)

// Errors of managing people.
var (
	ErrForbidden = errors.New("account: this person may not do that")
	ErrSelf      = errors.New("account: nobody does that to oneself")
	ErrLastAdmin = errors.New("account: at least one administrator must remain")
)

// MayManagePeople reports whether the actor looks after people: managers after
// those of their agency, admins after all.
func (a Actor) MayManagePeople() bool { return a.Role == Manager || a.Role == Admin }

// MayGive reports whether the actor may make somebody of an agency (0 for
// none) have a role.
func (a Actor) MayGive(r Role, agencyID int64) bool {
	switch {
	case r.Staff() != (agencyID == 0):
		return false
	case a.Role == Admin:
		return true
	default:
		return a.Role == Manager && agencyID == a.AgencyID
	}
}

// People lists whom the actor looks after, by agency and name.
func (s *Service) People(ctx context.Context, a Actor) ([]Person, error) {
	if !a.MayManagePeople() {
		return nil, ErrForbidden
	}
	list, err := s.store.People(ctx, a.Scope())
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return list, nil
}

// Colleagues lists to whom the actor can hand something over: the people of customer
// service, who hand cases to each other, or those of the actor's agency.
func (s *Service) Colleagues(ctx context.Context, a Actor) ([]Person, error) {
	scope := a.Scope()
	if a.Role.Staff() {
		scope = Everything()
	}
	list, err := s.store.People(ctx, scope)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	return slices.DeleteFunc(list, func(p Person) bool { return p.Blocked() || a.Role.Staff() && p.Role != CustomerService }), nil
}

// Agencies lists all agencies by name.
func (s *Service) Agencies(ctx context.Context) ([]Agency, error) {
	list, err := s.store.Agencies(ctx)
	if err != nil {
		return nil, fmt.Errorf("list agencies: %w", err)
	}
	return list, nil
}

// ManagedPerson returns a person whom the actor looks after; ErrNotFound for others.
func (s *Service) ManagedPerson(ctx context.Context, a Actor, handle string) (Person, error) {
	if !a.MayManagePeople() {
		return Person{}, ErrForbidden
	}
	p, err := s.store.PersonByHandle(ctx, a.Scope(), handle)
	if err != nil {
		return Person{}, fmt.Errorf("find a person: %w", err)
	}
	return p, nil
}

// Roles lists all roles.
func Roles() []Role { return []Role{Agent, Manager, CustomerService, Admin} }

// Suspend keeps somebody out from the next request on, or lets that person in
// again. Errors: ErrNotFound, ErrSelf, ErrLastAdmin.
func (s *Service) Suspend(ctx context.Context, a Actor, handle string, suspended bool) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	e := a.AuditEntry(DidRestore)
	if suspended {
		e.Action = DidSuspend
	}
	return s.changePerson(ctx, p.ID, func(u *User) AuditEntry {
		u.Suspended = suspended
		return e
	})
}

// ChangeRole gives somebody another role of the same side: an agency's, or
// staff's. Errors: ErrNotFound, ErrSelf, ErrLastAdmin, *invalid.Error.
func (s *Service) ChangeRole(ctx context.Context, a Actor, handle string, role Role) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	if !slices.Contains(Roles(), role) || !a.MayGive(role, p.AgencyID) {
		return invalid.Field("role", "people.role.choose")
	}
	return s.changePerson(ctx, p.ID, func(u *User) AuditEntry {
		e := a.AuditEntry(DidChangeRole)
		e.Before, e.After = string(u.Role), string(role)
		u.Role = role
		return e
	})
}

// changePerson changes somebody's role or suspension as they stand under their lock,
// unless no admin would be left who can sign in; change says what it did.
func (s *Service) changePerson(ctx context.Context, id int64, change func(*User) AuditEntry) error {
	return s.store.InTx(ctx, func(tx Tx) error {
		admins, err := tx.LockAdmins(ctx)
		if err != nil {
			return err
		}
		before, err := tx.LockPerson(ctx, id)
		if err != nil {
			return err
		}
		after := before
		e := change(&after)
		e.SubjectID = id
		if err := tx.SavePerson(ctx, before, after); err != nil {
			return err
		}
		left, err := tx.LockAdmins(ctx)
		switch {
		case err != nil:
			return err
		case left == 0 && admins > 0:
			return ErrLastAdmin
		}
		return tx.Audit(ctx, e)
	})
}

// other is ManagedPerson, but for oneself.
func (s *Service) other(ctx context.Context, a Actor, handle string) (Person, error) {
	p, err := s.ManagedPerson(ctx, a, handle)
	if err == nil && p.ID == a.UserID {
		err = ErrSelf
	}
	return p, err
}
