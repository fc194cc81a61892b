package admin

import (
	"errors"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

// rolesFor lists the roles that the actor may give to somebody: of an agency, of
// staff, or either.
func rolesFor(a account.Actor, agencies ...int64) []account.Role {
	return slices.DeleteFunc(account.Roles(), func(r account.Role) bool {
		return !slices.ContainsFunc(agencies, func(id int64) bool { return a.MayGive(r, id) })
	})
}

// ListUsers answers GET /agency/users and GET /admin/users.
func (s *Handlers) ListUsers(w http.ResponseWriter, r *http.Request) error {
	a := site.Actor(r)
	people, err := s.Accounts.People(r.Context(), a)
	if err != nil {
		return err
	}
	v := s.View(r, "people.title")
	return s.Render(w, r, http.StatusOK, pages.People(v, pages.PeoplePage{Base: site.UsersAt(a), Admin: a.Role == account.Admin, People: people}))
}

// NewUser answers GET …/users/new.
func (s *Handlers) NewUser(w http.ResponseWriter, r *http.Request) error {
	return s.drawNewUser(w, r, http.StatusOK, pages.PersonNewPage{Typed: auth.Invitee{Role: account.Agent, Language: string(site.Lang(r))}})
}

func (s *Handlers) drawNewUser(w http.ResponseWriter, r *http.Request, status int, p pages.PersonNewPage) error {
	a := site.Actor(r)
	p.Base, p.Roles, p.NoMail = site.UsersAt(a), rolesFor(a, a.AgencyID), s.NoMail
	if a.Role == account.Admin {
		p.Roles = account.Roles()
		var err error
		if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
			return err
		}
	}
	v := s.View(r, "people.invite")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.PersonNew(v, p))
}

// InviteUser answers POST …/users, the same for every address.
func (s *Handlers) InviteUser(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	typed := auth.Invitee{
		Email: fields.Get("email"), Name: fields.Get("name"), Role: account.Role(fields.Get("role")),
		AgencyCode: fields.Get("agency"), Language: fields.Get("language"),
	}
	if !locale.Lang(typed.Language).Valid() {
		typed.Language = string(site.Lang(r))
	}
	err = s.Auth.Invite(r.Context(), site.Actor(r), typed)
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		return s.drawNewUser(w, r, http.StatusUnprocessableEntity, pages.PersonNewPage{Typed: typed, Errors: errs})
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, site.UsersAt(site.Actor(r)), ui.OK, "people.link.sent")
}

// fieldErrors puts what is wrong into words; nil for other errors.
func fieldErrors(l locale.Lang, err error) map[string]string {
	var bad *invalid.Error
	if !errors.As(err, &bad) {
		return nil
	}
	return site.Problems(l, bad)
}

// ShowUser answers GET …/users/{handle}.
func (s *Handlers) ShowUser(w http.ResponseWriter, r *http.Request) error {
	return s.drawUser(w, r, http.StatusOK, nil)
}

func (s *Handlers) drawUser(w http.ResponseWriter, r *http.Request, status int, errs map[string]string) error {
	a := site.Actor(r)
	p, err := s.Accounts.ManagedPerson(r.Context(), a, chi.URLParam(r, "handle"))
	if err != nil {
		return err
	}
	sessions, err := s.Auth.Sessions(r.Context(), p.ID, site.SessionLife)
	if err != nil {
		return err
	}
	v := s.View(r, "people.title")
	v.Problem = len(errs) > 0
	return s.Render(w, r, status, pages.PersonShow(v, pages.PersonPage{
		Base: site.UsersAt(a), Person: p, Roles: rolesFor(a, p.AgencyID), Self: p.ID == a.UserID, Errors: errs,
		Sessions: sessions, NoMail: s.NoMail, Now: s.Now(), Timezone: site.Timezone(r).String(),
	}))
}

// SendLink answers POST …/users/{handle}/link.
func (s *Handlers) SendLink(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.link.sent", s.Auth.SendLinkAgain(r.Context(), site.Actor(r), chi.URLParam(r, "handle")))
}

// SuspendUser answers POST …/users/{handle}/suspend.
func (s *Handlers) SuspendUser(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.done.suspended", s.Accounts.Suspend(r.Context(), site.Actor(r), chi.URLParam(r, "handle"), true))
}

// RestoreUser answers POST …/users/{handle}/restore.
func (s *Handlers) RestoreUser(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.done.restored", s.Accounts.Suspend(r.Context(), site.Actor(r), chi.URLParam(r, "handle"), false))
}

// ResetFactor answers POST …/users/{handle}/factor.
func (s *Handlers) ResetFactor(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.done.factor", s.Auth.ResetFactor(r.Context(), site.Actor(r), chi.URLParam(r, "handle")))
}

// EndUserSessions answers POST …/users/{handle}/sessions.
func (s *Handlers) EndUserSessions(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.done.signed_out", s.Auth.SignOut(r.Context(), site.Actor(r), chi.URLParam(r, "handle")))
}

// ChangeRole answers POST …/users/{handle}/role.
func (s *Handlers) ChangeRole(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	err = s.Accounts.ChangeRole(r.Context(), site.Actor(r), chi.URLParam(r, "handle"), account.Role(fields.Get("role")))
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		return s.drawUser(w, r, http.StatusUnprocessableEntity, errs)
	}
	return s.changeUser(w, r, "people.done.role", err)
}

// changeUser leads back to the person, with what came of it.
func (s *Handlers) changeUser(w http.ResponseWriter, r *http.Request, done locale.Key, err error) error {
	to := site.UsersAt(site.Actor(r)) + "/" + chi.URLParam(r, "handle")
	switch {
	case errors.Is(err, account.ErrLastAdmin):
		return s.RedirectWithFlash(w, r, to, ui.Bad, "people.last_admin")
	case errors.Is(err, account.ErrSelf):
		return s.RedirectWithFlash(w, r, to, ui.Bad, "people.self")
	case err != nil:
		return err
	}
	p, err := s.Accounts.ManagedPerson(r.Context(), site.Actor(r), chi.URLParam(r, "handle"))
	if err != nil {
		return err
	}
	if err := s.SetFlash(r, ui.OK, done, "Name", p.Name); err != nil {
		return err
	}
	return site.Redirect(w, r, to)
}
