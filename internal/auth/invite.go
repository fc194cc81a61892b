package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// invitationsPerPerson bounds what somebody can send in the portal's name.
var invitationsPerPerson = Limit{Name: "invitations", Max: 30, Per: time.Hour}

// Invitee is somebody who is to be invited.
type Invitee struct {
	Email, Name string
	Role        account.Role
	AgencyCode  string // an admin names it; a manager's own counts
	Language    string
}

// Invite stores somebody new and has a link sent. An address that is known already
// answers the same: if that person was invited by this actor's side and has no
// password yet, the link is sent again; of a person of another side there is a shadow
// from then on, so that the list of people does not tell either. Errors: *invalid.Error, *LimitedError,
// account.ErrForbidden.
func (s *Service) Invite(ctx context.Context, a account.Actor, n Invitee) error {
	if !a.MayManagePeople() {
		return account.ErrForbidden
	}
	u, err := s.newPerson(ctx, a, n)
	if err != nil {
		return err
	}
	if err := s.Allow(ctx, invitationsPerPerson, fmt.Sprint(a.UserID)); err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		made, err := tx.CreateUser(ctx, u)
		if err != nil {
			return err
		}
		return sendLink(ctx, tx, a, account.DidInvite, SendLink{UserID: made.ID, Reason: Invitation})
	})
	if errors.Is(err, account.ErrTaken) {
		err = s.inviteAgain(ctx, a, u)
	}
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// inviteAgain has the link sent again to whom the actor could have invited, if that
// person has no password yet.
func (s *Service) inviteAgain(ctx context.Context, a account.Actor, u account.User) error {
	there, err := s.store.PersonByEmail(ctx, u.Email)
	if err != nil {
		return ignore(err, account.ErrNotFound)
	}
	own := a.MayGive(there.Role, there.AgencyID)
	if own && there.PasswordHash != "" {
		return nil
	}
	return s.store.InTx(ctx, func(tx Tx) (err error) {
		id := there.ID
		if !own {
			if id, err = tx.Shadow(ctx, u); err != nil {
				return err
			}
		}
		return sendLink(ctx, tx, a, account.DidInvite, SendLink{UserID: id, Reason: Invitation})
	})
}

func sendLink(ctx context.Context, tx Tx, a account.Actor, action account.Action, t SendLink) error {
	if err := tx.Audit(ctx, entryOf(a, action, t.UserID)); err != nil {
		return err
	}
	return tx.Enqueue(ctx, t)
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func (s *Service) newPerson(ctx context.Context, a account.Actor, n Invitee) (account.User, error) {
	bad := &invalid.Error{}
	u := account.User{Email: account.NormalEmail(n.Email), Name: typed.Line(bad, "name", n.Name), Role: n.Role, Language: n.Language, AgencyID: a.AgencyID}
	if !contact.IsEmail(u.Email) {
		bad.Add("email", "people.email.bad")
	}
	if n := utf8.RuneCountInString(u.Name); n == 0 || n > bound.Name {
		bad.Add("name", "people.name.bad")
	} else if strings.ContainsAny(u.Name, ":/\\<>@") { // mails begin with it: no link is made there
		bad.Add("name", "people.name.signs")
	}
	if a.Role == account.Admin && !n.Role.Staff() && n.Role != "" {
		agency, err := s.store.AgencyByCode(ctx, n.AgencyCode)
		if errors.Is(err, account.ErrNotFound) {
			bad.Add("agency", "people.agency.choose")
		} else if err != nil {
			return account.User{}, fmt.Errorf("invite: %w", err)
		}
		u.AgencyID = agency.ID
	}
	if _, noAgency := bad.Fields["agency"]; !noAgency && (!slices.Contains(account.Roles(), n.Role) || !a.MayGive(n.Role, u.AgencyID)) {
		bad.Add("role", "people.role.choose")
	}
	return u, bad.OrNil()
}

// SendLinkAgain sends an invitation to somebody without a password, and a reset
// to everybody else. Errors: ErrNotFound, *LimitedError.
func (s *Service) SendLinkAgain(ctx context.Context, a account.Actor, handle string) error {
	p, err := s.people.ManagedPerson(ctx, a, handle)
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
	err = s.store.InTx(ctx, func(tx Tx) error { return sendLink(ctx, tx, a, account.DidSendLink, t) })
	if err != nil {
		return fmt.Errorf("send a link: %w", err)
	}
	return nil
}
