package server

import (
	"errors"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/admin"
	"guichet/web/ui"
)

// rolesFor lists the roles that the actor may give to somebody: of an agency, of
// staff, or either.
func rolesFor(a account.Actor, agencies ...int64) []account.Role {
	return slices.DeleteFunc(account.Roles(), func(r account.Role) bool {
		return !slices.ContainsFunc(agencies, func(id int64) bool { return a.MayGive(r, id) })
	})
}

// listUsers answers GET /agency/users and GET /admin/users.
func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	a := actor(r)
	people, err := s.Accounts.People(r.Context(), a)
	if err != nil {
		return err
	}
	v := s.view(r, "people.title")
	return s.render(w, r, http.StatusOK, admin.People(v, admin.PeoplePage{Base: usersAt(a), Admin: a.Role == account.Admin, People: people}))
}

// newUser answers GET …/users/new.
func (s *Server) newUser(w http.ResponseWriter, r *http.Request) error {
	return s.drawNewUser(w, r, http.StatusOK, admin.PersonNewPage{Typed: account.Newcomer{Role: account.Agent, Language: string(lang(r))}})
}

func (s *Server) drawNewUser(w http.ResponseWriter, r *http.Request, status int, p admin.PersonNewPage) error {
	a := actor(r)
	p.Base, p.Roles, p.NoMail = usersAt(a), rolesFor(a, a.AgencyID), s.NoMail
	if a.Role == account.Admin {
		p.Roles = account.Roles()
		var err error
		if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
			return err
		}
	}
	v := s.view(r, "people.invite")
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, admin.PersonNew(v, p))
}

// inviteUser answers POST …/users, the same for every address.
func (s *Server) inviteUser(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	typed := account.Newcomer{
		Email: fields.Get("email"), Name: fields.Get("name"), Role: account.Role(fields.Get("role")),
		AgencyCode: fields.Get("agency"), Language: fields.Get("language"),
	}
	if !locale.Lang(typed.Language).Valid() {
		typed.Language = string(lang(r))
	}
	err = s.Accounts.InviteSomebody(r.Context(), actor(r), typed)
	if errs := fieldErrors(lang(r), err); errs != nil {
		return s.drawNewUser(w, r, http.StatusUnprocessableEntity, admin.PersonNewPage{Typed: typed, Errors: errs})
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, usersAt(actor(r)), ui.OK, "people.link.sent")
}

// fieldErrors puts what is wrong into words; nil for other errors.
func fieldErrors(l locale.Lang, err error) map[string]string {
	var bad *account.InvalidError
	if !errors.As(err, &bad) {
		return nil
	}
	errs := map[string]string{}
	for field, key := range bad.Fields {
		errs[field] = l.T(key)
	}
	return errs
}

// showUser answers GET …/users/{handle}.
func (s *Server) showUser(w http.ResponseWriter, r *http.Request) error {
	return s.drawUser(w, r, http.StatusOK, nil)
}

func (s *Server) drawUser(w http.ResponseWriter, r *http.Request, status int, errs map[string]string) error {
	a := actor(r)
	p, err := s.Accounts.Somebody(r.Context(), a, chi.URLParam(r, "handle"))
	if err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), p.ID, sessionLife)
	if err != nil {
		return err
	}
	v := s.view(r, "people.title")
	v.Problem = len(errs) > 0
	return s.render(w, r, status, admin.PersonShow(v, admin.PersonPage{
		Base: usersAt(a), Person: p, Roles: rolesFor(a, p.AgencyID), Self: p.ID == a.UserID, Errors: errs,
		Sessions: sessions, NoMail: s.NoMail, Now: s.Now(), Timezone: timezone(r).String(),
	}))
}

// sendLink answers POST …/users/{handle}/link.
func (s *Server) sendLink(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.link.sent", s.Accounts.SendLinkAgain(r.Context(), actor(r), chi.URLParam(r, "handle")))
}

// suspendUser answers POST …/users/{handle}/suspend.
func (s *Server) suspendUser(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.changed", s.Accounts.Suspend(r.Context(), actor(r), chi.URLParam(r, "handle"), true))
}

// restoreUser answers POST …/users/{handle}/restore.
func (s *Server) restoreUser(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.changed", s.Accounts.Suspend(r.Context(), actor(r), chi.URLParam(r, "handle"), false))
}

// resetFactor answers POST …/users/{handle}/factor.
func (s *Server) resetFactor(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.changed", s.Accounts.ResetFactor(r.Context(), actor(r), chi.URLParam(r, "handle")))
}

// endUserSessions answers POST …/users/{handle}/sessions.
func (s *Server) endUserSessions(w http.ResponseWriter, r *http.Request) error {
	return s.changeUser(w, r, "people.changed", s.Accounts.SignOut(r.Context(), actor(r), chi.URLParam(r, "handle")))
}

// changeRole answers POST …/users/{handle}/role.
func (s *Server) changeRole(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	err = s.Accounts.ChangeRole(r.Context(), actor(r), chi.URLParam(r, "handle"), account.Role(fields.Get("role")))
	if errs := fieldErrors(lang(r), err); errs != nil {
		return s.drawUser(w, r, http.StatusUnprocessableEntity, errs)
	}
	return s.changeUser(w, r, "people.changed", err)
}

// changeUser leads back to the person, with what came of it.
func (s *Server) changeUser(w http.ResponseWriter, r *http.Request, done locale.Key, err error) error {
	to := usersAt(actor(r)) + "/" + chi.URLParam(r, "handle")
	switch {
	case errors.Is(err, account.ErrLastAdmin):
		return s.goWith(w, r, to, ui.Bad, "people.last_admin")
	case errors.Is(err, account.ErrSelf):
		return s.goWith(w, r, to, ui.Bad, "people.self")
	case err != nil:
		return err
	}
	return s.goWith(w, r, to, ui.OK, done)
}
