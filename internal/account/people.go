package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guichet/internal/invalid"
)

// maxName is how long the name of a person may be, in characters.
const maxName = 60

// Errors of managing people.
var (
	ErrForbidden = errors.New("account: this person may not do that")
	ErrSelf      = errors.New("account: nobody does that to oneself")
	ErrLastAdmin = errors.New("account: at least one administrator must remain")
)

// invitationsPerPerson bounds what somebody can send in the portal's name.
var invitationsPerPerson = Limit{Name: "invitations", Max: 30, Per: time.Hour}

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

// Colleagues lists the people of customer service, who hand cases to each other.
// ErrForbidden: only staff know them.
func (s *Service) Colleagues(ctx context.Context, a Actor) ([]Person, error) {
	if !a.Role.Staff() {
		return nil, ErrForbidden
	}
	list, err := s.store.People(ctx, Everything())
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	return slices.DeleteFunc(list, func(p Person) bool { return p.Role != CustomerService || p.Suspended }), nil
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

// Invitee is somebody who is to be invited.
type Invitee struct {
	Email, Name string
	Role        Role
	AgencyCode  string // an admin names it; a manager's own counts
	Language    string
}

// InviteSomebody stores somebody new and has a link sent. An address that is
// known already answers the same: if that person was invited by this actor's
// side and has no password yet, the link is sent again. Errors: *invalid.Error,
// *LimitedError, ErrForbidden.
func (s *Service) InviteSomebody(ctx context.Context, a Actor, n Invitee) error {
	if !a.MayManagePeople() {
		return ErrForbidden
	}
	u, err := s.newcomer(ctx, a, n)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, invitationsPerPerson, fmt.Sprint(a.UserID)); err != nil {
		return err
	}
	u, err = s.store.CreateUser(ctx, u)
	if errors.Is(err, ErrTaken) {
		there, err := s.store.PersonByEmail(ctx, NormalEmail(n.Email))
		if err != nil || there.PasswordHash != "" || !a.MayGive(there.Role, there.AgencyID) {
			return ignore(err, ErrNotFound)
		}
		u = there.User
	} else if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return s.sendLink(ctx, a, DidInvite, SendLink{UserID: u.ID, Reason: Invitation})
}

func (s *Service) sendLink(ctx context.Context, a Actor, action Action, t SendLink) error {
	if err := s.Audit(ctx, a, action, t.UserID); err != nil {
		return err
	}
	if err := s.store.Enqueue(ctx, t); err != nil {
		return fmt.Errorf("send a link: %w", err)
	}
	return nil
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func (s *Service) newcomer(ctx context.Context, a Actor, n Invitee) (User, error) {
	u := User{Email: NormalEmail(n.Email), Name: strings.TrimSpace(n.Name), Role: n.Role, Language: n.Language, AgencyID: a.AgencyID}
	bad := &invalid.Error{}
	if at := strings.IndexByte(u.Email, '@'); at < 1 || at == len(u.Email)-1 || strings.ContainsAny(u.Email, " \r\n\t<>,;") {
		bad.Add("email", "people.email.bad")
	}
	if n := utf8.RuneCountInString(u.Name); n == 0 || n > maxName || strings.ContainsAny(u.Name, "\r\n") {
		bad.Add("name", "people.name.bad")
	}
	if a.Role == Admin && !n.Role.Staff() && n.Role != "" {
		agency, err := s.store.AgencyByCode(ctx, n.AgencyCode)
		if errors.Is(err, ErrNotFound) {
			bad.Add("agency", "people.agency.choose")
		} else if err != nil {
			return User{}, fmt.Errorf("invite: %w", err)
		}
		u.AgencyID = agency.ID
	}
	if _, noAgency := bad.Fields["agency"]; !noAgency && (!known(n.Role) || !a.MayGive(n.Role, u.AgencyID)) {
		bad.Add("role", "people.role.choose")
	}
	return u, bad.OrNil()
}

// Roles lists all roles.
func Roles() []Role { return []Role{Agent, Manager, CustomerService, Admin} }

func known(r Role) bool {
	for _, one := range Roles() {
		if r == one {
			return true
		}
	}
	return false
}

// SendLinkAgain sends an invitation to somebody without a password, and a reset
// to everybody else. Errors: ErrNotFound, *LimitedError.
func (s *Service) SendLinkAgain(ctx context.Context, a Actor, handle string) error {
	p, err := s.ManagedPerson(ctx, a, handle)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, invitationsPerPerson, fmt.Sprint(a.UserID)); err != nil {
		return err
	}
	t := SendLink{UserID: p.ID, Reason: Reset}
	if p.PasswordHash == "" {
		t.Reason = Invitation
	}
	return s.sendLink(ctx, a, DidSendLink, t)
}

// Suspend keeps somebody out from the next request on, or lets that person in
// again. Errors: ErrNotFound, ErrSelf, ErrLastAdmin.
func (s *Service) Suspend(ctx context.Context, a Actor, handle string, suspended bool) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	e := Entry{ActorID: a.UserID, SubjectID: p.ID, Action: DidRestore, Network: a.Network}
	if suspended {
		e.Action = DidSuspend
	}
	return s.store.ChangePerson(ctx, p.ID, func(u *User) Entry {
		u.Suspended = suspended
		return e
	})
}

// SignOut ends all sessions of somebody. Errors: ErrNotFound, ErrSelf.
func (s *Service) SignOut(ctx context.Context, a Actor, handle string) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	if _, err := s.EndOtherSessions(ctx, p.ID, ""); err != nil {
		return err
	}
	return s.Audit(ctx, a, DidEndSession, p.ID)
}

// ChangeRole gives somebody another role of the same side: an agency's, or
// staff's. Errors: ErrNotFound, ErrSelf, ErrLastAdmin, *invalid.Error.
func (s *Service) ChangeRole(ctx context.Context, a Actor, handle string, role Role) error {
	p, err := s.other(ctx, a, handle)
	if err != nil {
		return err
	}
	if !known(role) || !a.MayGive(role, p.AgencyID) {
		return invalid.Field("role", "people.role.choose")
	}
	return s.store.ChangePerson(ctx, p.ID, func(u *User) Entry {
		e := Entry{
			ActorID: a.UserID, SubjectID: u.ID, Action: DidChangeRole,
			Before: string(u.Role), After: string(role), Network: a.Network,
		}
		u.Role = role
		return e
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
